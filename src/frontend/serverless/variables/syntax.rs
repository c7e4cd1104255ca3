//! The grammar of `${type(params):address, fallback, …}`.
//!
//! Follows the framework's parser to the letter where it accepts a text: `${AWS::Region}` and `${ self:x }` are plain
//! text, `\${self:x}` is an escape, and a run of `$` before `{` is swallowed. Evaluates nothing.

use crate::source::Str;

/// Variables inside of addresses of variables: more levels than this are refused.
const NESTING: usize = 24;

/// Text with variables in it. INVARIANT: holds at least one variable or one escape.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template(pub(super) Vec<Part>);

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Plain text, escapes undone.
    Text(Str),
    /// `${…}`.
    Variable(Variable),
}

/// One `${…}`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variable {
    /// As it is written.
    pub(super) written: Str,
    /// What to ask, in order, until one has a value. INVARIANT: not empty.
    pub(super) sources: Vec<Source>,
}

/// One thing to ask.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// `'text'`, `5`, `true`, `null`.
    Literal(Literal),
    /// `self:custom.x`.
    Call(Call),
    /// `${self:custom.x}` as a fallback: read by v1, v2 and v4, refused by v3.
    Nested(Box<Variable>),
}

/// A fallback that is a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    /// `null`: a value like any other.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// `5`.
    Number(Str),
    /// `'x'`, `"x"`.
    Text(Str),
}

/// `type(params):address`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    /// `self`, `opt`, `file` …
    pub(super) kind: Str,
    /// What stands between parentheses.
    pub(super) params: Vec<Param>,
    /// What stands after the colon.
    pub(super) address: Option<Template>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Param {
    /// Its text.
    pub(super) template: Template,
    /// Whether it stands in quotes: `strToBool('false')` is not `strToBool(false)`.
    pub(super) is_quoted: bool,
}

/// Why a text is no template: lower case, no full stop.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SyntaxError(pub(super) String);

/// Reads the variables of a text; `None` when it has none and no escapes either.
pub(super) fn parse(text: &Str) -> Result<Option<Template>, SyntaxError> {
    if !text.contains("${") {
        return Ok(None);
    }
    let mut parser = Parser { text, at: 0 };
    let parts = parser.top()?;
    let plain = matches!(parts.as_slice(), [] | [Part::Text(_)]);
    let untouched = plain && parts.iter().all(|part| *part == Part::Text(text.clone()));
    Ok((!untouched).then_some(Template(parts)))
}

struct Parser<'a> {
    text: &'a Str,
    at: usize,
}

/// Parts under construction.
#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn text(&mut self, text: Str) {
        if text.is_empty() {
            return;
        }
        if let Some(Part::Text(last)) = self.0.last_mut() {
            *last = Str::from(format!("{last}{text}"));
        } else {
            self.0.push(Part::Text(text));
        }
    }

    /// Without the blanks at the end, as addresses are read.
    fn trimmed(mut self) -> Template {
        if let Some(Part::Text(last)) = self.0.last_mut() {
            *last = last.substr_from(last.trim_end());
        }
        self.0
            .retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Template(self.0)
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn slice(&self, from: usize, to: usize) -> Str {
        let text = self.text.get(from..to).unwrap_or_default();
        self.text.substr_from(text)
    }

    fn run(&self, from: usize, byte: u8) -> usize {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        rest.iter().take_while(|found| **found == byte).count()
    }

    fn blanks(&mut self) {
        self.at += self.run(self.at, b' ');
    }

    /// The whole text: everything that is no variable is plain.
    fn top(&mut self) -> Result<Vec<Part>, SyntaxError> {
        let mut parts = Parts::default();
        let mut plain = 0;
        while let Some(byte) = self.peek() {
            let start = self.at;
            match byte {
                b'\\' => {
                    let slashes = self.run(start, b'\\');
                    let after = start + slashes;
                    self.at = after;
                    if !self.text.get(after..).is_some_and(|t| t.starts_with("${")) {
                        continue;
                    }
                    parts.text(self.slice(plain, start));
                    parts.text(Str::from("\\".repeat(slashes / 2)));
                    plain = after;
                    if slashes % 2 == 1 {
                        self.at = after + 2;
                    }
                }
                b'$' => {
                    let Some(variable) = self.variable(0)? else {
                        continue;
                    };
                    parts.text(self.slice(plain, start));
                    parts.0.push(Part::Variable(variable));
                    plain = self.at;
                }
                _ => self.at += 1,
            }
        }
        parts.text(self.slice(plain, self.text.len()));
        Ok(parts.0)
    }

    /// A variable at a `$`; `None` when it is plain text, past the beginning of which the parser then stands.
    fn variable(&mut self, level: usize) -> Result<Option<Variable>, SyntaxError> {
        let start = self.at;
        self.at += self.run(start, b'$');
        if self.peek() != Some(b'{') {
            return Ok(None);
        }
        if level > NESTING {
            return Err(SyntaxError("variables are nested too deep".into()));
        }
        self.at += 1;
        let inside = self.at;
        let Some(call) = self.first_source(level)? else {
            self.at = inside;
            return Ok(None);
        };
        let mut sources = vec![Source::Call(call)];
        while self.more()? {
            let source = self.fallback(level)?;
            let is_last = matches!(source, Source::Literal(_));
            sources.push(source);
            if is_last {
                break;
            }
        }
        let written = self.slice(start, self.at);
        Ok(Some(Variable { written, sources }))
    }

    /// What decides whether `${` begins a variable at all: a type and `:` or `(`.
    fn first_source(&mut self, level: usize) -> Result<Option<Call>, SyntaxError> {
        let start = self.at;
        let is_nested = level > 0;
        let foreign = || {
            if is_nested {
                return Err(SyntaxError("`${` in an address begins no variable".into()));
            }
            Ok(None)
        };
        if !self.peek().is_some_and(|byte| byte.is_ascii_lowercase()) {
            return foreign();
        }
        self.word();
        let kind = self.slice(start, self.at);
        if !matches!(self.peek(), Some(b':' | b'(')) {
            return foreign();
        }
        let double = self
            .text
            .get(self.at..)
            .is_some_and(|t| t.starts_with("::"));
        if double {
            return foreign();
        }
        self.call(kind, level).map(Some)
    }

    fn word(&mut self) {
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
    }

    /// Whether another source follows; steps over the `,` or the closing `}`.
    fn more(&mut self) -> Result<bool, SyntaxError> {
        self.blanks();
        let next = self.peek();
        self.at += 1;
        match next {
            Some(b',') => Ok(true),
            Some(b'}') => Ok(false),
            Some(_) => Err(SyntaxError("expected `,` or `}`".into())),
            None => Err(SyntaxError("the closing `}` is missing".into())),
        }
    }

    fn fallback(&mut self, level: usize) -> Result<Source, SyntaxError> {
        self.blanks();
        match self.peek() {
            Some(quote @ (b'"' | b'\'')) => {
                let text = self.quoted(quote)?;
                self.closed()?;
                Ok(Source::Literal(Literal::Text(text)))
            }
            Some(b'$') => match self.variable(level + 1)? {
                Some(variable) => Ok(Source::Nested(Box::new(variable))),
                None => Err(SyntaxError(
                    "a fallback is neither a source nor a value".into(),
                )),
            },
            Some(byte) if is_word(byte) => self.source_or_literal(level),
            _ => Err(SyntaxError("a fallback is missing".into())),
        }
    }

    fn source_or_literal(&mut self, level: usize) -> Result<Source, SyntaxError> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| is_word(byte) || byte == b' ')
        {
            self.at += 1;
        }
        let word = self.slice(start, self.at);
        match self.peek() {
            Some(b':' | b'(') if is_type(&word) => self.call(word, level).map(Source::Call),
            Some(b'}') => {
                let literal = literal(&word.substr_from(word.trim()));
                let literal = literal.ok_or_else(|| {
                    let word = word.trim();
                    SyntaxError(format!("`{word}` is neither a source nor a quoted text"))
                })?;
                self.closed()?;
                Ok(Source::Literal(literal))
            }
            _ => Err(SyntaxError(format!(
                "`{}` is neither a source nor a value",
                word.trim()
            ))),
        }
    }

    /// The `}` that must end a variable after a literal.
    fn closed(&mut self) -> Result<(), SyntaxError> {
        if self.more()? {
            return Err(SyntaxError("nothing may follow a value".into()));
        }
        Ok(())
    }

    /// Params and address of a source whose type has been read. Leaves the `,` or `}` after it.
    fn call(&mut self, kind: Str, level: usize) -> Result<Call, SyntaxError> {
        let mut params = Vec::new();
        if self.peek() == Some(b'(') {
            self.at += 1;
            params = self.params(level)?;
            self.blanks();
        }
        let mut address = None;
        if self.peek() == Some(b':') {
            self.at += 1;
            address = self.address(level)?;
        }
        Ok(Call {
            kind,
            params,
            address,
        })
    }

    fn params(&mut self, level: usize) -> Result<Vec<Param>, SyntaxError> {
        let mut params = Vec::new();
        loop {
            self.blanks();
            let (template, is_quoted) = match self.peek() {
                Some(quote @ (b'"' | b'\'')) => {
                    let text = self.quoted(quote)?;
                    self.blanks();
                    (Template(vec![Part::Text(text)]), true)
                }
                _ => (self.until(b")", level)?, false),
            };
            let end = self.peek();
            self.at += 1;
            if end != Some(b')') || is_quoted || !template.0.is_empty() {
                params.push(Param {
                    template,
                    is_quoted,
                });
            }
            match end {
                Some(b')') => return Ok(params),
                Some(b',') => {}
                _ => return Err(SyntaxError("expected `,` or `)`".into())),
            }
        }
    }

    fn address(&mut self, level: usize) -> Result<Option<Template>, SyntaxError> {
        self.blanks();
        match self.peek() {
            Some(b'}' | b',') => Ok(None),
            Some(quote @ (b'"' | b'\'')) => {
                let text = self.quoted(quote)?;
                Ok(Some(Template(vec![Part::Text(text)])))
            }
            _ => Ok(Some(self.until(b"}", level)?)),
        }
    }

    /// Text with variables up to a `,` or `end`, which stays; blanks around it do not count.
    fn until(&mut self, end: &[u8], level: usize) -> Result<Template, SyntaxError> {
        let mut parts = Parts::default();
        let mut plain = self.at;
        while let Some(byte) = self.peek() {
            if byte == b',' || end.contains(&byte) {
                parts.text(self.slice(plain, self.at));
                return Ok(parts.trimmed());
            }
            match byte {
                b'$' => {
                    let start = self.at;
                    if let Some(variable) = self.variable(level + 1)? {
                        parts.text(self.slice(plain, start));
                        parts.0.push(Part::Variable(variable));
                        plain = self.at;
                    }
                }
                b'}' => return Err(SyntaxError("unexpected `}`".into())),
                _ => self.at += 1,
            }
        }
        Err(SyntaxError("the closing `}` is missing".into()))
    }

    /// A text in quotes, at the opening one.
    fn quoted(&mut self, quote: u8) -> Result<Str, SyntaxError> {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' if quote == b'"' => self.at += 1,
                _ if byte == quote => {
                    let whole = self.slice(start, self.at);
                    return unquoted(&whole, quote);
                }
                _ => {}
            }
        }
        Err(SyntaxError("a closing quote is missing".into()))
    }
}

fn unquoted(whole: &Str, quote: u8) -> Result<Str, SyntaxError> {
    let inside = whole.get(1..whole.len() - 1).unwrap_or_default();
    if quote == b'\'' || !inside.contains('\\') {
        return Ok(whole.substr_from(inside));
    }
    serde_json::from_str::<String>(whole)
        .map(Str::from)
        .map_err(|_| SyntaxError("a quoted text has an invalid escape".into()))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-'
}

fn is_type(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn literal(word: &Str) -> Option<Literal> {
    match word.as_str() {
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        "null" => Some(Literal::Null),
        number => {
            let looks = number.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.');
            let is_number = looks && number.parse::<f64>().is_ok();
            is_number.then(|| Literal::Number(word.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<Part> {
        parse(&Str::from(text))
            .expect("is well formed")
            .map_or(Vec::new(), |template| template.0)
    }

    fn is_plain(text: &str) -> bool {
        parse(&Str::from(text)) == Ok(None)
    }

    fn only(text: &str) -> Variable {
        match parts(text).as_slice() {
            [Part::Variable(variable)] => variable.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn call(text: &str) -> Call {
        match only(text).sources.first() {
            Some(Source::Call(call)) => call.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_none_of_ours_stays_text() {
        assert!(is_plain("${AWS::Region}"));
        assert!(is_plain("${ self:x }"));
        assert!(is_plain("${Pool.Arn}"));
        assert!(is_plain("${name}"));
        assert!(is_plain("${my_name:x}"));
        assert!(is_plain("a $ b {"));
        assert!(is_plain("${aws::x}"));
    }

    #[test]
    fn a_variable_in_foreign_text_is_one_all_the_same() {
        let found = parts("${AWS::Region}-${self:x}");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], Part::Text("${AWS::Region}-".into()));
    }

    #[test]
    fn escapes_are_undone_by_pairs() {
        assert_eq!(parts(r"\${self:x}"), [Part::Text("${self:x}".into())]);
        let two = parts(r"\\${self:x}");
        assert_eq!(two[0], Part::Text(r"\".into()));
        assert!(matches!(two[1], Part::Variable(_)));
        assert_eq!(parts(r"\\\${self:x}"), [Part::Text(r"\${self:x}".into())]);
    }

    #[test]
    fn type_params_and_address_are_told_apart() {
        let call = call("${file(./a.yml, 'b, c'):x.y }");
        assert_eq!(call.kind, "file");
        assert_eq!(call.params.len(), 2);
        assert_eq!(call.params[1].template.0, [Part::Text("b, c".into())]);
        assert_eq!(call.address, Some(Template(vec![Part::Text("x.y".into())])));
    }

    #[test]
    fn addresses_hold_variables() {
        let call = call("${self:custom.${opt:stage, 'dev'}.x}");
        let address = call.address.expect("has an address");
        assert_eq!(address.0.len(), 3);
        assert_eq!(address.0[2], Part::Text(".x".into()));
    }

    #[test]
    fn fallbacks_are_sources_and_values() {
        let sources = only("${opt:stage, self:provider.stage, \"d\\u0065v\"}").sources;
        assert_eq!(sources.len(), 3);
        assert_eq!(sources[2], Source::Literal(Literal::Text("dev".into())));
        assert_eq!(
            only("${opt:x, 5}").sources[1],
            Source::Literal(Literal::Number("5".into()))
        );
        assert!(matches!(
            only("${opt:x, ${self:y}}").sources[1],
            Source::Nested(_)
        ));
    }

    #[test]
    fn broken_variables_say_what_is_wrong() {
        for text in [
            "${self:x",
            "${opt:x, bare}",
            "${opt:x, }",
            "${opt:x, 'a', 'b'}",
            "${self:custom.${AWS::Region}}",
            "${file(a.yml",
        ] {
            assert!(parse(&Str::from(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let text = "${self:".repeat(5_000);
        assert!(parse(&Str::from(text)).is_err());
    }
}

//! The parser of variables: one pass, nothing is read twice.

use super::{Call, Literal, Param, Part, Source, SyntaxError, Template, Variable};
use crate::source::Str;

/// Variables inside of addresses of variables: more levels than this are refused.
const NESTING: usize = 24;

/// Reads one text.
pub(super) struct Parser<'a> {
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

impl<'a> Parser<'a> {
    /// At the beginning of a text.
    pub(super) fn new(text: &'a Str) -> Self {
        Self { text, at: 0 }
    }

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
    pub(super) fn top(&mut self) -> Result<Vec<Part>, SyntaxError> {
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

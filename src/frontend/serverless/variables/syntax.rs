//! The grammar of `${type(params):address, fallback, …}`.
//!
//! Follows the framework's parser to the letter where it accepts a text: `${AWS::Region}` and `${ self:x }` are plain
//! text, `\${self:x}` is an escape, and a run of `$` before `{` is swallowed. Evaluates nothing.

mod parser;

use self::parser::Parser;
use crate::source::Str;

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
    let parts = Parser::new(text).top()?;
    let plain = matches!(parts.as_slice(), [] | [Part::Text(_)]);
    let untouched = plain && parts.iter().all(|part| *part == Part::Text(text.clone()));
    Ok((!untouched).then_some(Template(parts)))
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

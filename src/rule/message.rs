//! Message templates: text with `{field}` in it.
//!
//! A template is checked against the fields of its subject when the page is loaded; filling it in cannot fail, and
//! what comes out is bounded, whatever the facts hold.

use std::fmt::Write;
use std::ops::Range;

use super::{Setting, suggest};
use crate::facts::{Fact, Field, Kind, Type};
use crate::source::Str;

/// Bytes that a template may have.
pub(super) const LONGEST: usize = 1_000;
/// Characters that one filled-in value may have.
const VALUE: usize = 200;
/// Characters that a filled-in message may have.
const TOTAL: usize = 2_000;

/// A checked template.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(Str),
    /// `{subject}`
    Subject,
    /// `{checks}`
    Checks,
    /// A field, by column.
    Field(usize),
    /// A setting of the rule, by its place in the list.
    Setting(usize),
}

/// What is wrong with a template, and where in it.
pub(super) struct Flaw {
    pub(super) what: String,
    pub(super) at: Range<usize>,
}

/// What a template is filled in with.
pub(super) trait Values {
    /// The subject as messages name it.
    fn subject(&self) -> &str;
    /// The labels of the checks that hold.
    fn checks(&self) -> String;
    /// The value in this column, as [`show`] shows it.
    fn value(&self, column: usize) -> String;
    /// The value of a setting of the rule.
    fn setting(&self, place: usize) -> String;
}

/// What a template may name besides the fields of its subject.
#[derive(Clone, Copy, Default)]
pub(super) struct Names<'a> {
    /// Whether there are checks.
    pub(super) checks: bool,
    /// The rule's settings.
    pub(super) settings: &'a [Setting],
}

impl Message {
    /// Checks a template for subjects of this kind. `{checks}` is known only where there are `checks`.
    pub(super) fn read(text: &Str, kind: Kind, names: Names<'_>) -> Result<Self, Flaw> {
        let mut pieces = Vec::new();
        let mut at = 0;
        let mut literal = String::new();
        while let Some(found) = text.get(at..).and_then(|rest| rest.find(['{', '}'])) {
            let brace = at + found;
            literal.push_str(text.get(at..brace).unwrap_or_default());
            let rest = text.get(brace..).unwrap_or_default();
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push_str(rest.get(..1).unwrap_or_default());
                at = brace + 2;
                continue;
            }
            let end = closing(rest, brace)?;
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal).into()));
            }
            let name = text.get(brace + 1..end).unwrap_or_default();
            pieces.push(piece(name, kind, names).map_err(|what| Flaw {
                what,
                at: brace..end + 1,
            })?);
            at = end + 1;
        }
        literal.push_str(text.get(at..).unwrap_or_default());
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal.into()));
        }
        Ok(Self(pieces))
    }

    /// The message for one subject.
    pub(super) fn fill(&self, values: &impl Values) -> String {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Subject => filled.push_str(&shortened(values.subject(), VALUE)),
                Piece::Checks => filled.push_str(&values.checks()),
                Piece::Field(column) => filled.push_str(&values.value(*column)),
                Piece::Setting(place) => filled.push_str(&values.setting(*place)),
            }
        }
        shortened(&filled, TOTAL)
    }
}

/// Where the placeholder that opens at the start of `rest` closes, in the whole text.
fn closing(rest: &str, brace: usize) -> Result<usize, Flaw> {
    if rest.starts_with('}') {
        return Err(Flaw {
            what: "`}` closes nothing: a brace that is meant is written `}}`".to_owned(),
            at: brace..brace + 1,
        });
    }
    match rest.find('}') {
        Some(end) => Ok(brace + end),
        None => Err(Flaw {
            what: "`{` is never closed: a brace that is meant is written `{{`".to_owned(),
            at: brace..brace + 1,
        }),
    }
}

fn piece(name: &str, kind: Kind, names: Names<'_>) -> Result<Piece, String> {
    if name == "subject" {
        return Ok(Piece::Subject);
    }
    if name == "checks" && names.checks {
        return Ok(Piece::Checks);
    }
    let settings = || names.settings.iter().map(|setting| setting.name.as_str());
    if let Some(place) = settings().position(|setting| setting == name) {
        return Ok(Piece::Setting(place));
    }
    if let Some(column) = kind.fields().iter().position(|field| field.name == name) {
        return Ok(Piece::Field(column));
    }
    let known = kind.fields().iter().map(|field| field.name);
    let extra = names
        .checks
        .then_some("checks")
        .into_iter()
        .chain(settings());
    let known = known.chain(["subject"]).chain(extra);
    Err(format!(
        "{} has no field `{}`{}",
        kind.word(),
        shortened(name, 40),
        suggest::hint(name, known)
    ))
}

/// Several values a field has in different deployments, or one, as messages show it.
pub(super) fn show<'a>(
    field: &Field,
    values: impl IntoIterator<Item = Option<&'a Fact>>,
) -> String {
    let mut shown: Vec<String> = Vec::new();
    for value in values {
        let text = match value {
            None => "unknown".to_owned(),
            Some(fact) => word(field, fact),
        };
        if !shown.contains(&text) && shown.len() < 4 {
            shown.push(text);
        }
    }
    if shown.is_empty() {
        shown.push("unknown".to_owned());
    }
    shortened(&shown.join(" or "), VALUE)
}

/// A value in the words that people use for it.
fn word(field: &Field, fact: &Fact) -> String {
    match (field.kind, fact) {
        (Type::Word(_), Fact::Text(word)) => match word.as_str() {
            "iam" => "IAM",
            "cognito" => "Cognito",
            "jwt" => "JWT",
            "lambda" => "Lambda",
            "api-key" => "API key",
            "oidc" => "OpenID Connect",
            "rest" => "REST",
            "http" => "HTTP",
            "websocket" => "WebSocket",
            "function-url" => "function URL",
            "graphql" => "GraphQL",
            "vpc" => "VPC",
            word => word,
        }
        .to_owned(),
        (_, Fact::Flag(true)) => "yes".to_owned(),
        (_, Fact::Flag(false)) => "no".to_owned(),
        (_, Fact::List(items)) => {
            let mut shown = String::new();
            for item in items {
                let comma = if shown.is_empty() { "" } else { ", " };
                let item = item.as_deref().unwrap_or("unknown");
                // Writing to a string cannot fail.
                let _ = write!(shown, "{comma}{}", shortened(item, VALUE));
                if shown.len() > VALUE {
                    break;
                }
            }
            if shown.is_empty() {
                "none".to_owned()
            } else {
                shown
            }
        }
        (_, fact) => fact.to_string(),
    }
}

/// The text, or its beginning and an ellipsis.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => {
            let mut kept = text.get(..at).unwrap_or_default().to_owned();
            kept.push('…');
            kept
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Values for Fixed {
        fn subject(&self) -> &'static str {
            "POST /orders"
        }

        fn checks(&self) -> String {
            "one, two".to_owned()
        }

        fn value(&self, column: usize) -> String {
            format!("<{column}>")
        }

        fn setting(&self, place: usize) -> String {
            format!("<setting {place}>")
        }
    }

    fn filled(template: &str) -> Result<String, String> {
        Message::read(&template.into(), Kind::Endpoint, Names::default())
            .map(|message| message.fill(&Fixed))
            .map_err(|flaw| format!("{}: {}", flaw.at.start, flaw.what))
    }

    #[test]
    fn placeholders_are_filled_in() {
        assert_eq!(filled("`{method} {path}`"), Ok("`<0> <1>`".to_owned()));
        assert_eq!(filled("{subject} is"), Ok("POST /orders is".to_owned()));
        assert_eq!(filled("{{method}}"), Ok("{method}".to_owned()));
        assert_eq!(filled("ä{{ö}}ü{path}ß"), Ok("ä{ö}ü<1>ß".to_owned()));
    }

    #[test]
    fn a_flaw_has_its_place() {
        let flaw = filled("`{metod}`").expect_err("no such field");
        assert_eq!(
            flaw,
            "1: endpoint has no field `metod`, did you mean `method`?"
        );
        assert!(filled("{method").expect_err("open").starts_with("0: `{`"));
        assert!(filled("a } b").expect_err("closed").starts_with("2: `}`"));
        assert!(filled("{checks}").is_err());
        assert!(filled("{__class__}").is_err());
        assert!(filled("{}").is_err());
    }

    #[test]
    fn what_comes_out_is_bounded() {
        let template = "{subject}".repeat(20_000);
        let message = filled(&template).expect("well-formed");
        assert_eq!(message.chars().count(), TOTAL + 1);
    }

    #[test]
    fn enum_facts_have_words_for_people() {
        let field = Kind::Endpoint.fields()[2];
        assert_eq!(show(&field, [Some(&Fact::Text("iam".into()))]), "IAM");
        let both = [Some(&Fact::Text("cognito".into())), None];
        assert_eq!(show(&field, both), "Cognito or unknown");
    }
}

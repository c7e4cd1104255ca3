//! Text of which parts may be settled only at deployment.

use std::fmt;

use crate::resolve::Truth;
use crate::source::Str;

/// Text in parts: `arn:aws:execute-api:` + region + `:…`. INVARIANT: no two literals stand side by side, none is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text(Vec<Part>);

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Known text.
    Literal(Str),
    /// `Ref`: a logical id, a parameter without a known value, or a pseudo parameter (`AWS::Region`).
    Ref(Str),
    /// `Fn::GetAtt`: logical id and attribute.
    Attribute(Str, Str),
    /// `Fn::ImportValue`: the export's name, in `Fn::Sub` notation.
    Import(Str),
    /// Anything else that deployment settles; says what: `{{resolve:ssm:…}}` is never shown, only its kind.
    Unknown(Str),
}

impl Text {
    /// Known text.
    pub fn literal(text: impl Into<Str>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::default()
        } else {
            Self(vec![Part::Literal(text)])
        }
    }

    /// One part.
    pub fn part(part: Part) -> Self {
        let mut text = Self::default();
        text.push(part);
        text
    }

    /// Appends a part.
    pub fn push(&mut self, part: Part) {
        match (self.0.last_mut(), part) {
            (_, Part::Literal(text)) if text.is_empty() => {}
            (Some(Part::Literal(last)), Part::Literal(text)) => {
                let mut both = String::with_capacity(last.len() + text.len());
                both.push_str(last);
                both.push_str(&text);
                *last = both.into();
            }
            (_, part) => self.0.push(part),
        }
    }

    /// Appends another text.
    pub fn extend(&mut self, other: &Self) {
        for part in &other.0 {
            self.push(part.clone());
        }
    }

    /// Several texts, one after the other. What is literal between two other parts is copied once.
    pub fn joined<'t>(texts: impl IntoIterator<Item = &'t Self>) -> Self {
        let mut joined = Vec::new();
        let mut open: Vec<&Str> = Vec::new();
        let close = |open: &mut Vec<&Str>, joined: &mut Vec<Part>| {
            if let [one] = open.as_slice() {
                joined.push(Part::Literal((*one).clone()));
            } else if !open.is_empty() {
                let text: String = open.iter().map(|part| part.as_str()).collect();
                joined.push(Part::Literal(text.into()));
            }
            open.clear();
        };
        for part in texts.into_iter().flat_map(Self::parts) {
            if let Part::Literal(text) = part {
                open.push(text);
            } else {
                close(&mut open, &mut joined);
                joined.push(part.clone());
            }
        }
        close(&mut open, &mut joined);
        Self(joined)
    }

    /// The parts in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The whole text, when every part of it is known.
    pub fn known(&self) -> Option<Str> {
        match self.0.as_slice() {
            [] => Some(Str::new()),
            [Part::Literal(text)] => Some(text.clone()),
            _ => None,
        }
    }

    /// The one part that this is, when it is nothing but a reference.
    pub fn target(&self) -> Option<&Part> {
        match self.0.as_slice() {
            [Part::Literal(_)] => None,
            [part] => Some(part),
            _ => None,
        }
    }

    /// The logical id that this refers to, when it is one reference and nothing else.
    pub fn refers_to(&self) -> Option<&Str> {
        match self.target()? {
            Part::Ref(id) | Part::Attribute(id, _) => Some(id),
            Part::Literal(_) | Part::Import(_) | Part::Unknown(_) => None,
        }
    }

    /// Characters of its known parts: the deployed text has as many or more.
    pub fn known_length(&self) -> usize {
        let literals = self.0.iter().filter_map(literal);
        literals.map(|text| text.chars().count()).sum()
    }

    /// Whether the deployed text is `other`. Certain parts that differ decide even beside unknown ones.
    pub fn is(&self, other: &str) -> Truth {
        match self.0.as_slice() {
            [] => other.is_empty().into(),
            [Part::Literal(text)] => (text == other).into(),
            [first, .., last] => {
                let begins = literal(first).is_none_or(|text| other.starts_with(text));
                let ends = literal(last).is_none_or(|text| other.ends_with(text));
                if begins && ends {
                    Truth::Unknown
                } else {
                    Truth::No
                }
            }
            [_] => Truth::Unknown,
        }
    }

    /// Splits at a character that stands in literal parts; unknown parts are never split.
    pub fn split(&self, separator: char) -> Vec<Self> {
        let mut pieces = vec![Self::default()];
        for part in &self.0 {
            let Part::Literal(text) = part else {
                if let Some(piece) = pieces.last_mut() {
                    piece.push(part.clone());
                }
                continue;
            };
            for (nth, piece) in text.split(separator).enumerate() {
                if nth > 0 {
                    pieces.push(Self::default());
                }
                if let Some(last) = pieces.last_mut() {
                    last.push(Part::Literal(text.substr_from(piece)));
                }
            }
        }
        pieces
    }
}

fn literal(part: &Part) -> Option<&str> {
    if let Part::Literal(text) = part {
        Some(text)
    } else {
        None
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::literal(text)
    }
}

/// `Fn::Sub` notation: `arn:aws:lambda:${AWS::Region}:${Fn.Arn}`.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Literal(text) => f.write_str(text)?,
                Part::Ref(id) => write!(f, "${{{id}}}")?,
                Part::Attribute(id, attribute) => write!(f, "${{{id}.{attribute}}}")?,
                Part::Import(name) => write!(f, "${{ImportValue:{name}}}")?,
                Part::Unknown(what) => write!(f, "${{{what}}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn() -> Text {
        let mut text = Text::literal("arn:aws:x:");
        text.push(Part::Ref("AWS::Region".into()));
        text.push(Part::Literal(":a:b".into()));
        text
    }

    #[test]
    fn literals_melt_together() {
        let mut text = Text::literal("a");
        text.push(Part::Literal("b".into()));
        assert_eq!(text.known().as_deref(), Some("ab"));
        assert_eq!(arn().to_string(), "arn:aws:x:${AWS::Region}:a:b");
    }

    #[test]
    fn an_unknown_part_leaves_certain_differences() {
        assert_eq!(arn().is("arn:aws:x:eu-west-1:a:b"), Truth::Unknown);
        assert_eq!(arn().is("arn:aws:y:eu-west-1:a:b"), Truth::No);
        assert_eq!(Text::literal("x").is("x"), Truth::Yes);
    }

    #[test]
    fn only_a_reference_by_itself_has_a_target() {
        let api = Part::Ref("Api".into());
        assert_eq!(Text::part(api.clone()).target(), Some(&api));
        assert_eq!(Text::literal("Api").target(), None);
        assert_eq!(arn().target(), None);
    }

    #[test]
    fn texts_are_joined_without_seams() {
        let joined = Text::joined([&arn(), &Text::literal("/c"), &Text::default(), &arn()]);
        let shown = "arn:aws:x:${AWS::Region}:a:b/carn:aws:x:${AWS::Region}:a:b";
        assert_eq!(joined.to_string(), shown);
        assert_eq!(joined.parts().len(), 5);
    }

    #[test]
    fn unknown_parts_are_not_split() {
        let pieces: Vec<String> = arn().split(':').iter().map(Text::to_string).collect();
        assert_eq!(pieces, ["arn", "aws", "x", "${AWS::Region}", "a", "b"]);
    }
}

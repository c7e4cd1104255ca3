//! What a value is compared with: a text, a flag, a number, or a regular expression.
//!
//! Regular expressions run in time linear in the text; their size, nesting and compiled form are bounded. Classes
//! such as `\w` mean ASCII. They are checked when a page is loaded and compiled when first used.

use std::sync::OnceLock;

use regex::bytes;
use regex_syntax::ParserBuilder;

use crate::facts::Fact;
use crate::source::Str;

/// Bytes that a regular expression may have.
pub(super) const LONGEST: usize = 1_000;
/// Bytes that its compiled form may have.
const COMPILED: usize = 256 << 10;
/// How deep its groups may nest.
const NESTING: u32 = 32;

/// One value, or the values that a regular expression describes.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// This text.
    Text(Str),
    /// This flag.
    Flag(bool),
    /// This number.
    Number(f64),
    /// Any text in which this matches somewhere.
    Regex(Regex),
}

impl Pattern {
    /// Whether a fact is of that value. An absent fact is of none.
    pub(super) fn fits(&self, fact: &Fact) -> bool {
        match (self, fact) {
            (Self::Text(wanted), Fact::Text(text)) => wanted == text,
            (Self::Regex(regex), Fact::Text(text)) => regex.matches(text),
            (Self::Flag(wanted), Fact::Flag(flag)) => wanted == flag,
            (Self::Number(wanted), Fact::Number(number)) => same(*wanted, *number),
            (
                Self::Text(_) | Self::Regex(_) | Self::Flag(_) | Self::Number(_),
                Fact::Absent | Fact::Text(_) | Fact::Flag(_) | Fact::Number(_) | Fact::List(_),
            ) => false,
        }
    }

    /// Whether a text is of that value.
    pub(super) fn fits_text(&self, text: &str) -> bool {
        match self {
            Self::Text(wanted) => wanted == text,
            Self::Regex(regex) => regex.matches(text),
            Self::Flag(_) | Self::Number(_) => false,
        }
    }
}

/// Equal as written: `8` and `8.0`.
#[expect(clippy::float_cmp, reason = "both were written as numerals")]
fn same(a: f64, b: f64) -> bool {
    a == b
}

/// A regular expression, compiled when first used.
#[derive(Clone, Debug)]
pub(super) struct Regex {
    text: Str,
    /// `None` when it is too large to compile, which loading has ruled out.
    compiled: OnceLock<Option<bytes::Regex>>,
}

/// Why a regular expression cannot be used, and where in it.
#[derive(Debug)]
pub(super) struct Flaw {
    /// What is so.
    pub(super) what: String,
    /// Bytes of the expression.
    pub(super) at: std::ops::Range<usize>,
}

impl Regex {
    /// Takes what stands between the slashes.
    pub(super) fn new(text: Str) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }

    /// Whether it can be used.
    pub(super) fn check(&self) -> Result<(), Flaw> {
        let whole = 0..self.text.len();
        if self.text.len() > LONGEST {
            let what = format!("a regular expression may have {LONGEST} bytes");
            return Err(Flaw { what, at: whole });
        }
        let mut parser = ParserBuilder::new();
        parser.unicode(false).utf8(false).nest_limit(NESTING);
        if let Err(error) = parser.build().parse(&self.text) {
            return Err(flaw(&error));
        }
        match self.compiled() {
            Some(_) => Ok(()),
            None => Err(Flaw {
                what: "the regular expression is too large when compiled: repeat less".to_owned(),
                at: whole,
            }),
        }
    }

    fn matches(&self, text: &str) -> bool {
        self.compiled()
            .is_some_and(|regex| regex.is_match(text.as_bytes()))
    }

    fn compiled(&self) -> Option<&bytes::Regex> {
        let compile = || {
            bytes::RegexBuilder::new(&self.text)
                .unicode(false)
                .size_limit(COMPILED)
                .dfa_size_limit(COMPILED)
                .nest_limit(NESTING)
                .build()
                .ok()
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

fn flaw(error: &regex_syntax::Error) -> Flaw {
    let (what, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(error.span())),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(error.span())),
        other => (other.to_string(), None),
    };
    Flaw {
        what,
        at: span.map_or(0..0, |span| span.start.offset..span.end.offset),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw_of(text: &str) -> Option<Flaw> {
        Regex::new(text.into()).check().err()
    }

    #[test]
    fn a_flaw_has_its_place() {
        let flaw = flaw_of("a(b").expect("unclosed");
        assert_eq!(flaw.at, 1..2);
        assert!(flaw.what.contains("unclosed"), "{}", flaw.what);
        assert!(flaw_of("(?=a)").is_some());
        assert!(flaw_of(r"(b)\1").is_some());
    }

    #[test]
    fn what_would_grow_large_is_refused() {
        assert!(flaw_of("((a{1000}){1000}){1000}").is_some());
        assert!(flaw_of(&"(".repeat(5_000)).is_some());
        assert!(flaw_of(&"a|".repeat(5_000)).is_some());
        assert!(flaw_of(&format!("{}a{}", "(".repeat(400), ")".repeat(400))).is_some());
    }

    #[test]
    fn expressions_search_and_do_not_backtrack() {
        let regex = Regex::new(r"(a+)+$|^/admin\b".into());
        assert!(regex.check().is_ok());
        assert!(!regex.matches(&("a".repeat(50_000) + "b")));
        assert!(regex.matches("/admin/users"));
        assert!(Regex::new(r"^\w+ä.$".into()).matches("xäy"));
    }
}

//! What `when:` says: a closed, typed claim about the facts of one subject.
//!
//! No arithmetic, no variables, no iteration. Judging takes time linear in the claim and in the facts it reads, and
//! allocates nothing; the reasons are collected afterwards, when there is something to explain.

use super::pattern::Pattern;
use crate::facts::Fact;
use crate::resolve::Truth;

/// A claim about a subject. Fields are columns of [`crate::facts::Kind::fields`].
#[derive(Clone, Debug)]
pub(super) enum Predicate {
    /// Every part holds: a mapping, `all:`.
    All(Vec<Predicate>),
    /// Some part holds: `any:`.
    Any(Vec<Predicate>),
    /// The part does not hold: `not:`, `unless:`.
    Not(Box<Predicate>),
    /// A test of one fact.
    Fact(usize, Test),
}

/// A test of one fact.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// `value`, `[values]`, `/regex/`: the fact is one of these.
    Is(Vec<Pattern>),
    /// `has:` some element of the list is one of these.
    Has(Vec<Pattern>),
    /// `empty:` whether it is absent, an empty text or an empty list.
    Empty(bool),
    /// `over:` the number is larger.
    Over(Limit),
    /// `under:` the number is smaller.
    Under(Limit),
}

/// A number that a fact is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) value: f64,
    /// The setting of the rule that it is, by its place in the list.
    pub(super) setting: Option<usize>,
}

impl Predicate {
    /// Gives a setting of the rule another value.
    pub(super) fn set(&mut self, setting: usize, value: f64) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.set(setting, value);
                }
            }
            Self::Not(part) => part.set(setting, value),
            Self::Fact(_, Test::Over(limit) | Test::Under(limit)) => {
                if limit.setting == Some(setting) {
                    limit.value = value;
                }
            }
            Self::Fact(_, Test::Is(_) | Test::Has(_) | Test::Empty(_)) => {}
        }
    }
}

impl Test {
    /// Whether it holds of a known fact. Only a list with unknown elements leaves it open.
    pub(super) fn holds(&self, fact: &Fact) -> Truth {
        match self {
            Self::Is(patterns) => patterns.iter().any(|pattern| pattern.fits(fact)).into(),
            Self::Has(patterns) => has(patterns, fact),
            Self::Empty(wanted) => (is_empty(fact) == *wanted).into(),
            Self::Over(limit) => number(fact)
                .is_some_and(|number| number > limit.value)
                .into(),
            Self::Under(limit) => number(fact)
                .is_some_and(|number| number < limit.value)
                .into(),
        }
    }
}

fn has(patterns: &[Pattern], fact: &Fact) -> Truth {
    let Fact::List(items) = fact else {
        return Truth::No;
    };
    Truth::any(items.iter().map(|item| match item {
        Some(text) => Truth::from(patterns.iter().any(|pattern| pattern.fits_text(text))),
        None => Truth::Unknown,
    }))
}

fn is_empty(fact: &Fact) -> bool {
    match fact {
        Fact::Absent => true,
        Fact::Text(text) => text.is_empty(),
        Fact::List(items) => items.is_empty(),
        Fact::Flag(_) | Fact::Number(_) => false,
    }
}

fn number(fact: &Fact) -> Option<f64> {
    match fact {
        Fact::Number(number) => Some(*number),
        Fact::Absent | Fact::Text(_) | Fact::Flag(_) | Fact::List(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Truth::{No, Unknown, Yes};

    fn limit(value: f64) -> Limit {
        let setting = None;
        Limit { value, setting }
    }

    fn text(text: &str) -> Pattern {
        Pattern::Text(text.into())
    }

    #[test]
    fn a_list_is_decided_element_by_element() {
        let list = Fact::List(vec![Some("a".into()), None]);
        assert_eq!(Test::Has(vec![text("a")]).holds(&list), Yes);
        assert_eq!(Test::Has(vec![text("b")]).holds(&list), Unknown);
        let known = Fact::List(vec![Some("a".into())]);
        assert_eq!(Test::Has(vec![text("b")]).holds(&known), No);
        assert_eq!(Test::Has(vec![text("b")]).holds(&Fact::List(vec![])), No);
        assert_eq!(Test::Empty(false).holds(&list), Yes);
    }

    #[test]
    fn nothing_is_of_no_value_but_empty() {
        for test in [
            Test::Is(vec![text("a"), Pattern::Flag(false), Pattern::Number(0.0)]),
            Test::Has(vec![text("a")]),
            Test::Over(limit(-1.0)),
            Test::Under(limit(1.0)),
            Test::Empty(false),
        ] {
            assert_eq!(test.holds(&Fact::Absent), No, "{test:?}");
        }
        assert_eq!(Test::Empty(true).holds(&Fact::Absent), Yes);
    }

    #[test]
    fn limits_are_exclusive() {
        assert_eq!(Test::Under(limit(8.0)).holds(&Fact::Number(8.0)), No);
        assert_eq!(Test::Under(limit(8.0)).holds(&Fact::Number(7.0)), Yes);
        assert_eq!(Test::Over(limit(8.0)).holds(&Fact::Number(8.5)), Yes);
        assert_eq!(
            Test::Is(vec![Pattern::Number(8.0)]).holds(&Fact::Number(8.0)),
            Yes
        );
    }
}

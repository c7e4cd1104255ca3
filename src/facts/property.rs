//! Properties as facts: what is written, or what AWS applies where nothing is.
//!
//! Decides nothing; every default comes with the page that says so.

use crate::document::Node;
use crate::facts::Fact;
use crate::resolve::{Case, Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::stack::Stack;
use crate::trail::Step;

/// What AWS applies where nothing is written.
pub(super) struct Preset {
    /// The value.
    pub fact: Fact,
    /// What is applied, in words.
    pub what: &'static str,
    /// Page of the documentation.
    pub page: &'static str,
}

impl Preset {
    /// This value, for this reason.
    pub fn new(fact: Fact, what: &'static str, page: &'static str) -> Self {
        Self { fact, what, page }
    }
}

/// The property under a path of keys below `properties`, read by `as_what`.
pub(super) fn at<T>(
    stack: &Stack,
    properties: &Node,
    path: &[&str],
    as_what: fn(&Scope, &Node) -> Property<T>,
) -> Property<T> {
    match path {
        [] => as_what(&stack.scope, properties),
        [last] => stack.scope.read(properties, last, as_what),
        [first, rest @ ..] => {
            let section = stack.scope.property(properties, first);
            section.expand(|case| match &case.value {
                None => Resolved::unknown(case.trail.clone()),
                Some(None) => Resolved::known(None, case.trail.clone()),
                Some(Some(node)) => at(stack, node, rest, as_what),
            })
        }
    }
}

/// What is written, as a fact, or the preset.
pub(super) fn or<T>(
    property: Property<T>,
    preset: &Preset,
    fact: impl Fn(&T) -> Option<Fact>,
) -> Resolved<Fact> {
    property.map_case(|case| match &case.value {
        Some(None) => Case {
            value: Some(preset.fact.clone()),
            world: case.world,
            trail: case.trail.and(Step::default(preset.what, preset.page)),
        },
        Some(Some(value)) => Case {
            value: fact(value),
            world: case.world,
            trail: case.trail,
        },
        None => Case {
            value: None,
            world: case.world,
            trail: case.trail,
        },
    })
}

/// Yes or no, or the preset.
pub(super) fn flag(property: Property<bool>, preset: &Preset) -> Resolved<Fact> {
    or(property, preset, |flag| Some(Fact::Flag(*flag)))
}

/// A number, or the preset.
pub(super) fn number(property: Property<f64>, preset: &Preset) -> Resolved<Fact> {
    or(property, preset, |number| Some(Fact::Number(*number)))
}

/// One of these words in any case of letters, or the preset; another text is unknown.
pub(super) fn word(
    property: Property<Text>,
    words: &'static [(&'static str, &'static str)],
    preset: &Preset,
) -> Resolved<Fact> {
    or(property, preset, |text| {
        let known = text.known()?;
        let found = words
            .iter()
            .find(|(written, _)| known.eq_ignore_ascii_case(written))?;
        Some(Fact::Text(Str::from(found.1)))
    })
}

/// Texts; none where nothing is written. A text with parts that only deployment settles is unknown.
pub(super) fn list(property: &Property<Vec<Option<Text>>>) -> Resolved<Fact> {
    property.map(|texts| {
        let texts = texts.iter().flatten();
        Fact::List(
            texts
                .map(|text| text.as_ref().and_then(Text::known))
                .collect(),
        )
    })
}

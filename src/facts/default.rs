//! Properties as facts: what is written, or AWS's default with the page that says so.

use crate::document::Node;
use crate::facts::Fact;
use crate::resolve::{Case, Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::trail::Step;

/// What AWS does where nothing is written, and the page of its documentation that says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Default {
    /// The fact.
    pub is: bool,
    /// What it does, in a clause.
    pub what: &'static str,
    /// Page of the documentation.
    pub page: &'static str,
}

impl Default {
    fn step(self) -> Step {
        Step::default(self.what, self.page)
    }
}

/// What is written, or else this fact for this reason.
pub(super) fn or<T>(
    property: Property<T>,
    fact: impl Fn(&T) -> Fact,
    default: &Fact,
    step: &Step,
) -> Resolved<Fact> {
    property.map_case(|case| match &case.value {
        Some(Some(value)) => Case {
            value: Some(fact(value)),
            world: case.world,
            trail: case.trail,
        },
        Some(None) => Case {
            value: Some(default.clone()),
            world: case.world,
            trail: case.trail.and(step.clone()),
        },
        None => Case {
            value: None,
            world: case.world,
            trail: case.trail,
        },
    })
}

/// A flag, or AWS's default.
pub(super) fn flag_or(property: Property<bool>, default: Default) -> Resolved<Fact> {
    let fact = Fact::Flag(default.is);
    or(property, |flag| Fact::Flag(*flag), &fact, &default.step())
}

/// Whether something is written; where it is not, AWS's default is no.
pub(super) fn written_or<T>(property: Property<T>, default: Default) -> Resolved<Fact> {
    let fact = Fact::Flag(default.is);
    or(property, |_| Fact::Flag(true), &fact, &default.step())
}

/// A text, or absent.
pub(super) fn text_or_absent(property: &Property<Text>) -> Resolved<Fact> {
    property.map(|text| text.as_ref().map_or(Fact::Absent, shown))
}

/// A number, or absent.
pub(super) fn number_or_absent(property: &Property<f64>) -> Resolved<Fact> {
    property.map(|number| number.map_or(Fact::Absent, Fact::Number))
}

/// A text as a fact: a reference by what it refers to.
pub(super) fn shown(text: &Text) -> Fact {
    Fact::Text(super::name_of(text))
}

/// The text below a property of a property: `AccessLogSetting.Format`.
pub(super) fn text_below(
    scope: &Scope,
    properties: &Node,
    outer: &str,
    inner: &'static str,
) -> Property<Text> {
    scope
        .property(properties, outer)
        .expand(|case| match &case.value {
            Some(Some(node)) => scope.read(node, inner, Scope::text),
            Some(None) => Resolved::known(None, case.trail.clone()),
            None => Resolved::unknown(case.trail.clone()),
        })
}

/// The logical id that the only case of a property refers to, or its literal text.
pub(super) fn name(property: &Property<Text>) -> Option<Str> {
    property
        .agreed()
        .and_then(|text| text.as_ref().map(super::name_of))
}

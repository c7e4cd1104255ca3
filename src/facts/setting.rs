//! Facts of settings that come to something else than they look like.

use std::collections::HashMap;

use crate::endpoint::Endpoint;
use crate::facts::fields::field;
use crate::facts::{Fact, Field, Kind, Subject, Type, row, text};
use crate::resolve::{Resolved, World};
use crate::source::{Span, Str};
use crate::stack::{Setting, Stack};
use crate::trail::{How, Step, Trail};

/// Facts of a setting.
pub(super) const FIELDS: &[Field] = &[
    field(
        "oddity",
        Type::Word(&[
            "misplaced",
            "misspelt",
            "url-auth-ignored",
            "not-boolean",
            "legacy",
            "overridden",
        ]),
        "misplaced",
        "In which way it is odd: it stands where nobody reads it, it is nearly the name of another, the function URL's authorizer is not the one word that counts, it looks like no and counts as yes, a later version of the framework reads it elsewhere, another route took its place.",
    ),
    field("name", Type::Text, "authorizer", "The key, as written."),
    field(
        "value",
        Type::Text,
        "AWS_IAM",
        "The value, as written; absent when it is more than a word.",
    ),
    field(
        "meant",
        Type::Text,
        "aws_iam",
        "What was probably meant: another key, value or place; absent when nothing is near.",
    ),
    field(
        "about",
        Type::Text,
        "POST /orders",
        "What it was meant for.",
    ),
];

/// Every odd setting as a subject.
pub(super) fn subjects(stack: &Stack, endpoints: &[Endpoint]) -> Vec<Subject> {
    if stack.settings.is_empty() {
        return Vec::new();
    }
    let labels = labels(endpoints);
    let all = stack.settings.iter();
    all.map(|setting| {
        let listed = setting.declared.and_then(|place| labels.get(&place));
        subject(setting, listed.unwrap_or(&setting.about))
    })
    .collect()
}

/// Endpoints, as messages name them, by where they are declared: not the preflight that comes with one.
fn labels(endpoints: &[Endpoint]) -> HashMap<Span, Str> {
    let mut labels = HashMap::new();
    for endpoint in endpoints {
        if endpoint.cors_preflight.agreed() == Some(&true) {
            continue;
        }
        for place in std::iter::once(&endpoint.span).chain(&endpoint.arms) {
            let label = || Str::from(endpoint.label());
            labels.entry(*place).or_insert_with(label);
        }
    }
    labels
}

fn subject(setting: &Setting, about: &Str) -> Subject {
    let here = || {
        let trail = Trail::from(Step::written(setting.span));
        match setting.beside {
            Some(place) => trail.and(Step::new(How::Overrides(about.clone()), place)),
            None => trail,
        }
    };
    let maybe = |text: &Option<Str>| {
        let fact = text.clone().map_or(Fact::Absent, Fact::Text);
        Resolved::known(fact, here())
    };
    let facts = [
        ("oddity", text(setting.oddity.word(), here())),
        ("name", text(setting.name.clone(), here())),
        ("value", maybe(&setting.value)),
        ("meant", maybe(&setting.meant)),
        ("about", text(about.clone(), here())),
    ];
    Subject {
        kind: Kind::Setting,
        label: format!("{} of {}", setting.name, about),
        identity: format!("{} {} {}", setting.oddity.word(), setting.name, about),
        span: setting.span,
        world: World::default(),
        facts: row(Kind::Setting, facts),
    }
}

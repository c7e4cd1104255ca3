//! Facts of settings that come to something else than they look like.

use crate::facts::fields::field;
use crate::facts::{Fact, Field, Kind, Subject, Type, row, text};
use crate::resolve::{Resolved, World};
use crate::source::Str;
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
pub(super) fn subjects(stack: &Stack) -> Vec<Subject> {
    stack.settings.iter().map(subject).collect()
}

fn subject(setting: &Setting) -> Subject {
    let here = || {
        let trail = Trail::from(Step::written(setting.span));
        match setting.beside {
            Some(place) => trail.and(Step::new(How::Overrides(setting.about.clone()), place)),
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
        ("about", text(setting.about.clone(), here())),
    ];
    Subject {
        kind: Kind::Setting,
        label: format!("{} of {}", setting.name, setting.about),
        identity: format!(
            "{} {} {}",
            setting.oddity.word(),
            setting.name,
            setting.about
        ),
        span: setting.span,
        world: World::default(),
        facts: row(Kind::Setting, facts),
    }
}

//! Facts of the API keys of usage plans. The value of a key is never kept.

use std::collections::HashSet;

use crate::facts::fields::field;
use crate::facts::property::{self, Preset};
use crate::facts::{Fact, Field, Kind, Subject, Type, flag, row, text};
use crate::resolve::{Resolved, Text};
use crate::source::Str;
use crate::stack::{Resource, Stack};
use crate::trail::Step;

const PAGE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-apikey.html";

/// Facts of an API key.
pub(super) const FIELDS: &[Field] = &[
    field("name", Type::Text, "ApiGatewayApiKey1", "Logical id."),
    field("enabled", Type::Flag, "true", "Whether callers can use it."),
    field(
        "literal_value",
        Type::Flag,
        "false",
        "Whether its value stands in the file, readable by whoever can read that. The value itself is never shown.",
    ),
    field(
        "linked",
        Type::Flag,
        "true",
        "Whether it is linked to a usage plan; unknown when the link may be made in another stack.",
    ),
];

/// Every API key as a subject.
pub(super) fn subjects(stack: &Stack) -> Vec<Subject> {
    let linked: HashSet<Str> = stack
        .of_type("AWS::ApiGateway::UsagePlanKey")
        .filter_map(|link| stack.plain(link, "KeyId")?.refers_to().cloned())
        .collect();
    stack
        .of_type("AWS::ApiGateway::ApiKey")
        .map(|key| subject(stack, key, &linked))
        .collect()
}

fn subject(stack: &Stack, key: &Resource, linked: &HashSet<Str>) -> Subject {
    let here = || Step::written(key.span);
    let enabled = Preset::new(
        Fact::Flag(false),
        "a key of a template is not enabled unless `Enabled` says so",
        PAGE,
    );
    let is_linked = if linked.contains(&key.id) {
        flag(true, here())
    } else if stack.exported.contains(&key.id) {
        Resolved::unknown(Step::deferred("another stack may link it", key.span))
    } else {
        flag(false, here())
    };
    let facts = [
        ("name", text(key.id.clone(), here())),
        (
            "enabled",
            property::flag(stack.flag(key, "Enabled"), &enabled),
        ),
        ("literal_value", literal(stack, key)),
        ("linked", is_linked),
    ];
    Subject {
        kind: Kind::ApiKey,
        label: format!("API key {}", key.id),
        identity: key.id.to_string(),
        span: key.span,
        world: key.world.clone(),
        facts: row(Kind::ApiKey, facts),
    }
}

/// Whether the value stands in the file, when it does.
pub(super) fn written(key: &Subject) -> Option<&Resolved<Fact>> {
    let column = FIELDS.iter().position(|one| one.name == "literal_value")?;
    let is_written = |fact: &&Resolved<Fact>| {
        let mut values = fact.cases().map(|case| &case.value);
        values.any(|value| *value == Some(Fact::Flag(true)))
    };
    key.fact(column).filter(is_written)
}

/// Whether the whole value can be read off the file: a parameter with a default can, `{{resolve:…}}` cannot.
fn literal(stack: &Stack, key: &Resource) -> Resolved<Fact> {
    let value = stack.text(key, "Value");
    value.map(|value| {
        let known = value.as_ref().and_then(Text::known);
        Fact::Flag(known.is_some_and(|known| !known.is_empty()))
    })
}

//! Facts of functions: what runs, under which role, and which endpoints lead to it.

use std::collections::HashMap;

use crate::document::Node;
use crate::endpoint::Endpoint;
use crate::facts::{Fact, Field, Kind, Subject, Type, default, row, text};
use crate::resolve::Resolved;
use crate::source::Str;
use crate::stack::{Protocol, Resource, Stack};
use crate::trail::Step;

/// The names of the facts.
pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        kind: Type::Text,
        doc: "The name that its author gave it, else its logical id.",
        example: "create-order",
    },
    Field {
        name: "runtime",
        kind: Type::Text,
        doc: "Its runtime; absent for images.",
        example: "nodejs22.x",
    },
    Field {
        name: "role",
        kind: Type::Text,
        doc: "The role that it runs under: logical id, or ARN.",
        example: "CreateOrderRole",
    },
    Field {
        name: "environment",
        kind: Type::List,
        doc: "Names of the variables of its environment.",
        example: "STOCK_URL",
    },
    Field {
        name: "endpoints",
        kind: Type::List,
        doc: "Endpoints that lead to it, preflight methods left out.",
        example: "POST /orders",
    },
    Field {
        name: "open_endpoints",
        kind: Type::List,
        doc: "Those of them that let anyone on the internet through.",
        example: "GET /health",
    },
    Field {
        name: "has_url",
        kind: Type::Flag,
        doc: "Whether it has a function URL.",
        example: "false",
    },
];

/// Every function as a subject.
pub(super) fn subjects(stack: &Stack, endpoints: &[Endpoint]) -> Vec<Subject> {
    let mut before: HashMap<Str, Vec<&Endpoint>> = HashMap::new();
    for endpoint in endpoints {
        if endpoint.cors_preflight.agreed() == Some(&true) {
            continue;
        }
        if let Some(function) = endpoint.function.agreed().cloned().flatten() {
            before.entry(function).or_default().push(endpoint);
        }
    }
    let functions = stack.of_type("AWS::Lambda::Function");
    let leading_to = |id: &Str| before.get(id).map_or(&[][..], Vec::as_slice);
    functions
        .map(|function| subject(stack, function, leading_to(&function.id)))
        .collect()
}

fn subject(stack: &Stack, function: &Resource, before: &[&Endpoint]) -> Subject {
    let here = || Step::written(function.span);
    let name = stack.names.get(&function.id).unwrap_or(&function.id);
    let labels = |meant: &dyn Fn(&Endpoint) -> bool| {
        let all = before.iter().filter(|endpoint| meant(endpoint));
        let labels = all.map(|endpoint| Some(Str::from(endpoint.label())));
        Resolved::known(Fact::List(labels.collect()), here())
    };
    let is_url = |endpoint: &&Endpoint| endpoint.protocol == Protocol::FunctionUrl;
    let has_url = before.iter().any(is_url);
    let facts = [
        ("name", text(name.clone(), here())),
        (
            "runtime",
            default::text_or_absent(&stack.text(function, "Runtime")),
        ),
        (
            "role",
            default::text_or_absent(&stack.text(function, "Role")),
        ),
        ("environment", environment(stack, function)),
        ("endpoints", labels(&|_| true)),
        ("open_endpoints", labels(&Endpoint::is_open)),
        ("has_url", Resolved::known(Fact::Flag(has_url), here())),
    ];
    Subject {
        kind: Kind::Function,
        label: format!("function {name}"),
        identity: function.id.to_string(),
        span: function.span,
        world: function.world.clone(),
        facts: row(Kind::Function, facts),
    }
}

/// Names of variables; never their values.
fn environment(stack: &Stack, function: &Resource) -> Resolved<Fact> {
    let section = stack.property(function, "Environment");
    section.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(None) => Resolved::known(Fact::List(Vec::new()), case.trail.clone()),
        Some(Some(node)) => {
            let variables = stack.scope.property(node, "Variables");
            variables.map(|node| {
                let entries = node.as_ref().map(Node::entries).unwrap_or_default();
                let names = entries.iter().map(|entry| Some(entry.key.clone()));
                Fact::List(names.collect())
            })
        }
    })
}

//! Facts of texts in a template that look like secrets. The text itself is never kept.
//!
//! A shape that only a credential has is enough; else the name must ask for a secret *and* the text must look like one.
//! Length alone is no sign: names of branches, tables and topics are long too.

mod look;

use std::collections::BTreeSet;

use crate::document::Node;
use crate::facts::fields::field;
use crate::facts::property::at;
use crate::facts::{Field, Kind, Subject, Type, absent, row, text};
use crate::resolve::{Scope, Text, World};
use crate::source::{Span, Str};
use crate::stack::{Resource, Stack};
use crate::trail::{Step, Trail};

/// Facts of a secret.
pub(super) const FIELDS: &[Field] = &[
    field(
        "name",
        Type::Text,
        "STRIPE_KEY",
        "The variable's or parameter's name.",
    ),
    field(
        "place",
        Type::Word(&["environment", "stage-variable", "parameter-default", "code"]),
        "environment",
        "Where it stands: an environment variable of a function, a variable of a stage, the default of a parameter, the source code of a function, where only the values of `x-api-key` are looked for.",
    ),
    field(
        "shape",
        Type::Text,
        "Stripe secret key",
        "What it has the shape of; absent when its name and its randomness tell. The value is never shown.",
    ),
    field(
        "owner",
        Type::Text,
        "CreateLambdaFunction",
        "Logical id of the function or stage that is given it, or whose code has it; absent for a parameter.",
    ),
];

/// Whether a text of this name looks like a secret. For reports, which quote the input.
pub(crate) fn is_likely(name: &str, value: &str) -> bool {
    look::like_a_secret(name, value).is_some()
}

/// Every text of the template that looks like a secret, each place once.
pub(super) fn subjects(stack: &Stack) -> Vec<Subject> {
    let mut search = Search {
        stack,
        seen: BTreeSet::new(),
        found: Vec::new(),
    };
    for function in stack.of_type("AWS::Lambda::Function") {
        search.variables(function, &["Environment", "Variables"], "environment");
    }
    for stage in stack.of_type("AWS::ApiGateway::Stage") {
        search.variables(stage, &["Variables"], "stage-variable");
    }
    for stage in stack.of_type("AWS::ApiGatewayV2::Stage") {
        search.variables(stage, &["StageVariables"], "stage-variable");
    }
    search.parameters();
    search.code();
    search.found
}

struct Search<'a> {
    stack: &'a Stack,
    seen: BTreeSet<(Str, Span)>,
    found: Vec<Subject>,
}

impl Search<'_> {
    fn variables(&mut self, owner: &Resource, path: &[&str], place: &'static str) {
        let variables = at(self.stack, &owner.properties, path, Scope::settle).agreed_node();
        let Some(variables) = variables else { return };
        for entry in variables.entries() {
            let owner = (Some(owner.id.clone()), owner.world.clone());
            self.value((&entry.key, &entry.value), owner, place);
        }
    }

    /// Defaults of parameters. `NoEcho` hides what is given at deployment, not what stands in the file.
    fn parameters(&mut self) {
        let parameters = self.stack.scope.parameters().clone();
        for entry in parameters.entries() {
            if let Some(default) = entry.value.get("Default") {
                let nobody = (None, World::default());
                self.value((&entry.key, default), nobody, "parameter-default");
            }
        }
    }

    /// Keys that handlers send.
    fn code(&mut self) {
        for (function, code) in &self.stack.code {
            let owner = self.stack.resource(function);
            let world = owner.map(|owner| owner.world.clone()).unwrap_or_default();
            let name = Str::from("x-api-key");
            for span in &code.keys {
                if !self.seen.insert((name.clone(), *span)) {
                    continue;
                }
                let shape = look::Shape::Known("API key");
                let trail = Trail::from(Step::written(*span));
                let owner = Some(function.clone());
                let place = (*span, world.clone(), &trail);
                self.found
                    .push(subject((&name, shape), owner, "code", place));
            }
        }
    }

    fn value(
        &mut self,
        (name, node): (&Str, &Node),
        (owner, world): (Option<Str>, World),
        place: &'static str,
    ) {
        let written = self.stack.scope.text(node);
        for case in written.cases() {
            let Some(shape) = case
                .value
                .iter()
                .flatten()
                .filter_map(Text::known)
                .find_map(|value| look::like_a_secret(name, &value))
            else {
                continue;
            };
            let span = case.trail.place().unwrap_or(node.span);
            let Some(world) = world.and(&case.world) else {
                continue;
            };
            if self.seen.insert((name.clone(), span)) {
                let owner = owner.clone();
                self.found.push(subject(
                    (name, shape),
                    owner,
                    place,
                    (span, world, &case.trail),
                ));
            }
        }
    }
}

fn subject(
    (name, shape): (&Str, look::Shape),
    owner: Option<Str>,
    place: &'static str,
    (span, world, trail): (Span, World, &Trail),
) -> Subject {
    let here = || Step::written(span);
    let facts = [
        ("name", text(name.clone(), trail.clone())),
        ("place", text(place, here())),
        (
            "shape",
            match shape {
                look::Shape::Known(what) => text(what, here()),
                look::Shape::Random => absent(here()),
            },
        ),
        (
            "owner",
            owner.map_or_else(|| absent(here()), |owner| text(owner, here())),
        ),
    ];
    Subject {
        kind: Kind::Secret,
        label: format!("{place} {name}"),
        identity: format!("{place} {name}"),
        span,
        world,
        facts: row(Kind::Secret, facts),
    }
}

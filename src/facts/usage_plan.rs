//! Facts of usage plans.

use crate::document::Node;
use crate::facts::{Fact, Kind, Subject, row, text};
use crate::resolve::{Case, Property, Resolved, Scope};
use crate::stack::{Resource, Stack};
use crate::trail::Step;

const PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html";

/// Every usage plan as a subject.
pub(super) fn subjects(stack: &Stack) -> Vec<Subject> {
    stack
        .of_type("AWS::ApiGateway::UsagePlan")
        .map(|plan| subject(stack, plan))
        .collect()
}

fn subject(stack: &Stack, plan: &Resource) -> Subject {
    let facts = [
        ("name", text(plan.id.clone(), Step::written(plan.span))),
        (
            "throttled",
            limited(
                &throttled(stack, plan),
                "a usage plan without `Throttle` limits no rate",
            ),
        ),
        (
            "quota",
            limited(
                &stack.property(plan, "Quota"),
                "a usage plan without `Quota` limits no number of requests",
            ),
        ),
    ];
    Subject {
        kind: Kind::UsagePlan,
        label: format!("usage plan {}", plan.id),
        identity: plan.id.to_string(),
        span: plan.span,
        world: plan.world.clone(),
        facts: row(Kind::UsagePlan, facts),
    }
}

/// The plan's own throttle, or that of some method of a stage.
fn throttled(stack: &Stack, plan: &Resource) -> Property<Node> {
    stack
        .property(plan, "Throttle")
        .expand(|case| match &case.value {
            Some(None) => {
                let stages = stack
                    .scope
                    .read(&plan.properties, "ApiStages", Scope::items);
                let own = case.trail.clone();
                stages.map_case(|case| {
                    let throttle = |stages: &Vec<Node>| {
                        stages
                            .iter()
                            .find_map(|stage| stage.get("Throttle").cloned())
                    };
                    let value = case.value.map(|stages| stages.as_ref().and_then(throttle));
                    Case {
                        value,
                        world: case.world,
                        trail: own.clone(),
                    }
                })
            }
            Some(Some(_)) | None => Resolved::case(Case {
                value: case.value.clone(),
                world: case.world.clone(),
                trail: case.trail.clone(),
            }),
        })
}

/// Whether a limit is there: an empty mapping limits nothing.
fn limited(limit: &Property<Node>, default: &'static str) -> Resolved<Fact> {
    limit.clone().map_case(|case| match &case.value {
        Some(None) => Case {
            value: Some(Fact::Flag(false)),
            world: case.world,
            trail: case.trail.and(Step::default(default, PAGE)),
        },
        Some(Some(node)) => Case {
            value: Some(Fact::Flag(!node.entries().is_empty())),
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

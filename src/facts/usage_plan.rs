//! Facts of usage plans.

use std::collections::HashMap;

use crate::document::Node;
use crate::endpoint::Endpoint;
use crate::facts::{Fact, Kind, Subject, name_of, row, text};
use crate::resolve::{Case, Property, Resolved, Scope, Text, Truth};
use crate::source::Str;
use crate::stack::{Resource, Stack};
use crate::trail::Step;

const PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html";

/// Every usage plan as a subject.
pub(super) fn subjects(stack: &Stack, endpoints: &[Endpoint]) -> Vec<Subject> {
    let mut plans = stack.of_type("AWS::ApiGateway::UsagePlan").peekable();
    if plans.peek().is_none() {
        return Vec::new();
    }
    let demand = Demand::of(stack, endpoints);
    plans.map(|plan| subject(stack, plan, &demand)).collect()
}

/// Which APIs ask for keys, and how many keys each plan has.
struct Demand {
    /// By API: whether some endpoint asks for a key; `None` when one cannot be seen into.
    asked: HashMap<Str, Truth>,
    keys: HashMap<Str, f64>,
}

impl Demand {
    fn of(stack: &Stack, endpoints: &[Endpoint]) -> Self {
        let mut asked: HashMap<Str, Truth> = HashMap::new();
        for endpoint in endpoints {
            let Some(api) = endpoint.api.as_ref().map(name_of) else {
                continue;
            };
            let own = endpoint
                .api_key_required
                .cases()
                .map(|case| match case.value {
                    Some(asked) => Truth::from(asked),
                    None => Truth::Unknown,
                });
            let own = Truth::any(own);
            let all = asked.entry(api).or_insert(Truth::No);
            *all = all.or(own);
        }
        let mut keys: HashMap<Str, f64> = HashMap::new();
        for link in stack.of_type("AWS::ApiGateway::UsagePlanKey") {
            let plan = stack.plain(link, "UsagePlanId");
            if let Some(plan) = plan.as_ref().and_then(Text::refers_to) {
                *keys.entry(plan.clone()).or_default() += 1.0;
            }
        }
        Self { asked, keys }
    }

    /// Whether an endpoint of these APIs asks for a key. Of an API without endpoints here nothing is known.
    fn asked(&self, apis: &[Option<Str>]) -> Truth {
        let one = |api: &Option<Str>| {
            let known = api.as_ref().and_then(|api| self.asked.get(api));
            known.copied().unwrap_or(Truth::Unknown)
        };
        Truth::any(apis.iter().map(one))
    }
}

/// The APIs of which a plan covers a stage; one that cannot be known is `None`.
fn covered(stack: &Stack, plan: &Resource) -> Property<Vec<Option<Str>>> {
    let stages = stack
        .scope
        .read(&plan.properties, "ApiStages", Scope::items);
    stages.map(|stages| {
        let api = |stage: &Node| {
            let api = stack.scope.read(stage, "ApiId", Scope::text);
            Some(name_of(api.agreed()?.as_ref()?))
        };
        stages
            .as_ref()
            .map(|stages| stages.iter().map(api).collect())
    })
}

fn subject(stack: &Stack, plan: &Resource, demand: &Demand) -> Subject {
    let apis = covered(stack, plan);
    let keys = demand.keys.get(&plan.id).copied().unwrap_or_default();
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
        ("attached", attached(stack, plan, &apis)),
        (
            "keys",
            Resolved::known(Fact::Number(keys), Step::written(plan.span)),
        ),
        ("key_asked_for", key_asked_for(apis, demand)),
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

/// Whether a plan covers some stage; another stack may attach one that is exported.
fn attached(stack: &Stack, plan: &Resource, apis: &Property<Vec<Option<Str>>>) -> Resolved<Fact> {
    let exported = stack.exported.contains(&plan.id);
    apis.clone().map_case(|case| {
        let covers = case
            .value
            .map(|apis| apis.is_some_and(|apis| !apis.is_empty()));
        Case {
            value: covers.filter(|covers| *covers || !exported).map(Fact::Flag),
            world: case.world,
            trail: case.trail,
        }
    })
}

fn key_asked_for(apis: Property<Vec<Option<Str>>>, demand: &Demand) -> Resolved<Fact> {
    apis.map_case(|case| {
        let asked = case
            .value
            .map(|apis| demand.asked(apis.as_deref().unwrap_or_default()));
        Case {
            value: match asked {
                Some(Truth::Yes) => Some(Fact::Flag(true)),
                Some(Truth::No) => Some(Fact::Flag(false)),
                Some(Truth::Unknown) | None => None,
            },
            world: case.world,
            trail: case.trail,
        }
    })
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

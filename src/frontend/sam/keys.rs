//! `UsagePlan` of a REST API: the plan, the key and what ties them together.
//!
//! A shared plan is one for every API that asks for it. `ApiKeyRequired` alone makes no key and no plan.

use std::collections::BTreeSet;

use super::Lowering;
use super::api::Api;
use super::made::Made;
use super::place::Place;
use super::rest::auth_of;
use super::truthy::true_at;
use crate::document::{Entry, Node};
use crate::source::Str;

/// The condition of a shared plan whose APIs are all conditional.
const CONDITION: &str = "SharedUsagePlanCondition";

/// What the APIs of the shared plan have given so far.
#[derive(Debug, Default)]
pub(super) struct Shared {
    apis: Vec<Str>,
    stages: Vec<Node>,
    keys: Vec<Node>,
    conditions: BTreeSet<Str>,
    /// One of the APIs always exists.
    unconditional: bool,
    attributes: Vec<Entry>,
    /// The plan as the last of the APIs describes it.
    properties: Option<Node>,
}

/// The three resources of a plan.
struct Plan<'p> {
    prefix: &'p str,
    /// The APIs that the plan waits for.
    apis: Vec<Str>,
    stages: Vec<Node>,
    keys: Vec<Node>,
    attributes: Vec<Entry>,
    properties: &'p Node,
}

/// Lowers the plan of an API, if it has one. A shared plan is only noted.
pub(super) fn lower(lowering: &mut Lowering<'_>, api: &Api, stage: &Str, attributes: &[Entry]) {
    let Some(properties) = auth_of(api, "UsagePlan") else {
        return;
    };
    let place = Place(properties.span);
    let api_stage = place.map([
        ("ApiId", place.reference(api.id.clone())),
        ("Stage", place.reference(stage.clone())),
    ]);
    let stage_key = place.map([
        ("RestApiId", place.reference(api.id.clone())),
        ("StageName", place.reference(stage.clone())),
    ]);
    let create = true_at(&properties, "CreateUsagePlan")
        .and_then(Node::as_text)
        .cloned();
    match create.as_deref() {
        Some("NONE") => {}
        Some("PER_API") => {
            derive(lowering, api, &api.id);
            emit(
                lowering,
                Plan {
                    prefix: &api.id,
                    apis: vec![api.id.clone()],
                    stages: vec![api_stage],
                    keys: vec![stage_key],
                    attributes: attributes.to_vec(),
                    properties: &properties,
                },
            );
        }
        Some("SHARED") => {
            derive(lowering, api, "Serverless");
            let shared = &mut lowering.shared_keys;
            shared.apis.push(api.id.clone());
            shared.stages.push(api_stage);
            shared.keys.push(stage_key);
            shared.properties = Some(properties);
            shared.join(attributes);
        }
        _ => {
            let message = format!(
                "`CreateUsagePlan` of `{}` is not `PER_API`, `SHARED` or `NONE`; its usage plan is not listed",
                api.id
            );
            lowering.unreadable(properties.span, message);
        }
    }
}

/// Lowers the plan that APIs share, once all of them are known.
pub(super) fn finish(lowering: &mut Lowering<'_>) {
    let mut shared = std::mem::take(&mut lowering.shared_keys);
    let Some(properties) = shared.properties.take() else {
        return;
    };
    let place = Place(properties.span);
    if !shared.unconditional && !shared.conditions.is_empty() {
        let entry = |value: Node| Entry {
            span: properties.span,
            key: "Condition".into(),
            value,
        };
        let each = shared.conditions.iter();
        let mut each: Vec<Node> = each
            .map(|name| place.one("Condition", place.text(name.clone())))
            .collect();
        let value = match each.len() {
            1 => each.remove(0),
            _ => place.one("Fn::Or", place.list(each)),
        };
        lowering.conditions.push(Entry {
            key: CONDITION.into(),
            ..entry(value)
        });
        shared.attributes.push(entry(place.text(CONDITION)));
    }
    emit(
        lowering,
        Plan {
            prefix: "Serverless",
            apis: shared.apis,
            stages: shared.stages,
            keys: shared.keys,
            attributes: shared.attributes,
            properties: &properties,
        },
    );
}

impl Shared {
    /// Takes over the attributes of one more API.
    fn join(&mut self, attributes: &[Entry]) {
        let mut condition = None;
        for entry in attributes {
            if entry.key == "Condition" {
                condition = entry.value.as_text().cloned();
            } else {
                keep_stronger(&mut self.attributes, entry);
            }
        }
        match condition {
            Some(condition) => {
                self.conditions.insert(condition);
            }
            None => self.unconditional = true,
        }
    }
}

fn id(prefix: &str, end: &str) -> Str {
    format!("{prefix}{end}").into()
}

/// Notes what the API's plan and key are called.
fn derive(lowering: &mut Lowering<'_>, api: &Api, prefix: &str) {
    for end in ["UsagePlan", "ApiKey", "UsagePlanKey"] {
        lowering.derive(&api.id, end, id(prefix, end));
    }
}

fn emit(lowering: &mut Lowering<'_>, plan: Plan<'_>) {
    let id = |end: &str| id(plan.prefix, end);
    let (usage_plan, key) = (id("UsagePlan"), id("ApiKey"));
    let place = Place(plan.properties.span);
    lowering.emit(
        Made::new(usage_plan.clone(), "AWS::ApiGateway::UsagePlan", place.0)
            .after(&plan.apis)
            .with(plan.attributes.clone())
            .set("ApiStages", place.list(plan.stages))
            .copy(
                plan.properties,
                &["UsagePlanName", "Description", "Quota", "Tags", "Throttle"],
            ),
    );
    lowering.emit(
        Made::new(key.clone(), "AWS::ApiGateway::ApiKey", place.0)
            .after(std::slice::from_ref(&usage_plan))
            .with(plan.attributes.clone())
            .set("Enabled", place.flag(true))
            .set("StageKeys", place.list(plan.keys)),
    );
    lowering.emit(
        Made::new(id("UsagePlanKey"), "AWS::ApiGateway::UsagePlanKey", place.0)
            .after(std::slice::from_ref(&key))
            .with(plan.attributes)
            .set("KeyId", place.reference(key.clone()))
            .set("KeyType", place.text("API_KEY"))
            .set("UsagePlanId", place.reference(usage_plan)),
    );
}

/// Of two policies on deletion or replacement keeps the one that keeps more.
pub(super) fn keep_stronger(kept: &mut Vec<Entry>, entry: &Entry) {
    let strength = |entry: &Entry| match entry.value.as_text().map(Str::as_str) {
        Some("Retain") => 2,
        Some("Snapshot") => 1,
        _ => 0,
    };
    match kept.iter_mut().find(|it| it.key == entry.key) {
        Some(known) if strength(entry) > strength(known) => *known = entry.clone(),
        Some(_) => {}
        None => kept.push(entry.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{lowered, property};

    fn template(create: &str) -> String {
        let api = |condition: &str| {
            format!(
                "{{Type: AWS::Serverless::Api, {condition} Properties: {{StageName: v1, Auth: {{UsagePlan: {{CreateUsagePlan: {create}}}}}}}}}"
            )
        };
        format!(
            "Resources:\n  A: {}\n  B: {}\n",
            api("Condition: C,"),
            api("Condition: D,")
        )
    }

    #[test]
    fn each_api_may_have_its_own_plan() {
        let out = lowered(&template("PER_API"));
        let stages = property(&out, "AUsagePlan", &["ApiStages"]);
        assert_eq!(
            stages.items()[0]
                .at(&["Stage", "Ref"])
                .unwrap()
                .as_text()
                .unwrap(),
            "Av1Stage"
        );
        assert_eq!(
            property(&out, "BUsagePlanKey", &["KeyId", "Ref"])
                .as_text()
                .unwrap(),
            "BApiKey"
        );
    }

    #[test]
    fn a_shared_plan_lists_every_api_and_exists_with_any_of_them() {
        let out = lowered(&template("SHARED"));
        assert_eq!(
            property(&out, "ServerlessUsagePlan", &["ApiStages"])
                .items()
                .len(),
            2
        );
        assert_eq!(
            property(&out, "ServerlessApiKey", &["StageKeys"])
                .items()
                .len(),
            2
        );
        let any = out
            .template
            .at(&["Conditions", "SharedUsagePlanCondition", "Fn::Or"]);
        assert_eq!(any.unwrap().items().len(), 2);
    }

    #[test]
    fn none_makes_nothing() {
        let out = lowered(&template("NONE"));
        assert!(out.template.at(&["Resources", "AUsagePlan"]).is_none());
        assert!(out.problems.is_empty());
    }
}

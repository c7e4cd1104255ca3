//! serverless-add-api-key: keys and usage plans that the plugin makes beside the stack.

use crate::document::Node;
use crate::frontend::serverless::keys;
use crate::frontend::serverless::naming;
use crate::frontend::serverless::rest;
use crate::frontend::serverless::service::{Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;
use crate::source::Str;

/// Makes the keys of `custom.apiKeys`: a list, or a list for each stage.
pub(super) fn finalize(service: &Service, out: &mut Output) {
    let Some(keys) = tree::child(&service.custom, "apiKeys") else {
        return;
    };
    let keys = match keys.as_list() {
        Some(_) => Some(keys),
        None => service
            .stage
            .as_text()
            .and_then(|stage| tree::child(&keys, stage)),
    };
    let default = service
        .api_gateway("usagePlan")
        .or_else(|| service.setting(&["usagePlan"]));
    for (nth, key) in keys.iter().flat_map(tree::items).enumerate() {
        one(&key, (nth + 1, default.as_ref()), service, out);
    }
}

/// One key, its plan, and the link between them.
fn one(key: &Node, (nth, default): (usize, Option<&Node>), service: &Service, out: &mut Output) {
    let at = At::of(key);
    let Some(name) = tree::child(key, "name") else {
        return;
    };
    let own = tree::child(key, "usagePlan").filter(tree::is_truthy);
    let named = |plan: Option<&Node>| tree::child(plan?, "name");
    let plan = named(own.as_ref()).or_else(|| named(default));
    let plan = plan.unwrap_or_else(|| at.concat(&[name.clone(), at.text("-usage-plan")]));
    let has_limits = |plan: &&Node| {
        let has = |key| tree::child(plan, key).is_some();
        has("quota") || has("throttle")
    };
    let limits = own.as_ref().filter(has_limits).or(default);
    let plan_id = naming::alphanumeric(&tree::sketch(&plan).unwrap_or_default());
    let plan_id = Str::from(format!("AddedUsagePlan{plan_id}"));
    if out.resources.get(&plan_id).is_none() {
        let plan = usage_plan(&at, plan, limits, service);
        out.resources.set(plan_id.clone(), plan);
    }
    let key_id = Str::from(format!("AddedApiKey{nth}"));
    let value = tree::child(key, "value").filter(|value| value.as_map().is_none());
    let properties = at.sparse([
        ("Name", Some(name)),
        ("Enabled", Some(at.bool(true))),
        ("Value", value),
    ]);
    let link = at.object([
        ("KeyId", at.refer(key_id.clone())),
        ("KeyType", at.text("API_KEY")),
        ("UsagePlanId", at.refer(plan_id)),
    ]);
    out.resources
        .set(key_id, at.resource("AWS::ApiGateway::ApiKey", properties));
    let link = at.resource("AWS::ApiGateway::UsagePlanKey", link);
    out.resources.set(format!("AddedUsagePlanKey{nth}"), link);
}

fn usage_plan(at: &At, name: Node, limits: Option<&Node>, service: &Service) -> Node {
    let stage = at.object([
        ("ApiId", rest::api_id(at, service)),
        ("Stage", service.stage.clone()),
    ]);
    let properties = at.sparse([
        ("UsagePlanName", Some(name)),
        ("ApiStages", Some(at.list(vec![stage]))),
        ("Quota", limits.and_then(keys::quota)),
        ("Throttle", limits.and_then(keys::throttle)),
    ]);
    at.resource("AWS::ApiGateway::UsagePlan", properties)
}

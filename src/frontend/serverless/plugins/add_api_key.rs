//! serverless-add-api-key: keys and usage plans that the plugin makes beside the stack.

use crate::document::Node;
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

fn one(key: &Node, (nth, default): (usize, Option<&Node>), service: &Service, out: &mut Output) {
    let at = At::of(key);
    let Some(name) = tree::child(key, "name") else {
        return;
    };
    let own = tree::child(key, "usagePlan").filter(tree::is_truthy);
    let has_limits = |plan: &&Node| {
        tree::child(plan, "quota").is_some() || tree::child(plan, "throttle").is_some()
    };
    let limits = own.as_ref().filter(has_limits).or(default);
    let named = |plan: Option<&Node>| tree::child(plan?, "name");
    let plan_name = named(own.as_ref()).or_else(|| named(default));
    let plan_name = plan_name.unwrap_or_else(|| at.concat(&[name.clone(), at.text("-usage-plan")]));
    let id = naming::alphanumeric(&tree::sketch(&plan_name).unwrap_or_default());
    let plan_id = Str::from(format!("AddedUsagePlan{id}"));
    let limit = |section: &str, keys: &[(&'static str, &str)]| {
        let section = tree::child(limits?, section).filter(tree::is_truthy)?;
        let entries = keys
            .iter()
            .filter_map(|(word, key)| Some((Str::from(*word), tree::child(&section, key)?)));
        Some(At::of(&section).map(entries))
    };
    let stage = at.object([
        ("ApiId", rest::api_id(&at, service)),
        ("Stage", service.stage.clone()),
    ]);
    let plan = at.sparse([
        ("UsagePlanName", Some(plan_name)),
        ("ApiStages", Some(at.list(vec![stage]))),
        (
            "Quota",
            limit(
                "quota",
                &[
                    ("Limit", "limit"),
                    ("Offset", "offset"),
                    ("Period", "period"),
                ],
            ),
        ),
        (
            "Throttle",
            limit(
                "throttle",
                &[("BurstLimit", "burstLimit"), ("RateLimit", "rateLimit")],
            ),
        ),
    ]);
    if out.resources.get(&plan_id).is_none() {
        out.resources.set(
            plan_id.clone(),
            at.resource("AWS::ApiGateway::UsagePlan", plan),
        );
    }
    let key_id = Str::from(format!("AddedApiKey{nth}"));
    let properties = at.sparse([
        ("Name", Some(name)),
        ("Enabled", Some(at.bool(true))),
        (
            "Value",
            tree::child(key, "value").filter(|value| value.as_map().is_none()),
        ),
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

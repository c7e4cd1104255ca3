//! API keys and usage plans of the REST API (`provider.apiGateway.apiKeys`, `usagePlan`).
//!
//! They protect nothing by themselves: that takes `private: true` on an event.

use super::coerce;
use super::naming;
use super::rest::api_id;
use super::service::{Output, Service};
use super::template::At;
use super::tree;
use crate::document::Node;
use crate::source::Str;

/// Makes keys, plans, and the links between them.
pub(super) fn lower(at: &At, service: &Service, out: &mut Output) {
    let keys = service.api_gateway("apiKeys").filter(tree::is_truthy);
    let plan = service.api_gateway("usagePlan").filter(tree::is_truthy);
    let Some(place) = plan.as_ref().or(keys.as_ref()) else {
        return;
    };
    let plans = plans(plan.as_ref(), place);
    for (name, settings) in &plans {
        usage_plan(name.as_ref(), settings, (at, service), out);
    }
    if let Some(reason) = keys.as_ref().and_then(tree::unknown) {
        out.notice(
            place.span,
            format!("API keys are not known, because {reason} is not"),
        );
        return;
    }
    let names: Vec<&Str> = plans.iter().filter_map(|(name, _)| name.as_ref()).collect();
    let mut nth = 0;
    for key in keys.iter().flat_map(tree::items) {
        let group = group(&key, &names);
        if let Some((name, members)) = group {
            nth = 0;
            for member in tree::items(&members) {
                nth += 1;
                api_key(&member, (Some(&name), nth), service, out);
            }
            continue;
        }
        nth += 1;
        unplanned(&key, out);
        api_key(&key, (None, nth), service, out);
    }
}

/// Every plan: its name in the list form, and its settings.
fn plans(plan: Option<&Node>, place: &Node) -> Vec<(Option<Str>, Node)> {
    let none = || Node::object(place.span, []);
    let Some(plan) = plan else {
        return vec![(None, none())];
    };
    if plan.as_list().is_none() {
        return vec![(None, plan.clone())];
    }
    let named = |item: Node| {
        let (_, name, settings) = tree::entries(&item).next()?;
        Some((Some(name), settings))
    };
    tree::items(plan).filter_map(named).collect()
}

/// The plan that a mapping of keys names: only a plan of the list form counts.
fn group(key: &Node, plans: &[&Str]) -> Option<(Str, Node)> {
    let (_, name, members) = tree::entries(key).next()?;
    plans.contains(&&name).then_some((name, members))
}

/// A mapping that looks like a group whose plan does not exist.
fn unplanned(key: &Node, out: &mut Output) {
    let Some((_, name, members)) = tree::entries(key).next() else {
        return;
    };
    if members.as_list().is_some() {
        out.fatal(
            key.span,
            format!("there is no usage plan `{name}` for these API keys"),
        );
    }
}

fn usage_plan(
    name: Option<&Str>,
    settings: &Node,
    (at, service): (&At, &Service),
    out: &mut Output,
) {
    let place = At::of(settings);
    let stage = place.object([
        ("ApiId", api_id(at, service)),
        ("Stage", service.stage.clone()),
    ]);
    let middle = name.map(|name| format!("-{name}")).unwrap_or_default();
    let parts = [
        service.name.clone(),
        place.text(format!("{middle}-")),
        service.stage.clone(),
    ];
    let properties = place.sparse([
        ("ApiStages", Some(place.list(vec![stage]))),
        ("UsagePlanName", Some(place.concat(&parts))),
        ("Quota", quota(settings)),
        ("Throttle", throttle(settings)),
    ]);
    let resource = place.resource("AWS::ApiGateway::UsagePlan", properties);
    let id = naming::usage_plan(name.map(Str::as_str));
    out.resources.merge(id.clone(), resource, &id);
}

/// `Quota` of a plan.
pub(super) fn quota(plan: &Node) -> Option<Node> {
    let keys = [
        ("Limit", "limit"),
        ("Offset", "offset"),
        ("Period", "period"),
    ];
    limits(plan, "quota", &keys)
}

/// `Throttle` of a plan.
pub(super) fn throttle(plan: &Node) -> Option<Node> {
    let keys = [("BurstLimit", "burstLimit"), ("RateLimit", "rateLimit")];
    limits(plan, "throttle", &keys)
}

fn limits(plan: &Node, section: &str, keys: &[(&'static str, &str)]) -> Option<Node> {
    let section = tree::child(plan, section).filter(tree::is_truthy)?;
    if tree::unknown(&section).is_some() {
        return Some(section);
    }
    let entry =
        |(word, key): &(&'static str, &str)| Some((Str::from(*word), tree::child(&section, key)?));
    Some(At::of(&section).map(keys.iter().filter_map(entry)))
}

fn api_key(key: &Node, (plan, nth): (Option<&Str>, usize), service: &Service, out: &mut Output) {
    let at = At::of(key);
    let setting = |name| tree::child(key, name);
    let name = if key.as_map().is_some() && tree::unknown(key).is_none() {
        setting("name")
    } else {
        Some(key.clone())
    };
    let enabled = setting("enabled").map(|node| coerce::boolean(&node, "enabled"));
    let stage = at.object([
        ("RestApiId", api_id(&at, service)),
        ("StageName", service.stage.clone()),
    ]);
    let properties = at.sparse([
        ("Enabled", Some(enabled.unwrap_or_else(|| at.bool(true)))),
        ("Name", name),
        ("Value", setting("value").filter(tree::is_truthy)),
        ("Description", setting("description")),
        ("CustomerId", setting("customerId")),
        ("StageKeys", Some(at.list(vec![stage]))),
    ]);
    let plan = plan.map(Str::as_str);
    let id = naming::api_key(plan, nth);
    let link = at.object([
        ("KeyId", at.refer(id.clone())),
        ("KeyType", at.text("API_KEY")),
        ("UsagePlanId", at.refer(naming::usage_plan(plan))),
    ]);
    let link = at.resource("AWS::ApiGateway::UsagePlanKey", link);
    let key = at.resource("AWS::ApiGateway::ApiKey", properties);
    out.resources.merge(id.clone(), key, &id);
    let id = naming::usage_plan_key(plan, nth);
    out.resources.merge(id.clone(), link, &id);
}

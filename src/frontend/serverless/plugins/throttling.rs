//! serverless-api-gateway-throttling: limits for every method, set on the stages after the deployment.

use crate::document::Node;
use crate::frontend::serverless::rest::RestPath;
use crate::frontend::serverless::service::{Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;

/// Sets `custom.apiGatewayThrottling` on the stages of the REST and the HTTP API.
pub(super) fn finalize(service: &Service, out: &mut Output) {
    let Some(config) = tree::child(&service.custom, "apiGatewayThrottling") else {
        return;
    };
    let at = At::of(&config);
    let limit = |key: &str, default: &'static str| {
        let written = tree::child(&config, key).filter(tree::is_truthy);
        written.unwrap_or_else(|| at.text(default))
    };
    let limits = at.object([
        (
            "ThrottlingRateLimit",
            limit("maxRequestsPerSecond", "10000"),
        ),
        (
            "ThrottlingBurstLimit",
            limit("maxConcurrentRequests", "5000"),
        ),
    ]);
    let own = own(service, &limits);
    let stage = if own.is_empty() {
        limits.clone()
    } else {
        limits.with("MethodSettings", at.list(own))
    };
    set(out, "ApiGatewayDeployment", "StageDescription", &stage);
    set(out, "HttpApiStage", "DefaultRouteSettings", &limits);
}

/// Events with limits of their own; `-1` is none.
fn own(service: &Service, limits: &Node) -> Vec<Node> {
    let events = service
        .functions
        .iter()
        .flat_map(|function| &function.events);
    let http = events.filter_map(|event| tree::child(event, "http"));
    http.filter_map(|http| method(&http, limits)).collect()
}

fn method(http: &Node, limits: &Node) -> Option<Node> {
    let own = tree::child(http, "throttling")?;
    let at = At::of(&own);
    let path = RestPath::read(&tree::child(http, "path")?)?;
    let is_off = tree::child(&own, "disabled").is_some_and(|node| tree::is_truthy(&node));
    let limit = |key: &str, default: &str| {
        if is_off {
            return Some(at.text("-1"));
        }
        tree::child(&own, key).or_else(|| tree::child(limits, default))
    };
    let method = tree::child(http, "method")?.scalar()?.to_uppercase();
    let method = if method == "ANY" {
        "*".to_owned()
    } else {
        method
    };
    Some(at.sparse([
        ("ResourcePath", Some(at.text(path.shown()))),
        ("HttpMethod", Some(at.text(method))),
        (
            "ThrottlingRateLimit",
            limit("maxRequestsPerSecond", "ThrottlingRateLimit"),
        ),
        (
            "ThrottlingBurstLimit",
            limit("maxConcurrentRequests", "ThrottlingBurstLimit"),
        ),
    ]))
}

/// Adds settings to a property of a resource.
fn set(out: &mut Output, id: &'static str, key: &'static str, settings: &Node) {
    let Some(resource) = out.resources.get(id).cloned() else {
        return;
    };
    let Some(properties) = resource.get("Properties") else {
        return;
    };
    let before = properties.get(key).cloned();
    let before = before.unwrap_or_else(|| At::of(settings).object([]));
    let entries = tree::entries(settings);
    let after = entries.fold(before, |all, (_, key, value)| all.with(key, value));
    let properties = properties.with(key, after);
    out.resources
        .set(id, resource.with("Properties", properties));
}

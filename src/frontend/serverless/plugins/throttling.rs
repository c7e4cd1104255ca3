//! serverless-api-gateway-throttling: limits for every method, set on the stage after the deployment.

use crate::document::Node;
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
    let rate = limit("maxRequestsPerSecond", "10000");
    let burst = limit("maxConcurrentRequests", "5000");
    let limits = at.object([
        ("ThrottlingRateLimit", rate),
        ("ThrottlingBurstLimit", burst),
    ]);
    set(out, "ApiGatewayDeployment", "StageDescription", &limits);
    set(out, "HttpApiStage", "DefaultRouteSettings", &limits);
}

/// Adds limits to a setting of a resource.
fn set(out: &mut Output, id: &'static str, key: &'static str, limits: &Node) {
    let Some(resource) = out.resources.get(id).cloned() else {
        return;
    };
    let Some(properties) = resource.get("Properties") else {
        return;
    };
    let mut setting = properties
        .get(key)
        .cloned()
        .unwrap_or_else(|| At::of(limits).object([]));
    for (_, key, value) in tree::entries(limits) {
        setting = setting.with(key, value);
    }
    let properties = properties.with(key, setting);
    out.resources
        .set(id, resource.with("Properties", properties));
}

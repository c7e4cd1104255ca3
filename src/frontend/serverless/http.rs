//! The HTTP API: `httpApi` events and `provider.httpApi`.

mod authorizer;
mod route;

use std::collections::HashMap;

use self::route::Route;
use super::coerce;
use super::functions;
use super::naming;
use super::service::{Output, Service};
use super::template::At;
use super::tree;
use crate::document::{Node, Problem, ProblemKind};
use crate::source::{Span, Str};

/// Compiles the `httpApi` events of all functions.
pub(super) fn lower(service: &Service, out: &mut Output) {
    let authorizers = authorizer::declared(service, out);
    let mut routes: Vec<Route<'_>> = Vec::new();
    let mut places: HashMap<Str, Span> = HashMap::new();
    for function in &service.functions {
        for event in &function.events {
            let Some(event) = tree::child(event, "httpApi").filter(tree::is_truthy) else {
                continue;
            };
            let context = (service, &authorizers);
            let Some(route) = route::read(function, &event, context, out) else {
                continue;
            };
            duplicate(&route, &mut places, out);
            routes.push(route);
        }
    }
    let Some(first) = routes.first() else {
        return;
    };
    let external = external(service);
    external_conflicts(service, out);
    if external.is_none() {
        api(&first.at, service, out);
    }
    let mut declared: Vec<_> = authorizers.values().collect();
    declared.sort_by_key(|authorizer| (authorizer.config.span, authorizer.id.clone()));
    for authorizer in declared {
        authorizer::compile(authorizer, service, out);
    }
    for route in &routes {
        compile_route(route, service, out);
    }
}

/// The id of an API that lies outside.
fn external(service: &Service) -> Option<Node> {
    service.setting(&["httpApi", "id"]).filter(tree::is_truthy)
}

fn api_id(at: &At, service: &Service) -> Node {
    external(service).unwrap_or_else(|| at.refer("HttpApi"))
}

/// The framework refuses to configure an API that is not its own.
fn external_conflicts(service: &Service, out: &mut Output) {
    if external(service).is_none() {
        return;
    }
    for key in ["cors", "authorizers"] {
        let setting = service.setting(&["httpApi", key]).filter(tree::is_truthy);
        if let Some(setting) = setting {
            let message = format!("`{key}` cannot be set for an HTTP API of another stack");
            out.fatal(setting.span, message);
        }
    }
}

/// The same route twice; the default route may be declared again.
fn duplicate(route: &Route<'_>, places: &mut HashMap<Str, Span>, out: &mut Output) {
    let Some(key) = route.key.scalar().filter(|key| key != "$default") else {
        return;
    };
    if let Some(first) = places.insert(key.clone(), route.at.span) {
        let message = format!("the route `{key}` is declared twice");
        let problem = Problem::new(ProblemKind::UnresolvedReference, route.at.span, message);
        out.push(problem.with(first, "declared here first"));
    }
}

/// `AWS::ApiGatewayV2::Api`, its `$default` stage, and its address.
fn api(first: &At, service: &Service, out: &mut Output) {
    let settings = service.setting(&["httpApi"]);
    let at = settings.as_ref().map_or_else(|| first.clone(), At::of);
    let setting = |key| service.setting(&["httpApi", key]);
    let disabled = setting("disableDefaultEndpoint");
    let disabled = disabled.map(|node| coerce::boolean(&node, "disableDefaultEndpoint"));
    let cors = setting("cors").filter(tree::is_truthy);
    let properties = at.sparse([
        ("Name", Some(name(&at, service))),
        ("ProtocolType", Some(at.text("HTTP"))),
        ("DisableExecuteApiEndpoint", disabled),
        ("CorsConfiguration", cors.map(|cors| self::cors(&cors))),
    ]);
    let resource = at.resource("AWS::ApiGatewayV2::Api", properties);
    out.resources.set("HttpApi", resource);
    out.resources.set("HttpApiStage", stage(&at, service));
    let id = at.refer("HttpApi");
    let url = at.join(vec![
        at.text("https://"),
        id.clone(),
        at.text(".execute-api."),
        at.refer("AWS::Region"),
        at.text("."),
        at.refer("AWS::URLSuffix"),
    ]);
    out.outputs.set("HttpApiId", at.object([("Value", id)]));
    out.outputs.set("HttpApiUrl", at.object([("Value", url)]));
}

fn name(at: &At, service: &Service) -> Node {
    let named = service.setting(&["httpApi", "name"]);
    if let Some(name) = named.filter(tree::is_truthy) {
        return name;
    }
    let swapped = service.setting(&["httpApi", "shouldStartNameWithService"]);
    if swapped.is_some_and(|node| tree::is_truthy(&node)) {
        return service.prefixed(at, "");
    }
    at.concat(&[service.stage.clone(), at.text("-"), service.name.clone()])
}

fn stage(at: &At, service: &Service) -> Node {
    let logs = service
        .setting(&["logs", "httpApi"])
        .filter(tree::is_truthy);
    let logs = logs.map(|logs| {
        let at = At::of(&logs);
        at.object([("DestinationArn", at.attribute("HttpApiLogGroup", "Arn"))])
    });
    let properties = at.sparse([
        ("ApiId", Some(at.refer("HttpApi"))),
        ("StageName", Some(at.text("$default"))),
        ("AutoDeploy", Some(at.bool(true))),
        ("AccessLogSettings", logs),
    ]);
    at.resource("AWS::ApiGatewayV2::Stage", properties)
}

/// `cors` of the API: `true` lets every origin read answers.
fn cors(cors: &Node) -> Node {
    let at = At::of(cors);
    let list = |key: &str, word: &'static str| {
        let written = tree::child(cors, key).filter(tree::is_truthy);
        let written = written.map(|node| coerce::list(&node, key));
        (word, written)
    };
    let (word, origins) = list("allowedOrigins", "AllowOrigins");
    at.sparse([
        (
            "AllowCredentials",
            tree::child(cors, "allowCredentials").filter(tree::is_truthy),
        ),
        list("allowedHeaders", "AllowHeaders"),
        list("allowedMethods", "AllowMethods"),
        (
            word,
            Some(origins.unwrap_or_else(|| at.list(vec![at.text("*")]))),
        ),
        list("exposedResponseHeaders", "ExposeHeaders"),
        ("MaxAge", tree::child(cors, "maxAge")),
    ])
}

fn compile_route(route: &Route<'_>, service: &Service, out: &mut Output) {
    let at = &route.at;
    let integration = naming::http_integration(&route.function.key);
    let target = at.joined(
        "/",
        vec![at.text("integrations"), at.refer(integration.clone())],
    );
    let properties = at.sparse([
        ("ApiId", Some(api_id(at, service))),
        ("RouteKey", Some(route.key.clone())),
        ("Target", Some(target)),
        ("AuthorizationType", route.asked.kind.clone()),
        ("AuthorizerId", route.asked.authorizer.clone()),
        ("AuthorizationScopes", route.asked.scopes.clone()),
    ]);
    let resource = at.resource("AWS::ApiGatewayV2::Route", properties);
    let shown = tree::sketch(&route.key).unwrap_or_default();
    out.resources.replace(route.id.clone(), resource, &shown);
    if out.resources.get(&integration).is_some() {
        return;
    }
    let properties = at.object([
        ("ApiId", api_id(at, service)),
        ("IntegrationType", at.text("AWS_PROXY")),
        ("IntegrationUri", route.function.target(at)),
    ]);
    let resource = at.resource("AWS::ApiGatewayV2::Integration", properties);
    out.resources.set(integration, resource);
    let source = at.execute_api(api_id(at, service), "/*");
    functions::invocable(
        route.function,
        ("HttpApi", "apigateway.amazonaws.com"),
        Some(source),
        out,
    );
}

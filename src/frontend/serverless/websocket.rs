//! The WebSocket API: `websocket` events.

use super::coerce;
use super::functions;
use super::naming;
use super::service::{Function, Output, Service};
use super::template::{At, permission};
use super::tree;
use crate::document::Node;
use crate::source::Str;
use crate::trail::Step;

/// Where the framework documents WebSocket events.
const DOCS: &str = "https://www.serverless.com/framework/docs/providers/aws/events/websocket";

/// A route to be.
struct Route<'a> {
    function: &'a Function,
    at: At,
    key: Node,
    asked: Asked,
}

/// What a route asks for.
enum Asked {
    Nobody(Node),
    Unknown(Node),
    Function(Authorizer),
}

struct Authorizer {
    at: At,
    name: Node,
    function: Node,
    source: Option<Node>,
}

/// Compiles the `websocket` events of all functions.
pub(super) fn lower(service: &Service, out: &mut Output) {
    let mut routes = Vec::new();
    for function in &service.functions {
        for event in &function.events {
            let event = tree::child(event, "websocket").filter(tree::is_truthy);
            routes.extend(event.and_then(|event| route(function, &event, service, out)));
        }
    }
    let Some(first) = routes.first() else {
        return;
    };
    api(&first.at, service, out);
    for route in &routes {
        compile(route, service, out);
    }
}

fn api_id(at: &At, service: &Service) -> Node {
    let external = service
        .api_gateway("websocketApiId")
        .filter(tree::is_truthy);
    external.unwrap_or_else(|| at.refer("WebsocketsApi"))
}

fn route<'a>(
    function: &'a Function,
    event: &Node,
    service: &Service,
    out: &mut Output,
) -> Option<Route<'a>> {
    let at = At::of(event);
    if let Some(reason) = tree::unknown(event) {
        out.lost(
            event.span,
            format!("a route is not known, because {reason} is not"),
        );
        return None;
    }
    let is_short = event.as_text().is_some() || tree::joined(event).is_some();
    if is_short {
        return Some(Route {
            function,
            key: event.clone(),
            asked: nobody(&at),
            at,
        });
    }
    event.as_map()?;
    let Some(key) = tree::child(event, "route").map(|key| coerce::text(&key, "route")) else {
        out.lost(
            event.span,
            "the framework refuses a `websocket` event without a `route`",
        );
        return None;
    };
    let asked = asked(event, service, out);
    Some(Route {
        function,
        at,
        key,
        asked,
    })
}

fn nobody(at: &At) -> Asked {
    let what = "a route without `authorizer` asks for none";
    Asked::Nobody(at.via(Step::default(what, DOCS)).text("NONE"))
}

fn asked(event: &Node, service: &Service, out: &mut Output) -> Asked {
    let written = tree::child(event, "authorizer").filter(tree::is_truthy);
    let Some(written) = written else {
        return nobody(&At::of(event));
    };
    let node = coerce::text(&written, "authorizer");
    let at = At::of(&node);
    if tree::unknown(&node).is_some() {
        return Asked::Unknown(node);
    }
    let found = match tree::sketch(&node) {
        Some(text) if text.contains(':') => by_arn(&node, &node, None),
        Some(_) => by_function(&node, &node, service),
        None => {
            let setting = |key| tree::child(&node, key).filter(tree::is_truthy);
            match (setting("arn"), setting("name")) {
                (Some(arn), name) => by_arn(&node, &arn, name),
                (None, Some(name)) => by_function(&node, &name, service),
                (None, None) => Err("an authorizer needs a `name` or an `arn`".to_owned()),
            }
        }
    };
    found.map_or_else(
        |why| {
            out.fatal(node.span, why.clone());
            Asked::Unknown(at.unknown(why))
        },
        Asked::Function,
    )
}

/// A function by its ARN. The name of a text is its whole last word, and a given name does not count.
fn by_arn(node: &Node, arn: &Node, name: Option<Node>) -> Result<Authorizer, String> {
    let at = At::of(arn);
    let name = match (tree::sketch(arn), name) {
        (Some(text), _) => at.text(text.rsplit(':').next().unwrap_or_default()),
        (None, Some(name)) => name,
        (None, None) => {
            return Err("an authorizer whose `arn` is no text needs a `name`".to_owned());
        }
    };
    Ok(Authorizer {
        at,
        name,
        function: arn.clone(),
        source: tree::child(node, "identitySource"),
    })
}

fn by_function(node: &Node, name: &Node, service: &Service) -> Result<Authorizer, String> {
    let key = name.scalar().unwrap_or_default();
    let at = At::of(name);
    let function = service.function(&key);
    let function =
        function.ok_or_else(|| format!("there is no function `{key}` for this authorizer"))?;
    Ok(Authorizer {
        function: function.target(&at),
        at,
        name: name.clone(),
        source: tree::child(node, "identitySource"),
    })
}

fn api(first: &At, service: &Service, out: &mut Output) {
    let external = service
        .api_gateway("websocketApiId")
        .filter(tree::is_truthy);
    let at = first;
    let statement = at.object([
        ("Effect", at.text("Allow")),
        (
            "Action",
            at.list(vec![at.text("execute-api:ManageConnections")]),
        ),
        (
            "Resource",
            at.list(vec![
                at.sub("arn:${AWS::Partition}:execute-api:*:*:*/@connections/*"),
            ]),
        ),
    ]);
    if external.is_some() {
        return;
    }
    out.statements.push(statement);
    let selection = service.setting(&["websocketsApiRouteSelectionExpression"]);
    let name = service
        .setting(&["websocketsApiName"])
        .filter(|name| name.as_text().is_some());
    let name = name.unwrap_or_else(|| {
        let parts = [
            service.stage.clone(),
            at.text("-"),
            service.name.clone(),
            at.text("-websockets"),
        ];
        at.concat(&parts)
    });
    let properties = at.object([
        ("Name", name),
        (
            "RouteSelectionExpression",
            selection.unwrap_or_else(|| at.text("$request.body.action")),
        ),
        ("ProtocolType", at.text("WEBSOCKET")),
    ]);
    out.resources.set(
        "WebsocketsApi",
        at.resource("AWS::ApiGatewayV2::Api", properties),
    );
    let logs = service
        .setting(&["logs", "websocket"])
        .filter(tree::is_truthy);
    let logs = logs.map(|logs| {
        let at = At::of(&logs);
        at.object([("DestinationArn", at.attribute("WebsocketsLogGroup", "Arn"))])
    });
    let stage = at.sparse([
        ("ApiId", Some(at.refer("WebsocketsApi"))),
        ("StageName", Some(service.stage.clone())),
        ("AccessLogSettings", logs),
    ]);
    let stage = at.resource("AWS::ApiGatewayV2::Stage", stage);
    out.resources.set("WebsocketsDeploymentStage", stage);
    let url = at.join(vec![
        at.text("wss://"),
        at.refer("WebsocketsApi"),
        at.text(".execute-api."),
        at.refer("AWS::Region"),
        at.text("."),
        at.refer("AWS::URLSuffix"),
        at.concat(&[at.text("/"), service.stage.clone()]),
    ]);
    out.outputs
        .set("ServiceEndpointWebsocket", at.object([("Value", url)]));
}

fn compile(route: &Route<'_>, service: &Service, out: &mut Output) {
    let at = &route.at;
    let key = tree::sketch(&route.key).unwrap_or_default();
    let integration = naming::websocket_integration(&route.function.key);
    let target = at.joined(
        "/",
        vec![at.text("integrations"), at.refer(integration.clone())],
    );
    let (kind, authorizer) = match &route.asked {
        Asked::Nobody(kind) => (kind.clone(), None),
        Asked::Unknown(node) => (node.clone(), Some(node.clone())),
        Asked::Function(authorizer) => {
            let at = &authorizer.at;
            let name = tree::sketch(&authorizer.name).unwrap_or_default();
            let id = naming::websocket_authorizer(&name);
            compile_authorizer(authorizer, (&id, &name), service, out);
            (at.text("CUSTOM"), Some(at.refer(id)))
        }
    };
    let properties = at.sparse([
        ("ApiId", Some(api_id(at, service))),
        ("RouteKey", Some(route.key.clone())),
        ("AuthorizationType", Some(kind)),
        ("AuthorizerId", authorizer),
        ("Target", Some(target)),
    ]);
    let resource = at.resource("AWS::ApiGatewayV2::Route", properties);
    out.resources
        .merge(naming::websocket_route(&key), resource, &key);
    if out.resources.get(&integration).is_some() {
        return;
    }
    let uri = at.invocation(vec![route.function.target(at)]);
    let properties = at.object([
        ("ApiId", api_id(at, service)),
        ("IntegrationType", at.text("AWS_PROXY")),
        ("IntegrationUri", uri),
    ]);
    let resource = at.resource("AWS::ApiGatewayV2::Integration", properties);
    out.resources.set(integration, resource);
    functions::invocable(
        route.function,
        ("Websockets", "apigateway.amazonaws.com"),
        None,
        out,
    );
}

fn compile_authorizer(
    authorizer: &Authorizer,
    (id, name): (&Str, &Str),
    service: &Service,
    out: &mut Output,
) {
    let at = &authorizer.at;
    let source = authorizer.source.clone();
    let source = source.unwrap_or_else(|| at.list(vec![at.text("route.request.header.Auth")]));
    let properties = at.object([
        ("ApiId", api_id(at, service)),
        ("Name", authorizer.name.clone()),
        ("AuthorizerType", at.text("REQUEST")),
        (
            "AuthorizerUri",
            at.invocation(vec![authorizer.function.clone()]),
        ),
        ("IdentitySource", source),
    ]);
    let resource = at.resource("AWS::ApiGatewayV2::Authorizer", properties);
    out.resources.merge(id.clone(), resource, name);
    let function = authorizer.function.clone();
    let permission = permission(at, function, "apigateway.amazonaws.com", None);
    out.resources
        .set(naming::permission(name, "Websockets"), permission);
}

//! HTTP and WebSocket APIs: routes, quick creates, OpenAPI bodies.

use crate::document::Node;
use crate::frontend::cloudformation::integration;
use crate::frontend::cloudformation::rest::{UNKNOWN, typed};
use crate::frontend::openapi;
use crate::resolve::{Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::stack::{Api, Protection, Protocol, Resource, Route, Stack};
use crate::trail::{How, Step};

/// Adds every HTTP and WebSocket API and its routes.
pub fn read(stack: &mut Stack) {
    let mut routes = Vec::new();
    let mut apis = Vec::new();
    for resource in stack.of_type("AWS::ApiGatewayV2::Api") {
        let body = stack.property(resource, "Body");
        let mut api = api(stack, resource, &body);
        routes.extend(openapi::read(stack, &mut api, &body));
        routes.extend(quick_create(stack, resource, &api));
        apis.push(api);
    }
    for resource in stack.of_type("AWS::ApiGatewayV2::Route") {
        routes.push(route(stack, resource));
    }
    stack.apis.extend(apis);
    stack.routes.extend(routes);
}

fn api(stack: &Stack, resource: &Resource, body: &Property<Node>) -> Api {
    Api {
        id: Text::literal(resource.id.clone()),
        protocol: protocol(stack, resource),
        body: body.agreed_node(),
        schemes: Vec::new(),
        properties: resource.properties.clone(),
        span: resource.span,
        world: resource.world.clone(),
    }
}

/// WebSocket when it says so; an API with a body, or that says nothing, is an HTTP API.
fn protocol(stack: &Stack, api: &Resource) -> Protocol {
    let kind = stack
        .plain(api, "ProtocolType")
        .and_then(|kind| kind.known());
    match kind.as_deref() {
        Some("WEBSOCKET") => Protocol::WebSocket,
        _ => Protocol::Http,
    }
}

fn route(stack: &Stack, resource: &Resource) -> Route {
    let api = stack.text(resource, "ApiId");
    let key = stack.text(resource, "RouteKey");
    let protocol = route_protocol(stack, &api, &key);
    let target = stack.text(resource, "Target");
    let (method, path) = split(&key, protocol);
    Route {
        api,
        protocol,
        method,
        path,
        protection: Protection::Typed(typed(&stack.scope, &resource.properties)),
        integration: integration::of_target(stack, &target, resource.span),
        world: resource.world.clone(),
        span: resource.span,
        id: Some(resource.id.clone()),
    }
}

/// The protocol of a route is its API's; for an API of another stack its key tells.
fn route_protocol(stack: &Stack, api: &Property<Text>, key: &Property<Text>) -> Protocol {
    let api = api
        .agreed()
        .and_then(|api| api.as_ref()?.refers_to().and_then(|id| stack.resource(id)));
    if let Some(api) = api {
        return protocol(stack, api);
    }
    let key = key.agreed().and_then(|key| key.as_ref()?.known());
    match key {
        Some(key) if key != "$default" && !key.contains('/') => Protocol::WebSocket,
        Some(_) | None => Protocol::Http,
    }
}

/// Method and path of a route key.
fn split(key: &Property<Text>, protocol: Protocol) -> (Property<Str>, Resolved<Str>) {
    let parts = key.map(|key| {
        let key = key.clone().unwrap_or_else(|| Text::literal(UNKNOWN));
        match (protocol, key.known().as_deref()) {
            (Protocol::Http, Some("$default")) => (Some(Str::from("*")), Str::from("$default")),
            (Protocol::Http, _) => {
                let mut words = key.split(' ').into_iter();
                let method = words.next().and_then(|word| word.known());
                let method = method.map_or_else(
                    || Str::from(UNKNOWN),
                    |method| method.to_ascii_uppercase().into(),
                );
                let path = words
                    .next()
                    .map_or_else(|| Str::from(UNKNOWN), |path| openapi::path_text(&path));
                (Some(method), path)
            }
            (_, Some(key)) => (None, Str::from(key)),
            (_, None) => (None, Str::from(UNKNOWN)),
        }
    });
    (
        parts.map(|(method, _)| method.clone()),
        parts.map(|(_, path)| path.clone()),
    )
}

/// An API with a `Target` gets a route of its own, to which `ApiGatewayManagedOverrides` may add.
fn quick_create(stack: &Stack, resource: &Resource, api: &Api) -> Option<Route> {
    let target = resource.properties.get("Target")?;
    let mut key = stack.text(resource, "RouteKey");
    if key.agreed().is_some_and(Option::is_none) {
        let step = Step::new(
            How::Note("quick create makes a default route".into()),
            target.span,
        );
        key = Resolved::known(Some(Text::literal("$default")), step);
    }
    let (method, path) = split(&key, Protocol::Http);
    let overrides = managed_overrides(stack, resource);
    let nothing = Node::null(target.span);
    let properties = overrides.as_ref().unwrap_or(&nothing);
    let uri = stack.scope.text(target);
    let function = uri.map(|uri| stack.function(uri.as_ref()?));
    let kind = Resolved::known(Some(Text::literal("AWS_PROXY")), target.trail());
    Some(Route {
        api: Resolved::known(Some(api.id.clone()), Step::written(resource.span)),
        protocol: Protocol::Http,
        method,
        path,
        protection: Protection::Typed(typed(&stack.scope, properties)),
        integration: integration::of_function((kind, uri), function),
        world: resource.world.clone(),
        span: target.span,
        id: None,
    })
}

/// The `Route` part of the managed overrides of this API.
fn managed_overrides(stack: &Stack, api: &Resource) -> Option<Node> {
    let own = |resource: &&Resource| {
        stack
            .plain(resource, "ApiId")
            .is_some_and(|text| text.refers_to() == Some(&api.id))
    };
    let overrides = stack
        .of_type("AWS::ApiGatewayV2::ApiGatewayManagedOverrides")
        .find(own)?;
    let route = stack
        .scope
        .read(&overrides.properties, "Route", Scope::settle);
    route.agreed_node()
}

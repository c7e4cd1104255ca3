//! The HTTP API: `httpApi` events and `provider.httpApi`.

use std::collections::HashMap;

use super::coerce;
use super::functions;
use super::naming;
use super::rest;
use super::service::{Function, Output, Service};
use super::template::{At, permission};
use super::tree;
use crate::document::Node;
use crate::source::{Span, Str};
use crate::trail::{How, Step};

/// Where the framework documents HTTP APIs.
const DOCS: &str = "https://www.serverless.com/framework/docs/providers/aws/events/http-api";

const METHODS: [&str; 8] = [
    "ANY", "GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE",
];

/// A route to be.
struct Route<'a> {
    function: &'a Function,
    at: At,
    key: Node,
    id: Str,
    asked: Asked,
}

/// What a route asks for.
#[derive(Default)]
struct Asked {
    kind: Option<Node>,
    authorizer: Option<Node>,
    scopes: Option<Node>,
}

/// An entry of `provider.httpApi.authorizers`.
struct Authorizer {
    config: Node,
    name: Node,
    id: Str,
}

/// Compiles the `httpApi` events of all functions.
pub(super) fn lower(service: &Service, out: &mut Output) {
    let authorizers = authorizers(service, out);
    let mut routes: Vec<Route<'_>> = Vec::new();
    let mut places: HashMap<Str, Span> = HashMap::new();
    for function in &service.functions {
        for event in &function.events {
            let Some(event) = tree::child(event, "httpApi").filter(tree::is_truthy) else {
                continue;
            };
            let Some(route) = route(function, &event, (service, &authorizers), out) else {
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
    let mut declared: Vec<&Authorizer> = authorizers.values().collect();
    declared.sort_by_key(|authorizer| (authorizer.config.span, authorizer.id.clone()));
    for authorizer in declared {
        compile_authorizer(authorizer, service, out);
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
        out.fatal(
            route.at.span,
            format!("the route `{key}` is declared twice"),
        );
        if let Some(problem) = out.problems.last_mut() {
            problem
                .related
                .push((first, "declared here first".to_owned()));
        }
    }
}

fn route<'a>(
    function: &'a Function,
    event: &Node,
    (service, authorizers): (&Service, &HashMap<Str, Authorizer>),
    out: &mut Output,
) -> Option<Route<'a>> {
    if let Some(reason) = tree::unknown(event) {
        out.lost(
            event.span,
            format!("a route is not known, because {reason} is not"),
        );
        return None;
    }
    let (method, path) = method_and_path(event, out)?;
    let at = At::of(event);
    let text = tree::sketch(&path)?;
    let (key, id) = match (text.as_str(), method) {
        ("*", _) => (At::of(&path).text("$default"), naming::http_route("*")),
        (_, Some(method)) => {
            let word = tree::sketch(&method).unwrap_or_default();
            let key = at.concat(&[method, at.text(" "), path]);
            (key, naming::http_route(&format!("{word} {text}")))
        }
        (_, None) => {
            out.lost(
                event.span,
                "the framework refuses a route without a `method`",
            );
            return None;
        }
    };
    let asked = asked(event, (service, authorizers), out);
    Some(Route {
        function,
        at,
        key,
        id,
        asked,
    })
}

/// Both forms of an event: `GET /users`, and a mapping.
fn method_and_path(event: &Node, out: &mut Output) -> Option<(Option<Node>, Node)> {
    let at = At::of(event);
    let node = coerce::text(event, "httpApi");
    let short: Option<Vec<Node>> = match (node.as_text(), tree::joined(&node)) {
        (Some(text), _) => Some(text.split(' ').map(|word| at.text(word)).collect()),
        (None, Some(parts)) => Some(rest::words(parts, &at)),
        (None, None) => None,
    };
    let (method, path) = match short.as_deref() {
        Some([only]) if only.as_text().is_some_and(|text| text == "*") => (None, only.clone()),
        Some([method, path]) => (Some(method.clone()), path.clone()),
        Some(_) => {
            out.lost(
                event.span,
                "the framework refuses this route: write `METHOD /path` or `*`",
            );
            return None;
        }
        None => {
            let path = tree::child(event, "path").map(|path| coerce::text(&path, "path"));
            let method = tree::child(event, "method").filter(tree::is_truthy);
            let Some(path) = path.filter(|path| tree::sketch(path).is_some()) else {
                out.lost(event.span, "the framework refuses a route without a `path`");
                return None;
            };
            (method, path)
        }
    };
    let method = method.map(|method| deployed_method(&method, out));
    let is_default = path.as_text().is_some_and(|text| text == "*");
    if let Some(method) = method.as_ref().filter(|_| is_default) {
        if method.as_text().is_some_and(|text| text != "ANY") {
            out.fatal(method.span, "the path `*` allows no other method than `*`");
        }
    }
    Some((method, path))
}

fn deployed_method(method: &Node, out: &mut Output) -> Node {
    let Some(text) = method.scalar() else {
        return method.clone();
    };
    let upper = text.to_uppercase();
    let upper = if upper == "*" {
        "ANY".to_owned()
    } else {
        upper
    };
    if !METHODS.contains(&upper.as_str()) {
        out.fatal(method.span, format!("`{text}` is no method of an HTTP API"));
    }
    At::of(method).text(upper)
}

/// What a route asks for. Authorizers of the provider are no defaults.
fn asked(
    event: &Node,
    (service, authorizers): (&Service, &HashMap<Str, Authorizer>),
    out: &mut Output,
) -> Asked {
    let Some(written) = tree::child(event, "authorizer").filter(tree::is_truthy) else {
        let what = "a route without `authorizer` asks for none";
        let at = At::of(event).via(Step::default(what, DOCS));
        return Asked {
            kind: Some(at.text("NONE")),
            ..Asked::default()
        };
    };
    let node = coerce::text(&written, "authorizer");
    if let Some(reason) = tree::unknown(&node) {
        return unknown(&At::of(&node), reason);
    }
    let is_short = node.as_text().is_some() || tree::joined(&node).is_some();
    let setting = |key| tree::child(&node, key).filter(tree::is_truthy);
    let name = if is_short {
        Some(node.clone())
    } else {
        setting("name")
    };
    let kind = setting("type");
    let id = setting("id");
    let scopes = setting("scopes").map(|scopes| coerce::list(&scopes, "scopes"));
    if let Some(kind) = kind.as_ref().filter(|kind| is(kind, "aws_iam")) {
        if name.is_some() || id.is_some() || scopes.is_some() {
            out.fatal(
                node.span,
                "an authorizer of `type: aws_iam` takes no other settings",
            );
        }
        return Asked {
            kind: Some(At::of(kind).text("AWS_IAM")),
            ..Asked::default()
        };
    }
    if let Some(id) = id {
        if external(service).is_none() {
            out.fatal(id.span, "an authorizer's `id` needs `provider.httpApi.id`");
        }
        return by_id(&node, kind.as_ref(), id, scopes);
    }
    by_name(&node, name, scopes, (authorizers, out))
}

fn by_id(node: &Node, kind: Option<&Node>, id: Node, scopes: Option<Node>) -> Asked {
    let at = At::of(kind.unwrap_or(node));
    let deployed = match kind {
        Some(kind) if tree::unknown(kind).is_some() => kind.clone(),
        Some(kind) if is(kind, "request") => at.text("CUSTOM"),
        _ => at.text("JWT"),
    };
    Asked {
        kind: Some(deployed),
        authorizer: Some(id),
        scopes,
    }
}

fn by_name(
    node: &Node,
    name: Option<Node>,
    scopes: Option<Node>,
    (authorizers, out): (&HashMap<Str, Authorizer>, &mut Output),
) -> Asked {
    let Some(name) = name else {
        let message = "an authorizer needs a `name` or an `id`";
        out.fatal(node.span, message);
        return unknown(&At::of(node), &Str::from(message));
    };
    let at = At::of(&name);
    let key = name.scalar().unwrap_or_default();
    let Some(authorizer) = authorizers.get(&key) else {
        if let Some(reason) = tree::unknown(&name) {
            return unknown(&at, reason);
        }
        let message = format!("there is no authorizer `{key}` in `provider.httpApi.authorizers`");
        out.fatal(name.span, message.clone());
        return unknown(&at, &Str::from(message));
    };
    let declared = At::of(&authorizer.config);
    let at = at.via(Step::new(How::Reference(key), declared.span));
    Asked {
        kind: Some(match kind(&authorizer.config) {
            Kind::Request => at.text("CUSTOM"),
            Kind::Jwt => at.text("JWT"),
            Kind::Unknown(node) => node,
        }),
        authorizer: Some(at.refer(authorizer.id.clone())),
        scopes,
    }
}

fn unknown(at: &At, reason: &Str) -> Asked {
    Asked {
        kind: Some(at.unknown(reason.clone())),
        authorizer: Some(at.unknown(reason.clone())),
        scopes: None,
    }
}

fn is(node: &Node, word: &str) -> bool {
    node.as_text().is_some_and(|text| text == word)
}

/// The kinds of a named authorizer.
enum Kind {
    Request,
    Jwt,
    Unknown(Node),
}

fn kind(config: &Node) -> Kind {
    match tree::child(config, "type") {
        Some(kind) if tree::unknown(&kind).is_some() => Kind::Unknown(kind),
        Some(kind) if is(&kind, "request") => Kind::Request,
        _ => Kind::Jwt,
    }
}

/// `provider.httpApi.authorizers`, by key.
fn authorizers(service: &Service, out: &mut Output) -> HashMap<Str, Authorizer> {
    let section = service.setting(&["httpApi", "authorizers"]);
    let mut found = HashMap::new();
    let Some(section) = section else {
        return found;
    };
    if let Some(reason) = tree::unknown(&section) {
        out.notice(
            section.span,
            format!("authorizers are not known, because {reason} is not"),
        );
        return found;
    }
    for (span, key, config) in tree::entries(&section) {
        let at = At {
            span,
            via: config.via.clone(),
        };
        let name = tree::child(&config, "name").filter(tree::is_truthy);
        let name = name.unwrap_or_else(|| at.text(key.clone()));
        let id = naming::http_authorizer(&tree::sketch(&name).unwrap_or_default());
        found.insert(key, Authorizer { config, name, id });
    }
    found
}

fn compile_authorizer(authorizer: &Authorizer, service: &Service, out: &mut Output) {
    let config = &authorizer.config;
    let at = At::of(config);
    let setting = |key| tree::child(config, key).filter(tree::is_truthy);
    let source = setting("identitySource").map(|node| coerce::list(&node, "identitySource"));
    let common = [
        ("ApiId", Some(api_id(&at, service))),
        ("Name", Some(authorizer.name.clone())),
        (
            "IdentitySource",
            Some(source.unwrap_or_else(|| at.list(Vec::new()))),
        ),
    ];
    let [api, name, source] = common;
    let properties = match kind(config) {
        Kind::Request => {
            let function = invoked(authorizer, service, out);
            at.sparse([
                api,
                name,
                source,
                ("AuthorizerType", Some(at.text("REQUEST"))),
                (
                    "EnableSimpleResponses",
                    tree::child(config, "enableSimpleResponses"),
                ),
                (
                    "AuthorizerResultTtlInSeconds",
                    tree::child(config, "resultTtlInSeconds"),
                ),
                (
                    "AuthorizerPayloadFormatVersion",
                    Some(setting("payloadVersion").unwrap_or_else(|| at.text("2.0"))),
                ),
                ("AuthorizerUri", Some(at.invocation(vec![function]))),
            ])
        }
        kind @ (Kind::Jwt | Kind::Unknown(_)) => {
            let deployed = match kind {
                Kind::Unknown(node) => node,
                Kind::Request | Kind::Jwt => at.text("JWT"),
            };
            let audience = setting("audience").map(|node| coerce::list(&node, "audience"));
            let jwt = at.sparse([("Audience", audience), ("Issuer", setting("issuerUrl"))]);
            at.sparse([
                api,
                name,
                source,
                ("AuthorizerType", Some(deployed)),
                ("JwtConfiguration", Some(jwt)),
            ])
        }
    };
    let resource = at.resource("AWS::ApiGatewayV2::Authorizer", properties);
    out.resources
        .replace(authorizer.id.clone(), resource, &authorizer.id);
}

/// The function of a request authorizer, which API Gateway is let invoke.
fn invoked(authorizer: &Authorizer, service: &Service, out: &mut Output) -> Node {
    let config = &authorizer.config;
    let at = At::of(config);
    let setting = |key| tree::child(config, key).filter(tree::is_truthy);
    let (arn, name) = (setting("functionArn"), setting("functionName"));
    let both = match (&arn, &name) {
        (Some(_), Some(_)) => {
            Some("a request authorizer takes `functionName` or `functionArn`, not both")
        }
        (None, None) => Some("a request authorizer needs `functionName` or `functionArn`"),
        (Some(_), None) | (None, Some(_)) => None,
    };
    if let Some(message) = both {
        out.fatal(config.span, message);
    }
    if setting("resultTtlInSeconds").is_some() && setting("identitySource").is_none() {
        out.fatal(
            config.span,
            "a request authorizer that caches needs `identitySource`",
        );
    }
    let function = match (arn, name) {
        (Some(arn), _) => arn,
        (None, Some(name)) => {
            let key = name.scalar().unwrap_or_default();
            match service.function(&key) {
                Some(function) => function.target(&At::of(&name)),
                None if tree::unknown(&name).is_some() => name,
                None => {
                    out.fatal(
                        name.span,
                        format!("there is no function `{key}` for this authorizer"),
                    );
                    At::of(&name).unknown(format!("function `{key}` does not exist"))
                }
            }
        }
        (None, None) => at.unknown("no function is named"),
    };
    if setting("managedExternally").is_none() {
        let source = at.execute_api(api_id(&at, service), "/*");
        let principal = "apigateway.amazonaws.com";
        let resource = permission(&at, function.clone(), principal, Some(source));
        let name = tree::sketch(&authorizer.name).unwrap_or_default();
        out.resources
            .set(naming::http_authorizer_permission(&name), resource);
    }
    function
}

/// `AWS::ApiGatewayV2::Api` and its `$default` stage.
fn api(first: &At, service: &Service, out: &mut Output) {
    let settings = service.setting(&["httpApi"]);
    let at = settings.as_ref().map_or_else(|| first.clone(), At::of);
    let setting = |key| service.setting(&["httpApi", key]);
    let name = setting("name").filter(tree::is_truthy).unwrap_or_else(|| {
        let swapped = setting("shouldStartNameWithService");
        match swapped.is_some_and(|node| tree::is_truthy(&node)) {
            true => service.prefixed(&at, ""),
            false => at.concat(&[service.stage.clone(), at.text("-"), service.name.clone()]),
        }
    });
    let disabled = setting("disableDefaultEndpoint");
    let properties = at.sparse([
        ("Name", Some(name)),
        ("ProtocolType", Some(at.text("HTTP"))),
        (
            "DisableExecuteApiEndpoint",
            disabled.map(|node| coerce::boolean(&node, "disableDefaultEndpoint")),
        ),
        (
            "CorsConfiguration",
            setting("cors")
                .filter(tree::is_truthy)
                .map(|cors| self::cors(&cors)),
        ),
    ]);
    let resource = at.resource("AWS::ApiGatewayV2::Api", properties);
    out.resources.set("HttpApi", resource);
    let logs = service
        .setting(&["logs", "httpApi"])
        .filter(tree::is_truthy);
    let logs = logs.map(|logs| {
        let at = At::of(&logs);
        at.object([("DestinationArn", at.attribute("HttpApiLogGroup", "Arn"))])
    });
    let stage = at.sparse([
        ("ApiId", Some(at.refer("HttpApi"))),
        ("StageName", Some(at.text("$default"))),
        ("AutoDeploy", Some(at.bool(true))),
        ("AccessLogSettings", logs),
    ]);
    out.resources.set(
        "HttpApiStage",
        at.resource("AWS::ApiGatewayV2::Stage", stage),
    );
    let id = at.refer("HttpApi");
    out.outputs
        .set("HttpApiId", at.object([("Value", id.clone())]));
    let url = at.join(vec![
        at.text("https://"),
        id,
        at.text(".execute-api."),
        at.refer("AWS::Region"),
        at.text("."),
        at.refer("AWS::URLSuffix"),
    ]);
    out.outputs.set("HttpApiUrl", at.object([("Value", url)]));
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

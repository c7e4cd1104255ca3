//! The REST API: `http` events become an API, its resources, methods, preflights and authorizers.
//!
//! Follows the framework's compiler step by step (`package/compile/events/api-gateway`); the order decides who wins where two
//! events meet in one logical id.

mod authorizer;
mod event;
mod path;

pub(super) use self::authorizer::Asked;
pub(super) use self::event::{HttpEvent, Rules, Target, read, words};
pub(super) use self::path::RestPath;
use self::path::{Ground, Resources};
use super::coerce;
use super::keys;
use super::naming;
use super::role;
use super::service::{Output, Service};
use super::template::{At, permission};
use super::tree;
use crate::document::Node;
use crate::source::Str;
use crate::trail::{How, Step};

/// Where the framework documents the API's settings.
const DOCS: &str = "https://www.serverless.com/framework/docs/providers/aws/events/apigateway";

/// Compiles the `http` events of all functions.
pub(super) fn lower(service: &Service, out: &mut Output) {
    let mut events = Vec::new();
    for function in &service.functions {
        events.extend(event::of_function(function, service, out));
    }
    if events.is_empty() {
        return;
    }
    compile(&events, service, out);
    let Some(first) = events.first() else {
        return;
    };
    deployment(&first.at, service, out);
    keys::lower(&first.at, service, out);
}

/// Makes the API and everything that these events ask of it.
pub(super) fn compile(events: &[HttpEvent], service: &Service, out: &mut Output) {
    let Some(first) = events.first() else {
        return;
    };
    let ground = ground(&first.at, service, out);
    rest_api(&first.at, service, out);
    let paths: Vec<(&RestPath, &At)> = events.iter().map(|e| (&e.path, &e.at)).collect();
    let resources = path::compile(&paths, &ground, out);
    for event in events {
        preflight(event, &resources, &ground, out);
    }
    for event in events {
        method(event, &resources, &ground, out);
    }
    for event in events {
        authorizer::compile(&event.asked, &ground.api, out);
    }
    for event in events {
        permit(event, &ground.api, out);
    }
}

/// The id of the REST API, as it is referred to from `at`.
pub(super) fn api_id(at: &At, service: &Service) -> Node {
    let external = service.api_gateway("restApiId").filter(tree::is_truthy);
    external.unwrap_or_else(|| at.refer("ApiGatewayRestApi"))
}

/// Whether methods are attached to an API outside of this stack.
pub(super) fn is_external(service: &Service) -> bool {
    service
        .api_gateway("restApiId")
        .is_some_and(|id| tree::is_truthy(&id))
}

fn ground<'a>(at: &At, service: &'a Service, out: &mut Output) -> Ground<'a> {
    let is_external = is_external(service);
    let root = service
        .api_gateway("restApiRootResourceId")
        .filter(tree::is_truthy);
    if let Some(id) = service
        .api_gateway("restApiId")
        .filter(|_| is_external && root.is_none())
    {
        let message = "`restApiId` needs `restApiRootResourceId` beside it";
        out.fatal(id.span, message);
    }
    let root = root.unwrap_or_else(|| {
        if is_external {
            at.unknown("`restApiRootResourceId` is missing")
        } else {
            at.attribute("ApiGatewayRestApi", "RootResourceId")
        }
    });
    Ground {
        service,
        api: api_id(at, service),
        root,
        is_external,
    }
}

/// `AWS::ApiGateway::RestApi`, unless it lies outside.
fn rest_api(first: &At, service: &Service, out: &mut Output) {
    if is_external(service) || out.resources.get("ApiGatewayRestApi").is_some() {
        return;
    }
    let settings = service.setting(&["apiGateway"]);
    let at = settings.as_ref().map_or_else(|| first.clone(), At::of);
    let upper = |node: Node| match node.as_text() {
        Some(text) => At::of(&node).text(text.to_uppercase()),
        None => node,
    };
    let endpoint = service.setting(&["endpointType"]).filter(tree::is_truthy);
    let default = || {
        let what = "a REST API is edge-optimised when nothing is written";
        at.via(Step::default(what, DOCS)).text("EDGE")
    };
    let endpoint = endpoint.map_or_else(default, upper);
    let endpoints = service.setting(&["vpcEndpointIds"]);
    let endpoint = at.sparse([
        ("Types", Some(at.list(vec![endpoint]))),
        ("VpcEndpointIds", endpoints),
    ]);
    let disabled = service.api_gateway("disableDefaultEndpoint");
    let source = service
        .api_gateway("apiKeySourceType")
        .filter(tree::is_truthy);
    let properties = at.sparse([
        ("Name", Some(api_name(&at, service))),
        (
            "DisableExecuteApiEndpoint",
            disabled.map(|node| coerce::boolean(&node, "disableDefaultEndpoint")),
        ),
        ("EndpointConfiguration", Some(endpoint)),
        ("Policy", Some(resource_policy(&at, service))),
        ("ApiKeySourceType", source.map(upper)),
        (
            "MinimumCompressionSize",
            service.api_gateway("minimumCompressionSize"),
        ),
        ("Description", service.api_gateway("description")),
    ]);
    let resource = at.resource("AWS::ApiGateway::RestApi", properties);
    out.resources.set("ApiGatewayRestApi", resource);
}

fn api_name(at: &At, service: &Service) -> Node {
    if let Some(name) = service.setting(&["apiName"]).filter(tree::is_truthy) {
        return name;
    }
    let swapped = service.api_gateway("shouldStartNameWithService");
    if swapped
        .is_some_and(|node| tree::is_truthy(&coerce::boolean(&node, "shouldStartNameWithService")))
    {
        return service.prefixed(at, "");
    }
    at.concat(&[service.stage.clone(), at.text("-"), service.name.clone()])
}

/// The resource policy; an API without one lets everybody through.
fn resource_policy(at: &At, service: &Service) -> Node {
    let Some(statements) = service.api_gateway("resourcePolicy") else {
        let what = "a REST API without a resource policy lets everybody through";
        return at.via(Step::default(what, DOCS)).text("");
    };
    let place = At::of(&statements);
    if tree::unknown(&statements).is_some() {
        return statements;
    }
    if statements.as_list().is_none() {
        return place.object([
            ("Version", place.text("2012-10-17")),
            ("Statement", statements),
        ]);
    }
    if statements.items().is_empty() {
        return place.text("");
    }
    let statements = tree::items(&statements)
        .map(|node| role::statement(&node))
        .collect();
    place.object([
        ("Version", place.text("2012-10-17")),
        ("Statement", place.list(statements)),
    ])
}

/// `cors:` of any event makes one OPTIONS method for its path.
fn preflight(event: &HttpEvent, resources: &Resources, ground: &Ground<'_>, out: &mut Output) {
    let cors = tree::child(&event.config, "cors");
    let cors = cors
        .map(|node| coerce::boolean(&node, "cors"))
        .filter(tree::is_truthy);
    let Some(cors) = cors else {
        return;
    };
    let shown = event.path.shown();
    let step = How::Generated(Str::from(format!("CORS preflight of `{shown}`")));
    let at = At::of(&cors).via(Step::new(step, cors.span));
    let id = naming::rest_method(&event.path.key, "options");
    if out.resources.get(&id).is_some() {
        return;
    }
    let properties = at.object([
        ("AuthorizationType", at.text("NONE")),
        ("HttpMethod", at.text("OPTIONS")),
        ("ResourceId", resources.id(&event.path, &ground.root)),
        ("RestApiId", ground.api.clone()),
        ("Integration", at.object([("Type", at.text("MOCK"))])),
    ]);
    let resource = at.resource("AWS::ApiGateway::Method", properties);
    if ground.is_external {
        out.note_path(&id, &shown);
    }
    out.resources.set(id, resource);
}

fn method(event: &HttpEvent, resources: &Resources, ground: &Ground<'_>, out: &mut Output) {
    let at = &event.at;
    let method = tree::sketch(&event.method).unwrap_or_default();
    let id = naming::rest_method(&event.path.key, &method);
    let properties = at.sparse([
        ("HttpMethod", Some(event.method.clone())),
        ("ResourceId", Some(resources.id(&event.path, &ground.root))),
        ("RestApiId", Some(ground.api.clone())),
        ("ApiKeyRequired", Some(event.private.clone())),
        ("AuthorizationType", Some(event.asked.kind.clone())),
        ("AuthorizerId", event.asked.authorizer.clone()),
        (
            "AuthorizationScopes",
            event.asked.scopes.clone().or_else(|| surviving(&id, out)),
        ),
        ("Integration", Some(integration(event, out))),
    ]);
    let resource = at.resource("AWS::ApiGateway::Method", properties);
    if ground.is_external {
        out.note_path(&id, &event.path.shown());
    }
    out.resources.merge(id, resource, &event.shown());
}

/// Scopes of another event that meets this one in one method.
fn surviving(id: &Str, out: &Output) -> Option<Node> {
    let scopes = out
        .resources
        .get(id)?
        .at(&["Properties", "AuthorizationScopes"])?;
    let note = "these scopes of an earlier event of the same method stay in force; osls drops them";
    let step = Step::new(How::Note(Str::from(note)), scopes.span);
    Some(scopes.clone().via(step))
}

/// What a method invokes.
fn integration(event: &HttpEvent, out: &mut Output) -> Node {
    let at = &event.at;
    let kind = event
        .integration
        .as_text()
        .map(Str::as_str)
        .unwrap_or_default();
    let request = tree::child(&event.config, "request");
    let uri = match (kind, &event.target) {
        (_, Target::Service(uri)) => Some(uri.clone()),
        ("AWS" | "AWS_PROXY", Target::Function(_, target)) => Some(at.invocation(target.clone())),
        ("HTTP" | "HTTP_PROXY", Target::Function(..)) => {
            let uri = request
                .as_ref()
                .and_then(|request| tree::child(request, "uri"));
            if uri.is_none() {
                let message = format!("the integration {kind} needs `request.uri`");
                out.fatal(event.integration.span, message);
            }
            uri
        }
        _ => None,
    };
    at.sparse([
        ("IntegrationHttpMethod", Some(at.text("POST"))),
        ("Type", Some(event.integration.clone())),
        ("Uri", uri),
    ])
}

/// Lets API Gateway invoke the functions behind a method: the one it calls, and the one that authorizes it.
fn permit(event: &HttpEvent, api: &Node, out: &mut Output) {
    if let Target::Function(key, target) = &event.target {
        let id = naming::permission(key, "ApiGateway");
        if out.resources.get(&id).is_none() {
            let at = &event.at;
            let function = match target.as_slice() {
                [function, _, alias] => at.joined(":", vec![function.clone(), alias.clone()]),
                parts => at.concat(parts),
            };
            let source = at.execute_api(api.clone(), "/*/*");
            let resource = permission(at, function, "apigateway.amazonaws.com", Some(source));
            out.resources.set(id, resource);
        }
    }
    authorizer::permit(&event.asked, api, out);
}

/// The stage that the methods are deployed to. Its logs and tracing are set by the framework after the deployment.
pub(super) fn deployment(at: &At, service: &Service, out: &mut Output) {
    if out.resources.get("ApiGatewayDeployment").is_some() {
        return;
    }
    let stage = service.api_gateway("stage").filter(tree::is_truthy);
    let stage = stage.unwrap_or_else(|| service.stage.clone());
    let properties = at.sparse([
        ("RestApiId", Some(api_id(at, service))),
        ("StageName", Some(stage)),
        ("StageDescription", stage_description(service)),
    ]);
    let resource = at.resource("AWS::ApiGateway::Deployment", properties);
    out.resources.set("ApiGatewayDeployment", resource);
    let url = at.join(vec![
        at.text("https://"),
        api_id(at, service),
        at.text(".execute-api."),
        at.refer("AWS::Region"),
        at.text("."),
        at.refer("AWS::URLSuffix"),
        at.concat(&[at.text("/"), service.stage.clone()]),
    ]);
    out.outputs
        .set("ServiceEndpoint", at.object([("Value", url)]));
}

/// `provider.logs.restApi` and `provider.tracing.apiGateway`.
fn stage_description(service: &Service) -> Option<Node> {
    let logs = service
        .setting(&["logs", "restApi"])
        .filter(tree::is_truthy);
    let tracing = service.setting(&["tracing", "apiGateway"]);
    let tracing = tracing.map(|node| coerce::boolean(&node, "apiGateway"));
    let place = logs.as_ref().or(tracing.as_ref())?;
    let at = At::of(place);
    let access = logs.as_ref().filter(|logs| {
        let setting = tree::child(logs, "accessLogging");
        setting.is_none_or(|node| tree::is_truthy(&coerce::boolean(&node, "accessLogging")))
    });
    let access = access.map(|logs| {
        let at = At::of(logs);
        at.object([("DestinationArn", at.attribute("ApiGatewayLogGroup", "Arn"))])
    });
    Some(at.sparse([("AccessLogSetting", access), ("TracingEnabled", tracing)]))
}

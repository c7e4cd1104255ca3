//! serverless-domain-manager, and what version 4 made of it: custom domains, which are made beside the stack. They are added to the template, so that
//! they can be judged like hand-written ones.

use crate::document::Node;
use crate::frontend::serverless::naming;
use crate::frontend::serverless::rest;
use crate::frontend::serverless::service::{Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;
use crate::source::Str;
use crate::trail::Step;

/// Where the plugin documents its settings.
const DOCS: &str =
    "https://github.com/amplify-education/serverless-domain-manager#plugin-configuration-options";

/// Makes the domains of `custom.customDomain` and `custom.customDomains`.
pub(super) fn finalize(service: &Service, out: &mut Output) {
    let one = tree::child(&service.custom, "customDomain");
    let many = tree::child(&service.custom, "customDomains");
    let all = one.into_iter().chain(many.iter().flat_map(tree::items));
    for config in all.collect::<Vec<_>>() {
        let mut is_split = false;
        for kind in ["rest", "http", "websocket"] {
            if let Some(config) = tree::child(&config, kind) {
                is_split = true;
                domain(&config, kind, service, out);
            }
        }
        if !is_split {
            let kind = tree::child(&config, "apiType").and_then(|kind| kind.scalar());
            let kind = kind.map_or_else(|| "rest".into(), |kind| kind.to_lowercase());
            domain(&config, &kind, service, out);
        }
    }
}

/// Makes the domains of `provider.domain` and `provider.domains`, which version 4 of the framework has built in.
pub(super) fn built_in(service: &Service, out: &mut Output) {
    let one = service.setting(&["domain"]);
    let many = service.setting(&["domains"]);
    let all = one.into_iter().chain(many.iter().flat_map(tree::items));
    for written in all.collect::<Vec<_>>() {
        let at = At::of(&written);
        let name =
            tree::child(&written, "name").or_else(|| written.scalar().map(|_| written.clone()));
        let Some(name) = name else { continue };
        let mut config = match written.as_map() {
            Some(_) => written.clone(),
            None => at.object([]),
        };
        config = config.with("domainName", name);
        if config.get("endpointType").is_none() {
            config = config.with("endpointType", at.text("REGIONAL"));
        }
        let kind = tree::child(&config, "apiType").and_then(|kind| kind.scalar());
        let kind = kind.map_or_else(|| only_api(out).into(), |kind| kind.to_lowercase());
        domain(&config, &kind, service, out);
    }
}

/// The API that a domain is for when nothing is written: the HTTP API, unless there is only another one.
fn only_api(out: &Output) -> &'static str {
    let has = |id| out.resources.get(id).is_some();
    match (
        has("HttpApi"),
        has("ApiGatewayRestApi"),
        has("WebsocketsApi"),
    ) {
        (false, true, _) => "rest",
        (false, false, true) => "websocket",
        (true, _, _) | (false, false, false) => "http",
    }
}

fn domain(config: &Node, kind: &str, service: &Service, out: &mut Output) {
    let is_off = tree::child(config, "enabled")
        .is_some_and(|node| matches!(node.scalar().as_deref(), Some("false" | "0")));
    let Some(name) = tree::child(config, "domainName").filter(|_| !is_off) else {
        return;
    };
    let id = tree::sketch(&name).unwrap_or_default();
    let id = Str::from(format!("CustomDomain{}", naming::alphanumeric(&id)));
    let (resource, mapping) = if kind == "rest" {
        (
            rest_domain(config, name),
            rest_mapping(config, &id, service),
        )
    } else {
        (http_domain(config, name), http_mapping(config, &id, kind))
    };
    out.resources.set(
        format!("{id}Mapping{}", naming::alphanumeric(kind)),
        mapping,
    );
    out.resources.set(id, resource);
}

fn rest_domain(config: &Node, name: Node) -> Node {
    let at = At::of(config);
    let endpoint = at.list(vec![endpoint_type(config)]);
    let properties = at.sparse([
        ("DomainName", Some(name)),
        ("SecurityPolicy", Some(security_policy(config))),
        (
            "EndpointConfiguration",
            Some(at.object([("Types", endpoint)])),
        ),
        ("MutualTlsAuthentication", mutual_tls(config)),
    ]);
    at.resource("AWS::ApiGateway::DomainName", properties)
}

fn rest_mapping(config: &Node, id: &Str, service: &Service) -> Node {
    let at = At::of(config);
    let stage = tree::child(config, "stage");
    let properties = at.sparse([
        ("DomainName", Some(at.refer(id.clone()))),
        ("RestApiId", Some(rest::api_id(&at, service))),
        (
            "Stage",
            Some(stage.unwrap_or_else(|| service.stage.clone())),
        ),
        (
            "BasePath",
            tree::child(config, "basePath").filter(tree::is_truthy),
        ),
    ]);
    at.resource("AWS::ApiGateway::BasePathMapping", properties)
}

fn http_domain(config: &Node, name: Node) -> Node {
    let at = At::of(config);
    let settings = at.object([
        ("SecurityPolicy", security_policy(config)),
        ("EndpointType", endpoint_type(config)),
    ]);
    let properties = at.sparse([
        ("DomainName", Some(name)),
        ("DomainNameConfigurations", Some(at.list(vec![settings]))),
        ("MutualTlsAuthentication", mutual_tls(config)),
    ]);
    at.resource("AWS::ApiGatewayV2::DomainName", properties)
}

fn http_mapping(config: &Node, id: &Str, kind: &str) -> Node {
    let at = At::of(config);
    let api = if kind == "http" {
        "HttpApi"
    } else {
        "WebsocketsApi"
    };
    let stage = tree::child(config, "stage");
    let properties = at.sparse([
        ("DomainName", Some(at.refer(id.clone()))),
        ("ApiId", Some(at.refer(api))),
        ("Stage", Some(stage.unwrap_or_else(|| at.text("$default")))),
        (
            "ApiMappingKey",
            tree::child(config, "basePath").filter(tree::is_truthy),
        ),
    ]);
    at.resource("AWS::ApiGatewayV2::ApiMapping", properties)
}

/// `EDGE`, unless something else is written.
fn endpoint_type(config: &Node) -> Node {
    let Some(written) = tree::child(config, "endpointType") else {
        return At::of(config).text("EDGE");
    };
    match written.as_text() {
        Some(text) => At::of(&written).text(text.to_uppercase()),
        None => written,
    }
}

/// Client certificates that the domain asks for.
fn mutual_tls(config: &Node) -> Option<Node> {
    let uri = tree::child(config, "tlsTruststoreUri")?;
    Some(At::of(&uri).object([("TruststoreUri", uri)]))
}

/// `tls_1_2` is the plugin's older spelling of `TLS_1_2`, which is also what it asks for when nothing is written.
fn security_policy(config: &Node) -> Node {
    let Some(written) = tree::child(config, "securityPolicy") else {
        let what = "a domain asks for TLS 1.2 when nothing is written";
        return At::of(config)
            .via(Step::default(what, DOCS))
            .text("TLS_1_2");
    };
    match written.as_text() {
        Some(text) if text.starts_with("tls_") => At::of(&written).text(text.to_uppercase()),
        _ => written,
    }
}

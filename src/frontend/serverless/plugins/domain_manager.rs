//! serverless-domain-manager: custom domains, which the plugin makes beside the stack. They are added to the template, so that
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
            let kind = kind
                .map(|kind| kind.to_lowercase())
                .unwrap_or_else(|| "rest".into());
            domain(&config, &kind, service, out);
        }
    }
}

fn domain(config: &Node, kind: &str, service: &Service, out: &mut Output) {
    let setting = |key| tree::child(config, key);
    let is_off = setting("enabled")
        .is_some_and(|node| matches!(node.scalar().as_deref(), Some("false" | "0")));
    let Some(name) = setting("domainName").filter(|_| !is_off) else {
        return;
    };
    let at = At::of(config);
    let id = tree::sketch(&name).unwrap_or_default();
    let id = Str::from(format!("CustomDomain{}", naming::alphanumeric(&id)));
    let policy = setting("securityPolicy").map(|policy| security_policy(&policy));
    let policy = policy.unwrap_or_else(|| {
        let what = "the plugin asks for TLS 1.2 when nothing is written";
        at.via(Step::default(what, DOCS)).text("TLS_1_2")
    });
    let endpoint = setting("endpointType").and_then(|node| node.scalar());
    let endpoint = endpoint
        .map(|text| text.to_uppercase())
        .unwrap_or_else(|| "EDGE".into());
    let trust = setting("tlsTruststoreUri")
        .map(|uri| At::of(&uri).object([("TruststoreUri", uri.clone())]));
    let (resource, mapping) = if kind == "rest" {
        let endpoint = at.object([("Types", at.list(vec![at.text(endpoint)]))]);
        let properties = at.sparse([
            ("DomainName", Some(name)),
            ("SecurityPolicy", Some(policy)),
            ("EndpointConfiguration", Some(endpoint)),
            ("MutualTlsAuthentication", trust),
        ]);
        let mapping = at.sparse([
            ("DomainName", Some(at.refer(id.clone()))),
            ("RestApiId", Some(rest::api_id(&at, service))),
            (
                "Stage",
                Some(setting("stage").unwrap_or_else(|| service.stage.clone())),
            ),
            ("BasePath", setting("basePath").filter(tree::is_truthy)),
        ]);
        (
            at.resource("AWS::ApiGateway::DomainName", properties),
            at.resource("AWS::ApiGateway::BasePathMapping", mapping),
        )
    } else {
        let settings = at.object([
            ("SecurityPolicy", policy),
            ("EndpointType", at.text(endpoint)),
        ]);
        let properties = at.sparse([
            ("DomainName", Some(name)),
            ("DomainNameConfigurations", Some(at.list(vec![settings]))),
            ("MutualTlsAuthentication", trust),
        ]);
        let api = if kind == "http" {
            "HttpApi"
        } else {
            "WebsocketsApi"
        };
        let mapping = at.sparse([
            ("DomainName", Some(at.refer(id.clone()))),
            ("ApiId", Some(at.refer(api))),
            (
                "Stage",
                Some(setting("stage").unwrap_or_else(|| at.text("$default"))),
            ),
            ("ApiMappingKey", setting("basePath").filter(tree::is_truthy)),
        ]);
        (
            at.resource("AWS::ApiGatewayV2::DomainName", properties),
            at.resource("AWS::ApiGatewayV2::ApiMapping", mapping),
        )
    };
    out.resources.set(
        format!("{id}Mapping{}", naming::alphanumeric(kind)),
        mapping,
    );
    out.resources.set(id, resource);
}

/// `tls_1_2` is the plugin's older spelling of `TLS_1_2`.
fn security_policy(policy: &Node) -> Node {
    match policy.as_text() {
        Some(text) if text.starts_with("tls_") => At::of(policy).text(text.to_uppercase()),
        _ => policy.clone(),
    }
}

//! Methods of REST APIs and routes of HTTP APIs that are resources of their own.
//!
//! The authorizer is one that the template declares for the same API. Where one could be declared that is not seen (a loop,
//! an OpenAPI body, an API that only deployment knows), there is no fix.

use super::super::Edit;
use super::super::edit::{self, Draft};
use super::super::site::{AllDeclared, Declared, Site, is_literal};
use crate::document::Node;
use crate::source::Str;

/// How the resources of one kind of API are called.
struct Family {
    endpoint: &'static str,
    authorizer: &'static str,
    api: &'static str,
    /// The property that names the API.
    of: &'static str,
    /// The property of an authorizer that says its type.
    kind: &'static str,
    /// Types of authorizers, and what an endpoint says that asks one.
    kinds: &'static [(&'static str, &'static str)],
}

const FAMILIES: [Family; 2] = [
    Family {
        endpoint: "AWS::ApiGateway::Method",
        authorizer: "AWS::ApiGateway::Authorizer",
        api: "AWS::ApiGateway::RestApi",
        of: "RestApiId",
        kind: "Type",
        kinds: &[
            ("COGNITO_USER_POOLS", "COGNITO_USER_POOLS"),
            ("TOKEN", "CUSTOM"),
            ("REQUEST", "CUSTOM"),
        ],
    },
    Family {
        endpoint: "AWS::ApiGatewayV2::Route",
        authorizer: "AWS::ApiGatewayV2::Authorizer",
        api: "AWS::ApiGatewayV2::Api",
        of: "ApiId",
        kind: "AuthorizerType",
        kinds: &[("JWT", "JWT"), ("REQUEST", "CUSTOM")],
    },
];

/// The edits of a method or route.
pub(super) fn edits(site: &Site, resource: &Node) -> Option<Vec<Edit>> {
    let family = FAMILIES
        .iter()
        .find(|family| is_of(resource, family.endpoint))?;
    let properties = resource.get("Properties")?;
    if !asks_callers(properties) {
        return None;
    }
    let api = reference(properties.get(family.of)?)?;
    let declared = site.declared.get_or_init(|| declared(site));
    let only = declared.get(&(family.endpoint, api.clone()))?.as_ref()?;
    let own = resource.get("Condition").and_then(Node::as_text);
    if only.condition.is_some() && only.condition.as_ref() != own {
        return None;
    }
    let path = |key: &str| ["Properties", key].map(Str::from).to_vec();
    let mut values = vec![(path("AuthorizationType"), Draft::plain(only.kind))];
    match properties.get("AuthorizerId") {
        None => values.push((path("AuthorizerId"), Draft::Ref(only.name.to_string()))),
        Some(known) if reference(known) == Some(&only.name) => {}
        Some(_) => return None,
    }
    edit::set(site, resource, values)
}

/// Whether an endpoint is certainly no preflight, with which browsers send no credentials.
fn asks_callers(properties: &Node) -> bool {
    let named = properties
        .get("HttpMethod")
        .or_else(|| properties.get("RouteKey"));
    let text = named
        .filter(|node| is_literal(node))
        .and_then(Node::as_text);
    let method = text.and_then(|text| text.split_whitespace().next());
    method.is_some_and(|method| !method.eq_ignore_ascii_case("OPTIONS"))
}

/// The authorizers that a template declares, by the kind of endpoint and the API; `None` where there are several.
fn declared(site: &Site) -> AllDeclared {
    let mut all = AllDeclared::new();
    let Some(resources) = site.root().get("Resources") else {
        return all;
    };
    for family in &FAMILIES {
        let mut own = AllDeclared::new();
        for entry in resources.entries() {
            if entry.key.starts_with("Fn::") {
                return AllDeclared::new();
            }
            if !is_of(&entry.value, family.authorizer) {
                continue;
            }
            let Some(api) = api_of(&entry.value, family) else {
                own.clear();
                break;
            };
            let fits = is_seen(resources.get(api), family);
            let one = one(&entry.key, &entry.value, family).filter(|_| fits);
            own.entry((family.endpoint, api.clone()))
                .and_modify(|known| *known = None)
                .or_insert(one);
        }
        all.extend(own);
    }
    all
}

fn api_of<'n>(authorizer: &'n Node, family: &Family) -> Option<&'n Str> {
    reference(authorizer.at(&["Properties", family.of])?)
}

fn one(name: &Str, authorizer: &Node, family: &Family) -> Option<Declared> {
    let kind = authorizer.at(&["Properties", family.kind])?.as_text()?;
    let (_, kind) = family.kinds.iter().find(|(own, _)| kind == own)?;
    let condition = authorizer.get("Condition");
    Some(Declared {
        name: name.clone(),
        kind,
        condition: condition.and_then(Node::as_text).cloned(),
    })
}

/// Whether all that an API has is in resources of its own. An HTTP API has to say that it is no WebSocket.
fn is_seen(api: Option<&Node>, family: &Family) -> bool {
    let Some(api) = api else {
        return family.of == "RestApiId";
    };
    let property = |key| api.at(&["Properties", key]);
    let is_http = || property("ProtocolType").and_then(Node::as_text);
    let is_kind = family.of == "RestApiId" || is_http().is_some_and(|kind| kind == "HTTP");
    let has_body = property("Body").is_some() || property("BodyS3Location").is_some();
    is_of(api, family.api) && is_kind && !has_body
}

fn is_of(resource: &Node, kind: &str) -> bool {
    let own = resource.get("Type").and_then(Node::as_text);
    own.is_some_and(|own| own == kind)
}

/// What a `Ref` names.
fn reference(node: &Node) -> Option<&Str> {
    let entry = node.single().filter(|entry| entry.key == "Ref")?;
    entry.value.as_text()
}

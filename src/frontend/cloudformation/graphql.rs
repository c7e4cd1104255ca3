//! AppSync GraphQL APIs: one endpoint each, with its default authentication.

use crate::document::Node;
use crate::frontend::cloudformation::integration;
use crate::resolve::{Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::stack::{Api, Protection, Protocol, Resource, Route, Stack};
use crate::trail::Step;

/// Adds every GraphQL API.
pub fn read(stack: &mut Stack) {
    let apis: Vec<(Api, Route)> = stack
        .of_type("AWS::AppSync::GraphQLApi")
        .map(|resource| api(stack, resource))
        .collect();
    for (api, route) in apis {
        stack.apis.push(api);
        stack.routes.push(route);
    }
}

fn api(stack: &Stack, resource: &Resource) -> (Api, Route) {
    let id = Text::literal(resource.id.clone());
    let api = Api {
        id: id.clone(),
        protocol: Protocol::GraphQl,
        body: None,
        schemes: Vec::new(),
        properties: resource.properties.clone(),
        span: resource.span,
        world: resource.world.clone(),
    };
    let kind = stack.text(resource, "AuthenticationType");
    let authorizer = authorizer(stack, &resource.properties, &kind);
    let route = Route {
        api: Resolved::known(Some(id), Step::written(resource.span)),
        protocol: Protocol::GraphQl,
        method: Resolved::known(None, Step::written(resource.span)),
        path: Resolved::known(Str::from("/graphql"), Step::written(resource.span)),
        protection: Protection::GraphQl { kind, authorizer },
        integration: integration::none(resource.span),
        world: resource.world.clone(),
        span: resource.span,
        id: Some(resource.id.clone()),
    };
    (api, route)
}

/// The pool, function or issuer of the default authentication.
fn authorizer(stack: &Stack, properties: &Node, kind: &Property<Text>) -> Property<Text> {
    let kind = kind.agreed().and_then(|kind| kind.as_ref()?.known());
    let (section, name) = match kind.as_deref() {
        Some("AMAZON_COGNITO_USER_POOLS") => ("UserPoolConfig", "UserPoolId"),
        Some("AWS_LAMBDA") => ("LambdaAuthorizerConfig", "AuthorizerUri"),
        Some("OPENID_CONNECT") => ("OpenIDConnectConfig", "Issuer"),
        _ => ("", ""),
    };
    let section = stack.scope.read(properties, section, Scope::settle);
    section.and_then(|section| {
        let empty = Node::null(properties.span);
        stack
            .scope
            .read(section.as_ref().unwrap_or(&empty), name, Scope::text)
    })
}

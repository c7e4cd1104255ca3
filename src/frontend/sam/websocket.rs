//! `AWS::Serverless::WebSocketApi`: a WebSocket API with its routes, integrations and authorizer.
//!
//! Only `$connect` is given auth. SAM drops the resource's `Condition`, and so do we.

use super::domain;
use super::made::Made;
use super::place::{Place, present};
use super::truthy::{true_at, truthy};
use super::{Declared, Lowering};
use crate::document::{Entry, Node};
use crate::source::Str;

/// The tag that SAM puts on what it makes.
const TAG: &str = "websocketapi:createdBy";

/// Properties that the API takes over as they are.
const COPIED: &[&str] = &[
    "ApiKeySelectionExpression",
    "Description",
    "DisableExecuteApiEndpoint",
    "DisableSchemaValidation",
    "IpAddressType",
    "RouteSelectionExpression",
];

/// Properties that a route takes over as they are.
const ROUTE: &[&str] = &[
    "ApiKeyRequired",
    "ModelSelectionExpression",
    "OperationName",
    "RequestModels",
    "RouteResponseSelectionExpression",
];

/// Lowers a WebSocket API.
pub(super) fn lower(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    api(lowering, it);
    let resolved = |key: &str| {
        let written = it.properties.get(key);
        written.map(|node| lowering.parameters.resolve(node))
    };
    let (auth, routes, domain) = (resolved("Auth"), resolved("Routes"), resolved("Domain"));
    let auth = auth.filter(truthy);
    let routes = routes.as_ref().map(Node::entries).unwrap_or_default();
    let connect = routes.iter().any(|entry| entry.key == "$connect");
    if let Some(auth) = auth.as_ref().filter(|_| !connect) {
        let message = format!(
            "`Auth` of `{}` has no effect without a route `$connect`",
            it.id
        );
        lowering.notice(auth.span, message);
    }
    for entry in routes {
        route(lowering, it, entry, auth.as_ref());
    }
    domain::lower_v2(lowering, (it.id, domain.as_ref()), Some(TAG), &[]);
    let ids = routes.iter().map(|entry| route_id(it, &entry.key).into());
    let ids: Vec<Str> = ids.collect();
    stage(lowering, it, &ids);
}

/// Lowers the API itself.
fn api(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    let place = it.place();
    let name = present(&it.properties, "Name").cloned();
    let depends = it.resource.entries().iter();
    let depends = depends.filter(|entry| entry.key == "DependsOn").cloned();
    let tags = it.properties.get("Tags").cloned();
    let tags = tags.unwrap_or_else(|| place.map([]));
    let made = Made::new(it.id.clone(), "AWS::ApiGatewayV2::Api", it.at)
        .with(depends.collect())
        .set("Name", name.unwrap_or_else(|| place.text(it.id.clone())))
        .set("ProtocolType", place.text("WEBSOCKET"))
        .copy(&it.properties, COPIED)
        .set("Tags", tags.with(TAG, place.text("SAM")));
    lowering.emit(made);
    if it.condition().is_some() {
        let message = format!(
            "`Condition` of `{}` has no effect: SAM does not pass it on",
            it.id
        );
        lowering.notice(it.at, message);
    }
}

fn route_id(it: &Declared<'_>, key: &str) -> String {
    format!("{}{}Route", it.id, sanitized(key))
}

fn route(lowering: &mut Lowering<'_>, it: &Declared<'_>, entry: &Entry, auth: Option<&Node>) {
    let place = Place(entry.span);
    let base = format!("{}{}", it.id, sanitized(&entry.key));
    let integration = format!("{base}Integration");
    let parts = [
        place.text("integrations"),
        place.reference(integration.as_str()),
    ];
    let target = place.list([place.text("/"), place.list(parts)]);
    let made = Made::new(
        format!("{base}Route"),
        "AWS::ApiGatewayV2::Route",
        entry.span,
    )
    .set("ApiId", place.reference(it.id.clone()))
    .set("RouteKey", place.text(entry.key.clone()))
    .copy(&entry.value, ROUTE)
    .maybe(
        "RequestParameters",
        true_at(&entry.value, "RequestParameters").cloned(),
    )
    .set("Target", place.one("Fn::Join", target));
    let made = match auth.filter(|_| entry.key == "$connect") {
        Some(auth) => authorize(lowering, it, made, auth),
        None => made,
    };
    lowering.emit(made);
    let Some(function) = present(&entry.value, "FunctionArn") else {
        let message = format!("route `{}` of `{}` names no function", entry.key, it.id);
        lowering.notice(entry.span, message);
        return;
    };
    let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations";
    lowering.emit(
        Made::new(integration, "AWS::ApiGatewayV2::Integration", entry.span)
            .set("ApiId", place.reference(it.id.clone()))
            .set("IntegrationType", place.text("AWS_PROXY"))
            .set(
                "IntegrationUri",
                place.sub_with(uri, [("FunctionArn", function.clone())]),
            )
            .copy_as(&entry.value, "IntegrationTimeout", "TimeoutInMillis"),
    );
    let permission = super::rest::permission(
        format!("{base}Permission"),
        place,
        function.clone(),
        Some(source(it, place, &entry.key)),
    );
    lowering.emit(permission);
}

/// The ARN of a route.
fn source(it: &Declared<'_>, place: Place, route: &str) -> Node {
    let begin = format!(
        "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{}.ApiId}}",
        it.id
    );
    match present(&it.properties, "StageName") {
        None => place.sub(format!("{begin}/default/{route}")),
        Some(name) => match name.as_text() {
            Some(text) => place.sub(format!("{begin}/{text}/{route}")),
            None => place.sub_with(
                format!("{begin}/${{__StageName__}}/{route}"),
                [("__StageName__", name.clone())],
            ),
        },
    }
}

/// A route's key as a part of logical ids: only the first letter in upper case.
fn sanitized(key: &str) -> String {
    let mut letters = key.chars().filter(|letter| letter.is_alphanumeric());
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.flat_map(char::to_lowercase)).collect()
}

/// Gives `$connect` its auth.
fn authorize(lowering: &mut Lowering<'_>, it: &Declared<'_>, route: Made, auth: &Node) -> Made {
    let kind = auth.get("AuthType").cloned();
    let kind = kind.map(|kind| kind.along(auth.via.as_ref()));
    let text = kind.as_ref().and_then(Node::as_text).map(Str::as_str);
    match (text, kind.clone()) {
        (Some("CUSTOM"), Some(kind)) => {
            let id = authorizer(lowering, it, auth);
            route
                .set("AuthorizationType", kind)
                .set("AuthorizerId", Place(auth.span).reference(id))
        }
        (Some("AWS_IAM" | "NONE"), Some(kind)) => route.set("AuthorizationType", kind),
        _ => {
            let reason = format!(
                "`AuthType` of `{}` is not `NONE`, `AWS_IAM` or `CUSTOM`",
                it.id
            );
            lowering.unresolved(kind.map_or(auth.span, |kind| kind.span), reason.clone());
            route.set("AuthorizationType", Place(auth.span).unknown(reason))
        }
    }
}

fn authorizer(lowering: &mut Lowering<'_>, it: &Declared<'_>, auth: &Node) -> Str {
    let place = Place(auth.span);
    let id: Str = format!("{}ConnectAuthorizer", it.id).into();
    let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${AuthArn}/invocations";
    let function = true_at(auth, "AuthArn");
    let name = true_at(auth, "Name").cloned();
    lowering.emit(
        Made::new(id.clone(), "AWS::ApiGatewayV2::Authorizer", auth.span)
            .set("ApiId", place.reference(it.id.clone()))
            .copy_as(auth, "InvokeRole", "AuthorizerCredentialsArn")
            .set("AuthorizerType", place.text("REQUEST"))
            .maybe(
                "AuthorizerUri",
                function.map(|arn| place.sub_with(uri, [("AuthArn", arn.clone())])),
            )
            .copy(auth, &["IdentitySource"])
            .set("Name", name.unwrap_or_else(|| place.text(id.clone()))),
    );
    if let Some(function) = function.filter(|_| true_at(auth, "InvokeRole").is_none()) {
        let arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
        let source = place.sub_with(arn, [("__ApiId__", place.reference(it.id.clone()))]);
        let permission = format!("{}AuthorizerPermission", it.id);
        lowering.emit(super::rest::permission(
            permission,
            place,
            function.clone(),
            Some(source),
        ));
    }
    id
}

/// Lowers the stage, which waits for the routes that it has settings for.
fn stage(lowering: &mut Lowering<'_>, it: &Declared<'_>, routes: &[Str]) {
    let place = it.place();
    let written = present(&it.properties, "StageName").cloned();
    let name = written.unwrap_or_else(|| place.text("default"));
    let id = match name.as_text().map(Str::as_str) {
        Some("default") => format!("{}DefaultStage", it.id),
        Some(text) => format!("{}{text}Stage", it.id),
        None => format!("{}Stage", it.id),
    };
    let made = Made::new(id.clone(), "AWS::ApiGatewayV2::Stage", it.at)
        .set("ApiId", place.reference(it.id.clone()))
        .set("StageName", name)
        .copy(
            &it.properties,
            &[
                "StageVariables",
                "AccessLogSettings",
                "DefaultRouteSettings",
                "RouteSettings",
            ],
        )
        .set("AutoDeploy", place.flag(true))
        .set("Tags", place.one(TAG, place.text("SAM")));
    let settings = true_at(&it.properties, "RouteSettings").is_some();
    lowering.emit(if settings { made.after(routes) } else { made });
    lowering.derive(it.id, "Stage", id);
}

#[cfg(test)]
mod tests {
    use super::super::sample::{lowered, property};
    use super::*;

    #[test]
    fn route_keys_become_words() {
        assert_eq!(sanitized("$connect"), "Connect");
        assert_eq!(sanitized("sendMessage"), "Sendmessage");
    }

    const TEMPLATE: &str = "
Conditions: {C: !Equals [a, b]}
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Condition: C
    Properties:
      RouteSelectionExpression: x
      Auth: {AuthType: CUSTOM, AuthArn: f}
      Routes: {$connect: {FunctionArn: f}, send: {FunctionArn: f}}
";

    #[test]
    fn only_connect_is_given_auth() {
        let out = lowered(TEMPLATE);
        let kind = property(&out, "ApiConnectRoute", &["AuthorizationType"]);
        assert_eq!(kind.as_text().unwrap(), "CUSTOM");
        property(&out, "ApiConnectAuthorizer", &["AuthorizerUri"]);
        let other = property(&out, "ApiSendRoute", &[]);
        assert!(other.get("AuthorizationType").is_none());
    }

    #[test]
    fn a_condition_and_auth_without_connect_have_no_effect() {
        let out = lowered(&TEMPLATE.replace("$connect", "hello"));
        let api = out.template.at(&["Resources", "Api"]).unwrap();
        assert!(api.get("Condition").is_none());
        assert!(
            out.template
                .at(&["Resources", "ApiConnectAuthorizer"])
                .is_none()
        );
        assert_eq!(out.problems.len(), 2);
    }
}

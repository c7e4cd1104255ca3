//! Authorizers of the REST API, and the permission to invoke their functions.

use super::{Asked, Own, is};
use crate::document::Node;
use crate::frontend::serverless::naming;
use crate::frontend::serverless::service::Output;
use crate::frontend::serverless::template::{At, permission};
use crate::frontend::serverless::tree;

/// Makes the authorizers that events name, each once; of two of the same name, the later one's settings win.
pub(in crate::frontend::serverless) fn compile(asked: &Asked, api: &Node, out: &mut Output) {
    let Some(own) = &asked.own else {
        return;
    };
    let at = &own.at;
    let setting = |key| tree::child(own.config.as_ref()?, key);
    let source = setting("identitySource").filter(tree::is_truthy);
    let is_uncached = setting("resultTtlInSeconds").is_some_and(|ttl| !tree::is_truthy(&ttl));
    let is_request = own.kind.as_ref().is_some_and(|kind| is(kind, "REQUEST"));
    let default =
        (!(is_request && is_uncached)).then(|| at.text("method.request.header.Authorization"));
    let (uri, pools) = if own.is_cognito {
        (None, Some(at.list(own.target.clone())))
    } else {
        (Some(at.invocation(own.target.clone())), None)
    };
    let properties = at.sparse([
        (
            "AuthorizerResultTtlInSeconds",
            setting("resultTtlInSeconds"),
        ),
        ("IdentitySource", source.or(default)),
        (
            "IdentityValidationExpression",
            setting("identityValidationExpression"),
        ),
        ("Name", Some(own.name.clone())),
        ("RestApiId", Some(api.clone())),
        ("Type", Some(deployed_type(own))),
        ("ProviderARNs", pools),
        ("AuthorizerUri", uri),
    ]);
    let resource = at.resource("AWS::ApiGateway::Authorizer", properties);
    let what = own.name.scalar().unwrap_or_default();
    out.resources
        .merge(own.id.clone(), resource, &format!("authorizer {what}"));
}

/// Lets API Gateway invoke the authorizer's function.
pub(in crate::frontend::serverless) fn permit(asked: &Asked, api: &Node, out: &mut Output) {
    let Some((own, (name, function))) = asked
        .own
        .as_ref()
        .and_then(|own| Some((own, own.invoked.as_ref()?)))
    else {
        return;
    };
    let id = naming::permission(name, "ApiGateway");
    if own.is_cognito || out.resources.get(&id).is_some() {
        return;
    }
    let source = own.at.execute_api(api.clone(), "/*/*");
    let principal = "apigateway.amazonaws.com";
    let resource = permission(&own.at, function.clone(), principal, Some(source));
    out.resources.set(id, resource);
}

fn deployed_type(own: &Own) -> Node {
    if own.is_cognito {
        return own.at.text("COGNITO_USER_POOLS");
    }
    match &own.kind {
        Some(kind) => match kind.as_text() {
            Some(text) => At::of(kind).text(text.to_uppercase()),
            None => kind.clone(),
        },
        None => own.at.text("TOKEN"),
    }
}

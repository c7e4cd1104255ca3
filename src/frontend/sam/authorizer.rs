//! Authorizers of a REST API, as the security schemes that SAM writes for them.
//!
//! Says what the scheme is; who must pass it is said elsewhere.

use super::globals::inherit;
use super::place::{Place, is};
use super::truthy::{true_at, truthy};
use crate::document::{Entry, Node};
use crate::source::Str;

/// The extension that describes an authorizer.
pub(super) const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";

/// Where an identity may come from, and how the document names it.
const SOURCES: &[(&str, &str)] = &[
    ("Headers", "method.request.header."),
    ("QueryStrings", "method.request.querystring."),
    ("StageVariables", "stageVariables."),
    ("Context", "context."),
];

/// The authorizers that an API's `Auth` defines; none when they are not a mapping.
pub(super) fn defined(auth: &Node) -> Vec<Entry> {
    let Some(authorizers) = inherit(auth, "Authorizers") else {
        return Vec::new();
    };
    let entries = authorizers.entries().iter();
    let entry = |entry: &Entry| Entry {
        value: entry.value.clone().along(authorizers.via.as_ref()),
        ..entry.clone()
    };
    entries.map(entry).collect()
}

/// The scheme for signed requests.
pub(super) fn iam_scheme(place: Place) -> Node {
    place.map([
        ("type", place.text("apiKey")),
        ("name", place.text("Authorization")),
        ("in", place.text("header")),
        ("x-amazon-apigateway-authtype", place.text("awsSigv4")),
    ])
}

/// The scheme for keys of a usage plan.
pub(super) fn key_scheme(place: Place) -> Node {
    place.map([
        ("type", place.text("apiKey")),
        ("name", place.text("x-api-key")),
        ("in", place.text("header")),
    ])
}

/// The scheme of one authorizer.
pub(super) fn scheme(authorizer: &Node) -> Node {
    let place = Place(authorizer.span);
    let cognito = true_at(authorizer, "UserPoolArn");
    let payload = true_at(authorizer, "FunctionPayloadType");
    let request = cognito.is_none() && is(payload, "REQUEST");
    let header = if request {
        place.text("Unused")
    } else {
        header(place, authorizer)
    };
    let kind = if cognito.is_some() {
        "cognito_user_pools"
    } else {
        "custom"
    };
    let mut details = match cognito {
        Some(pools) => cognito_details(place, pools),
        None => lambda_details(place, authorizer, request),
    };
    let validation = authorizer.at(&["Identity", "ValidationExpression"]);
    let token = payload.is_none() || is(payload, "TOKEN");
    if let Some(expression) = validation.filter(|it| truthy(it) && (cognito.is_some() || token)) {
        details = details.with("identityValidationExpression", expression.clone());
    }
    let scheme = place.map([
        ("type", place.text("apiKey")),
        ("name", header),
        ("in", place.text("header")),
        ("x-amazon-apigateway-authtype", place.text(kind)),
        (AUTHORIZER, details),
    ]);
    scheme.along(authorizer.via.as_ref())
}

fn header(place: Place, authorizer: &Node) -> Node {
    let header = authorizer
        .get("Identity")
        .and_then(|it| true_at(it, "Header"));
    header
        .cloned()
        .unwrap_or_else(|| place.text("Authorization"))
}

fn cognito_details(place: Place, pools: &Node) -> Node {
    let pools = match pools.as_list() {
        Some(_) => pools.clone(),
        None => Node::list(pools.span, vec![pools.clone()]),
    };
    place.map([
        ("type", place.text("cognito_user_pools")),
        ("providerARNs", pools),
    ])
}

fn lambda_details(place: Place, authorizer: &Node, request: bool) -> Node {
    let kind = match true_at(authorizer, "FunctionPayloadType").map(Node::as_text) {
        None => place.text("token"),
        Some(Some(text)) if text == "TOKEN" => place.text("token"),
        Some(Some(text)) if text == "REQUEST" => place.text("request"),
        Some(_) => place.unknown("`FunctionPayloadType` is neither `TOKEN` nor `REQUEST`"),
    };
    let mut details = place.map([
        ("type", kind),
        (
            "authorizerUri",
            function_uri(place, authorizer.get("FunctionArn")),
        ),
    ]);
    let every = authorizer.at(&["Identity", "ReauthorizeEvery"]);
    if let Some(every) = every.filter(|every| !every.is_null()) {
        details = details.with("authorizerResultTtlInSeconds", every.clone());
    }
    if let Some(role) = invoke_role(authorizer) {
        details = details.with("authorizerCredentials", role.clone());
    }
    if let Some(source) = identity_source(place, authorizer).filter(|_| request) {
        details = details.with("identitySource", source);
    }
    details
}

/// The role that API Gateway takes on to call an authorizer.
pub(super) fn invoke_role(authorizer: &Node) -> Option<&Node> {
    true_at(authorizer, "FunctionInvokeRole").filter(|role| !is(Some(*role), "NONE"))
}

/// How API Gateway names the function of an authorizer.
pub(super) fn function_uri(place: Place, arn: Option<&Node>) -> Node {
    let arn = arn.cloned().unwrap_or_else(|| Node::null(place.0));
    place.sub_with(
        "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations",
        [("__FunctionArn__", arn)],
    )
}

fn identity_source(place: Place, authorizer: &Node) -> Option<Node> {
    let identity = authorizer.get("Identity")?;
    let mut parts: Vec<String> = Vec::new();
    for (property, prefix) in SOURCES {
        let values = identity.get(property).map(Node::items).unwrap_or_default();
        for value in values {
            let name: Str = value.as_text().cloned().unwrap_or_else(|| "unknown".into());
            parts.push(format!("{prefix}{name}"));
        }
    }
    (!parts.is_empty()).then(|| place.text(parts.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, Span};

    fn place() -> Place {
        Place(Span::top(SourceId(0)))
    }

    fn kind(scheme: &Node) -> String {
        scheme
            .at(&[AUTHORIZER, "type"])
            .unwrap()
            .as_text()
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_user_pool_makes_a_cognito_scheme() {
        let scheme = scheme(&place().map([("UserPoolArn", place().attribute("Pool", "Arn"))]));
        assert_eq!(kind(&scheme), "cognito_user_pools");
        assert_eq!(
            scheme
                .at(&[AUTHORIZER, "providerARNs"])
                .unwrap()
                .items()
                .len(),
            1
        );
    }

    #[test]
    fn a_function_asks_for_a_token_unless_it_says_request() {
        let token = place().map([("FunctionArn", place().text("arn"))]);
        assert_eq!(kind(&scheme(&token)), "token");
        let request = token
            .with("FunctionPayloadType", place().text("REQUEST"))
            .with(
                "Identity",
                place().map([
                    ("Headers", place().texts(&["X-A"])),
                    ("Context", place().texts(&["sub"])),
                ]),
            );
        let request = scheme(&request);
        assert_eq!(kind(&request), "request");
        let source = request.at(&[AUTHORIZER, "identitySource"]).unwrap();
        assert_eq!(
            source.as_text().unwrap(),
            "method.request.header.X-A, context.sub"
        );
    }
}

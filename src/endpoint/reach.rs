//! Who can reach an endpoint at all: private APIs, resource policies, permissions of function URLs.

use crate::document::Node;
use crate::endpoint::{Auth, Authorization, Exposure};
use crate::iam::{Caller, Context, Effect, ExecuteApi, Policy, Request, Side};
use crate::resolve::{Part, Property, Resolved, Scope, Text, Truth};
use crate::source::Str;
use crate::stack::{Api, Protocol, Resource, Route, Stack};
use crate::trail::{How, Step};

const PRIVATE_PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html";
const URL_PAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";
const REST_PAGE: &str = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html";

/// What stands before every route of an API, worked out once for each.
pub(super) struct Gate {
    /// Whether only VPC endpoints lead to it.
    private: Resolved<bool>,
    /// Its resource policy.
    policy: Property<Policy>,
}

impl Gate {
    /// What stands before an API of this stack.
    pub fn of(stack: &Stack, api: &Api) -> Self {
        let properties = &api.properties;
        let private = match api.protocol {
            Protocol::Rest => private_rest(stack, properties),
            Protocol::GraphQl => {
                stack
                    .scope
                    .read(properties, "Visibility", Scope::text)
                    .map(|text| {
                        text.as_ref()
                            .is_some_and(|text| text.is("PRIVATE") == Truth::Yes)
                    })
            }
            Protocol::Http | Protocol::WebSocket | Protocol::FunctionUrl => {
                Resolved::known(false, Step::written(api.span))
            }
        };
        Self {
            private,
            policy: policy(stack, api),
        }
    }
}

/// Who can reach a route, given what stands before its API; an API of another stack has no gate that we see.
pub(super) fn exposure(
    stack: &Stack,
    route: &Route,
    gate: Option<&Gate>,
    auth: &Resolved<Auth>,
) -> Resolved<Exposure> {
    if route.protocol == Protocol::FunctionUrl {
        return of_url(stack, route, auth);
    }
    let Some(gate) = gate else {
        let what =
            "the API is of another stack, and REST APIs are public unless they are made private";
        return Resolved::known(Exposure::Internet, Step::default(what, REST_PAGE));
    };
    gate.private.clone().expand(|case| match case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(true) => gate.policy.clone().expand(|policy| match policy.value {
            None => Resolved::unknown(policy.trail.clone()),
            Some(None) if route.protocol == Protocol::Rest => {
                let step = Step::default(
                    "a private API without a resource policy refuses every call",
                    PRIVATE_PAGE,
                );
                Resolved::known(Exposure::Nobody, case.trail.clone().and(step))
            }
            Some(_) => Resolved::known(Exposure::Vpc, case.trail.clone()),
        }),
        Some(false) => gate.policy.clone().expand(|policy| match &policy.value {
            None => Resolved::unknown(policy.trail.clone()),
            Some(None) => Resolved::known(Exposure::Internet, Step::written(route.span)),
            Some(Some(rules)) => {
                let exposure = auth.map(|auth| admitted(route, rules, auth.kind));
                exposure.map_case(|case| crate::resolve::Case {
                    trail: policy.trail.clone(),
                    ..case
                })
            }
        }),
    })
}

fn private_rest(stack: &Stack, properties: &Node) -> Resolved<bool> {
    let configuration = stack.scope.property(properties, "EndpointConfiguration");
    configuration.expand(|case| {
        let Some(Some(configuration)) = &case.value else {
            return match case.value {
                None => Resolved::unknown(case.trail.clone()),
                Some(_) => Resolved::known(false, case.trail.clone()),
            };
        };
        stack
            .scope
            .read(configuration, "Types", Scope::texts)
            .expand(|types| {
                let is_private = |text: &Option<Text>| {
                    text.as_ref()
                        .map_or(Truth::Unknown, |text| text.is("PRIVATE"))
                };
                match types
                    .value
                    .as_ref()
                    .map(|types| Truth::any(types.iter().flatten().map(is_private)))
                {
                    Some(Truth::Yes) => Resolved::known(true, types.trail.clone()),
                    Some(Truth::No) => Resolved::known(false, types.trail.clone()),
                    Some(Truth::Unknown) | None => Resolved::unknown(types.trail.clone()),
                }
            })
    })
}

/// The policy on the API, or in its body. An empty text, as the Serverless Framework writes it, is none.
fn policy(stack: &Stack, api: &Api) -> Property<Policy> {
    if api.protocol != Protocol::Rest {
        return Resolved::known(None, Step::written(api.span));
    }
    let own = api
        .properties
        .get("Policy")
        .filter(|node| node.as_text().is_none_or(|text| !text.is_empty()));
    let body = api
        .body
        .as_ref()
        .and_then(|body| body.get("x-amazon-apigateway-policy"));
    let Some(node) = own.or(body) else {
        return Resolved::known(None, Step::new(How::Absent(Str::from("Policy")), api.span));
    };
    stack.scope.settle(node).expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(None) => Resolved::known(None, case.trail.clone()),
        Some(Some(node)) => Policy::read(node, &*stack.scope).map(|policy| Some(policy.clone())),
    })
}

/// Whom a resource policy lets through to a route.
fn admitted(route: &Route, policy: &Policy, auth: Authorization) -> Exposure {
    let opinion = policy.opinion(&anonymous(route), Side::Resource);
    let allows = policy
        .statements
        .iter()
        .any(|statement| statement.effect != Effect::Deny);
    // Before IAM and Lambda authorizers a policy need not allow, only not deny.
    let needed = !matches!(auth, Authorization::Iam | Authorization::Lambda);
    match (opinion.denies, opinion.allows) {
        (Truth::No, Truth::Yes) => Exposure::Internet,
        (Truth::No, _) if !needed => Exposure::Internet,
        (_, Truth::No) if needed && !allows => Exposure::Nobody,
        _ => Exposure::Restricted,
    }
}

/// A call from somewhere on the internet by nobody in particular.
fn anonymous(route: &Route) -> Request {
    let open = |what: &str| Text::part(Part::Unknown(what.into()));
    let api = route
        .api
        .agreed()
        .cloned()
        .flatten()
        .unwrap_or_else(|| open("api"));
    let method = route
        .method
        .agreed()
        .cloned()
        .flatten()
        .unwrap_or_else(|| "ANY".into());
    let path = route
        .path
        .agreed()
        .cloned()
        .unwrap_or_else(|| "/{proxy+}".into());
    let endpoint = ExecuteApi::of_endpoint(&api, &open("stage"), &method, &path);
    Request {
        context: Context::internet(),
        ..Request::invoke(&endpoint, Caller::Anonymous)
    }
}

/// A URL without authorization can be called only when the function's own policy allows everyone.
fn of_url(stack: &Stack, route: &Route, auth: &Resolved<Auth>) -> Resolved<Exposure> {
    let function = route.integration.function.agreed().cloned().flatten();
    let anyone = function.as_ref().is_none_or(|function| {
        stack
            .of_type("AWS::Lambda::Permission")
            .any(|permission| lets_anyone_in(stack, permission, function))
    });
    auth.clone()
        .expand(|case| match case.value.as_ref().map(|auth| auth.kind) {
            Some(Authorization::None) if !anyone => {
                let what = "a function URL without a permission for everyone refuses every call";
                Resolved::known(
                    Exposure::Nobody,
                    case.trail.clone().and(Step::default(what, URL_PAGE)),
                )
            }
            Some(_) | None => Resolved::known(Exposure::Internet, Step::written(route.span)),
        })
}

fn lets_anyone_in(stack: &Stack, permission: &Resource, function: &Str) -> bool {
    let possibly = |name: &str, wanted: &str| {
        let text = stack.text(permission, name);
        text.cases().any(|case| match &case.value {
            Some(Some(text)) => text.is(wanted) != Truth::No,
            Some(None) => false,
            None => true,
        })
    };
    let on = stack
        .plain(permission, "FunctionName")
        .and_then(|name| stack.function(&name));
    on.as_ref() == Some(function)
        && possibly("Action", "lambda:InvokeFunctionUrl")
        && possibly("Principal", "*")
}

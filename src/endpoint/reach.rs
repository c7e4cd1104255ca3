//! Who can reach an endpoint at all: private APIs, resource policies, client certificates, permissions of function URLs.
//!
//! A web application firewall, throttling and CORS let everyone through who asks nicely: they do not count here.

use std::cell::OnceCell;
use std::collections::HashSet;

use crate::document::Node;
use crate::endpoint::front::{self, Mappings};
use crate::endpoint::{Auth, Authorization, Exposure};
use crate::iam::{
    Admission, Caller, Context, Effect, ExecuteApi, Policy, Request, Side, Standing, Statement,
};
use crate::resolve::{Case, Part, Property, Resolved, Scope, Text, Truth};
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
    /// Whether every way to it asks for a client certificate; `None` when none does.
    certificate: Option<Resolved<bool>>,
}

impl Gate {
    /// What stands before an API of this stack.
    pub fn of(stack: &Stack, api: &Api, mappings: &Mappings) -> Self {
        let private = match api.protocol {
            Protocol::Rest => is(&front::endpoint_type(stack, api), "PRIVATE"),
            Protocol::GraphQl => {
                let visibility = stack.scope.read(&api.properties, "Visibility", Scope::text);
                is(&visibility, "PRIVATE")
            }
            Protocol::Http | Protocol::WebSocket | Protocol::FunctionUrl => {
                Resolved::known(false, Step::written(api.span))
            }
        };
        Self {
            private,
            policy: policy(stack, api),
            certificate: front::certificates(stack, api, mappings),
        }
    }
}

/// Who can reach a route, given what stands before its API; an API of another stack has no gate that we see.
pub(super) fn exposure(
    route: &Route,
    gate: Option<&Gate>,
    invited: &Invited<'_>,
    auth: &Resolved<Auth>,
) -> Resolved<Exposure> {
    if route.protocol == Protocol::FunctionUrl {
        return of_url(route, invited, auth);
    }
    let Some(gate) = gate else {
        let what =
            "the API is of another stack, and REST APIs are public unless they are made private";
        return Resolved::known(Exposure::Internet, Step::default(what, REST_PAGE));
    };
    let reached = by_network(route, gate, auth);
    match &gate.certificate {
        None => reached,
        Some(certificate) => reached.expand(|case| match case.value {
            Some(Exposure::Internet) => certificate.clone().map_case(|asked| Case {
                value: asked.value.map(|asked| {
                    if asked {
                        Exposure::Restricted
                    } else {
                        Exposure::Internet
                    }
                }),
                trail: case.trail.clone().followed_by(&asked.trail),
                world: asked.world,
            }),
            Some(_) | None => Resolved::case(case.clone()),
        }),
    }
}

/// Who can reach a route as far as networks and policies go.
fn by_network(route: &Route, gate: &Gate, auth: &Resolved<Auth>) -> Resolved<Exposure> {
    gate.private.expand(|case| match case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(true) => gate.policy.expand(|policy| match policy.value {
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
        Some(false) => gate.policy.expand(|policy| match &policy.value {
            None => Resolved::unknown(policy.trail.clone()),
            Some(None) => Resolved::known(Exposure::Internet, Step::written(route.span)),
            Some(Some(rules)) => {
                let exposure = auth.map(|auth| admitted(route, rules, auth.kind));
                exposure.map_case(|case| Case {
                    trail: policy.trail.clone(),
                    ..case
                })
            }
        }),
    })
}

/// Whether a text is this word; unknown where that cannot be told.
fn is(property: &Property<Text>, word: &str) -> Resolved<bool> {
    property.expand(|case| {
        let truth = match &case.value {
            Some(Some(text)) => text.is(word),
            Some(None) => Truth::No,
            None => Truth::Unknown,
        };
        match truth {
            Truth::Yes => Resolved::known(true, case.trail.clone()),
            Truth::No => Resolved::known(false, case.trail.clone()),
            Truth::Unknown => Resolved::unknown(case.trail.clone()),
        }
    })
}

/// Where the policy of a REST API is written. An empty text, as the Serverless Framework writes it, is none.
pub(crate) fn policy_node(api: &Api) -> Option<Node> {
    if api.protocol != Protocol::Rest {
        return None;
    }
    let own = api
        .properties
        .get("Policy")
        .filter(|node| node.as_text().is_none_or(|text| !text.is_empty()));
    let body = || api.body.as_ref()?.get("x-amazon-apigateway-policy");
    own.or_else(body).cloned()
}

/// The policy on the API, or in its body.
pub(crate) fn policy(stack: &Stack, api: &Api) -> Property<Policy> {
    if api.protocol != Protocol::Rest {
        return Resolved::known(None, Step::written(api.span));
    }
    let Some(node) = policy_node(api) else {
        return Resolved::known(None, Step::new(How::Absent(Str::from("Policy")), api.span));
    };
    stack.scope.settle(&node).expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(None) => Resolved::known(None, case.trail.clone()),
        Some(Some(node)) => Policy::read(node, &*stack.scope).map(|policy| Some(policy.clone())),
    })
}

/// Whom a resource policy lets through to a route. It is asked about a caller that nobody knows; what an authorizer or
/// IAM then makes of its answer is the table of [`Admission`].
fn admitted(route: &Route, policy: &Policy, auth: Authorization) -> Exposure {
    let opinion = policy.opinion(&anonymous(route), Side::Resource);
    let refused = |standing| Admission::of(auth, standing, Truth::Yes) == Admission::Refused;
    let standings = Standing::of(Some(&opinion));
    if !standings.iter().any(|standing| refused(*standing)) {
        return Exposure::Internet;
    }
    let allows = policy
        .statements
        .iter()
        .any(|statement| statement.effect != Effect::Deny);
    if refused(Standing::Silent) && !allows {
        return Exposure::Nobody;
    }
    let denied = opinion.denies == Truth::Yes;
    if only_from_vpc(policy, denied) {
        return Exposure::Vpc;
    }
    Exposure::Restricted
}

/// Condition keys that only a request through a VPC endpoint has.
const VPC_KEYS: [&str; 4] = [
    "aws:sourcevpce",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:vpcsourceip",
];

/// Whether a policy that keeps the internet out does so by asking for a VPC: by a deny of everything else, or because
/// each of its allowances asks for one.
fn only_from_vpc(policy: &Policy, denied: bool) -> bool {
    let internet = Context::internet();
    let outside = |statement: &Statement| {
        let holds = statement
            .conditions
            .iter()
            .map(|condition| condition.holds(&internet, statement.variables));
        Truth::all(holds)
    };
    let asks = |statement: &Statement| {
        let mut keys = statement.conditions.iter().map(|condition| &condition.key);
        keys.any(|key| VPC_KEYS.contains(&key.to_ascii_lowercase().as_str()))
    };
    let mut statements = policy.statements.iter();
    let keeps_out = |statement: &Statement| {
        statement.effect == Effect::Deny && asks(statement) && outside(statement) == Truth::Yes
    };
    if denied && statements.clone().any(keeps_out) {
        return true;
    }
    statements.all(|statement| {
        statement.effect == Effect::Deny || (asks(statement) && outside(statement) == Truth::No)
    })
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
fn of_url(route: &Route, invited: &Invited<'_>, auth: &Resolved<Auth>) -> Resolved<Exposure> {
    let function = route.integration.function.agreed().cloned().flatten();
    auth.expand(|case| match case.value.as_ref().map(|auth| auth.kind) {
        Some(Authorization::None) if !function.as_ref().is_none_or(|it| invited.to(it)) => {
            let what = "a function URL without a permission for everyone refuses every call";
            Resolved::known(
                Exposure::Nobody,
                case.trail.clone().and(Step::default(what, URL_PAGE)),
            )
        }
        Some(_) | None => Resolved::known(Exposure::Internet, Step::written(route.span)),
    })
}

/// The functions whose URLs everyone may call by their own policy, looked up when the first URL asks.
pub(super) struct Invited<'a> {
    stack: &'a Stack,
    functions: OnceCell<HashSet<Str>>,
}

impl<'a> Invited<'a> {
    /// Those of a stack.
    pub fn of(stack: &'a Stack) -> Self {
        Self {
            stack,
            functions: OnceCell::new(),
        }
    }

    fn to(&self, function: &Str) -> bool {
        let stack = self.stack;
        let functions = self.functions.get_or_init(|| {
            let permissions = stack.of_type("AWS::Lambda::Permission");
            let open = permissions.filter(|permission| lets_anyone_in(stack, permission));
            let named = open.filter_map(|permission| stack.plain(permission, "FunctionName"));
            named.filter_map(|name| stack.function(&name)).collect()
        });
        functions.contains(function)
    }
}

fn lets_anyone_in(stack: &Stack, permission: &Resource) -> bool {
    let possibly = |name: &str, wanted: &str| {
        let text = stack.text(permission, name);
        text.cases().any(|case| match &case.value {
            Some(Some(text)) => text.is(wanted) != Truth::No,
            Some(None) => false,
            None => true,
        })
    };
    // The URL's own type has to be the one that the permission is for, and nobody anonymous is of an organisation.
    let kind = stack.text(permission, "FunctionUrlAuthType");
    let for_signed = kind.agreed().is_some_and(|kind| {
        kind.as_ref()
            .is_some_and(|kind| kind.is("AWS_IAM") == Truth::Yes)
    });
    let limited = permission.properties.get("PrincipalOrgID").is_some();
    possibly("Action", "lambda:InvokeFunctionUrl")
        && possibly("Principal", "*")
        && !for_signed
        && !limited
}

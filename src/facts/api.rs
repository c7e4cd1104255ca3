//! Facts of APIs as a whole: under which names they answer, to whom, and what browsers may do with them.

use std::collections::HashMap;

use crate::endpoint::{Endpoint, front, reach};
use crate::facts::cors::{self, Preflights};
use crate::facts::firewall::Firewalls;
use crate::facts::{Fact, Kind, Subject, absent, flag, name_of, row, text};
use crate::iam::{Caller, Condition, Context, Effect, INVOKE, Policy, Statement};
use crate::resolve::{Case, Resolved, Scope, Text, Truth};
use crate::source::{Span, Str};
use crate::stack::{Api, Protocol, Resource, Stack};
use crate::trail::Step;

const TYPE_PAGE: &str = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html";
const TLS_PAGE: &str = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html";
const URL_PAGE: &str = "https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html";

/// Every API as a subject: those with a resource of their own, and functions with a URL.
pub(super) fn subjects(
    stack: &Stack,
    endpoints: &[Endpoint],
    firewalls: &Firewalls,
) -> Vec<Subject> {
    let around = Around {
        preflights: Preflights::of(stack),
        firewalls,
        open_writes: open_writes(endpoints),
    };
    let apis = stack.apis.iter().map(|api| declared(stack, api, &around));
    let urls = stack
        .of_type("AWS::Lambda::Url")
        .map(|url| of_url(stack, url, &around));
    apis.chain(urls).collect()
}

/// What APIs need to know of other resources, gathered once.
struct Around<'a> {
    preflights: Preflights,
    firewalls: &'a Firewalls,
    /// Endpoints that let anyone on the internet write, by API.
    open_writes: HashMap<Str, u32>,
}

impl Around<'_> {
    fn open_writes(&self, name: &Str, span: Span) -> Resolved<Fact> {
        let count = self.open_writes.get(name).copied().unwrap_or_default();
        Resolved::known(Fact::Number(f64::from(count)), Step::written(span))
    }
}

/// How many endpoints of each API let anyone on the internet write, in every deployment.
fn open_writes(endpoints: &[Endpoint]) -> HashMap<Str, u32> {
    let mut counts = HashMap::new();
    for endpoint in endpoints {
        let writes = endpoint.method.agreed().is_some_and(|method| {
            crate::facts::endpoint::writes(method.as_ref()) != Fact::Flag(false)
        });
        if let (true, true, Some(api)) = (endpoint.is_open(), writes, &endpoint.api) {
            *counts.entry(name_of(api)).or_default() += 1;
        }
    }
    counts
}

fn declared(stack: &Stack, api: &Api, around: &Around<'_>) -> Subject {
    let name = name_of(&api.id);
    let here = || Step::written(api.span);
    let kind = endpoint_type(stack, api);
    let policy = reach::policy(stack, api);
    let private = kind.agreed() == Some(&word("private"));
    let everyone = policy.map(|policy| {
        policy.as_ref().map_or(Some(Fact::Absent), |policy| {
            known(everyone(policy, private))
        })
    });
    let cors = cors::of_api(stack, api, &around.preflights);
    let waf = match api.protocol {
        Protocol::Rest => around.firewalls.api(&name, api.span),
        Protocol::GraphQl => around.firewalls.resource(&name, api.span),
        Protocol::Http | Protocol::WebSocket | Protocol::FunctionUrl => absent(here()),
    };
    let facts = [
        ("name", text(name.clone(), here())),
        ("protocol", text(api.protocol.word(), here())),
        ("endpoint_type", kind.clone()),
        ("default_endpoint", default_endpoint(stack, api)),
        (
            "resource_policy",
            policy.map(|policy| Fact::Flag(policy.is_some())),
        ),
        ("policy_allows_everyone", flattened(everyone)),
        ("tls_policy", tls_policy(stack, api, &kind)),
        ("cors_any_origin", cors.any_origin),
        ("cors_any_origin_with_credentials", cors.with_credentials),
        ("waf", waf),
        ("open_writes", around.open_writes(&name, api.span)),
    ];
    Subject {
        kind: Kind::Api,
        label: format!("API {name}"),
        identity: name.to_string(),
        span: api.span,
        world: api.world.clone(),
        facts: row(Kind::Api, facts),
    }
}

fn of_url(stack: &Stack, url: &Resource, around: &Around<'_>) -> Subject {
    let here = || Step::written(url.span);
    let target = stack.plain(url, "TargetFunctionArn");
    let function = target.as_ref().and_then(|text| stack.function(text));
    let name = function.or_else(|| target.as_ref().map(name_of));
    let name = name.unwrap_or_else(|| url.id.clone());
    let cors = stack.property(url, "Cors");
    let cors = cors::configured(stack, &cors, URL_PAGE);
    let facts = [
        ("name", text(name.clone(), here())),
        ("protocol", text(Protocol::FunctionUrl.word(), here())),
        ("endpoint_type", text("regional", here())),
        (
            "default_endpoint",
            flag(
                true,
                Step::default("a function URL has one host name and keeps it", URL_PAGE),
            ),
        ),
        ("resource_policy", absent(here())),
        ("policy_allows_everyone", absent(here())),
        ("tls_policy", absent(here())),
        ("cors_any_origin", cors.any_origin),
        ("cors_any_origin_with_credentials", cors.with_credentials),
        ("waf", absent(here())),
        ("open_writes", around.open_writes(&name, url.span)),
    ];
    Subject {
        kind: Kind::Api,
        label: format!("function URL of {name}"),
        identity: format!("url {name}"),
        span: url.span,
        world: url.world.clone(),
        facts: row(Kind::Api, facts),
    }
}

fn word(word: &'static str) -> Fact {
    Fact::Text(Str::from(word))
}

/// What may itself be unknown in a known case.
fn flattened(facts: Resolved<Option<Fact>>) -> Resolved<Fact> {
    facts.map_case(|case| Case {
        value: case.value.flatten(),
        world: case.world,
        trail: case.trail,
    })
}

fn known(truth: Truth) -> Option<Fact> {
    match truth {
        Truth::Yes => Some(Fact::Flag(true)),
        Truth::No => Some(Fact::Flag(false)),
        Truth::Unknown => None,
    }
}

fn endpoint_type(stack: &Stack, api: &Api) -> Resolved<Fact> {
    match api.protocol {
        Protocol::Rest => front::endpoint_type(stack, api).map_case(|case| match &case.value {
            Some(None) => Case {
                value: Some(word("edge")),
                world: case.world,
                trail: case.trail.and(Step::default(
                    "a REST API is edge-optimized unless its type says otherwise",
                    TYPE_PAGE,
                )),
            },
            value => Case {
                value: value.as_ref().and_then(|text| one_of(text.as_ref()?)),
                world: case.world,
                trail: case.trail,
            },
        }),
        Protocol::GraphQl => {
            let visibility = stack.scope.read(&api.properties, "Visibility", Scope::text);
            let private = |text: &Option<Text>| match text {
                Some(text) => match text.is("PRIVATE") {
                    Truth::Yes => Some(word("private")),
                    Truth::No => Some(word("regional")),
                    Truth::Unknown => None,
                },
                None => Some(word("regional")),
            };
            flattened(visibility.map(private))
        }
        Protocol::Http | Protocol::WebSocket | Protocol::FunctionUrl => {
            let what = "HTTP and WebSocket APIs are regional";
            text("regional", Step::default(what, TYPE_PAGE))
        }
    }
}

fn one_of(text: &Text) -> Option<Fact> {
    match text.known()?.as_str() {
        "EDGE" => Some(word("edge")),
        "REGIONAL" => Some(word("regional")),
        "PRIVATE" => Some(word("private")),
        _ => None,
    }
}

fn default_endpoint(stack: &Stack, api: &Api) -> Resolved<Fact> {
    if api.protocol == Protocol::GraphQl {
        return flag(true, Step::written(api.span));
    }
    front::default_endpoint(stack, api).map(|open| Fact::Flag(*open))
}

/// The security policy of the default endpoint.
fn tls_policy(stack: &Stack, api: &Api, kind: &Resolved<Fact>) -> Resolved<Fact> {
    match api.protocol {
        Protocol::Rest => {}
        Protocol::Http | Protocol::WebSocket => {
            let what = "HTTP and WebSocket APIs take TLS 1.2 at least";
            return text("TLS_1_2", Step::default(what, TLS_PAGE));
        }
        Protocol::FunctionUrl | Protocol::GraphQl => return absent(Step::written(api.span)),
    }
    let own = stack
        .scope
        .read(&api.properties, "SecurityPolicy", Scope::text);
    own.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(Some(policy)) => flattened(Resolved::known(policy.known().map(Fact::Text), case.trail.clone())),
        Some(None) => flattened(kind.map(|kind| match kind {
            Fact::Text(kind) if kind == "private" => Some(word("TLS_1_2")),
            Fact::Text(_) => Some(word("TLS_1_0")),
            Fact::Absent | Fact::Flag(_) | Fact::Number(_) | Fact::List(_) => None,
        }))
        .via(&Step::default(
            "the default endpoint of a private API takes TLS 1.2 at least, that of another REST API TLS 1.0",
            TLS_PAGE,
        )),
    })
}

/// Whether a resource policy lets everyone call something: on the internet, or for a private API from any VPC.
fn everyone(policy: &Policy, private: bool) -> Truth {
    let context = if private {
        Context::new()
    } else {
        Context::internet()
    };
    let applies = |statement: &Statement| {
        let meant = statement.principals.mean(&Caller::Anonymous).at_all;
        let conditions = statement.conditions.iter().map(|condition| {
            let holds = condition.holds(&context, statement.variables);
            // What holds for some callers is a limit; only of values that cannot be seen it is not known.
            let seen = condition
                .values
                .iter()
                .all(|value| value.text.known().is_some());
            match holds {
                Truth::Unknown if private || seen => Truth::No,
                Truth::Yes | Truth::No | Truth::Unknown => holds,
            }
        });
        meant.and(Truth::all(conditions))
    };
    let allows = |statement: &Statement| match statement.effect {
        Effect::Allow => applies(statement).and(invokes(statement)),
        Effect::Unknown => Truth::Unknown,
        Effect::Deny => Truth::No,
    };
    let allowed = Truth::any(policy.statements.iter().map(allows));
    // A deny without a condition is about some paths, or about all: then the API is closed.
    let limits = |statement: &Statement| {
        if statement.effect != Effect::Deny || statement.conditions.is_empty() {
            return Truth::No;
        }
        if private {
            return Truth::Yes;
        }
        let holds = |condition: &Condition| condition.holds(&context, statement.variables);
        // A deny of some callers is a limit too.
        match Truth::all(statement.conditions.iter().map(holds)) {
            Truth::No => Truth::No,
            Truth::Yes | Truth::Unknown => invokes(statement),
        }
    };
    let denied = Truth::any(policy.statements.iter().map(limits));
    allowed.and(denied.negate())
}

fn invokes(statement: &Statement) -> Truth {
    let action = Text::literal(INVOKE);
    let action = crate::iam::matching::Subject::folded(&action);
    statement.actions.takes_action(&action)
}

/// Where a thing is, for facts that are known by looking at all of it.
pub(super) fn seen(truth: Truth, span: Span, why: &'static str) -> Resolved<Fact> {
    match known(truth) {
        Some(fact) => Resolved::known(fact, Step::written(span)),
        None => Resolved::unknown(Step::deferred(why, span)),
    }
}

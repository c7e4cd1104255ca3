//! Which origins browsers may call an API from.

use std::collections::HashMap;

use crate::document::{Entry, Node};
use crate::facts::api::seen;
use crate::facts::{Fact, absent, flag, name_of};
use crate::resolve::{Property, Resolved, Scope, Text, Truth};
use crate::source::{Span, Str};
use crate::stack::{Api, Protocol, Stack};
use crate::trail::Step;

const HTTP_PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html";
const REST_PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html";

/// What is known of an API's CORS.
pub(super) struct Cors {
    /// Whether every origin is allowed, by name or by a pattern that takes them all.
    pub any_origin: Resolved<Fact>,
    /// Whether it is allowed together with credentials.
    pub with_credentials: Resolved<Fact>,
}

impl Cors {
    fn absent(span: Span) -> Self {
        Self {
            any_origin: absent(Step::written(span)),
            with_credentials: absent(Step::written(span)),
        }
    }
}

/// What the preflight methods of REST APIs answer, by API.
pub(super) struct Preflights(HashMap<Str, Vec<Answer>>);

/// One answer to a preflight request.
#[derive(Clone, Copy)]
struct Answer {
    any_origin: Truth,
    credentials: Truth,
    span: Span,
}

impl Preflights {
    /// Gathers the answers of method resources and of OpenAPI bodies.
    pub fn of(stack: &Stack) -> Self {
        let mut found: HashMap<Str, Vec<Answer>> = HashMap::new();
        for method in stack.of_type("AWS::ApiGateway::Method") {
            let is_options = stack
                .plain(method, "HttpMethod")
                .and_then(|verb| verb.known())
                .is_some_and(|verb| verb.eq_ignore_ascii_case("OPTIONS"));
            let Some(api) = stack.plain(method, "RestApiId").filter(|_| is_options) else {
                continue;
            };
            let responses = method
                .properties
                .at(&["Integration", "IntegrationResponses"]);
            let answers = responses.map_or(&[][..], Node::items).iter();
            let answers = answers.filter_map(|one| answer(stack, one.get("ResponseParameters")?));
            found.entry(name_of(&api)).or_default().extend(answers);
        }
        for api in stack
            .apis
            .iter()
            .filter(|api| api.protocol == Protocol::Rest)
        {
            let answers = in_body(stack, api);
            found.entry(name_of(&api.id)).or_default().extend(answers);
        }
        Self(found)
    }
}

fn in_body(stack: &Stack, api: &Api) -> Vec<Answer> {
    let paths = api.body.as_ref().and_then(|body| body.get("paths"));
    let options = |path: &Entry| {
        let integration = path
            .value
            .at(&["options", "x-amazon-apigateway-integration"])?;
        let responses = integration.get("responses")?.entries().iter();
        let answers =
            responses.filter_map(|one| answer(stack, one.value.get("responseParameters")?));
        Some(answers.collect::<Vec<_>>())
    };
    let paths = paths.map_or(&[][..], Node::entries);
    paths.iter().filter_map(options).flatten().collect()
}

/// What the headers of a mock response say; `None` when they are not about origins.
fn answer(stack: &Stack, headers: &Node) -> Option<Answer> {
    const PREFIX: &str = "method.response.header.";
    let header = |wanted: &str| {
        let mut entries = headers.entries().iter();
        entries.find(|entry| {
            let name = entry.key.strip_prefix(PREFIX);
            name.is_some_and(|name| name.eq_ignore_ascii_case(wanted))
        })
    };
    let is = |node: &Node, word: &str| match stack.scope.text(node).agreed() {
        // A literal stands between quotes; anything else comes from the integration.
        Some(Some(text)) => text.is(word),
        Some(None) => Truth::No,
        None => Truth::Unknown,
    };
    let origin = header("Access-Control-Allow-Origin")?;
    let credentials = header("Access-Control-Allow-Credentials");
    Some(Answer {
        any_origin: is(&origin.value, "'*'"),
        credentials: credentials.map_or(Truth::No, |entry| is(&entry.value, "'true'")),
        span: origin.value.span,
    })
}

/// The CORS of an API.
pub(super) fn of_api(stack: &Stack, api: &Api, preflights: &Preflights) -> Cors {
    match api.protocol {
        Protocol::Rest => of_rest(api, preflights),
        Protocol::Http => {
            let own = stack.scope.property(&api.properties, "CorsConfiguration");
            let body = api
                .body
                .as_ref()
                .and_then(|body| body.get("x-amazon-apigateway-cors"));
            let lower = own.agreed_node().is_none().then_some(body).flatten();
            match lower {
                Some(node) => configured(stack, &stack.scope.settle(node), HTTP_PAGE),
                None => configured(stack, &own, HTTP_PAGE),
            }
        }
        Protocol::WebSocket | Protocol::GraphQl | Protocol::FunctionUrl => Cors::absent(api.span),
    }
}

fn of_rest(api: &Api, preflights: &Preflights) -> Cors {
    let name = name_of(&api.id);
    let answers = preflights.0.get(&name).map_or(&[][..], Vec::as_slice);
    if answers.is_empty() {
        let step = || {
            Step::default(
                "a REST API answers no preflight request by itself",
                REST_PAGE,
            )
        };
        return Cors {
            any_origin: flag(false, step()),
            with_credentials: flag(false, step()),
        };
    }
    let any = |truth: fn(&Answer) -> Truth| {
        let place = answers.iter().find(|one| truth(one) == Truth::Yes);
        let place = place.or(answers.first()).map_or(api.span, |one| one.span);
        let truth = Truth::any(answers.iter().map(truth));
        seen(
            truth,
            place,
            "a header that only the integration or deployment settles",
        )
    };
    Cors {
        any_origin: any(|one| one.any_origin),
        with_credentials: any(|one| one.any_origin.and(one.credentials)),
    }
}

/// The CORS of an HTTP API or a function URL: `AllowOrigins` and `AllowCredentials`, in OpenAPI in lower case.
pub(super) fn configured(stack: &Stack, cors: &Property<Node>, page: &'static str) -> Cors {
    let any_origin = cors.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(None) => {
            let what = "without CORS settings no origin is allowed";
            let step = Step::default(what, page);
            Resolved::known(false, case.trail.clone().and(step))
        }
        Some(Some(node)) => {
            let origins = first(node, ["AllowOrigins", "allowOrigins"]);
            let origins = stack.scope.read(node, origins, Scope::texts);
            origins.expand(|case| {
                let truth = case.value.as_ref().map(|origins| {
                    Truth::any(origins.iter().flatten().map(|one| takes_all(one.as_ref())))
                });
                match truth {
                    Some(Truth::Yes) => Resolved::known(true, case.trail.clone()),
                    Some(Truth::No) => Resolved::known(false, case.trail.clone()),
                    Some(Truth::Unknown) | None => Resolved::unknown(case.trail.clone()),
                }
            })
        }
    });
    let with_credentials = any_origin.expand(|any| match any.value {
        Some(false) => flag(false, any.trail.clone()),
        Some(true) | None => cors.expand(|case| {
            let Some(Some(node)) = &case.value else {
                return Resolved::unknown(case.trail.clone());
            };
            let name = first(node, ["AllowCredentials", "allowCredentials"]);
            let allowed = stack.scope.read(node, name, Scope::flag);
            allowed.map_case(|case| crate::resolve::Case {
                value: match case.value.map(|flag| flag.unwrap_or(false)) {
                    Some(true) if any.value.is_none() => None,
                    value => value.map(Fact::Flag),
                },
                world: case.world,
                trail: case.trail,
            })
        }),
    });
    Cors {
        any_origin: any_origin.map(|any| Fact::Flag(*any)),
        with_credentials,
    }
}

/// The spelling that is there.
fn first(node: &Node, names: [&'static str; 2]) -> &'static str {
    let [upper, lower] = names;
    if node.get(lower).is_some() {
        lower
    } else {
        upper
    }
}

/// Whether an origin in a list takes in every one, of a scheme at least.
fn takes_all(origin: Option<&Text>) -> Truth {
    let Some(origin) = origin else {
        return Truth::Unknown;
    };
    Truth::any(["*", "https://*", "http://*"].map(|all| origin.is(all)))
}

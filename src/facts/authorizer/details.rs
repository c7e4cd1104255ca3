//! How an authorizer works: what it looks at, how long its answers are kept, whose tokens it takes.

use crate::document::Node;
use crate::facts::property::{self, Preset, at};
use crate::facts::{Fact, absent, flag};
use crate::resolve::{Case, Part, Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::stack::{Api, Protocol, Scheme, Stack};
use crate::trail::{How, Step};

const REST: &str = "https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html";
const HTTP: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html";

/// How an authorizer works.
pub(super) struct Details {
    pub ttl: Resolved<Fact>,
    pub sources: Resolved<Fact>,
    pub simple: Resolved<Fact>,
    pub issuer_secure: Resolved<Fact>,
    pub audience: Resolved<Fact>,
    /// What it invokes.
    pub uri: Property<Text>,
    /// The role that API Gateway takes on to invoke it.
    pub credentials: Property<Text>,
}

/// The names of an authorizer's settings.
struct Words {
    ttl: &'static str,
    source: &'static str,
    simple: &'static str,
    jwt: [&'static str; 3],
    uri: &'static str,
    credentials: &'static str,
}

const RESOURCE: Words = Words {
    ttl: "AuthorizerResultTtlInSeconds",
    source: "IdentitySource",
    simple: "EnableSimpleResponses",
    jwt: ["JwtConfiguration", "Issuer", "Audience"],
    uri: "AuthorizerUri",
    credentials: "AuthorizerCredentials",
};

const BODY: Words = Words {
    ttl: "authorizerResultTtlInSeconds",
    source: "identitySource",
    simple: "enableSimpleResponses",
    jwt: ["jwtConfiguration", "issuer", "audience"],
    uri: "authorizerUri",
    credentials: "authorizerCredentials",
};

impl Details {
    /// Those of `AWS::ApiGateway::Authorizer`.
    pub fn of_rest(stack: &Stack, properties: &Node) -> Self {
        Self::read(stack, properties, &RESOURCE, true)
    }

    /// Those of `AWS::ApiGatewayV2::Authorizer`.
    pub fn of_v2(stack: &Stack, properties: &Node) -> Self {
        let words = Words {
            credentials: "AuthorizerCredentialsArn",
            ..RESOURCE
        };
        Self::read(stack, properties, &words, false)
    }

    /// Those of a security scheme.
    pub fn of_scheme(stack: &Stack, api: &Api, name: &str, scheme: &Scheme) -> Self {
        let body = api.body.as_ref();
        let found = body.and_then(|body| {
            let three = body.at(&["components", "securitySchemes", name]);
            three.or_else(|| body.at(&["securityDefinitions", name]))
        });
        let settings = found.and_then(|node| node.get("x-amazon-apigateway-authorizer"));
        let nothing = Node::null(scheme.span);
        let rest = api.protocol == Protocol::Rest;
        let mut details = Self::read(stack, settings.unwrap_or(&nothing), &BODY, rest);
        // A token scheme names its header beside the authorizer.
        let header = scheme.header.as_ref().and_then(Text::known);
        let silent = matches!(details.sources.settled(), Some(Fact::List(all)) if all.is_empty());
        let given = header.filter(|header| silent && header != "Unused");
        if let Some(header) = given {
            let source = Str::from(format!("method.request.header.{header}"));
            details.sources =
                Resolved::known(Fact::List(vec![Some(source)]), Step::written(scheme.span));
        }
        details
    }

    fn read(stack: &Stack, node: &Node, words: &Words, rest: bool) -> Self {
        let text = |name| at(stack, node, &[name], Scope::text);
        let [jwt, issuer, audience] = words.jwt;
        let off = Preset::new(
            Fact::Flag(false),
            "a Lambda authorizer answers with a policy unless simple responses are enabled",
            HTTP,
        );
        Self {
            ttl: ttl(at(stack, node, &[words.ttl], Scope::number), rest),
            sources: sources(&at(stack, node, &[words.source], Scope::texts)),
            simple: property::flag(at(stack, node, &[words.simple], Scope::flag), &off),
            issuer_secure: issuer_secure(&at(stack, node, &[jwt, issuer], Scope::text)),
            audience: audiences(&at(stack, node, &[jwt, audience], Scope::texts)),
            uri: text(words.uri),
            credentials: text(words.credentials),
        }
    }
}

/// Answers of REST APIs are kept for five minutes when nothing is written. Of HTTP APIs AWS does not say.
fn ttl(written: Property<f64>, rest: bool) -> Resolved<Fact> {
    let preset = Preset::new(
        Fact::Number(300.0),
        "an authorizer's answers are cached for 300 seconds",
        REST,
    );
    if rest {
        return property::number(written, &preset);
    }
    written.map_case(|case| Case {
        trail: match case.value {
            Some(None) => {
                let why = "the `AuthorizerResultTtlInSeconds` that applies when none is written";
                let at = case.trail.place();
                case.trail.and(Step {
                    how: How::Deferred(why.into()),
                    at,
                })
            }
            Some(Some(_)) | None => case.trail,
        },
        value: case.value.flatten().map(Fact::Number),
        world: case.world,
    })
}

/// A list, or in REST APIs one text with commas.
fn sources(written: &Property<Vec<Option<Text>>>) -> Resolved<Fact> {
    written.map(|texts| {
        let mut found: Vec<Option<Str>> = Vec::new();
        for text in texts.iter().flatten() {
            match text.as_ref().map(Text::to_string) {
                Some(text) => {
                    let parts = text
                        .split(',')
                        .map(str::trim)
                        .filter(|part| !part.is_empty());
                    found.extend(parts.map(|part| Some(Str::from(part))));
                }
                None => found.push(None),
            }
        }
        Fact::List(found)
    })
}

/// Whether the cache tells routes apart.
pub(super) fn keyed_by_route(sources: &Resolved<Fact>) -> Resolved<Fact> {
    let names_route = |source: &Str| {
        let source = source.trim_start_matches('$').to_ascii_lowercase();
        let keys = [
            "context.routekey",
            "context.path",
            "context.resourcepath",
            "context.resourceid",
        ];
        keys.iter().any(|key| source == *key)
    };
    sources.clone().map_case(|case| Case {
        value: match &case.value {
            Some(Fact::List(all)) if all.iter().flatten().any(names_route) => {
                Some(Fact::Flag(true))
            }
            Some(Fact::List(all)) if all.iter().any(Option::is_none) => None,
            Some(_) => Some(Fact::Flag(false)),
            None => None,
        },
        world: case.world,
        trail: case.trail,
    })
}

/// Whether the issuer's address begins with `https://`: what is known of its beginning decides.
fn issuer_secure(issuer: &Property<Text>) -> Resolved<Fact> {
    issuer.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(None) => absent(case.trail.clone()),
        Some(Some(text)) => {
            let trail = case.trail.clone();
            match text.parts().first() {
                Some(Part::Literal(first)) => flag(first.starts_with("https://"), trail),
                // What Cognito and other resources say of themselves is an `https` address.
                Some(Part::Attribute(_, name)) if name == "ProviderURL" => flag(true, trail),
                Some(Part::Ref(_) | Part::Attribute(..) | Part::Import(_) | Part::Unknown(_)) => {
                    Resolved::unknown(trail)
                }
                None => flag(false, trail),
            }
        }
    })
}

/// Audiences, references in the notation of `Fn::Sub`.
fn audiences(written: &Property<Vec<Option<Text>>>) -> Resolved<Fact> {
    written.map(|texts| {
        let all = texts.iter().flatten();
        Fact::List(
            all.map(|text| text.as_ref().map(|text| text.to_string().into()))
                .collect(),
        )
    })
}

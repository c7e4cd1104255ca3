//! Facts of authorizers: resources, and the security schemes of OpenAPI bodies.

mod details;
mod invoke;
mod uses;

use self::details::Details;
use self::invoke::Permitted;
use self::uses::Uses;
use crate::endpoint::{self, Endpoint};
use crate::facts::{Fact, Kind, Subject, absent, flag, name_of, row, text};
use crate::resolve::{Resolved, Text};
use crate::source::{Span, Str};
use crate::stack::{Api, Protocol, Resource, Scheme, Stack};
use crate::trail::Step;

/// Every authorizer as a subject.
pub(super) fn subjects(stack: &Stack, endpoints: &[Endpoint]) -> Vec<Subject> {
    let around = Around {
        uses: Uses::of(stack, endpoints),
        permitted: Permitted::of(stack),
    };
    let resources = [
        "AWS::ApiGateway::Authorizer",
        "AWS::ApiGatewayV2::Authorizer",
    ];
    let typed = resources
        .iter()
        .flat_map(|kind| stack.of_type(kind))
        .map(|resource| declared(stack, resource, &around));
    let schemes = stack.apis.iter().flat_map(|api| {
        // A signature is checked by IAM, a key by the usage plan: there is no authorizer.
        let told = |scheme: &Scheme| scheme.has_authorizer || !endpoint::is_enforced(scheme);
        let shown = api.schemes.iter().filter(move |(_, scheme)| told(scheme));
        shown.map(|(name, scheme)| in_body(stack, api, (name, scheme), &around))
    });
    typed.chain(schemes).collect()
}

/// What is looked up for every authorizer.
struct Around<'a> {
    uses: Uses,
    permitted: Permitted<'a>,
}

/// An authorizer, and all that its API knows of it.
struct Declared<'a> {
    stack: &'a Stack,
    around: &'a Around<'a>,
    name: Str,
    /// The API, by name, when it is of this stack or not.
    api: Option<Str>,
    /// The API, when it is of this stack.
    own: Option<Str>,
    protocol: Option<Protocol>,
    enforced: bool,
    span: Span,
}

fn declared(stack: &Stack, resource: &Resource, around: &Around<'_>) -> Subject {
    let v2 = resource.kind == "AWS::ApiGatewayV2::Authorizer";
    let (kind, api) = if v2 {
        ("AuthorizerType", "ApiId")
    } else {
        ("Type", "RestApiId")
    };
    let api = stack.plain(resource, api);
    // Only of an API in this stack do we see every endpoint.
    let own = api
        .as_ref()
        .and_then(Text::refers_to)
        .filter(|id| stack.resource(id).is_some())
        .cloned();
    let about = Declared {
        stack,
        around,
        name: resource.id.clone(),
        api: api.as_ref().map(name_of),
        protocol: around
            .uses
            .protocol(own.as_ref())
            .or((!v2).then_some(Protocol::Rest)),
        own,
        enforced: true,
        span: resource.span,
    };
    let details = if v2 {
        Details::of_v2(stack, &resource.properties)
    } else {
        Details::of_rest(stack, &resource.properties)
    };
    let attached = if around.uses.is_asked(&resource.id) {
        flag(true, Step::written(resource.span))
    } else {
        around
            .uses
            .attached(about.own.as_ref(), &resource.id, resource.span)
    };
    let kind = stack.text(resource, kind);
    let facts = facts(&about, &kind, attached, &details);
    Subject {
        kind: Kind::Authorizer,
        label: format!("authorizer {}", resource.id),
        identity: resource.id.to_string(),
        span: resource.span,
        world: resource.world.clone(),
        facts,
    }
}

fn in_body(
    stack: &Stack,
    api: &Api,
    (name, scheme): (&Str, &Scheme),
    around: &Around<'_>,
) -> Subject {
    let api_name = name_of(&api.id);
    let enforced = endpoint::is_enforced(scheme);
    let about = Declared {
        stack,
        around,
        name: name.clone(),
        own: Some(api_name.clone()),
        api: Some(api_name.clone()),
        protocol: Some(api.protocol),
        enforced,
        span: scheme.span,
    };
    let attached = if enforced || !around.uses.is_named(&api_name, name) {
        around.uses.attached(Some(&api_name), name, scheme.span)
    } else {
        flag(true, Step::written(scheme.span))
    };
    let kind = Resolved::known(scheme.authorizer_type.clone(), Step::written(scheme.span));
    let details = Details::of_scheme(stack, api, name, scheme);
    Subject {
        kind: Kind::Authorizer,
        label: format!("authorizer {name}"),
        identity: format!("{api_name} {name}"),
        span: scheme.span,
        world: api.world.clone(),
        facts: facts(&about, &kind, attached, &details),
    }
}

fn facts(
    about: &Declared<'_>,
    kind: &crate::resolve::Property<Text>,
    attached: Resolved<Fact>,
    details: &Details,
) -> Vec<Resolved<Fact>> {
    let here = || Step::written(about.span);
    let tally = about.around.uses.tally(about.own.as_ref(), &about.name);
    let number = |count: u32| Resolved::known(Fact::Number(f64::from(count)), here());
    let function = invoke::function(about.stack, &details.uri);
    row(
        Kind::Authorizer,
        [
            ("name", text(about.name.clone(), here())),
            (
                "type",
                kind.map(|kind| kind.as_ref().map_or(Fact::Absent, word)),
            ),
            ("attached", attached),
            ("api", named(about.api.as_ref(), about.span)),
            (
                "protocol",
                match about.protocol {
                    Some(protocol) => text(protocol.word(), here()),
                    None => absent(here()),
                },
            ),
            ("form", kind.map(|kind| form(kind.as_ref()))),
            ("enforced", flag(about.enforced, here())),
            ("open_endpoints", number(tally.open)),
            (
                "api_open",
                about.around.uses.api_open(about.own.as_ref(), about.span),
            ),
            ("endpoints", number(tally.asking)),
            ("ttl_seconds", details.ttl.clone()),
            ("identity_sources", details.sources.clone()),
            ("keyed_by_route", details::keyed_by_route(&details.sources)),
            ("simple_responses", details.simple.clone()),
            (
                "scoped",
                flag(tally.asking > 0 && tally.scoped == tally.asking, here()),
            ),
            ("issuer_secure", details.issuer_secure.clone()),
            ("audience", details.audience.clone()),
            ("function", named(function.as_ref(), about.span)),
            (
                "invokable",
                about.around.permitted.invokable(
                    function.as_ref(),
                    &details.credentials,
                    about.span,
                ),
            ),
        ],
    )
}

fn named(name: Option<&Str>, span: Span) -> Resolved<Fact> {
    match name {
        Some(name) => text(name.clone(), Step::written(span)),
        None => absent(Step::written(span)),
    }
}

/// What a Lambda authorizer is given.
fn form(kind: Option<&Text>) -> Fact {
    let known = kind.and_then(Text::known);
    match known.map(|kind| kind.to_ascii_uppercase()).as_deref() {
        Some("TOKEN") => Fact::Text(Str::from("token")),
        Some("REQUEST") => Fact::Text(Str::from("request")),
        Some(_) | None => Fact::Absent,
    }
}

/// What an authorizer of this type checks.
fn word(kind: &Text) -> Fact {
    match kind
        .known()
        .map(|kind| kind.to_ascii_uppercase())
        .as_deref()
    {
        Some("COGNITO_USER_POOLS") => Fact::Text(Str::from("cognito")),
        Some("JWT") => Fact::Text(Str::from("jwt")),
        Some("TOKEN" | "REQUEST" | "CUSTOM") => Fact::Text(Str::from("lambda")),
        Some(_) | None => Fact::Absent,
    }
}

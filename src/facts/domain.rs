//! Facts of custom domains of API Gateway.

use std::collections::HashMap;

use crate::document::Node;
use crate::endpoint::front::{self, DOMAINS, Mappings};
use crate::facts::{Fact, Kind, Subject, absent, default, name_of, row};
use crate::resolve::{Case, Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::stack::{Api, Protocol, Resource, Stack};
use crate::trail::Step;

const V2_PAGE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigatewayv2-domainname-domainnameconfiguration.html";
const TLS_PAGE: &str = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html";

/// Every custom domain as a subject.
pub(super) fn subjects(stack: &Stack) -> Vec<Subject> {
    let mappings = Mappings::of(stack);
    let apis: HashMap<Str, &Api> = stack
        .apis
        .iter()
        .map(|api| (name_of(&api.id), api))
        .collect();
    let led_to = |domain: &Resource| -> Vec<&Api> {
        let names = mappings.apis_of(&domain.id).iter();
        names.filter_map(|name| apis.get(name).copied()).collect()
    };
    let all = DOMAINS.iter().flat_map(|kind| stack.of_type(kind));
    all.map(|domain| subject(stack, domain, &led_to(domain)))
        .collect()
}

fn subject(stack: &Stack, domain: &Resource, apis: &[&Api]) -> Subject {
    let name = stack.text(domain, "DomainName");
    let shown = default::name(&name).unwrap_or_else(|| domain.id.clone());
    let facts = [
        ("name", default::text_or_absent(&name)),
        ("tls_policy", tls_policy(stack, domain, apis)),
        (
            "mutual_tls",
            front::mutual_tls(stack, domain).map(|asks| Fact::Flag(*asks)),
        ),
        ("default_endpoint_open", left_open(stack, domain, apis)),
    ];
    Subject {
        kind: Kind::Domain,
        label: format!("domain {shown}"),
        identity: domain.id.to_string(),
        span: domain.span,
        world: domain.world.clone(),
        facts: row(Kind::Domain, facts),
    }
}

/// The security policy: written on the domain, or on its first configuration.
fn tls_policy(stack: &Stack, domain: &Resource, apis: &[&Api]) -> Resolved<Fact> {
    let v2 = domain.kind == "AWS::ApiGatewayV2::DomainName";
    let written: Property<Text> = if v2 {
        let configurations =
            stack
                .scope
                .read(&domain.properties, "DomainNameConfigurations", Scope::items);
        configurations.and_then(|items| {
            let first = items.as_ref().and_then(|items| items.first().cloned());
            let node = first.unwrap_or_else(|| Node::null(domain.span));
            stack.scope.read(&node, "SecurityPolicy", Scope::text)
        })
    } else {
        stack.text(domain, "SecurityPolicy")
    };
    let rest = !v2 || apis.iter().any(|api| api.protocol == Protocol::Rest);
    written.map_case(|case| match &case.value {
        Some(Some(text)) => Case {
            value: text.known().map(Fact::Text),
            world: case.world,
            trail: case.trail,
        },
        Some(None) if rest => {
            let why = "what security policy a domain of REST APIs has without `SecurityPolicy` is not documented";
            Case {
                value: None,
                world: case.world,
                trail: case.trail.and(Step::deferred(why, domain.span)),
            }
        }
        Some(None) => {
            let what = "domains of HTTP and WebSocket APIs take TLS 1.2 at least";
            let page = if v2 { V2_PAGE } else { TLS_PAGE };
            Case {
                value: Some(Fact::Text(Str::from("TLS_1_2"))),
                world: case.world,
                trail: case.trail.and(Step::default(what, page)),
            }
        }
        None => Case {
            value: None,
            world: case.world,
            trail: case.trail,
        },
    })
}

/// Whether some API that it leads to also answers under its default name; absent when none of them is in this stack.
fn left_open(stack: &Stack, domain: &Resource, apis: &[&Api]) -> Resolved<Fact> {
    let open = apis.iter().map(|api| front::default_endpoint(stack, api));
    let all = open.reduce(|one, other| {
        one.expand(|case| match case.value {
            Some(true) => Resolved::case(case.clone()),
            Some(false) => other.clone(),
            None => other.clone().map_case(|other| Case {
                value: other.value.filter(|open| *open),
                ..other
            }),
        })
    });
    match all {
        Some(open) => open.map(|open| Fact::Flag(*open)),
        None => absent(Step::written(domain.span)),
    }
}

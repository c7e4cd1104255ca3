//! Host names of an API: its default endpoint, and the custom domains that lead to it, with or without client certificates.

use std::collections::HashMap;

use crate::document::Node;
use crate::facts::name_of;
use crate::resolve::{Case, Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::stack::{Api, Protocol, Resource, Stack};
use crate::trail::{How, Step};

const MUTUAL_PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html";
const DISABLE_PAGE: &str = "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html";

/// The types of custom domains of API Gateway.
pub(crate) const DOMAINS: [&str; 3] = [
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGateway::DomainNameV2",
];

/// Which domains lead to which APIs, as far as this stack says so.
pub(crate) struct Mappings {
    by_api: HashMap<Str, Vec<Str>>,
    by_domain: HashMap<Str, Vec<Str>>,
}

impl Mappings {
    /// The mappings of a stack.
    pub fn of(stack: &Stack) -> Self {
        let mut mappings = Self {
            by_api: HashMap::new(),
            by_domain: HashMap::new(),
        };
        let kinds = [
            (
                "AWS::ApiGateway::BasePathMapping",
                "DomainName",
                "RestApiId",
            ),
            (
                "AWS::ApiGateway::BasePathMappingV2",
                "DomainNameArn",
                "RestApiId",
            ),
            ("AWS::ApiGatewayV2::ApiMapping", "DomainName", "ApiId"),
        ];
        let domains = Self::named(stack);
        for (kind, domain, api) in kinds {
            for mapping in stack.of_type(kind) {
                let (Some(domain), Some(api)) =
                    (stack.plain(mapping, domain), stack.plain(mapping, api))
                else {
                    continue;
                };
                let Some(domain) = domains.get(&name_of(&domain)) else {
                    continue;
                };
                mappings.add(domain, &name_of(&api));
            }
        }
        mappings
    }

    /// The domains of a stack by what mappings can call them: logical id and literal name.
    fn named(stack: &Stack) -> HashMap<Str, Str> {
        let all = DOMAINS.iter().flat_map(|kind| stack.of_type(kind));
        let names = |domain: &Resource| {
            let written = stack.plain(domain, "DomainName").map(|name| name_of(&name));
            [Some(domain.id.clone()), written]
                .into_iter()
                .flatten()
                .map(|name| (name, domain.id.clone()))
                .collect::<Vec<_>>()
        };
        all.flat_map(names).collect()
    }

    fn add(&mut self, domain: &Str, api: &Str) {
        let push = |map: &mut HashMap<Str, Vec<Str>>, key: &Str, value: &Str| {
            map.entry(key.clone()).or_default().push(value.clone());
        };
        push(&mut self.by_api, api, domain);
        push(&mut self.by_domain, domain, api);
    }

    /// Logical ids of the domains that lead to this API.
    pub fn domains_of(&self, api: &str) -> &[Str] {
        self.by_api.get(api).map_or(&[], Vec::as_slice)
    }

    /// Names of the APIs that this domain leads to.
    pub fn apis_of(&self, domain: &str) -> &[Str] {
        self.by_domain.get(domain).map_or(&[], Vec::as_slice)
    }
}

/// Whether a domain asks its clients for certificates.
pub(crate) fn mutual_tls(stack: &Stack, domain: &Resource) -> Resolved<bool> {
    let section = stack.property(domain, "MutualTlsAuthentication");
    section.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(Some(node)) => {
            // An empty `TruststoreUri` switches it off.
            let store = stack.scope.read(node, "TruststoreUri", Scope::text);
            store.map(|store| store.as_ref().is_some_and(|text| !text.parts().is_empty()))
        }
        Some(None) => {
            let what = "a domain without `MutualTlsAuthentication` asks for no client certificate";
            let step = Step::default(what, MUTUAL_PAGE);
            Resolved::known(false, case.trail.clone().and(step))
        }
    })
}

/// Whether an API answers under the host name that AWS makes for it.
pub(crate) fn default_endpoint(stack: &Stack, api: &Api) -> Resolved<bool> {
    let own = stack
        .scope
        .read(&api.properties, "DisableExecuteApiEndpoint", Scope::flag);
    own.expand(|case| match case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(Some(disabled)) => Resolved::known(!disabled, case.trail.clone()),
        Some(None) => match in_body(api) {
            Some(node) => enabled(stack.scope.flag(&node)),
            None => enabled(Resolved::known(None, case.trail.clone())),
        },
    })
}

fn enabled(disabled: Property<bool>) -> Resolved<bool> {
    let what = "the default endpoint answers unless it is disabled";
    let step = Step::default(what, DISABLE_PAGE);
    disabled.map_case(|case| match case.value {
        Some(None) => Case {
            value: Some(true),
            world: case.world,
            trail: case.trail.and(step.clone()),
        },
        value => Case {
            value: value.flatten().map(|disabled| !disabled),
            world: case.world,
            trail: case.trail,
        },
    })
}

/// The type of a REST API's endpoint: `EDGE`, `REGIONAL`, `PRIVATE`; absent when nothing says it.
pub(crate) fn endpoint_type(stack: &Stack, api: &Api) -> Property<Text> {
    let scope = &stack.scope;
    let configuration = scope.property(&api.properties, "EndpointConfiguration");
    configuration.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(None) => imported_type(scope, api),
        Some(Some(node)) => {
            let types = scope.read(node, "Types", Scope::texts);
            types.map_case(|case| Case {
                value: case
                    .value
                    .and_then(|types| match types.unwrap_or_default().first() {
                        Some(Some(text)) => Some(Some(text.clone())),
                        Some(None) => None,
                        None => Some(None),
                    }),
                world: case.world,
                trail: case.trail,
            })
        }
    })
}

/// The type that goes with the import of a body, as `Parameters: {endpointConfigurationTypes: PRIVATE}`.
fn imported_type(scope: &Scope, api: &Api) -> Property<Text> {
    let properties = &api.properties;
    if let Some(node) = properties.at(&["Parameters", "endpointConfigurationTypes"]) {
        return scope.text(node);
    }
    let absent = How::Absent(Str::from("EndpointConfiguration"));
    Resolved::known(None, Step::new(absent, api.span))
}

/// `disableExecuteApiEndpoint` of an OpenAPI body: at the top of Swagger 2, below `servers` of OpenAPI 3.
fn in_body(api: &Api) -> Option<Node> {
    const EXTENSION: &str = "x-amazon-apigateway-endpoint-configuration";
    let body = api.body.as_ref()?;
    let servers = body.get("servers").map_or(&[][..], Node::items);
    let places = std::iter::once(body).chain(servers);
    let mut found = places.filter_map(|place| place.at(&[EXTENSION, "disableExecuteApiEndpoint"]));
    found.next().cloned()
}

/// Whether every way to an API that this stack knows asks for a client certificate; `None` when no domain of it does.
///
/// Certificates count only when the default endpoint is disabled: it never asks for one.
pub(super) fn certificates(
    stack: &Stack,
    api: &Api,
    mappings: &Mappings,
) -> Option<Resolved<bool>> {
    if matches!(api.protocol, Protocol::GraphQl | Protocol::FunctionUrl) {
        return None;
    }
    let domains = mappings.domains_of(&name_of(&api.id));
    let asked: Vec<(&Str, Resolved<bool>)> = domains
        .iter()
        .filter_map(|id| Some((id, mutual_tls(stack, stack.resource(id)?))))
        .collect();
    let (domain, _) = asked
        .iter()
        .find(|(_, asks)| asks.cases().any(|case| case.value != Some(false)))?;
    let start = default_endpoint(stack, api).map_case(|case| left_open(case, domain, api));
    let all = asked.iter().fold(start, |so_far, (id, asks)| {
        so_far.expand(|case| match case.value {
            Some(false) => Resolved::case(case.clone()),
            Some(true) => asks.clone().map_case(|asked| without(asked, id)),
            None => Resolved::unknown(case.trail.clone()),
        })
    });
    Some(all)
}

/// Whether the default endpoint, open or not, leaves certificates their worth.
fn left_open(case: Case<bool>, domain: &Str, api: &Api) -> Case<bool> {
    let trail = if case.value == Some(true) {
        let what = format!(
            "`{domain}` asks for client certificates, but the default endpoint is left open beside it"
        );
        let step = Step::new(How::Note(what.into()), api.span);
        case.trail.and(step)
    } else {
        case.trail
    };
    Case {
        value: case.value.map(|open| !open),
        world: case.world,
        trail,
    }
}

fn without(case: Case<bool>, domain: &Str) -> Case<bool> {
    if case.value != Some(false) {
        return case;
    }
    let what = format!("`{domain}` leads here too and asks for no client certificate");
    let at = case.trail.place();
    Case {
        trail: case.trail.and(Step {
            how: How::Note(what.into()),
            at,
        }),
        ..case
    }
}

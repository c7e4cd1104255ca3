//! Facts of authorizers: resources, and the security schemes of OpenAPI bodies that API Gateway enforces.

use std::collections::HashSet;

use crate::endpoint::Endpoint;
use crate::facts::{Fact, Kind, Subject, absent, flag, name_of, row, text};
use crate::resolve::{Resolved, Text};
use crate::source::{Span, Str};
use crate::stack::{Api, Resource, Scheme, Stack};
use crate::trail::{Step, Trail};

/// Every authorizer as a subject.
pub(super) fn subjects(stack: &Stack, endpoints: &[Endpoint]) -> Vec<Subject> {
    let uses = Uses::of(stack, endpoints);
    let resources = [
        "AWS::ApiGateway::Authorizer",
        "AWS::ApiGatewayV2::Authorizer",
    ];
    let typed = resources
        .iter()
        .flat_map(|kind| stack.of_type(kind))
        .map(|resource| declared(stack, resource, &uses));
    let schemes = stack.apis.iter().flat_map(|api| {
        let enforced = api
            .schemes
            .iter()
            .filter(|(_, scheme)| scheme.has_authorizer);
        enforced.map(|(name, scheme)| in_body(api, name, scheme, &uses))
    });
    typed.chain(schemes).collect()
}

/// Which authorizers the endpoints ask.
struct Uses {
    /// API and authorizer, by name.
    asked: HashSet<(Str, Str)>,
    /// Authorizers asked by endpoints of any API, by logical id.
    ids: HashSet<Str>,
    /// APIs with an endpoint whose authorizer cannot be known.
    unclear: HashSet<Str>,
    /// Logical ids that other stacks may use.
    exported: HashSet<Str>,
}

impl Uses {
    fn of(stack: &Stack, endpoints: &[Endpoint]) -> Self {
        let mut uses = Self {
            asked: HashSet::new(),
            ids: HashSet::new(),
            unclear: HashSet::new(),
            exported: stack.exported.clone(),
        };
        for endpoint in endpoints {
            let api = endpoint.api.as_ref().map(name_of).unwrap_or_default();
            for case in endpoint.auth.cases() {
                match &case.value {
                    None => {
                        uses.unclear.insert(api.clone());
                    }
                    Some(auth) => {
                        if let Some(authorizer) = auth.authorizer.as_ref().map(name_of) {
                            uses.ids.insert(authorizer.clone());
                            uses.asked.insert((api.clone(), authorizer));
                        }
                    }
                }
            }
        }
        uses
    }

    /// Whether some endpoint asks this authorizer: unknown where an endpoint we cannot see into might.
    fn attached(&self, api: Option<&Str>, name: &Str, span: Span) -> Resolved<Fact> {
        let asked = match api {
            Some(api) => self.asked.contains(&(api.clone(), name.clone())),
            None => self.ids.contains(name),
        };
        if asked {
            return flag(true, Step::written(span));
        }
        let maybe =
            self.exported.contains(name) || api.is_none_or(|api| self.unclear.contains(api));
        if maybe {
            Resolved::unknown(Trail::from(Step::deferred(
                "endpoints that cannot be seen into",
                span,
            )))
        } else {
            flag(false, Step::written(span))
        }
    }
}

fn declared(stack: &Stack, resource: &Resource, uses: &Uses) -> Subject {
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
    let attached = if uses.ids.contains(&resource.id) {
        flag(true, Step::written(resource.span))
    } else {
        uses.attached(own.as_ref(), &resource.id, resource.span)
    };
    let kind = stack
        .text(resource, kind)
        .map(|text| text.as_ref().map_or(Fact::Absent, word));
    let api = api.as_ref().map(name_of);
    subject(
        &resource.id,
        resource.span,
        [kind, attached, named(api.as_ref(), resource.span)],
        resource.world.clone(),
    )
}

fn in_body(api: &Api, name: &Str, scheme: &Scheme, uses: &Uses) -> Subject {
    let kind = match &scheme.authorizer_type {
        Some(text) => Resolved::known(word(text), Step::written(scheme.span)),
        None => absent(Step::written(scheme.span)),
    };
    let api_name = name_of(&api.id);
    let attached = uses.attached(Some(&api_name), name, scheme.span);
    let mut subject = subject(
        name,
        scheme.span,
        [kind, attached, named(Some(&api_name), scheme.span)],
        api.world.clone(),
    );
    subject.identity = format!("{api_name} {name}");
    subject
}

fn subject(
    name: &Str,
    span: Span,
    facts: [Resolved<Fact>; 3],
    world: crate::resolve::World,
) -> Subject {
    let [kind, attached, api] = facts;
    let name_fact = text(name.clone(), Step::written(span));
    Subject {
        kind: Kind::Authorizer,
        label: format!("authorizer {name}"),
        identity: name.to_string(),
        span,
        world,
        facts: row(
            Kind::Authorizer,
            [
                ("name", name_fact),
                ("type", kind),
                ("attached", attached),
                ("api", api),
            ],
        ),
    }
}

fn named(api: Option<&Str>, span: Span) -> Resolved<Fact> {
    match api {
        Some(api) => text(api.clone(), Step::written(span)),
        None => absent(Step::written(span)),
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

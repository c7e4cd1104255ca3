//! Facts about endpoints: what is deployed, and who may call it.

mod auth;
mod door;
pub(crate) mod front;
pub(crate) mod reach;
mod security;

use std::collections::HashMap;
use std::fmt;

pub use self::door::{Door, Shift};
use self::front::Mappings;
use self::reach::{Gate, Invited};
pub(crate) use self::security::is_enforced;

use crate::resolve::{Part, Property, Resolved, Text, Truth, World};
use crate::source::{Span, Str};
pub use crate::stack::Protocol;
use crate::stack::{Integration, Route, Stack};

/// How a caller must prove who they are. The words are those of the JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authorization {
    /// Nobody is asked anything.
    None,
    /// A SigV4 signature, checked against IAM policies.
    Iam,
    /// A user pool's token.
    Cognito,
    /// A token of any OpenID Connect issuer, checked by an HTTP API.
    Jwt,
    /// A Lambda function decides.
    Lambda,
    /// AppSync: an API key.
    ApiKey,
    /// AppSync: a token of an OpenID Connect issuer.
    Oidc,
}

impl Authorization {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Iam => "iam",
            Self::Cognito => "cognito",
            Self::Jwt => "jwt",
            Self::Lambda => "lambda",
            Self::ApiKey => "api-key",
            Self::Oidc => "oidc",
        }
    }
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Effective authorization, with whom it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// The kind.
    pub kind: Authorization,
    /// The authorizer: logical id, or the id or ARN of an external one. `None` for none and IAM.
    pub authorizer: Option<Text>,
    /// Scopes that a token must carry one of; empty when none is asked for.
    pub scopes: Vec<Text>,
}

impl Auth {
    /// Authorization without an authorizer.
    pub fn plain(kind: Authorization) -> Self {
        Self {
            kind,
            authorizer: None,
            scopes: Vec::new(),
        }
    }
}

/// Who can reach the endpoint at all, whatever it then asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exposure {
    /// Anyone on the internet.
    Internet,
    /// Only callers that a resource policy lets through, or that have a certificate.
    Restricted,
    /// Only through a VPC endpoint.
    Vpc,
    /// Nobody: a private API without a policy, a function URL without a permission.
    Nobody,
}

impl Exposure {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Internet => "internet",
            Self::Restricted => "restricted",
            Self::Vpc => "vpc",
            Self::Nobody => "nobody",
        }
    }
}

/// What a request travels on over, behind the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// Anybody's.
    Internet,
    /// The customer's own, through a VPC link.
    Vpc,
}

impl Network {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Internet => "internet",
            Self::Vpc => "vpc",
        }
    }
}

/// One thing a client can call.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Logical id of the API (or of the function, for a function URL), or the id of an external one; `None` when none is named.
    pub api: Option<Text>,
    /// What it speaks.
    pub protocol: Protocol,
    /// `GET` …, `ANY`, `*` for an HTTP API's default route; absent for WebSocket, function URL and GraphQL.
    pub method: Property<Str>,
    /// `/orders/{id}`, a WebSocket route key, `/` for a function URL, `/graphql`. Segments that cannot be known are `unknown`.
    pub path: Resolved<Str>,
    /// The effective authorization.
    pub auth: Resolved<Auth>,
    /// Whether a usage-plan key is asked for too.
    pub api_key_required: Resolved<bool>,
    /// Logical id of the function behind it.
    pub function: Property<Str>,
    /// The name that the author gave that function, where it differs.
    pub function_name: Option<Str>,
    /// An OPTIONS method with a mock integration.
    pub cors_preflight: Resolved<bool>,
    /// Over what requests travel on in the clear; absent when they do not.
    pub cleartext: Property<Network>,
    /// What a cache tells responses apart by, beside the path; one that cannot be known is `None`.
    pub cache_keys: Property<Vec<Option<Text>>>,
    /// Who can reach it.
    pub exposure: Resolved<Exposure>,
    /// The deployments in which it exists.
    pub world: World,
    /// Where it is declared: the event, method, route or path item.
    pub span: Span,
    /// Where it is declared for other deployments, of which no two are there together.
    pub arms: Vec<Span>,
}

/// Declarations of one endpoint that are compared with each other.
const MOST_ARMS: usize = 16;

/// Every endpoint of a stack, sorted by API, protocol, path and method.
pub fn derive(stack: &Stack) -> Vec<Endpoint> {
    let mappings = Mappings::of(stack);
    let gates = stack
        .apis
        .iter()
        .map(|api| (&api.id, Gate::of(stack, api, &mappings)));
    let ways = Ways {
        gates: gates.collect(),
        invited: Invited::of(stack),
    };
    let mut endpoints: Vec<Endpoint> = stack
        .routes
        .iter()
        .map(|route| endpoint(stack, route, &ways))
        .collect();
    endpoints.sort_by_cached_key(Endpoint::order);
    let alike: Vec<(usize, bool)> = endpoints
        .chunk_by(Endpoint::is_declared_as)
        .map(|alike| (alike.len(), are_arms(alike)))
        .collect();
    let mut declared = endpoints.into_iter();
    let mut merged: Vec<Endpoint> = Vec::with_capacity(alike.len());
    for (count, are_arms) in alike {
        let group = declared.by_ref().take(count);
        if are_arms {
            merged.extend(group.reduce(|whole, arm| whole.beside(&arm)));
        } else {
            merged.extend(group);
        }
    }
    merged
}

/// Whether these are one endpoint, declared once for each of several deployments: no two exist together.
fn are_arms(alike: &[Endpoint]) -> bool {
    let apart = |(nth, one): (usize, &Endpoint)| {
        let mut others = alike.iter().skip(nth + 1);
        others.all(|other| one.world.and(&other.world).is_none())
    };
    (2..=MOST_ARMS).contains(&alike.len()) && alike.iter().enumerate().all(apart)
}

/// What stands between clients and the endpoints of a stack.
struct Ways<'a> {
    gates: HashMap<&'a Text, Gate>,
    invited: Invited<'a>,
}

fn endpoint(stack: &Stack, route: &Route, ways: &Ways<'_>) -> Endpoint {
    let auth = auth::effective(route);
    let api = route.api.agreed().cloned().flatten();
    // A reference and a literal logical id name the same API.
    let named = api.as_ref().map(|api| {
        api.refers_to()
            .map_or_else(|| api.clone(), |id| Text::literal(id.clone()))
    });
    let gate = named.as_ref().and_then(|api| ways.gates.get(api));
    let exposure = reach::exposure(route, gate, &ways.invited, &auth);
    let function = route.integration.function.clone();
    let name = function
        .agreed()
        .and_then(|id| stack.names.get(id.as_ref()?).cloned());
    Endpoint {
        api,
        protocol: route.protocol,
        method: route.method.clone(),
        path: route.path.clone(),
        auth,
        api_key_required: auth::key_required(route),
        function,
        function_name: name,
        cors_preflight: preflight(route),
        cleartext: cleartext(&route.integration),
        cache_keys: route.integration.cache_keys.clone(),
        exposure,
        world: route.world.clone(),
        span: route.span,
        arms: Vec::new(),
    }
}

/// An OPTIONS method that API Gateway answers itself.
fn preflight(route: &Route) -> Resolved<bool> {
    let options = route
        .method
        .agreed()
        .is_some_and(|method| method.as_deref() == Some("OPTIONS"));
    route.integration.kind.map(|kind| {
        let known = kind.as_ref().and_then(Text::known);
        options && known.is_some_and(|kind| kind.eq_ignore_ascii_case("mock"))
    })
}

/// Over what an integration sends requests on without TLS.
fn cleartext(integration: &Integration) -> Property<Network> {
    let http = integration.kind.agreed().is_none_or(|kind| {
        let known = kind.as_ref().and_then(Text::known);
        known.is_some_and(|kind| kind.to_ascii_uppercase().starts_with("HTTP"))
    });
    if !http || integration.tls {
        return Resolved::known(None, integration.kind.trail().clone());
    }
    let link = integration.connection.agreed().is_some_and(|connection| {
        let text = connection.as_ref();
        text.is_some_and(|text| text.is("VPC_LINK") == Truth::Yes)
    });
    let network = if link {
        Network::Vpc
    } else {
        Network::Internet
    };
    integration.uri.expand(|case| {
        let trail = case.trail.clone();
        match &case.value {
            None => Resolved::unknown(trail),
            Some(uri) => match uri.as_ref().map(|uri| uri.parts().first()) {
                Some(Some(Part::Literal(text))) => {
                    Resolved::known(text.starts_with("http://").then_some(network), trail)
                }
                // A listener of the customer's network by its ARN, or nothing.
                None => Resolved::known(None, trail),
                Some(_) if link => Resolved::known(None, trail),
                Some(_) => Resolved::unknown(trail),
            },
        }
    })
}

impl Endpoint {
    /// Whether anyone on the internet gets through, without even a key, in every deployment.
    pub(crate) fn is_open(&self) -> bool {
        let asks_nobody = self
            .auth
            .agreed()
            .is_some_and(|auth| auth.kind == Authorization::None);
        asks_nobody
            && self.exposure.agreed() == Some(&Exposure::Internet)
            && self.api_key_required.agreed() == Some(&false)
    }

    /// Whether the other is declared with the same API, method and path, all of them known.
    fn is_declared_as(&self, other: &Self) -> bool {
        let same = |mine: Option<&Str>, theirs: Option<&Str>| mine.is_some() && mine == theirs;
        let (mine, theirs) = (self.method.agreed(), other.method.agreed());
        mine.is_some()
            && mine == theirs
            && self.protocol == other.protocol
            && same(self.path.agreed(), other.path.agreed())
            && self.order() == other.order()
    }

    /// Takes the other arm in: every fact then has the cases of both.
    fn beside(mut self, other: &Self) -> Self {
        self.arms.push(other.span);
        let (mine, theirs) = (&self.world, &other.world);
        Self {
            auth: self.auth.beside(mine, &other.auth, theirs),
            api_key_required: self
                .api_key_required
                .beside(mine, &other.api_key_required, theirs),
            function: self.function.beside(mine, &other.function, theirs),
            cors_preflight: self
                .cors_preflight
                .beside(mine, &other.cors_preflight, theirs),
            cleartext: self.cleartext.beside(mine, &other.cleartext, theirs),
            cache_keys: self.cache_keys.beside(mine, &other.cache_keys, theirs),
            exposure: self.exposure.beside(mine, &other.exposure, theirs),
            world: World::default(),
            ..self
        }
    }

    /// What it is sorted by.
    fn order(&self) -> (String, Protocol, Str, Str) {
        let api = self.api.as_ref().map(Text::to_string).unwrap_or_default();
        let path = self.path.agreed().cloned().unwrap_or_default();
        let method = self.method.agreed().cloned().flatten().unwrap_or_default();
        (api, self.protocol, path, method)
    }
}

//! Facts of endpoints.

mod beside;
mod fit;
mod path;
mod twin;

use self::beside::Beside;
use self::fit::Fit;
use self::twin::Twins;
use std::collections::{HashMap, HashSet};

use crate::endpoint::{Auth, Authorization, Endpoint};
use crate::facts::stage::{Caches, Called, Limits, Stages, every};
use crate::facts::statement::{Grants, Written};
use crate::facts::{Fact, Kind, Subject, absent, flag, name_of, row, text};
use crate::glob::Glob;
use crate::resolve::{Case, Resolved, Scope, Text};
use crate::source::Str;
use crate::stack::{Protocol, Resource, Stack};
use crate::trail::{How, Step, Trail};

/// Every endpoint as a subject.
pub(super) fn subjects<'a>(
    stack: &'a Stack,
    endpoints: &'a [Endpoint],
    (stages, policies, sensitive): (&'a Stages<'_>, &[Written<'_>], &[Glob]),
) -> impl Iterator<Item = Subject> {
    let apis = Apis::of(stack, endpoints, (policies, sensitive));
    let limits = stages.limits(&stack.scope);
    let caches = stages.caches(&stack.scope);
    let staged = move |endpoint: &Endpoint| Staged {
        throttled: throttled(endpoint, &limits),
        cached: cached(endpoint, &caches),
    };
    endpoints
        .iter()
        .map(move |endpoint| subject(stack, endpoint, (&apis, staged(endpoint))))
}

/// What the stages of its API do to an endpoint.
struct Staged {
    throttled: Resolved<Fact>,
    cached: Resolved<Fact>,
}

fn called(endpoint: &Endpoint) -> Called {
    Called {
        path: endpoint.path.agreed().cloned(),
        method: endpoint.method.agreed().cloned().flatten(),
    }
}

/// Whether some stage caches the responses of this method.
fn cached(endpoint: &Endpoint, caches: &HashMap<&Str, Vec<Caches>>) -> Resolved<Fact> {
    let here = || Step::written(endpoint.span);
    if endpoint.protocol != Protocol::Rest {
        return absent(here());
    }
    let api = endpoint.api.as_ref().map(name_of);
    match api.and_then(|api| caches.get(&api)) {
        Some(caches) => Caches::some(caches.iter(), &called(endpoint), flag(false, here())),
        None => flag(false, here()),
    }
}

/// Whether the stages limit calls of this method or route: all of them must.
fn throttled(endpoint: &Endpoint, limits: &HashMap<&Str, Vec<Limits>>) -> Resolved<Fact> {
    let called = called(endpoint);
    let api = endpoint.api.as_ref().map(name_of);
    let stages = api.and_then(|api| limits.get(&api));
    let on_each = stages.into_iter().flatten().map(|stage| stage.on(&called));
    on_each
        .reduce(every)
        .unwrap_or_else(|| absent(Step::written(endpoint.span)))
}

/// What endpoints need to know of all the others of their API, gathered once.
struct Apis {
    /// REST APIs of which a stage is covered by a plan that a key belongs to.
    keyed: HashSet<Text>,
    /// Whether every plan of a REST API that is in one has a quota.
    quotas: HashMap<Text, Resolved<bool>>,
    /// WebSocket APIs with a `$connect` route.
    connecting: HashSet<Text>,
    /// The first route of each WebSocket API without one.
    first_routes: HashSet<(Text, Str)>,
    /// What else there is at the same path and behind the same function.
    beside: Beside,
    /// The authorizers that endpoints can name.
    fit: Fit,
    /// Paths that the team calls sensitive.
    sensitive: Vec<Glob>,
    /// Routes that are declared more than once.
    twins: Twins,
    /// Which APIs the policies of the template let someone call.
    grants: Grants,
}

impl Apis {
    fn of(
        stack: &Stack,
        endpoints: &[Endpoint],
        (policies, sensitive): (&[Written<'_>], &[Glob]),
    ) -> Self {
        let sockets = || {
            endpoints
                .iter()
                .filter(|e| e.protocol == Protocol::WebSocket)
        };
        let connects = |e: &&Endpoint| e.path.agreed().is_some_and(|path| path == "$connect");
        let connecting: HashSet<Text> = sockets()
            .filter(connects)
            .filter_map(|e| e.api.clone())
            .collect();
        let mut seen = HashSet::new();
        let mut first_routes = HashSet::new();
        for endpoint in sockets() {
            let (Some(api), Some(path)) = (&endpoint.api, endpoint.path.agreed()) else {
                continue;
            };
            if !connecting.contains(api) && seen.insert(api.clone()) {
                first_routes.insert((api.clone(), path.clone()));
            }
        }
        Self {
            keyed: keyed(stack),
            quotas: quotas(stack),
            connecting,
            first_routes,
            beside: Beside::of(endpoints),
            fit: Fit::of(stack),
            sensitive: sensitive.to_vec(),
            twins: Twins::of(endpoints),
            grants: Grants::of(stack, policies),
        }
    }

    fn is_sensitive(&self, path: &str) -> bool {
        path::is_sensitive(path) || self.sensitive.iter().any(|glob| glob.fits(path))
    }

    fn opens_connection(&self, endpoint: &Endpoint) -> bool {
        let (Some(api), Some(path)) = (&endpoint.api, endpoint.path.agreed()) else {
            return false;
        };
        endpoint.protocol == Protocol::WebSocket
            && if self.connecting.contains(api) {
                path == "$connect"
            } else {
                self.first_routes.contains(&(api.clone(), path.clone()))
            }
    }
}

/// The APIs in plans to which some key is linked.
fn keyed(stack: &Stack) -> HashSet<Text> {
    let plan_of = |key: &Resource| stack.plain(key, "UsagePlanId");
    let linked: HashSet<Text> = stack
        .of_type("AWS::ApiGateway::UsagePlanKey")
        .filter_map(plan_of)
        .collect();
    let plans = stack.of_type("AWS::ApiGateway::UsagePlan");
    let linked: HashSet<&Str> = linked.iter().filter_map(Text::refers_to).collect();
    let live = plans.filter(|plan| linked.contains(&plan.id));
    live.flat_map(|plan| covered(stack, plan)).collect()
}

/// The APIs of which a plan covers some stage.
fn covered(stack: &Stack, plan: &Resource) -> Vec<Text> {
    let scope = &stack.scope;
    let stages = scope.read(&plan.properties, "ApiStages", Scope::items);
    let stages = stages
        .cases()
        .flat_map(|case| case.value.iter().flatten().flatten());
    let apis = stages.filter_map(|stage| {
        let api = scope.read(stage, "ApiId", Scope::text);
        api.agreed().cloned().flatten().map(|api| named(&api))
    });
    apis.collect()
}

fn quotas(stack: &Stack) -> HashMap<Text, Resolved<bool>> {
    let mut found: HashMap<Text, Resolved<bool>> = HashMap::new();
    for plan in stack.of_type("AWS::ApiGateway::UsagePlan") {
        let limited = stack.property(plan, "Quota");
        let limited = limited.map(|quota| {
            quota
                .as_ref()
                .is_some_and(|node| !node.entries().is_empty())
        });
        for api in covered(stack, plan) {
            let so_far = found.remove(&api);
            let both = match so_far {
                Some(so_far) => so_far.zip(&limited).map(|(one, other)| *one && *other),
                None => limited.clone(),
            };
            found.insert(api, both);
        }
    }
    found
}

/// An API's name as endpoints have it: the logical id of a reference.
fn named(api: &Text) -> Text {
    Text::literal(name_of(api))
}

fn subject(stack: &Stack, endpoint: &Endpoint, (apis, staged): (&Apis, Staged)) -> Subject {
    let label = endpoint.label();
    let api = endpoint.api.as_ref().map(name_of);
    Subject {
        kind: Kind::Endpoint,
        identity: format!(
            "{} {} {label}",
            endpoint.protocol,
            api.clone().unwrap_or_default()
        ),
        label,
        span: endpoint.span,
        world: endpoint.world.clone(),
        facts: facts(stack, endpoint, (api, apis, staged)),
    }
}

#[expect(clippy::too_many_lines, reason = "one line a row of the table")]
fn facts(
    stack: &Stack,
    endpoint: &Endpoint,
    (api, apis, staged): (Option<Str>, &Apis, Staged),
) -> Vec<Resolved<Fact>> {
    let here = || Step::written(endpoint.span);
    let rest = endpoint.protocol == Protocol::Rest;
    let has_plan = endpoint
        .api
        .as_ref()
        .is_some_and(|api| apis.keyed.contains(&named(api)));
    row(
        Kind::Endpoint,
        [
            (
                "method",
                endpoint
                    .method
                    .map(|method| method.clone().map_or(Fact::Absent, Fact::Text)),
            ),
            ("path", endpoint.path.map(|path| Fact::Text(path.clone()))),
            (
                "authorization",
                endpoint
                    .auth
                    .map(|auth| Fact::Text(Str::from(auth.kind.word()))),
            ),
            (
                "api_key_required",
                endpoint
                    .api_key_required
                    .map(|required| Fact::Flag(*required)),
            ),
            ("authorization_known", endpoint.auth.clone().map_case(known)),
            ("protocol", text(endpoint.protocol.word(), here())),
            (
                "exposure",
                endpoint
                    .exposure
                    .map(|exposure| Fact::Text(Str::from(exposure.word()))),
            ),
            ("authorizer", endpoint.auth.map(authorizer)),
            ("scopes", endpoint.auth.map(scopes)),
            (
                "cors_preflight",
                endpoint
                    .cors_preflight
                    .map(|preflight| Fact::Flag(*preflight)),
            ),
            (
                "writes",
                endpoint.method.map(|method| writes(method.as_ref())),
            ),
            ("catch_all", catch_all(endpoint)),
            (
                "opens_connection",
                flag(apis.opens_connection(endpoint), here()),
            ),
            (
                "key_has_plan",
                if rest {
                    flag(has_plan, here())
                } else {
                    absent(here())
                },
            ),
            (
                "api",
                api.map_or_else(|| absent(here()), |api| text(api, here())),
            ),
            (
                "function",
                endpoint
                    .function
                    .map(|function| function.clone().map_or(Fact::Absent, Fact::Text)),
            ),
            (
                "sensitive_path",
                endpoint
                    .path
                    .map(|path| Fact::Flag(apis.is_sensitive(path))),
            ),
            (
                "path_authorization",
                apis.beside.path_authorization(endpoint),
            ),
            ("opts_out", opts_out(endpoint)),
            ("bypasses", apis.beside.bypasses(endpoint)),
            ("authorization_varies", varies(endpoint)),
            ("authorizer_fit", apis.fit.judge(stack, endpoint)),
            ("throttled", staged.throttled),
            ("quota", quota(endpoint, apis)),
            (
                "cleartext_backend",
                endpoint.cleartext.map(|network| match network {
                    Some(network) => Fact::Text(Str::from(network.word())),
                    None => Fact::Absent,
                }),
            ),
            ("cached", staged.cached),
            (
                "cache_keys",
                endpoint.cache_keys.map(|keys| cache_keys(keys.as_deref())),
            ),
            ("granted", granted(endpoint, apis)),
            ("twin_authorization", apis.twins.authorization(endpoint)),
        ],
    )
}

fn cache_keys(keys: Option<&[Option<Text>]>) -> Fact {
    let keys = keys.unwrap_or_default().iter();
    Fact::List(keys.map(|key| key.as_ref()?.known()).collect())
}

/// Whether a policy lets someone call the API of an endpoint that asks for a signature.
fn granted(endpoint: &Endpoint, apis: &Apis) -> Resolved<Fact> {
    endpoint.auth.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(auth) if auth.kind != Authorization::Iam => absent(case.trail.clone()),
        Some(_) => apis.grants.of_endpoint(endpoint),
    })
}

/// Whether callers have only so many calls: a key is asked for, and each plan that could be the key's has a quota.
fn quota(endpoint: &Endpoint, apis: &Apis) -> Resolved<Fact> {
    if endpoint.protocol != Protocol::Rest {
        return absent(Step::written(endpoint.span));
    }
    let plans = endpoint
        .api
        .as_ref()
        .and_then(|api| apis.quotas.get(&named(api)));
    endpoint
        .api_key_required
        .expand(|case| match (case.value, plans) {
            (Some(true), Some(limited)) => limited.clone().map_case(|case| Case {
                value: case.value.map(Fact::Flag),
                world: case.world,
                trail: case.trail,
            }),
            (Some(_), _) => flag(false, case.trail.clone()),
            (None, _) => Resolved::unknown(case.trail.clone()),
        })
}

fn known(case: Case<Auth>) -> Case<Fact> {
    Case {
        value: Some(Fact::Flag(case.value.is_some())),
        world: case.world,
        trail: case.trail,
    }
}

fn authorizer(auth: &Auth) -> Fact {
    match (auth.kind, &auth.authorizer) {
        (Authorization::None | Authorization::Iam, _) | (_, None) => Fact::Absent,
        (_, Some(authorizer)) => Fact::Text(name_of(authorizer)),
    }
}

fn scopes(auth: &Auth) -> Fact {
    Fact::List(auth.scopes.iter().map(Text::known).collect())
}

/// Whether the endpoint refuses its API's default authorizer: what is written was set over that.
fn opts_out(endpoint: &Endpoint) -> Resolved<Fact> {
    endpoint.auth.clone().map_case(|case| {
        let over = |step: Step| matches!(&step.how, How::Overrides(what) if what.contains("DefaultAuthorizer"));
        let open = case.value.as_ref().map(|auth| auth.kind == Authorization::None);
        Case {
            value: open.map(|open| Fact::Flag(open && case.trail.steps().any(over))),
            world: case.world,
            trail: case.trail,
        }
    })
}

/// Whether anybody is asked in some deployments and nobody in others.
fn varies(endpoint: &Endpoint) -> Resolved<Fact> {
    let known = || endpoint.auth.cases().filter_map(|case| case.value.as_ref());
    let open = known().any(|auth| auth.kind == Authorization::None);
    let closed = known().any(|auth| auth.kind != Authorization::None);
    flag(open && closed, endpoint.auth.trail().clone())
}

/// Whether a method changes state; absent where there is no method.
pub(super) fn writes(method: Option<&Str>) -> Fact {
    match method.map(Str::as_str) {
        Some(method) => Fact::Flag(matches!(
            method,
            "POST" | "PUT" | "PATCH" | "DELETE" | "ANY" | "*"
        )),
        None => Fact::Absent,
    }
}

/// Whether it answers what nobody listed.
fn catch_all(endpoint: &Endpoint) -> Resolved<Fact> {
    if !matches!(endpoint.protocol, Protocol::Rest | Protocol::Http) {
        return flag(false, Step::written(endpoint.span));
    }
    let is = |words: &[&str]| {
        let method = endpoint.method.agreed().cloned().flatten();
        method.is_some_and(|method| words.contains(&method.as_str()))
    };
    // Frameworks that answer preflights themselves have this beside their protected methods.
    if is(&["OPTIONS"]) {
        return flag(false, Step::written(endpoint.span));
    }
    let any = is(&["ANY", "*"]);
    endpoint
        .path
        .map(|path| Fact::Flag(any || path.ends_with("+}") || path == "$default"))
}

impl Endpoint {
    /// How messages name it: `POST /orders`, `$connect`, `function URL of Fn`, `GraphQL API Api`.
    pub fn label(&self) -> String {
        let unknown = || Str::from("unknown");
        let path = self.path.agreed().cloned().unwrap_or_else(unknown);
        let api = self.api.as_ref().map(name_of).unwrap_or_default();
        match self.protocol {
            Protocol::Rest | Protocol::Http => match self.method.agreed() {
                Some(Some(method)) => format!("{method} {path}"),
                Some(None) => path.to_string(),
                None => format!("unknown {path}"),
            },
            Protocol::WebSocket => format!("{path} of {api}"),
            Protocol::FunctionUrl => {
                let name = self.function_name.clone().unwrap_or(api);
                format!("function URL of {name}")
            }
            Protocol::GraphQl => format!("GraphQL API {api}"),
        }
    }

    /// The trail behind the effective authorization in its first case.
    pub fn auth_trail(&self) -> &Trail {
        self.auth.trail()
    }
}

//! Facts of stages, and what a stage does to the endpoints of its API.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::document::Node;
use crate::facts::default::{self, Default, flag_or, number_or_absent, text_below, written_or};
use crate::facts::firewall::Firewalls;
use crate::facts::{Fact, Kind, Subject, absent, name_of, row, text};
use crate::resolve::{Case, Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::stack::{Protocol, Resource, Stack};
use crate::trail::{How, Step, Trail};

const THROTTLE_PAGE: &str = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html";
const HTTP_THROTTLE_PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html";
const LOG_PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html";
const CACHE_PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html";
const STAGE_PAGE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-stage.html";

/// A stage as a resource, or as a deployment describes it.
pub(super) struct Stage<'a> {
    resource: &'a Resource,
    api: Option<Str>,
    protocol: Protocol,
    name: Property<Text>,
    /// What describes it: the properties of a stage, the `StageDescription` of a deployment.
    described: Node,
    settings: Resolved<Vec<Setting>>,
}

/// Settings of some methods or routes.
#[derive(Clone)]
struct Setting {
    covers: Covers,
    node: Node,
}

/// What settings are for.
#[derive(Clone, PartialEq)]
enum Covers {
    /// Every method or route that no other setting is for.
    All,
    /// One method of one path, either of which may be `*`.
    Method { path: Str, method: Str },
    /// One route.
    Route(Str),
    /// It cannot be seen what.
    Unknown,
}

/// The stages of a stack.
pub(super) struct Stages<'a> {
    all: Vec<Stage<'a>>,
    by_api: HashMap<Str, Vec<usize>>,
}

impl<'a> Stages<'a> {
    /// Reads the stages of a stack.
    pub fn of(stack: &'a Stack) -> Self {
        let rest = stack
            .of_type("AWS::ApiGateway::Stage")
            .map(|stage| rest(stack, stage));
        let v2 = stack
            .of_type("AWS::ApiGatewayV2::Stage")
            .map(|stage| v2(stack, stage));
        let mut all: Vec<Stage<'a>> = rest.chain(v2).collect();
        all.extend(deployed(stack));
        let mut by_api: HashMap<Str, Vec<usize>> = HashMap::new();
        for (at, stage) in all.iter().enumerate() {
            if let Some(api) = &stage.api {
                by_api.entry(api.clone()).or_default().push(at);
            }
        }
        Self { all, by_api }
    }

    /// What limits the calls of each API, as far as its stages say it.
    pub fn limits(&self, scope: &Scope) -> HashMap<&Str, Vec<Limits>> {
        let of = |at: &Vec<usize>| {
            let stages = at.iter().filter_map(|at| self.all.get(*at));
            let limits = stages
                .take(MOST_STAGES)
                .map(|stage| Limits::of(scope, stage));
            limits.collect()
        };
        self.by_api.iter().map(|(api, at)| (api, of(at))).collect()
    }
}

/// Stages of one API that are looked at; AWS allows ten.
const MOST_STAGES: usize = 32;

/// What limits the calls of one stage: worked out once, asked for each endpoint.
pub(super) struct Limits(Resolved<Arc<Limit>>);

/// What limits the calls of one stage in one case.
struct Limit {
    /// What no setting of their own is for.
    all: Resolved<Fact>,
    /// Whether a setting limits a method or route: `POST /orders`, `* /orders`, `POST /*`, a route key.
    own: HashMap<Str, Resolved<bool>>,
    /// Whether some setting limits calls, without saying clearly which.
    unclear: Resolved<bool>,
}

impl Limits {
    fn of(scope: &Scope, stage: &Stage<'_>) -> Self {
        let trail = Trail::from(Step::written(stage.resource.span));
        let limit = |settings: &Vec<Setting>| {
            let mut own = HashMap::new();
            let mut unclear = Resolved::known(false, trail.clone());
            for setting in settings {
                let limited = limited(scope, &setting.node);
                match setting.covers.key() {
                    Some(key) => {
                        own.insert(key, limited);
                    }
                    None if setting.covers == Covers::All => {}
                    None => unclear = unclear.zip(&limited).map(|(one, other)| *one || *other),
                }
            }
            let all = default_limit(scope, stage, settings, &trail);
            Arc::new(Limit { all, own, unclear })
        };
        Self(stage.settings.map(limit))
    }

    /// Whether the stage limits the calls of this method or route.
    pub fn on(&self, called: &Called) -> Resolved<Fact> {
        self.0.clone().expand(|case| match &case.value {
            Some(limit) => limit.on(called),
            None => Resolved::unknown(case.trail.clone()),
        })
    }
}

impl Limit {
    fn on(&self, called: &Called) -> Resolved<Fact> {
        let start = self.all.clone();
        let start = start.expand(|case| on(case, maybe(self.unclear.clone())));
        let Some(keys) = called.keys() else {
            let mut own = self.own.values();
            let some = own.any(|limited| limited.cases().any(|case| case.value != Some(false)));
            let some = Resolved::known(some, self.all.trail().clone());
            return start.expand(|case| on(case, maybe(some.clone())));
        };
        let own = keys.iter().filter_map(|key| self.own.get(key));
        own.fold(start, |so_far, own| {
            so_far.expand(|case| on(case, own.clone()))
        })
    }
}

/// A method or route, as settings name it.
pub(super) struct Called {
    /// Path, or a WebSocket route's key.
    pub path: Option<Str>,
    /// Method; none for a WebSocket route.
    pub method: Option<Str>,
}

impl Covers {
    /// The path of a setting, in which slashes are written `~1`.
    fn method(path: &Str, method: &Str) -> Self {
        if path == "/*" && method == "*" {
            return Self::All;
        }
        let path = match path.strip_prefix("/~1") {
            Some(rest) => Str::from(format!("/{}", rest.replace("~1", "/"))),
            None => path.clone(),
        };
        Self::Method {
            path,
            method: method.to_ascii_uppercase().into(),
        }
    }

    /// How [`Limits`] finds it; none when it is not for a certain method or route.
    fn key(&self) -> Option<Str> {
        match self {
            Self::All | Self::Unknown => None,
            Self::Method { path, method } => Some(Str::from(format!("{method} {path}"))),
            Self::Route(key) => Some(key.clone()),
        }
    }
}

impl Called {
    /// The keys of settings that are for it, when it is clear what it is.
    fn keys(&self) -> Option<Vec<Str>> {
        let path = self
            .path
            .as_ref()
            .filter(|path| !path.contains("unknown"))?;
        let key = |method: &str, path: &str| Str::from(format!("{method} {path}"));
        Some(match &self.method {
            None => vec![path.clone()],
            Some(_) if path == "$default" => vec![path.clone()],
            Some(method) => vec![key(method, path), key("*", path), key(method, "/*")],
        })
    }
}

fn rest<'a>(stack: &Stack, stage: &'a Resource) -> Stage<'a> {
    Stage {
        resource: stage,
        api: stack.plain(stage, "RestApiId").map(|api| name_of(&api)),
        protocol: Protocol::Rest,
        name: stack.text(stage, "StageName"),
        described: stage.properties.clone(),
        settings: method_settings(&stack.scope, &stage.properties, None),
    }
}

/// The stages that deployments make themselves. One that a stage resource uses is not counted again: SAM makes a stage
/// called `Stage` beside each of its own in that way, and nobody configures it.
fn deployed(stack: &Stack) -> Vec<Stage<'_>> {
    let stages = stack.of_type("AWS::ApiGateway::Stage");
    let deployments = stages.filter_map(|stage| stack.plain(stage, "DeploymentId"));
    let used: HashSet<Str> = deployments
        .filter_map(|deployment| deployment.refers_to().cloned())
        .collect();
    let stage = |deployment| {
        let described = stack.property(deployment, "StageDescription").agreed_node();
        let described = described.unwrap_or_else(|| Node::null(deployment.span));
        Stage {
            resource: deployment,
            api: stack
                .plain(deployment, "RestApiId")
                .map(|api| name_of(&api)),
            protocol: Protocol::Rest,
            name: stack.text(deployment, "StageName"),
            settings: method_settings(&stack.scope, &described, Some(&described)),
            described,
        }
    };
    stack
        .of_type("AWS::ApiGateway::Deployment")
        .filter(|one| one.properties.get("StageName").is_some() && !used.contains(&one.id))
        .map(stage)
        .collect()
}

/// `MethodSettings`, after the settings that a `StageDescription` has for all methods.
fn method_settings(scope: &Scope, node: &Node, all: Option<&Node>) -> Resolved<Vec<Setting>> {
    let all = all.map(|node| Setting {
        covers: Covers::All,
        node: node.clone(),
    });
    let listed = scope.read(node, "MethodSettings", Scope::items);
    listed.map(|items| {
        let items = items.iter().flatten().map(|item| {
            let known = |name| {
                let text = scope.read(item, name, Scope::text);
                text.agreed()
                    .cloned()
                    .flatten()
                    .and_then(|text| text.known())
            };
            let covers = match (known("ResourcePath"), known("HttpMethod")) {
                (Some(path), Some(method)) => Covers::method(&path, &method),
                (None, _) | (_, None) => Covers::Unknown,
            };
            Setting {
                covers,
                node: item.clone(),
            }
        });
        all.iter().cloned().chain(items).collect()
    })
}

fn v2<'a>(stack: &Stack, stage: &'a Resource) -> Stage<'a> {
    let api = stack.plain(stage, "ApiId");
    let own = api
        .as_ref()
        .and_then(|api| stack.resource(api.refers_to()?));
    let kind = own.and_then(|api| stack.plain(api, "ProtocolType")?.known());
    let socket = kind.is_some_and(|kind| kind == "WEBSOCKET");
    let all = stack.property(stage, "DefaultRouteSettings");
    let routes = stack.property(stage, "RouteSettings");
    let settings = all.zip(&routes).map(|(all, routes)| {
        let all = all.iter().map(|node| Setting {
            covers: Covers::All,
            node: node.clone(),
        });
        let routes = routes.iter().flat_map(Node::entries);
        let routes = routes.map(|entry| Setting {
            covers: Covers::Route(entry.key.clone()),
            node: entry.value.clone(),
        });
        all.chain(routes).collect()
    });
    Stage {
        resource: stage,
        api: api.map(|api| name_of(&api)),
        protocol: if socket {
            Protocol::WebSocket
        } else {
            Protocol::Http
        },
        name: stack.text(stage, "StageName"),
        described: stage.properties.clone(),
        settings,
    }
}

/// Every stage as a subject.
pub(super) fn subjects(stack: &Stack, stages: &Stages<'_>, firewalls: &Firewalls) -> Vec<Subject> {
    let one = |stage: &Stage<'_>| subject(&stack.scope, stage, firewalls);
    stages.all.iter().map(one).collect()
}

fn subject(scope: &Scope, stage: &Stage<'_>, firewalls: &Firewalls) -> Subject {
    let here = || Step::written(stage.resource.span);
    let name = default::name(&stage.name);
    let shown = name.clone().unwrap_or_else(|| stage.resource.id.clone());
    let api = stage.api.clone();
    let rest = stage.protocol == Protocol::Rest;
    let only_rest = |fact: Resolved<Fact>| if rest { fact } else { absent(here()) };
    let facts = [
        ("name", default::text_or_absent(&stage.name)),
        (
            "api",
            api.clone()
                .map_or_else(|| absent(here()), |api| text(api, here())),
        ),
        ("protocol", text(stage.protocol.word(), here())),
        ("throttled", throttled(scope, stage)),
        ("throttle_rate", limit(scope, stage, "ThrottlingRateLimit")),
        (
            "throttle_burst",
            limit(scope, stage, "ThrottlingBurstLimit"),
        ),
        ("cached", only_rest(cached(scope, stage, &Cache::Any))),
        (
            "cached_without_encryption",
            only_rest(cached(scope, stage, &Cache::Clear)),
        ),
        ("data_trace", data_trace(scope, stage)),
        ("access_logs", access_logs(scope, stage)),
        ("access_log_format", log_format(scope, stage)),
        ("tracing", only_rest(tracing(scope, stage))),
        (
            "waf",
            only_rest(firewalls.stage(
                api.as_ref(),
                &stage.resource.id,
                name.as_ref(),
                stage.resource.span,
            )),
        ),
        ("client_certificate", client_certificate(scope, stage)),
    ];
    Subject {
        kind: Kind::Stage,
        label: format!("stage {shown} of {}", api.clone().unwrap_or_default()),
        identity: format!("{} {shown}", api.unwrap_or_default()),
        span: stage.resource.span,
        world: stage.resource.world.clone(),
        facts: row(Kind::Stage, facts),
    }
}

/// Whether there is a limit of the stage's own for all methods or routes.
fn throttled(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    stage.settings.clone().expand(|case| match &case.value {
        Some(settings) => default_limit(scope, stage, settings, &case.trail),
        None => Resolved::unknown(case.trail.clone()),
    })
}

fn default_limit(
    scope: &Scope,
    stage: &Stage<'_>,
    settings: &[Setting],
    trail: &Trail,
) -> Resolved<Fact> {
    let page = if stage.protocol == Protocol::Rest {
        THROTTLE_PAGE
    } else {
        HTTP_THROTTLE_PAGE
    };
    let what = "a stage without limits of its own shares those of the account with every API of the Region";
    let none = trail.clone().and(Step::default(what, page));
    let start = Resolved::known(Fact::Flag(false), none);
    settings.iter().fold(start, |so_far, setting| {
        let limited = || limited(scope, &setting.node);
        match &setting.covers {
            Covers::All => so_far.expand(|case| on(case, limited())),
            Covers::Unknown => so_far.expand(|case| on(case, maybe(limited()))),
            Covers::Method { .. } | Covers::Route(_) => so_far,
        }
    })
}

/// What is so already, or else what one more setting says.
fn on(case: &Case<Fact>, more: Resolved<bool>) -> Resolved<Fact> {
    if case.value == Some(Fact::Flag(true)) {
        return Resolved::case(case.clone());
    }
    more.map_case(|more| match more.value {
        Some(false) => Case {
            value: case.value.clone(),
            world: more.world,
            trail: case.trail.clone(),
        },
        value => Case {
            value: value.map(Fact::Flag),
            world: more.world,
            trail: more.trail,
        },
    })
}

/// The same where it says no; where it says yes, it is not known whether that counts.
fn maybe(truth: Resolved<bool>) -> Resolved<bool> {
    truth.map_case(|case| Case {
        value: case.value.filter(|yes| !yes),
        ..case
    })
}

/// Whether settings limit the rate or the burst.
fn limited(scope: &Scope, setting: &Node) -> Resolved<bool> {
    let rate = scope.read(setting, "ThrottlingRateLimit", Scope::text);
    rate.expand(|case| match &case.value {
        Some(None) => scope
            .read(setting, "ThrottlingBurstLimit", Scope::text)
            .map(Option::is_some),
        // Whatever the number is, it is a limit.
        None if setting.get("ThrottlingRateLimit").is_none() => {
            Resolved::unknown(case.trail.clone())
        }
        Some(Some(_)) | None => Resolved::known(true, case.trail.clone()),
    })
}

/// The number that limits what no other setting is for.
fn limit(scope: &Scope, stage: &Stage<'_>, name: &'static str) -> Resolved<Fact> {
    stage.settings.clone().expand(|case| {
        let Some(settings) = &case.value else {
            return Resolved::unknown(case.trail.clone());
        };
        let mut all = settings.iter().filter(|one| one.covers == Covers::All);
        let written = all.rfind(|one| one.node.get(name).is_some());
        match written {
            Some(setting) => number_or_absent(&scope.read(&setting.node, name, Scope::number)),
            None => absent(case.trail.clone()),
        }
    })
}

/// Both, in every world: yes when both are.
#[expect(clippy::needless_pass_by_value, reason = "it is what `reduce` takes")]
pub(super) fn every(one: Resolved<Fact>, other: Resolved<Fact>) -> Resolved<Fact> {
    one.expand(|case| match case.value {
        Some(Fact::Flag(true)) => other.clone(),
        Some(_) => Resolved::case(case.clone()),
        None => other.clone().map_case(|other| match other.value {
            Some(Fact::Flag(false)) => other,
            _ => Case {
                value: None,
                ..other
            },
        }),
    })
}

/// Whether some setting switches this on.
fn switched_on(
    stage: &Stage<'_>,
    is_on: impl Fn(&Node) -> Resolved<bool>,
    default: &Step,
) -> Resolved<Fact> {
    stage.settings.clone().expand(|case| {
        let Some(settings) = &case.value else {
            return Resolved::unknown(case.trail.clone());
        };
        let trail = case.trail.clone().and(default.clone());
        let start = Resolved::known(Fact::Flag(false), trail);
        settings.iter().fold(start, |so_far, setting| {
            so_far.expand(|case| on(case, is_on(&setting.node)))
        })
    })
}

fn no(flag: &Property<bool>) -> Resolved<bool> {
    flag.map(|flag| flag.unwrap_or(false))
}

fn data_trace(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    if stage.protocol == Protocol::Http {
        return absent(Step::written(stage.resource.span));
    }
    let step = Step::default(
        "requests and responses are not logged in full unless `DataTraceEnabled` says so",
        LOG_PAGE,
    );
    let is_on = |node: &Node| no(&scope.read(node, "DataTraceEnabled", Scope::flag));
    switched_on(stage, is_on, &step)
}

/// Which cached responses count.
enum Cache {
    /// All.
    Any,
    /// Those that are stored in the clear.
    Clear,
}

/// Whether responses are cached: the stage has a cache, and some method uses it.
fn cached(scope: &Scope, stage: &Stage<'_>, which: &Cache) -> Resolved<Fact> {
    let none = Step::default(
        "a stage has no cache unless `CacheClusterEnabled` says so",
        CACHE_PAGE,
    );
    let cluster = scope.read(&stage.described, "CacheClusterEnabled", Scope::flag);
    cluster.expand(|case| match case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(Some(true)) => {
            let step = Step::default(
                "a method's responses are cached only where `CachingEnabled` says so",
                CACHE_PAGE,
            );
            let is_on = |node: &Node| {
                let caching = no(&scope.read(node, "CachingEnabled", Scope::flag));
                match which {
                    Cache::Any => caching,
                    Cache::Clear => caching.and_then(|on| {
                        let encrypted = no(&scope.read(node, "CacheDataEncrypted", Scope::flag));
                        encrypted.map(|encrypted| on && !encrypted)
                    }),
                }
            };
            switched_on(stage, is_on, &step)
        }
        Some(_) => Resolved::known(Fact::Flag(false), case.trail.clone().and(none.clone())),
    })
}

/// The property that access logs are described in.
fn log_property(stage: &Stage<'_>) -> &'static str {
    if stage.protocol == Protocol::Rest {
        "AccessLogSetting"
    } else {
        "AccessLogSettings"
    }
}

fn access_logs(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    let (outer, inner) = (log_property(stage), "DestinationArn");
    let what = "a stage without access log settings logs no access";
    let default = Default {
        is: false,
        what,
        page: LOG_PAGE,
    };
    written_or(text_below(scope, &stage.described, outer, inner), default)
}

fn log_format(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    let format = text_below(scope, &stage.described, log_property(stage), "Format");
    format.map(|text| {
        let shown = |text: &Text| Fact::Text(text.to_string().into());
        text.as_ref().map_or(Fact::Absent, shown)
    })
}

fn tracing(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    let default = Default {
        is: false,
        what: "requests are not traced unless `TracingEnabled` says so",
        page: STAGE_PAGE,
    };
    flag_or(
        scope.read(&stage.described, "TracingEnabled", Scope::flag),
        default,
    )
}

fn client_certificate(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    if stage.protocol == Protocol::Http {
        return absent(Step::written(stage.resource.span));
    }
    let id = scope.read(&stage.described, "ClientCertificateId", Scope::text);
    id.map_case(|case| Case {
        value: case.value.map(|id| Fact::Flag(id.is_some())),
        world: case.world,
        trail: case.trail,
    })
}

/// Note that nothing of a kind is in this template, for facts that other templates can change.
pub(super) fn nothing_here(what: &'static str, span: crate::source::Span) -> Step {
    Step::new(How::Absent(Str::from(what)), span)
}

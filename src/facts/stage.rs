//! Facts of stages, and what a stage does to the endpoints of its API.

mod cache;
mod limit;
mod switch;

use std::collections::{HashMap, HashSet};

pub(super) use self::cache::Caches;
pub(super) use self::limit::{Called, Limits, every};
use self::limit::{MOST_STAGES, limit, throttled};
use self::switch::Cache;
use crate::document::Node;
use crate::facts::default;
use crate::facts::firewall::Firewalls;
use crate::facts::{Fact, Kind, Subject, absent, name_of, row, text};
use crate::resolve::{Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::stack::{Protocol, Resource, Stack};
use crate::trail::{How, Step};

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

impl Stages<'_> {
    /// What the stages of each API cache, for APIs of which some stage may cache something.
    pub fn caches(&self, scope: &Scope) -> HashMap<&Str, Vec<Caches>> {
        let of = |at: &Vec<usize>| -> Vec<Caches> {
            let stages = at.iter().filter_map(|at| self.all.get(*at));
            stages
                .take(MOST_STAGES)
                .filter_map(|stage| Caches::of(scope, stage))
                .collect()
        };
        let all = self.by_api.iter().map(|(api, at)| (api, of(at)));
        all.filter(|(_, caches)| !caches.is_empty()).collect()
    }
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
    let api_fact = api
        .clone()
        .map_or_else(|| absent(here()), |api| text(api, here()));
    let (id, span) = (&stage.resource.id, stage.resource.span);
    let waf = firewalls.stage(api.as_ref(), id, name.as_ref(), span);
    let rest = stage.protocol == Protocol::Rest;
    let only_rest = |fact: Resolved<Fact>| if rest { fact } else { absent(here()) };
    let facts = [
        ("name", default::text_or_absent(&stage.name)),
        ("api", api_fact),
        ("protocol", text(stage.protocol.word(), here())),
        ("throttled", throttled(scope, stage)),
        ("throttle_rate", limit(scope, stage, "ThrottlingRateLimit")),
        (
            "throttle_burst",
            limit(scope, stage, "ThrottlingBurstLimit"),
        ),
        (
            "cached",
            only_rest(switch::cached(scope, stage, &Cache::Any)),
        ),
        (
            "cached_without_encryption",
            only_rest(switch::cached(scope, stage, &Cache::Clear)),
        ),
        ("data_trace", switch::data_trace(scope, stage)),
        ("access_logs", switch::access_logs(scope, stage)),
        ("access_log_format", switch::log_format(scope, stage)),
        ("tracing", only_rest(switch::tracing(scope, stage))),
        ("waf", only_rest(waf)),
        (
            "client_certificate",
            switch::client_certificate(scope, stage),
        ),
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

/// Note that nothing of a kind is in this template, for facts that other templates can change.
pub(super) fn nothing_here(what: &'static str, span: crate::source::Span) -> Step {
    Step::new(How::Absent(Str::from(what)), span)
}

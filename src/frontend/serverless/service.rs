//! The service as configured: every variable resolved, `functions` put together, ready to be compiled.
//!
//! Invents nothing: what is not written is absent. Parts that cannot be known are named as problems, and only they are lost.

use std::collections::HashMap;

use super::merge;
use super::template::{At, Section};
use super::tree;
use super::variables::{Generation, Variables};
use crate::document::{Node, Problem, ProblemKind};
use crate::frontend::Note;
use crate::source::{SourceId, Span, Str};

/// Events that are compiled; `CloudFormation` allows 500 resources in a stack.
const EVENTS: usize = 15_000;

/// Problems that are listed.
const PROBLEMS: usize = 500;

/// A service for one stage.
pub(super) struct Service {
    /// The configuration's top.
    pub(super) at: At,
    /// `service`.
    pub(super) name: Node,
    /// The stage that is deployed.
    pub(super) stage: Node,
    /// The region that is deployed to.
    pub(super) region: Node,
    /// `provider`.
    pub(super) provider: Node,
    /// `custom`.
    pub(super) custom: Node,
    /// `functions`, in order.
    pub(super) functions: Vec<Function>,
    /// `resources`.
    pub(super) resources: Option<Node>,
    /// Names of plugins, and where they are listed.
    pub(super) plugins: Vec<(Str, Span)>,
    /// `stepFunctions` of the plugin of this name.
    pub(super) step_functions: Option<Node>,
    /// `appSync` of the plugin of this name, and of version 4.
    pub(super) app_sync: Option<Node>,
    /// Which framework the service is written for.
    pub(super) generation: Generation,
    by_key: HashMap<Str, usize>,
}

/// A function of the service.
pub(super) struct Function {
    /// Its key.
    pub(super) key: Str,
    /// Where the key stands.
    pub(super) span: Span,
    /// What is configured.
    pub(super) config: Node,
    /// Its events that can be known.
    pub(super) events: Vec<Node>,
}

/// What compiling has made so far.
#[derive(Default)]
pub(super) struct Output {
    /// `Resources`.
    pub(super) resources: Section,
    /// `Outputs`.
    pub(super) outputs: Section,
    /// Statements for the shared role, besides those for logs.
    pub(super) statements: Vec<Node>,
    /// What the template cannot say, by logical id.
    pub(super) notes: std::collections::BTreeMap<Str, Note>,
    /// Settings that come to something else than they look like.
    pub(super) settings: Vec<crate::stack::Setting>,
    /// What was wrong.
    pub(super) problems: Vec<Problem>,
}

impl Output {
    /// Something certainly wrong; what hangs on it is not deployable.
    pub(super) fn fatal(&mut self, span: Span, message: impl Into<String>) {
        self.problem(ProblemKind::UnresolvedReference, span, message);
    }

    /// A part that cannot be analysed.
    pub(super) fn lost(&mut self, span: Span, message: impl Into<String>) {
        self.problem(ProblemKind::UnreadableInput, span, message);
    }

    /// Something the reader should know.
    pub(super) fn notice(&mut self, span: Span, message: impl Into<String>) {
        self.problem(ProblemKind::Notice, span, message);
    }

    fn problem(&mut self, kind: ProblemKind, span: Span, message: impl Into<String>) {
        self.push(Problem::new(kind, span, message));
    }

    /// Lists a problem once, and no more of them than anybody reads.
    pub(super) fn push(&mut self, problem: Problem) {
        let problem = match self.problems.first() {
            Some(first) if self.problems.len() >= PROBLEMS => Problem::new(
                ProblemKind::UnreadableInput,
                first.span,
                "the service has more problems than are listed",
            ),
            _ => problem,
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Notes the full path of a REST resource or method.
    pub(super) fn note_path(&mut self, id: &Str, path: &str) {
        self.notes.entry(id.clone()).or_default().path = Some(Str::from(path));
    }
}

impl Function {
    /// The alias that events invoke: name and logical id.
    pub(super) fn alias(&self) -> Option<(&'static str, Str)> {
        let normalized = super::naming::normalized(&self.key);
        if tree::child(&self.config, "snapStart").is_some_and(|node| tree::is_truthy(&node)) {
            let id = Str::from(format!("{normalized}SnapStartLambdaAlias"));
            return Some(("snapstart", id));
        }
        let provisioned = tree::child(&self.config, "provisionedConcurrency");
        let id = Str::from(format!("{normalized}ProvConcLambdaAlias"));
        provisioned
            .filter(tree::is_truthy)
            .map(|_| ("provisioned", id))
    }

    /// The ARN by which it is invoked.
    pub(super) fn target(&self, at: &At) -> Node {
        let function = at.attribute(super::naming::function(&self.key), "Arn");
        match self.alias() {
            None => function,
            Some((name, _)) => at.joined(":", vec![function, at.text(name)]),
        }
    }
}

impl Service {
    /// Resolves the configuration `root` of `source`.
    pub(super) fn new(
        root: &Node,
        source: SourceId,
        variables: &mut Variables<'_>,
        out: &mut Output,
    ) -> Self {
        let at = At {
            span: Span::top(source),
            via: None,
        };
        let empty = |variables: &mut Variables<'_>, key| {
            let section = variables.section(key);
            section.unwrap_or_else(|| Node::object(at.span, []))
        };
        let provider = provider(empty(variables, "provider"));
        let functions = variables.section("functions");
        let functions = functions.map_or(Vec::new(), |node| functions_of(&node, out));
        let by_key = (0..).zip(&functions);
        let by_key = by_key.map(|(nth, function)| (function.key.clone(), nth));
        Self {
            name: name(root, variables, &at),
            stage: variables.stage(at.span),
            region: variables.region(at.span),
            provider,
            custom: empty(variables, "custom"),
            by_key: by_key.collect(),
            functions,
            resources: variables.section("resources"),
            plugins: plugins(variables.section("plugins")),
            step_functions: variables.section("stepFunctions"),
            app_sync: variables.section("appSync"),
            generation: variables.generation(),
            at,
        }
    }

    /// The function with this key.
    pub(super) fn function(&self, key: &str) -> Option<&Function> {
        self.functions.get(*self.by_key.get(key)?)
    }

    /// Where this plugin is listed, when it is.
    pub(super) fn plugin(&self, name: &str) -> Option<Span> {
        let listed = self.plugins.iter().find(|(plugin, _)| plugin == name)?;
        Some(listed.1)
    }

    /// A setting of the provider.
    pub(super) fn setting(&self, path: &[&str]) -> Option<Node> {
        tree::at(&self.provider, path)
    }

    /// A setting of `provider.apiGateway`; until version 2 some stood directly under `provider`.
    pub(super) fn api_gateway(&self, key: &str) -> Option<Node> {
        let is_old = self.generation == Generation::Old;
        let moved = is_old && ["apiKeys", "usagePlan", "resourcePolicy"].contains(&key);
        let setting = self.setting(&["apiGateway", key]);
        setting.or_else(|| self.setting(&[key]).filter(|_| moved))
    }

    /// `service-stage`, and what follows.
    pub(super) fn prefixed(&self, at: &At, rest: &str) -> Node {
        let dash = at.text("-");
        let parts = [self.name.clone(), dash, self.stage.clone(), at.text(rest)];
        at.concat(&parts)
    }

    /// The name that the stack gets, when it is known.
    pub(super) fn stack_name(&self) -> Option<Str> {
        let named = self.setting(&["stackName"]).filter(tree::is_truthy);
        let name = named.unwrap_or_else(|| self.prefixed(&self.at, ""));
        name.as_text().cloned()
    }

    /// The name that a function gets.
    pub(super) fn function_name(&self, function: &Function) -> Node {
        let named = tree::child(&function.config, "name").filter(tree::is_truthy);
        named.unwrap_or_else(|| {
            let at = At {
                span: function.span,
                via: function.config.via.clone(),
            };
            self.prefixed(&at, &format!("-{}", function.key))
        })
    }
}

/// `provider: aws` is short for `provider: {name: aws}`.
fn provider(node: Node) -> Node {
    if node.as_text().is_some() {
        return At::of(&node).object([("name", node)]);
    }
    node
}

/// `service`, or in versions 1 and 2 `service.name`.
fn name(root: &Node, variables: &mut Variables<'_>, at: &At) -> Node {
    let written = root.get("service").filter(|node| !node.is_null());
    let Some(written) = written else {
        return at.unknown("the service has no name");
    };
    let node = variables.resolve(written);
    match node.as_map() {
        Some(_) if tree::unknown(&node).is_none() => {
            tree::child(&node, "name").unwrap_or_else(|| at.unknown("the service has no name"))
        }
        _ => node,
    }
}

/// The names in `plugins`: a list, or in older versions `plugins.modules`.
fn plugins(section: Option<Node>) -> Vec<(Str, Span)> {
    let Some(section) = section else {
        return Vec::new();
    };
    let list = match section.get("modules") {
        Some(modules) => modules.clone(),
        None => section,
    };
    let named = |node: &Node| Some((node.as_text()?.clone(), node.span));
    list.items().iter().filter_map(named).collect()
}

/// `functions` as one mapping: a list of mappings is merged left to right.
fn functions_of(node: &Node, out: &mut Output) -> Vec<Function> {
    let parts: Vec<Node> = match node.as_list() {
        Some(_) => tree::items(node).collect(),
        None => vec![node.clone()],
    };
    let mut maps = Vec::new();
    for part in parts {
        if let Some(reason) = tree::unknown(&part) {
            let message = format!("functions are not known, because {reason} is not");
            out.lost(part.span, message);
        } else if part.as_map().is_some() {
            maps.push(part);
        } else if !part.is_null() {
            out.lost(part.span, "functions are expected to be a mapping");
        }
    }
    if merge::is_too_large(&maps) {
        out.lost(node.span, "`functions` are too large to be merged");
        maps.truncate(1);
    }
    let Some(merged) = merge::merged(&maps) else {
        return Vec::new();
    };
    let mut budget = EVENTS;
    let mut functions = Vec::new();
    for (span, key, config) in tree::entries(&merged) {
        functions.extend(function((span, key, config), &mut budget, out));
    }
    functions
}

/// One function; `null` removes it.
fn function(entry: (Span, Str, Node), budget: &mut usize, out: &mut Output) -> Option<Function> {
    let (span, key, config) = entry;
    if config.is_null() {
        let message = format!("function `{key}` is null: the framework leaves it out");
        out.notice(span, message);
        return None;
    }
    if let Some(reason) = tree::unknown(&config) {
        let message =
            format!("the endpoints of function `{key}` are not known, because {reason} is not");
        out.lost(config.span, message);
        return None;
    }
    if config.as_map().is_none() {
        out.lost(config.span, format!("function `{key}` is not a mapping"));
        return None;
    }
    if *budget == 0 {
        out.lost(span, "the service has more events than are analysed");
        return None;
    }
    let events = tree::child(&config, "events");
    let most = *budget;
    let events = events.map_or(Vec::new(), |node| events_of(&node, (&key, most), out));
    *budget = budget.saturating_sub(events.len().max(1));
    Some(Function {
        key,
        span,
        config,
        events,
    })
}

/// The events that are mappings, and at most so many.
fn events_of(node: &Node, (function, most): (&str, usize), out: &mut Output) -> Vec<Node> {
    let unknown = |node: &Node, out: &mut Output| {
        let Some(reason) = tree::unknown(node) else {
            return false;
        };
        let message = format!("events of `{function}` are not known, because {reason} is not");
        out.lost(node.span, message);
        true
    };
    if unknown(node, out) {
        return Vec::new();
    }
    if node.as_list().is_none() && tree::is_truthy(node) {
        let message =
            format!("the framework refuses `events` of `{function}`: they must be a list");
        out.lost(node.span, message);
        return Vec::new();
    }
    if node.items().len() > most {
        out.lost(node.span, "the service has more events than are analysed");
    }
    let mut events = Vec::new();
    for event in tree::items(node).take(most) {
        if unknown(&event, out) {
            continue;
        }
        match event.as_text() {
            Some(word) if matches!(word.as_str(), "http" | "httpApi" | "websocket") => {
                let message = format!("the event `{word}` says nothing more and is ignored");
                out.notice(event.span, message);
            }
            _ => events.push(event),
        }
    }
    events
}

//! serverless-compose.yml: several services that are deployed together, and what they hand each other.
//!
//! Says which files are services of it and with which parameters each is deployed; reads none of them. Parameters are resolved as
//! far as the framework lets variables stand there; an output of another service stays unknown, with that output as the reason.

mod order;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::tree;
use super::variables::Variables;
use crate::document::{Entry, Node, Problem, ProblemKind, Value};
use crate::frontend::{Env, ReadError, folder, join, open};
use crate::resolve::function;
use crate::resolve::output::{Output, Owner};
use crate::source::{SourceId, Span, Str};
use crate::trail::{How, Step};

/// What files of services are called, in the framework's order.
const NAMES: [&str; 6] = [
    "serverless.yml",
    "serverless.yaml",
    "serverless.json",
    "template.yml",
    "template.yaml",
    "template.json",
];

/// Services that are read of one file.
const MOST: usize = 1_000;

/// Parameters that a service is deployed with.
pub type Passed = BTreeMap<Str, Node>;

/// A file that composes services.
pub struct Compose<'a> {
    root: &'a Node,
    folder: String,
    /// Where each service lies, by its name.
    files: HashMap<Str, (SourceId, Str)>,
    /// The services whose files are there, in order of writing.
    members: Vec<Member>,
}

/// One service.
pub struct Member {
    /// Its file.
    pub source: SourceId,
    /// Where it is listed.
    pub span: Span,
    params: Option<Node>,
}

/// Whether a file of this name composes services: by its name, or because all it says is where services lie.
pub fn is_compose(root: &Node, path: &str) -> bool {
    if is_named(path) {
        return true;
    }
    let mut keys = root.entries().iter().map(|entry| entry.key.as_str());
    let services = root.get("services").map_or(&[][..], Node::entries);
    let is_service = |entry: &Entry| entry.value.get("path").and_then(Node::as_text).is_some();
    keys.all(|key| ["services", "state", "stages"].contains(&key))
        && !services.is_empty()
        && services.iter().all(is_service)
}

/// Whether a file is called so.
pub fn is_named(path: &str) -> bool {
    let file = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let stem = file.rsplit_once('.').map(|(stem, _)| stem);
    stem.is_some_and(|stem| stem.eq_ignore_ascii_case("serverless-compose"))
}

impl<'a> Compose<'a> {
    /// Finds the services, and says what is wrong with the others.
    pub fn read(root: &'a Node, source: SourceId, env: &Env<'_>) -> (Self, Vec<Problem>) {
        let path = env.sources.get(source).map(|file| file.path.clone());
        let path = path.unwrap_or_default();
        let mut compose = Self {
            root,
            folder: folder(&path).to_owned(),
            files: HashMap::new(),
            members: Vec::new(),
        };
        let mut problems = Vec::new();
        let services = root.get("services");
        let entries = services.map_or(&[][..], Node::entries);
        if entries.is_empty() {
            let span = services.map_or(Span::top(source), |node| node.span);
            problems.push(lost(span, "the file composes no `services`"));
        }
        let mut seen = HashSet::from([source]);
        for entry in entries.iter().take(MOST) {
            match compose.found(entry, env) {
                Ok(found) => compose.add(entry, found, (&mut seen, &mut problems), env),
                Err(problem) => problems.push(problem),
            }
        }
        if let Some(entry) = entries.get(MOST) {
            problems.push(lost(entry.span, "more services than are read"));
        }
        problems.extend(order::problems(entries));
        (compose, problems)
    }

    /// The services whose files are there.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The parameters that a service is deployed with on a stage.
    pub fn passed(&self, member: &Member, env: &Env<'_>, stage: &Str) -> (Passed, Vec<Problem>) {
        let mut variables = Variables::new(self.root, self.folder.clone(), env, Some(stage));
        let params = member.params.as_ref().map(|node| variables.resolve(node));
        let mut passed = Passed::new();
        for place in [
            &["stages", "default", "params"][..],
            &["stages", stage, "params"],
        ] {
            let shared = self.root.at(place).map(|node| variables.resolve(node));
            for (_, key, value) in shared.iter().flat_map(tree::entries) {
                passed.insert(key, self.linked(&value));
            }
        }
        for (_, key, value) in params.iter().flat_map(tree::entries) {
            passed.insert(key, self.linked(&value));
        }
        (passed, variables.into_problems())
    }

    /// The file of a service, and its path.
    fn found(&self, entry: &Entry, env: &Env<'_>) -> Result<(SourceId, String), Problem> {
        let name = &entry.key;
        let path = entry.value.get("path");
        let Some((written, node)) = path.and_then(|node| Some((node.as_text()?, node))) else {
            return Err(lost(entry.span, format!("service `{name}` has no `path`")));
        };
        let refused = |why: ReadError| {
            let why = why.what();
            lost(node.span, format!("`{written}` of service `{name}` {why}"))
        };
        let folder = join(&self.folder, written).ok_or_else(|| refused(ReadError::Outside))?;
        let config = entry.value.get("config").and_then(Node::as_text);
        let named = config.map(|config| [config.as_str()]);
        let names = named.as_ref().map_or(&NAMES[..], |named| &named[..]);
        let mut why = ReadError::Missing;
        for file in names {
            let path = join(&folder, file).ok_or_else(|| refused(ReadError::Outside))?;
            match open(env, &path) {
                Ok(source) => return Ok((source, path)),
                Err(ReadError::Missing) => {}
                Err(other) => why = other,
            }
        }
        if why != ReadError::Missing {
            return Err(refused(why));
        }
        let wanted = config.map_or("serverless.yml", Str::as_str);
        let message = format!("there is no `{wanted}` in `{written}` of service `{name}`");
        Err(lost(node.span, message))
    }

    fn add(
        &mut self,
        entry: &Entry,
        (source, path): (SourceId, String),
        (seen, problems): (&mut HashSet<SourceId>, &mut Vec<Problem>),
        env: &Env<'_>,
    ) {
        let name = &entry.key;
        let is_other = is_named(&path);
        if is_other || !seen.insert(source) {
            let shown = env.sources.get(source).map(|file| file.path.clone());
            let shown = shown.unwrap_or_default();
            let message = if is_other {
                format!("service `{name}` is `{shown}`, which composes services itself")
            } else {
                format!("service `{name}` is `{shown}`, as another service is already")
            };
            problems.push(wrong(entry.span, message));
            return;
        }
        self.files
            .insert(name.clone(), (source, Str::from(path.as_str())));
        self.members.push(Member {
            source,
            span: entry.span,
            params: entry.value.get("params").cloned(),
        });
    }

    /// The value with every `${service.output}` in it unknown for that reason.
    fn linked(&self, node: &Node) -> Node {
        if tree::unknown(node).is_some() {
            return node.clone();
        }
        let value = match &node.value {
            Value::Text(text) if text.contains("${") => return self.linked_text(text, node),
            Value::List(_) => {
                let items = tree::items(node).map(|item| self.linked(&item)).collect();
                Node::list(node.span, items).value
            }
            Value::Map(_) => {
                let entry = |(span, key, value): (Span, Str, Node)| Entry {
                    span,
                    key,
                    value: self.linked(&value),
                };
                Node::map(node.span, tree::entries(node).map(entry).collect()).value
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                return node.clone();
            }
        };
        Node {
            value,
            ..node.clone()
        }
    }

    fn linked_text(&self, text: &Str, node: &Node) -> Node {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut way = node.clone();
        let mut rest = text.as_str();
        while let Some((before, from)) = rest.split_once("${") {
            plain.push_str(before);
            let reference = from.split_once('}').map(|(inside, _)| inside);
            let output = reference.and_then(|inside| self.output(inside));
            let (Some(inside), Some(output)) = (reference, output) else {
                plain.push_str("${");
                rest = from;
                continue;
            };
            if !plain.is_empty() {
                parts.push(Node::text(node.span, std::mem::take(&mut plain)));
            }
            parts.push(function::unknown(node.span, output.to_string()));
            let written = Str::from(format!("${{{inside}}}"));
            way = way.via(Step::new(How::Variable(written), node.span));
            rest = from.get(inside.len() + 1..).unwrap_or_default();
        }
        if parts.is_empty() {
            return node.clone();
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Node::text(node.span, plain));
        }
        let joined = super::variables::joined(node.span, parts);
        Node {
            via: way.via,
            ..joined
        }
    }

    /// `service.output`, when there is such a service.
    fn output(&self, inside: &str) -> Option<Output> {
        let (service, name) = inside.split_once('.')?;
        let (_, path) = self.files.get(service)?;
        Some(Output {
            of: Owner::File(path.clone()),
            name: name.into(),
        })
    }
}

fn lost(span: Span, message: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::UnreadableInput, span, message)
}

fn wrong(span: Span, message: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::UnresolvedReference, span, message)
}

//! Paths of a REST API, and the resources that they are made of.
//!
//! Two paths whose logical ids are the same share one resource, as in the framework; the later one's words win.

use std::collections::{HashMap, HashSet};

use crate::document::Node;
use crate::frontend::serverless::naming;
use crate::frontend::serverless::service::{Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;
use crate::source::Str;

/// Segments that a path may have; far beyond what API Gateway allows.
const SEGMENTS: usize = 64;

/// A path, cut at its slashes. Parts that cannot be known stay in their segment.
#[derive(Clone, Debug)]
pub(in crate::frontend::serverless) struct RestPath {
    /// The text by which paths are told apart; no slash at either end.
    pub(in crate::frontend::serverless) key: Str,
    /// Each segment's text for ids, and its `PathPart`. Empty for the root.
    segments: Vec<(Str, Node)>,
}

impl RestPath {
    /// Reads a path; `None` when it is no text, or has more segments than any API.
    pub(in crate::frontend::serverless) fn read(node: &Node) -> Option<Self> {
        let key = tree::sketch(node)?;
        let trimmed = key.strip_prefix('/').unwrap_or(&key);
        let trimmed = trimmed.strip_suffix('/').unwrap_or(trimmed);
        let at = At::of(node);
        let segments = match tree::joined(node) {
            None if tree::unknown(node).is_some() => vec![(key.clone(), node.clone())],
            None if trimmed.is_empty() => Vec::new(),
            None => trimmed
                .split('/')
                .map(|part| (Str::from(part), at.text(part)))
                .collect(),
            Some(parts) => cut(parts, &at),
        };
        if segments.len() > SEGMENTS {
            return None;
        }
        let key: Vec<&str> = segments.iter().map(|(text, _)| text.as_str()).collect();
        Some(Self {
            key: Str::from(key.join("/")),
            segments,
        })
    }

    /// As people read it: `/users/{id}`, with `unknown` for segments that cannot be known.
    pub(in crate::frontend::serverless) fn shown(&self) -> String {
        let word = |(_, node): &(Str, Node)| node.scalar().unwrap_or_else(|| "unknown".into());
        let words: Vec<Str> = self.segments.iter().map(word).collect();
        format!("/{}", words.join("/"))
    }
}

/// Cuts a text with unknown parts at the slashes of its known ones.
fn cut(parts: &[Node], at: &At) -> Vec<(Str, Node)> {
    let mut segments: Vec<Vec<Node>> = vec![Vec::new()];
    for part in parts {
        let Some(text) = part.scalar() else {
            segments.extend(segments.is_empty().then(Vec::new));
            if let Some(last) = segments.last_mut() {
                last.push(part.clone());
            }
            continue;
        };
        for (nth, piece) in text.split('/').enumerate() {
            if nth > 0 {
                segments.push(Vec::new());
            }
            if let Some(last) = segments.last_mut().filter(|_| !piece.is_empty()) {
                last.push(at.text(piece));
            }
        }
    }
    let first = usize::from(segments.len() > 1 && segments.first().is_some_and(Vec::is_empty));
    let mut kept = segments.split_off(first);
    if kept.len() > 1 && kept.last().is_some_and(Vec::is_empty) {
        kept.pop();
    }
    let segment = |parts: Vec<Node>| {
        let node = match parts.as_slice() {
            [only] => only.clone(),
            many => at.concat(many),
        };
        (tree::sketch(&node).unwrap_or_default(), node)
    };
    kept.into_iter().map(segment).collect()
}

/// The resources of an API, by path key.
#[derive(Debug, Default)]
pub(in crate::frontend::serverless) struct Resources {
    ids: HashMap<Str, Node>,
    /// Those that exist outside of this stack.
    given: HashSet<Str>,
    /// Their parents, each with one of them.
    above: HashMap<Str, Str>,
}

impl Resources {
    /// The id of the resource at a path.
    pub(in crate::frontend::serverless) fn id(&self, path: &RestPath, root: &Node) -> Node {
        match self.ids.get(&path.key) {
            Some(id) if !path.segments.is_empty() => id.clone(),
            _ => root.clone(),
        }
    }
}

/// Where resources are made.
pub(in crate::frontend::serverless) struct Ground<'a> {
    pub(in crate::frontend::serverless) service: &'a Service,
    /// The API's id.
    pub(in crate::frontend::serverless) api: Node,
    /// Its root resource.
    pub(in crate::frontend::serverless) root: Node,
    /// Whether the API lies outside of this stack.
    pub(in crate::frontend::serverless) is_external: bool,
}

/// Makes a resource for every part of every path that does not exist already. Parts of a path stand together, in the order
/// in which their first segments appear: of two that share an id, the later one wins.
pub(in crate::frontend::serverless) fn compile(
    paths: &[(&RestPath, &At)],
    ground: &Ground<'_>,
    out: &mut Output,
) -> Resources {
    let mut resources = existing(ground.service);
    let mut order: Vec<Str> = Vec::new();
    let mut trees: HashMap<Str, Vec<(&RestPath, &At)>> = HashMap::new();
    for (path, at) in paths {
        let Some((first, _)) = path.segments.first() else {
            continue;
        };
        let tree = trees.entry(first.clone()).or_insert_with(|| {
            order.push(first.clone());
            Vec::new()
        });
        tree.push((path, at));
    }
    for first in &order {
        for (path, at) in trees.get(first).into_iter().flatten() {
            one((path, at), &mut resources, ground, out);
        }
    }
    resources
}

/// Every missing part of one path, from the last one that exists.
fn one(
    (path, at): (&RestPath, &At),
    resources: &mut Resources,
    ground: &Ground<'_>,
    out: &mut Output,
) {
    let mut keys: Vec<Str> = Vec::new();
    for (text, _) in &path.segments {
        let key = match keys.last() {
            Some(before) => Str::from(format!("{before}/{text}")),
            None => text.clone(),
        };
        keys.push(key);
    }
    let start = keys.iter().rposition(|key| resources.given.contains(key));
    let mut parent = start
        .and_then(|nth| resources.ids.get(keys.get(nth)?))
        .unwrap_or(&ground.root)
        .clone();
    let first = start.map_or(0, |nth| nth + 1);
    for (key, (_, part)) in keys.iter().zip(&path.segments).skip(first) {
        if let Some(known) = resources.ids.get(key) {
            parent = known.clone();
            continue;
        }
        if let Some(below) = resources.above.get(key) {
            // It exists already, but under an id that nobody has told.
            let message = format!("`restApiResources` names `{below}` but not `{key}`");
            out.fatal(at.span, message);
        }
        let id = naming::rest_resource(key);
        let properties = at.object([
            ("ParentId", parent),
            ("PathPart", part.clone()),
            ("RestApiId", ground.api.clone()),
        ]);
        let resource = at.resource("AWS::ApiGateway::Resource", properties);
        let known = out
            .resources
            .get(&id)
            .and_then(|known| known.at(&["Properties", "PathPart"]));
        // Functions and plugins may share a path; two paths may share an id.
        if !known.is_some_and(|known| known.same(part)) {
            out.resources
                .merge(id.clone(), resource, &format!("/{key}"));
        }
        if ground.is_external {
            out.note_path(&id, &format!("/{key}"));
        }
        parent = at.refer(id);
        resources.ids.insert(key.clone(), parent.clone());
    }
}

/// `restApiResources`: resources that exist outside of this stack.
fn existing(service: &Service) -> Resources {
    let mut resources = Resources::default();
    let Some(node) = service.api_gateway("restApiResources") else {
        return resources;
    };
    let mut add = |path: &str, id: Node| {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        resources.given.insert(Str::from(path));
        resources.ids.insert(Str::from(path), id);
        for (slash, _) in path.match_indices('/').take(SEGMENTS) {
            let parent = path.get(..slash).unwrap_or_default();
            resources.above.insert(Str::from(parent), Str::from(path));
        }
    };
    for item in tree::items(&node) {
        let path = tree::child(&item, "path").and_then(|path| path.scalar());
        if let (Some(path), Some(id)) = (path, tree::child(&item, "resourceId")) {
            add(&path, id);
        }
    }
    for (_, path, id) in tree::entries(&node).filter(|_| tree::unknown(&node).is_none()) {
        add(&path, id);
    }
    resources
}

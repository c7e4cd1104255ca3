//! One spanned tree for YAML and JSON.
//!
//! Knows no AWS beyond the spelling of short tags (`!Sub x` and `{Fn::Sub: x}` are the same tree one layer up).
//! Parsing never fails: it gives what could be read, and [`Problem`]s with their places.
//! Collections are shared, never copied: an alias costs nothing, however often it is used, and each knows its
//! expanded size and depth, so that whoever walks the tree walks a bounded one.

mod builder;
mod json;
mod problem;
mod scalar;
mod tag;
#[cfg(test)]
mod tests;
mod yaml;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

pub use self::problem::{Problem, ProblemKind};
use crate::source::{Source, SourceId, Sources, Span, Str};
use crate::trail::{Step, Trail};

/// Ceilings that a document must keep. Each is a named problem when it is passed.
pub mod limits {
    /// Bytes of one file.
    pub const BYTES: usize = 10 << 20;
    /// Nesting of collections, aliases expanded. A short tag is a mapping, so a hundred `!If [` within each other are
    /// two hundred levels, as they are in JSON.
    pub const DEPTH: u32 = 256;
    /// Nodes as written, keys included.
    pub const NODES: usize = 2_000_000;
    /// Nodes with every alias expanded.
    pub const EXPANDED: u64 = 4_000_000;
    /// Entries that `<<` copies; unlike aliases they cost memory.
    pub const MERGED: usize = 100_000;
    /// Problems that are listed for one file.
    pub const PROBLEMS: usize = 100;
}

/// How plain (unquoted) YAML scalars are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// YAML 1.2 core schema as js-yaml 4 has it: `yes` is a string. For serverless.yml and what it includes.
    Core,
    /// YAML 1.1 as `CloudFormation` has it: `yes` is true, dates are text.
    CloudFormation,
}

/// A parsed file.
#[derive(Debug)]
pub struct Document {
    /// The tree; `Null` at the top when nothing could be read.
    pub root: Node,
    /// Every comment, in order, `#` included.
    pub comments: Vec<Span>,
    /// What was wrong, in order of place.
    pub problems: Vec<Problem>,
    /// Whether it is JSON, where keys are quoted; else it is YAML.
    pub is_json: bool,
}

/// Parses a source by its content: JSON when it starts with `{` or `[`, else YAML. Never fails.
pub fn parse(sources: &Sources, source: SourceId, dialect: Dialect) -> Document {
    let Some(file) = sources.get(source) else {
        return Document::unread(source, None);
    };
    let bytes = file.text.len();
    if bytes > limits::BYTES {
        let most = limits::BYTES;
        let message = format!("the file has {bytes} bytes: more than {most} are not read");
        return Document::unread(source, Some(message));
    }
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    if !text.trim_start().starts_with(['{', '[']) {
        let (document, broken) = yaml::parse(source, &file.text, dialect);
        return document.with(broken);
    }
    let json = match json::parse(source, &file.text, dialect) {
        Ok(document) => {
            return Document {
                is_json: true,
                ..document
            };
        }
        Err(problem) => problem,
    };
    // YAML reads what JSON does not: comments, trailing commas, single quotes.
    let (document, broken) = yaml::parse(source, &file.text, dialect);
    document.with(broken.map(|yaml| likelier(&file, json, yaml)))
}

/// Of two reasons why a text that starts like JSON is neither JSON nor YAML: YAML's when it uses what only YAML has,
/// or when YAML got lines further.
fn likelier(file: &Source, json: Problem, yaml: Problem) -> Problem {
    if matches!(file.slice(json.span), "#" | "'") {
        return yaml;
    }
    let between = Span {
        end: yaml.span.start.max(json.span.start),
        ..json.span
    };
    if file.slice(between).contains('\n') {
        yaml
    } else {
        json
    }
}

impl Document {
    /// Nothing could be read, for this reason.
    fn unread(source: SourceId, why: Option<String>) -> Self {
        let top = Span::top(source);
        let problem = |why| Problem::new(ProblemKind::UnreadableInput, top, why);
        Self {
            root: Node::null(top),
            comments: Vec::new(),
            problems: why.map(problem).into_iter().collect(),
            is_json: false,
        }
    }

    /// The same with one more problem, in order of place.
    fn with(mut self, problem: Option<Problem>) -> Self {
        self.problems.extend(problem);
        self.problems.sort_by_key(|problem| problem.span);
        self
    }
}

/// A value and where it stands. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it is written. For a generated node: what made it come about.
    pub span: Span,
    /// The value.
    pub value: Value,
    /// How it came here from where it is written: variables, files, inheritance. `None` when it stands in its place.
    pub via: Option<Trail>,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`, `~`, or nothing.
    Null,
    /// A boolean by the document's dialect.
    Bool(bool),
    /// A number, as it is written (`0x1F` and the like are normalised to decimal).
    Number(Str),
    /// Text, decoded.
    Text(Str),
    /// A sequence.
    List(Arc<List>),
    /// A mapping.
    Map(Arc<Map>),
}

/// Items in order.
#[derive(Debug, Default)]
pub struct List {
    /// The items.
    pub items: Vec<Node>,
    extent: Extent,
}

/// Entries in order of writing. Keys are distinct: of duplicates, the last one stays (and a problem is reported).
#[derive(Debug, Default)]
pub struct Map {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Positions in order of their keys.
    index: OnceLock<Box<[u32]>>,
    extent: Extent,
    /// Whether each entry is written behind the one before it, in one file.
    is_in_order: bool,
}

/// One entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where the key is written.
    pub span: Span,
    /// The key's text, decoded; `1:` and `true:` are the texts `1` and `true`.
    pub key: Str,
    /// The value.
    pub value: Node,
}

/// How large a collection is with every alias expanded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Nodes, this one included. A mapping that `<<` names counts in full.
    pub nodes: u64,
    /// Levels of nesting, this one included.
    pub depth: u32,
}

/// From this many entries on a mapping is looked up through an index.
const INDEXED_FROM: usize = 12;

impl List {
    /// A list of these items.
    pub fn new(items: Vec<Node>) -> Self {
        let extent = Extent::over(items.iter());
        Self { items, extent }
    }
}

impl Map {
    /// A mapping of these entries, whose keys must be distinct.
    pub fn new(entries: Vec<Entry>) -> Self {
        let extent = Extent::over(entries.iter().map(|entry| &entry.value));
        let follows = |pair: &[Entry]| match pair {
            [a, b] => a.span.source == b.span.source && a.span.start < b.span.start,
            _ => false,
        };
        Self {
            is_in_order: entries.windows(2).all(follows),
            entries,
            index: OnceLock::new(),
            extent,
        }
    }

    /// The same, with so many nodes more that `<<` names but other entries hide.
    fn hiding(mut self, nodes: u64) -> Self {
        self.extent.nodes = self.extent.nodes.saturating_add(nodes);
        self
    }

    /// The entry with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        if self.entries.len() < INDEXED_FROM {
            return self.entries.iter().find(|entry| entry.key == key);
        }
        let key_at = |at: u32| self.entries.get(at as usize).map(|entry| &*entry.key);
        let index = self.index.get_or_init(|| {
            let mut all: Box<[u32]> = (0u32..).zip(&self.entries).map(|(at, _)| at).collect();
            all.sort_unstable_by_key(|at| key_at(*at));
            all
        });
        let found = index.binary_search_by_key(&Some(key), |at| key_at(*at));
        self.entries.get(*index.get(found.ok()?)? as usize)
    }

    /// The entries that can hold what is written at a place: the one around it, or all where they are not in order.
    pub fn around(&self, place: Span) -> &[Entry] {
        let first = self.entries.first();
        if !self.is_in_order || first.is_none_or(|entry| entry.span.source != place.source) {
            return &self.entries;
        }
        let behind = self
            .entries
            .partition_point(|entry| entry.span.start <= place.start);
        self.entries
            .get(behind.saturating_sub(1)..behind)
            .unwrap_or_default()
    }

    /// The value under this key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        Some(&self.entry(key)?.value)
    }
}

impl Extent {
    fn over<'a>(children: impl Iterator<Item = &'a Node>) -> Self {
        let mut sum = Self { nodes: 1, depth: 0 };
        for child in children {
            let extent = child.extent();
            sum.nodes = sum.nodes.saturating_add(extent.nodes);
            sum.depth = sum.depth.max(extent.depth);
        }
        Self {
            nodes: sum.nodes,
            depth: sum.depth.saturating_add(1),
        }
    }

    /// Whether it passes a ceiling of [`limits`].
    pub fn is_excessive(self) -> bool {
        self.nodes > limits::EXPANDED || self.depth > limits::DEPTH
    }
}

impl Node {
    /// A node that stands in its place.
    pub fn new(span: Span, value: Value) -> Self {
        Self {
            span,
            value,
            via: None,
        }
    }

    /// Nothing, here.
    pub fn null(span: Span) -> Self {
        Self::new(span, Value::Null)
    }

    /// Text, here.
    pub fn text(span: Span, text: impl Into<Str>) -> Self {
        Self::new(span, Value::Text(text.into()))
    }

    /// A boolean, here.
    pub fn bool(span: Span, value: bool) -> Self {
        Self::new(span, Value::Bool(value))
    }

    /// A list, here.
    pub fn list(span: Span, items: Vec<Node>) -> Self {
        Self::new(span, Value::List(Arc::new(List::new(items))))
    }

    /// A mapping, here. Of entries with the same key the last one stays.
    pub fn map(span: Span, entries: Vec<Entry>) -> Self {
        Self::new(span, Value::Map(Arc::new(Map::new(distinct(entries)))))
    }

    /// A mapping generated at `span`: keys and mapping all point there.
    pub fn object(span: Span, entries: impl IntoIterator<Item = (Str, Node)>) -> Self {
        let entry = |(key, value)| Entry { span, key, value };
        Self::map(span, entries.into_iter().map(entry).collect())
    }

    /// The same node, having come here by one more step.
    #[must_use]
    pub fn via(mut self, step: Step) -> Self {
        self.via = Some(Trail::then(self.via, step));
        self
    }

    /// The same node, having come here as `other` did, and then by its own way.
    #[must_use]
    pub fn along(mut self, trail: Option<&Trail>) -> Self {
        if self.via.is_none() {
            self.via = trail.cloned();
        } else if let Some(trail) = trail {
            for step in trail.steps() {
                self.via = Some(Trail::then(self.via.take(), step));
            }
        }
        self
    }

    /// How the value came to be: written at its span, then each step on its way here.
    pub fn trail(&self) -> Trail {
        let mut trail = Trail::from(Step::written(self.span));
        if let Some(via) = &self.via {
            for step in via.steps() {
                trail = trail.and(step);
            }
        }
        trail
    }

    /// Nodes and levels below and including this one.
    pub fn extent(&self) -> Extent {
        match &self.value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                Extent { nodes: 1, depth: 0 }
            }
            Value::List(list) => list.extent,
            Value::Map(map) => map.extent,
        }
    }

    /// The mapping, when it is one.
    pub fn as_map(&self) -> Option<&Arc<Map>> {
        if let Value::Map(map) = &self.value {
            Some(map)
        } else {
            None
        }
    }

    /// The items, when it is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        if let Value::List(list) = &self.value {
            Some(&list.items)
        } else {
            None
        }
    }

    /// The text, when it is text. Numbers and booleans are not; see [`Node::scalar`].
    pub fn as_text(&self) -> Option<&Str> {
        if let Value::Text(text) = &self.value {
            Some(text)
        } else {
            None
        }
    }

    /// Any scalar but null as text, as `CloudFormation` compares and prints it: `true`, `12`, `abc`.
    pub fn scalar(&self) -> Option<Str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(true) => Some(arcstr::literal_substr!("true")),
            Value::Bool(false) => Some(arcstr::literal_substr!("false")),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The value under `key`, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// The value under a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries, when it is a mapping; else none.
    pub fn entries(&self) -> &[Entry] {
        self.as_map().map_or(&[], |map| &map.entries)
    }

    /// The items, when it is a list; else none.
    pub fn items(&self) -> &[Node] {
        self.as_list().unwrap_or_default()
    }

    /// The single entry of a mapping with exactly one, as intrinsic functions are written.
    pub fn single(&self) -> Option<&Entry> {
        match self.entries() {
            [entry] => Some(entry),
            _ => None,
        }
    }

    /// The same mapping with `key` set to `value`, in place of what it had. Anything else becomes a mapping.
    #[must_use]
    pub fn with(&self, key: impl Into<Str>, value: Node) -> Self {
        let mut entries = self.entries().to_vec();
        entries.push(Entry {
            span: value.span,
            key: key.into(),
            value,
        });
        Self {
            value: Value::Map(Arc::new(Map::new(distinct(entries)))),
            ..self.clone()
        }
    }

    /// The same mapping without `key`.
    #[must_use]
    pub fn without(&self, key: &str) -> Self {
        let kept = self.entries().iter().filter(|entry| entry.key != key);
        Self {
            value: Value::Map(Arc::new(Map::new(kept.cloned().collect()))),
            ..self.clone()
        }
    }

    /// Whether both hold the same value, wherever they are written; keys in any order.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) | (Value::Text(a), Value::Text(b)) => a == b,
            (Value::List(a), Value::List(b)) => {
                Arc::ptr_eq(a, b)
                    || (a.items.len() == b.items.len()
                        && a.items.iter().zip(&b.items).all(|(a, b)| a.same(b)))
            }
            (Value::Map(a), Value::Map(b)) => {
                Arc::ptr_eq(a, b)
                    || (a.entries.len() == b.entries.len()
                        && a.entries.iter().all(|entry| {
                            b.get(&entry.key)
                                .is_some_and(|other| entry.value.same(other))
                        }))
            }
            _ => false,
        }
    }
}

/// Entries that are compared with each other sooner than put into a table.
const FEW: usize = 16;

/// Of entries with the same key keeps the last value, at the place of the first.
fn distinct(entries: Vec<Entry>) -> Vec<Entry> {
    let is_new = |(at, entry): (usize, &Entry)| {
        let before = entries.get(..at).unwrap_or_default();
        before.iter().all(|other| other.key != entry.key)
    };
    if entries.len() <= FEW && entries.iter().enumerate().all(is_new) {
        return entries;
    }
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    let mut seen: HashMap<Str, usize> = HashMap::new();
    for entry in entries {
        let slot = *seen.entry(entry.key.clone()).or_insert(kept.len());
        match kept.get_mut(slot) {
            Some(first) => *first = entry,
            None => kept.push(entry),
        }
    }
    kept
}

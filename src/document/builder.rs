//! Builds the tree from what a parser reads, one event at a time.
//!
//! Never recurses: what is still open is a stack of frames, and the finished children of all of them lie on two
//! shared stacks, so that a collection costs one allocation of the right size. Keeps the ceilings of [`limits`]: when
//! one is passed it says so once, at its place, and [`Stopped`] tells the parser to read no further; what was read
//! so far is closed and kept.

mod mapping;

use std::sync::Arc;

use arcstr::ArcStr;

use self::mapping::{Combined, Merge};
use super::{
    Document, Entry, List, Map, Node, Problem, ProblemKind, Value, limits, problem::Problems,
};
use crate::source::{SourceId, Span, Str};
use crate::trail::{How, Step};

/// A ceiling was passed, or the input is over: read no further.
#[derive(Debug)]
pub(super) struct Stopped;

/// Whether to go on reading.
pub(super) type Reading = Result<(), Stopped>;

/// The ceilings in force; [`limits`] outside of tests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ceilings {
    /// [`limits::DEPTH`].
    pub depth: u32,
    /// [`limits::NODES`].
    pub nodes: usize,
    /// [`limits::EXPANDED`].
    pub expanded: u64,
    /// [`limits::MERGED`].
    pub merged: usize,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self {
            depth: limits::DEPTH,
            nodes: limits::NODES,
            expanded: limits::EXPANDED,
            merged: limits::MERGED,
        }
    }
}

/// A short tag: the value becomes the only one of a mapping with this key.
#[derive(Clone, Debug)]
pub(super) struct Wrap {
    /// Where the tag is written.
    pub span: Span,
    /// The key: `Ref`, `Fn::Sub`.
    pub key: Str,
}

/// What is written before a value and belongs to it.
#[derive(Debug, Default)]
pub(super) struct Properties {
    /// Number of the anchor; 0 without one.
    pub anchor: usize,
    /// The short tag.
    pub wrap: Option<Wrap>,
}

/// Which kind of collection begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// A sequence.
    List,
    /// A mapping.
    Map,
}

/// The tree under construction.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    source: SourceId,
    text: &'a ArcStr,
    /// What a key that stands twice is in this format.
    duplicates: ProblemKind,
    ceilings: Ceilings,
    frames: Vec<Frame>,
    /// Finished items of every open list, outermost first.
    items: Vec<Node>,
    /// Finished entries of every open mapping, outermost first.
    entries: Vec<Entry>,
    /// By number; `None` while the anchored collection is still open.
    anchors: Vec<Option<Node>>,
    root: Option<Node>,
    nodes: usize,
    merged: usize,
    stopped: bool,
    comments: Vec<Span>,
    problems: Problems,
}

/// A collection whose end has not been read.
#[derive(Debug)]
struct Frame {
    start: u32,
    /// End of the last child, or of what opened it.
    end: u32,
    /// Levels of nesting, this one included.
    level: u32,
    properties: Properties,
    open: Open,
}

#[derive(Debug)]
enum Open {
    /// Index of its first item.
    List(usize),
    Map(OpenMap),
}

#[derive(Debug, Default)]
struct OpenMap {
    /// Index of its first entry.
    from: usize,
    /// The key whose value is next.
    key: Option<Key>,
    merges: Vec<Merge>,
}

#[derive(Debug)]
enum Key {
    Named(Span, Str),
    Merge(Span),
    /// Not usable; its value is passed over.
    Refused,
}

impl<'a> Builder<'a> {
    /// An empty tree over `text`. A key that stands twice is a problem of kind `duplicates`.
    pub(super) fn new(source: SourceId, text: &'a ArcStr, duplicates: ProblemKind) -> Self {
        Self {
            source,
            text,
            duplicates,
            ceilings: Ceilings::default(),
            frames: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            anchors: Vec::new(),
            root: None,
            nodes: 0,
            merged: 0,
            stopped: false,
            comments: Vec::new(),
            problems: Problems::new(limits::PROBLEMS),
        }
    }

    /// The same with other ceilings.
    #[cfg(test)]
    pub(super) fn with_ceilings(mut self, ceilings: Ceilings) -> Self {
        self.ceilings = ceilings;
        self
    }

    /// A place in the source.
    pub(super) fn span(&self, start: u32, end: u32) -> Span {
        Span {
            source: self.source,
            start,
            end: end.max(start),
        }
    }

    /// `piece` without a copy when it lies in the source.
    pub(super) fn share(&self, piece: &str) -> Str {
        let shared = self.text.try_substr_from(piece);
        shared.unwrap_or_else(|| Str::from(piece))
    }

    /// The text of a place in the source.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        let range = span.start as usize..span.end as usize;
        self.text.get(range).unwrap_or_default()
    }

    /// The place of the one character that begins at `start`; empty at the end.
    pub(super) fn character(&self, start: u32) -> Span {
        let rest = self.text.get(start as usize..).unwrap_or_default();
        let width = rest.chars().next().map_or(0, char::len_utf8);
        self.span(start, start + u32::try_from(width).unwrap_or_default())
    }

    /// Whether the next node is a key.
    pub(super) fn is_at_key(&self) -> bool {
        matches!(
            self.frames.last(),
            Some(Frame {
                open: Open::Map(OpenMap { key: None, .. }),
                ..
            })
        )
    }

    /// Notes something wrong.
    pub(super) fn report(&mut self, problem: Problem) {
        self.problems.add(problem);
    }

    /// Notes that the input is unreadable at a place.
    pub(super) fn unreadable(&mut self, span: Span, message: impl Into<String>) {
        self.report(Problem::new(ProblemKind::UnreadableInput, span, message));
    }

    /// Notes a comment.
    pub(super) fn comment(&mut self, span: Span) {
        self.comments.push(span);
    }

    /// Begins a collection.
    pub(super) fn open(&mut self, shape: Shape, start: u32, properties: Properties) -> Reading {
        let span = self.span(start, start);
        self.count(1 + usize::from(properties.wrap.is_some()), span)?;
        let level = self.level() + 1 + u32::from(properties.wrap.is_some());
        if level > self.ceilings.depth {
            return self.too_deep(span);
        }
        let open = match shape {
            Shape::List => Open::List(self.items.len()),
            Shape::Map => Open::Map(OpenMap {
                from: self.entries.len(),
                ..OpenMap::default()
            }),
        };
        self.frames.push(Frame {
            start,
            end: start,
            level,
            properties,
            open,
        });
        Ok(())
    }

    /// Ends the innermost collection: at `end`, or with its last child when that is later.
    pub(super) fn close(&mut self, end: u32) -> Reading {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        let end = frame.end.max(end);
        let span = self.span(frame.start, end);
        let (value, fits) = match frame.open {
            Open::List(from) => {
                let items = self.items.drain(from..).collect();
                (Value::List(Arc::new(List::new(items))), Ok(()))
            }
            Open::Map(map) => {
                let (entries, fits) = self.combine(&map, span);
                (Value::Map(Arc::new(Map::new(entries))), fits)
            }
        };
        let finished = self.finish_node(Node::new(span, value), frame.properties, end);
        fits.and(finished)
    }

    /// A scalar.
    pub(super) fn leaf(&mut self, node: Node, properties: Properties) -> Reading {
        let wrapped = u32::from(properties.wrap.is_some());
        self.count(1 + usize::from(properties.wrap.is_some()), node.span)?;
        if self.level() + wrapped > self.ceilings.depth {
            return self.too_deep(node.span);
        }
        let end = node.span.end;
        self.finish_node(node, properties, end)
    }

    /// A key of the innermost mapping.
    pub(super) fn key(&mut self, span: Span, text: Str) {
        self.set_key(span, Key::Named(span, text));
    }

    /// The key `<<`, whose value is merged into the innermost mapping.
    pub(super) fn merge_key(&mut self, span: Span) {
        self.set_key(span, Key::Merge(span));
    }

    /// What the anchor with this number holds, once more.
    pub(super) fn alias(&mut self, anchor: usize, span: Span) -> Reading {
        let Some(node) = self.anchors.get(anchor).cloned().flatten() else {
            return self.dangling(span, "refers to the value that it is a part of");
        };
        self.count(1, span)?;
        if self.level().saturating_add(node.extent().depth) > self.ceilings.depth {
            return self.too_deep(span);
        }
        let name = self.share(self.slice(span));
        let node = node.via(Step::new(How::Variable(name), span));
        self.attach(node, span);
        Ok(())
    }

    /// An alias that leads nowhere: says why, and stands for null.
    pub(super) fn dangling(&mut self, span: Span, why: &str) -> Reading {
        self.count(1, span)?;
        let name = clipped(self.slice(span));
        self.unreadable(span, format!("`{name}` {why}"));
        self.attach(Node::null(span), span);
        Ok(())
    }

    /// What was read. Whatever is still open is closed.
    pub(super) fn finish(mut self) -> Document {
        self.stopped |= !self.frames.is_empty();
        while !self.frames.is_empty() {
            // Only a ceiling can be passed here, and it has its problem then.
            let _ = self.close(0);
        }
        self.comments.sort_unstable();
        Document {
            root: self.root.unwrap_or(Node::null(Span::top(self.source))),
            comments: self.comments,
            problems: self.problems.sorted(),
        }
    }

    /// Levels of nesting that are open.
    fn level(&self) -> u32 {
        self.frames.last().map_or(0, |frame| frame.level)
    }

    fn count(&mut self, nodes: usize, span: Span) -> Reading {
        self.nodes += nodes;
        if self.nodes <= self.ceilings.nodes {
            return Ok(());
        }
        let most = self.ceilings.nodes;
        self.stop(span, format!("the file has more than {most} values"))
    }

    /// Reports that nesting passes the ceiling.
    pub(super) fn too_deep(&mut self, span: Span) -> Reading {
        let most = self.ceilings.depth;
        self.stop(span, format!("nested more than {most} levels deep"))
    }

    /// Reports a passed ceiling, the first one only.
    fn stop(&mut self, span: Span, what: String) -> Reading {
        if !self.stopped {
            self.stopped = true;
            self.unreadable(span, what + ": what follows is not read");
        }
        Err(Stopped)
    }

    fn finish_node(&mut self, node: Node, properties: Properties, end: u32) -> Reading {
        let node = match properties.wrap {
            Some(wrap) => wrapped(wrap, node),
            None => node,
        };
        let written = self.span(node.span.start, end);
        let mut fits = Ok(());
        let mut node = node;
        if node.extent().nodes > self.ceilings.expanded {
            let most = self.ceilings.expanded;
            fits = self.stop(
                written,
                format!("aliases expand to more than {most} values"),
            );
            node = Node::null(written);
        }
        if properties.anchor > 0 {
            self.remember(properties.anchor, node.clone());
        }
        self.attach(node, written);
        fits
    }

    fn remember(&mut self, anchor: usize, node: Node) {
        if self.anchors.len() <= anchor {
            self.anchors.resize(anchor + 1, None);
        }
        if let Some(slot) = self.anchors.get_mut(anchor) {
            *slot = Some(node);
        }
    }

    /// Puts a finished node into what is open around it. `written` is where it stands, which for an alias is not
    /// where its value is written.
    fn attach(&mut self, node: Node, written: Span) {
        let Some(frame) = self.frames.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        frame.end = frame.end.max(written.end);
        let map = match &mut frame.open {
            Open::List(_) => return self.items.push(node),
            Open::Map(map) => map,
        };
        match map.key.take() {
            Some(Key::Named(span, key)) => self.entries.push(Entry {
                span,
                key,
                value: node,
            }),
            Some(Key::Merge(span)) => self.merge(span, &node, written),
            Some(Key::Refused) => {}
            None => self.node_as_key(&node, written),
        }
    }

    fn set_key(&mut self, span: Span, key: Key) {
        if let Some(frame) = self.frames.last_mut() {
            frame.end = frame.end.max(span.end);
            if let Open::Map(map) = &mut frame.open {
                map.key = Some(key);
            }
        }
    }

    fn node_as_key(&mut self, node: &Node, written: Span) {
        let text = match &node.value {
            Value::Null => Some(arcstr::literal_substr!("null")),
            Value::List(_) | Value::Map(_) => None,
            Value::Bool(_) | Value::Number(_) | Value::Text(_) => node.scalar(),
        };
        let Some(text) = text else {
            self.unreadable(written, "a key must be a scalar, not a list or a mapping");
            return self.set_key(written, Key::Refused);
        };
        self.key(written, text);
    }

    /// Notes what `<<` names; it is merged once the mapping is complete.
    fn merge(&mut self, key: Span, node: &Node, written: Span) {
        let sources = match &node.value {
            Value::List(list) => list.items.as_slice(),
            Value::Map(_) => std::slice::from_ref(node),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => &[],
        };
        let maps = sources.iter().filter_map(|source| {
            let map = source.as_map()?;
            Some(Merge::new(self.entries.len(), map, source, key))
        });
        let maps: Vec<_> = maps.collect();
        let is_list = matches!(node.value, Value::List(_));
        let usable = maps.len() == sources.len() && (is_list || !maps.is_empty());
        if !usable && !self.problems.is_last_at(written) {
            self.unreadable(
                written,
                "`<<` can only merge a mapping or a list of mappings",
            );
        }
        if let Some(Frame {
            open: Open::Map(map),
            ..
        }) = self.frames.last_mut()
        {
            map.merges.extend(maps);
        }
    }

    /// The entries of a mapping that is complete: keys distinct, merges done.
    fn combine(&mut self, map: &OpenMap, span: Span) -> (Vec<Entry>, Reading) {
        let entries: Vec<_> = self.entries.drain(map.from..).collect();
        if map.merges.is_empty() && mapping::are_distinct(&entries) {
            return (entries, Ok(()));
        }
        let room = self.ceilings.merged.saturating_sub(self.merged);
        let combined = Combined::of(entries, map.from, &map.merges, room);
        for (first, second, key) in combined.duplicates {
            let message = format!("`{}` stands twice in one mapping", clipped(&key));
            let problem = Problem::new(self.duplicates, second, message);
            self.report(problem.with(first, "first written here"));
        }
        self.merged = self.merged.saturating_add(combined.considered);
        let fits = if self.merged > self.ceilings.merged {
            let most = self.ceilings.merged;
            self.stop(span, format!("`<<` merges more than {most} entries"))
        } else {
            Ok(())
        };
        (combined.entries, fits)
    }
}

/// The mapping that a short tag stands for.
fn wrapped(wrap: Wrap, value: Node) -> Node {
    let entry = Entry {
        span: wrap.span,
        key: wrap.key,
        value,
    };
    let span = wrap.span.to(entry.value.span);
    Node::new(span, Value::Map(Arc::new(Map::new(vec![entry]))))
}

/// At most 40 characters of the user's words, on one line.
pub(super) fn clipped(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

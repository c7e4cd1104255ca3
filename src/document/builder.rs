//! Builds the tree from what a parser reads, one event at a time.
//!
//! Never recurses: what is still open is a stack of frames, and the finished children of all of them lie on two
//! shared stacks, so that a collection costs one allocation of the right size. Keeps the ceilings of [`limits`]: when
//! one is passed it says so once, at its place, and [`Stopped`] tells the parser to read no further; what was read
//! so far is closed and kept.

mod frame;
mod mapping;
mod place;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arcstr::ArcStr;

use self::frame::{Frame, Key, Open, OpenMap};
pub(super) use self::frame::{Properties, Shape, Wrap};
use super::{Document, Entry, List, Node, Problem, ProblemKind, Value, limits, problem::Problems};
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
        self.open_map().is_some_and(|map| map.key.is_none())
    }

    /// Whether the next node is the value of a key.
    pub(super) fn is_at_value(&self) -> bool {
        self.open_map().is_some_and(|map| map.key.is_some())
    }

    fn open_map(&self) -> Option<&OpenMap> {
        match &self.frames.last()?.open {
            Open::List(_) => None,
            Open::Map(map) => Some(map),
        }
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

    /// Begins a collection with what is at `span`, its bracket or nothing.
    pub(super) fn open(&mut self, shape: Shape, span: Span, properties: Properties) -> Reading {
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
            start: span.start,
            end: span.end,
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
                let (map, fits) = self.combine(&map, span);
                (Value::Map(Arc::new(map)), fits)
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
    pub(super) fn key(&mut self, span: Span, text: Str) -> Reading {
        self.count(1, span)?;
        self.set_key(span, Key::Named(span, text));
        Ok(())
    }

    /// The key `<<`, whose value is merged into the innermost mapping.
    pub(super) fn merge_key(&mut self, span: Span) -> Reading {
        self.count(1, span)?;
        self.set_key(span, Key::Merge(span));
        Ok(())
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
            is_json: false,
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

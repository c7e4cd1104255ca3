//! A collection whose end has not been read.

use super::mapping::Merge;
use crate::source::{Span, Str};

/// A short tag: the value becomes the only one of a mapping with this key.
#[derive(Clone, Debug)]
pub(in crate::document) struct Wrap {
    /// Where the tag is written.
    pub span: Span,
    /// The key: `Ref`, `Fn::Sub`.
    pub key: Str,
}

/// What is written before a value and belongs to it.
#[derive(Debug, Default)]
pub(in crate::document) struct Properties {
    /// Number of the anchor; 0 without one.
    pub anchor: usize,
    /// The short tag.
    pub wrap: Option<Wrap>,
}

/// Which kind of collection begins.
#[derive(Clone, Copy, Debug)]
pub(in crate::document) enum Shape {
    /// A sequence.
    List,
    /// A mapping.
    Map,
}

/// A collection whose end has not been read.
#[derive(Debug)]
pub(super) struct Frame {
    /// Where it begins.
    pub start: u32,
    /// End of the last child, or of what opened it.
    pub end: u32,
    /// Levels of nesting, this one included.
    pub level: u32,
    /// What is written before it.
    pub properties: Properties,
    /// What it collects.
    pub open: Open,
}

/// What is open.
#[derive(Debug)]
pub(super) enum Open {
    /// Index of its first item.
    List(usize),
    /// A mapping.
    Map(OpenMap),
}

/// A mapping that is open.
#[derive(Debug, Default)]
pub(super) struct OpenMap {
    /// Index of its first entry.
    pub from: usize,
    /// The key whose value is next.
    pub key: Option<Key>,
    /// What `<<` names, in order.
    pub merges: Vec<Merge>,
}

/// A key whose value is next.
#[derive(Debug)]
pub(super) enum Key {
    /// An ordinary one.
    Named(Span, Str),
    /// `<<`.
    Merge(Span),
    /// Not usable; its value is passed over.
    Refused,
}

//! Nodes that SAM makes up: each stands at the place of what made it come about.
//!
//! Never invents a place: whoever makes a node says which part of the author's text asked for it.

use crate::document::{Entry, Node, Value};
use crate::source::{Span, Str};

/// Where generated nodes are said to stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(pub(super) Span);

impl Place {
    /// Text.
    pub(super) fn text(self, text: impl Into<Str>) -> Node {
        Node::text(self.0, text)
    }

    /// A boolean.
    pub(super) fn flag(self, value: bool) -> Node {
        Node::bool(self.0, value)
    }

    /// A list.
    pub(super) fn list(self, items: impl IntoIterator<Item = Node>) -> Node {
        Node::list(self.0, items.into_iter().collect())
    }

    /// A list of texts.
    pub(super) fn texts(self, items: &[&str]) -> Node {
        self.list(items.iter().map(|item| self.text(*item)))
    }

    /// A mapping.
    pub(super) fn map<const N: usize>(self, entries: [(&str, Node); N]) -> Node {
        Node::object(self.0, entries.map(|(key, value)| (Str::from(key), value)))
    }

    /// A mapping with one entry.
    pub(super) fn one(self, key: impl Into<Str>, value: Node) -> Node {
        Node::object(self.0, [(key.into(), value)])
    }

    /// `Ref`.
    pub(super) fn reference(self, id: impl Into<Str>) -> Node {
        self.one("Ref", self.text(id))
    }

    /// `Fn::GetAtt`.
    pub(super) fn attribute(self, id: impl Into<Str>, attribute: &str) -> Node {
        self.one(
            "Fn::GetAtt",
            self.list([self.text(id), self.text(attribute)]),
        )
    }

    /// `Fn::Sub` without variables of its own.
    pub(super) fn sub(self, text: impl Into<Str>) -> Node {
        self.one("Fn::Sub", self.text(text))
    }

    /// `Fn::Sub` with variables.
    pub(super) fn sub_with<const N: usize>(
        self,
        text: impl Into<Str>,
        variables: [(&str, Node); N],
    ) -> Node {
        self.one("Fn::Sub", self.list([self.text(text), self.map(variables)]))
    }

    /// `Ref: AWS::NoValue`.
    pub(super) fn no_value(self) -> Node {
        self.reference("AWS::NoValue")
    }

    /// `Fn::If`: this, or nothing.
    pub(super) fn when(self, condition: &Str, then: Node) -> Node {
        self.either(condition, then, self.no_value())
    }

    /// `Fn::If`.
    pub(super) fn either(self, condition: &Str, then: Node, otherwise: Node) -> Node {
        self.one(
            "Fn::If",
            self.list([self.text(condition.clone()), then, otherwise]),
        )
    }

    /// A value that cannot be known, with the reason.
    pub(super) fn unknown(self, reason: impl Into<Str>) -> Node {
        self.one("Fn::GateLintUnknown", self.text(reason))
    }

    /// A list of CloudFormation tags from SAM's mapping of tags.
    pub(super) fn tags(tags: &Node) -> Vec<Node> {
        let tag = |entry: &Entry| {
            Place(entry.span).map([
                ("Key", Place(entry.span).text(entry.key.clone())),
                ("Value", entry.value.clone()),
            ])
        };
        tags.entries().iter().map(tag).collect()
    }
}

/// The same mapping without its empty (null) entries.
pub(super) fn without_nulls(node: &Node) -> Node {
    let kept = node.entries().iter().filter(|entry| !entry.value.is_null());
    Node {
        via: node.via.clone(),
        ..Node::map(node.span, kept.cloned().collect())
    }
}

/// Whether it is text and this text.
pub(super) fn is(node: Option<&Node>, text: &str) -> bool {
    node.and_then(Node::as_text).is_some_and(|it| it == text)
}

/// Whether it is the boolean `true`, as `is True` in Python.
pub(super) fn is_true(node: Option<&Node>) -> bool {
    node.is_some_and(|node| matches!(node.value, Value::Bool(true)))
}

/// What is under `key` and not null.
pub(super) fn present<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.get(key).filter(|node| !node.is_null())
}

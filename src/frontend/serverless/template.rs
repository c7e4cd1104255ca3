//! The template under construction, and the words of `CloudFormation` that it is written in.
//!
//! Every node points at what made it come about: an [`At`] is that place, with the way by which it got into the service.

use std::collections::HashMap;
use std::sync::Arc;

use super::merge;
use crate::document::{Entry, Map, Node, Value};
use crate::resolve::function;
use crate::source::{Span, Str};
use crate::trail::{How, Step, Trail};

/// A place in the author's files that generated nodes point at.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) span: Span,
    pub(super) via: Option<Trail>,
}

impl At {
    /// Where this value is written.
    pub(super) fn of(node: &Node) -> Self {
        Self {
            span: node.span,
            via: node.via.clone(),
        }
    }

    /// The same, having come one more step.
    pub(super) fn via(&self, step: Step) -> Self {
        Self {
            span: self.span,
            via: Some(Trail::then(self.via.clone(), step)),
        }
    }

    fn placed(&self, node: Node) -> Node {
        Node {
            via: self.via.clone(),
            ..node
        }
    }

    pub(super) fn text(&self, text: impl Into<Str>) -> Node {
        self.placed(Node::text(self.span, text))
    }

    pub(super) fn bool(&self, value: bool) -> Node {
        self.placed(Node::bool(self.span, value))
    }

    pub(super) fn list(&self, items: Vec<Node>) -> Node {
        self.placed(Node::list(self.span, items))
    }

    /// A mapping with these keys.
    pub(super) fn object<const N: usize>(&self, entries: [(&'static str, Node); N]) -> Node {
        self.map(entries.map(|(key, node)| (Str::from(key), node)))
    }

    /// A mapping of those entries that have a value.
    pub(super) fn sparse<const N: usize>(
        &self,
        entries: [(&'static str, Option<Node>); N],
    ) -> Node {
        let present = |(key, node): (&'static str, Option<Node>)| Some((Str::from(key), node?));
        self.map(entries.into_iter().filter_map(present))
    }

    /// A mapping, whose keys must be distinct.
    pub(super) fn map(&self, entries: impl IntoIterator<Item = (Str, Node)>) -> Node {
        let entry = |(key, value)| Entry {
            span: self.span,
            key,
            value,
        };
        let entries = entries.into_iter().map(entry).collect();
        let value = Value::Map(Arc::new(Map::new(entries)));
        self.placed(Node::new(self.span, value))
    }

    /// A value that cannot be known, and why.
    pub(super) fn unknown(&self, reason: impl Into<Str>) -> Node {
        self.placed(function::unknown(self.span, reason))
    }

    /// `Ref`.
    pub(super) fn refer(&self, id: impl Into<Str>) -> Node {
        self.object([("Ref", self.text(id))])
    }

    /// `Fn::GetAtt`.
    pub(super) fn attribute(&self, id: impl Into<Str>, attribute: &'static str) -> Node {
        let parts = vec![self.text(id), self.text(attribute)];
        self.object([("Fn::GetAtt", self.list(parts))])
    }

    /// `Fn::Sub` of a plain text.
    pub(super) fn sub(&self, text: impl Into<Str>) -> Node {
        self.object([("Fn::Sub", self.text(text))])
    }

    /// `Fn::Join` without a separator.
    pub(super) fn join(&self, parts: Vec<Node>) -> Node {
        self.joined("", parts)
    }

    /// `Fn::Join`.
    pub(super) fn joined(&self, separator: &'static str, parts: Vec<Node>) -> Node {
        let arguments = vec![self.text(separator), self.list(parts)];
        self.object([("Fn::Join", self.list(arguments))])
    }

    /// These parts as one text where they are texts, else as a join.
    pub(super) fn concat(&self, parts: &[Node]) -> Node {
        let mut joined: Vec<Node> = Vec::new();
        let mut literal = String::new();
        for part in parts {
            if let Some(text) = part.scalar() {
                literal.push_str(&text);
                continue;
            }
            if !literal.is_empty() {
                joined.push(self.text(std::mem::take(&mut literal)));
            }
            joined.push(part.clone());
        }
        if joined.is_empty() {
            return self.text(literal);
        }
        if !literal.is_empty() {
            joined.push(self.text(literal));
        }
        self.join(joined)
    }

    /// The URI by which API Gateway invokes a function.
    pub(super) fn invocation(&self, target: Vec<Node>) -> Node {
        let mut parts = vec![
            self.text("arn:"),
            self.refer("AWS::Partition"),
            self.text(":apigateway:"),
            self.refer("AWS::Region"),
            self.text(":lambda:path/2015-03-31/functions/"),
        ];
        parts.extend(target);
        parts.push(self.text("/invocations"));
        self.join(parts)
    }

    /// ARN of everything an API offers: `/*/*` of a REST API, `/*` of an HTTP API.
    pub(super) fn execute_api(&self, api: Node, tail: &'static str) -> Node {
        self.join(vec![
            self.text("arn:"),
            self.refer("AWS::Partition"),
            self.text(":execute-api:"),
            self.refer("AWS::Region"),
            self.text(":"),
            self.refer("AWS::AccountId"),
            self.text(":"),
            api,
            self.text(tail),
        ])
    }

    /// A resource.
    pub(super) fn resource(&self, kind: &'static str, properties: Node) -> Node {
        self.object([("Type", self.text(kind)), ("Properties", properties)])
    }
}

/// What lets `principal` invoke a function.
pub(super) fn permission(
    at: &At,
    function: Node,
    principal: &'static str,
    source: Option<Node>,
) -> Node {
    let properties = at.sparse([
        ("FunctionName", Some(function)),
        ("Action", Some(at.text("lambda:InvokeFunction"))),
        ("Principal", Some(at.text(principal))),
        ("SourceArn", source),
    ]);
    at.resource("AWS::Lambda::Permission", properties)
}

/// A part of a template: entries in order of their first appearance.
#[derive(Debug, Default)]
pub(super) struct Section {
    entries: Vec<Entry>,
    index: HashMap<Str, usize>,
    replaced: Vec<(Str, Node, Node)>,
}

/// An entry that took the place of another.
pub(super) struct Replaced<'a> {
    /// What it is, in the author's words.
    pub(super) what: &'a Str,
    /// What was there.
    pub(super) before: &'a Node,
    /// What is there.
    pub(super) after: &'a Node,
}

impl Section {
    /// Every entry that took the place of another, in order.
    pub(super) fn replaced(&self) -> impl Iterator<Item = Replaced<'_>> {
        let all = self.replaced.iter();
        all.map(|(what, before, after)| Replaced {
            what,
            before,
            after,
        })
    }

    pub(super) fn get(&self, id: &str) -> Option<&Node> {
        let entry = self.entries.get(*self.index.get(id)?)?;
        Some(&entry.value)
    }

    /// Sets an entry, whatever it was; it stands where what it holds now comes from.
    pub(super) fn set(&mut self, id: impl Into<Str>, value: Node) {
        let key = id.into();
        let slot = *self.index.entry(key.clone()).or_insert(self.entries.len());
        match self.entries.get_mut(slot) {
            Some(entry) => (entry.span, entry.value) = (value.span, value),
            None => self.entries.push(Entry {
                span: value.span,
                key,
                value,
            }),
        }
    }

    /// Sets an entry that another part of the service may have set; the winner remembers `what` it was set over.
    pub(super) fn replace(&mut self, id: impl Into<Str>, value: Node, what: &str) {
        let id = id.into();
        let value = match self.get(&id) {
            Some(before) if before.span != value.span => {
                let (what, before) = (Str::from(what), before.clone());
                let place = before.span;
                self.replaced.push((what.clone(), before, value.clone()));
                value.via(Step::new(How::Overrides(what), place))
            }
            _ => value,
        };
        self.set(id, value);
    }

    /// Lays an entry over what another part of the service may have set, as [`Section::replace`].
    pub(super) fn merge(&mut self, id: impl Into<Str>, value: Node, what: &str) {
        let id = id.into();
        let merged = match self.get(&id) {
            Some(before) => Node {
                value: merge::over(before, &value).value,
                ..value
            },
            None => value,
        };
        self.replace(id, merged, what);
    }

    /// The entries as a mapping.
    pub(super) fn into_node(self, span: Span) -> Node {
        Node::new(span, Value::Map(Arc::new(Map::new(self.entries))))
    }
}

//! One resource of the template that comes out.
//!
//! Holds what SAM passes on of a resource's attributes; knows no type of resource.

use super::place::Place;
use super::truthy::truthy;
use crate::document::{Entry, Node};
use crate::source::{Span, Str};

/// A resource in the making.
#[derive(Debug)]
pub(super) struct Made {
    id: Str,
    at: Span,
    kind: &'static str,
    attributes: Vec<Entry>,
    properties: Vec<Entry>,
}

/// Attributes of the author's resource that its own counterpart keeps.
const OWN: &[&str] = &[
    "DependsOn",
    "DeletionPolicy",
    "UpdatePolicy",
    "Condition",
    "UpdateReplacePolicy",
    "Metadata",
];

/// Attributes that every resource made from it gets as well.
const PASSED: &[&str] = &["Condition", "DeletionPolicy", "UpdateReplacePolicy"];

/// The attributes that the resource's own counterpart keeps.
pub(super) fn own(resource: &Node) -> Vec<Entry> {
    chosen(resource, OWN)
}

/// The attributes that resources derived from it get.
pub(super) fn passed(resource: &Node) -> Vec<Entry> {
    chosen(resource, PASSED)
}

fn chosen(resource: &Node, names: &[&str]) -> Vec<Entry> {
    let entries = resource.entries().iter();
    entries
        .filter(|entry| names.contains(&entry.key.as_str()))
        .cloned()
        .collect()
}

impl Made {
    /// A resource that came about because of what is at `at`.
    pub(super) fn new(id: impl Into<Str>, kind: &'static str, at: Span) -> Self {
        Self {
            id: id.into(),
            at,
            kind,
            attributes: Vec::new(),
            properties: Vec::new(),
        }
    }

    /// With these attributes.
    pub(super) fn with(mut self, attributes: Vec<Entry>) -> Self {
        self.attributes.extend(attributes);
        self
    }

    /// With another `Condition` than its attributes say.
    pub(super) fn conditional(mut self, condition: impl Into<Str>) -> Self {
        self.attributes.retain(|entry| entry.key != "Condition");
        self.attributes.push(Entry {
            span: self.at,
            key: "Condition".into(),
            value: Place(self.at).text(condition),
        });
        self
    }

    /// With `DependsOn` on these ids.
    pub(super) fn after(mut self, ids: &[Str]) -> Self {
        let place = Place(self.at);
        let ids = place.list(ids.iter().map(|id| place.text(id.clone())));
        self.attributes.push(Entry {
            span: self.at,
            key: "DependsOn".into(),
            value: ids,
        });
        self
    }

    /// Sets a property.
    pub(super) fn set(mut self, key: &str, value: Node) -> Self {
        self.properties.push(Entry {
            span: self.at,
            key: key.into(),
            value,
        });
        self
    }

    /// Sets a property when there is a value for it.
    pub(super) fn maybe(self, key: &str, value: Option<Node>) -> Self {
        match value {
            Some(value) => self.set(key, value),
            None => self,
        }
    }

    /// Takes over properties that are true for Python.
    pub(super) fn copy_true(mut self, from: &Node, keys: &[&str]) -> Self {
        let taken = from
            .entries()
            .iter()
            .filter(|entry| keys.contains(&entry.key.as_str()) && truthy(&entry.value));
        self.properties.extend(taken.cloned());
        self
    }

    /// Takes over properties as the author wrote them; null counts as absent.
    pub(super) fn copy(mut self, from: &Node, keys: &[&str]) -> Self {
        let taken = from
            .entries()
            .iter()
            .filter(|entry| keys.contains(&entry.key.as_str()) && !entry.value.is_null());
        self.properties.extend(taken.cloned());
        self
    }

    /// Takes over a property under another name.
    pub(super) fn copy_as(mut self, from: &Node, key: &str, name: &str) -> Self {
        let entry = from.as_map().and_then(|map| map.entry(key));
        if let Some(entry) = entry.filter(|entry| !entry.value.is_null()) {
            self.properties.push(Entry {
                key: name.into(),
                ..entry.clone()
            });
        }
        self
    }

    /// The entry of `Resources`.
    pub(super) fn finish(self) -> Entry {
        let place = Place(self.at);
        let mut entries = vec![Entry {
            span: self.at,
            key: "Type".into(),
            value: place.text(self.kind),
        }];
        entries.extend(self.attributes);
        entries.push(Entry {
            span: self.at,
            key: "Properties".into(),
            value: Node::map(self.at, self.properties),
        });
        Entry {
            span: self.at,
            key: self.id,
            value: Node::map(self.at, entries),
        }
    }
}

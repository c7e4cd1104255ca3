//! Changing a tree from the leaves up, each shared part of it once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::document::{List, Map, Node, Value};
use crate::source::Str;

/// Texts longer than this are remembered too.
const LONG: usize = 1 << 10;

/// What happens to the pieces of a tree.
pub(super) trait Change {
    /// The text in another form; `None` when it stays. `key` is what it stands under in a mapping.
    fn text(&self, node: &Node, text: &Str, key: Option<&Str>) -> Option<Node>;

    /// Whether an entry of a mapping goes.
    fn drops(&self, value: &Node) -> bool;
}

/// A change under way.
pub(super) struct Rewriter<'a> {
    change: &'a dyn Change,
    collections: HashMap<usize, Option<Value>>,
    plain: HashMap<(usize, usize), ()>,
}

impl<'a> Rewriter<'a> {
    pub(super) fn new(change: &'a dyn Change) -> Self {
        Self {
            change,
            collections: HashMap::new(),
            plain: HashMap::new(),
        }
    }

    /// The node in its new form; `None` when nothing in it changes.
    pub(super) fn changed(&mut self, node: &Node) -> Option<Node> {
        self.under(node, None)
    }

    fn under(&mut self, node: &Node, key: Option<&Str>) -> Option<Node> {
        let place = match &node.value {
            Value::Text(text) => return self.text(node, text, key),
            Value::List(list) => Arc::as_ptr(list) as usize,
            Value::Map(map) => Arc::as_ptr(map) as usize,
            Value::Null | Value::Bool(_) | Value::Number(_) => return None,
        };
        let value = match self.collections.get(&place) {
            Some(known) => known.clone(),
            None => {
                let value = self.collection(node);
                self.collections.insert(place, value.clone());
                value
            }
        };
        value.map(|value| Node {
            value,
            ..node.clone()
        })
    }

    fn text(&mut self, node: &Node, text: &Str, key: Option<&Str>) -> Option<Node> {
        let place = (text.as_ptr() as usize, text.len());
        if text.len() > LONG && self.plain.contains_key(&place) {
            return None;
        }
        let changed = self.change.text(node, text, key);
        if changed.is_none() && text.len() > LONG {
            self.plain.insert(place, ());
        }
        changed
    }

    fn collection(&mut self, node: &Node) -> Option<Value> {
        if let Some(items) = node.as_list() {
            let changed: Vec<Option<Node>> =
                items.iter().map(|item| self.under(item, None)).collect();
            let is_changed = changed.iter().any(Option::is_some);
            let items = changed.into_iter().zip(items);
            let items = items.map(|(new, old)| new.unwrap_or_else(|| old.clone()));
            return is_changed.then(|| Value::List(Arc::new(List::new(items.collect()))));
        }
        let mut is_changed = false;
        let mut entries = Vec::with_capacity(node.entries().len());
        for entry in node.entries() {
            if self.change.drops(&entry.value) {
                is_changed = true;
                continue;
            }
            let mut entry = entry.clone();
            if let Some(value) = self.under(&entry.value, Some(&entry.key)) {
                is_changed = true;
                entry.value = value;
            }
            entries.push(entry);
        }
        is_changed.then(|| Value::Map(Arc::new(Map::new(entries))))
    }
}

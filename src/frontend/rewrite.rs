//! Replacing parts of a tree while the rest stays shared.
//!
//! A collection that is written once and used a thousand times (aliases) is looked at once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::document::{Entry, Node, Value};

/// Rewrites a tree from the leaves up: `change` sees each node with its children already rewritten, and gives what
/// stands in its place, or `None` to leave it.
pub fn rewrite(node: &Node, change: &mut dyn FnMut(&Node) -> Option<Node>) -> Node {
    let mut pass = Pass {
        change,
        seen: HashMap::new(),
    };
    pass.visit(node).unwrap_or_else(|| node.clone())
}

struct Pass<'a> {
    change: &'a mut dyn FnMut(&Node) -> Option<Node>,
    /// What became of a shared collection, by its address: the tree it stands in outlives the pass.
    seen: HashMap<usize, Option<Node>>,
}

impl Pass<'_> {
    fn visit(&mut self, node: &Node) -> Option<Node> {
        let Some(address) = shared(node) else {
            return self.changed(node);
        };
        if let Some(known) = self.seen.get(&address) {
            return known.clone();
        }
        let result = self.changed(node);
        self.seen.insert(address, result.clone());
        result
    }

    fn changed(&mut self, node: &Node) -> Option<Node> {
        let changed = self.children(node);
        (self.change)(changed.as_ref().unwrap_or(node)).or(changed)
    }

    fn children(&mut self, node: &Node) -> Option<Node> {
        let inner = match &node.value {
            Value::List(list) => {
                let items = self.all(list.items.iter())?;
                Node::list(node.span, items)
            }
            Value::Map(map) => {
                let values = self.all(map.entries.iter().map(|entry| &entry.value))?;
                let entries = map.entries.iter().zip(values);
                let entry = |(entry, value): (&Entry, Node)| Entry {
                    value,
                    ..entry.clone()
                };
                Node::map(node.span, entries.map(entry).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => return None,
        };
        Some(Node {
            via: node.via.clone(),
            ..inner
        })
    }

    /// The values rewritten; `None` when none of them changes.
    fn all<'n>(&mut self, values: impl Iterator<Item = &'n Node> + Clone) -> Option<Vec<Node>> {
        let visited = values.clone().map(|value| self.visit(value)).enumerate();
        let changed = visited.filter_map(|(nth, changed)| Some((nth, changed?)));
        let changed: Vec<(usize, Node)> = changed.collect();
        if changed.is_empty() {
            return None;
        }
        let mut changed = changed.into_iter().peekable();
        let settled = |(nth, value): (usize, &Node)| {
            let new = changed.next_if(|(at, _)| *at == nth);
            new.map_or_else(|| value.clone(), |(_, new)| new)
        };
        Some(values.enumerate().map(settled).collect())
    }
}

/// The address of a collection that may stand elsewhere too.
fn shared(node: &Node) -> Option<usize> {
    match &node.value {
        Value::List(list) => (Arc::strong_count(list) > 1).then(|| Arc::as_ptr(list).addr()),
        Value::Map(map) => (Arc::strong_count(map) > 1).then(|| Arc::as_ptr(map).addr()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, Span};

    #[test]
    fn what_does_not_change_stays_shared() {
        let at = Span::top(SourceId(0));
        let kept = Node::list(at, vec![Node::text(at, "x")]);
        let tree = Node::object(at, [("a".into(), kept), ("b".into(), Node::text(at, "y"))]);
        let result = rewrite(&tree, &mut |node| {
            (node.as_text()? == "y").then(|| Node::text(at, "z"))
        });
        assert_eq!(result.get("b").unwrap().as_text().unwrap(), "z");
        let (Value::List(before), Value::List(after)) = (
            &tree.get("a").unwrap().value,
            &result.get("a").unwrap().value,
        ) else {
            panic!("both are lists");
        };
        assert!(Arc::ptr_eq(before, after));
    }
}

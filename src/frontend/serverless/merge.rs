//! Laying one tree over another, as lodash's `merge` does: mappings key by key, lists index by index, anything else replaces.
//!
//! Many trees are merged at once, so that the cost is that of reading each of them once.

use std::collections::HashMap;

use crate::document::{Entry, Node, Value};
use crate::source::Str;
use crate::trail::{How, Step};

/// Nodes, aliases expanded, that are merged at most.
const NODES: u64 = 500_000;

/// Whether merging these would take too long: what aliases share has to be told apart.
pub(super) fn is_too_large(nodes: &[Node]) -> bool {
    let total = nodes.iter().map(|node| node.extent().nodes);
    nodes.len() > 1 && total.fold(0, u64::saturating_add) > NODES
}

/// Each tree over the ones before it. `None` when there is none.
pub(super) fn merged(nodes: &[Node]) -> Option<Node> {
    match nodes {
        [] => None,
        [only] => Some(only.clone()),
        many => Some(many_merged(many)),
    }
}

/// `over` laid over `base`.
pub(super) fn over(base: &Node, over: &Node) -> Node {
    many_merged(&[base.clone(), over.clone()])
}

/// What is laid over a collection of the same kind is merged with it; anything else begins anew.
fn many_merged(nodes: &[Node]) -> Node {
    let mut group: Vec<Node> = Vec::new();
    for node in nodes {
        let goes_on = group.last().is_some_and(|last| is_alike(last, node));
        if !goes_on {
            let before = group.pop();
            group.clear();
            group.push(replacing(node, before.as_ref()));
            continue;
        }
        group.push(node.clone());
    }
    match group.as_slice() {
        [only] => only.clone(),
        many if many.iter().any(|node| node.as_list().is_some()) => by_index(many),
        many => by_key(many),
    }
}

fn is_alike(a: &Node, b: &Node) -> bool {
    matches!(
        (&a.value, &b.value),
        (Value::Map(_), Value::Map(_)) | (Value::List(_), Value::List(_))
    )
}

/// A value that takes the place of another one.
fn replacing(node: &Node, before: Option<&Node>) -> Node {
    let Some(before) = before.filter(|before| !before.same(node)) else {
        return node.clone();
    };
    let what = before
        .scalar()
        .unwrap_or_else(|| Str::from("another value"));
    node.clone()
        .via(Step::new(How::Overrides(what), before.span))
}

fn by_key(maps: &[Node]) -> Node {
    let mut order: Vec<(Entry, Vec<Node>)> = Vec::new();
    let mut known: HashMap<Str, usize> = HashMap::new();
    for map in maps {
        for entry in map.entries() {
            let value = entry.value.clone().along(map.via.as_ref());
            let slot = *known.entry(entry.key.clone()).or_insert(order.len());
            match order.get_mut(slot) {
                Some((_, values)) => values.push(value),
                None => order.push((entry.clone(), vec![value])),
            }
        }
    }
    let entry = |(mut entry, values): (Entry, Vec<Node>)| {
        if let Some(value) = merged(&values) {
            entry.value = value;
        }
        entry
    };
    let entries = order.into_iter().map(entry).collect();
    rebuilt(maps, |node| Node::map(node.span, entries))
}

fn by_index(lists: &[Node]) -> Node {
    let most = lists.iter().map(|list| list.items().len()).max();
    let item = |nth: usize| {
        let values: Vec<Node> = lists
            .iter()
            .filter_map(|list| Some(list.items().get(nth)?.clone().along(list.via.as_ref())))
            .collect();
        merged(&values)
    };
    let items = (0..most.unwrap_or_default()).filter_map(item).collect();
    rebuilt(lists, |node| Node::list(node.span, items))
}

/// The whole stands where the first part stands; its children carry their own trails.
fn rebuilt(parts: &[Node], build: impl FnOnce(&Node) -> Node) -> Node {
    match parts.first() {
        Some(first) => build(first),
        None => Node::null(crate::source::Span::top(crate::source::SourceId(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Dialect, parse};
    use crate::source::Sources;

    fn tree(text: &str) -> Node {
        let sources = Sources::default();
        let source = sources.add("a.yml", text);
        parse(&sources, source, Dialect::Core).root
    }

    fn check(parts: &[&str], expected: &str) {
        let nodes: Vec<Node> = parts.iter().map(|text| tree(text)).collect();
        let result = merged(&nodes).expect("there is one");
        assert!(result.same(&tree(expected)), "{result:?}");
    }

    #[test]
    fn mappings_merge_by_key_and_lists_by_index() {
        check(
            &["{a: {x: 1}}", "{a: {y: 2}, b: 3}"],
            "{a: {x: 1, y: 2}, b: 3}",
        );
        check(&["[1, {a: 1}, 3]", "[4, {b: 2}]"], "[4, {a: 1, b: 2}, 3]");
    }

    #[test]
    fn other_kinds_replace_and_null_does_too() {
        check(&["{a: {x: 1}}", "{a: 1}", "{a: {y: 2}}"], "{a: {y: 2}}");
        check(&["{a: [1]}", "{a: {b: 1}}"], "{a: {b: 1}}");
        check(&["{a: 1}", "{a: null}"], "{a: null}");
    }

    #[test]
    fn what_is_replaced_is_remembered() {
        let result = over(&tree("{a: NONE}"), &tree("{a: AWS_IAM}"));
        let value = result.get("a").expect("is there");
        let steps: Vec<_> = value.trail().steps().collect();
        assert!(
            steps
                .iter()
                .any(|step| matches!(&step.how, How::Overrides(what) if what == "NONE"))
        );
    }
}

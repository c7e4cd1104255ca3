//! Reading the resolved configuration without losing how its values came there.
//!
//! A mapping that was read from a file or through a variable hands that trail on to whatever is taken out of it.
//! Null counts as absent, as it does in the framework. Decides nothing.

use crate::document::{Node, Value};
use crate::resolve::function::UNKNOWN;
use crate::source::{Span, Str};

/// The value under a key, having come here as the mapping did. Null is absent.
pub(super) fn child(node: &Node, key: &str) -> Option<Node> {
    let found = node.get(key).filter(|found| !found.is_null())?;
    Some(found.clone().along(node.via.as_ref()))
}

/// The value under a path of keys, as [`child`].
pub(super) fn at(node: &Node, path: &[&str]) -> Option<Node> {
    let start = node.clone();
    path.iter().try_fold(start, |node, key| child(&node, key))
}

/// The items of a list, each having come here as the list did.
pub(super) fn items(node: &Node) -> impl Iterator<Item = Node> {
    let via = node.via.as_ref();
    node.items().iter().map(move |item| item.clone().along(via))
}

/// The entries of a mapping: place of the key, key, and value having come here as the mapping did. Nulls included.
pub(super) fn entries(node: &Node) -> impl Iterator<Item = (Span, Str, Node)> {
    let via = node.via.as_ref();
    node.entries().iter().map(move |entry| {
        (
            entry.span,
            entry.key.clone(),
            entry.value.clone().along(via),
        )
    })
}

/// Why the value cannot be known, when it cannot.
pub(super) fn unknown(node: &Node) -> Option<&Str> {
    let entry = node.single().filter(|entry| entry.key == UNKNOWN)?;
    entry.value.as_text()
}

/// JavaScript's truthiness. An unknown value counts as truthy: ask [`unknown`] first where that matters.
pub(super) fn is_truthy(node: &Node) -> bool {
    match &node.value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(text) => text.parse::<f64>().is_ok_and(|number| number != 0.0),
        Value::Text(text) => !text.is_empty(),
        Value::List(_) | Value::Map(_) => true,
    }
}

/// The text of a scalar, or of a text with unknown parts, each of which is replaced by a mark made of its reason. `None` for
/// anything else. Good for finding prefixes, separators and names in it, not for showing it.
pub(super) fn sketch(node: &Node) -> Option<Str> {
    if let Some(text) = node.scalar() {
        return Some(text);
    }
    if let Some(reason) = unknown(node) {
        return Some(mark(reason));
    }
    let parts = joined(node)?;
    let texts: Option<Vec<Str>> = parts.iter().map(piece).collect();
    Some(Str::from(texts?.concat()))
}

fn piece(node: &Node) -> Option<Str> {
    node.scalar().or_else(|| unknown(node).map(mark))
}

/// The parts of a text that variables left open; `None` when it is no such text.
pub(super) fn joined(node: &Node) -> Option<&[Node]> {
    let entry = node.single().filter(|entry| entry.key == "Fn::Join")?;
    let [separator, parts] = entry.value.items() else {
        return None;
    };
    let is_open = parts.items().iter().any(|part| unknown(part).is_some());
    (is_open && separator.as_text().is_some_and(Str::is_empty)).then(|| parts.items())
}

/// `${ssm:/auth/arn}` becomes `ssm-auth-arn`.
fn mark(reason: &Str) -> Str {
    let words = reason
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let mark = words.collect::<Vec<_>>().join("-");
    if mark.is_empty() {
        return arcstr::literal_substr!("unknown");
    }
    Str::from(mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::function;
    use crate::source::SourceId;
    use crate::trail::{How, Step};

    fn here() -> Span {
        Span::top(SourceId(0))
    }

    #[test]
    fn what_is_taken_out_came_the_same_way() {
        let inner = Node::object(here(), [(Str::from("a"), Node::text(here(), "x"))]);
        let outer = inner.via(Step::new(How::File("f.yml".into()), here()));
        let found = child(&outer, "a").expect("is there");
        assert_eq!(found.trail().steps().count(), 2);
    }

    #[test]
    fn unknown_parts_are_marked_by_their_reason() {
        let unknown = function::unknown(here(), "`${ssm:/auth/arn}`");
        assert_eq!(sketch(&unknown).as_deref(), Some("ssm-auth-arn"));
        let parts = vec![Node::text(here(), "arn:"), unknown];
        let join = Node::list(
            here(),
            vec![Node::text(here(), ""), Node::list(here(), parts)],
        );
        let join = Node::object(here(), [(Str::from("Fn::Join"), join)]);
        assert_eq!(sketch(&join).as_deref(), Some("arn:ssm-auth-arn"));
        assert!(joined(&join).is_some());
    }
}

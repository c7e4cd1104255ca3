//! The framework validates its configuration with type coercion, which changes values: `private: "false"` is false.
//!
//! What cannot be coerced stays as it is, which in the `warn` mode of v3 and v4 means that JavaScript's truthiness decides.

use crate::document::{Node, Value};
use crate::source::Str;
use crate::trail::{How, Step};

/// Read as a boolean, where the schema wants one.
pub(super) fn boolean(node: &Node, key: &str) -> Node {
    let inner = single(node);
    let value = match &inner.value {
        Value::Text(text) if text == "true" => true,
        Value::Text(text) if text == "false" => false,
        Value::Number(text) if text.parse() == Ok(1.0) => true,
        Value::Number(text) if text.parse() == Ok(0.0) => false,
        Value::Bool(value) if inner.span != node.span => *value,
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Map(_) => return node.clone(),
    };
    changed(inner, Value::Bool(value), key)
}

/// Read as text, where the schema wants text: numbers and booleans are.
pub(super) fn text(node: &Node, key: &str) -> Node {
    let inner = single(node);
    match &inner.value {
        Value::Number(_) | Value::Bool(_) => {
            let text = inner.scalar().unwrap_or_default();
            changed(inner, Value::Text(text), key)
        }
        Value::Text(_) if inner.span == node.span => inner,
        Value::Text(_) => {
            let note = How::Coerced(Str::from(format!(
                "`{key}` is a list of one, read as its item"
            )));
            let span = inner.span;
            inner.via(Step::new(note, span))
        }
        Value::Null | Value::List(_) | Value::Map(_) => node.clone(),
    }
}

/// Read as a list, where the schema wants one: a scalar is a list of one.
pub(super) fn list(node: &Node, key: &str) -> Node {
    match &node.value {
        Value::Text(_) | Value::Number(_) | Value::Bool(_) => {
            let list = Node::list(node.span, vec![node.clone()]);
            let step = How::Coerced(Str::from(format!("`{key}` is read as a list of one")));
            list.via(Step::new(step, node.span))
        }
        Value::Null | Value::List(_) | Value::Map(_) => node.clone(),
    }
}

/// A list of one counts as its item where a scalar is wanted.
fn single(node: &Node) -> Node {
    match node.items() {
        [only] if only.as_list().is_none() && only.as_map().is_none() => {
            only.clone().along(node.via.as_ref())
        }
        _ => node.clone(),
    }
}

fn changed(node: Node, value: Value, key: &str) -> Node {
    let was = node.scalar().unwrap_or_default();
    let quoted = match &node.value {
        Value::Text(_) => format!("\"{was}\""),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => {
            was.to_string()
        }
    };
    let read = match &value {
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Null | Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => "text",
    };
    let step = How::Coerced(Str::from(format!("`{key}: {quoted}` is read as {read}")));
    let span = node.span;
    Node { value, ..node }.via(Step::new(step, span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, Span};

    fn text_node(text: &str) -> Node {
        Node::text(Span::top(SourceId(0)), text)
    }

    fn is(node: &Node, expected: bool) -> bool {
        matches!(node.value, Value::Bool(value) if value == expected)
    }

    #[test]
    fn only_what_ajv_coerces_becomes_a_boolean() {
        assert!(is(&boolean(&text_node("true"), "private"), true));
        assert!(is(&boolean(&text_node("false"), "private"), false));
        let yes = boolean(&text_node("yes"), "private");
        assert_eq!(yes.as_text().map(Str::as_str), Some("yes"));
        assert!(boolean(&text_node("false"), "private").via.is_some());
    }

    #[test]
    fn scalars_become_text_and_lists_of_one() {
        let number = Node::new(Span::top(SourceId(0)), Value::Number("12".into()));
        assert_eq!(text(&number, "path").as_text().map(Str::as_str), Some("12"));
        assert_eq!(list(&text_node("a"), "scopes").items().len(), 1);
    }
}

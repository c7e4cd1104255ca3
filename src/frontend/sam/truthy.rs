//! What SAM, written in Python, takes a value for.
//!
//! Never resolves anything: a reference is a mapping with something in it, and so it counts as true.

use crate::document::{Node, Value};
use crate::source::Str;

/// Python's truth of a value: null, false, zero and everything empty are false; `"false"` is true.
pub(super) fn truthy(node: &Node) -> bool {
    match &node.value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.parse::<f64>() != Ok(0.0),
        Value::Text(text) => !text.is_empty(),
        Value::List(list) => !list.items.is_empty(),
        Value::Map(map) => !map.entries.is_empty(),
    }
}

/// The value under `key` when it is true for Python.
pub(super) fn true_at<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.get(key).filter(|node| truthy(node))
}

/// Whether it is an intrinsic function: a mapping with the one key `Ref`, `Condition` or `Fn::…`.
pub(super) fn is_intrinsic(node: &Node) -> bool {
    node.single().is_some_and(|entry| is_function(&entry.key))
}

fn is_function(key: &str) -> bool {
    matches!(key, "Ref" | "Condition") || key.starts_with("Fn::")
}

/// Whether it is `Ref: AWS::NoValue`.
pub(super) fn is_no_value(node: &Node) -> bool {
    reference(node).is_some_and(|id| id == "AWS::NoValue")
}

/// The name in a `Ref`.
pub(super) fn reference(node: &Node) -> Option<&Str> {
    node.single()
        .filter(|entry| entry.key == "Ref")?
        .value
        .as_text()
}

/// The three arguments of a well-formed `Fn::If`.
pub(super) fn if_arguments(node: &Node) -> Option<(&Node, &Node, &Node)> {
    let entry = node.single().filter(|entry| entry.key == "Fn::If")?;
    match entry.value.items() {
        [condition, then, otherwise] => Some((condition, then, otherwise)),
        _ => None,
    }
}

/// The logical id in a `Ref` or `Fn::GetAtt`.
pub(super) fn logical_id(node: &Node) -> Option<Str> {
    let entry = node.single()?;
    match (entry.key.as_str(), &entry.value.value) {
        ("Ref", Value::Text(id)) => Some(id.clone()),
        ("Fn::GetAtt", Value::Text(path)) => {
            let (id, _) = path.split_once('.')?;
            Some(path.substr_from(id))
        }
        ("Fn::GetAtt", Value::List(list)) => match list.items.as_slice() {
            [id, _] => id.as_text().cloned(),
            _ => None,
        },
        _ => None,
    }
}

/// Whether SAM reads a version as OpenAPI 3: `3`, one digit, and perhaps another.
pub(super) fn is_openapi_3(version: &Node) -> bool {
    let Some(version) = version.scalar() else {
        return false;
    };
    let digit = |part: &str| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = version.split('.');
    let major = parts.next();
    let rest: Vec<&str> = parts.collect();
    major == Some("3") && (1..=2).contains(&rest.len()) && rest.into_iter().all(digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, Span};

    fn at() -> Span {
        Span::top(SourceId(0))
    }

    #[test]
    fn the_text_false_is_true() {
        assert!(truthy(&Node::text(at(), "false")));
        assert!(!truthy(&Node::bool(at(), false)));
        assert!(!truthy(&Node::text(at(), "")));
        assert!(!truthy(&Node::new(at(), Value::Number("0".into()))));
        assert!(!truthy(&Node::list(at(), vec![])));
    }

    #[test]
    fn openapi_versions_have_one_digit_a_part() {
        let version = |text: &str| is_openapi_3(&Node::text(at(), text));
        assert!(version("3.0") && version("3.0.1"));
        assert!(!version("3") && !version("2.0") && !version("3.0.10") && !version("3.0.1.1"));
    }
}

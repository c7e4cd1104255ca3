//! Policies from JSON, without intrinsic functions but `Ref`, which is never known.

use gatelint::document::{Node, Value};
use gatelint::iam::Read;
use gatelint::resolve::{Part, Property, Resolved, Text};
use gatelint::source::{SourceId, Span};

/// Reads what is written.
pub struct Literal;

impl Read for Literal {
    fn text(&self, node: &Node) -> Property<Text> {
        let reference = node
            .get("Ref")
            .and_then(Node::scalar)
            .map(|id| Text::part(Part::Ref(id)));
        match node.scalar().map(Text::literal).or(reference) {
            Some(text) => Resolved::known(Some(text), node.trail()),
            None => Resolved::unknown(node.trail()),
        }
    }

    fn settle(&self, node: &Node) -> Property<Node> {
        Resolved::known(Some(node.clone()), node.trail())
    }

    fn items(&self, node: &Node) -> Property<Vec<Node>> {
        let items = node
            .as_list()
            .map_or_else(|| vec![node.clone()], <[Node]>::to_vec);
        Resolved::known(Some(items), node.trail())
    }
}

/// The tree of a JSON value.
pub fn node(value: &serde_json::Value) -> Node {
    let span = Span::top(SourceId(0));
    match value {
        serde_json::Value::Null => Node::null(span),
        serde_json::Value::Bool(flag) => Node::bool(span, *flag),
        serde_json::Value::Number(number) => {
            Node::new(span, Value::Number(number.to_string().into()))
        }
        serde_json::Value::String(text) => Node::text(span, text.as_str()),
        serde_json::Value::Array(items) => Node::list(span, items.iter().map(node).collect()),
        serde_json::Value::Object(map) => {
            let entry =
                |(key, value): (&String, &serde_json::Value)| (key.as_str().into(), node(value));
            Node::object(span, map.iter().map(entry))
        }
    }
}

//! Texts with variables in the middle.

use super::syntax::{Part, Template, Variable};
use super::{Answer, Site, Variables, limits};
use crate::document::{Node, Value};
use crate::frontend::serverless::tree;
use crate::source::{Span, Str};
use crate::trail::{How, Step, Trail};

impl Variables<'_> {
    /// Text around and between variables. Parts that are unknown stay parts.
    pub(super) fn composed(&mut self, template: &Template, span: Span) -> Node {
        let mut parts: Vec<Node> = Vec::new();
        let mut literal = String::new();
        let mut via: Option<Trail> = None;
        for part in &template.0 {
            let variable = match part {
                Part::Text(text) => {
                    literal.push_str(text);
                    continue;
                }
                Part::Variable(variable) => variable,
            };
            let value = self.value(variable, span);
            if let Some(text) = printed(&value) {
                let step = Step {
                    how: How::Variable(variable.written.clone()),
                    at: (value.span != span).then_some(value.span),
                };
                via = Some(Trail::then(via, step));
                literal.push_str(&text);
                if let Some(refused) = self.too_large(literal.len(), span) {
                    return refused;
                }
                continue;
            }
            let open = self.part(variable, value, span);
            if !literal.is_empty() {
                parts.push(Node::text(span, std::mem::take(&mut literal)));
            }
            parts.extend(open);
            if parts.len() > limits::PARTS {
                return self.refused(span, "variables make this text too large");
            }
        }
        self.bytes += literal.len();
        if !literal.is_empty() || parts.is_empty() {
            parts.push(Node::text(span, literal));
        }
        let mut node = joined(span, parts);
        node.via = via;
        node
    }

    /// A part that is no scalar: unknown, the parts of another such text, or a mistake.
    fn part(&mut self, variable: &Variable, value: Node, span: Span) -> Vec<Node> {
        if let Some(parts) = tree::joined(&value) {
            return parts.to_vec();
        }
        if tree::unknown(&value).is_some() {
            return vec![value];
        }
        let written = &variable.written;
        let what = match &value.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => "null",
        };
        self.problem(
            span,
            format!("`{written}` is {what} and cannot stand in a text"),
        );
        let site = Site { span, written };
        vec![site.unknown().node]
    }

    /// A template as text; what is unknown in it makes the whole unknown.
    pub(super) fn filled(&mut self, template: &Template, site: Site<'_>) -> Result<Str, Answer> {
        if let [Part::Text(text)] = template.0.as_slice() {
            return Ok(text.clone());
        }
        let node = self.composed(template, site.span);
        match node.scalar() {
            Some(text) => Ok(text),
            None => Err(site.unknown()),
        }
    }
}

/// A text of these parts.
pub(in crate::frontend::serverless) fn joined(span: Span, mut parts: Vec<Node>) -> Node {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    let join = vec![Node::text(span, Str::new()), Node::list(span, parts)];
    let key = arcstr::literal_substr!("Fn::Join");
    Node::object(span, [(key, Node::list(span, join))])
}

/// A scalar as JavaScript prints it in a text.
pub(super) fn printed(node: &Node) -> Option<Str> {
    match &node.value {
        Value::Number(text) => Some(number(text)),
        Value::Bool(_) | Value::Text(_) => node.scalar(),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// `1.0` and `1e3` are printed `1` and `1000`.
fn number(text: &Str) -> Str {
    if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0') {
        return text.clone();
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value.abs() < 1e21 => Str::from(format!("{value}")),
        _ => text.clone(),
    }
}

//! serverless-pseudo-parameters: `#{AWS::Region}` and `#{LogicalId.Arn}` become `Fn::Sub`.

use std::sync::Arc;

use crate::document::{List, Map, Node, Value};
use crate::frontend::serverless::coerce;
use crate::frontend::serverless::service::Service;
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;
use crate::source::Str;
use crate::trail::{How, Step};

/// Rewrites every text of the template.
pub(super) fn rewrite(service: &Service, template: &Node) -> Node {
    let setting = tree::at(&service.custom, &["pseudoParameters", "allowReferences"]);
    let setting = setting.map(|node| coerce::boolean(&node, "allowReferences"));
    let reach = if setting.is_none_or(|node| tree::is_truthy(&node)) {
        Reach::References
    } else {
        Reach::PseudoParameters
    };
    changed(template, None, reach).unwrap_or_else(|| template.clone())
}

/// What may stand between `#{` and `}`.
#[derive(Clone, Copy)]
enum Reach {
    References,
    PseudoParameters,
}

/// `None` when nothing in it changes.
fn changed(node: &Node, key: Option<&Str>, reach: Reach) -> Option<Node> {
    let value = match &node.value {
        Value::Text(text) => return rewritten(node, text, key, reach),
        Value::List(list) => {
            let items: Vec<Option<Node>> = list
                .items
                .iter()
                .map(|item| changed(item, None, reach))
                .collect();
            if items.iter().all(Option::is_none) {
                return None;
            }
            let items = items.into_iter().zip(&list.items);
            let items = items
                .map(|(new, old)| new.unwrap_or_else(|| old.clone()))
                .collect();
            Value::List(Arc::new(List::new(items)))
        }
        Value::Map(map) => {
            let mut is_changed = false;
            let mut entries = map.entries.clone();
            for entry in &mut entries {
                if let Some(value) = changed(&entry.value, Some(&entry.key), reach) {
                    is_changed = true;
                    entry.value = value;
                }
            }
            if !is_changed {
                return None;
            }
            Value::Map(Arc::new(Map::new(entries)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => return None,
    };
    Some(Node {
        value,
        ..node.clone()
    })
}

fn rewritten(node: &Node, text: &Str, key: Option<&Str>, reach: Reach) -> Option<Node> {
    if let Some(substituted) = substituted(text, reach) {
        let step = How::Coerced(Str::from(
            "`#{…}` is read as `Fn::Sub`, by serverless-pseudo-parameters",
        ));
        let at = At::of(node).via(Step::new(step, node.span));
        return Some(match key {
            Some(key) if key == "Fn::Sub" => at.text(substituted),
            _ => at.sub(substituted),
        });
    }
    let escaped = text.contains("#@{").then(|| text.replace("#@{", "#{"))?;
    Some(Node {
        value: Value::Text(Str::from(escaped)),
        ..node.clone()
    })
}

/// `#{x}` as `${x}`; `None` when there is none.
fn substituted(text: &str, reach: Reach) -> Option<String> {
    let mut pieces = text.split("#{");
    let mut result = pieces.next()?.to_owned();
    let mut is_changed = false;
    for piece in pieces {
        let is_reference = piece
            .split_once('}')
            .is_some_and(|(inside, _)| match reach {
                Reach::References => !inside.is_empty(),
                Reach::PseudoParameters => inside.strip_prefix("AWS::").is_some_and(|rest| {
                    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphabetic())
                }),
            });
        is_changed |= is_reference;
        result.push_str(if is_reference { "${" } else { "#{" });
        result.push_str(piece);
    }
    is_changed.then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_substitutions() {
        let all = |text| substituted(text, Reach::References);
        assert_eq!(
            all("a#{AWS::Region}b#{X.Arn}").as_deref(),
            Some("a${AWS::Region}b${X.Arn}")
        );
        assert_eq!(all("a#{b"), None);
        assert_eq!(substituted("#{X}", Reach::PseudoParameters), None);
    }
}

//! serverless-pseudo-parameters: `#{AWS::Region}` and `#{LogicalId.Arn}` become `Fn::Sub`.

use crate::document::{Node, Value};
use crate::frontend::serverless::coerce;
use crate::frontend::serverless::rewrite::{Change, Rewriter};
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
    let changed = Rewriter::new(&reach).changed(template);
    changed.unwrap_or_else(|| template.clone())
}

/// What may stand between `#{` and `}`.
#[derive(Clone, Copy)]
enum Reach {
    References,
    PseudoParameters,
}

impl Change for Reach {
    fn text(&self, node: &Node, text: &Str, key: Option<&Str>) -> Option<Node> {
        rewritten(node, text, key, *self)
    }

    fn drops(&self, _value: &Node) -> bool {
        false
    }
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

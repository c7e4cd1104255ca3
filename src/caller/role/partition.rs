//! A template's names, with every partition read as `aws`: whoever writes one out deploys to it, so that the partition is
//! never what a grant gets wrong.

use crate::document::Node;
use crate::iam::Read;
use crate::resolve::{Part, Property, Scope, Text};
use crate::source::Str;

/// Reads by the names of a scope, in that partition.
pub(super) struct InPartition<'a>(pub(super) &'a Scope);

impl Read for InPartition<'_> {
    fn text(&self, node: &Node) -> Property<Text> {
        Scope::text(self.0, node).map(|text| text.as_ref().map(in_partition))
    }

    fn settle(&self, node: &Node) -> Property<Node> {
        Scope::settle(self.0, node)
    }

    fn items(&self, node: &Node) -> Property<Vec<Node>> {
        Scope::items(self.0, node)
    }
}

/// The text with its partition replaced by `aws`.
fn in_partition(text: &Text) -> Text {
    let mut replaced = Text::default();
    for part in text.parts() {
        replaced.push(match part {
            Part::Ref(name) if name == "AWS::Partition" => Part::Literal(Str::from("aws")),
            Part::Literal(_)
            | Part::Ref(_)
            | Part::Attribute(..)
            | Part::Import(_)
            | Part::Unknown(_) => part.clone(),
        });
    }
    let other = |prefix: &str| match replaced.parts().split_first() {
        Some((Part::Literal(first), rest)) => {
            Some((Str::from(first.strip_prefix(prefix)?), rest.to_vec()))
        }
        _ => None,
    };
    let Some((behind, rest)) = other("arn:aws-cn:").or_else(|| other("arn:aws-us-gov:")) else {
        return replaced;
    };
    let mut text = Text::literal("arn:aws:");
    text.push(Part::Literal(behind));
    for part in rest {
        text.push(part);
    }
    text
}

//! The template that comes out: what was made, and everything of the author's that SAM leaves alone.

use std::collections::BTreeMap;

use super::{Lowering, TRANSFORM, references, section};
use crate::document::{Entry, Node};
use crate::frontend::{Lowered, Note, include};
use crate::source::Str;

/// Every type that is lowered.
const LOWERED: &[&str] = &[
    "Function",
    "StateMachine",
    "Api",
    "HttpApi",
    "WebSocketApi",
    "GraphQLApi",
    "Application",
    "SimpleTable",
    "LayerVersion",
    "CapacityProvider",
    "NetworkConnector",
    "MicrovmImage",
    "Connector",
];

impl Lowering<'_> {
    /// Passes through what is not SAM's, untouched, and what we do not know with a word about it.
    pub(super) fn pass_rest(&mut self, entries: &[Entry]) {
        for (position, entry) in entries.iter().enumerate() {
            if self.implicit.contains(entry.key.as_str()) {
                continue;
            }
            let known = section(&entry.value).map(|section| LOWERED.contains(&section));
            if known == Some(true) {
                continue;
            }
            if known == Some(false) {
                let message = format!(
                    "`{}` is of a type that is not understood; it is passed through as it is",
                    entry.key
                );
                self.notice(entry.span, message);
            }
            self.made.entry(position).or_default().push(Entry {
                value: entry.value.without("Connectors"),
                ..entry.clone()
            });
        }
    }

    /// Puts the template together.
    pub(super) fn finish(mut self, root: &Node) -> Lowered {
        let mut resources: Vec<Entry> = Vec::new();
        for entries in std::mem::take(&mut self.made).into_values() {
            resources.extend(entries);
        }
        let at = |key: &str| root.get(key).map_or(root.span, |node| node.span);
        let mut template = root.without("Globals");
        template = without_transform(&template);
        if root
            .get("Resources")
            .is_some_and(|node| node.as_map().is_some())
        {
            template = template.with("Resources", Node::map(at("Resources"), resources));
        }
        if !self.conditions.is_empty() {
            let mut conditions = root
                .get("Conditions")
                .map(Node::entries)
                .unwrap_or_default()
                .to_vec();
            conditions.append(&mut self.conditions);
            template = template.with("Conditions", Node::map(at("Conditions"), conditions));
        }
        let template = references::resolve(&template, &self.derived);
        Lowered {
            name: None,
            settings: Vec::new(),
            template: include::bodies(&template, self.source, self.env, &mut self.problems),
            stage: None,
            notes: BTreeMap::<Str, Note>::new(),
            problems: self.problems,
        }
    }
}

/// The template without the transform that was done; others stay.
fn without_transform(template: &Node) -> Node {
    let Some(transform) = template.get("Transform") else {
        return template.clone();
    };
    let ours = |node: &&Node| node.as_text().is_none_or(|text| text != TRANSFORM);
    let rest: Vec<Node> = transform.items().iter().filter(ours).cloned().collect();
    if rest.is_empty() && (transform.as_list().is_some() || !ours(&transform)) {
        return template.without("Transform");
    }
    if transform.as_list().is_none() {
        return template.clone();
    }
    template.with("Transform", Node::list(transform.span, rest))
}

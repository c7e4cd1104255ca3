//! CDK constructs: which part of the program a resource of a synthesized template was made for.
//!
//! A template that the CDK wrote is not what its author edits. The path that the CDK leaves in a resource's
//! `Metadata` names the construct, and findings show it. Judges nothing.

use std::collections::BTreeMap;

use crate::document::Node;
use crate::finding::Finding;
use crate::source::{SourceId, Span, Str};
use crate::stack::{Resource, Stack};

/// The construct paths of templates, by place.
#[derive(Clone, Debug, Default)]
pub struct Constructs(BTreeMap<(SourceId, u32), (u32, Str)>);

impl Constructs {
    /// Adds those of a stack.
    pub fn add(&mut self, stack: &Stack) {
        for resource in &stack.resources {
            if let Some(path) = path(resource) {
                let Span { source, start, .. } = resource.span;
                self.0.insert((source, start), (end(resource), path));
            }
        }
    }

    /// Takes those of other templates in.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The path of the construct that what stands here belongs to.
    pub fn at(&self, span: Span) -> Option<&Str> {
        let before = self.0.range(..=(span.source, span.start));
        let ((source, _), (end, path)) = before.last()?;
        (*source == span.source && span.start <= *end).then_some(path)
    }

    /// Tells each finding the construct that it is about.
    pub fn name(&self, findings: &mut [Finding]) {
        for finding in findings {
            finding.construct = self.at(finding.about).cloned();
        }
    }
}

fn path(resource: &Resource) -> Option<Str> {
    resource
        .metadata
        .get("aws:cdk:path")
        .and_then(Node::as_text)
        .cloned()
}

/// Where a resource ends, as far as its properties tell.
fn end(resource: &Resource) -> u32 {
    let properties = resource.properties.span;
    if properties.source == resource.span.source {
        return resource.span.end.max(properties.end);
    }
    resource.span.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_belongs_to_the_resource_around_it() {
        let sources = crate::source::Sources::default();
        let source = sources.add("a", "x");
        let span = |start, end| Span { source, start, end };
        let mut constructs = Constructs::default();
        constructs.0.insert((source, 10), (20, "App/Api".into()));
        assert_eq!(
            constructs.at(span(15, 16)).map(Str::as_str),
            Some("App/Api")
        );
        assert_eq!(
            constructs.at(span(10, 12)).map(Str::as_str),
            Some("App/Api")
        );
        assert_eq!(constructs.at(span(21, 22)), None);
        assert_eq!(constructs.at(span(5, 6)), None);
    }
}

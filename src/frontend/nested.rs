//! Nested stacks whose template lies in the repository.

use crate::document::{Node, Problem, ProblemKind};
use crate::frontend::{Env, folder, join, open};
use crate::resolve::{Given, Part, Resolved, Scope, Text};
use crate::source::{SourceId, Span, Str};
use crate::stack::{Resource, Stack};

/// Stacks inside stacks that are followed.
pub(super) const DEEPEST: u32 = 8;

/// A nested stack: its template, and the values that its parent gives to its parameters.
pub(super) struct Nested {
    /// Logical id of the nested stack.
    pub id: Str,
    pub source: SourceId,
    pub given: Given,
    at: Span,
}

impl Nested {
    /// What is said of a template that was read already: it is deployed again, or nests itself.
    pub fn again(&self) -> Problem {
        let message = "this nested stack's template is read already: its endpoints are listed once";
        Problem::new(ProblemKind::Notice, self.at, message)
    }
}

/// The nested stacks of a stack, as far as their templates are here; for the others, why not.
pub(super) fn of(stack: &Stack, env: &Env<'_>) -> (Vec<Nested>, Vec<Problem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for resource in stack.of_type("AWS::CloudFormation::Stack") {
        match template(stack, resource, env) {
            Some(Ok(source)) => found.push(Nested {
                id: resource.id.clone(),
                source,
                given: given(stack, resource),
                at: resource.span,
            }),
            Some(Err(problem)) => problems.push(problem),
            None => {}
        }
    }
    (found, problems)
}

/// The template of a nested stack; `None` when it names none.
fn template(
    stack: &Stack,
    resource: &Resource,
    env: &Env<'_>,
) -> Option<Result<SourceId, Problem>> {
    let node = resource.properties.get("TemplateURL")?;
    let written = stack.scope.text(node).agreed().cloned().flatten();
    let written = written.and_then(|text| text.known());
    let Some(url) = asset(resource).cloned().or(written) else {
        let why = "is named only at deployment";
        return Some(Err(unread(resource, node.span, why)));
    };
    if url.is_empty() {
        return None;
    }
    if url.contains("://") {
        return Some(Err(unread(
            resource,
            node.span,
            "lies outside of this repository",
        )));
    }
    let own = env.sources.get(stack.source)?;
    let opened = match join(folder(&own.path), &url) {
        Some(path) => open(env, &path).map_err(super::ReadError::what),
        None => Err("lies outside the project root and is not read"),
    };
    Some(opened.map_err(|why| unread(resource, node.span, &format!("`{url}` {why}"))))
}

fn unread(resource: &Resource, at: Span, why: &str) -> Problem {
    let message = format!(
        "the template of nested stack `{}` {why}: its endpoints are not listed",
        resource.id
    );
    Problem::new(ProblemKind::Notice, at, message)
}

/// The file that the CDK wrote a nested stack's template to, beside the parent's; the URL then is one of a bucket.
fn asset(resource: &Resource) -> Option<&Str> {
    let text = |key| resource.metadata.get(key).and_then(Node::as_text);
    let property = text("aws:asset:property");
    text("aws:asset:path").filter(|_| property.is_none_or(|name| name == "TemplateURL"))
}

/// The values of a nested stack's parameters. A reference to something of the parent is a name from outside to the child.
fn given(stack: &Stack, resource: &Resource) -> Given {
    let parameters = stack
        .scope
        .property(&resource.properties, "Parameters")
        .agreed_node();
    let entries = parameters
        .as_ref()
        .map_or(&[][..], crate::document::Node::entries);
    let value = |entry: &crate::document::Entry| {
        // What hangs on a condition of the parent has no name in the child.
        let text: Resolved<Option<Text>> = Scope::text(&stack.scope, &entry.value);
        let text = match text.agreed() {
            Some(_) => text.map(|text| text.as_ref().map(foreign)),
            None => Resolved::unknown(text.trail().clone()),
        };
        (entry.key.clone(), text)
    };
    entries.iter().map(value).collect()
}

fn foreign(text: &Text) -> Text {
    let mut renamed = Text::default();
    for part in text.parts() {
        renamed.push(match part {
            Part::Ref(name) if !name.starts_with("AWS::") => Part::Import(name.clone()),
            Part::Attribute(id, attribute) => Part::Import(Str::from(format!("{id}.{attribute}"))),
            Part::Ref(_) | Part::Literal(_) | Part::Import(_) | Part::Unknown(_) => part.clone(),
        });
    }
    renamed
}

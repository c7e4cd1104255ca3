//! A CloudFormation template becomes a stack.
//!
//! Reads what serverless.yml and SAM were lowered to just as it reads what people write by hand. Decides no auth: a route
//! carries what its source says about protection, word for word.

mod graphql;
mod http;
pub(super) mod integration;
mod opaque;
mod rest;
mod url;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::document::{Entry, Node, Problem, ProblemKind};
use crate::frontend::{Note, for_each};
use crate::resolve::{Given, Scope};
use crate::source::{SourceId, Span, Str};
use crate::stack::{Resource, Stack};

/// Whether this is a template: it has `Resources`, or says that it is one.
pub fn is_template(root: &Node) -> bool {
    let typed = |entry: &Entry| entry.value.get("Type").and_then(Node::as_text).is_some();
    root.get("AWSTemplateFormatVersion").is_some()
        || root
            .get("Resources")
            .is_some_and(|resources| resources.entries().iter().any(typed))
}

/// A template, and what is known beyond it.
pub struct Template<'a> {
    /// The tree.
    pub root: &'a Node,
    /// The file it stands for.
    pub source: SourceId,
    /// Values given to its parameters.
    pub given: Given,
    /// What its words cannot say.
    pub notes: &'a BTreeMap<Str, Note>,
}

/// Reads a template. What is not a resource is a problem; the others are read all the same.
pub fn read(template: Template<'_>) -> (Stack, Vec<Problem>) {
    let (unrolled, mut problems) = for_each::unroll(template.root, &template.given);
    let root = unrolled.as_ref().unwrap_or(template.root);
    let scope = Arc::new(Scope::new(root, template.given));
    let section = root.get("Resources");
    if let Some(section) = section.filter(|section| section.as_map().is_none()) {
        problems.push(not_a(section.span, "`Resources`", "a mapping of resources"));
    }
    problems.extend(opaque::notices(root));
    let entries = section.map_or(&[][..], Node::entries);
    let mut resources = Vec::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| entry.key != opaque::CALL) {
        problems.extend(odd_properties(entry));
        match resource(entry, &scope) {
            Ok(found) => resources.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    let mut stack = Stack::new(template.source, scope, resources);
    let named = |(id, note): (&Str, &Note)| Some((id.clone(), note.name.clone()?));
    stack.names = template.notes.iter().filter_map(named).collect();
    if let Some(outputs) = root.get("Outputs") {
        stack.outputs = outputs.clone();
        stack.exported = exported(outputs);
    }
    problems.extend(rest::read(&mut stack, template.notes));
    http::read(&mut stack);
    url::read(&mut stack);
    graphql::read(&mut stack);
    (stack, problems)
}

/// The resource of an entry; none when its condition never holds.
fn resource(entry: &Entry, scope: &Scope) -> Result<Option<Resource>, Problem> {
    let name = format!("resource `{}`", entry.key);
    let node = &entry.value;
    let Some(map) = node.as_map() else {
        return Err(not_a(node.span, &name, "a mapping"));
    };
    let kind = match map.get("Type") {
        Some(kind) => match kind.as_text() {
            Some(kind) => kind.clone(),
            None => return Err(not_a(kind.span, &format!("the `Type` of {name}"), "a text")),
        },
        None => {
            return Err(Problem::new(
                ProblemKind::UnreadableInput,
                entry.span,
                format!("{name} has no `Type`"),
            ));
        }
    };
    let Some(world) = scope.presence(map.get("Condition")) else {
        return Ok(None);
    };
    let section = |key| {
        map.get(key)
            .cloned()
            .unwrap_or_else(|| Node::null(entry.span))
    };
    let properties = section("Properties");
    Ok(Some(Resource {
        id: entry.key.clone(),
        kind,
        properties,
        metadata: section("Metadata"),
        span: entry.span,
        world,
    }))
}

/// Properties that are no mapping: the resource is read as if it had none.
fn odd_properties(entry: &Entry) -> Option<Problem> {
    let properties = entry.value.get("Properties")?;
    let called = properties
        .single()
        .is_some_and(|call| call.key.starts_with("Fn::"));
    let odd = called || properties.as_map().is_none();
    let message = format!(
        "the `Properties` of resource `{}` are not a mapping of properties",
        entry.key
    );
    odd.then(|| Problem::new(ProblemKind::UnresolvedReference, properties.span, message))
}

fn not_a(span: Span, what: &str, wanted: &str) -> Problem {
    Problem::new(
        ProblemKind::UnreadableInput,
        span,
        format!("{what} is not {wanted}"),
    )
}

/// Logical ids that a template's outputs hand on.
fn exported(outputs: &Node) -> HashSet<Str> {
    let mut found = HashSet::new();
    let mut open = vec![outputs];
    while let Some(node) = open.pop() {
        for entry in node.entries() {
            let text = entry.value.as_text();
            match (entry.key.as_str(), text) {
                ("Ref", Some(id)) => {
                    found.insert(id.clone());
                }
                ("Fn::GetAtt", Some(path)) => {
                    found.insert(Str::from(path.split('.').next().unwrap_or_default()));
                }
                ("Fn::GetAtt", None) => {
                    found.extend(entry.value.items().first().and_then(Node::as_text).cloned());
                }
                _ => open.push(&entry.value),
            }
        }
        open.extend(node.items());
    }
    found
}

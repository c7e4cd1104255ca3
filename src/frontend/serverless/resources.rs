//! `resources`: what the author writes in `CloudFormation`'s own words, laid over what was generated.

use super::merge;
use super::rewrite::{Change, Rewriter};
use super::service::{Output, Service};
use super::template::{At, Section};
use super::tree;
use crate::document::{Entry, Node};
use crate::source::Str;
use crate::trail::{How, Step};

/// Attributes of a resource that an extension sets as they are.
const PLAIN: [&str; 5] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// The whole template: what was generated, `resources` over it, then its extensions. Nulls in properties go.
pub(super) fn lower(service: &Service, out: &mut Output) -> Node {
    let at = &service.at;
    let written = written(service, out);
    named_outputs(service, out);
    let generated = at.object([
        ("AWSTemplateFormatVersion", at.text("2010-09-09")),
        (
            "Resources",
            std::mem::take(&mut out.resources).into_node(at.span),
        ),
        (
            "Outputs",
            std::mem::take(&mut out.outputs).into_node(at.span),
        ),
    ]);
    let Some(written) = written else {
        return stripped(&generated);
    };
    let extensions = tree::child(&written, "extensions");
    let merged = merge::over(&generated, &written.without("extensions"));
    let merged = match extensions {
        Some(extensions) => extended(&merged, &extensions, out),
        None => merged,
    };
    stripped(&merged)
}

/// `resources` as one mapping; a list of mappings is merged left to right.
fn written(service: &Service, out: &mut Output) -> Option<Node> {
    let section = service.resources.as_ref()?;
    let parts: Vec<Node> = match section.as_list() {
        Some(_) => tree::items(section).collect(),
        None => vec![section.clone()],
    };
    let mut maps = Vec::new();
    for part in parts {
        if let Some(reason) = tree::unknown(&part) {
            out.lost(
                part.span,
                format!("resources are not known, because {reason} is not"),
            );
        } else if part.as_map().is_some() {
            maps.push(opened(&part, 3, out));
        } else if !part.is_null() {
            out.lost(part.span, "`resources` are expected to be a mapping");
        }
    }
    if merge::is_too_large(&maps) {
        out.lost(section.span, "`resources` are too large to be merged");
        return maps.pop();
    }
    merge::merged(&maps)
}

/// The first levels with each value knowing how it came here, and without sections that cannot be known.
fn opened(node: &Node, levels: usize, out: &mut Output) -> Node {
    if levels == 0 || node.as_map().is_none() {
        return node.clone();
    }
    let mut entries = Vec::new();
    for (span, key, value) in tree::entries(node) {
        let is_section = levels >= 2;
        if let Some(reason) = tree::unknown(&value).filter(|_| is_section) {
            out.lost(
                value.span,
                format!("`{key}` is not known, because {reason} is not"),
            );
            continue;
        }
        let value = opened(&value, levels - 1, out);
        entries.push(Entry { span, key, value });
    }
    let value = Node::map(node.span, entries).value;
    Node {
        value,
        ..node.clone()
    }
}

/// Every generated output is exported under a name made of service, stage and its key.
fn named_outputs(service: &Service, out: &mut Output) {
    let outputs = std::mem::take(&mut out.outputs).into_node(service.at.span);
    let mut named = Section::default();
    for (_, key, value) in tree::entries(&outputs) {
        let at = At::of(&value);
        let name = at.concat(&[at.text("sls-"), service.prefixed(&at, &format!("-{key}"))]);
        named.set(key, value.with("Export", at.object([("Name", name)])));
    }
    out.outputs = named;
}

/// `resources.extensions`: `Properties` and `Metadata` are replaced key by key, the rest as it stands.
fn extended(template: &Node, extensions: &Node, out: &mut Output) -> Node {
    let mut resources = Section::default();
    let section = template.get("Resources").cloned();
    for (_, key, value) in section.iter().flat_map(tree::entries) {
        resources.set(key, value);
    }
    for (span, id, extension) in tree::entries(extensions) {
        let Some(resource) = resources.get(&id) else {
            out.fatal(span, format!("there is no resource `{id}` to extend"));
            continue;
        };
        let resource = extend(resource, &extension, out);
        resources.set(id, resource);
    }
    let span = section.map_or(template.span, |section| section.span);
    template.with("Resources", resources.into_node(span))
}

fn extend(resource: &Node, extension: &Node, out: &mut Output) -> Node {
    let mut resource = resource.clone();
    for (span, key, value) in tree::entries(extension) {
        let before = resource.get(&key).cloned();
        let value = match key.as_str() {
            "Properties" | "Metadata" => assigned(before.as_ref(), &value),
            "DependsOn" => merged_list(before.as_ref(), &value),
            plain if PLAIN.contains(&plain) => value,
            other => {
                out.fatal(span, format!("`{other}` of a resource cannot be extended"));
                continue;
            }
        };
        resource = resource.with(key, value);
    }
    resource
}

/// `Object.assign`: each key replaces what was there.
fn assigned(before: Option<&Node>, over: &Node) -> Node {
    let mut section = Section::default();
    for (_, key, value) in before.into_iter().flat_map(tree::entries) {
        section.set(key, value);
    }
    for (_, key, value) in tree::entries(over) {
        let value = match section.get(&key) {
            Some(old) if !old.same(&value) => {
                let what = old.scalar().unwrap_or_else(|| key.clone());
                let step = Step::new(How::Overrides(what), old.span);
                value.via(step)
            }
            _ => value,
        };
        section.set(key, value);
    }
    section.into_node(over.span)
}

fn merged_list(before: Option<&Node>, more: &Node) -> Node {
    let parts = [before, Some(more)].into_iter().flatten();
    let items = parts.flat_map(|node| match node.as_list() {
        Some(items) => items.to_vec(),
        None => vec![node.clone()],
    });
    Node::list(more.span, items.collect())
}

/// Without the nulls in properties of resources, as the framework strips them at the end.
fn stripped(template: &Node) -> Node {
    let Some(section) = template
        .get("Resources")
        .filter(|section| section.as_map().is_some())
    else {
        return template.clone();
    };
    let mut rewriter = Rewriter::new(&NoNulls);
    let resource = |entry: &Entry| {
        let mut entry = entry.clone();
        if let Some(properties) = entry.value.get("Properties") {
            if properties.is_null() {
                entry.value = entry.value.without("Properties");
            } else if let Some(properties) = rewriter.changed(properties) {
                entry.value = entry.value.with("Properties", properties);
            }
        }
        entry
    };
    let entries = section.entries().iter().map(resource).collect();
    template.with("Resources", Node::map(section.span, entries))
}

/// Nulls go.
struct NoNulls;

impl Change for NoNulls {
    fn text(&self, _node: &Node, _text: &Str, _key: Option<&Str>) -> Option<Node> {
        None
    }

    fn drops(&self, value: &Node) -> bool {
        value.is_null()
    }
}

/// Outputs and resources that stand for the deployment bucket, so that settings laid over it have something to stand on.
pub(super) fn bucket(service: &Service, out: &mut Output) {
    let at = &service.at;
    if service
        .setting(&["deploymentBucket"])
        .is_some_and(|node| node.as_text().is_some())
    {
        return;
    }
    let bucket = at.resource("AWS::S3::Bucket", at.object([]));
    out.resources.set("ServerlessDeploymentBucket", bucket);
    let policy = at.object([("Bucket", at.refer("ServerlessDeploymentBucket"))]);
    let policy = at.resource("AWS::S3::BucketPolicy", policy);
    out.resources
        .set("ServerlessDeploymentBucketPolicy", policy);
}

//! serverless.yml: from the configuration to the template that the Serverless Framework would deploy.
//!
//! Does what the framework's compiler does, in its order: variables, functions, events, roles, `resources` over it all.
//! Runs no code and asks nobody; what cannot be known stays unknown with its reason, and what the framework would refuse is a
//! problem at its place while the rest is compiled. Every generated node points at what the author wrote.

mod coerce;
mod functions;
mod http;
mod keys;
mod merge;
mod naming;
mod plugins;
mod remarks;
mod resources;
mod rest;
mod role;
mod service;
mod template;
mod tree;
mod variables;
mod websocket;

use std::collections::BTreeSet;

use self::service::{Output, Service};
use self::variables::Variables;
use crate::document::Node;
use crate::frontend::{Env, Lowered, folder};
use crate::source::{SourceId, Str};

/// Whether this is a service: it has a name, and says what it deploys or with whom.
pub fn is_service(root: &Node) -> bool {
    let has = |key| root.get(key).is_some_and(|node: &Node| !node.is_null());
    let provider = root.get("provider");
    let named = provider.is_some_and(|node| {
        node.as_text().is_some() || node.get("name").is_some() || node.get("runtime").is_some()
    });
    let is_template = has("AWSTemplateFormatVersion") || has("Resources");
    let is_ours =
        (has("service") && (has("provider") || has("functions"))) || (named && has("functions"));
    is_ours && !is_template
}

/// Stages that the file itself names: under `params` and `stages`, and as keys of settings that are looked up by stage.
pub fn stages(root: &Node) -> Vec<Str> {
    let mut found = BTreeSet::new();
    for key in ["params", "stages"] {
        for entry in root.get(key).map_or(&[][..], Node::entries) {
            if entry.key != "default" {
                found.insert(entry.key.clone());
            }
        }
    }
    let mut texts = Vec::new();
    collect_texts(root, &mut texts);
    for text in texts {
        for address in looked_up_by_stage(text) {
            let path: Vec<&str> = address.split('.').collect();
            let map = root.at(&path).map_or(&[][..], Node::entries);
            let is_stage = |key: &str| key != "default" && key != "other";
            let keys = map.iter().map(|entry| &entry.key);
            found.extend(keys.filter(|key| is_stage(key)).cloned());
        }
    }
    found.into_iter().collect()
}

/// Every text with a variable in it; shared parts of the tree once.
fn collect_texts<'a>(root: &'a Node, texts: &mut Vec<&'a Str>) {
    let mut left = vec![root];
    let mut seen = 0_usize;
    while let Some(node) = left.pop() {
        seen += 1;
        if seen > crate::document::limits::NODES {
            return;
        }
        texts.extend(node.as_text().filter(|text| text.contains("${self:")));
        left.extend(node.items());
        left.extend(node.entries().iter().map(|entry| &entry.value));
    }
}

/// Addresses of `${self:custom.x.${opt:stage}…}`: what stands before the inner variable, when that is about the stage.
fn looked_up_by_stage(text: &str) -> impl Iterator<Item = &str> {
    text.split("${self:").skip(1).filter_map(|rest| {
        let (address, inner) = rest.split_once(".${")?;
        let is_plain = !address.contains(['}', '$', ',']);
        let about = inner.split('}').next().unwrap_or_default();
        (is_plain && about.contains("stage")).then_some(address)
    })
}

/// The template that `sls deploy` would deploy; `stage` is what `--stage` says.
pub fn lower(root: &Node, source: SourceId, env: &Env<'_>, stage: Option<&Str>) -> Lowered {
    let path = env.sources.get(source);
    let path = path.map(|file| file.path.clone()).unwrap_or_default();
    let mut out = Output::default();
    let mut variables = Variables::new(root, folder(&path).to_owned(), env, stage);
    let mut service = Service::new(root, source, &mut variables, &mut out);
    plugins::prepare(&mut service, &variables, &mut out);
    let template = compile(&service, &mut out);
    let mut problems = variables.into_problems();
    problems.append(&mut out.problems);
    Lowered {
        template,
        stage: service.stage.as_text().cloned(),
        notes: out.notes,
        settings: out.settings,
        problems,
    }
}

fn compile(service: &Service, out: &mut Output) -> Node {
    let name = service.setting(&["name"]);
    let other = name
        .as_ref()
        .and_then(Node::as_text)
        .filter(|name| *name != "aws");
    if let (Some(other), Some(node)) = (other, &name) {
        out.notice(
            node.span,
            format!("provider `{other}`: only services for `aws` are analysed"),
        );
        return service.at.object([("Resources", service.at.object([]))]);
    }
    if name.is_none() {
        out.lost(
            service.provider.span,
            "the framework refuses a service without `provider.name`",
        );
    }
    resources::bucket(service, out);
    functions::lower(service, out);
    rest::lower(service, out);
    http::lower(service, out);
    websocket::lower(service, out);
    plugins::events(service, out);
    role::lower(service, out);
    plugins::finalize(service, out);
    remarks::note(service, out);
    let template = resources::lower(service, out);
    plugins::rewrite(service, template)
}

//! What a template leaves to code or to a registry that is not here: macros and modules.
//!
//! Their code is not run. What they certainly decide is unknown; what stands in the template is read as it stands, with
//! a notice that names who may change it.

use crate::document::{Entry, Node, Problem, ProblemKind};
use crate::source::Str;

/// The function that runs a macro where it stands.
pub(super) const CALL: &str = "Fn::Transform";

/// Transforms that are understood, or that add nothing that answers calls.
const KNOWN: [&str; 5] = [
    "AWS::Serverless-2016-10-31",
    "AWS::Include",
    "AWS::LanguageExtensions",
    "AWS::CodeDeployBlueGreen",
    "AWS::ServiceCatalog",
];

/// One notice for each macro and module, in order of writing.
pub(super) fn notices(root: &Node) -> Vec<Problem> {
    let mut notices: Vec<Problem> = root
        .get("Transform")
        .map_or(&[][..], |node| {
            node.as_list().unwrap_or(std::slice::from_ref(node))
        })
        .iter()
        .filter_map(whole)
        .collect();
    if let Some(resources) = root.get("Resources") {
        notices.extend(resources.entries().iter().filter_map(module));
        calls(resources, &mut notices);
    }
    notices
}

fn unknown_macro(name: &str) -> bool {
    !KNOWN.contains(&name) && !name.starts_with("AWS::SecretsManager-")
}

/// A macro over the whole template, named alone or with parameters.
fn whole(node: &Node) -> Option<Problem> {
    let name = named(node).filter(|name| unknown_macro(name))?;
    let message = format!(
        "the macro `{name}` is not run: what it makes of the template may differ from what is listed"
    );
    Some(Problem::new(ProblemKind::Notice, node.span, message))
}

fn named(node: &Node) -> Option<&Str> {
    node.as_text()
        .or_else(|| node.get("Name").and_then(Node::as_text))
}

fn module(entry: &Entry) -> Option<Problem> {
    let kind = entry.value.get("Type").and_then(Node::as_text);
    let kind = kind.filter(|kind| kind.ends_with("::MODULE"))?;
    let message = format!(
        "`{}` is the module `{kind}`: the resources that it makes are not in the template and not listed",
        entry.key
    );
    Some(Problem::new(ProblemKind::Notice, entry.span, message))
}

/// Macros that are called somewhere below; the tree is at most as deep as the parser lets it be.
fn calls(node: &Node, notices: &mut Vec<Problem>) {
    for entry in node.entries() {
        let call = Some(&entry.value).filter(|_| entry.key == CALL);
        match call.and_then(named).filter(|name| unknown_macro(name)) {
            Some(name) => {
                let message = format!(
                    "the macro `{name}` is not run: what it adds here is unknown, and what stands beside it may differ"
                );
                notices.push(Problem::new(ProblemKind::Notice, entry.span, message));
            }
            None => calls(&entry.value, notices),
        }
    }
    for item in node.items() {
        calls(item, notices);
    }
}

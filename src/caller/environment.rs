//! Calls that a function's environment and code lead to.

use super::parameter::Parameters;
use super::{Lead, code, target};
use crate::document::{Entry, Node};
use crate::stack::{Code, Resource, Stack};

/// What a function holds that says which endpoint it calls.
pub(super) fn leads(stack: &Stack, parameters: &Parameters, function: &Resource) -> Vec<Lead> {
    let environment = stack.property(function, "Environment").agreed_node();
    let variables =
        environment.and_then(|node| stack.scope.property(&node, "Variables").agreed_node());
    let code = stack.code.get(&function.id);
    let entries = variables.iter().flat_map(Node::entries);
    let held = entries.filter_map(|entry| in_variable((stack, parameters), entry, code));
    held.chain(code.into_iter().flat_map(code::leads)).collect()
}

/// The endpoint that a variable names: by its URL, or by a parameter that holds the URL.
fn in_variable(
    (stack, parameters): (&Stack, &Parameters),
    entry: &Entry,
    code: Option<&Code>,
) -> Option<Lead> {
    let urls = stack.scope.text(&entry.value);
    let direct = urls
        .cases()
        .find_map(|case| target::of(case.value.as_ref()?.as_ref()?));
    let (target, says) = if let Some(target) = direct {
        (target, format!("`{}` holds the URL", entry.key))
    } else {
        let target = parameters.named_by(&stack.scope, &entry.value)?;
        let says = format!("`{}` names a parameter that holds the URL", entry.key);
        (target, says)
    };
    Some(Lead {
        name: entry.key.clone(),
        says: says.into(),
        span: entry.value.span,
        target,
        method: None,
        signed: code::signed(code, &entry.key, entry.value.span),
    })
}

//! API destinations of `EventBridge`: requests that a rule sends to an address.

use crate::caller::{Lead, target};
use crate::resolve::Resolved;
use crate::stack::{Resource, Stack};
use crate::trail::Step;

/// The type of the resource.
pub(super) const TYPE: &str = "AWS::Events::ApiDestination";

const PAGE: &str =
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-auth.html";

/// What a destination leads to. Its connection has a key, a password or a token to show, and never signs.
pub(super) fn leads(stack: &Stack, destination: &Resource) -> Vec<Lead> {
    lead(stack, destination).into_iter().collect()
}

fn lead(stack: &Stack, destination: &Resource) -> Option<Lead> {
    let url = stack.plain(destination, "InvocationEndpoint")?;
    let method = stack.plain(destination, "HttpMethod");
    let node = destination.properties.get("InvocationEndpoint")?;
    let what = "a connection shows a key, a password or a token, and signs nothing";
    Some(Lead {
        name: "InvocationEndpoint".into(),
        says: "this is where events are sent".into(),
        span: node.span,
        target: target::of(&url)?,
        method: method.and_then(|method| method.known()),
        signed: Resolved::known(Some(false), Step::default(what, PAGE)),
    })
}

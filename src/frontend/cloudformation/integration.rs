//! What a method or route leads to.

use crate::document::Node;
use crate::resolve::{Property, Resolved, Scope, Text};
use crate::source::{Span, Str};
use crate::stack::{Integration, Resource, Stack};
use crate::trail::{How, Step};

/// Nothing: the method has no integration.
pub fn none(span: Span) -> Integration {
    let absent = || Step::new(How::Absent(Str::from("Integration")), span);
    Integration {
        kind: Resolved::known(None, absent()),
        function: Resolved::known(None, absent()),
    }
}

/// From the properties that say type and URI, whatever they are called.
pub fn from(stack: &Stack, node: &Node, kind: &str, uri: &str) -> Integration {
    let kind = stack.scope.read(node, kind, Scope::text);
    let uri = stack.scope.read(node, uri, Scope::text);
    let function = function(stack, &kind, &uri);
    Integration { kind, function }
}

/// The Lambda function that a URI leads to, for the integration types that call one.
fn function(stack: &Stack, kind: &Property<Text>, uri: &Property<Text>) -> Property<Str> {
    // Without a type there is no integration; one that cannot be known may be Lambda's.
    let lambda = kind.agreed().is_none_or(|kind| {
        kind.as_ref().is_some_and(|kind| {
            let known = kind.known();
            known.is_none_or(|kind| kind.to_ascii_uppercase().starts_with("AWS"))
        })
    });
    if !lambda {
        return Resolved::known(None, kind.trail().clone());
    }
    uri.map(|uri| stack.function(uri.as_ref()?))
}

/// The integration resource behind `integrations/<id>`.
pub fn of_target(stack: &Stack, target: &Property<Text>, span: Span) -> Integration {
    let named = |text: &Option<Text>| -> Option<Str> {
        let text = text.as_ref()?;
        text.parts().iter().find_map(|part| match part {
            crate::resolve::Part::Ref(id) => Some(id.clone()),
            crate::resolve::Part::Literal(_)
            | crate::resolve::Part::Attribute(..)
            | crate::resolve::Part::Import(_)
            | crate::resolve::Part::Unknown(_) => None,
        })
    };
    let id = target
        .cases()
        .find_map(|case| case.value.as_ref().and_then(named));
    let resource: Option<&Resource> = id.and_then(|id| stack.resource(&id));
    match resource {
        Some(resource) => from(
            stack,
            &resource.properties,
            "IntegrationType",
            "IntegrationUri",
        ),
        None => none(span),
    }
}

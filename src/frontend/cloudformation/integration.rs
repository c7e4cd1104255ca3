//! What a method or route leads to.

use crate::document::Node;
use crate::resolve::{Property, Resolved, Scope, Text};
use crate::source::{Span, Str};
use crate::stack::{Integration, Resource, Stack};
use crate::trail::{How, Step};

/// Nothing: the method has no integration.
pub fn none(span: Span) -> Integration {
    let absent = || Step::new(How::Absent(Str::from("Integration")), span);
    let nothing = || Resolved::known(None, absent());
    of_function((nothing(), nothing()), Resolved::known(None, absent()))
}

/// A function and nothing else: its kind, its address and itself.
pub fn of_function(
    (kind, uri): (Property<Text>, Property<Text>),
    function: Property<Str>,
) -> Integration {
    let absent = || function.trail().clone();
    Integration {
        kind,
        uri,
        tls: false,
        connection: Resolved::known(None, absent()),
        cache_keys: Resolved::known(None, absent()),
        function,
    }
}

/// From the properties that say type and URI, whatever they are called.
pub fn from(stack: &Stack, node: &Node, names: &Names) -> Integration {
    let text = |name| stack.scope.read(node, name, Scope::text);
    let (kind, uri) = (text(names.kind), text(names.uri));
    let function = function(stack, &kind, &uri);
    Integration {
        kind,
        function,
        uri,
        tls: node.get(names.tls).is_some(),
        connection: text(names.connection),
        cache_keys: stack.scope.read(node, names.cache_keys, Scope::texts),
    }
}

/// What the properties of an integration are called.
pub struct Names {
    kind: &'static str,
    uri: &'static str,
    tls: &'static str,
    connection: &'static str,
    cache_keys: &'static str,
}

/// In a method of a REST API.
pub const OF_METHOD: Names = Names {
    kind: "Type",
    uri: "Uri",
    tls: "TlsConfig",
    connection: "ConnectionType",
    cache_keys: "CacheKeyParameters",
};

/// In an integration of an HTTP or WebSocket API.
const OF_ROUTE: Names = Names {
    kind: "IntegrationType",
    uri: "IntegrationUri",
    tls: "TlsConfig",
    connection: "ConnectionType",
    cache_keys: "CacheKeyParameters",
};

/// In an operation of an OpenAPI body.
pub const OF_OPERATION: Names = Names {
    kind: "type",
    uri: "uri",
    tls: "tlsConfig",
    connection: "connectionType",
    cache_keys: "cacheKeyParameters",
};

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
        Some(resource) => from(stack, &resource.properties, &OF_ROUTE),
        None => none(span),
    }
}

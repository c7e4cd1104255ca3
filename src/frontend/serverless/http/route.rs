//! Reading `httpApi` events.

use std::collections::HashMap;

use super::authorizer::{self, Asked, Authorizer};
use crate::document::Node;
use crate::frontend::serverless::coerce;
use crate::frontend::serverless::naming;
use crate::frontend::serverless::rest;
use crate::frontend::serverless::service::{Function, Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;
use crate::source::Str;

/// Methods of a route.
const METHODS: [&str; 8] = [
    "ANY", "GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE",
];

/// A route to be.
pub(super) struct Route<'a> {
    /// The function behind it.
    pub(super) function: &'a Function,
    /// Where its event is written.
    pub(super) at: At,
    /// `RouteKey`.
    pub(super) key: Node,
    /// Its logical id.
    pub(super) id: Str,
    /// Who is asked for.
    pub(super) asked: Asked,
}

/// One event.
pub(super) fn read<'a>(
    function: &'a Function,
    event: &Node,
    (service, authorizers): (&Service, &HashMap<Str, Authorizer>),
    out: &mut Output,
) -> Option<Route<'a>> {
    if let Some(reason) = tree::unknown(event) {
        out.lost(
            event.span,
            format!("a route is not known, because {reason} is not"),
        );
        return None;
    }
    let (method, path) = method_and_path(event, out)?;
    let at = At::of(event);
    let text = tree::sketch(&path)?;
    let (key, id) = match (text.as_str(), method) {
        ("*", _) => (At::of(&path).text("$default"), naming::http_route("*")),
        (_, Some(method)) => {
            let word = tree::sketch(&method).unwrap_or_default();
            let key = at.concat(&[method, at.text(" "), path]);
            (key, naming::http_route(&format!("{word} {text}")))
        }
        (_, None) => {
            out.lost(
                event.span,
                "the framework refuses a route without a `method`",
            );
            return None;
        }
    };
    let asked = authorizer::asked(event, (service, authorizers), out);
    Some(Route {
        function,
        at,
        key,
        id,
        asked,
    })
}

/// Both forms of an event: `GET /users`, and a mapping.
fn method_and_path(event: &Node, out: &mut Output) -> Option<(Option<Node>, Node)> {
    let at = At::of(event);
    let node = coerce::text(event, "httpApi");
    let short: Option<Vec<Node>> = match (node.as_text(), tree::joined(&node)) {
        (Some(text), _) => Some(text.split(' ').map(|word| at.text(word)).collect()),
        (None, Some(parts)) => Some(rest::words(parts, &at)),
        (None, None) => None,
    };
    let (method, path) = match short.as_deref() {
        Some([only]) if only.as_text().is_some_and(|text| text == "*") => (None, only.clone()),
        Some([method, path]) if is_route(method, path) => (Some(method.clone()), path.clone()),
        Some(_) => {
            out.lost(
                event.span,
                "the framework refuses this route: write `METHOD /path` or `*`",
            );
            return None;
        }
        None => {
            let path = tree::child(event, "path").map(|path| coerce::text(&path, "path"));
            let method = tree::child(event, "method").filter(tree::is_truthy);
            let Some(path) = path.filter(|path| tree::sketch(path).is_some()) else {
                out.lost(event.span, "the framework refuses a route without a `path`");
                return None;
            };
            (method, path)
        }
    };
    let is_default = path.as_text().is_some_and(|text| text == "*");
    let written = method.as_ref().filter(|_| is_default);
    if let Some(other) = written.filter(|method| method.scalar().is_some_and(|text| text != "*")) {
        out.fatal(other.span, "the path `*` allows no other method than `*`");
    }
    Some((method.map(|method| deployed_method(&method, out)), path))
}

/// Whether the short form is one that the framework reads.
fn is_route(method: &Node, path: &Node) -> bool {
    let is_method = |text: Str| METHODS.contains(&text.to_uppercase().as_str());
    let is_path = |text: Str| text.starts_with('/');
    method.scalar().is_none_or(is_method) && path.scalar().is_none_or(is_path)
}

fn deployed_method(method: &Node, out: &mut Output) -> Node {
    let Some(text) = method.scalar() else {
        return method.clone();
    };
    let upper = text.to_uppercase();
    let upper = if upper == "*" {
        "ANY".to_owned()
    } else {
        upper
    };
    if !METHODS.contains(&upper.as_str()) {
        out.fatal(method.span, format!("`{text}` is no method of an HTTP API"));
    }
    At::of(method).text(upper)
}

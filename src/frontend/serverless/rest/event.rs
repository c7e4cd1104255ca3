//! Reading `http` events, of functions and of state machines.

use super::authorizer::{self, Asked};
use super::path::RestPath;
use crate::document::Node;
use crate::frontend::serverless::coerce;
use crate::frontend::serverless::service::{Function, Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;
use crate::source::Str;
use crate::trail::{How, Step};

/// One method of the API to be.
pub(in crate::frontend::serverless) struct HttpEvent {
    /// Where the event is written.
    pub(in crate::frontend::serverless) at: At,
    /// The event's settings.
    pub(in crate::frontend::serverless) config: Node,
    /// Its path.
    pub(in crate::frontend::serverless) path: RestPath,
    /// Its method in upper case.
    pub(in crate::frontend::serverless) method: Node,
    /// Whether a key is asked for.
    pub(in crate::frontend::serverless) private: Node,
    /// Who is asked for.
    pub(in crate::frontend::serverless) asked: Asked,
    /// `AWS_PROXY`, `AWS`, `HTTP` …
    pub(in crate::frontend::serverless) integration: Node,
    /// What it invokes.
    pub(in crate::frontend::serverless) target: Target,
}

/// What a method invokes.
pub(in crate::frontend::serverless) enum Target {
    /// A function of this service: its key, and the parts of its ARN.
    Function(Str, Vec<Node>),
    /// An AWS service, by its integration URI.
    Service(Node),
}

/// Whose reading of an event counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::frontend::serverless) enum Rules {
    /// The framework's own.
    Framework,
    /// That of serverless-step-functions, which validates less and knows a user pool only by the text of its ARN.
    StepFunctions,
}

impl HttpEvent {
    /// `GET /users`, for messages.
    pub(in crate::frontend::serverless) fn shown(&self) -> String {
        let method = tree::sketch(&self.method).unwrap_or_default();
        format!("{method} {}", self.path.shown())
    }
}

/// The `http` events of a function.
pub(in crate::frontend::serverless) fn of_function(
    function: &Function,
    service: &Service,
    out: &mut Output,
) -> Vec<HttpEvent> {
    let mut events = Vec::new();
    for event in &function.events {
        let Some(http) = tree::child(event, "http").filter(tree::is_truthy) else {
            continue;
        };
        let at = At::of(&http);
        let mut target = vec![at.attribute(super::naming::function(&function.key), "Arn")];
        if let Some((alias, _)) = function.alias() {
            target.extend([at.text(":"), at.text(alias)]);
        }
        let target = Target::Function(function.key.clone(), target);
        events.extend(read(&http, (target, Rules::Framework), service, out));
    }
    events
}

/// One event.
pub(in crate::frontend::serverless) fn read(
    http: &Node,
    (target, rules): (Target, Rules),
    service: &Service,
    out: &mut Output,
) -> Option<HttpEvent> {
    if let Some(reason) = tree::unknown(http) {
        out.lost(
            http.span,
            format!("an endpoint is not known, because {reason} is not"),
        );
        return None;
    }
    let config = settings(http, out)?;
    let setting = |key| tree::child(&config, key).map(|node| coerce::text(&node, key));
    let path = setting("path").and_then(|path| RestPath::read(&path));
    let (Some(path), Some(method)) = (path, setting("method")) else {
        let message = "the framework refuses an `http` event without a path and a method";
        out.lost(http.span, message);
        return None;
    };
    if path.key.starts_with('/') {
        out.fatal(
            http.span,
            "the framework refuses a path that begins with `//`",
        );
    }
    odd_lists(&config, out);
    let integration = integration(&config);
    let asked = authorizer::read((&config, rules), &integration, service, out);
    let private = tree::child(&config, "private").map(|node| match rules {
        Rules::Framework => coerce::boolean(&node, "private"),
        Rules::StepFunctions => node,
    });
    let at = At::of(http);
    Some(HttpEvent {
        private: required(private, &at),
        method: upper(&method),
        at,
        path,
        asked,
        integration,
        target,
        config,
    })
}

/// Lists where a text belongs: one item counts as the text, others are refused.
fn odd_lists(config: &Node, out: &mut Output) {
    for key in ["path", "method"] {
        let Some(node) = tree::child(config, key).filter(|node| node.as_list().is_some()) else {
            continue;
        };
        match node.items() {
            [only] if only.scalar().is_some() => {
                out.notice(
                    node.span,
                    format!("`{key}` is a list of one, read as its item"),
                );
            }
            _ => out.lost(
                node.span,
                format!("the framework refuses a list as `{key}`"),
            ),
        }
    }
}

/// `http: GET /users` and its long form are one.
fn settings(http: &Node, out: &mut Output) -> Option<Node> {
    let node = match http.items() {
        [only] => coerce::text(&only.clone().along(http.via.as_ref()), "http"),
        _ => coerce::text(http, "http"),
    };
    if node.as_map().is_some() && tree::joined(&node).is_none() {
        return Some(node);
    }
    let at = At::of(&node);
    let words: Vec<Node> = match (node.as_text(), tree::joined(&node)) {
        (Some(text), _) => text.split(' ').map(|word| at.text(word)).collect(),
        (None, Some(parts)) => words(parts, &at),
        (None, None) => Vec::new(),
    };
    let mut words = words.into_iter();
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        let message = "the framework refuses this `http` event: write `METHOD /path`";
        out.lost(http.span, message);
        return None;
    };
    Some(at.object([("method", method), ("path", path)]))
}

/// Splits a text with unknown parts at its blanks.
pub(in crate::frontend::serverless) fn words(parts: &[Node], at: &At) -> Vec<Node> {
    let mut words: Vec<Vec<Node>> = vec![Vec::new()];
    for part in parts {
        let pieces = part.scalar();
        let pieces: Vec<Node> = match &pieces {
            Some(text) => text.split(' ').map(|piece| at.text(piece)).collect(),
            None => vec![part.clone()],
        };
        for (nth, piece) in pieces.into_iter().enumerate() {
            if nth > 0 {
                words.push(Vec::new());
            }
            if let Some(last) = words.last_mut() {
                last.push(piece);
            }
        }
    }
    words.iter().map(|parts| at.concat(parts)).collect()
}

/// In upper case, when it is known.
fn upper(node: &Node) -> Node {
    match node.as_text() {
        Some(text) => At::of(node).text(text.to_uppercase()),
        None => node.clone(),
    }
}

/// `ApiKeyRequired`: whatever is true in JavaScript.
fn required(private: Option<Node>, at: &At) -> Node {
    let Some(private) = private else {
        return at.bool(false);
    };
    if tree::unknown(&private).is_some() {
        return private;
    }
    let at = At::of(&private);
    let is_true = tree::is_truthy(&private);
    match private.as_text() {
        Some(text) if is_true => {
            let note = format!(
                "`private: {text}` is no boolean: any text counts as true, and osls refuses it"
            );
            let step = Step::new(How::Note(Str::from(note)), private.span);
            at.via(step).bool(true)
        }
        _ => at.bool(is_true),
    }
}

/// The integration type, as API Gateway names it.
fn integration(config: &Node) -> Node {
    let at = At::of(config);
    let written = tree::child(config, "integration").filter(tree::is_truthy);
    if let Some(written) = written {
        let Some(text) = written.scalar() else {
            return written;
        };
        // The framework replaces only the first dash.
        let kind = text.to_uppercase().replacen('-', "_", 1);
        let kind = match kind.as_str() {
            "LAMBDA" => "AWS".to_owned(),
            "LAMBDA_PROXY" => "AWS_PROXY".to_owned(),
            _ => kind,
        };
        return At::of(&written).text(kind);
    }
    let is_async = tree::child(config, "async").map(|node| coerce::boolean(&node, "async"));
    if is_async.is_some_and(|node| tree::is_truthy(&node)) {
        return at.text("AWS");
    }
    at.text("AWS_PROXY")
}

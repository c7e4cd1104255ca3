//! What else there is beside an endpoint: at its path, and behind its function.

use std::collections::HashMap;

use crate::endpoint::{Authorization, Endpoint, Exposure};
use crate::facts::{Fact, absent, flag, name_of, text};
use crate::resolve::{Resolved, Truth};
use crate::source::{Span, Str};
use crate::stack::Protocol;
use crate::trail::{How, Step};

/// Endpoints of one function that are compared with each other.
const MOST: usize = 64;

/// Endpoints by what they share.
pub(super) struct Beside {
    /// Methods that ask who calls, by API and path.
    asking: HashMap<(Str, Str), Vec<(Span, Truth)>>,
    /// Endpoints that ask who calls, by function.
    guarded: HashMap<Str, Vec<Guarded>>,
}

/// An endpoint that asks who calls.
struct Guarded {
    api: Str,
    protocol: Protocol,
    path: Str,
    method: Str,
    label: String,
    span: Span,
}

impl Beside {
    pub fn of(endpoints: &[Endpoint]) -> Self {
        let mut beside = Self {
            asking: HashMap::new(),
            guarded: HashMap::new(),
        };
        for endpoint in endpoints {
            let truth = asks(endpoint);
            if let (Some(key), false) = (place(endpoint), truth == Truth::No) {
                beside
                    .asking
                    .entry(key)
                    .or_default()
                    .push((endpoint.span, truth));
            }
            let function = endpoint.function.agreed().cloned().flatten();
            let (Some(function), Some(path), Truth::Yes) =
                (function, endpoint.path.agreed().cloned(), truth)
            else {
                continue;
            };
            let all = beside.guarded.entry(function).or_default();
            if all.len() < MOST {
                all.push(Guarded {
                    api: endpoint.api.as_ref().map(name_of).unwrap_or_default(),
                    protocol: endpoint.protocol,
                    path,
                    method: endpoint
                        .method
                        .agreed()
                        .cloned()
                        .flatten()
                        .unwrap_or_default(),
                    label: endpoint.label(),
                    span: endpoint.span,
                });
            }
        }
        beside
    }

    /// Whether another method of the same path asks who calls.
    pub fn path_authorization(&self, endpoint: &Endpoint) -> Resolved<Fact> {
        let here = Step::written(endpoint.span);
        let Some(all) = place(endpoint).and_then(|key| self.asking.get(&key)) else {
            return flag(false, here);
        };
        let others = || all.iter().filter(|(span, _)| *span != endpoint.span);
        if let Some((span, _)) = others().find(|(_, truth)| *truth == Truth::Yes) {
            let how = How::Note("this method of the same path asks who calls".into());
            return flag(true, Step::new(how, *span));
        }
        match others().next() {
            Some((span, _)) => {
                Resolved::unknown(Step::deferred("what this method asks for", *span))
            }
            None => flag(false, here),
        }
    }

    /// An endpoint that asks who calls and whose function can be reached here without.
    pub fn bypasses(&self, endpoint: &Endpoint) -> Resolved<Fact> {
        let here = || Step::written(endpoint.span);
        let function = endpoint.function.agreed().cloned().flatten();
        let guarded = function.and_then(|function| self.guarded.get(&function));
        let open = asks(endpoint) == Truth::No && is_reachable(endpoint);
        let (Some(guarded), true) = (guarded, open) else {
            return absent(here());
        };
        match guarded.iter().find(|other| reaches(endpoint, other)) {
            Some(other) => {
                let how = How::Note(format!("`{}` asks who calls", other.label).into());
                text(other.label.as_str(), Step::new(how, other.span))
            }
            None => absent(here()),
        }
    }
}

/// Whether the same request can be made to the function here. Within one API the more specific route takes it.
fn reaches(endpoint: &Endpoint, guarded: &Guarded) -> bool {
    if endpoint.span == guarded.span || guarded.protocol == Protocol::WebSocket {
        return false;
    }
    match endpoint.protocol {
        Protocol::FunctionUrl => guarded.protocol != Protocol::FunctionUrl,
        Protocol::Rest | Protocol::Http => {
            let api = endpoint.api.as_ref().map(name_of).unwrap_or_default();
            let other_api = api != guarded.api;
            let method = endpoint
                .method
                .agreed()
                .cloned()
                .flatten()
                .unwrap_or_default();
            let path = endpoint.path.agreed().cloned().unwrap_or_default();
            let any = method == "ANY" || method == "*";
            other_api && (any || method == guarded.method) && covers(&path, &guarded.path)
        }
        Protocol::WebSocket | Protocol::GraphQl => false,
    }
}

/// Whether every request to `path` could be sent to `template`.
fn covers(template: &str, path: &str) -> bool {
    if template == path || template == "$default" {
        return true;
    }
    let greedy = template
        .strip_suffix("+}")
        .and_then(|head| head.rsplit_once('{'));
    greedy.is_some_and(|(before, _)| path.starts_with(before))
}

fn place(endpoint: &Endpoint) -> Option<(Str, Str)> {
    let known = matches!(endpoint.protocol, Protocol::Rest | Protocol::Http);
    let path = endpoint.path.agreed().filter(|_| known)?;
    Some((endpoint.api.as_ref().map(name_of)?, path.clone()))
}

fn is_reachable(endpoint: &Endpoint) -> bool {
    let keyed = endpoint.api_key_required.agreed() == Some(&true);
    endpoint.exposure.agreed() == Some(&Exposure::Internet) && !keyed
}

/// Whether an endpoint asks who calls, in every deployment.
fn asks(endpoint: &Endpoint) -> Truth {
    Truth::all(endpoint.auth.cases().map(|case| match &case.value {
        Some(auth) => (auth.kind != Authorization::None).into(),
        None => Truth::Unknown,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greedy_path_covers_what_is_below_it() {
        assert!(covers("/{proxy+}", "/orders/{id}"));
        assert!(covers("/v1/{rest+}", "/v1/orders"));
        assert!(!covers("/v1/{rest+}", "/v2/orders"));
        assert!(!covers("/orders", "/orders/{id}"));
    }
}

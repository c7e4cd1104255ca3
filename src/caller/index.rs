//! The endpoints of a stack, so that one call does not look at all of them.
//!
//! Finds at least every endpoint that a URL could mean; whether it does is settled by looking at each.

use std::collections::{HashMap, HashSet};

use super::{Target, asks_iam};
use crate::endpoint::{Authorization, Endpoint};
use crate::facts::name_of;
use crate::resolve::Text;
use crate::source::Str;
use crate::stack::Stack;

/// Endpoints by their API and the beginning of their path.
pub(super) struct Index<'a> {
    /// In the order in which one is named of several that are as near.
    endpoints: Vec<&'a Endpoint>,
    /// By the name of the API, and the segments of the path before the first one that is open.
    by_place: HashMap<Str, HashMap<String, Vec<usize>>>,
    /// HTTP and WebSocket APIs with a stage that is a part of their URLs.
    staged: HashSet<Str>,
}

impl<'a> Index<'a> {
    pub(super) fn of(stack: &Stack, endpoints: &'a [Endpoint]) -> Self {
        let mut endpoints: Vec<&Endpoint> = endpoints.iter().collect();
        endpoints.sort_by_cached_key(|endpoint| preference(endpoint));
        let mut by_place: HashMap<Str, HashMap<String, Vec<usize>>> = HashMap::new();
        for (at, endpoint) in endpoints.iter().enumerate() {
            let Some(api) = &endpoint.api else {
                continue;
            };
            let of_api = by_place.entry(name_of(api)).or_default();
            let path = endpoint.path.agreed().map_or("", Str::as_str);
            of_api.entry(beginning(path)).or_default().push(at);
        }
        let own = |stage| {
            let name = stack.plain(stage, "StageName")?.known()?;
            let api = stack.plain(stage, "ApiId")?.refers_to().cloned();
            api.filter(|_| name != "$default")
        };
        Self {
            endpoints,
            by_place,
            staged: stack
                .of_type("AWS::ApiGatewayV2::Stage")
                .filter_map(own)
                .collect(),
        }
    }

    /// Whether a URL of this HTTP or WebSocket API has a stage before its path.
    pub(super) fn is_staged(&self, target: &Target) -> bool {
        self.staged.contains(&target.api)
    }

    /// The endpoints of an API of which the path could be the one called, the one to be named first.
    pub(super) fn near(&self, api: &Str, path: Option<&Text>) -> Vec<&'a Endpoint> {
        let Some(of_api) = self.by_place.get(api) else {
            return Vec::new();
        };
        let mut found: Vec<usize> = match path.and_then(Text::known) {
            Some(path) => prefixes(&path)
                .iter()
                .filter_map(|prefix| of_api.get(prefix))
                .flatten()
                .copied()
                .collect(),
            None => of_api.values().flatten().copied().collect(),
        };
        found.sort_unstable();
        found
            .into_iter()
            .filter_map(|at| self.endpoints.get(at).copied())
            .collect()
    }
}

/// Of several endpoints that are as near, the one that is named, whatever their order: under the first path one that asks for no
/// signature, as a refusal would be a guess, and that is there in more deployments.
fn preference(endpoint: &Endpoint) -> impl Ord {
    let agreed = endpoint.auth.agreed().map(|auth| auth.kind);
    let signature = match agreed {
        Some(Authorization::Iam) => 3,
        Some(_) => 0,
        None if asks_iam(endpoint) => 2,
        None => 1,
    };
    let method = endpoint.method.agreed().cloned().flatten();
    let path = endpoint.path.agreed().cloned();
    let world = (!endpoint.world.is_any(), endpoint.world.to_string());
    (path, signature, method, world, agreed)
}

/// The segments of a route's path before the first one that could be anything.
fn beginning(path: &str) -> String {
    let segments = path.trim_matches('/').split('/');
    let is_open = |segment: &&str| {
        segment.is_empty()
            || segment.starts_with('{')
            || segment.ends_with("+}")
            || *segment == "unknown"
            || *segment == "$default"
    };
    let fixed = segments.take_while(|segment| !is_open(segment));
    fixed.fold(String::new(), joined)
}

/// Everything that a path begins with, from nothing to the whole path.
fn prefixes(path: &str) -> Vec<String> {
    let mut prefixes = vec![String::new()];
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let segment = segment.split(['?', '#']).next().unwrap_or_default();
        let before = prefixes.last().cloned().unwrap_or_default();
        prefixes.push(joined(before, segment));
    }
    prefixes
}

fn joined(mut before: String, segment: &str) -> String {
    before.push('/');
    before.push_str(segment);
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_under_what_it_begins_with() {
        for (route, called) in [
            ("/orders/{id}", "orders/7"),
            ("/orders/{id}/items", "orders/7/items?all=1"),
            ("/orders", "orders#top"),
            ("/{proxy+}", "orders/7"),
            ("$default", "orders"),
            ("/", ""),
            ("/a/unknown/b", "a/x/b"),
        ] {
            assert!(prefixes(called).contains(&beginning(route)), "{route}");
        }
        assert!(!prefixes("orders/7").contains(&beginning("/stores/{id}")));
        assert!(!prefixes("orders").contains(&beginning("/orders/all")));
    }
}

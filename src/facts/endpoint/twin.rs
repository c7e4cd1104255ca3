//! Other declarations of the same route: a method resource beside an OpenAPI body that has the method too.
//!
//! Both are in the stack, one is deployed, and which one depends on the order of updates.

use std::collections::HashMap;

use crate::endpoint::{Auth, Authorization, Endpoint};
use crate::facts::{Fact, absent, name_of};
use crate::resolve::Resolved;
use crate::source::Str;
use crate::stack::Protocol;
use crate::trail::{How, Step};

/// Declarations of one route that are compared with each other.
const MOST: usize = 8;

/// API, method and path.
type Key = (Str, Str, Str);

/// The endpoints that are declared more than once.
pub(super) struct Twins(HashMap<Key, Vec<Endpoint>>);

impl Twins {
    pub fn of(endpoints: &[Endpoint]) -> Self {
        let mut counts: HashMap<Key, usize> = HashMap::new();
        for key in endpoints.iter().filter_map(key) {
            *counts.entry(key).or_default() += 1;
        }
        let mut found: HashMap<Key, Vec<Endpoint>> = HashMap::new();
        for endpoint in endpoints {
            let Some(key) = key(endpoint).filter(|key| counts.get(key).is_some_and(|n| *n > 1))
            else {
                continue;
            };
            let all = found.entry(key).or_default();
            if all.len() < MOST {
                all.push(endpoint.clone());
            }
        }
        Self(found)
    }

    /// What another declaration of the same route asks for: the one that asks least.
    pub fn authorization(&self, endpoint: &Endpoint) -> Resolved<Fact> {
        let key = key(endpoint);
        let all = key.and_then(|key| self.0.get(&key));
        let others = all
            .into_iter()
            .flatten()
            .filter(|twin| twin.span != endpoint.span && twin.world.and(&endpoint.world).is_some());
        // Of several that ask nobody, one that is there in more deployments, whatever their order.
        let least = others.min_by_key(|twin| {
            let asking = Asking::of(&twin.auth);
            (asking, !twin.world.is_any(), twin.world.to_string())
        });
        let Some(twin) = least else {
            return absent(Step::written(endpoint.span));
        };
        let how = How::Note("this declares the same route".into());
        let step = Step::new(how, twin.span);
        let word = |auth: &Auth| Fact::Text(Str::from(auth.kind.word()));
        twin.auth.map(word).via(&step)
    }
}

/// How surely callers are asked who they are, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asking {
    Never,
    Sometimes,
    Unknown,
    Always,
}

impl Asking {
    fn of(auth: &Resolved<Auth>) -> Self {
        let is_open = |auth: &Auth| auth.kind == Authorization::None;
        if auth.agreed().is_some_and(is_open) {
            return Self::Never;
        }
        if auth
            .cases()
            .any(|case| case.value.as_ref().is_some_and(is_open))
        {
            return Self::Sometimes;
        }
        if auth.cases().any(|case| case.value.is_none()) {
            return Self::Unknown;
        }
        Self::Always
    }
}

/// What it takes for two to be the same; `None` where that cannot be known.
fn key(endpoint: &Endpoint) -> Option<Key> {
    if !matches!(endpoint.protocol, Protocol::Rest | Protocol::Http) {
        return None;
    }
    let path = endpoint.path.agreed()?;
    let method = endpoint.method.agreed().cloned().flatten()?;
    let open = method == "unknown" || path.split('/').any(|segment| segment == "unknown");
    let api = endpoint.api.as_ref().map(name_of)?;
    (!open).then(|| (api, method, path.clone()))
}

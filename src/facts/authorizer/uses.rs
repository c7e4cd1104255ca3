//! Which authorizers the endpoints ask, gathered once for all of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::endpoint::{Authorization, Endpoint};
use crate::facts::{Fact, flag, name_of};
use crate::resolve::{Resolved, Truth};
use crate::source::{Span, Str};
use crate::stack::{Protection, Protocol, Stack};
use crate::trail::{Step, Trail};

/// How often an authorizer is asked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Endpoints that ask it.
    pub asking: u32,
    /// Those of them that ask for scopes.
    pub scoped: u32,
    /// Endpoints that name it and ask nobody.
    pub open: u32,
}

/// Which authorizers the endpoints ask.
pub(super) struct Uses {
    /// By API and authorizer.
    tallies: HashMap<(Str, Str), Tally>,
    /// By authorizer, of whatever API.
    by_id: HashMap<Str, Tally>,
    /// Schemes that operations name, by API and scheme.
    named: HashSet<(Str, Str)>,
    /// APIs with an endpoint whose authorizer cannot be known.
    unclear: HashSet<Str>,
    /// Whether no endpoint of an API asks anybody.
    open: HashMap<Str, Truth>,
    protocols: HashMap<Str, Protocol>,
    /// Logical ids that other stacks may use.
    exported: HashSet<Str>,
}

impl Uses {
    pub fn of(stack: &Stack, endpoints: &[Endpoint]) -> Self {
        let protocol = |api: &crate::stack::Api| (name_of(&api.id), api.protocol);
        let mut uses = Self {
            tallies: HashMap::new(),
            by_id: HashMap::new(),
            named: HashSet::new(),
            unclear: HashSet::new(),
            open: HashMap::new(),
            protocols: stack.apis.iter().map(protocol).collect(),
            exported: stack.exported.clone(),
        };
        let mut open_at = HashSet::new();
        for endpoint in endpoints {
            if is_open(endpoint) == Truth::Yes {
                open_at.insert(endpoint.span);
            }
            uses.add(endpoint);
        }
        uses.add_named(stack, &open_at);
        uses
    }

    fn add(&mut self, endpoint: &Endpoint) {
        let api = endpoint.api.as_ref().map(name_of).unwrap_or_default();
        if endpoint.cors_preflight.agreed() != Some(&true) {
            let so_far = self.open.entry(api.clone()).or_insert(Truth::Yes);
            *so_far = so_far.and(is_open(endpoint));
        }
        let mut seen = HashSet::new();
        for case in endpoint.auth.cases() {
            let Some(auth) = &case.value else {
                self.unclear.insert(api.clone());
                continue;
            };
            let Some(authorizer) = auth.authorizer.as_ref().map(name_of) else {
                continue;
            };
            if seen.insert(authorizer.clone()) {
                let scoped = u32::from(!auth.scopes.is_empty());
                let add = |tally: &mut Tally| {
                    tally.asking += 1;
                    tally.scoped += scoped;
                };
                add(self.by_id.entry(authorizer.clone()).or_default());
                add(self.tallies.entry((api.clone(), authorizer)).or_default());
            }
        }
    }

    /// Schemes that operations name, and those of the operations that ask nobody all the same.
    fn add_named(&mut self, stack: &Stack, open_at: &HashSet<Span>) {
        for route in &stack.routes {
            let Protection::OpenApi(security) = &route.protection else {
                continue;
            };
            let Some(api) = route
                .api
                .agreed()
                .and_then(|api| Some(name_of(api.as_ref()?)))
            else {
                continue;
            };
            let cases = security.requirements.cases();
            let all = cases
                .filter_map(|case| case.value.as_ref()?.as_ref())
                .flatten();
            let names: BTreeSet<Str> = all.map(|one| one.name.clone()).collect();
            for name in names {
                let key = (api.clone(), name);
                if open_at.contains(&route.span) {
                    self.tallies.entry(key.clone()).or_default().open += 1;
                }
                self.named.insert(key);
            }
        }
    }

    /// Whether an endpoint of any API asks this authorizer.
    pub fn is_asked(&self, id: &Str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Whether an operation of this API names this scheme.
    pub fn is_named(&self, api: &Str, name: &Str) -> bool {
        self.named.contains(&(api.clone(), name.clone()))
    }

    pub fn protocol(&self, api: Option<&Str>) -> Option<Protocol> {
        self.protocols.get(api?).copied()
    }

    pub fn tally(&self, api: Option<&Str>, name: &Str) -> Tally {
        let own = api.and_then(|api| self.tallies.get(&(api.clone(), name.clone())));
        own.or_else(|| self.by_id.get(name))
            .copied()
            .unwrap_or_default()
    }

    /// Whether some endpoint asks this authorizer: unknown where an endpoint we cannot see into might.
    pub fn attached(&self, api: Option<&Str>, name: &Str, span: Span) -> Resolved<Fact> {
        if self.tally(api, name).asking > 0 {
            return flag(true, Step::written(span));
        }
        let maybe =
            self.exported.contains(name) || api.is_none_or(|api| self.unclear.contains(api));
        if maybe {
            unseen(span)
        } else {
            flag(false, Step::written(span))
        }
    }

    /// Whether no endpoint of an API asks anybody; unknown for an API that has none here.
    pub fn api_open(&self, api: Option<&Str>, span: Span) -> Resolved<Fact> {
        match api.and_then(|api| self.open.get(api)) {
            Some(Truth::Yes) => flag(true, Step::written(span)),
            Some(Truth::No) => flag(false, Step::written(span)),
            Some(Truth::Unknown) | None => unseen(span),
        }
    }
}

fn unseen(span: Span) -> Resolved<Fact> {
    let why = Step::deferred("endpoints that cannot be seen into", span);
    Resolved::unknown(Trail::from(why))
}

/// Whether an endpoint asks nobody.
fn is_open(endpoint: &Endpoint) -> Truth {
    Truth::all(endpoint.auth.cases().map(|case| match &case.value {
        Some(auth) => (auth.kind == Authorization::None).into(),
        None => Truth::Unknown,
    }))
}

//! Which methods' responses a stage keeps in a cache.

use std::collections::HashMap;
use std::sync::Arc;

use super::limit::{Called, on};
use super::{Covers, Stage};
use crate::facts::Fact;
use crate::resolve::{Resolved, Scope};
use crate::source::Str;
use crate::stack::Protocol;
use crate::trail::Step;

const CACHE_PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html";

/// What one stage caches: worked out once, asked for each endpoint.
pub(in crate::facts) struct Caches(Resolved<Arc<Cached>>);

/// What one stage caches in one case.
struct Cached {
    /// Whether `GET` methods are cached that no setting of their own is for.
    all: Resolved<bool>,
    /// Whether a method is cached that has a setting; unknown where the setting does not say.
    own: HashMap<Str, Resolved<bool>>,
}

impl Caches {
    /// `None` for a stage that has no cache in any deployment, which is nearly every one.
    pub(super) fn of(scope: &Scope, stage: &Stage<'_>) -> Option<Self> {
        let cluster = scope.read(&stage.described, "CacheClusterEnabled", Scope::flag);
        let never = cluster.agreed().is_some_and(|on| *on != Some(true));
        if never || stage.protocol != Protocol::Rest {
            return None;
        }
        let cluster = cluster.map(|on| *on == Some(true));
        let cached = stage.settings.map(|settings| {
            let none = Step::default(
                "a method's responses are cached only where `CachingEnabled` says so",
                CACHE_PAGE,
            );
            let mut all = Resolved::known(false, none);
            let mut own = HashMap::new();
            for setting in settings {
                let written = scope.read(&setting.node, "CachingEnabled", Scope::flag);
                match (setting.covers.key(), &setting.covers) {
                    (Some(key), _) => {
                        let on = written.and_then(|on| match on {
                            Some(on) => Resolved::known(on, setting.node.trail()),
                            None => Resolved::unknown(setting.node.trail()),
                        });
                        own.insert(
                            key,
                            cluster
                                .clone()
                                .zip(&on)
                                .map(|(cluster, on)| *on && *cluster),
                        );
                    }
                    (None, Covers::All) => {
                        let on = written.map(|on| *on == Some(true));
                        all = cluster
                            .clone()
                            .zip(&on)
                            .map(|(cluster, on)| *on && *cluster);
                    }
                    (None, Covers::Method { .. } | Covers::Route(_) | Covers::Unknown) => {}
                }
            }
            Arc::new(Cached { all, own })
        });
        Some(Self(cached))
    }

    /// Whether the stage caches the responses of this method.
    fn keeps(&self, called: &Called) -> Resolved<bool> {
        self.0.expand(|case| {
            let Some(cached) = &case.value else {
                return Resolved::unknown(case.trail.clone());
            };
            let keys = called.keys().unwrap_or_default();
            if let Some(own) = keys.iter().find_map(|key| cached.own.get(key)) {
                return own.clone();
            }
            match called.method.as_deref() {
                Some("GET") => cached.all.clone(),
                Some(_) | None => Resolved::known(
                    false,
                    Step::default(
                        "only `GET` methods are cached unless a setting of their own says otherwise",
                        CACHE_PAGE,
                    ),
                ),
            }
        })
    }

    /// Whether some of these stages does.
    pub fn some<'a>(
        stages: impl Iterator<Item = &'a Self>,
        called: &Called,
        start: Resolved<Fact>,
    ) -> Resolved<Fact> {
        stages.fold(start, |so_far, stage| {
            so_far.expand(|case| on(case, stage.keeps(called)))
        })
    }
}

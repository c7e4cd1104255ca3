//! What limits the calls of a stage: all of them, or those of one method or route.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Covers, Setting, Stage};
use crate::document::Node;
use crate::facts::default::number_or_absent;
use crate::facts::{Fact, absent};
use crate::resolve::{Case, Resolved, Scope};
use crate::source::Str;
use crate::stack::Protocol;
use crate::trail::{Step, Trail};

const THROTTLE_PAGE: &str = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html";
const HTTP_THROTTLE_PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html";

/// A method or route, as settings name it.
pub(in crate::facts) struct Called {
    /// Path, or a WebSocket route's key.
    pub path: Option<Str>,
    /// Method; none for a WebSocket route.
    pub method: Option<Str>,
}

impl Called {
    /// The keys of settings that are for it, when it is clear what it is.
    pub(super) fn keys(&self) -> Option<Vec<Str>> {
        let path = self
            .path
            .as_ref()
            .filter(|path| !path.contains("unknown"))?;
        let key = |method: &str, path: &str| Str::from(format!("{method} {path}"));
        Some(match &self.method {
            None => vec![path.clone()],
            Some(_) if path == "$default" => vec![path.clone()],
            Some(method) => vec![key(method, path), key("*", path), key(method, "/*")],
        })
    }
}

/// Stages of one API that are looked at; AWS allows ten.
pub(super) const MOST_STAGES: usize = 32;

/// What limits the calls of one stage: worked out once, asked for each endpoint.
pub(in crate::facts) struct Limits(Resolved<Arc<Limit>>);

/// What limits the calls of one stage in one case.
struct Limit {
    /// What no setting of their own is for.
    all: Resolved<Fact>,
    /// Whether a setting limits a method or route: `POST /orders`, `* /orders`, `POST /*`, a route key.
    own: HashMap<Str, Resolved<bool>>,
    /// Whether some setting limits calls, without saying clearly which.
    unclear: Resolved<bool>,
}

impl Limits {
    pub(super) fn of(scope: &Scope, stage: &Stage<'_>) -> Self {
        let trail = Trail::from(Step::written(stage.resource.span));
        let limit = |settings: &Vec<Setting>| {
            let mut own = HashMap::new();
            let mut unclear = Resolved::known(false, trail.clone());
            for setting in settings {
                let limited = limited(scope, &setting.node);
                match setting.covers.key() {
                    Some(key) => {
                        own.insert(key, limited);
                    }
                    None if setting.covers == Covers::All => {}
                    None => unclear = unclear.zip(&limited).map(|(one, other)| *one || *other),
                }
            }
            let all = default_limit(scope, stage, settings, &trail);
            Arc::new(Limit { all, own, unclear })
        };
        Self(stage.settings.map(limit))
    }

    /// Whether the stage limits the calls of this method or route.
    pub fn on(&self, called: &Called) -> Resolved<Fact> {
        self.0.expand(|case| match &case.value {
            Some(limit) => limit.on(called),
            None => Resolved::unknown(case.trail.clone()),
        })
    }
}

impl Limit {
    fn on(&self, called: &Called) -> Resolved<Fact> {
        let start = self.all.clone();
        let start = start.expand(|case| on(case, maybe(self.unclear.clone())));
        let Some(keys) = called.keys() else {
            let mut own = self.own.values();
            let some = own.any(|limited| limited.cases().any(|case| case.value != Some(false)));
            let some = Resolved::known(some, self.all.trail().clone());
            return start.expand(|case| on(case, maybe(some.clone())));
        };
        let own = keys.iter().filter_map(|key| self.own.get(key));
        own.fold(start, |so_far, own| {
            so_far.expand(|case| on(case, own.clone()))
        })
    }
}

/// Whether there is a limit of the stage's own for all methods or routes.
pub(super) fn throttled(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    stage.settings.expand(|case| match &case.value {
        Some(settings) => default_limit(scope, stage, settings, &case.trail),
        None => Resolved::unknown(case.trail.clone()),
    })
}

fn default_limit(
    scope: &Scope,
    stage: &Stage<'_>,
    settings: &[Setting],
    trail: &Trail,
) -> Resolved<Fact> {
    let page = if stage.protocol == Protocol::Rest {
        THROTTLE_PAGE
    } else {
        HTTP_THROTTLE_PAGE
    };
    let what = "a stage without limits of its own shares those of the account with every API of the Region";
    let none = trail.clone().and(Step::default(what, page));
    let start = Resolved::known(Fact::Flag(false), none);
    settings.iter().fold(start, |so_far, setting| {
        let limited = || limited(scope, &setting.node);
        match &setting.covers {
            Covers::All => so_far.expand(|case| on(case, limited())),
            Covers::Unknown => so_far.expand(|case| on(case, maybe(limited()))),
            Covers::Method { .. } | Covers::Route(_) => so_far,
        }
    })
}

/// What is so already, or else what one more setting says.
pub(super) fn on(case: &Case<Fact>, more: Resolved<bool>) -> Resolved<Fact> {
    if case.value == Some(Fact::Flag(true)) {
        return Resolved::case(case.clone());
    }
    more.map_case(|more| match more.value {
        Some(false) => Case {
            value: case.value.clone(),
            world: more.world,
            trail: case.trail.clone(),
        },
        value => Case {
            value: value.map(Fact::Flag),
            world: more.world,
            trail: more.trail,
        },
    })
}

/// The same where it says no; where it says yes, it is not known whether that counts.
fn maybe(truth: Resolved<bool>) -> Resolved<bool> {
    truth.map_case(|case| Case {
        value: case.value.filter(|yes| !yes),
        ..case
    })
}

/// Whether settings limit the rate or the burst.
fn limited(scope: &Scope, setting: &Node) -> Resolved<bool> {
    let rate = scope.read(setting, "ThrottlingRateLimit", Scope::text);
    rate.expand(|case| match &case.value {
        Some(None) => scope
            .read(setting, "ThrottlingBurstLimit", Scope::text)
            .map(Option::is_some),
        // Whatever the number is, it is a limit.
        None if setting.get("ThrottlingRateLimit").is_none() => {
            Resolved::unknown(case.trail.clone())
        }
        Some(Some(_)) | None => Resolved::known(true, case.trail.clone()),
    })
}

/// The number that limits what no other setting is for.
pub(super) fn limit(scope: &Scope, stage: &Stage<'_>, name: &'static str) -> Resolved<Fact> {
    stage.settings.expand(|case| {
        let Some(settings) = &case.value else {
            return Resolved::unknown(case.trail.clone());
        };
        let mut all = settings.iter().filter(|one| one.covers == Covers::All);
        let written = all.rfind(|one| one.node.get(name).is_some());
        match written {
            Some(setting) => number_or_absent(&scope.read(&setting.node, name, Scope::number)),
            None => absent(case.trail.clone()),
        }
    })
}

/// Both, in every world: yes when both are.
#[expect(clippy::needless_pass_by_value, reason = "it is what `reduce` takes")]
pub(in crate::facts) fn every(one: Resolved<Fact>, other: Resolved<Fact>) -> Resolved<Fact> {
    one.expand(|case| match case.value {
        Some(Fact::Flag(true)) => other.clone(),
        Some(_) => Resolved::case(case.clone()),
        None => other.clone().map_case(|other| match other.value {
            Some(Fact::Flag(false)) => other,
            _ => Case {
                value: None,
                ..other
            },
        }),
    })
}

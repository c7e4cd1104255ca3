//! Under which assumptions a value is the one deployed.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::source::Str;

/// One way of settling a template's conditions: `IsProd and not HasAuth`. The empty one is every deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct World(Option<Arc<Assumptions>>);

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Assumptions {
    /// The stage that the service is judged for, when several are.
    stage: Option<Str>,
    /// Conditions that were picked.
    chosen: BTreeMap<Str, bool>,
    /// Conditions that follow from those: not shown, but they contradict.
    implied: BTreeMap<Str, bool>,
}

impl World {
    /// At most this many conditions are told apart for one value; more make it unknown.
    pub const MOST: usize = 6;

    /// The world in which `condition` has the value `holds` and all else is open.
    pub fn when(condition: impl Into<Str>, holds: bool) -> Self {
        let chosen = BTreeMap::from([(condition.into(), holds)]);
        Self(Some(Arc::new(Assumptions {
            chosen,
            ..Assumptions::default()
        })))
    }

    /// The deployments to one stage.
    pub fn stage(name: impl Into<Str>) -> Self {
        let stage = Some(name.into());
        Self(Some(Arc::new(Assumptions {
            stage,
            ..Assumptions::default()
        })))
    }

    /// The same world, in which this condition is known to follow; `None` when it cannot.
    #[must_use]
    pub fn implying(self, condition: impl Into<Str>, holds: bool) -> Option<Self> {
        let condition = condition.into();
        match self.holds(&condition) {
            Some(value) if value != holds => None,
            Some(_) => Some(self),
            None => {
                let mut assumptions = self.0.map_or_else(Assumptions::default, |a| (*a).clone());
                assumptions.implied.insert(condition, holds);
                Some(Self(Some(Arc::new(assumptions))))
            }
        }
    }

    /// Both worlds at once; `None` when they contradict each other.
    #[must_use]
    pub fn and(&self, other: &Self) -> Option<Self> {
        let (Some(mine), Some(theirs)) = (&self.0, &other.0) else {
            return Some(if self.0.is_some() {
                self.clone()
            } else {
                other.clone()
            });
        };
        if Arc::ptr_eq(mine, theirs) {
            return Some(self.clone());
        }
        let differ =
            |(condition, holds): (&Str, &bool)| self.holds(condition).is_some_and(|h| h != *holds);
        if theirs.chosen.iter().chain(&theirs.implied).any(differ) {
            return None;
        }
        let mut joined = (**mine).clone();
        match (&joined.stage, &theirs.stage) {
            (Some(a), Some(b)) if a != b => return None,
            (None, Some(_)) => joined.stage.clone_from(&theirs.stage),
            (Some(_), _) | (None, None) => {}
        }
        for (condition, holds) in &theirs.chosen {
            joined.chosen.insert(condition.clone(), *holds);
        }
        for (condition, holds) in &theirs.implied {
            joined.implied.insert(condition.clone(), *holds);
        }
        Some(Self(Some(Arc::new(joined))))
    }

    /// What the condition is in this world, when that is said.
    pub fn holds(&self, condition: &str) -> Option<bool> {
        let assumptions = self.0.as_ref()?;
        assumptions
            .chosen
            .get(condition)
            .or_else(|| assumptions.implied.get(condition))
            .copied()
    }

    /// The conditions picked, by name.
    pub fn conditions(&self) -> impl Iterator<Item = (&Str, bool)> {
        self.0
            .iter()
            .flat_map(|a| a.chosen.iter().map(|(name, holds)| (name, *holds)))
    }

    /// The stage, when it is one of several.
    pub fn stage_name(&self) -> Option<&Str> {
        self.0.as_ref()?.stage.as_ref()
    }

    /// Whether nothing has been assumed.
    pub fn is_any(&self) -> bool {
        self.0
            .as_ref()
            .is_none_or(|a| a.chosen.is_empty() && a.stage.is_none())
    }

    /// Whether it tells too many conditions apart; see [`World::MOST`].
    pub fn is_crowded(&self) -> bool {
        self.0.as_ref().is_some_and(|a| a.chosen.len() > Self::MOST)
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = self.stage_name().map(|name| format!("stage {name}"));
        let conditions = self.conditions().map(|(name, holds)| {
            if holds {
                name.to_string()
            } else {
                format!("not {name}")
            }
        });
        let all: Vec<String> = stage.into_iter().chain(conditions).collect();
        if all.is_empty() {
            f.write_str("always")
        } else {
            f.write_str(&all.join(" and "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contradictions_are_no_world() {
        let prod = World::when("IsProd", true);
        assert_eq!(prod.and(&World::when("IsProd", false)), None);
        assert_eq!(prod.and(&World::default()), Some(prod.clone()));
        let dev = World::when("IsDev", true).implying("IsProd", false);
        assert_eq!(prod.and(&dev.expect("no contradiction yet")), None);
    }

    #[test]
    fn what_follows_is_not_shown() {
        let dev = World::when("IsDev", true)
            .implying("IsProd", false)
            .expect("no contradiction");
        assert_eq!(dev.to_string(), "IsDev");
        assert_eq!(
            dev.and(&World::when("Auth", false))
                .expect("compatible")
                .to_string(),
            "not Auth and IsDev"
        );
    }

    #[test]
    fn one_deployment_goes_to_one_stage() {
        let (prod, dev) = (World::stage("prod"), World::stage("dev"));
        assert_eq!(prod.and(&dev), None);
        assert_eq!(prod.and(&World::stage("prod")), Some(prod.clone()));
        assert_eq!(prod.stage_name().map(|name| &**name), Some("prod"));
        assert_eq!(World::when("Auth", true).stage_name(), None);
        assert_eq!(prod.to_string(), "stage prod");
        assert!(!prod.is_any());
        assert!(!World::when("Auth", true).is_any());
        assert!(World::default().is_any());
        for (one, other) in [
            (prod.clone(), World::when("Auth", true)),
            (World::when("Auth", true), prod.clone()),
        ] {
            let both = one.and(&other).expect("no contradiction");
            assert_eq!(both.to_string(), "stage prod and Auth");
            assert_eq!(both.and(&dev), None);
            assert_eq!(both.holds("Auth"), Some(true));
            assert_eq!(both.holds("Other"), None);
        }
    }
}

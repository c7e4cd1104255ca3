//! How open an endpoint stands, and whether another state of it stands more open.
//!
//! Openness is a partial order. Asking nothing is more open than asking for an API key, which many share and which
//! proves nobody; both are more open than asking who calls. Between ways of asking who calls (IAM, a user pool, a token,
//! a function) there is no order: going from one to the other is a change, no more. A token must carry *one of* the
//! scopes, so fewer scopes ask for more, and none at all for nothing. What cannot be known is never taken for open.

use std::collections::BTreeSet;

use super::{Auth, Authorization, Endpoint, Exposure};
use crate::resolve::{Case, Resolved, World};

/// Doors of one endpoint that are compared; more are left undecided.
const MOST: usize = 64;

/// What stands between a caller and an endpoint in some deployments. `None` is what only deployment settles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// The authorization.
    pub auth: Option<Auth>,
    /// Whether a usage-plan key is asked for too.
    pub key: Option<bool>,
    /// Who can reach it.
    pub exposure: Option<Exposure>,
}

/// What became of a door, the least telling first: the whole is what its most telling part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shift {
    /// It asks for the same.
    Same,
    /// It asks for something else, neither more nor less.
    Changed,
    /// It asks for more.
    Tightened,
    /// Deployment settles what it asks for, before or after.
    Undecided,
    /// It asks for less, or more callers reach it.
    Opened,
}

/// What a caller must show, from the most open to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demand {
    Nothing,
    /// Nothing or a key: deployment settles which.
    Either,
    Key,
    Identity(Authorization),
}

impl Demand {
    /// The least and the most that it can be.
    fn range(self) -> (u8, u8) {
        match self {
            Self::Nothing => (0, 0),
            Self::Either => (0, 1),
            Self::Key => (1, 1),
            Self::Identity(_) => (2, 2),
        }
    }

    fn shift(self, new: Self) -> Shift {
        let (old_least, old_most) = self.range();
        let (new_least, new_most) = new.range();
        if old_least > new_most {
            Shift::Opened
        } else if old_most < new_least {
            Shift::Tightened
        } else if self == new {
            Shift::Same
        } else if old_least == new_least && old_most == new_most {
            Shift::Changed
        } else {
            Shift::Undecided
        }
    }
}

impl Door {
    /// Whether anyone on the internet is let through, for certain.
    pub fn is_open(&self) -> bool {
        self.demand() == Some(Demand::Nothing) && self.exposure == Some(Exposure::Internet)
    }

    /// What became of this door when it is now the other one.
    pub fn shift(&self, new: &Self) -> Shift {
        let exposure = settled(self.exposure, new.exposure, exposed);
        let demand = settled(self.demand(), new.demand(), Demand::shift);
        let whole = exposure.max(demand).max(self.shift_of_identity(new));
        // Whatever is asked for: nobody gets there.
        if whole == Shift::Opened && new.exposure == Some(Exposure::Nobody) {
            return Shift::Changed;
        }
        whole
    }

    fn demand(&self) -> Option<Demand> {
        let auth = self.auth.as_ref()?;
        Some(match (auth.kind, self.key) {
            (Authorization::None, Some(false)) => Demand::Nothing,
            (Authorization::None, None) => Demand::Either,
            (Authorization::None, Some(true)) | (Authorization::ApiKey, _) => Demand::Key,
            (
                kind @ (Authorization::Iam
                | Authorization::Cognito
                | Authorization::Jwt
                | Authorization::Lambda
                | Authorization::Oidc),
                _,
            ) => Demand::Identity(kind),
        })
    }

    /// What became of the details where both ask who calls: the key on top, the scopes, the authorizer.
    fn shift_of_identity(&self, new: &Self) -> Shift {
        let (Some(Demand::Identity(before)), Some(Demand::Identity(after))) =
            (self.demand(), new.demand())
        else {
            return Shift::Same;
        };
        let key = settled(self.key, new.key, |old, new| match (old, new) {
            (true, false) => Shift::Opened,
            (false, true) => Shift::Tightened,
            (true, true) | (false, false) => Shift::Same,
        });
        let (Some(old), Some(new)) = (&self.auth, &new.auth) else {
            return key;
        };
        if before != after {
            return key;
        }
        let authorizer = if old.authorizer == new.authorizer {
            Shift::Same
        } else {
            Shift::Changed
        };
        key.max(authorizer).max(scoped(old, new))
    }
}

/// One part of a door: unknown on both sides is no change, unknown on one is undecided.
fn settled<T>(old: Option<T>, new: Option<T>, shift: impl Fn(T, T) -> Shift) -> Shift {
    match (old, new) {
        (Some(old), Some(new)) => shift(old, new),
        (None, None) => Shift::Same,
        (Some(_), None) | (None, Some(_)) => Shift::Undecided,
    }
}

fn exposed(old: Exposure, new: Exposure) -> Shift {
    let rank = |exposure| match exposure {
        Exposure::Internet => 2,
        Exposure::Restricted | Exposure::Vpc => 1,
        Exposure::Nobody => 0,
    };
    match rank(old).cmp(&rank(new)) {
        std::cmp::Ordering::Less => Shift::Opened,
        std::cmp::Ordering::Greater => Shift::Tightened,
        std::cmp::Ordering::Equal if old == new => Shift::Same,
        std::cmp::Ordering::Equal => Shift::Changed,
    }
}

/// A token must carry one of the scopes; none is asked for when there are none.
fn scoped(old: &Auth, new: &Auth) -> Shift {
    let texts =
        |auth: &Auth| -> BTreeSet<String> { auth.scopes.iter().map(ToString::to_string).collect() };
    let (old, new) = (texts(old), texts(new));
    if old == new {
        Shift::Same
    } else if new.is_empty() || (!old.is_empty() && old.is_subset(&new)) {
        Shift::Opened
    } else if old.is_empty() || new.is_subset(&old) {
        Shift::Tightened
    } else {
        Shift::Changed
    }
}

impl Endpoint {
    /// Its doors, each with the deployments in which it is the one. There is at least one.
    pub fn doors(&self) -> Vec<(World, Door)> {
        let auth = open_ended(&self.auth);
        let keys = open_ended(&self.api_key_required);
        let doors = auth.zip(&keys).zip(&open_ended(&self.exposure));
        let doors = doors.cases_in(&self.world).map(|case| {
            let ((auth, key), exposure) = case.value.clone().unwrap_or_default();
            let door = Door {
                auth,
                key,
                exposure,
            };
            (case.world.clone(), door)
        });
        doors.collect()
    }

    /// What became of it when it is now the other one, over all deployments that both can have.
    pub fn shift(&self, new: &Self) -> Shift {
        let (before, after) = (self.doors(), new.doors());
        if before.len() > MOST || after.len() > MOST {
            return Shift::Undecided;
        }
        if are_renamed(&before, &after) {
            return Shift::Changed;
        }
        let pairs = before.iter().flat_map(|(world, door)| {
            let met = move |(other, _): &&(World, Door)| world.and(other).is_some();
            let others = after.iter().filter(met);
            others.map(move |(_, other)| door.shift(other))
        });
        let doors = pairs.max().unwrap_or(Shift::Undecided);
        if self.world == new.world {
            return doors;
        }
        // In deployments that had no such endpoint it is as if it were added.
        let wider = new.world.and(&self.world).as_ref() == Some(&self.world);
        if wider && after.iter().any(|(_, door)| door.is_open()) {
            return Shift::Opened;
        }
        doors.max(Shift::Changed)
    }
}

/// Whether the same doors hang on conditions of other names.
fn are_renamed(before: &[(World, Door)], after: &[(World, Door)]) -> bool {
    let names = |doors: &[(World, Door)]| -> BTreeSet<String> {
        let conditions = doors.iter().flat_map(|(world, _)| world.conditions());
        conditions.map(|(name, _)| name.to_string()).collect()
    };
    let (old, new) = (names(before), names(after));
    let doors = before.iter().zip(after).all(|((_, a), (_, b))| a == b);
    !old.is_empty()
        && !new.is_empty()
        && old.is_disjoint(&new)
        && doors
        && before.len() == after.len()
}

/// The value with the unknown as a value of its own, so that one unknown part leaves the others known.
fn open_ended<T: Clone>(value: &Resolved<T>) -> Resolved<Option<T>> {
    value.clone().map_case(|case| Case {
        value: Some(case.value),
        world: case.world,
        trail: case.trail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::Text;

    fn door(kind: Authorization) -> Door {
        Door {
            auth: Some(Auth::plain(kind)),
            key: Some(false),
            exposure: Some(Exposure::Internet),
        }
    }

    fn scopes(names: &[&'static str]) -> Door {
        let scopes = names.iter().map(|name| Text::literal(*name)).collect();
        Door {
            auth: Some(Auth {
                scopes,
                ..Auth::plain(Authorization::Cognito)
            }),
            ..door(Authorization::Cognito)
        }
    }

    #[test]
    fn asking_who_calls_is_less_open_than_a_key_and_a_key_less_than_nothing() {
        let key = Door {
            key: Some(true),
            ..door(Authorization::None)
        };
        let none = door(Authorization::None);
        let iam = door(Authorization::Iam);
        assert_eq!(iam.shift(&key), Shift::Opened);
        assert_eq!(key.shift(&none), Shift::Opened);
        assert_eq!(iam.shift(&none), Shift::Opened);
        assert_eq!(none.shift(&key), Shift::Tightened);
        assert_eq!(key.shift(&iam), Shift::Tightened);
        assert_eq!(none.shift(&none), Shift::Same);
    }

    #[test]
    fn only_a_door_to_the_internet_that_asks_for_nothing_is_open() {
        let none = door(Authorization::None);
        assert!(none.is_open());
        for kind in [
            Authorization::Iam,
            Authorization::Cognito,
            Authorization::Lambda,
        ] {
            assert!(!door(kind).is_open());
        }
        for (key, exposure) in [
            (Some(true), Some(Exposure::Internet)),
            (None, Some(Exposure::Internet)),
            (Some(false), Some(Exposure::Nobody)),
            (Some(false), None),
        ] {
            let other = Door {
                key,
                exposure,
                ..none.clone()
            };
            assert!(!other.is_open(), "{other:?}");
        }
    }

    #[test]
    fn one_way_of_asking_who_calls_is_as_good_as_another() {
        let (cognito, iam) = (door(Authorization::Cognito), door(Authorization::Iam));
        assert_eq!(cognito.shift(&iam), Shift::Changed);
        assert_eq!(iam.shift(&cognito), Shift::Changed);
    }

    #[test]
    fn a_key_that_is_dropped_opens() {
        let keyed = Door {
            key: Some(true),
            ..door(Authorization::Iam)
        };
        assert_eq!(keyed.shift(&door(Authorization::Iam)), Shift::Opened);
        assert_eq!(keyed.shift(&door(Authorization::Cognito)), Shift::Opened);
        assert_eq!(door(Authorization::Iam).shift(&keyed), Shift::Tightened);
    }

    #[test]
    fn one_of_fewer_scopes_asks_for_more_and_none_for_nothing() {
        let (one, two, none) = (scopes(&["a"]), scopes(&["a", "b"]), scopes(&[]));
        assert_eq!(one.shift(&two), Shift::Opened);
        assert_eq!(two.shift(&one), Shift::Tightened);
        assert_eq!(one.shift(&none), Shift::Opened);
        assert_eq!(none.shift(&two), Shift::Tightened);
        assert_eq!(one.shift(&scopes(&["b"])), Shift::Changed);
        assert_eq!(two.shift(&scopes(&["b", "a"])), Shift::Same);
    }

    #[test]
    fn who_can_reach_it_counts_and_nobody_is_nobody() {
        let reached = |exposure| Door {
            exposure: Some(exposure),
            ..door(Authorization::Iam)
        };
        let internet = reached(Exposure::Internet);
        assert_eq!(
            reached(Exposure::Restricted).shift(&internet),
            Shift::Opened
        );
        assert_eq!(internet.shift(&reached(Exposure::Vpc)), Shift::Tightened);
        assert_eq!(
            reached(Exposure::Vpc).shift(&reached(Exposure::Restricted)),
            Shift::Changed
        );
        let shut = Door {
            exposure: Some(Exposure::Nobody),
            ..door(Authorization::None)
        };
        assert_eq!(internet.shift(&shut), Shift::Changed);
    }

    #[test]
    fn the_unknown_is_undecided_and_never_open() {
        let unknown = Door {
            auth: None,
            ..door(Authorization::None)
        };
        let none = door(Authorization::None);
        assert_eq!(unknown.shift(&none), Shift::Undecided);
        assert_eq!(none.shift(&unknown), Shift::Undecided);
        assert_eq!(door(Authorization::Iam).shift(&unknown), Shift::Undecided);
        assert_eq!(unknown.shift(&unknown), Shift::Same);
        assert!(!unknown.is_open());
        let perhaps = Door {
            key: None,
            ..none.clone()
        };
        assert!(!perhaps.is_open());
        assert_eq!(door(Authorization::Iam).shift(&perhaps), Shift::Opened);
        assert_eq!(perhaps.shift(&none), Shift::Undecided);
    }
}

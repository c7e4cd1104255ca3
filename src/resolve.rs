//! What a value could be once deployed, and how we know.
//!
//! There is no way to "just get" a value: whoever reads one meets the unknown and the conditional.

mod condition;
mod found;
pub mod function;
pub mod output;
mod scope;
mod substitute;
mod text;
mod truth;
mod world;

use self::found::Found;
pub use self::{
    scope::{Given, Scope},
    text::{Part, Text},
    truth::Truth,
    world::World,
};
use crate::trail::{Step, Trail};

/// One thing a value could be.
#[derive(Clone, Debug)]
pub struct Case<T> {
    /// The value, or `None` when it cannot be known before deployment.
    pub value: Option<T>,
    /// The assumptions under which this case is the one deployed.
    pub world: World,
    /// How it was derived, nearest step first.
    pub trail: Trail,
}

/// Everything a value could be.
///
/// INVARIANT: the worlds of the cases cover every deployment. That there is at least one case is in the type.
#[derive(Clone, Debug)]
pub struct Resolved<T> {
    first: Case<T>,
    rest: Vec<Case<T>>,
}

/// A property that may be absent: `Some(None)` is "certainly not written", `None` "cannot be known".
pub type Property<T> = Resolved<Option<T>>;

impl<T> Resolved<T> {
    /// A value known in every world.
    pub fn known(value: T, trail: impl Into<Trail>) -> Self {
        Self::case(Case {
            value: Some(value),
            world: World::default(),
            trail: trail.into(),
        })
    }

    /// A value that only deployment settles.
    pub fn unknown(trail: impl Into<Trail>) -> Self {
        Self::case(Case {
            value: None,
            world: World::default(),
            trail: trail.into(),
        })
    }

    /// A single case. Its world must leave nothing out that matters to the reader.
    pub fn case(first: Case<T>) -> Self {
        Self {
            first,
            rest: Vec::new(),
        }
    }

    /// Cases whose worlds together cover every deployment; `None` when there is none.
    pub fn cases_of(cases: impl IntoIterator<Item = Case<T>>) -> Option<Self> {
        let mut cases = cases.into_iter();
        let first = cases.next()?;
        Some(Self {
            first,
            rest: cases.collect(),
        })
    }

    /// Every case.
    pub fn cases(&self) -> impl Iterator<Item = &Case<T>> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// Every case, by value.
    pub fn into_cases(self) -> impl Iterator<Item = Case<T>> {
        std::iter::once(self.first).chain(self.rest)
    }

    /// The cases that could be deployed in `world`.
    pub fn cases_in(&self, world: &World) -> impl Iterator<Item = &Case<T>> {
        self.cases()
            .filter(move |case| case.world.and(world).is_some())
    }

    /// The value, when it is known and the same whatever the conditions.
    pub fn settled(&self) -> Option<&T> {
        if self.rest.is_empty() {
            self.first.value.as_ref()
        } else {
            None
        }
    }

    /// The value that all cases agree on; `None` when one is unknown or two differ.
    pub fn agreed(&self) -> Option<&T>
    where
        T: PartialEq,
    {
        let value = self.first.value.as_ref()?;
        self.rest
            .iter()
            .all(|case| case.value.as_ref() == Some(value))
            .then_some(value)
    }

    /// The trail of the first case: enough for a place to point at.
    pub fn trail(&self) -> &Trail {
        &self.first.trail
    }

    /// Records that every case came through one more step.
    #[must_use]
    pub fn via(mut self, step: &Step) -> Self {
        for case in std::iter::once(&mut self.first).chain(&mut self.rest) {
            case.trail = case.trail.clone().and(step.clone());
        }
        self
    }

    /// Translates the known values; the unknown stay unknown.
    pub fn map<U>(&self, f: impl Fn(&T) -> U) -> Resolved<U> {
        let translate = |case: &Case<T>| Case {
            value: case.value.as_ref().map(&f),
            world: case.world.clone(),
            trail: case.trail.clone(),
        };
        Resolved {
            first: translate(&self.first),
            rest: self.rest.iter().map(translate).collect(),
        }
    }

    /// Changes the known values where they are; the unknown stay unknown.
    #[must_use]
    pub fn changed(mut self, f: impl Fn(&mut T)) -> Self {
        let cases = std::iter::once(&mut self.first).chain(&mut self.rest);
        cases.filter_map(|case| case.value.as_mut()).for_each(f);
        self
    }

    /// Goes on from each known value; the unknown stay unknown. See [`Resolved::expand`].
    pub fn and_then<U>(self, mut f: impl FnMut(T) -> Resolved<U>) -> Resolved<U>
    where
        T: Clone,
    {
        if self.is_plain() {
            return match self.first.value {
                Some(value) => f(value),
                None => Resolved::unknown(self.first.trail),
            };
        }
        self.expand(|case| match &case.value {
            Some(value) => f(value.clone()),
            None => Resolved::unknown(case.trail.clone()),
        })
    }

    /// Goes on from each case. The cases of the result carry the trail that `f` gives them; worlds that
    /// contradict each other are dropped, and what needs too many assumptions becomes unknown.
    pub fn expand<U>(&self, mut f: impl FnMut(&Case<T>) -> Resolved<U>) -> Resolved<U> {
        if self.is_plain() {
            return f(&self.first);
        }
        let mut found = Found::from(&self.first.trail);
        for case in self.cases() {
            for inner in f(case).into_cases() {
                if let Some(world) = case.world.and(&inner.world) {
                    found.push(world, inner.value, inner.trail);
                }
            }
        }
        found.all()
    }

    /// Whether it hangs on no condition, as nearly every value does.
    fn is_plain(&self) -> bool {
        self.rest.is_empty() && self.first.world.is_any()
    }

    /// Makes another case of each case.
    pub fn map_case<U>(self, f: impl Fn(Case<T>) -> Case<U>) -> Resolved<U> {
        Resolved {
            first: f(self.first),
            rest: self.rest.into_iter().map(f).collect(),
        }
    }

    /// This value and another, in every world that both allow.
    pub fn zip<U: Clone>(self, other: &Resolved<U>) -> Resolved<(T, U)>
    where
        T: Clone,
    {
        self.and_then(|value| other.map(|theirs| (value.clone(), theirs.clone())))
    }

    /// Adds another value to this one, in every world that both allow; the trail goes on from the other.
    #[must_use]
    pub fn plus<U>(mut self, other: &Resolved<U>, add: impl Fn(&mut T, &U)) -> Self
    where
        T: Clone,
    {
        // Where each has one case, which is nearly always, nothing is copied.
        if self.rest.is_empty()
            && other.rest.is_empty()
            && let Some(value) = &mut self.first.value
            && let Some(world) = self.first.world.and(&other.first.world)
            && !world.is_crowded()
        {
            match &other.first.value {
                Some(theirs) => add(value, theirs),
                None => self.first.value = None,
            }
            self.first.world = world;
            self.first.trail = other.first.trail.clone();
            return self;
        }
        let mut found = Found::from(&self.first.trail);
        for case in self.into_cases() {
            let Some(value) = case.value else {
                found.push(case.world, None, case.trail);
                continue;
            };
            let theirs = other.cases();
            let fitting =
                theirs.filter_map(|theirs| Some((case.world.and(&theirs.world)?, theirs)));
            let mut fitting: Vec<_> = fitting.collect();
            let last = fitting.pop();
            let sum = |mut value: T, theirs: &Case<U>| {
                add(&mut value, theirs.value.as_ref()?);
                Some(value)
            };
            for (world, theirs) in fitting {
                found.push(world, sum(value.clone(), theirs), theirs.trail.clone());
            }
            // As each case mostly goes on in just one, it is not copied for the last.
            if let Some((world, theirs)) = last {
                found.push(world, sum(value, theirs), theirs.trail.clone());
            }
        }
        found.all()
    }

    /// Keeps only the cases that `world` allows, and assumes it for them; `None` when there is none.
    #[must_use]
    pub fn within(self, world: &World) -> Option<Self> {
        let narrowed = |case: Case<T>| {
            Some(Case {
                world: case.world.and(world)?,
                ..case
            })
        };
        Self::cases_of(self.into_cases().filter_map(narrowed))
    }

    /// This in one world, another in a second one.
    #[must_use]
    pub fn beside(self, mine: &World, other: &Self, theirs: &World) -> Self
    where
        T: Clone,
    {
        Self::either(
            (Some(mine.clone()), self),
            (Some(theirs.clone()), other.clone()),
        )
    }

    /// Both arms of a condition, each in its world. An arm that is impossible has no world.
    pub fn either(then: (Option<World>, Self), otherwise: (Option<World>, Self)) -> Self {
        let mut found = Found::from(&then.1.first.trail);
        for (world, arm) in [then, otherwise] {
            let arm = world.and_then(|world| arm.within(&world));
            for case in arm.into_iter().flat_map(Self::into_cases) {
                found.push(case.world, case.value, case.trail);
            }
        }
        found.all()
    }

    /// The distinct worlds this value tells apart.
    pub fn worlds(&self) -> impl Iterator<Item = &World> {
        self.cases().map(|case| &case.world)
    }
}

impl Property<crate::document::Node> {
    /// The node that a property comes to in some deployment: the first case that has one.
    /// For reading on where its parts carry their own cases.
    pub fn agreed_node(&self) -> Option<crate::document::Node> {
        self.cases().find_map(|case| case.value.clone().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, Span};

    fn here() -> Trail {
        Step::written(Span::top(SourceId(0))).into()
    }

    /// `yes` when the condition holds, else `no`.
    fn either(condition: &str, yes: u8, no: u8) -> Resolved<u8> {
        let arm = |holds| Some(World::when(condition, holds));
        Resolved::either(
            (arm(true), Resolved::known(yes, here())),
            (arm(false), Resolved::known(no, here())),
        )
    }

    #[test]
    fn cases_agree_when_they_have_one_value() {
        assert_eq!(either("A", 1, 1).agreed(), Some(&1));
        assert_eq!(either("A", 1, 2).agreed(), None);
        assert_eq!(either("A", 1, 2).settled(), None);
    }

    #[test]
    fn a_world_leaves_the_cases_that_it_allows() {
        let value = either("A", 1, 2);
        let left = |world: World| -> Vec<u8> {
            let cases = value.cases_in(&world);
            cases.filter_map(|case| case.value).collect()
        };
        assert_eq!(left(World::when("A", false)), [2]);
        assert_eq!(left(World::when("B", false)), [1, 2]);
        assert_eq!(value.worlds().count(), 2);
    }

    #[test]
    fn too_many_assumptions_make_a_value_unknown() {
        let sum = |conditions: usize| {
            (0..conditions).fold(Resolved::known(0, here()), |sum, n| {
                sum.plus(&either(&format!("C{n}"), 1, 0), |sum, one| *sum += one)
            })
        };
        let unknown = |sum: &Resolved<u8>| sum.cases().any(|case| case.value.is_none());
        let most = sum(World::MOST);
        assert_eq!(most.cases().count(), 1 << World::MOST);
        assert!(!unknown(&most));
        let more = sum(World::MOST + 1);
        assert!(unknown(&more) && more.cases().count() <= (1 << World::MOST) + 1);
    }
}

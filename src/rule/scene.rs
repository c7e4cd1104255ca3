//! In which deployments a claim holds.
//!
//! A claim is first judged in Kleene logic over everything a fact could be, which settles nearly every pair of rule
//! and subject at once. Only when that leaves it open are the cases of the first open fact taken one by one, each
//! with the world it assumes, and so on; worlds that contradict each other are dropped.

use super::predicate::{Predicate, Test};
use crate::facts::{Fact, Subject};
use crate::resolve::{Case, Resolved, Truth, World};

/// At most this many scenes are looked at for one subject; beyond, it is undecided.
const MOST: usize = 128;

/// A subject with some of its facts narrowed down to one case.
#[derive(Clone, Debug)]
pub(super) struct Scene<'a> {
    subject: &'a Subject,
    /// The deployments it stands for.
    pub(super) world: World,
    /// Column and case.
    chosen: Vec<(usize, &'a Case<Fact>)>,
}

/// What came of a claim.
#[derive(Debug, Default)]
pub(super) struct Outcome<'a> {
    /// Scenes in which it holds.
    pub(super) holds: Vec<Scene<'a>>,
    /// A scene in which it is open.
    pub(super) open: Option<Scene<'a>>,
    /// Whether there is a scene in which it fails.
    fails: bool,
    looked_at: usize,
}

impl Outcome<'_> {
    /// Whether it holds wherever the subject exists.
    pub(super) fn is_certain(&self) -> bool {
        self.open.is_none() && !self.fails
    }
}

/// Judges a claim in every world that matters to it. `None` when it fails in all of them.
pub(super) fn judge<'a>(claim: &Predicate, subject: &'a Subject) -> Option<Outcome<'a>> {
    let scene = Scene {
        subject,
        world: subject.world.clone(),
        chosen: Vec::new(),
    };
    if scene.truth(claim) == Truth::No {
        return None;
    }
    let mut outcome = Outcome::default();
    outcome.look(claim, scene);
    (!outcome.holds.is_empty() || outcome.open.is_some()).then_some(outcome)
}

impl<'a> Outcome<'a> {
    /// Recursion ends because every step settles one more fact.
    fn look(&mut self, claim: &Predicate, scene: Scene<'a>) {
        self.looked_at += 1;
        if self.looked_at > MOST || scene.world.is_crowded() {
            self.open.get_or_insert(scene);
            return;
        }
        match scene.truth(claim) {
            Truth::Yes => self.holds.push(scene),
            Truth::No => self.fails = true,
            Truth::Unknown => match scene.open(claim) {
                None => {
                    self.open.get_or_insert(scene);
                }
                Some(column) => {
                    for narrowed in scene.split(column) {
                        self.look(claim, narrowed);
                    }
                }
            },
        }
    }
}

impl<'a> Scene<'a> {
    /// Whether the claim holds here.
    pub(super) fn truth(&self, claim: &Predicate) -> Truth {
        match claim {
            Predicate::All(parts) => settle(parts, Truth::No, Truth::Yes, |part| self.truth(part)),
            Predicate::Any(parts) => settle(parts, Truth::Yes, Truth::No, |part| self.truth(part)),
            Predicate::Not(part) => self.truth(part).negate(),
            Predicate::Fact(column, test) => self.test(*column, test),
        }
    }

    fn test(&self, column: usize, test: &Test) -> Truth {
        let of = |case: &Case<Fact>| {
            let value = case.value.as_ref();
            value.map_or(Truth::Unknown, |fact| test.holds(fact))
        };
        let Some(fact) = self.fact(column) else {
            return Truth::Unknown;
        };
        match fact {
            Column::One(case) => of(case),
            Column::Many(fact) => {
                let mut truths = fact.cases_in(&self.world).map(of);
                let first = truths.next().unwrap_or(Truth::Unknown);
                truths.fold(first, Truth::agree)
            }
        }
    }

    fn fact(&self, column: usize) -> Option<Column<'a>> {
        if let Some((_, case)) = self.chosen.iter().find(|(chosen, _)| *chosen == column) {
            return Some(Column::One(case));
        }
        let fact = self.subject.fact(column)?;
        let mut cases = fact.cases();
        match (cases.next(), cases.next()) {
            (Some(only), None) => Some(Column::One(only)),
            _ => Some(Column::Many(fact)),
        }
    }

    /// Every case of a fact that is possible here.
    pub(super) fn cases(&self, column: usize) -> Vec<&'a Case<Fact>> {
        match self.fact(column) {
            None => Vec::new(),
            Some(Column::One(case)) => vec![case],
            Some(Column::Many(fact)) => fact.cases_in(&self.world).collect(),
        }
    }

    /// The first fact that leaves the claim open because it could be several things.
    fn open(&self, claim: &Predicate) -> Option<usize> {
        if self.truth(claim) != Truth::Unknown {
            return None;
        }
        match claim {
            Predicate::All(parts) | Predicate::Any(parts) => {
                parts.iter().find_map(|part| self.open(part))
            }
            Predicate::Not(part) => self.open(part),
            Predicate::Fact(column, _) => (self.cases(*column).len() > 1).then_some(*column),
        }
    }

    fn split(&self, column: usize) -> Vec<Self> {
        let narrowed = |case: &'a Case<Fact>| {
            let mut chosen = self.chosen.clone();
            chosen.push((column, case));
            Some(Self {
                subject: self.subject,
                world: self.world.and(&case.world)?,
                chosen,
            })
        };
        self.cases(column)
            .into_iter()
            .filter_map(narrowed)
            .collect()
    }

    /// The columns that made the claim come out as it does, in order of reading, each once.
    pub(super) fn deciding(&self, claim: &Predicate, columns: &mut Vec<usize>) {
        match claim {
            Predicate::All(parts) | Predicate::Any(parts) => {
                let outcome = self.truth(claim);
                for part in parts {
                    if self.truth(part) == outcome {
                        self.deciding(part, columns);
                    }
                }
            }
            Predicate::Not(part) => self.deciding(part, columns),
            Predicate::Fact(column, _) => {
                if !columns.contains(column) {
                    columns.push(*column);
                }
            }
        }
    }
}

/// One case, or more than one.
enum Column<'a> {
    One(&'a Case<Fact>),
    Many(&'a Resolved<Fact>),
}

/// Folds until a part decides.
fn settle(
    parts: &[Predicate],
    decides: Truth,
    otherwise: Truth,
    truth: impl Fn(&Predicate) -> Truth,
) -> Truth {
    let mut outcome = otherwise;
    for part in parts {
        let part = truth(part);
        if part == decides {
            return decides;
        }
        if part == Truth::Unknown {
            outcome = Truth::Unknown;
        }
    }
    outcome
}

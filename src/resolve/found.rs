//! Cases that come together while a value is worked out.

use super::{Case, Resolved, World};
use crate::trail::{How, Step, Trail};

/// Cases that one value after another led to.
pub(super) struct Found<T> {
    cases: Vec<Case<T>>,
    /// The trail of a case that hangs on too many conditions.
    crowded: Option<Trail>,
    /// Where they come from.
    origin: Trail,
}

impl<T> Found<T> {
    pub(super) fn from(origin: &Trail) -> Self {
        Self {
            cases: Vec::with_capacity(1),
            crowded: None,
            origin: origin.clone(),
        }
    }

    pub(super) fn push(&mut self, world: World, value: Option<T>, trail: Trail) {
        if world.is_crowded() {
            self.crowded.get_or_insert(trail);
        } else {
            self.cases.push(Case {
                value,
                world,
                trail,
            });
        }
    }

    /// All of them; what needs too many assumptions is unknown.
    pub(super) fn all(mut self) -> Resolved<T> {
        if let Some(trail) = &self.crowded {
            self.cases.push(Case {
                value: None,
                world: World::default(),
                trail: too_many(trail),
            });
        }
        Resolved::cases_of(self.cases).unwrap_or_else(|| Resolved::unknown(too_many(&self.origin)))
    }
}

/// The trail of a value that was given up because it hangs on more than [`World::MOST`] conditions.
fn too_many(trail: &Trail) -> Trail {
    let by = How::Deferred(arcstr::literal_substr!("too many conditions"));
    trail.clone().and(Step {
        how: by,
        at: trail.place(),
    })
}

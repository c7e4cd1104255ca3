//! What texts are remembered by.

use std::hash::{Hash, Hasher};

use crate::source::Str;

/// From this length on a text is known by its place, so that using it often does not mean reading it often.
const LONG: usize = 1 << 10;

/// What a text is known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// Its content.
    Short(Str),
    /// Its place.
    Long(Place),
}

/// A text that is kept alive, and told from others by where it lies.
#[derive(Clone, Debug)]
pub(super) struct Place(Str);

impl Place {
    fn address(&self) -> (usize, usize) {
        (self.0.as_ptr() as usize, self.0.len())
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for Place {}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl Key {
    /// The key of a text.
    pub(super) fn of(text: &Str) -> Self {
        if text.len() < LONG {
            return Self::Short(text.clone());
        }
        Self::Long(Place(text.clone()))
    }
}

/// Something being worked out.
#[derive(Clone, Debug)]
pub(super) enum Progress<T> {
    /// Not done yet: whoever asks for it now goes in a circle.
    Begun,
    /// Done.
    Done(T),
}

//! The pieces that texts and patterns are made of: characters, single unknowns, and runs of them.

use std::collections::BTreeSet;

use crate::resolve::{Part, Truth};
use crate::source::Str;

/// One step of a text or pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// This character.
    Char(char),
    /// Exactly one character of a class.
    One(Stretch),
    /// Any number of characters of a class.
    Run(Stretch),
}

/// What a wildcard or an unknown part can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) class: Class,
    /// Index of the unknown part; `None` for a wildcard.
    pub(super) hole: Option<u32>,
    /// Whether it is the first piece of its part.
    pub(super) begins: bool,
}

/// Which characters something may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// A colon; unknown where AWS does not document it.
    colon: Truth,
    /// A slash.
    slash: bool,
}

/// What is known about a part that is not known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) class: Class,
    /// Whether it has at least one character.
    pub(super) filled: bool,
}

impl Shape {
    pub(super) const ANY: Self = Self {
        class: Class {
            colon: Truth::Yes,
            slash: true,
        },
        filled: false,
    };

    /// A field of an ARN, perhaps an empty one.
    pub(super) const FIELD: Self = Self {
        class: Class {
            colon: Truth::No,
            slash: false,
        },
        filled: false,
    };

    /// A name: an API's id, a stage, a region.
    const NAME: Self = Self {
        filled: true,
        ..Self::FIELD
    };

    /// A segment of a path.
    const SEGMENT: Self = Self {
        class: Class {
            colon: Truth::Yes,
            slash: false,
        },
        filled: true,
    };

    /// What both say.
    pub(super) fn narrowed(self, other: Self) -> Self {
        Self {
            class: Class {
                colon: self.class.colon.and(other.class.colon),
                slash: self.class.slash && other.class.slash,
            },
            filled: self.filled || other.filled,
        }
    }

    /// What the part itself tells, wherever it stands.
    pub(super) fn of(part: &Part, distinct: &BTreeSet<Str>) -> Self {
        match part {
            Part::Ref(id) if is_plain(id) || distinct.contains(id) => Self::NAME,
            // A path parameter, as `ExecuteApi` writes it: `{id}` or `{proxy+}`. `{{resolve:…}}` is none.
            Part::Unknown(name) if name.starts_with('{') && !name.starts_with("{{") => {
                if name.ends_with("+}") {
                    Self {
                        filled: true,
                        ..Self::ANY
                    }
                } else {
                    Self::SEGMENT
                }
            }
            Part::Literal(_)
            | Part::Ref(_)
            | Part::Attribute(..)
            | Part::Import(_)
            | Part::Unknown(_) => Self::ANY,
        }
    }
}

/// Pseudo parameters that never hold a colon, a slash or a wildcard.
fn is_plain(id: &str) -> bool {
    matches!(
        id,
        "AWS::Region" | "AWS::AccountId" | "AWS::Partition" | "AWS::StackName"
    )
}

/// What a `*` or `?` stands for.
pub(super) fn wildcard(colon: Truth) -> Stretch {
    Stretch {
        class: Class { colon, slash: true },
        hole: None,
        begins: true,
    }
}

impl Piece {
    pub(super) fn is_run(&self) -> bool {
        matches!(self, Self::Run(_))
    }

    fn stretch(&self) -> Option<&Stretch> {
        match self {
            Self::Char(_) => None,
            Self::One(stretch) | Self::Run(stretch) => Some(stretch),
        }
    }

    pub(super) fn char(&self) -> Option<char> {
        match self {
            Self::Char(c) => Some(*c),
            Self::One(_) | Self::Run(_) => None,
        }
    }

    /// Index of the unknown part that this is of.
    pub(super) fn hole(&self) -> Option<u32> {
        self.stretch()?.hole
    }

    /// Whether it is the first piece of its part.
    pub(super) fn begins(&self) -> bool {
        self.stretch().is_some_and(|stretch| stretch.begins)
    }

    /// Whether it is a later piece of its part.
    pub(super) fn continues(&self) -> bool {
        self.stretch().is_some_and(|stretch| !stretch.begins)
    }

    /// Whether the two have a character in common.
    pub(super) fn can_be(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Char(a), Self::Char(b)) => a == b,
            (Self::Char(c), Self::One(stretch) | Self::Run(stretch))
            | (Self::One(stretch) | Self::Run(stretch), Self::Char(c)) => stretch.class.can_be(*c),
            // Every class holds all letters.
            (Self::One(_) | Self::Run(_), Self::One(_) | Self::Run(_)) => true,
        }
    }

    /// Whether this piece of a pattern takes every character that the other can be.
    pub(super) fn always_takes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Char(a), Self::Char(b)) => a == b,
            (Self::Char(_), Self::One(_) | Self::Run(_)) => false,
            (Self::One(stretch) | Self::Run(stretch), Self::Char(c)) => stretch.class.takes(*c),
            (Self::One(mine) | Self::Run(mine), Self::One(other) | Self::Run(other)) => {
                (other.class.colon == Truth::No || mine.class.colon == Truth::Yes)
                    && (!other.class.slash || mine.class.slash)
            }
        }
    }
}

impl Class {
    fn can_be(self, c: char) -> bool {
        match c {
            ':' => self.colon != Truth::No,
            '/' => self.slash,
            _ => true,
        }
    }

    fn takes(self, c: char) -> bool {
        match c {
            ':' => self.colon == Truth::Yes,
            '/' => self.slash,
            _ => true,
        }
    }
}

//! What the beginnings of two texts tell, before either is spelled out: most patterns of a policy are about something else, and
//! differ from what is asked for in a character that stands for itself.

use std::collections::BTreeSet;

use super::piece::Shape;
use super::{Reading, Wildcards};
use crate::resolve::{Part, Text, Truth};
use crate::source::Str;

/// No where they differ before anything is open, yes where nothing is and they are the same, unknown of a pattern of which
/// nothing is known; `None` when that takes a longer look.
pub(super) fn told(
    pattern: &Text,
    subject: &Text,
    (reading, distinct): (Reading, &BTreeSet<Str>),
) -> Option<Truth> {
    let (wanted, given) = (pattern.parts(), subject.parts());
    // A path parameter holds something at least, and no slash.
    if matches!(wanted, [Part::Unknown(name)] if !name.starts_with('{')) {
        return Some(Truth::Unknown);
    }
    for (want, give) in wanted.iter().zip(given) {
        match (want, give) {
            (Part::Literal(want), Part::Literal(give)) => match compared(want, give, reading) {
                Literals::Same => {}
                Literals::Apart => return Some(Truth::No),
                Literals::Open => return None,
            },
            // A name holds no wildcard: it takes itself, and nothing else.
            (Part::Ref(_) | Part::Attribute(..) | Part::Import(_), _)
                if want == give && Shape::of(want, distinct).filled => {}
            (
                Part::Literal(_)
                | Part::Ref(_)
                | Part::Attribute(..)
                | Part::Import(_)
                | Part::Unknown(_),
                _,
            ) => return None,
        }
    }
    (wanted.len() == given.len()).then_some(Truth::Yes)
}

enum Literals {
    /// To the end of both.
    Same,
    Apart,
    /// A wildcard, a variable or the end of one of them comes first.
    Open,
}

fn compared(want: &str, give: &str, reading: Reading) -> Literals {
    let wild = reading.wildcards != Wildcards::None;
    for (want, give) in want.bytes().zip(give.bytes()) {
        match want {
            b'*' | b'?' if wild => return Literals::Open,
            b'$' if reading.variables => return Literals::Open,
            _ if want == give => {}
            _ if !reading.cased && want.eq_ignore_ascii_case(&give) => {}
            _ => return Literals::Apart,
        }
    }
    if want.len() == give.len() {
        Literals::Same
    } else {
        Literals::Open
    }
}

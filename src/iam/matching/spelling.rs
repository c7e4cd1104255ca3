//! Texts and patterns as rows of pieces.

use std::collections::BTreeSet;

use super::piece::{Piece, Shape, Stretch, wildcard};
use super::{Reading, Wildcards};
use crate::resolve::{Part, Text, Truth};
use crate::source::Str;

/// Most pieces that are kept of one text: what is longer is not compared anyway.
const KEPT: usize = 2 * super::LONGEST;

/// A row of pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Spelling<'a> {
    pub(super) pieces: Vec<Piece>,
    holes: Vec<Hole<'a>>,
    colons: usize,
    /// Whether it was too long to be kept whole.
    pub(super) cut: bool,
}

#[derive(Clone, Copy, Debug)]
struct Hole<'a> {
    part: Option<&'a Part>,
    shape: Shape,
    /// Its value is known to differ from that of every other such part.
    distinct: bool,
}

impl<'a> Spelling<'a> {
    /// A text as it stands.
    pub(super) fn subject(text: &'a Text, distinct: &BTreeSet<Str>) -> Self {
        let mut spelled = Self::default();
        for part in text.parts() {
            match part {
                Part::Literal(literal) => spelled.literal(literal),
                Part::Ref(_) | Part::Attribute(..) | Part::Import(_) | Part::Unknown(_) => {
                    spelled.hole(part, Shape::ANY, distinct);
                }
            }
        }
        spelled
    }

    /// An ARN, whose unknown parts hold none of the delimiters of the field that they stand in.
    pub(super) fn arn(text: &'a Text, distinct: &BTreeSet<Str>) -> Self {
        let mut plain = Self::subject(text, distinct);
        if plain.colons < 5 {
            return plain;
        }
        let invoked = plain.field(2) == "execute-api";
        let (mut colons, mut slashes) = (0, 0);
        for piece in &mut plain.pieces {
            match piece {
                Piece::Char(':') => colons += 1,
                Piece::Char('/') if colons > 4 => slashes += 1,
                Piece::Char(_) => {}
                Piece::One(stretch) | Piece::Run(stretch) => {
                    if colons < 5 || (invoked && slashes < 3) {
                        stretch.class = Shape::FIELD.class;
                        if let Some(hole) =
                            stretch.hole.and_then(|at| plain.holes.get_mut(at as usize))
                        {
                            hole.shape = hole.shape.narrowed(Shape::FIELD);
                        }
                    }
                }
            }
        }
        plain
    }

    /// A pattern, with the subject it is for: a reference that both hold has the same shape in both.
    pub(super) fn pattern(
        text: &'a Text,
        reading: Reading,
        (subject, distinct): (&Spelling<'_>, &BTreeSet<Str>),
    ) -> Self {
        let mut spelled = Self::default();
        let mut parts = text.parts().iter().peekable();
        while let Some(part) = parts.next() {
            if let Part::Literal(literal) = part {
                let goes_on = parts.peek().is_some();
                if !spelled.wild(literal, reading, goes_on) {
                    break;
                }
            } else {
                let shared = subject.holes.iter().filter(|hole| is_same(hole.part, part));
                let shape = shared.fold(Shape::ANY, |shape, hole| shape.narrowed(hole.shape));
                spelled.hole(part, shape, distinct);
            }
        }
        spelled
    }

    /// The same without regard to case.
    pub(super) fn folded(&self) -> Self {
        let mut folded = self.clone();
        for piece in &mut folded.pieces {
            if let Piece::Char(c) = piece {
                *c = c.to_ascii_lowercase();
            }
        }
        folded
    }

    /// Whether it is an ARN that stops before its sixth field, and not with a wildcard.
    pub(super) fn is_short(&self) -> bool {
        let is_arn = self.field(0) == "arn";
        let open = self.pieces.last().is_none_or(Piece::is_run);
        is_arn && self.colons < 5 && self.holes.is_empty() && !open
    }

    /// The same with anything behind it.
    pub(super) fn extended(&self) -> Self {
        let mut extended = self.clone();
        extended.pieces.push(Piece::Char(':'));
        extended.pieces.push(Piece::Run(wildcard(Truth::Yes)));
        extended
    }

    /// Whether two unknown parts are known to differ.
    pub(super) fn differs(&self, mine: u32, other: &Spelling<'_>, theirs: u32) -> bool {
        match (
            self.holes.get(mine as usize),
            other.holes.get(theirs as usize),
        ) {
            (Some(one), Some(another)) => {
                one.distinct && another.distinct && one.part != another.part
            }
            (Some(_), None) | (None, _) => false,
        }
    }

    /// Whether two pieces begin the same unknown part.
    pub(super) fn equals(&self, mine: &Piece, other: &Spelling<'_>, theirs: &Piece) -> bool {
        let mine = mine.hole().and_then(|at| self.holes.get(at as usize)?.part);
        let part = theirs
            .hole()
            .and_then(|at| other.holes.get(at as usize)?.part);
        theirs.begins() && mine.is_some_and(|mine| is_same(part, mine))
    }

    /// The characters of one of the first fields.
    fn field(&self, nth: usize) -> String {
        let colon = |piece: &Piece| *piece == Piece::Char(':');
        let field = self.pieces.split(colon).nth(nth).unwrap_or_default();
        field.iter().filter_map(Piece::char).collect()
    }

    /// Whether there is no room for more; what would have come is cut off.
    fn is_full(&mut self) -> bool {
        self.cut |= self.pieces.len() >= KEPT;
        self.cut
    }

    fn literal(&mut self, text: &str) {
        for c in text.chars() {
            if self.is_full() {
                return;
            }
            self.colons += usize::from(c == ':');
            self.pieces.push(Piece::Char(c));
        }
    }

    fn hole(&mut self, part: &'a Part, shape: Shape, distinct: &BTreeSet<Str>) {
        let shape = shape.narrowed(Shape::of(part, distinct));
        self.unknown(Hole {
            part: Some(part),
            shape,
            distinct: matches!(part, Part::Ref(id) if distinct.contains(id)),
        });
    }

    fn unknown(&mut self, hole: Hole<'a>) {
        if self.is_full() {
            return;
        }
        let stretch = |begins| Stretch {
            class: hole.shape.class,
            hole: u32::try_from(self.holes.len()).ok(),
            begins,
        };
        if hole.shape.filled {
            self.pieces.push(Piece::One(stretch(true)));
        }
        self.pieces.push(Piece::Run(stretch(!hole.shape.filled)));
        self.holes.push(hole);
    }

    /// Known text of a pattern. False when what follows it cannot be read, as a policy variable with an unknown name.
    fn wild(&mut self, text: &str, reading: Reading, goes_on: bool) -> bool {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if self.is_full() {
                return false;
            }
            if reading.variables && rest.starts_with("${") {
                match rest.split_once('}') {
                    Some((variable, after)) => {
                        self.variable(variable);
                        rest = after;
                        continue;
                    }
                    None if goes_on => {
                        self.anything();
                        return false;
                    }
                    None => {}
                }
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            self.character(c, reading, ends(rest, goes_on));
        }
        true
    }

    fn character(&mut self, c: char, reading: Reading, ends: bool) {
        let wild = (c == '*' || c == '?') && reading.wildcards != Wildcards::None;
        if !wild {
            self.colons += usize::from(c == ':');
            let c = if reading.cased {
                c
            } else {
                c.to_ascii_lowercase()
            };
            self.pieces.push(Piece::Char(c));
            return;
        }
        let colon = match reading.wildcards {
            Wildcards::Resource if self.colons < 5 && !(c == '*' && ends) => Truth::Unknown,
            Wildcards::Components if self.colons < 5 => Truth::Unknown,
            Wildcards::None | Wildcards::Anywhere | Wildcards::Resource | Wildcards::Components => {
                Truth::Yes
            }
        };
        let stretch = wildcard(colon);
        let piece = if c == '*' {
            Piece::Run(stretch)
        } else {
            Piece::One(stretch)
        };
        // Two runs side by side are one.
        if !(c == '*' && self.pieces.last() == Some(&piece)) {
            self.pieces.push(piece);
        }
    }

    /// `${*`, `${?` and `${$` are the character itself; the value of any other variable is the request's.
    fn variable(&mut self, variable: &str) {
        match variable.get(2..) {
            Some("*") => self.pieces.push(Piece::Char('*')),
            Some("?") => self.pieces.push(Piece::Char('?')),
            Some("$") => self.pieces.push(Piece::Char('$')),
            Some(_) | None => self.anything(),
        }
    }

    fn anything(&mut self) {
        self.unknown(Hole {
            part: None,
            shape: Shape::ANY,
            distinct: false,
        });
    }
}

/// Whether a segment ends before `rest`.
fn ends(rest: &str, goes_on: bool) -> bool {
    rest.starts_with(':') || (rest.is_empty() && !goes_on)
}

/// Whether both are the same reference. What is merely unknown is never the same as anything.
fn is_same(one: Option<&Part>, other: &Part) -> bool {
    match other {
        Part::Ref(_) | Part::Attribute(..) | Part::Import(_) => one == Some(other),
        Part::Literal(_) | Part::Unknown(_) => false,
    }
}

//! Text against pattern, as IAM compares them, where both may have parts that only deployment settles.
//!
//! The answer is never a guess: yes holds whatever the unknown parts turn out to be, no fails whatever they are.
//! `*` stands for any run of characters, slashes included; `?` for exactly one. In an ARN, AWS documents wildcards
//! within a colon-delimited segment, and a `*` that ends a segment as able to go beyond it
//! (IAM User Guide, "IAM JSON policy elements: Resource"); a match that needs more than that is unknown.
//! A `Ref` means the same on both sides: texts of different templates must not be compared.
//!
//! Both sides become a row of `Piece`s. *Possible* asks whether the two have a text in common (as two automata of
//! single characters and runs); *certain* looks for an alignment that holds for all values. Both take one pass over
//! the subject for each piece of the pattern, and the whole of it is bounded by `WORK`.

mod beginning;
mod piece;
mod spelling;

use std::cell::{Cell, OnceCell};
use std::collections::BTreeSet;

use self::{piece::Piece, spelling::Spelling};
use crate::resolve::{Text, Truth};
use crate::source::Str;

/// Steps that all matches against one subject may take together; what is left after them is unknown.
const WORK: usize = 1 << 22;

/// No ARN is longer (AWS allows 2,048 characters); longer texts are not compared.
const LONGEST: usize = 2048;

/// What `*` and `?` mean in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wildcards {
    /// Themselves.
    None,
    /// Any characters.
    Anywhere,
    /// Any characters, with an ARN's colons in mind: a `*` that ends a segment goes beyond it.
    Resource,
    /// Any characters of one of an ARN's six components, each compared on its own.
    Components,
}

/// How a pattern is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What its wildcards mean.
    pub wildcards: Wildcards,
    /// Whether `${aws:username}` is a policy variable, and `${*}` an asterisk.
    pub variables: bool,
    /// Whether letters differ by case.
    pub cased: bool,
}

impl Reading {
    /// An action: `execute-api:Inv*`.
    pub const ACTION: Self = Self {
        wildcards: Wildcards::Anywhere,
        variables: false,
        cased: false,
    };

    /// Text that must be equal.
    pub const EXACT: Self = Self {
        wildcards: Wildcards::None,
        variables: false,
        cased: true,
    };

    /// The pattern of a `StringLike`.
    pub const LIKE: Self = Self {
        wildcards: Wildcards::Anywhere,
        ..Self::EXACT
    };

    /// A statement's resource.
    pub const RESOURCE: Self = Self {
        wildcards: Wildcards::Resource,
        ..Self::EXACT
    };

    /// The pattern of an `ArnLike`.
    pub const ARN: Self = Self {
        wildcards: Wildcards::Components,
        ..Self::EXACT
    };

    /// The same, with policy variables or without.
    #[must_use]
    pub fn variables(self, variables: bool) -> Self {
        Self { variables, ..self }
    }
}

/// What a request holds, made ready to be compared with patterns.
#[derive(Debug)]
pub struct Subject<'a> {
    text: &'a Text,
    is_arn: bool,
    is_folded: bool,
    /// As far as it takes more than a look at the beginning.
    cased: OnceCell<Spelling<'a>>,
    folded: OnceCell<Spelling<'a>>,
    distinct: &'a BTreeSet<Str>,
    left: Cell<usize>,
}

static NONE: BTreeSet<Str> = BTreeSet::new();

impl<'a> Subject<'a> {
    /// A text whose unknown parts may be anything.
    pub fn text(text: &'a Text) -> Self {
        Self {
            text,
            is_arn: false,
            is_folded: false,
            cased: OnceCell::new(),
            folded: OnceCell::new(),
            distinct: &NONE,
            left: Cell::new(WORK),
        }
    }

    /// A text compared without regard to the case of letters.
    pub fn folded(text: &'a Text) -> Self {
        Self {
            is_folded: true,
            ..Self::text(text)
        }
    }

    /// An ARN: its literal colons and slashes delimit its fields, and an unknown part of a field holds no delimiter.
    /// `distinct` are logical ids whose `Ref`s are known to differ from one another.
    pub fn arn(arn: &'a Text, distinct: &'a BTreeSet<Str>) -> Self {
        Self {
            is_arn: true,
            distinct,
            ..Self::text(arn)
        }
    }

    fn spelling(&self, cased: bool) -> &Spelling<'a> {
        let own = || {
            if self.is_arn {
                Spelling::arn(self.text, self.distinct)
            } else {
                Spelling::subject(self.text, self.distinct)
            }
        };
        if self.is_folded && !cased {
            return self.folded.get_or_init(|| own().folded());
        }
        self.cased.get_or_init(own)
    }

    /// Takes back what earlier matches took of the work.
    pub(super) fn renew(&self) {
        self.left.set(WORK);
    }

    /// Whether the pattern matches it.
    pub fn matches(&self, pattern: &Text, reading: Reading) -> Truth {
        let told = || beginning::told(pattern, self.text, (reading, self.distinct));
        let comparable = reading.cased || self.is_folded;
        let told = comparable.then(told).flatten();
        told.unwrap_or_else(|| self.spelled(pattern, reading))
    }

    /// The same, found by spelling out both.
    fn spelled(&self, pattern: &Text, reading: Reading) -> Truth {
        let subject = self.spelling(reading.cased);
        let pattern = Spelling::pattern(pattern, reading, (subject, self.distinct));
        let truth = self.compare(&pattern, subject);
        if truth == Truth::No && reading.wildcards == Wildcards::Resource && pattern.is_short() {
            // What AWS makes of an ARN that stops early is not documented.
            return self
                .compare(&pattern.extended(), subject)
                .and(Truth::Unknown);
        }
        truth
    }

    fn compare(&self, pattern: &Spelling<'_>, subject: &Spelling<'_>) -> Truth {
        if pattern.cut || subject.cut {
            return Truth::Unknown;
        }
        let pair = Pair { pattern, subject };
        let Some((wanted, given)) = pair.trimmed() else {
            return Truth::No;
        };
        if wanted.len().max(given.len()) > LONGEST {
            return Truth::Unknown;
        }
        let work = (wanted.len() + 1) * (given.len() + 1);
        let Some(left) = self.left.get().checked_sub(work) else {
            return Truth::Unknown;
        };
        self.left.set(left);
        if !pair.possible(wanted, given) {
            return Truth::No;
        }
        if pair.certain(wanted, given) {
            Truth::Yes
        } else {
            Truth::Unknown
        }
    }
}

/// Whether two texts are deployed as the same text.
pub fn same(one: &Text, other: &Text) -> Truth {
    Subject::text(one).matches(other, Reading::EXACT)
}

/// What comes behind the unknown part that a piece begins.
fn behind<'p>(first: &Piece, rest: &'p [Piece]) -> &'p [Piece] {
    let own = rest.iter().take_while(|piece| piece.hole() == first.hole());
    rest.get(own.count()..).unwrap_or_default()
}

/// Which places of the subject can be reached after some of the pattern: one more place than pieces.
type Row = Vec<bool>;

struct Pair<'p> {
    pattern: &'p Spelling<'p>,
    subject: &'p Spelling<'p>,
}

impl Pair<'_> {
    /// Both without the beginning and end that they share, characters and names; `None` when those differ.
    fn trimmed(&self) -> Option<(&[Piece], &[Piece])> {
        let (mut wanted, mut given) = (&*self.pattern.pieces, &*self.subject.pieces);
        while let ([want, wants @ ..], [give, gives @ ..]) = (wanted, given) {
            (wanted, given) = match (want, give) {
                (Piece::Char(a), Piece::Char(b)) if a == b => (wants, gives),
                (Piece::Char(_), Piece::Char(_)) => return None,
                // A name holds no wildcard: it takes itself, and nothing else.
                (Piece::One(_), Piece::One(_)) if self.pattern.equals(want, self.subject, give) => {
                    (behind(want, wants), behind(give, gives))
                }
                _ => break,
            };
        }
        while let ([wants @ .., Piece::Char(a)], [gives @ .., Piece::Char(b)]) = (wanted, given) {
            if a != b {
                return None;
            }
            (wanted, given) = (wants, gives);
        }
        Some((wanted, given))
    }

    /// Whether any value of the unknown parts makes it match. Occurrences of one unknown are taken as independent,
    /// which can only find more.
    fn possible(&self, wanted: &[Piece], given: &[Piece]) -> bool {
        let mut row = start(given);
        for want in wanted {
            spread(&mut row, given, |give| {
                give.is_run() || (want.is_run() && self.compatible(want, give))
            });
            if !want.is_run() {
                row = self.consume(&row, want, given);
            }
            if !row.contains(&true) {
                return false;
            }
        }
        spread(&mut row, given, Piece::is_run);
        row.last() == Some(&true)
    }

    /// One character of the pattern against one of the subject, or against one of a run of the subject.
    fn consume(&self, row: &[bool], want: &Piece, given: &[Piece]) -> Row {
        let mut next = advance(row, given, |give| {
            !give.is_run() && self.compatible(want, give)
        });
        for ((next, reached), give) in next.iter_mut().zip(row).zip(given) {
            *next |= *reached && give.is_run() && self.compatible(want, give);
        }
        next
    }

    /// Whether the two have a character in common.
    fn compatible(&self, want: &Piece, give: &Piece) -> bool {
        match (want.hole(), give.hole()) {
            (Some(one), Some(other)) => !self.pattern.differs(one, self.subject, other),
            (Some(_), None) | (None, _) => want.can_be(give),
        }
    }

    /// Whether there is an alignment that holds whatever the unknown parts are: a wildcard takes them as they are,
    /// and the same reference stands for itself.
    fn certain(&self, wanted: &[Piece], given: &[Piece]) -> bool {
        let mut row = start(given);
        for want in wanted {
            if want.hole().is_some() {
                row = self.equal(&row, want, given);
            } else if want.is_run() {
                spread(&mut row, given, |give| want.always_takes(give));
            } else {
                row = advance(&row, given, |give| {
                    !give.is_run() && want.always_takes(give)
                });
            }
            if !row.contains(&true) {
                return false;
            }
        }
        row.last() == Some(&true)
    }

    /// An unknown part of the pattern against the same unknown part of the subject. Only its first piece moves on,
    /// over all of the subject's; a second one has nothing left to take.
    fn equal(&self, row: &[bool], want: &Piece, given: &[Piece]) -> Row {
        if !want.begins() {
            return row.to_vec();
        }
        let mut next = vec![false; row.len()];
        let targets = (0..).zip(row).zip(given);
        for ((at, reached), give) in targets {
            if *reached && self.pattern.equals(want, self.subject, give) {
                let second = given.get(at + 1).is_some_and(Piece::continues);
                let after: usize = if second { at + 2 } else { at + 1 };
                if let Some(place) = next.get_mut(after) {
                    *place = true;
                }
            }
        }
        next
    }
}

fn start(given: &[Piece]) -> Row {
    let mut row = vec![false; given.len() + 1];
    if let Some(first) = row.first_mut() {
        *first = true;
    }
    row
}

/// Reaches on over every piece that `goes`, without moving in the pattern.
fn spread(row: &mut [bool], given: &[Piece], goes: impl Fn(&Piece) -> bool) {
    let mut carried = false;
    for (reached, give) in row.iter_mut().zip(given.iter().map(Some).chain([None])) {
        *reached |= carried;
        carried = *reached && give.is_some_and(&goes);
    }
}

/// Reaches one piece further, where it `goes`.
fn advance(row: &[bool], given: &[Piece], goes: impl Fn(&Piece) -> bool) -> Row {
    let moved = row
        .iter()
        .zip(given)
        .map(|(reached, give)| *reached && goes(give));
    std::iter::once(false).chain(moved).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::{refer, request};
    use super::*;
    use crate::resolve::Part;

    fn text(parts: &[&str]) -> Text {
        let mut text = Text::default();
        for part in parts {
            text.push(match part.strip_prefix('$') {
                Some(id) => Part::Ref(id.into()),
                None => Part::Literal((*part).into()),
            });
        }
        text
    }

    fn like(pattern: &[&str], given: &[&str]) -> Truth {
        let given = text(given);
        Subject::text(&given).matches(&text(pattern), Reading::LIKE)
    }

    #[test]
    fn letters_differ_by_case_but_not_in_actions() {
        assert_eq!(like(&["Get"], &["get"]), Truth::No);
        let action = text(&["s3:Get"]);
        let action = Subject::folded(&action);
        let takes = |pattern: &str| action.matches(&text(&[pattern]), Reading::ACTION);
        assert_eq!(
            [takes("S3:get"), takes("s3:ge"), takes("s3:gets")],
            [Truth::Yes, Truth::No, Truth::No]
        );
    }

    #[test]
    fn a_region_is_a_name() {
        let given = ["a", "$AWS::Region", "b"];
        // It has a character at least, and neither slashes nor colons.
        assert_eq!(like(&["a?*b"], &given), Truth::Yes);
        assert_eq!(like(&["a/b"], &given), Truth::No);
        assert_eq!(like(&["a:b"], &given), Truth::No);
        assert_eq!(like(&["a/b"], &["a", "$Parameter", "b"]), Truth::Unknown);
        assert_eq!(like(&["a?*b"], &["a", "$Parameter", "b"]), Truth::Unknown);
        // What both begin with decides nothing.
        assert_eq!(
            like(&["a", "$AWS::Region", "c*"], &["a", "$AWS::Region", "cd"]),
            Truth::Yes
        );
        assert_eq!(
            like(&["a", "$AWS::Region", "c"], &["a", "$AWS::Region", "cd"]),
            Truth::No
        );
        assert_eq!(
            like(&["a", "$AWS::Region", "x"], &["a", "$AWS::AccountId", "x"]),
            Truth::Unknown
        );
    }

    /// Against `GET /stores/{id}` of stage `dev`.
    fn resource(pattern: &[&str]) -> Truth {
        let request = request();
        let subject = Subject::arn(&request.resource, &request.distinct);
        subject.matches(&text(pattern), Reading::RESOURCE)
    }

    #[test]
    fn stars_cross_slashes_and_question_marks_take_one_character() {
        assert_eq!(like(&["a/*/c"], &["a/b/b/c"]), Truth::Yes);
        assert_eq!(like(&["a?c"], &["a/c"]), Truth::Yes);
        assert_eq!(like(&["a?c"], &["ac"]), Truth::No);
        assert_eq!(like(&["GET"], &["get"]), Truth::No);
    }

    #[test]
    fn the_same_reference_is_the_same_value() {
        assert_eq!(like(&["x/", "$A"], &["x/", "$A"]), Truth::Yes);
        assert_eq!(like(&["x/", "$A"], &["x/", "$B"]), Truth::Unknown);
        assert_eq!(like(&["x/", "$A"], &["y/", "$A"]), Truth::No);
    }

    #[test]
    fn merely_unknown_values_are_never_the_same() {
        let unknown = Text::part(Part::Unknown("a secret".into()));
        assert_eq!(same(&unknown, &unknown), Truth::Unknown);
        assert_eq!(same(&refer("A"), &refer("A")), Truth::Yes);
    }

    #[test]
    fn a_wildcard_takes_what_is_unknown() {
        let api = "arn:aws:execute-api:eu-west-1:1:";
        assert_eq!(resource(&["*"]), Truth::Yes);
        assert_eq!(
            resource(&["arn:*:execute-api:*:*:*/dev/GET/stores/*"]),
            Truth::Yes
        );
        assert_eq!(
            resource(&[api, "$Api", "/dev/GET/stores/*"]),
            Truth::Unknown
        );
        assert_eq!(resource(&[api, "$Api", "/prod/*"]), Truth::No);
    }

    #[test]
    fn a_path_parameter_is_one_filled_segment() {
        let own = ["arn:*:execute-api:*:*:", "$Api"];
        let with = |path| resource(&[own[0], own[1], path]);
        assert_eq!(with("/dev/GET/stores/?*"), Truth::Yes);
        assert_eq!(with("/dev/GET/stores/"), Truth::No);
        assert_eq!(with("/dev/GET/stores/a/b"), Truth::No);
        assert_eq!(with("/dev/GET/stores/42"), Truth::Unknown);
        assert_eq!(with("/GET/*"), Truth::No);
    }

    #[test]
    fn two_apis_are_never_the_same() {
        assert_eq!(
            resource(&["arn:*:execute-api:*:*:", "$Other", "/*"]),
            Truth::No
        );
        assert_eq!(
            resource(&["arn:*:execute-api:*:*:", "$Param", "/*"]),
            Truth::Unknown
        );
    }

    #[test]
    fn a_star_within_a_segment_is_not_known_to_leave_it() {
        let arn = Text::literal("arn:aws:execute-api:eu-west-1:1:api/dev/GET/x");
        let subject = Subject::arn(&arn, &NONE);
        let matches = |pattern: &str| subject.matches(&pattern.into(), Reading::RESOURCE);
        assert_eq!(matches("arn:aws:execute-api:*"), Truth::Yes);
        assert_eq!(
            matches("arn:aws:execute-api:eu*1:api/dev/GET/x"),
            Truth::Unknown
        );
        assert_eq!(matches("arn:aws:execute-api:eu-west-1:1"), Truth::Unknown);
        assert_eq!(matches("arn:aws:lambda:eu-west-1:1"), Truth::No);
    }

    #[test]
    fn policy_variables_are_unknown_where_there_are_any() {
        let given = Text::literal("a/b*");
        let subject = Subject::text(&given);
        let variables = Reading::LIKE.variables(true);
        assert_eq!(
            subject.matches(&"a/${aws:username}".into(), variables),
            Truth::Unknown
        );
        assert_eq!(
            subject.matches(&"a/${aws:username}".into(), Reading::LIKE),
            Truth::No
        );
        assert_eq!(subject.matches(&"a/b${*}".into(), variables), Truth::Yes);
        assert_eq!(
            subject.matches(&text(&["a/${aws:PrincipalTag/", "$Tag", "}"]), variables),
            Truth::Unknown
        );
    }

    #[test]
    fn hostile_patterns_end_in_time() {
        let given = Text::literal("a".repeat(2000));
        let subject = Subject::text(&given);
        let pattern = Text::literal("*a".repeat(1000) + "b");
        let long = Text::literal("*a".repeat(1_000_000));
        for _ in 0..100 {
            assert_ne!(subject.matches(&pattern, Reading::LIKE), Truth::Yes);
            assert_eq!(subject.matches(&long, Reading::LIKE), Truth::Unknown);
        }
    }

    /// A few parts of a text, each of a kind that a comparison could stumble over.
    fn some_parts() -> impl Strategy<Value = Vec<Part>> {
        let literal = r"(a|A|b|:|/|\*|\?|\$\{\*\}|\$\{a\}){1,3}";
        let part = prop_oneof![
            literal.prop_map(|literal| Part::Literal(literal.into())),
            prop_oneof![Just("AWS::Region"), Just("Api"), Just("Parameter")]
                .prop_map(|id| Part::Ref(id.into())),
            prop_oneof![Just("stage"), Just("{id}")].prop_map(|why| Part::Unknown(why.into())),
        ];
        proptest::collection::vec(part, 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn what_beginnings_tell_holds_for_the_whole(
            both in some_parts(),
            wanted in some_parts(),
            given in some_parts(),
        ) {
            let [pattern, given] = [wanted, given].map(|rest| {
                let mut text = Text::default();
                both.iter().cloned().chain(rest).for_each(|part| text.push(part));
                text
            });
            let apis = BTreeSet::from(["Api".into()]);
            let subject = Subject::arn(&given, &apis);
            let folded = Subject::folded(&given);
            let readings = [Reading::EXACT, Reading::LIKE, Reading::RESOURCE, Reading::ARN];
            let readings = readings.into_iter().flat_map(|one| [one, one.variables(true)]);
            let all = readings.map(|one| (&subject, one)).chain([(&folded, Reading::ACTION)]);
            for (subject, reading) in all {
                let whole = subject.spelled(&pattern, reading);
                prop_assert_eq!(subject.matches(&pattern, reading), whole);
            }
        }
    }
}

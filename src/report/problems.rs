//! What was wrong with the input, as a person reads it.

use std::fmt::Write as _;

use crate::document::{Problem, ProblemKind};
use crate::report::{Cell, Detail, Table, View, escape, ink};
use crate::source::Span;

/// Lines of one kind before the rest is only counted.
const MOST: usize = 20;

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The result is incomplete.
    Error,
    /// Something is wrong in the input.
    Warning,
    /// Worth knowing.
    Note,
}

/// How much a kind of problem weighs, where no rule says so.
pub fn weight(kind: ProblemKind) -> Weight {
    match kind {
        ProblemKind::UnreadableInput => Weight::Error,
        ProblemKind::DuplicateKey
        | ProblemKind::UnresolvedReference
        | ProblemKind::InvalidSuppression
        | ProblemKind::UnusedSuppression
        | ProblemKind::ExpiredSuppression => Weight::Warning,
        ProblemKind::Notice => Weight::Note,
    }
}

/// A line per problem. One that a finding tells already is left out; so are notices, unless more detail is asked for.
pub fn lines(view: &View<'_>) -> String {
    let shown = |problem: &&Problem| {
        let quiet =
            view.show.detail == Detail::Quiet && problem.kind != ProblemKind::UnreadableInput;
        !quiet
    };
    let mut table = Table::new(60);
    let mut left = 0;
    for (nth, problem) in view.problems().filter(shown).enumerate() {
        if nth >= MOST && view.show.detail != Detail::Full {
            left += 1;
            continue;
        }
        let (word, ink) = match weight(problem.kind) {
            Weight::Error => ("not analysed", ink::ERROR),
            Weight::Warning => ("note", ink::BOLD),
            Weight::Note => ("note", ink::DIM),
        };
        let word = Cell::from(word).ink(view.look.ink(ink));
        table.row([
            word,
            where_at(view, problem).into(),
            escape::message(&problem.message).into(),
        ]);
    }
    let mut out = table.draw("");
    if left > 0 {
        let _ = writeln!(
            out,
            "{} and {left} more (-v shows all)",
            view.look.ellipsis()
        );
    }
    out
}

/// The place, or only the file when the whole of it is meant.
fn where_at(view: &View<'_>, problem: &Problem) -> String {
    if problem.span == Span::top(problem.span.source) {
        view.path(&view.report.sources.locate(problem.span).file)
    } else {
        view.clickable(problem.span)
    }
}

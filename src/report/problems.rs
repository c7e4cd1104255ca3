//! What was wrong with the input, as a person reads it.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::document::{Problem, ProblemKind};
use crate::report::{Cell, Detail, Table, View, escape, ink, place};
use crate::source::Span;

/// Lines of one kind before the rest is only counted.
const MOST: usize = 20;

/// A line per problem. One that a finding tells already is left out; so are notices, unless more detail is asked for.
pub fn lines(view: &View<'_>) -> String {
    let told: HashSet<(&str, Span)> = view
        .decided()
        .map(|finding| (&*finding.rule, finding.primary))
        .collect();
    let shown = |problem: &&Problem| {
        let quiet =
            view.show.detail == Detail::Quiet && problem.kind != ProblemKind::UnreadableInput;
        !quiet && !told.contains(&(problem.kind.rule(), problem.span))
    };
    let mut table = Table::new(60);
    let mut left = 0;
    for (nth, problem) in view.report.problems.iter().filter(shown).enumerate() {
        if nth >= MOST && view.show.detail != Detail::Full {
            left += 1;
            continue;
        }
        let (word, ink) = match problem.kind {
            ProblemKind::UnreadableInput => ("not analysed", ink::ERROR),
            ProblemKind::DuplicateKey | ProblemKind::UnresolvedReference => ("note", ink::BOLD),
            ProblemKind::Notice => ("note", ink::DIM),
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
        let _ = writeln!(out, "… and {left} more (-v shows all)");
    }
    out
}

/// The place, or only the file when the whole of it is meant.
fn where_at(view: &View<'_>, problem: &Problem) -> String {
    let sources = &view.report.sources;
    if problem.span == Span::top(problem.span.source) {
        escape::name(&sources.locate(problem.span).file)
    } else {
        place::clickable(sources, problem.span)
    }
}

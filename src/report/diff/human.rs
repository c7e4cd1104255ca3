//! A difference for people at a terminal: a line an endpoint, what is more open first.

use std::fmt::Write as _;

use super::DiffView;
use crate::diff::{Entry, Kind};
use crate::finding::Severity;
use crate::report::summary::count;
use crate::report::{Cell, Detail, Table, escape, ink};

/// Endpoints of one kind that are shown before the rest is only counted.
const LISTED: usize = 100;

/// The lines, and what they come to.
pub fn render(view: &DiffView<'_>) -> String {
    let look = view.new.view.look;
    let detail = view.new.view.show.detail;
    let mut table = Table::new(48);
    for kind in Kind::ALL {
        rows(view, kind, &mut table);
    }
    if detail != Detail::Quiet {
        let preflights = hidden_preflights(view);
        if preflights > 0 {
            let changes = count(preflights, "change");
            let told = format!("{changes} of preflight methods (-v shows them)");
            table.heading(beside("also", &told));
        }
        if let Some(same) = view.unchanged() {
            table.heading(beside("same", &same));
        }
    }
    for (file, problem) in view.unread() {
        let word = Cell::from("not analysed").ink(look.ink(ink::ERROR));
        let message = escape::message(&problem.message);
        table.heading(word);
        table.heading(format!("  {}  {message}", escape::name(&file)).into());
    }
    let mut out = table.draw("");
    let headline = view.headline();
    let headline = if view.diff.more_open() > 0 {
        look.paint(ink::of(Severity::High), &headline)
    } else {
        headline
    };
    let _ = writeln!(out, "{headline}");
    out
}

/// Characters of the longest word for a kind.
const WORD: usize = 9;

/// A line with a word and no endpoint, its text below the methods.
fn beside(word: &str, text: &str) -> Cell {
    format!("{word:WORD$}  {text}").into()
}

/// Whether an endpoint gets a line of its own.
fn is_listed(view: &DiffView<'_>, entry: &Entry<'_>) -> bool {
    let detail = view.new.view.show.detail;
    match entry.kind {
        Kind::Same => false,
        Kind::Moved => detail == Detail::Full,
        Kind::Opened => true,
        Kind::Undecided | Kind::Tightened | Kind::Added | Kind::Removed | Kind::Changed => {
            detail == Detail::Full
                || (!entry.is_preflight && (detail == Detail::Normal || entry.is_more_open))
        }
    }
}

fn hidden_preflights(view: &DiffView<'_>) -> usize {
    let hidden = view.diff.entries.iter().filter(|entry| {
        let settled = matches!(entry.kind, Kind::Same | Kind::Moved);
        entry.is_preflight && !settled && !is_listed(view, entry)
    });
    hidden.count()
}

fn rows(view: &DiffView<'_>, kind: Kind, table: &mut Table) {
    let entries = view.diff.entries.iter();
    let entries = entries.filter(|entry| entry.kind == kind && is_listed(view, entry));
    let mut left = 0;
    for (nth, entry) in entries.enumerate() {
        if nth >= LISTED && view.new.view.show.detail != Detail::Full {
            left += 1;
            continue;
        }
        table.row(row(view, entry));
    }
    if left > 0 {
        let ellipsis = view.new.view.look.ellipsis();
        let told = format!("{ellipsis} and {left} more (-v shows all)");
        table.heading(beside(kind.word(), &told));
    }
}

fn row(view: &DiffView<'_>, entry: &Entry<'_>) -> Vec<Cell> {
    let look = view.new.view.look;
    let ink = match entry.kind {
        _ if entry.is_more_open => ink::of(Severity::High),
        Kind::Undecided => ink::OPEN,
        Kind::Opened
        | Kind::Tightened
        | Kind::Added
        | Kind::Removed
        | Kind::Changed
        | Kind::Moved
        | Kind::Same => "",
    };
    let word = format!("{:WORD$}", entry.kind.word());
    let word = Cell::from(word).ink(look.ink(ink));
    let Some(line) = view.line(entry) else {
        return vec![word];
    };
    let mut remark = line.place;
    if let Some(reason) = &line.declared {
        let _ = write!(remark, "  {}", declared(reason));
    }
    vec![
        word,
        escape::name(&line.method).into(),
        escape::name(&line.path).into(),
        escape::name(&line.change).into(),
        remark.into(),
    ]
}

fn declared(reason: &str) -> String {
    if reason.is_empty() {
        return "declared public without a reason".to_owned();
    }
    format!("declared public: \"{}\"", escape::name(reason))
}

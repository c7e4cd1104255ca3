//! The end of a run: who is protected, what was found, what to do next.

use std::collections::HashSet;

use jiff::civil::Date;

use crate::document::ProblemKind;
use crate::finding::Severity;
use crate::report::summary::{Summary, count, elapsed};
use crate::report::{View, escape, ink, stages};
use crate::source::SourceId;

/// Days before which the end of a suppression is told.
const SOON: i32 = 30;

/// The lines.
pub fn lines(view: &View<'_>) -> String {
    let sum = view.summary();
    let mut lines = vec![inventory(&sum)];
    let mut parts = vec![found(view, &sum)];
    let suppressed = sum.suppressed - sum.known;
    if suppressed > 0 {
        let ending = ending(view).unwrap_or_default();
        parts.push(format!("{suppressed} suppressed{ending}"));
    }
    if sum.known > 0 {
        parts.push(format!("{} in the baseline", sum.known));
    }
    if sum.undecided > 0 && !view.show.undecided {
        parts.push(format!("{} undecided (-v shows them)", sum.undecided));
    }
    parts.extend(fixable(view));
    parts.extend(view.elapsed.map(elapsed));
    lines.push(parts.join(view.look.dot()));
    lines.extend(stages::lines(view));
    let problems = view.report.problems.iter();
    let unread = problems.filter(|p| p.kind == ProblemKind::UnreadableInput);
    let unread: HashSet<SourceId> = unread.map(|problem| problem.span.source).collect();
    if !unread.is_empty() {
        let files = count(unread.len(), "file");
        let told = format!("incomplete: {files} could not be analysed, or not all of it");
        lines.push(view.look.paint(ink::ERROR, &told));
    }
    lines.extend(next(view));
    if !view.advice.is_empty() {
        lines.push(view.advice.to_owned());
    }
    lines.join("\n") + "\n"
}

fn inventory(sum: &Summary) -> String {
    let kinds = [
        (sum.protected(), "protected"),
        (sum.declared, "public by declaration"),
        (sum.open(), "open"),
        (sum.preflights, "preflight"),
        (sum.unknown(), "unknown"),
    ];
    let told: Vec<String> = kinds
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let head = format!(
        "{} in {}",
        count(sum.endpoints, "endpoint"),
        count(sum.stacks, "stack")
    );
    if told.is_empty() {
        head
    } else {
        format!("{head}: {}", told.join(", "))
    }
}

fn found(view: &View<'_>, sum: &Summary) -> String {
    let found: Vec<String> = Severity::ALL
        .iter()
        .filter(|severity| sum.found(**severity) > 0)
        .map(|severity| {
            let text = format!("{} {}", sum.found(*severity), severity.word());
            view.look.paint(ink::of(*severity), &text)
        })
        .collect();
    if found.is_empty() {
        "no findings".to_owned()
    } else {
        found.join(", ")
    }
}

/// How many findings can be mended, and how.
fn fixable(view: &View<'_>) -> Option<String> {
    let open = view
        .decided()
        .filter(|finding| finding.suppressed.is_none());
    let fixes: Vec<_> = open.filter_map(|finding| finding.fix.as_ref()).collect();
    let safe = fixes.iter().filter(|fix| fix.safe).count();
    match (safe, fixes.len() - safe) {
        (0, 0) => None,
        (0, more) => Some(format!("{more} fixable with --unsafe-fixes")),
        (safe, 0) => Some(format!("{safe} fixable with --fix")),
        (safe, more) => Some(format!(
            "{safe} fixable with --fix, {more} more with --unsafe-fixes"
        )),
    }
}

/// How many suppressions end soon, and when the first of them does.
fn ending(view: &View<'_>) -> Option<String> {
    let today = view.report.today?;
    let left = |day: Date| today.until(day).map_or(i32::MAX, |span| span.get_days());
    let findings = view.report.findings.iter();
    let days = findings.filter_map(|finding| finding.suppressed.as_ref()?.expires);
    let soon: Vec<i32> = days.map(left).filter(|days| *days <= SOON).collect();
    let first = soon.iter().min()?;
    let verb = if soon.len() == 1 {
        "expires"
    } else {
        "expire, the first"
    };
    let when = match first {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    };
    Some(format!(" ({} {verb} {when})", soon.len()))
}

/// Where to begin, when there is anything.
fn next(view: &View<'_>) -> Option<String> {
    let first = view
        .decided()
        .find(|finding| finding.suppressed.is_none() && finding.severity > Severity::Info)?;
    let place = view.report.sources.locate(first.primary);
    let rule = escape::name(&first.rule);
    Some(format!(
        "start here: {}:{}{}why: gatelint explain {rule}",
        view.path(&place.file),
        place.line,
        view.look.dot(),
    ))
}

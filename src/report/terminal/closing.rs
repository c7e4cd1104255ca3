//! The end of a run: who is protected, what was found, what to do next.

use std::collections::HashSet;

use crate::document::ProblemKind;
use crate::finding::Severity;
use crate::report::summary::{Summary, count, elapsed};
use crate::report::{View, escape, ink, stages};
use crate::source::SourceId;

/// The lines.
pub fn lines(view: &View<'_>) -> String {
    let sum = view.summary();
    let mut lines = vec![inventory(&sum)];
    let mut parts = vec![found(view, &sum)];
    if sum.suppressed > 0 {
        parts.push(format!("{} suppressed", sum.suppressed));
    }
    if sum.undecided > 0 && !view.show.undecided {
        parts.push(format!("{} undecided (-v shows them)", sum.undecided));
    }
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
    lines.join("\n") + "\n"
}

fn inventory(sum: &Summary) -> String {
    let kinds = [
        (sum.protected(), "protected"),
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

//! Markdown: a table for a comment or a job summary.

use std::fmt::Write as _;

use crate::document::ProblemKind;
use crate::finding::{Finding, Severity};
use crate::report::escape::{self, markdown_code, markdown_message};
use crate::report::summary::count;
use crate::report::{View, place};

/// Rows of the table at most; comments have a ceiling of 65,536 characters.
const ROWS: usize = 100;

/// The numbers, the findings, and what could not be analysed.
pub fn render(view: &View<'_>) -> String {
    let mut out = format!("## gatelint\n\n{}\n", headline(view));
    let mut findings = view.decided();
    let rows: String = findings
        .by_ref()
        .take(ROWS)
        .map(|finding| row(view, finding))
        .collect();
    if !rows.is_empty() {
        out += "\n| | Finding | Where |\n| --- | --- | --- |\n";
        out += &rows;
    }
    let more = findings.count();
    if more > 0 {
        let _ = writeln!(out, "\nand {more} more");
    }
    out + &problems(view)
}

fn headline(view: &View<'_>) -> String {
    let sum = view.summary();
    let found: Vec<String> = Severity::ALL
        .iter()
        .filter(|severity| sum.found(**severity) > 0)
        .map(|severity| format!("**{} {}**", sum.found(*severity), severity.word()))
        .collect();
    let found = if found.is_empty() {
        "No findings".to_owned()
    } else {
        found.join(", ")
    };
    let mut line = format!(
        "{found} · {}: {} protected, {} open, {} unknown",
        count(sum.endpoints, "endpoint"),
        sum.protected(),
        sum.open(),
        sum.unknown(),
    );
    if sum.undecided > 0 {
        let _ = write!(line, " · {} undecided", sum.undecided);
    }
    if sum.suppressed > 0 {
        let _ = write!(line, " · {} suppressed", sum.suppressed);
    }
    line
}

fn row(view: &View<'_>, finding: &Finding) -> String {
    let place = place::clickable(&view.report.sources, finding.primary);
    let mut cell = format!(
        "{} {}",
        markdown_code(&finding.rule),
        markdown_message(&escape::cut(&finding.message, escape::MOST_OF_MESSAGE)),
    );
    for when in finding.verdict.when() {
        let _ = write!(cell, "<br>when {}", markdown_code(&escape::name(&when)));
    }
    if finding.suppressed.is_some() {
        cell += "<br>suppressed";
    }
    if !finding.help.is_empty() {
        let help = escape::cut(&finding.help, escape::MOST_OF_MESSAGE);
        let _ = write!(cell, "<br>{}", markdown_message(&help));
    }
    format!(
        "| {} | {cell} | {} |\n",
        finding.severity.word(),
        markdown_code(&place)
    )
}

fn problems(view: &View<'_>) -> String {
    let problems: Vec<_> = view.problems().collect();
    if problems.is_empty() {
        return String::new();
    }
    let incomplete = view
        .report
        .problems
        .iter()
        .any(|p| p.kind == ProblemKind::UnreadableInput);
    let mut out = String::from(if incomplete {
        "\n### Incomplete: not everything could be analysed\n\n"
    } else {
        "\n### Notes\n\n"
    });
    for problem in problems.iter().take(ROWS) {
        let place = place::clickable(&view.report.sources, problem.span);
        let message = escape::cut(&problem.message, escape::MOST_OF_MESSAGE);
        let _ = writeln!(
            out,
            "- {} {}",
            markdown_code(&place),
            markdown_message(&message)
        );
    }
    let more = problems.len().saturating_sub(ROWS);
    if more > 0 {
        let _ = writeln!(out, "- and {more} more");
    }
    out
}

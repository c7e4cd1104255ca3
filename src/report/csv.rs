//! CSV: one row a finding, one a problem.

use crate::report::View;
use crate::report::escape::{self, csv};

const HEAD: &str = "severity,rule,verdict,when,message,subject,file,line,column,end_line,end_column,help,fingerprint,suppressed";

/// A row of names, then the rows.
pub fn render(view: &View<'_>) -> String {
    let sources = &view.report.sources;
    let mut out = String::from(HEAD) + "\n";
    for finding in view.findings() {
        let at = sources.locate(finding.primary);
        out += &row(&[
            finding.severity.word(),
            &finding.rule,
            finding.verdict.word(),
            &finding.verdict.when().join(" | "),
            &finding.message,
            &finding.subject,
            &at.file,
            &at.line.to_string(),
            &at.column.to_string(),
            &at.end_line.to_string(),
            &at.end_column.to_string(),
            &finding.help,
            &finding.fingerprint,
            finding.suppressed.as_ref().map_or("", |s| {
                if s.reason.is_empty() {
                    "suppressed"
                } else {
                    &s.reason
                }
            }),
        ]);
    }
    for problem in view.problems() {
        let at = sources.locate(problem.span);
        out += &row(&[
            "problem",
            problem.kind.rule(),
            "",
            "",
            &problem.message,
            "",
            &at.file,
            &at.line.to_string(),
            &at.column.to_string(),
            &at.end_line.to_string(),
            &at.end_column.to_string(),
            "",
            "",
            "",
        ]);
    }
    out
}

/// One row.
pub fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| csv(&escape::cut(cell, escape::MOST_OF_MESSAGE)))
        .collect();
    cells.join(",") + "\n"
}

//! GitLab: a code quality report. Entries with the same fingerprint are shown once, so each has its own.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::document::Problem;
use crate::finding::{Finding, Severity};
use crate::report::problems::{Weight, weight};
use crate::report::{View, escape, json};
use crate::source::{Sources, Span};

/// A list of entries.
pub fn render(view: &View<'_>) -> String {
    let sources = &view.report.sources;
    let mut seen = HashMap::new();
    let findings = view
        .decided()
        .map(|finding| Entry::finding(finding, sources));
    let problems = view
        .problems()
        .map(|problem| Entry::problem(problem, sources));
    let mut entries: Vec<Entry> = problems.chain(findings).collect();
    for entry in &mut entries {
        let times: &mut u32 = seen.entry(entry.fingerprint.clone()).or_default();
        *times += 1;
        if *times > 1 {
            entry.fingerprint = format!("{}-{times}", entry.fingerprint);
        }
    }
    json::document(&entries)
}

#[derive(Serialize)]
struct Entry {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Place,
}

#[derive(Serialize)]
struct Place {
    path: String,
    lines: BTreeMap<&'static str, u32>,
}

impl Entry {
    fn finding(finding: &Finding, sources: &Sources) -> Self {
        Self {
            description: escape::message(&finding.message),
            check_name: finding.rule.to_string(),
            fingerprint: finding.fingerprint.clone(),
            severity: match finding.severity {
                Severity::High => "critical",
                Severity::Medium => "major",
                Severity::Low => "minor",
                Severity::Info => "info",
            },
            location: Place::of(sources, finding.primary),
        }
    }

    fn problem(problem: &Problem, sources: &Sources) -> Self {
        let location = Place::of(sources, problem.span);
        let rule = problem.kind.rule();
        let description = escape::message(&problem.message);
        Self {
            fingerprint: format!("{rule}:{}:{description}", location.path),
            description,
            check_name: rule.to_owned(),
            severity: match weight(problem.kind) {
                Weight::Error => "blocker",
                Weight::Warning => "minor",
                Weight::Note => "info",
            },
            location,
        }
    }
}

impl Place {
    fn of(sources: &Sources, span: Span) -> Self {
        let location = sources.locate(span);
        Self {
            path: location.file,
            lines: BTreeMap::from([("begin", location.line), ("end", location.end_line)]),
        }
    }
}

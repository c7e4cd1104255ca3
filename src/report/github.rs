//! GitHub Actions: a workflow command per finding, which the runner shows beside the changed lines.
//!
//! The runner keeps ten commands of each level and drops the rest, so the worst ones come as commands and the rest as
//! plain lines of the log, where nothing is lost.

use std::collections::BTreeMap;

use crate::document::ProblemKind;
use crate::finding::{Finding, Severity};
use crate::report::summary::count;
use crate::report::{View, escape, place};
use crate::source::{Sources, Span};

/// Commands of one level that the runner shows for a step.
const SHOWN: usize = 10;

/// Commands, then what did not fit, then the numbers.
pub fn render(view: &View<'_>) -> String {
    let sources = &view.report.sources;
    let (mut out, mut rest) = (String::new(), String::new());
    let mut given: BTreeMap<&str, usize> = BTreeMap::new();
    let problems = view.report.problems.iter();
    for problem in problems {
        let level = match problem.kind {
            ProblemKind::UnreadableInput => "error",
            ProblemKind::DuplicateKey | ProblemKind::UnresolvedReference => "warning",
            ProblemKind::Notice => "notice",
        };
        let one = Annotation {
            level,
            rule: problem.kind.rule(),
            message: &problem.message,
            at: problem.span,
        };
        one.write(sources, &mut given, &mut out, &mut rest);
    }
    for finding in view.decided() {
        let message = told(finding);
        let level = level(finding.severity);
        let one = Annotation {
            level,
            rule: &finding.rule,
            message: &message,
            at: finding.primary,
        };
        one.write(sources, &mut given, &mut out, &mut rest);
    }
    out + &rest + &numbers(view)
}

/// Message and help in one: a command has no other place for the help.
fn told(finding: &Finding) -> String {
    let when = match finding.verdict.when().as_slice() {
        [] => String::new(),
        worlds => format!(" (when {})", worlds.join(", or ")),
    };
    let help = if finding.help.is_empty() {
        String::new()
    } else {
        format!("; {}", finding.help)
    };
    format!("{}{when}{help}", finding.message)
}

struct Annotation<'a> {
    level: &'static str,
    rule: &'a str,
    message: &'a str,
    at: Span,
}

impl Annotation<'_> {
    fn write(
        &self,
        sources: &Sources,
        given: &mut BTreeMap<&'static str, usize>,
        out: &mut String,
        rest: &mut String,
    ) {
        let message = escape::cut(self.message, escape::MOST_OF_MESSAGE);
        let number = given.entry(self.level).or_default();
        *number += 1;
        if *number > SHOWN {
            let place = place::clickable(sources, self.at);
            let (level, rule) = (self.level, escape::name(self.rule));
            *rest += &format!("  {level} {rule} {place} {}\n", escape::line(&message));
            return;
        }
        let (first, last) = first_line(sources, self.at);
        *out += &format!(
            "::{} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
            self.level,
            escape::workflow_property(&first.file),
            first.line,
            first.column,
            first.line,
            last,
            escape::workflow_property(&format!("gatelint {}", self.rule)),
            escape::workflow_text(&message),
        );
    }
}

/// Where a span begins, and the column at which its first line ends.
fn first_line(sources: &Sources, span: Span) -> (crate::source::Location, u32) {
    let clipped = sources
        .get(span.source)
        .map_or(span, |source| place::first_line(&source, span));
    let location = sources.locate(clipped);
    let last = location.end_column.max(location.column);
    (location, last)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    }
}

fn numbers(view: &View<'_>) -> String {
    let sum = view.summary();
    let found: Vec<String> = Severity::ALL
        .iter()
        .filter(|severity| sum.found(**severity) > 0)
        .map(|severity| format!("{} {}", sum.found(*severity), severity.word()))
        .collect();
    let found = if found.is_empty() {
        "no findings".to_owned()
    } else {
        found.join(", ")
    };
    format!("{found} at {}\n", count(sum.endpoints, "endpoint"))
}

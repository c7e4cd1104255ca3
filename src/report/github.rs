//! GitHub Actions: a workflow command per finding, which the runner shows beside the changed lines.
//!
//! The runner keeps ten commands of each level and drops the rest, so the worst ones come as commands, one more says how
//! many there are, and the rest are plain lines of the log, where nothing is lost.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::finding::{Finding, Severity};
use crate::report::problems::{Weight, weight};
use crate::report::summary::count;
use crate::report::{View, escape, place};
use crate::source::{Location, Sources, Span};

/// Commands of one level that the runner shows for a step.
const SHOWN: usize = 10;

/// Commands, then what did not fit, then the numbers.
pub fn render(view: &View<'_>) -> String {
    let log = log(view);
    log.commands + &log.rest + &numbers(view)
}

/// The commands alone, for who has read the rest already.
pub fn annotations(view: &View<'_>) -> String {
    log(view).commands
}

fn log(view: &View<'_>) -> Log {
    let mut log = Log::default();
    let sources = &view.report.sources;
    for problem in view.problems() {
        let level = match weight(problem.kind) {
            Weight::Error => "error",
            Weight::Warning => "warning",
            Weight::Note => "notice",
        };
        let rule = problem.kind.rule();
        log.add(
            level,
            rule,
            &problem.message,
            &sources.locate(first_line(sources, problem.span)),
        );
    }
    for finding in view.decided() {
        let level = level(finding.severity);
        let at = sources.locate(first_line(sources, finding.primary));
        log.add(level, &finding.rule, &told(finding), &at);
    }
    if log.left_out > 0 {
        let more = count(log.left_out, "more finding");
        let text = format!("{}; {more} in the log", numbers(view).trim_end());
        let _ = writeln!(
            log.commands,
            "::notice title=gatelint::{}",
            escape::workflow_text(&text)
        );
    }
    log
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

/// What is printed so far.
#[derive(Default)]
struct Log {
    given: BTreeMap<&'static str, usize>,
    left_out: usize,
    commands: String,
    rest: String,
}

impl Log {
    fn add(&mut self, level: &'static str, rule: &str, message: &str, at: &Location) {
        let message = escape::cut(message, escape::MOST_OF_MESSAGE);
        let number = self.given.entry(level).or_default();
        *number += 1;
        // One notice is kept for the numbers.
        let most = SHOWN - usize::from(level == "notice");
        if *number > most {
            self.left_out += 1;
            let _ = writeln!(
                self.rest,
                "  {level} {} {}:{}:{} {}",
                escape::name(rule),
                escape::name(&at.file),
                at.line,
                at.column,
                escape::line(&message),
            );
            return;
        }
        let _ = writeln!(
            self.commands,
            "::{level} file={},line={},col={},endLine={},endColumn={},title={}::{}",
            escape::workflow_property(&at.file),
            at.line,
            at.column,
            at.line,
            at.end_column.max(at.column),
            escape::workflow_property(&format!("gatelint {rule}")),
            escape::workflow_text(&message),
        );
    }
}

/// The part of a span that can be shown beside one line.
fn first_line(sources: &Sources, span: Span) -> Span {
    let source = sources.get(span.source);
    source.map_or(span, |source| place::first_line(&source, span))
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

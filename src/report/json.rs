//! JSON: the shapes that scripts rely on.
//!
//! Keys are added, never renamed. Text is escaped so that a terminal to which it is printed obeys nothing in it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::document::Problem;
use crate::finding::{Edit, Finding, Fix, Suppression};
use crate::report::{View, escape, place};
use crate::source::{Location, Sources, Span};
use crate::trail::Step;

/// The version of the shapes.
pub const SCHEMA_VERSION: u32 = 1;

/// The whole report.
pub fn render(view: &View<'_>) -> String {
    let sources = &view.report.sources;
    document(&Document {
        schema_version: SCHEMA_VERSION,
        findings: view
            .findings()
            .map(|f| FindingRecord::of(f, sources))
            .collect(),
        problems: problems(view),
        summary: SummaryRecord::of(view),
    })
}

/// A document of its own, indented.
pub fn document(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    escape::json(text) + "\n"
}

/// One line of JSON lines.
pub fn record(value: &impl Serialize) -> String {
    escape::json(serde_json::to_string(value).unwrap_or_default()) + "\n"
}

/// Every problem of a report.
pub fn problems(view: &View<'_>) -> Vec<ProblemRecord> {
    let sources = &view.report.sources;
    let all = view.report.problems.iter();
    all.map(|problem| ProblemRecord::of(problem, sources))
        .collect()
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    findings: Vec<FindingRecord<'a>>,
    problems: Vec<ProblemRecord>,
    summary: SummaryRecord,
}

/// A place.
#[derive(Debug, Serialize)]
pub struct LocationRecord {
    file: String,
    /// First line, from 1.
    pub line: u32,
    /// First column, from 1, in characters.
    pub column: u32,
    end_line: u32,
    end_column: u32,
}

impl LocationRecord {
    /// Where a span is.
    pub fn of(sources: &Sources, span: Span) -> Self {
        let Location {
            file,
            line,
            column,
            end_line,
            end_column,
        } = sources.locate(span);
        Self {
            file,
            line,
            column,
            end_line,
            end_column,
        }
    }
}

impl LocationRecord {
    /// Takes out of the file's name what must not be shown.
    pub fn hide(&mut self, hide: &dyn Fn(&str) -> String) {
        self.file = hide(&self.file);
    }
}

/// A step of a derivation.
#[derive(Debug, Serialize)]
pub struct StepRecord {
    how: &'static str,
    text: String,
    location: Option<LocationRecord>,
}

impl StepRecord {
    /// What a step says and where.
    pub fn of(sources: &Sources, step: &Step) -> Self {
        Self {
            how: step.how.word(),
            text: place::step(sources, step),
            location: step.at.map(|at| LocationRecord::of(sources, at)),
        }
    }

    /// Takes out of it what must not be shown.
    pub fn hide(&mut self, hide: &dyn Fn(&str) -> String) {
        self.text = hide(&self.text);
        if let Some(location) = &mut self.location {
            location.hide(hide);
        }
    }
}

/// A finding.
#[derive(Serialize)]
pub struct FindingRecord<'a> {
    rule: &'a str,
    severity: &'static str,
    verdict: &'static str,
    when: Vec<String>,
    message: String,
    help: String,
    subject: BTreeMap<&'static str, String>,
    location: LocationRecord,
    evidence: Vec<StepRecord>,
    labels: Vec<LabelRecord>,
    fingerprint: &'a str,
    suppressed: Option<SuppressionRecord>,
    fix: Option<FixRecord>,
}

impl<'a> FindingRecord<'a> {
    /// What a finding says.
    pub fn of(finding: &'a Finding, sources: &Sources) -> Self {
        let labels = finding.labels.iter().map(|(at, text)| LabelRecord {
            text: escape::message(text),
            location: LocationRecord::of(sources, *at),
        });
        let evidence = finding.evidence.iter();
        Self {
            rule: &finding.rule,
            severity: finding.severity.word(),
            verdict: finding.verdict.word(),
            when: finding.verdict.when(),
            message: escape::cut(&finding.message, escape::MOST_OF_MESSAGE).into_owned(),
            help: escape::cut(&finding.help, escape::MOST_OF_MESSAGE).into_owned(),
            subject: subject(finding),
            location: LocationRecord::of(sources, finding.primary),
            evidence: evidence.map(|step| StepRecord::of(sources, step)).collect(),
            labels: labels.collect(),
            fingerprint: &finding.fingerprint,
            suppressed: finding
                .suppressed
                .as_ref()
                .map(|s| SuppressionRecord::of(s, sources)),
            fix: finding.fix.as_ref().map(|fix| FixRecord::of(fix, sources)),
        }
    }
}

/// The edits that mend a finding.
#[derive(Serialize)]
struct FixRecord {
    safe: bool,
    title: String,
    edits: Vec<EditRecord>,
}

/// Text that takes the place of what is there; an insertion ends where it begins.
#[derive(Serialize)]
struct EditRecord {
    #[serde(flatten)]
    location: LocationRecord,
    text: String,
}

impl FixRecord {
    fn of(fix: &Fix, sources: &Sources) -> Self {
        let edit = |edit: &Edit| EditRecord {
            location: LocationRecord::of(sources, edit.span),
            text: edit.text.clone(),
        };
        Self {
            safe: fix.safe,
            title: escape::message(&fix.title),
            edits: fix.edits.iter().map(edit).collect(),
        }
    }
}

/// What a finding is about: its kind, its name, and the facts that were read.
fn subject(finding: &Finding) -> BTreeMap<&'static str, String> {
    let short = |text: &str| escape::cut(text, escape::MOST).into_owned();
    let facts = finding
        .facts
        .iter()
        .map(|(name, value)| (*name, short(value)));
    let named = [
        ("kind", finding.kind.word().to_owned()),
        ("name", short(&finding.subject)),
    ];
    let construct = finding.construct.as_deref().map(short);
    let construct = construct.map(|path| ("construct", path));
    facts.chain(named).chain(construct).collect()
}

#[derive(Serialize)]
struct LabelRecord {
    text: String,
    location: LocationRecord,
}

#[derive(Serialize)]
struct SuppressionRecord {
    cause: &'static str,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    location: Option<LocationRecord>,
}

impl SuppressionRecord {
    fn of(suppression: &Suppression, sources: &Sources) -> Self {
        Self {
            cause: suppression.cause.word(),
            reason: escape::cut(&suppression.reason, escape::MOST).into_owned(),
            expires: suppression.expires.map(|day| day.to_string()),
            location: suppression.at.map(|at| LocationRecord::of(sources, at)),
        }
    }
}

/// Something wrong with an input.
#[derive(Debug, Serialize)]
pub struct ProblemRecord {
    rule: &'static str,
    message: String,
    location: LocationRecord,
    related: Vec<RelatedRecord>,
}

#[derive(Debug, Serialize)]
struct RelatedRecord {
    text: String,
    location: LocationRecord,
}

impl ProblemRecord {
    /// What a problem says.
    pub fn of(problem: &Problem, sources: &Sources) -> Self {
        let related = problem.related.iter().map(|(at, text)| RelatedRecord {
            text: escape::message(text),
            location: LocationRecord::of(sources, *at),
        });
        Self {
            rule: problem.kind.rule(),
            message: escape::cut(&problem.message, escape::MOST_OF_MESSAGE).into_owned(),
            location: LocationRecord::of(sources, problem.span),
            related: related.collect(),
        }
    }
}

/// The numbers of a run.
#[derive(Debug, Serialize)]
pub struct SummaryRecord {
    files: usize,
    stacks: usize,
    endpoints: usize,
    by_authorization: BTreeMap<&'static str, usize>,
    findings: BTreeMap<&'static str, usize>,
    suppressed: usize,
    undecided: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<u64>,
}

impl SummaryRecord {
    /// Counts.
    pub fn of(view: &View<'_>) -> Self {
        let sum = view.summary();
        let severities = crate::finding::Severity::ALL;
        let milliseconds =
            |e: std::time::Duration| u64::try_from(e.as_millis()).unwrap_or(u64::MAX);
        Self {
            findings: severities
                .iter()
                .map(|s| (s.word(), sum.found(*s)))
                .collect(),
            files: sum.files,
            stacks: sum.stacks,
            endpoints: sum.endpoints,
            by_authorization: sum.by_authorization,
            suppressed: sum.suppressed,
            undecided: sum.undecided,
            elapsed_ms: view.elapsed.map(milliseconds),
        }
    }
}

//! SARIF 2.1.0, as code scanning reads it.
//!
//! One run. The first location of a result is one line, because a code host shows a result on a change only when all
//! of its lines are in it; the derivations are thread flows. Paths are relative and percent-encoded.

mod fix;
mod rules;

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, CodeFlow, Invocation, Location, Message, Notification, PhysicalLocation,
    PropertyBag, Region, Result as Row, ResultColumnKind, ResultKind, ResultLevel, Run,
    RunAutomationDetails, Sarif, Suppression, ThreadFlow, ThreadFlowLocation, Tool, ToolComponent,
};

use crate::document::{Problem, ProblemKind};
use crate::finding::{Cause, Finding, Severity, Verdict};
use crate::report::problems::{Weight, weight};
use crate::report::{View, escape, fingerprint, json as text, place};
use crate::source::{SourceId, Sources, Span};

/// Results that GitHub shows of one run; the worst ones come first.
const MOST: usize = 5000;
/// Bytes of the results at most, blanks left out. GitHub takes ten million, compressed: this fits even where nothing shrinks.
const WEIGHT: usize = 9_000_000;
/// Bytes after which results come without their derivations, so that there is room for all of them.
const FULL: usize = 6_000_000;
/// Places beside the first that are shown of a result.
const PLACES: usize = 100;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A log with one run.
pub fn render(view: &View<'_>) -> String {
    let findings: Vec<&Finding> = view.decided().take(MOST).collect();
    let (rules, index) = rules::of(view, &findings);
    let rows = rows(&findings, &index, &view.report.sources);
    let left_out = view.decided().count() - rows.len();
    let run = Run::builder()
        .results(rows)
        .tool(Tool::builder().driver(driver(rules)).build())
        .invocations([invocation(view, left_out)])
        .automation_details(RunAutomationDetails::builder().id("gatelint/").build())
        .column_kind(json!(ResultColumnKind::UnicodeCodePoints))
        .build();
    let log = Sarif::builder()
        .schema(SCHEMA)
        .version(json!("2.1.0"))
        .runs([run])
        .build();
    text::document(&log)
}

/// The results, in order, for as long as there is room.
fn rows(findings: &[&Finding], index: &HashMap<&str, i64>, sources: &Sources) -> Vec<Row> {
    let mut lines = Lines::default();
    let mut rows = Vec::new();
    let mut weight = 0;
    for finding in findings {
        let rule = index.get(&*finding.rule).copied().unwrap_or(-1);
        let mut row = row(finding, rule, sources, &mut lines);
        if weight > FULL {
            row.related_locations = None;
            row.code_flows = None;
        }
        weight += serde_json::to_string(&row).map_or(0, |text| text.len());
        if weight > WEIGHT {
            break;
        }
        rows.push(row);
    }
    rows
}

fn driver(rules: Vec<serde_sarif::sarif::ReportingDescriptor>) -> ToolComponent {
    ToolComponent::builder()
        .name("gatelint")
        .information_uri(home())
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules)
        .build()
}

/// Where to learn more: the project's page when the package names one, else the package itself.
fn home() -> String {
    match env!("CARGO_PKG_REPOSITORY") {
        "" => concat!("pkg:cargo/gatelint@", env!("CARGO_PKG_VERSION")).to_owned(),
        page => page.to_owned(),
    }
}

/// How the run went: what could not be analysed, and what was left out.
fn invocation(view: &View<'_>, left_out: usize) -> Invocation {
    let sources = &view.report.sources;
    let problems = &view.report.problems;
    let mut notes: Vec<Notification> = problems.iter().map(|p| notification(p, sources)).collect();
    if left_out > 0 {
        let shown = view.decided().count() - left_out;
        let text = format!("{left_out} more results were left out: the worst {shown} are here");
        let message = Message::builder().text(text).build();
        notes.push(
            Notification::builder()
                .message(message)
                .level(json!("warning"))
                .build(),
        );
    }
    let complete = !problems
        .iter()
        .any(|p| p.kind == ProblemKind::UnreadableInput);
    Invocation::builder()
        .execution_successful(complete)
        .tool_execution_notifications(notes)
        .build()
}

fn notification(problem: &Problem, sources: &Sources) -> Notification {
    let level = match weight(problem.kind) {
        Weight::Error => "error",
        Weight::Warning => "warning",
        Weight::Note => "note",
    };
    Notification::builder()
        .message(message(&problem.message))
        .level(json!(level))
        .locations([location(sources, problem.span, None)])
        .build()
}

fn row(finding: &Finding, rule: i64, sources: &Sources, lines: &mut Lines) -> Row {
    let mut row = Row::builder()
        .rule_id(&*finding.rule)
        .level(level(finding.severity))
        .message(told(finding))
        .locations([location(sources, finding.primary, None)])
        .partial_fingerprints(fingerprints(finding, sources, lines))
        .properties(properties(finding))
        .build();
    row.rule_index = (rule >= 0).then_some(rule);
    if finding.verdict == Verdict::Undecided {
        // The standard has a result of any kind but a failure say that it has no level.
        row.kind = Some(ResultKind::Review);
        row.level = Some(ResultLevel::None);
    }
    let related = related(finding, sources);
    if !related.is_empty() {
        row.related_locations = Some(related);
    }
    row.code_flows = flow(finding, sources).map(|flow| vec![flow]);
    row.fixes = finding.fix.as_ref().map(|fix| vec![fix::of(fix, sources)]);
    row.suppressions = finding
        .suppressed
        .as_ref()
        .map(|why| vec![suppression(why, sources)]);
    row
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low | Severity::Info => ResultLevel::Note,
    }
}

/// The message, with the worlds it holds in. What to do is the rule's help, and a sentence of its own here.
fn told(finding: &Finding) -> Message {
    let when = match finding.verdict.when().as_slice() {
        [] => String::new(),
        worlds => format!(" when {}", worlds.join(", or when ")),
    };
    let help = match finding.help.as_str() {
        "" => String::new(),
        help => format!("\nHelp: {}.", escape::sarif(help)),
    };
    let text = escape::sarif(&format!("{}{when}", finding.message));
    Message::builder().text(format!("{text}.{help}")).build()
}

fn message(text: &str) -> Message {
    Message::builder().text(escape::sarif(text)).build()
}

fn properties(finding: &Finding) -> PropertyBag {
    let mut bag: BTreeMap<String, Value> = BTreeMap::new();
    bag.insert("verdict".to_owned(), json!(finding.verdict.word()));
    bag.insert("subject".to_owned(), json!(escape::name(&finding.subject)));
    for (name, value) in &finding.facts {
        bag.insert((*name).to_owned(), json!(escape::name(value)));
    }
    PropertyBag::builder().additional_properties(bag).build()
}

/// The hashes of the lines of the files that have findings.
#[derive(Default)]
struct Lines(HashMap<SourceId, Vec<String>>);

impl Lines {
    fn hash(&mut self, sources: &Sources, span: Span) -> Option<String> {
        let source = sources.get(span.source)?;
        let hashes = self
            .0
            .entry(span.source)
            .or_insert_with(|| fingerprint::lines(&source.text));
        let line = place::line_number(&source, span) as usize;
        hashes.get(line.checked_sub(1)?).cloned()
    }
}

fn fingerprints(
    finding: &Finding,
    sources: &Sources,
    lines: &mut Lines,
) -> BTreeMap<String, String> {
    let own = ("gatelint/v1".to_owned(), finding.fingerprint.clone());
    let theirs = lines.hash(sources, finding.primary);
    let theirs = theirs.map(|hash| ("primaryLocationLineHash".to_owned(), hash));
    [own].into_iter().chain(theirs).collect()
}

/// A place: the first line of a span.
fn location(sources: &Sources, span: Span, text: Option<&str>) -> Location {
    let clipped = sources
        .get(span.source)
        .map_or(span, |source| place::first_line(&source, span));
    let at = sources.locate(clipped);
    let mut region = Region::builder()
        .start_line(i64::from(at.line))
        .start_column(i64::from(at.column))
        .build();
    if at.end_column > at.column {
        region.end_line = Some(i64::from(at.line));
        region.end_column = Some(i64::from(at.end_column));
    }
    let file = ArtifactLocation::builder()
        .uri(escape::uri(&at.file))
        .build();
    let physical = PhysicalLocation::builder()
        .artifact_location(file)
        .region(region)
        .build();
    let mut location = Location::builder().physical_location(physical).build();
    location.message = text.map(message);
    location
}

/// The places of the evidence and the labels, numbered.
fn related(finding: &Finding, sources: &Sources) -> Vec<Location> {
    let steps = finding.evidence.iter();
    let steps = steps.filter_map(|step| Some((step.at?, place::step(sources, step))));
    let labels = finding.labels.iter().map(|(at, text)| (*at, text.clone()));
    let elsewhere = |(at, _): &(Span, String)| *at != finding.primary;
    let places = labels.chain(steps).filter(elsewhere).take(PLACES);
    let numbered = (1..).zip(places).map(|(id, (at, text))| Location {
        id: Some(id),
        ..location(sources, at, Some(&text))
    });
    numbered.collect()
}

/// The derivation from its far end to the value, and the finding last.
fn flow(finding: &Finding, sources: &Sources) -> Option<CodeFlow> {
    let steps: Vec<_> = finding
        .evidence
        .iter()
        .filter(|step| step.at.is_some())
        .collect();
    if steps.is_empty() {
        return None;
    }
    let steps = steps.into_iter().take(PLACES).rev();
    let steps = steps.filter_map(|step| Some((step.at?, place::step(sources, step))));
    let end = (finding.primary, finding.message.clone());
    let places = steps.chain([end]).map(|(at, text)| {
        let at = location(sources, at, Some(&text));
        ThreadFlowLocation::builder().location(at).build()
    });
    let thread = ThreadFlow::builder()
        .locations(places.collect::<Vec<_>>())
        .build();
    Some(CodeFlow::builder().thread_flows([thread]).build())
}

fn suppression(why: &crate::finding::Suppression, sources: &Sources) -> Suppression {
    let kind = match why.cause {
        Cause::Ignored | Cause::Public => "inSource",
        Cause::Known => "external",
    };
    let mut suppression = Suppression::builder().kind(json!(kind)).build();
    suppression.location = why.at.map(|at| location(sources, at, None));
    suppression.justification = (!why.reason.is_empty()).then(|| escape::message(&why.reason));
    suppression
}

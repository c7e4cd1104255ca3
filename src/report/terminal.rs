//! Findings for people at a terminal: what is so, where, why, and what to do.
//!
//! Colour says how severe, nothing else. Findings of one rule stand together, and after the first few only as a line
//! each, so that forty of a kind do not bury the one of another.

mod boxed;
mod snippet;
mod trail;
mod wrap;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use self::snippet::Mark;
use self::wrap::wrap;
use crate::document::ProblemKind;
use crate::endpoint::Endpoint;
use crate::facts::Kind;
use crate::finding::{Finding, Severity, StackReport, Verdict};
use crate::report::summary::{Summary, count, elapsed};
use crate::report::{Cell, Detail, Table, View, escape, ink, place, problems};
use crate::source::SourceId;
use crate::trail::How;

/// Findings of one rule that are shown in full.
const FULL: usize = 3;
/// Findings of one rule that are shown at all.
const LISTED: usize = 20;
/// What stands before the lines below a finding's head.
const INDENT: &str = "   ";
/// How lines begin whose text hangs below its own first word.
const LEADS: [&str; 3] = ["help: ", "note: ", "when: "];

/// Findings, problems, numbers.
pub fn render(view: &View<'_>) -> String {
    let known = endpoints(view);
    let mut out = String::new();
    for findings in groups(view).values() {
        out += &group(view, findings, &known);
    }
    let notes = problems::lines(view);
    if !notes.is_empty() {
        out = out + &notes + "\n";
    }
    if view.show.detail == Detail::Quiet {
        return out;
    }
    out + &closing(view)
}

/// How often each rule was found to hold, most often first.
pub fn statistics(view: &View<'_>) -> String {
    let mut counts: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    for finding in view.decided() {
        *counts.entry((&finding.rule, finding.severity)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|((rule, severity), number)| {
        (
            std::cmp::Reverse(*number),
            std::cmp::Reverse(*severity),
            *rule,
        )
    });
    let mut table = Table::new(60);
    for ((rule, severity), number) in counts {
        let severity_cell = Cell::from(severity.word()).ink(view.look.ink(ink::of(severity)));
        table.row([
            format!("{number:>5}").into(),
            severity_cell,
            escape::name(rule).into(),
        ]);
    }
    table.draw("")
}

/// Findings of one rule and severity, worst first; within, in the order of the report.
fn groups<'a>(
    view: &View<'a>,
) -> BTreeMap<(std::cmp::Reverse<Severity>, &'a str), Vec<&'a Finding>> {
    let mut groups: BTreeMap<_, Vec<&Finding>> = BTreeMap::new();
    for finding in view.decided() {
        let key = (std::cmp::Reverse(finding.severity), &*finding.rule);
        groups.entry(key).or_default().push(finding);
    }
    groups
}

/// The endpoints by file and by the name that findings have for them.
type Known<'a> = HashMap<(SourceId, String), (&'a StackReport, &'a Endpoint)>;

fn endpoints<'a>(view: &View<'a>) -> Known<'a> {
    let stacks = view.report.stacks.iter();
    let all = stacks.flat_map(|stack| stack.endpoints.iter().map(move |e| (stack, e)));
    all.map(|(stack, e)| ((e.span.source, e.label()), (stack, e)))
        .collect()
}

fn group(view: &View<'_>, findings: &[&Finding], known: &Known<'_>) -> String {
    let everything = view.show.detail == Detail::Full || findings.len() == FULL + 1;
    let full = if everything { findings.len() } else { FULL };
    let mut out = String::new();
    for finding in findings.iter().take(full) {
        out = out + &one(view, finding, known) + "\n";
    }
    let rest = findings.get(full..).unwrap_or_default();
    let Some(first) = rest.first() else {
        return out;
    };
    let severity = view
        .look
        .paint(ink::of(first.severity), first.severity.word());
    let _ = writeln!(
        out,
        "{severity}  {}  {} more",
        escape::name(&first.rule),
        rest.len()
    );
    let mut table = Table::new(60);
    for finding in rest.iter().take(LISTED) {
        let place = place::clickable(&view.report.sources, finding.primary);
        table.row([place.into(), escape::message(&finding.message).into()]);
    }
    out += &table.draw(INDENT);
    if rest.len() > LISTED {
        let left = rest.len() - LISTED;
        let _ = writeln!(out, "{INDENT}… and {left} more (-v shows all)");
    }
    out + "\n"
}

/// One finding in full.
fn one(view: &View<'_>, finding: &Finding, known: &Known<'_>) -> String {
    let look = view.look;
    let severity = finding.severity;
    let plain = format!("{}  {}  ", severity.word(), escape::name(&finding.rule));
    let message = escape::message(&finding.message);
    let message = wrap(&message, look.width, &plain, INDENT);
    let message = message.strip_prefix(&plain).unwrap_or(&message);
    let rule = look.paint(ink::BOLD, &escape::name(&finding.rule));
    let mut out = format!(
        "{}  {rule}  {message}\n",
        look.paint(ink::of(severity), severity.word())
    );
    let marks = marks(finding);
    out += &snippet::draw(&view.report.sources, &marks, look, severity);
    for line in explained(view, finding, known) {
        let hang = if LEADS.iter().any(|lead| line.starts_with(lead)) {
            9
        } else {
            5
        };
        out = out + &wrap(&line, look.width, INDENT, &" ".repeat(hang)) + "\n";
    }
    out
}

/// The lines below the snippet.
fn explained(view: &View<'_>, finding: &Finding, known: &Known<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let sources = &view.report.sources;
    let subject = (finding.primary.source, finding.subject.clone());
    if let (Kind::Endpoint, Some((stack, endpoint))) = (finding.kind, known.get(&subject)) {
        lines.extend(trail::of_endpoint(view, finding, stack, endpoint));
    }
    match &finding.verdict {
        Verdict::Holds => {}
        Verdict::HoldsWhen(_) => {
            lines.push(format!("when: {}", finding.verdict.when().join(", or ")));
        }
        Verdict::Undecided => lines.push("undecided: deployment settles it".to_owned()),
    }
    for step in &finding.evidence {
        if let How::PlatformDefault { what, docs } = &step.how {
            lines.push(format!("note: {what} ({docs})"));
        }
    }
    if let Some(why) = &finding.suppressed {
        let place = why.at.map_or(String::new(), |at| {
            format!(" at {}", place::clickable(sources, at))
        });
        let reason = if why.reason.is_empty() {
            "no reason given"
        } else {
            &why.reason
        };
        lines.push(format!("suppressed{place}: {reason}"));
    }
    if !finding.help.is_empty() {
        lines.push(format!("help: {}", finding.help));
    }
    lines.iter().map(|line| escape::message(line)).collect()
}

/// What is underlined: the finding's place, its labels, and where its evidence stands.
fn marks(finding: &Finding) -> Vec<Mark> {
    let mut marks = vec![Mark {
        span: finding.primary,
        text: String::new(),
        primary: true,
    }];
    let labels = finding.labels.iter().map(|(at, text)| (*at, text.clone()));
    let steps = finding.evidence.iter();
    let steps = steps.filter_map(|step| Some((step.at?, step.how.to_string())));
    for (span, text) in labels.chain(steps) {
        match marks.iter_mut().find(|mark| mark.span == span) {
            Some(mark) if mark.text.is_empty() => mark.text = text,
            Some(mark) if mark.text.contains(&text) => {}
            Some(mark) => mark.text = format!("{}; {text}", mark.text),
            None => marks.push(Mark {
                span,
                text,
                primary: false,
            }),
        }
    }
    marks
}

/// The end of a run: who is protected, what was found, what to do next.
fn closing(view: &View<'_>) -> String {
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
    let problems = view.report.problems.iter();
    let unread = problems
        .filter(|p| p.kind == ProblemKind::UnreadableInput)
        .count();
    if unread > 0 {
        let told = format!(
            "incomplete: {} could not be analysed",
            count(unread, "input")
        );
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
        .find(|finding| finding.suppressed.is_none())?;
    let place = view.report.sources.locate(first.primary);
    let rule = escape::name(&first.rule);
    Some(format!(
        "start here: {}:{}{}why: gatelint explain {rule}",
        escape::name(&place.file),
        place.line,
        view.look.dot(),
    ))
}

//! Findings for people at a terminal: what is so, where, why, and what to do.
//!
//! Colour says how severe, nothing else. Findings of one rule stand together, and after the first few only as a line
//! each, so that forty of a kind do not bury the one of another.

mod boxed;
mod closing;
mod marks;
mod snippet;
mod trail;
mod wrap;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use self::trail::{Known, Origin};
use self::wrap::wrap;
use crate::finding::{Finding, Fix, Severity, Verdict};
use crate::report::{Cell, Detail, Table, View, escape, ink, place, problems};
use crate::trail::{How, Step};

/// Findings of one rule that are shown in full.
const FULL: usize = 3;
/// Findings of one rule that are shown at all.
const LISTED: usize = 20;
/// What stands before the lines below a finding's head.
const INDENT: &str = "   ";
/// How lines begin whose text hangs below its own first word.
const LEADS: [&str; 4] = ["fix: ", "help: ", "note: ", "when: "];

/// Findings, problems, numbers.
pub fn render(view: &View<'_>) -> String {
    let known = Known::of(view);
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
    out + &closing::lines(view)
}

/// How often each rule was found to hold, most often first, and how often it could not be decided.
pub fn statistics(view: &View<'_>) -> String {
    let mut counts: BTreeMap<(&str, Severity), [usize; 2]> = BTreeMap::new();
    for finding in view.findings() {
        let [held, open] = counts.entry((&finding.rule, finding.severity)).or_default();
        *(match finding.verdict {
            Verdict::Undecided => open,
            Verdict::Holds | Verdict::HoldsWhen(_) => held,
        }) += 1;
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
    for ((rule, severity), [number, open]) in counts {
        let severity_cell = Cell::from(severity.word()).ink(view.look.ink(ink::of(severity)));
        table.row([
            format!("{number:>5}").into(),
            severity_cell,
            escape::name(rule).into(),
            match open {
                0 => "".into(),
                open => format!("{open} undecided").into(),
            },
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

fn group(view: &View<'_>, findings: &[&Finding], known: &Known<'_>) -> String {
    let everything = view.show.detail == Detail::Full || findings.len() == FULL + 1;
    let full = if everything { findings.len() } else { FULL };
    let mut out = String::new();
    let shown = findings.get(..full).unwrap_or(findings);
    for (nth, finding) in shown.iter().enumerate() {
        out += &one(view, finding, known);
        if let Some(fix) = &finding.fix {
            out += &below(view, &mended(fix));
        }
        // What to do is said once where it is the same for all.
        let again = shown
            .get(nth + 1)
            .is_some_and(|next| next.help == finding.help);
        if !again && !finding.help.is_empty() {
            out += &below(view, &format!("help: {}", finding.help));
        }
        out.push('\n');
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
        let place = view.clickable(finding.primary);
        table.row([place.into(), escape::message(&finding.message).into()]);
    }
    out += &table.draw(INDENT);
    if rest.len() > LISTED {
        let left = rest.len() - LISTED;
        let _ = writeln!(
            out,
            "{INDENT}{} and {left} more (-v shows all)",
            view.look.ellipsis()
        );
    }
    out + "\n"
}

/// How it is mended, and with which command.
fn mended(fix: &Fix) -> String {
    let command = if fix.safe {
        "gatelint check --fix"
    } else {
        "gatelint check --unsafe-fixes"
    };
    format!("fix: {} ({command})", fix.title)
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
    let origin = known.origin(finding);
    let steps = relevant(view, finding, origin.as_ref());
    let drawn = snippet::draw(view, &marks::of(finding, &steps), severity);
    if drawn.is_empty() {
        let file = view.report.sources.locate(finding.primary).file;
        out = out + INDENT + &view.path(&file) + "\n";
    }
    out += &drawn;
    for line in explained(view, finding, origin.as_ref(), &steps) {
        out += &below(view, &line);
    }
    out
}

/// A line below a finding's head, wrapped so that its text hangs together.
fn below(view: &View<'_>, line: &str) -> String {
    let hang = LEADS.iter().any(|lead| line.starts_with(lead));
    let rest = " ".repeat(if hang { 9 } else { 5 });
    wrap(&escape::message(line), view.look.width, INDENT, &rest) + "\n"
}

/// The steps that tell why: those of the authorization when it is about an endpoint, else those that are more than
/// "it is written". Whoever wants more detail gets every step.
fn relevant(view: &View<'_>, finding: &Finding, origin: Option<&Origin<'_>>) -> Vec<Step> {
    let mut steps = origin.map_or_else(Vec::new, Origin::steps);
    let every = view.show.detail == Detail::Full;
    let tells = |step: &&Step| !matches!(step.how, How::Written | How::Note(_));
    let more = finding
        .evidence
        .iter()
        .filter(|step| every || (origin.is_none() && tells(step)));
    steps.extend(more.cloned());
    place::distinct(steps)
}

/// The lines below the snippet.
fn explained(
    view: &View<'_>,
    finding: &Finding,
    origin: Option<&Origin<'_>>,
    steps: &[Step],
) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(path) = &finding.construct {
        lines.push(format!("construct: {path}"));
    }
    lines.extend(origin.map(|origin| origin.sentence(view, finding)));
    match &finding.verdict {
        Verdict::Holds => {}
        Verdict::HoldsWhen(_) => {
            lines.push(format!("when: {}", finding.verdict.when().join(", or ")));
        }
        Verdict::Undecided => lines.push("undecided: deployment settles it".to_owned()),
    }
    for step in steps {
        if let How::PlatformDefault { what, docs } = &step.how {
            lines.push(format!("note: {what} ({docs})"));
        }
    }
    if let Some(why) = &finding.suppressed {
        let place = why
            .at
            .map_or(String::new(), |at| format!(" at {}", view.clickable(at)));
        let reason = if why.reason.is_empty() {
            "no reason given"
        } else {
            &why.reason
        };
        lines.push(format!("suppressed{place}: {reason}"));
    }
    lines
}

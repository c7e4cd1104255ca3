//! Lists: the findings by rule, those that somebody set aside, those that only deployment decides, and what could not
//! be analysed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use maud::{Markup, html};

use super::page::{Page, Sort};
use super::source::{self, Mark};
use super::text;
use crate::document::{Problem, ProblemKind};
use crate::finding::{Cause, Finding};
use crate::report::rules::{reason, sentence};
use crate::source::Span;

/// Findings of one rule at most.
const EACH: usize = 2_000;
/// Problems at most.
const PROBLEMS: usize = 1_000;
/// Rules with no more findings than this are unfolded from the start.
const FEW: usize = 3;

/// A finding and its number.
type Numbered<'a> = (usize, &'a Finding);

/// The word of a finding's severity.
pub fn badge(finding: &Finding) -> Markup {
    let word = finding.severity.word();
    html! { span.sev data-sev=(word) { (word) } }
}

/// What counts, worst first, by rule.
pub fn found(page: &Page<'_>) -> Markup {
    let all = page.of_sort(Sort::Counts);
    html! {
        section #findings aria-labelledby="h-findings" {
            h2 #h-findings { "Findings " span.n { (all.len()) } }
            @if all.is_empty() { p.none { "No rule was found to hold." } }
            (by_rule(page, &all))
        }
    }
}

/// What cannot be decided before deployment.
pub fn undecided(page: &Page<'_>) -> Markup {
    let all = page.of_sort(Sort::Undecided);
    html! {
        section #undecided aria-labelledby="h-undecided" {
            h2 #h-undecided { "Undecided " span.n { (all.len()) } }
            @if all.is_empty() { p.none { "Everything could be decided." } } @else {
                p.about { "What depends on values that only a deployment knows. Neither reported as open nor passed as safe." }
            }
            (by_rule(page, &all))
        }
    }
}

/// What somebody said is meant to be so.
pub fn suppressed(page: &Page<'_>) -> Markup {
    let all = page.of_sort(Sort::Suppressed);
    html! {
        section #suppressed aria-labelledby="h-suppressed" {
            h2 #h-suppressed { "Suppressed " span.n { (all.len()) } }
            @if all.is_empty() { p.none { "Nothing was set aside." } } @else {
                p.about { "What was found and set aside, with the reason that was given." }
            }
            (by_rule(page, &all))
        }
    }
}

fn by_rule(page: &Page<'_>, findings: &[Numbered<'_>]) -> Markup {
    let mut groups: BTreeMap<_, Vec<Numbered<'_>>> = BTreeMap::new();
    for (number, finding) in findings {
        let key = (Reverse(finding.severity), &*finding.rule);
        groups.entry(key).or_default().push((*number, finding));
    }
    html! { @for group in groups.values() { (rule(page, group)) } }
}

fn rule(page: &Page<'_>, findings: &[Numbered<'_>]) -> Markup {
    let Some((_, first)) = findings.first() else {
        return html! {};
    };
    let known = page.view.rules.get(&first.rule);
    let same = findings
        .iter()
        .all(|(_, finding)| finding.help == first.help);
    let more = findings.len().saturating_sub(EACH);
    html! {
        details.rule open[findings.len() <= FEW] {
            summary {
                (badge(first)) " "
                b { (page.name(&first.rule)) }
                @if let Some(rule) = known { " " span.title { (page.name(&rule.title)) } }
                " " span.n { (findings.len()) }
            }
            div {
                @if let Some(rule) = known {
                    @let why = reason(rule);
                    @if why != sentence(&rule.title) { p.reason { (text::message(&page.message(&why))) } }
                }
                @if same { (help(page, &first.help)) }
                ul.list {
                    @for (number, finding) in findings.iter().take(EACH) {
                        li #{ "f" (number) } {
                            (one(page, *number, finding))
                            @if !same { (help(page, &finding.help)) }
                        }
                    }
                }
                @if more > 0 { p.more { "and " (more) " more" } }
                @if let Some(rule) = known { (references(page, &rule.references)) }
            }
        }
    }
}

fn one(page: &Page<'_>, number: usize, finding: &Finding) -> Markup {
    let subject = page.subject(number);
    let mut marks = vec![Mark {
        span: finding.primary,
        step: 0,
    }];
    marks.extend(finding.labels.iter().map(|(span, _)| Mark {
        span: *span,
        step: 0,
    }));
    html! {
        p.said { (text::message(&page.message(&finding.message))) }
        p.where {
            span.at { (page.place(finding.primary)) }
            @for when in finding.verdict.when() { " · when " (page.name(&when)) }
            @if let Some(endpoint) = subject { " · " a href={ "#e" (endpoint) } { "how this came about" } }
        }
        @if !finding.labels.is_empty() {
            ul.labels { @for (span, label) in &finding.labels {
                li { (text::message(&page.message(label))) " " span.at { (page.place(*span)) } }
            } }
        }
        @if let Some(suppression) = &finding.suppressed {
            p.set-aside {
                @if suppression.cause == Cause::Public { "Declared public: " }
                @if suppression.reason.is_empty() { "No reason was given" } @else { q { (page.message(&suppression.reason)) } }
                @if let Some(at) = suppression.at { " " span.at { (page.place(at)) } }
                @if let Some(day) = suppression.expires { " until " (day) }
            }
        }
        // The endpoint's own row shows its lines.
        @if subject.is_none() { (source::figure(page, &marks)) }
    }
}

fn help(page: &Page<'_>, help: &str) -> Markup {
    html! { @if !help.is_empty() { p.help { b { "Do: " } (text::message(&page.message(help))) } } }
}

/// Pages to read. Only what is an address of the web becomes a link.
fn references(page: &Page<'_>, references: &[crate::source::Str]) -> Markup {
    html! {
        @if !references.is_empty() {
            ul.refs aria-label="Read more" { @for reference in references {
                li {
                    @let address = page.name(reference);
                    @if let Some(rest) = reference.strip_prefix("https://") {
                        a href=(address.as_str()) title=(address.as_str()) { (page.name(&short(rest))) }
                    } @else { (address) }
                }
            } }
        }
    }
}

/// `CWE-306`, `docs.aws.amazon.com`: an address as a reader recognises it.
fn short(address: &str) -> String {
    let host = address.split('/').next().unwrap_or_default();
    let weakness = address.strip_prefix("cwe.mitre.org/data/definitions/");
    match weakness.and_then(|page| page.strip_suffix(".html")) {
        Some(number) => format!("CWE-{number}"),
        None => host.trim_start_matches("www.").to_owned(),
    }
}

/// What could not be analysed, before anything else: it says how far the rest can be trusted.
pub fn problems(page: &Page<'_>) -> Markup {
    let unread = of_input(page, true);
    html! {
        @if !unread.is_empty() {
            section.incomplete #problems aria-labelledby="h-problems" {
                h2 #h-problems { "Not analysed " span.n { (unread.len()) } }
                p.about { "This report is incomplete: it says nothing about what follows." }
                (problem_list(page, &unread))
            }
        }
    }
}

/// What else there is to say about the input.
pub fn notes(page: &Page<'_>) -> Markup {
    let notes = of_input(page, false);
    html! {
        @if !notes.is_empty() {
            section #notes aria-labelledby="h-notes" {
                h2 #h-notes { "Notes on the input " span.n { (notes.len()) } }
                (problem_list(page, &notes))
            }
        }
    }
}

fn of_input<'a>(page: &Page<'a>, unread: bool) -> Vec<&'a Problem> {
    let all = page.view.report.problems.iter();
    all.filter(|problem| (problem.kind == ProblemKind::UnreadableInput) == unread)
        .collect()
}

fn problem_list(page: &Page<'_>, problems: &[&Problem]) -> Markup {
    let more = problems.len().saturating_sub(PROBLEMS);
    html! {
        ul.list { @for problem in problems.iter().take(PROBLEMS) {
            li {
                p.said { (text::message(&page.message(&problem.message))) }
                p.where { span.at { (page.place(problem.span)) } @for (at, label) in &problem.related { (related(page, *at, label)) } }
            }
        } }
        @if more > 0 { p.more { "and " (more) " more" } }
    }
}

fn related(page: &Page<'_>, at: Span, label: &str) -> Markup {
    html! { " · " (text::message(&page.message(label))) " " span.at { (page.place(at)) } }
}

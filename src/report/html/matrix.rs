//! The matrix: a row an endpoint, with everything about it folded below.

use maud::{Markup, html};

use super::findings::badge;
use super::page::{Entry, Page, Sort};
use super::{text, trail};
use crate::finding::Severity;
use crate::report::summary::count;

/// Rows at most; a page with more is no page.
const ROWS: usize = 20_000;

/// Rows of one body of the table: what a browser lays out at once.
const CHUNK: usize = 100;

/// The columns: what each is called, and whether its cells sort by more than their text.
const COLUMNS: [&str; 6] = [
    "Method",
    "Path",
    "API",
    "Effective auth",
    "Decided by",
    "Findings",
];

/// The section with its tools, which only a script makes useful.
pub fn section(page: &Page<'_>) -> Markup {
    let all = page.endpoints.len();
    html! {
        section #endpoints aria-labelledby="h-endpoints" {
            h2 #h-endpoints { "Endpoints " span.n { (all) } }
            @if all == 0 {
                p.none { "No endpoint was found." }
            } @else {
                (tools(page))
                (table(page))
                @if all > ROWS {
                    p.more { "and " (all - ROWS) " more: " code { "gatelint endpoints" } " lists all" }
                }
                p.none #nothing hidden { "No endpoint matches. " button type="button" #reset { "Show all" } }
            }
        }
    }
}

fn tools(page: &Page<'_>) -> Markup {
    let mut words: Vec<&str> = page.endpoints.iter().map(|e| e.row.auth_word()).collect();
    words.sort_by_key(|word| order(word));
    let auths: Vec<(&str, usize)> = words
        .chunk_by(|a, b| a == b)
        .filter_map(|same| Some((*same.first()?, same.len())))
        .collect();
    let worst = |severity| {
        page.endpoints
            .iter()
            .filter(|e| e.worst() == Some(severity))
            .count()
    };
    html! {
        div.tools role="search" aria-label="Filter the endpoints" hidden {
            div.find {
                input #filter type="search" placeholder="Filter by method, path, API, function, file …" aria-label="Filter" autocomplete="off" spellcheck="false";
                kbd aria-hidden="true" { "/" }
            }
            div.chips role="group" aria-label="Effective auth" {
                @for (word, number) in auths {
                    button type="button" data-auth=(word) aria-pressed="false" { (word) " " span.n { (number) } }
                }
            }
            div.chips role="group" aria-label="Worst finding" {
                @for severity in Severity::ALL {
                    @let number = worst(severity);
                    @if number > 0 {
                        button type="button" data-worst=(rank(Some(severity))) aria-pressed="false" {
                            span.sev data-sev=(severity.word()) { (severity.word()) } " " span.n { (number) }
                        }
                    }
                }
                button type="button" #problems-only aria-pressed="false" { "problems only" }
            }
            output #count aria-live="polite" {}
        }
    }
}

/// What is open comes first.
fn order(word: &str) -> (u8, &str) {
    let first = match word {
        "public" => 0,
        "unknown" => 1,
        "preflight" => 3,
        _ => 2,
    };
    (first, word)
}

fn table(page: &Page<'_>) -> Markup {
    let shown = page.endpoints.get(..ROWS).unwrap_or(&page.endpoints);
    html! {
        table #matrix class=[(shown.len() > CHUNK).then_some("long")] {
            caption { (count(page.endpoints.len(), "endpoint")) ", by API, path and method. The last cell of each row unfolds how its authorization came about." }
            thead {
                tr {
                    @for column in COLUMNS { th scope="col" { (column) } }
                    th scope="col" { span.quiet { "Why" } }
                }
            }
            @for (nth, entries) in shown.chunks(CHUNK).enumerate() {
                tbody {
                    @for (number, entry) in (nth * CHUNK..).zip(entries) { (row(page, entry, number)) }
                }
            }
        }
    }
}

/// 4 for high to 1 for info, 0 for none.
fn rank(severity: Option<Severity>) -> u8 {
    match severity {
        None => 0,
        Some(Severity::Info) => 1,
        Some(Severity::Low) => 2,
        Some(Severity::Medium) => 3,
        Some(Severity::High) => 4,
    }
}

fn row(page: &Page<'_>, entry: &Entry<'_>, number: usize) -> Markup {
    let row = &entry.row;
    let auth = row.auth_word();
    let (place, by) = trail::decided_by(page, entry);
    let below = row.authorizer.as_deref().unwrap_or_default();
    let key = row.api_key_required == Some(true);
    html! {
        tr #{ "e" (number) } data-a=(auth) data-s=(rank(entry.worst())) data-p[entry.is_problem()] {
            td { (page.name(row.method.as_deref().unwrap_or("–"))) }
            th scope="row" { (path(page, entry)) @if !row.function().is_empty() { small { (page.name(row.function())) } } }
            td { (page.name(row.api.as_deref().unwrap_or("–"))) small { (row.protocol) " · " (text::path(&page.name(&entry.stack.file))) } }
            td { span.auth { (auth) } @if key { " + API key" } @if !below.is_empty() { small { (page.name(below)) } } }
            td { span.by { (by) } @if let Some(place) = place { small.at { (text::path(&place)) } } }
            td { (found(entry)) }
            td { details { summary { "Why" } div { (trail::of(page, entry)) } } }
        }
    }
}

/// The path; where there is none, what messages call the endpoint.
fn path(page: &Page<'_>, entry: &Entry<'_>) -> text::Text {
    match entry.row.method {
        Some(_) => page.name(&entry.row.path),
        None => page.name(&entry.row.label),
    }
}

/// How many findings of each severity, worst first.
fn found(entry: &Entry<'_>) -> Markup {
    let counting = |severity: Severity| {
        let its = entry.findings.iter().filter(move |(_, finding)| {
            Sort::of(finding) == Sort::Counts && finding.severity == severity
        });
        its.clone()
            .next()
            .map(|(_, finding)| (badge(finding), its.count()))
    };
    let undecided = entry
        .findings
        .iter()
        .filter(|(_, f)| Sort::of(f) == Sort::Undecided)
        .count();
    html! {
        @for (badge, number) in Severity::ALL.into_iter().filter_map(counting) {
            span.hit { (badge) @if number > 1 { " ×" (number) } }
        }
        @if undecided > 0 { span.hit.dim { (undecided) " undecided" } }
    }
}

//! A picture per stack: who gets in by which gateway, what is asked there, which function answers, and what it calls.
//!
//! Drawn in columns with whole numbers only, so that the same stack is always the same picture. A column that is too
//! long for anybody to read ends with how many more there are; what has findings is kept.

mod graph;

use std::cmp::Reverse;

use maud::{Markup, html};
use unicode_width::UnicodeWidthChar;

use self::graph::{Graph, Node};
use super::page::{Entry, Page};
use super::text::Text;
use crate::finding::{Severity, StackReport};
use crate::report::summary::count;

/// Stacks that are drawn at most.
const STACKS: usize = 40;
/// Pictures that are unfolded from the start.
const OPEN: usize = 2;
/// What heads each column, and how wide it is.
const COLUMNS: [(&str, usize); graph::COLUMNS] = [
    ("client", 132),
    ("gateway", 184),
    ("authorizer", 184),
    ("function", 204),
    ("called endpoint", 204),
];
/// Between two columns.
const GAP: usize = 44;
/// Height of a node.
const NODE: usize = 42;
/// Between two nodes.
const ROW: usize = 12;
/// Above the first node: the heads of the columns.
const TOP: usize = 30;

/// The section with all pictures.
pub fn section(page: &Page<'_>) -> Markup {
    let stacks = stacks(page);
    let more = stacks.len().saturating_sub(STACKS);
    html! {
        @if !stacks.is_empty() {
            section #pictures aria-labelledby="h-pictures" {
                h2 #h-pictures { "Pictures " span.n { (stacks.len()) } }
                p.about { "From the client through gateway and authorizer to the function, and what that calls in turn. A colour is the worst finding on the way." }
                @for (nth, (stack, entries)) in stacks.iter().take(STACKS).enumerate() {
                    details.picture open[nth < OPEN] {
                        summary {
                            b { (page.name(&stack.file)) }
                            @if let Some(stage) = stack.stage.as_deref() { " " span.title { "stage " (page.name(stage)) } }
                            " " span.n { (count(entries.len(), "endpoint")) }
                        }
                        div.scroll tabindex="0" role="group" aria-label="Picture, may be wider than the page" { (picture(page, stack, entries)) }
                    }
                }
                @if more > 0 { p.more { "and " (more) " more: " code { "gatelint endpoints --format mermaid" } " draws all" } }
            }
        }
    }
}

/// Stacks with endpoints, those with the worst findings first.
fn stacks<'p, 'a>(page: &'p Page<'a>) -> Vec<(&'a StackReport, &'p [Entry<'a>])> {
    let same = |a: &Entry<'_>, b: &Entry<'_>| std::ptr::eq(a.stack, b.stack);
    let groups = page.endpoints.chunk_by(same);
    let mut stacks: Vec<_> = groups
        .filter_map(|entries| Some((entries.first()?.stack, entries)))
        .collect();
    stacks.sort_by_key(|(_, entries)| Reverse(entries.iter().filter_map(Entry::worst).max()));
    stacks
}

fn picture(page: &Page<'_>, stack: &StackReport, entries: &[Entry<'_>]) -> Markup {
    let graph = Graph::of(stack, entries);
    let used = graph
        .columns
        .iter()
        .rposition(|column| !column.is_empty())
        .map_or(1, |at| at + 1);
    let longest = graph.columns.iter().map(Vec::len).max().unwrap_or(1);
    let height = TOP + longest * (NODE + ROW);
    let width = left(used).saturating_sub(GAP) + 2;
    let top = |column: usize| {
        let nodes = graph.columns.get(column).map_or(0, Vec::len);
        TOP + (longest - nodes) * (NODE + ROW) / 2
    };
    let y = |(column, row): (usize, usize)| top(column) + row * (NODE + ROW);
    html! {
        svg.graph role="img" aria-label={ "Who reaches which function in " (page.name(&stack.file)) } viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) {
            @for (column, (head, _)) in COLUMNS.iter().enumerate().take(used) {
                text.head x=(left(column) + 1) y="14" { (head) }
            }
            @for (from, to, edge) in &graph.edges {
                path class=[edge.refused.then_some("refused")] data-sev=[edge.worst.map(Severity::word)]
                    d=(curve((right(from.0), y(*from)), (left(to.0) + 1, y(*to)))) {}
            }
            @for (column, nodes) in graph.columns.iter().enumerate() {
                @for (row, node) in nodes.iter().enumerate() { (drawn(page, node, column, y((column, row)))) }
            }
        }
    }
}

/// Where a column begins.
fn left(column: usize) -> usize {
    COLUMNS
        .iter()
        .take(column)
        .map(|(_, width)| width + GAP)
        .sum()
}

fn right(column: usize) -> usize {
    left(column) + width(column) + 1
}

fn width(column: usize) -> usize {
    COLUMNS.get(column).map_or(0, |(_, width)| *width)
}

/// From the middle of a node's right side to the middle of another's left side.
fn curve((x1, y1): (usize, usize), (x2, y2): (usize, usize)) -> String {
    let (y1, y2, bend) = (y1 + NODE / 2, y2 + NODE / 2, x2.saturating_sub(x1) / 2);
    format!(
        "M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}",
        x1 + bend,
        x2.saturating_sub(bend)
    )
}

fn drawn(page: &Page<'_>, node: &Node, column: usize, y: usize) -> Markup {
    let x = left(column) + 1;
    let (title, below) = (page.name(&node.title), page.name(&node.below));
    let columns = (width(column) - 24) / 7;
    html! {
        g class=[node.class()] data-sev=[node.worst.map(Severity::word)] {
            title { (title) @if !below.as_str().is_empty() { ", " (below) } }
            rect x=(x) y=(y) width=(width(column)) height=(NODE) rx="6" {}
            text.t x=(x + 12) y=(y + 18) { (fitted(&title, columns)) }
            text.b x=(x + 12) y=(y + 33) { (fitted(&below, columns)) }
        }
    }
}

/// As much of a text as fits; its whole is in the node's title.
fn fitted(text: &Text, columns: usize) -> String {
    let mut used = 0;
    let mut fits = String::new();
    for c in text.as_str().chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            fits.pop();
            fits.push('…');
            break;
        }
        fits.push(c);
    }
    fits
}

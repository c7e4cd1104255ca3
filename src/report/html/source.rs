//! Lines of the source around the places that matter.
//!
//! A report is passed on to people who may not read the repository: of `.env` files nothing is quoted, and what looks
//! like a secret stands as asterisks, on the lines around a place as well.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::page::Page;
use super::text::{self, Text};
use crate::report::{place, secret};
use crate::source::{Source, SourceId, Span};

/// Lines before and after a place.
const AROUND: u32 = 2;
/// Runs of lines of one figure at most.
const RUNS: usize = 6;
/// Characters of a line that is shown whole in a cell.
const SHORT: usize = 40;
/// Bytes of a line in a cell.
const EXCERPT: usize = 60;

/// A place to show.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// The place; its first line is marked.
    pub span: Span,
    /// The number of the step that it belongs to; 0 for none.
    pub step: usize,
}

/// Marks by line.
type Lines = BTreeMap<u32, Vec<Mark>>;

/// The lines around these places; nothing when none may be quoted.
pub fn figure(page: &Page<'_>, marks: &[Mark]) -> Markup {
    let mut files: Vec<SourceId> = Vec::new();
    for mark in marks {
        // What is about a whole file shows none of it.
        if mark.span != Span::top(mark.span.source) && !files.contains(&mark.span.source) {
            files.push(mark.span.source);
        }
    }
    let mut left = RUNS;
    html! {
        @for id in files {
            @if let Some(source) = page.view.report.sources.get(id) {
                @if left > 0 && !place::is_private(&source) && !source.text.trim().is_empty() {
                    (Quote { page, id, source: &source }.file(&lines_of(id, &source, marks), &mut left))
                }
            }
        }
    }
}

/// The line around a place, short.
pub fn excerpt(page: &Page<'_>, span: Span) -> Text {
    let sources = &page.view.report.sources;
    let whole = place::line_around(sources, span);
    // Of a long line the place itself says more than its beginning.
    let line = if whole.chars().count() > SHORT {
        place::excerpt(sources, span)
    } else {
        whole
    };
    let kept = text::without(&line, page.view.hidden);
    Text::new(&kept, EXCERPT, page.view.hidden)
}

fn lines_of(id: SourceId, source: &Source, marks: &[Mark]) -> Lines {
    let mut lines = Lines::new();
    for mark in marks.iter().filter(|mark| mark.span.source == id) {
        let number = place::line_number(source, mark.span);
        lines.entry(number).or_default().push(*mark);
    }
    lines
}

/// A file that is quoted.
struct Quote<'a> {
    page: &'a Page<'a>,
    id: SourceId,
    source: &'a Source,
}

impl Quote<'_> {
    fn file(&self, lines: &Lines, left: &mut usize) -> Markup {
        let last = u32::try_from(self.source.line_starts().len()).unwrap_or(u32::MAX);
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for number in lines.keys() {
            let from = number.saturating_sub(AROUND).max(1);
            let to = number.saturating_add(AROUND).min(last);
            match runs.last_mut() {
                Some(run) if from <= run.1.saturating_add(2) => run.1 = to,
                _ => runs.push((from, to)),
            }
        }
        runs.truncate(*left);
        *left -= runs.len();
        html! {
            figure.src {
                figcaption { (self.page.name(&self.source.path)) }
                @for (from, to) in runs { (self.run(lines, (from, to))) }
            }
        }
    }

    fn run(&self, marks: &Lines, (from, to): (u32, u32)) -> Markup {
        let mut shown: Vec<(u32, Vec<Piece>)> = (from..=to)
            .map(|number| {
                let here = marks.get(&number).map(Vec::as_slice).unwrap_or_default();
                (number, self.line(number, here))
            })
            .collect();
        let blank = |line: &[Piece]| line.iter().all(|piece| piece.text.trim().is_empty());
        while shown
            .last()
            .is_some_and(|(number, line)| blank(line) && !marks.contains_key(number))
        {
            shown.pop();
        }
        let indent = |line: &[Piece]| {
            line.first().map_or(0, |piece| {
                piece.text.len() - piece.text.trim_start_matches(' ').len()
            })
        };
        let filled = shown.iter().filter(|(_, line)| !blank(line));
        let common = filled.map(|(_, line)| indent(line)).min().unwrap_or(0);
        html! {
            ol start=(from) {
                @for (number, pieces) in &shown {
                    @let steps = marks.get(number).map(|marks| badge(marks));
                    li class=[steps.as_ref().map(|_| "k")] data-n=[steps.filter(|steps| !steps.is_empty())] {
                        @for (nth, piece) in pieces.iter().enumerate() {
                            @let cut = if nth == 0 { common } else { 0 };
                            @let text = self.page.name(piece.text.get(cut..).unwrap_or_default());
                            @if piece.marked { mark { (text) } } @else { (text) }
                        }
                    }
                }
            }
        }
    }

    /// A line, cut around its first mark when it is long.
    fn line(&self, number: u32, marks: &[Mark]) -> Vec<Piece> {
        let source = self.source;
        let starts = source.line_starts();
        let start = starts.get(number as usize - 1).copied().unwrap_or(0) as usize;
        let text = source.line(number);
        let ranges: Vec<(usize, usize)> = marks
            .iter()
            .map(|mark| place::first_line(source, mark.span))
            .map(|span| (span.start as usize, span.end as usize))
            .collect();
        let around = ranges.iter().map(|range| range.0).min().unwrap_or(start);
        let (from, to) = place::window(text, around.saturating_sub(start));
        let piece = text.get(from..to).unwrap_or_default();
        let whole = |text: String| {
            vec![Piece {
                text,
                marked: false,
            }]
        };
        let kept = text::without(piece, self.page.view.hidden);
        if kept != piece {
            return whole(secret::covered(&kept, &|_| false));
        }
        let offset = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
        let span = Span {
            source: self.id,
            start: offset(from),
            end: offset(to),
        };
        let safe = secret::quoted(&self.page.view.report.sources, source, span);
        let mut pieces = split(piece, &safe, start + from, &ranges);
        if let Some(first) = pieces.first_mut() {
            first.text = first.text.replace('\u{feff}', "").replace('\t', "  ");
        }
        if from > 0 {
            pieces.insert(
                0,
                Piece {
                    text: "…".to_owned(),
                    marked: false,
                },
            );
        }
        if to < text.len() {
            pieces.extend(whole("…".to_owned()));
        }
        pieces
    }
}

/// The numbers of the steps that a line belongs to.
fn badge(marks: &[Mark]) -> String {
    let mut steps: Vec<usize> = marks.iter().map(|mark| mark.step).collect();
    steps.retain(|step| *step > 0);
    steps.sort_unstable();
    steps.dedup();
    let steps: Vec<String> = steps.iter().map(usize::to_string).collect();
    steps.join(" ")
}

/// Part of a line.
struct Piece {
    text: String,
    marked: bool,
}

/// The shown text of a line in parts: what is marked, and what is between.
fn split(piece: &str, safe: &str, base: usize, ranges: &[(usize, usize)]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for ((at, _), shown) in piece.char_indices().zip(safe.chars()) {
        let at = base + at;
        let marked = ranges.iter().any(|(from, to)| (*from..*to).contains(&at));
        match pieces.last_mut() {
            Some(last) if last.marked == marked => last.text.push(shown),
            _ => pieces.push(Piece {
                text: shown.to_string(),
                marked,
            }),
        }
    }
    pieces
}

//! Source lines with what matters underlined.
//!
//! `miette` draws each run of lines that lie close together; it is given just these lines, not the file. The runs of
//! one file stand in one box, those of further files below it.

use std::fmt::Write as _;

use super::boxed::{Run, Style};
use crate::finding::Severity;
use crate::report::{View, escape, ink, place, secret};
use crate::source::{Source, SourceId, Sources, Span};

/// Lines between two marks that are still shown.
const NEAR: u32 = 2;
/// Runs of lines at most, over all files.
const RUNS: usize = 6;

/// A place to underline.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The place; its first line is shown.
    pub span: Span,
    /// What to say there; empty for nothing.
    pub text: String,
    /// Whether it is the place of the finding itself.
    pub primary: bool,
}

/// The marked lines in boxes; nothing when no file has any text.
pub fn draw(view: &View<'_>, marks: &[Mark], severity: Severity) -> String {
    let (sources, look) = (&view.report.sources, view.look);
    let runs = runs(sources, marks);
    let gutter = runs.iter().map(Run::digits).max().unwrap_or(1);
    let style = Style::of(look, severity);
    let mut out = String::new();
    let mut file = None;
    for run in &runs {
        let joint = style.joint(file, run.source, &out);
        let place = joint.is_some().then(|| heading(view, run, marks));
        let pad = " ".repeat(gutter + 2);
        match (joint, place) {
            (Some(joint), Some(place)) => {
                let _ = writeln!(out, "{pad}{joint}[{}]", look.paint(ink::BOLD, &place));
            }
            _ => {
                let _ = writeln!(out, "{pad}{}", style.gap);
            }
        }
        file = Some(run.source);
        out += &style.body(run, gutter);
    }
    if !out.is_empty() {
        let _ = writeln!(out, "{}{}", " ".repeat(gutter + 2), style.end);
    }
    out
}

/// What a box is headed with: the finding's own place, or the first of a further file.
fn heading(view: &View<'_>, run: &Run, marks: &[Mark]) -> String {
    let mut here = marks.iter().filter(|mark| mark.span.source == run.source);
    let mark = here
        .clone()
        .find(|mark| mark.primary)
        .or_else(|| here.next());
    mark.map_or(String::new(), |mark| view.clickable(mark.span))
}

/// The runs, the finding's file first, in the order of their lines.
fn runs(sources: &Sources, marks: &[Mark]) -> Vec<Run> {
    // What is about a whole file shows none of it.
    let marks: Vec<Mark> = marks
        .iter()
        .filter(|mark| mark.span != Span::top(mark.span.source))
        .cloned()
        .collect();
    let mut files: Vec<SourceId> = Vec::new();
    for mark in &marks {
        if !files.contains(&mark.span.source) {
            files.push(mark.span.source);
        }
    }
    let runs = files.into_iter().filter_map(|id| {
        let source = sources.get(id)?;
        let shown = !source.text.trim().is_empty() && !place::is_private(&source);
        shown.then(|| runs_of(sources, id, &marks))
    });
    runs.flatten().take(RUNS).collect()
}

fn runs_of(sources: &Sources, id: SourceId, marks: &[Mark]) -> Vec<Run> {
    let Some(source) = sources.get(id) else {
        return Vec::new();
    };
    let mut here: Vec<(u32, &Mark)> = marks
        .iter()
        .filter(|mark| mark.span.source == id)
        .map(|mark| (place::line_number(&source, mark.span), mark))
        .collect();
    here.sort_by_key(|(line, mark)| (*line, mark.span));
    let apart = |a: &(u32, &Mark), b: &(u32, &Mark)| b.0.saturating_sub(a.0) <= NEAR;
    here.chunk_by(apart)
        .map(|marks| run(sources, (id, &source), marks))
        .collect()
}

fn run(sources: &Sources, (id, source): (SourceId, &Source), marks: &[(u32, &Mark)]) -> Run {
    let first = marks.first().map_or(1, |(line, _)| *line);
    let last = marks.last().map_or(first, |(line, _)| *line);
    let mut run = Run {
        source: id,
        first,
        text: String::new(),
        labels: Vec::new(),
    };
    for number in first..=last {
        if number > first {
            run.text.push('\n');
        }
        let here = marks
            .iter()
            .filter(|(line, _)| *line == number)
            .map(|(_, mark)| *mark);
        let marks: Vec<&Mark> = here.collect();
        add_line(&mut run, (sources, source), number, &marks);
    }
    run
}

/// Appends a line, cut around its first mark when it is long, with nothing hidden in it, and its labels with it.
fn add_line(run: &mut Run, (sources, source): (&Sources, &Source), number: u32, marks: &[&Mark]) {
    let starts = source.line_starts();
    let start = starts.get(number as usize - 1).copied().unwrap_or(0) as usize;
    let line = source.line(number);
    let marks: Vec<(usize, usize, &Mark)> = marks
        .iter()
        .map(|mark| {
            let clipped = place::first_line(source, mark.span);
            let begin = (clipped.start as usize).saturating_sub(start);
            (begin, (clipped.end as usize).saturating_sub(start), *mark)
        })
        .collect();
    let around = marks.first().map_or(0, |(begin, ..)| *begin);
    let (from, to) = place::window(line, around);
    let shown = line.get(from..to).unwrap_or_default();
    let offset = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
    let part = Span {
        source: run.source,
        start: offset(from),
        end: offset(to),
    };
    let safe = secret::quoted(sources, source, part);
    let bounds = Cleaned::new((shown, &safe), from > 0, to < line.len());
    for (begin, end, mark) in marks {
        let begin = bounds.find(begin.saturating_sub(from));
        let end = bounds.find(end.saturating_sub(from)).max(begin);
        let range = run.text.len() + begin..run.text.len() + end;
        run.labels.push((range, mark.text.clone(), mark.primary));
    }
    run.text += &bounds.text;
}

/// A piece of a line as it is shown, and where each of its bytes went.
struct Cleaned {
    text: String,
    /// For each byte of the piece, and one past its end, where it stands in the text.
    at: Vec<usize>,
}

impl Cleaned {
    /// Of a piece, and of the same as it may be shown, character for character.
    fn new((piece, safe): (&str, &str), cut_before: bool, cut_after: bool) -> Self {
        let mut text = String::from(if cut_before { "…" } else { "" });
        let mut at = Vec::with_capacity(piece.len() + 1);
        for (c, (from, shown)) in piece.chars().zip(safe.char_indices()) {
            at.extend(std::iter::repeat_n(text.len(), c.len_utf8()));
            if shown == '\t' {
                text.push_str("  ");
            } else if escape::ends_mark(&text, safe.get(from..).unwrap_or_default()) {
                text.push_str(escape::SPELLED);
            } else {
                escape::push_visible(&mut text, shown);
            }
        }
        at.push(text.len());
        if cut_after {
            text.push('…');
        }
        Self { text, at }
    }

    fn find(&self, byte: usize) -> usize {
        self.at.get(byte).or(self.at.last()).copied().unwrap_or(0)
    }
}

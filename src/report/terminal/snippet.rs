//! Source lines with what matters underlined.
//!
//! `miette` draws each run of lines that lie close together; it is given just these lines, not the file. The runs of
//! one file stand in one box, those of further files below it.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use crate::finding::Severity;
use crate::report::{Look, escape, ink, place};
use crate::source::{Source, SourceId, Sources, Span};

/// Lines between two marks that are still shown.
const NEAR: u32 = 2;
/// Runs of lines at most, over all files.
const RUNS: usize = 6;
/// Columns of a line that are shown at most.
const COLUMNS: usize = 160;
/// Columns before a mark that are kept of a line that is too long.
const BEFORE: usize = 60;
/// Characters of a label at most.
const LABEL: usize = 160;

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
pub fn draw(sources: &Sources, marks: &[Mark], look: Look, severity: Severity) -> String {
    let runs = runs(sources, marks);
    let gutter = runs.iter().map(Run::digits).max().unwrap_or(1);
    let style = Style::of(look, severity);
    let mut out = String::new();
    let mut file = None;
    for run in &runs {
        let joint = style.joint(file, run.source, &out);
        let place = joint.is_some().then(|| heading(sources, run, marks));
        let pad = " ".repeat(gutter + 2);
        match (joint, place) {
            (Some(joint), Some(place)) => {
                out += &format!("{pad}{joint}[{}]\n", look.paint(ink::BOLD, &place));
            }
            _ => out += &format!("{pad}{}\n", style.gap),
        }
        file = Some(run.source);
        out += &style.body(run, gutter);
    }
    if !out.is_empty() {
        out += &format!("{}{}\n", " ".repeat(gutter + 2), style.end);
    }
    out
}

/// What a box is headed with: the finding's own place, or the first of a further file.
fn heading(sources: &Sources, run: &Run, marks: &[Mark]) -> String {
    let mut here = marks.iter().filter(|mark| mark.span.source == run.source);
    let mark = here
        .clone()
        .find(|mark| mark.primary)
        .or_else(|| here.next());
    mark.map_or(String::new(), |mark| place::clickable(sources, mark.span))
}

/// Lines that lie close together.
struct Run {
    source: SourceId,
    first: u32,
    text: String,
    labels: Vec<(std::ops::Range<usize>, String, bool)>,
}

impl Run {
    /// Digits of the last line's number.
    fn digits(&self) -> usize {
        let lines = u32::try_from(self.text.matches('\n').count()).unwrap_or(0);
        (self.first + lines).to_string().len()
    }
}

/// The runs, the finding's file first, in the order of their lines.
fn runs(sources: &Sources, marks: &[Mark]) -> Vec<Run> {
    let mut files: Vec<SourceId> = Vec::new();
    for mark in marks {
        if !files.contains(&mark.span.source) {
            files.push(mark.span.source);
        }
    }
    let runs = files.into_iter().filter_map(|id| {
        let source = sources.get(id)?;
        (!source.text.trim().is_empty()).then(|| runs_of(id, &source, marks))
    });
    runs.flatten().take(RUNS).collect()
}

fn runs_of(id: SourceId, source: &Source, marks: &[Mark]) -> Vec<Run> {
    let mut here: Vec<(u32, &Mark)> = marks
        .iter()
        .filter(|mark| mark.span.source == id)
        .map(|mark| (place::line_number(source, mark.span), mark))
        .collect();
    here.sort_by_key(|(line, mark)| (*line, mark.span));
    let apart = |a: &(u32, &Mark), b: &(u32, &Mark)| b.0.saturating_sub(a.0) <= NEAR;
    here.chunk_by(apart)
        .map(|marks| run(id, source, marks))
        .collect()
}

fn run(id: SourceId, source: &Source, marks: &[(u32, &Mark)]) -> Run {
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
        add_line(&mut run, source, number, &here.collect::<Vec<_>>());
    }
    run
}

/// Appends a line, cut around its first mark when it is long, with nothing hidden in it, and its labels with it.
fn add_line(run: &mut Run, source: &Source, number: u32, marks: &[&Mark]) {
    let starts = source.line_starts();
    let start = starts.get(number as usize - 1).copied().unwrap_or(0) as usize;
    let line = source.text.get(start..).unwrap_or_default();
    let line = line.split(['\n', '\r']).next().unwrap_or_default();
    let marks: Vec<(usize, usize, &Mark)> = marks
        .iter()
        .map(|mark| {
            let clipped = place::first_line(source, mark.span);
            let begin = (clipped.start as usize).saturating_sub(start);
            (begin, (clipped.end as usize).saturating_sub(start), *mark)
        })
        .collect();
    let around = marks.first().map_or(0, |(begin, ..)| *begin);
    let (from, to) = window(line, around);
    let shown = line.get(from..to).unwrap_or_default();
    let mut bounds = Cleaned::new(shown, from > 0, to < line.len());
    for (begin, end, mark) in marks {
        let begin = bounds.find(begin.saturating_sub(from));
        let end = bounds.find(end.saturating_sub(from)).max(begin);
        let range = run.text.len() + begin..run.text.len() + end;
        run.labels.push((range, mark.text.clone(), mark.primary));
    }
    run.text += &std::mem::take(&mut bounds.text);
}

/// The bytes of a line that are shown, when `around` must be among them.
fn window(line: &str, around: usize) -> (usize, usize) {
    if line.len() <= COLUMNS {
        return (0, line.len());
    }
    let from = if around <= BEFORE { 0 } else { around - BEFORE };
    let from = (from..=line.len())
        .find(|at| line.is_char_boundary(*at))
        .unwrap_or(0);
    let to = (from + COLUMNS).min(line.len());
    let to = (to..=line.len())
        .find(|at| line.is_char_boundary(*at))
        .unwrap_or(line.len());
    (from, to)
}

/// A piece of a line as it is shown, and where each of its bytes went.
struct Cleaned {
    text: String,
    /// For each byte of the piece, and one past its end, where it stands in the text.
    at: Vec<usize>,
}

impl Cleaned {
    fn new(piece: &str, cut_before: bool, cut_after: bool) -> Self {
        let mut text = String::from(if cut_before { "…" } else { "" });
        let mut at = Vec::with_capacity(piece.len() + 1);
        // A key that is masked keeps its length, so that what follows stays under its marks.
        let masked = mask(piece);
        for (c, shown) in piece.chars().zip(masked.chars()) {
            at.extend(std::iter::repeat_n(text.len(), c.len_utf8()));
            if shown == '\t' {
                text.push_str("  ");
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

/// The piece with what looks like a key replaced by as many asterisks.
fn mask(piece: &str) -> String {
    let safe = escape::secrets(piece);
    if safe == piece {
        return piece.to_owned();
    }
    let same = piece
        .chars()
        .zip(safe.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let stars = |(nth, c): (usize, char)| if nth < same || c == ' ' { c } else { '*' };
    piece.chars().enumerate().map(stars).collect()
}

/// How boxes are drawn.
struct Style {
    theme: GraphicalTheme,
    open: String,
    join: String,
    gap: String,
    end: String,
}

impl Style {
    fn of(look: Look, severity: Severity) -> Self {
        let characters = if look.unicode {
            ThemeCharacters::unicode()
        } else {
            ThemeCharacters::ascii()
        };
        let (open, join, gap, end) = if look.unicode {
            ("╭─", "├─", "⋮", "╰────")
        } else {
            (",-", "|-", ":", "`----")
        };
        let styles = if look.color {
            ThemeStyles::ansi()
        } else {
            ThemeStyles::none()
        };
        let highlight = match severity {
            Severity::High => styles.error,
            Severity::Medium => styles.warning,
            Severity::Low | Severity::Info => styles.advice,
        };
        let styles = ThemeStyles {
            highlights: vec![highlight, styles.linum],
            ..styles
        };
        Self {
            theme: GraphicalTheme { characters, styles },
            open: open.to_owned(),
            join: join.to_owned(),
            gap: gap.to_owned(),
            end: end.to_owned(),
        }
    }

    /// What begins a box or a further file in it; `None` where the same file goes on.
    fn joint(&self, before: Option<SourceId>, now: SourceId, out: &str) -> Option<&str> {
        match before {
            _ if out.is_empty() => Some(&self.open),
            Some(file) if file == now => None,
            Some(_) | None => Some(&self.join),
        }
    }

    /// The lines of a run and their labels, without the box around them.
    fn body(&self, run: &Run, gutter: usize) -> String {
        let mut theme = self.theme.clone();
        let mut labels: Vec<_> = run.labels.iter().collect();
        labels.sort_by_key(|(range, ..)| (range.start, range.end));
        let inks = &self.theme.styles.highlights;
        let ink = |primary: bool| inks.get(usize::from(!primary)).copied();
        theme.styles.highlights = labels
            .iter()
            .filter_map(|(.., primary)| ink(*primary))
            .collect();
        let labels = labels.into_iter().map(|(range, text, _)| {
            let text = escape::line(&escape::cut(text, LABEL)).into_owned();
            LabeledSpan::new((!text.is_empty()).then_some(text), range.start, range.len())
        });
        let lines = Lines {
            text: &run.text,
            first: run.first as usize,
            labels: labels.collect(),
        };
        let mut drawn = String::new();
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(1000)
            .with_context_lines(0);
        if handler.render_report(&mut drawn, &lines).is_err() {
            return String::new();
        }
        let pad = " ".repeat(gutter.saturating_sub(run.digits()));
        let begins = self.theme.characters.ltop;
        let rows: Vec<&str> = drawn
            .lines()
            .skip_while(|row| !row.trim_start().starts_with(begins))
            .collect();
        let inner = rows
            .get(1..rows.len().saturating_sub(1))
            .unwrap_or_default();
        inner
            .iter()
            .map(|row| format!("{pad}{}\n", row.trim_end()))
            .collect()
    }
}

/// The lines of a run as `miette` asks for them: always all of them, numbered as in the file.
#[derive(Debug)]
struct Lines<'a> {
    text: &'a str,
    first: usize,
    labels: Vec<LabeledSpan>,
}

impl fmt::Display for Lines<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Lines<'_> {}

impl Diagnostic for Lines<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl SourceCode for Lines<'_> {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let lines = self.text.matches('\n').count() + 1;
        let all = SourceSpan::from(0..self.text.len());
        let line = self.first.saturating_sub(1);
        Ok(Box::new(MietteSpanContents::new(
            self.text.as_bytes(),
            all,
            line,
            0,
            lines,
        )))
    }
}

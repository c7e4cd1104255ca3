//! How runs of source lines are drawn: `miette`'s labels in boxes of our own.
//!
//! `miette` gets only the lines of a run, not the file, and its head and foot are taken off, so that several runs and
//! several files can stand in one box.

use std::fmt::{self, Write as _};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use crate::finding::Severity;
use crate::report::{Look, escape};
use crate::source::SourceId;

/// Characters of a label at most.
const LABEL: usize = 160;

/// Lines that lie close together.
pub struct Run {
    /// The file.
    pub source: SourceId,
    /// Number of the first line.
    pub first: u32,
    /// The lines as they are shown.
    pub text: String,
    /// Ranges of the text, what to say there, and whether it is the finding's own place.
    pub labels: Vec<(std::ops::Range<usize>, String, bool)>,
}

impl Run {
    /// Digits of the last line's number.
    pub fn digits(&self) -> usize {
        let lines = u32::try_from(self.text.matches('\n').count()).unwrap_or(0);
        (self.first + lines).to_string().len()
    }
}

/// How boxes are drawn.
pub struct Style {
    theme: GraphicalTheme,
    open: &'static str,
    join: &'static str,
    /// Stands for lines that are left out.
    pub gap: &'static str,
    /// Closes the box.
    pub end: &'static str,
}

impl Style {
    /// The drawing for a terminal and a severity.
    pub fn of(look: Look, severity: Severity) -> Self {
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
            open,
            join,
            gap,
            end,
        }
    }

    /// What begins a box or a further file in it; `None` where the same file goes on.
    pub fn joint(
        &self,
        before: Option<SourceId>,
        now: SourceId,
        out: &str,
    ) -> Option<&'static str> {
        match before {
            _ if out.is_empty() => Some(self.open),
            Some(file) if file == now => None,
            Some(_) | None => Some(self.join),
        }
    }

    /// The lines of a run and their labels, without the box around them.
    pub fn body(&self, run: &Run, gutter: usize) -> String {
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
        let mut out = String::new();
        for row in inner {
            let _ = writeln!(out, "{pad}{}", row.trim_end());
        }
        out
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

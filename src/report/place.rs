//! Places and steps as people read them: what every format says of them, in one way.

use std::borrow::Borrow;

use crate::report::{escape, secret};
use crate::source::{Source, Sources, Span, floor};
use crate::trail::{How, Step};

/// Bytes of an excerpt.
const EXCERPT: usize = 120;

/// Columns of a line that are shown at most.
const COLUMNS: usize = 160;
/// Columns before a mark that are kept of a line that is too long.
const BEFORE: usize = 60;

/// Steps of one derivation at most.
const STEPS: usize = 100;

/// The part of a span on its first line, without blanks at the end: what can be underlined, and what code hosts show.
pub fn first_line(source: &Source, span: Span) -> Span {
    let end = span.end.min(source.end_of_line(span.start));
    let line = source.slice(Span { end, ..span }).trim_end();
    let length = u32::try_from(line.len()).unwrap_or(0);
    Span {
        end: span.start.saturating_add(length),
        ..span
    }
}

/// The number of the line at which a span begins.
pub fn line_number(source: &Source, span: Span) -> u32 {
    source.line_column(span.start).0
}

/// Whether nothing of a file is quoted: `.env` files hold values that are not for a log.
pub fn is_private(source: &Source) -> bool {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    name.starts_with(".env")
}

/// What is written at a place: its first line, short, nothing hidden in it.
pub fn excerpt(sources: &Sources, span: Span) -> String {
    let Some(source) = sources
        .get(span.source)
        .filter(|source| !is_private(source))
    else {
        return String::new();
    };
    let line = first_line(&source, span);
    clean(&quoted(sources, &source, (line, line.start, line.end)))
}

/// The whole line around a place, likewise.
pub fn line_around(sources: &Sources, span: Span) -> String {
    let Some(source) = sources
        .get(span.source)
        .filter(|source| !is_private(source))
    else {
        return String::new();
    };
    let before = source.text.get(..span.start as usize).unwrap_or_default();
    let near = before.len().saturating_sub(EXCERPT);
    let near = (near..=before.len())
        .find(|at| before.is_char_boundary(*at))
        .unwrap_or(0);
    let before = before.get(near..).unwrap_or_default();
    let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let before = before.get(start..).unwrap_or_default();
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
    let start = span.start.saturating_sub(length(before));
    let end = source.end_of_line(span.start);
    clean(&quoted(sources, &source, (span, start, end)))
}

/// The beginning of a part of a line, as it may be quoted: more of it than is shown.
fn quoted(sources: &Sources, source: &Source, (span, start, end): (Span, u32, u32)) -> String {
    let part = Span { start, end, ..span };
    let text = source.slice(part);
    let length = floor(text, EXCERPT * 2 + 4);
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let end = start.saturating_add(length);
    secret::quoted(sources, source, Span { end, ..part })
}

fn clean(text: &str) -> String {
    let text = escape::cut(text.trim(), EXCERPT);
    escape::line(&text).into_owned()
}

/// The bytes of a line that are shown, when `around` must be among them.
pub fn window(line: &str, around: usize) -> (usize, usize) {
    if line.len() <= COLUMNS {
        return (0, line.len());
    }
    let from = around.saturating_sub(BEFORE);
    let from = (from..=line.len())
        .find(|at| line.is_char_boundary(*at))
        .unwrap_or(0);
    let to = (from + COLUMNS).min(line.len());
    let to = (to..=line.len())
        .find(|at| line.is_char_boundary(*at))
        .unwrap_or(line.len());
    (from, to)
}

/// What a step says. For a value that is just written it says what is written.
pub fn step(sources: &Sources, step: &Step) -> String {
    let written = match (&step.how, step.at) {
        (How::Written, Some(at)) => excerpt(sources, at),
        _ => String::new(),
    };
    if written.is_empty() {
        escape::name(&step.how.to_string())
    } else {
        format!("written here: {written}")
    }
}

/// Distinct steps, in order. A derivation that is longer than anybody reads is cut.
pub fn distinct<S: Borrow<Step>>(steps: impl IntoIterator<Item = S>) -> Vec<S> {
    let mut kept: Vec<S> = Vec::new();
    for step in steps {
        let is_known = |one: &S| one.borrow() == step.borrow();
        if kept.len() < STEPS && !kept.iter().any(is_known) {
            kept.push(step);
        }
    }
    kept
}

/// `file:line:column`, as terminals and editors open it.
pub fn clickable(sources: &Sources, span: Span) -> String {
    let place = sources.locate(span);
    format!(
        "{}:{}:{}",
        escape::name(&place.file),
        place.line,
        place.column
    )
}

/// A path of the project as it is reached from one of its folders.
pub fn seen_from(folder: &str, file: &str) -> String {
    let mut rest = file.split('/').peekable();
    let mut folders = folder.split('/').peekable();
    while folders.peek().is_some() && folders.peek() == rest.peek() {
        folders.next();
        rest.next();
    }
    let up = folders.map(|_| "..");
    up.chain(rest).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_the_first_line_and_shows_no_key() {
        let sources = Sources::default();
        let source = sources.add("a.yml", "k: AKIAIOSFODNN7EXAMPLE\u{202e}  \n  ");
        let span = Span {
            source,
            start: 0,
            end: 31,
        };
        assert_eq!(
            excerpt(&sources, span),
            format!("k: {}\\u{{202e}}", "*".repeat(20))
        );
    }

    #[test]
    fn a_path_is_reached_from_a_folder() {
        assert_eq!(seen_from("a/b", "a/b/c.yml"), "c.yml");
        assert_eq!(seen_from("a/b", "a/c/d.yml"), "../c/d.yml");
        assert_eq!(seen_from("a", "b.yml"), "../b.yml");
    }

    #[test]
    fn the_line_around_a_place_begins_at_its_indent() {
        let sources = Sources::default();
        let source = sources.add("a.yml", "a:\n   Auth: NONE\nb:\n");
        let span = Span {
            source,
            start: 12,
            end: 16,
        };
        assert_eq!(line_around(&sources, span), "Auth: NONE");
    }
}

//! The front matter of a page: finding it, parsing it, and saying what is wrong with it at its place.

use std::ops::Range;

use super::message::shortened;
use super::suggest;
use crate::document::{self, Dialect, Entry, Node, Problem, ProblemKind, Value};
use crate::source::{SourceId, Sources, Span, Str};

/// Bytes that a page may have.
pub(super) const PAGE: usize = 64 << 10;
/// Nodes that front matter may have, aliases expanded.
const NODES: u64 = 4_096;
/// Problems reported of one page; a page with more is wrong in one way many times.
const PROBLEMS: usize = 16;

/// A page split into its parts.
pub(super) struct Front<'a> {
    /// The front matter's tree; its places count from the start of the front matter.
    pub(super) root: Node,
    /// Markdown after it.
    pub(super) body: &'a str,
    /// Where to complain.
    pub(super) complaints: Complaints<'a>,
}

/// Collects what is wrong with a page.
pub(super) struct Complaints<'a> {
    source: SourceId,
    /// The front matter's text, and where it starts in the page.
    front: &'a str,
    offset: u32,
    problems: Vec<Problem>,
}

/// Splits and parses a page. The error is the one problem that leaves nothing to look at.
pub(super) fn read(source: SourceId, text: &str) -> Result<Front<'_>, Problem> {
    let problem = |at: Range<usize>, what: &str| {
        let span = Span {
            source,
            start: offset(at.start),
            end: offset(at.end),
        };
        Problem::new(ProblemKind::UnreadableInput, span, what)
    };
    if text.len() > PAGE {
        return Err(problem(0..0, "a rule page may have 64 KiB"));
    }
    let mark = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let Some(start) = opening(text.get(mark..).unwrap_or_default()) else {
        let end = text.find('\n').unwrap_or(text.len());
        let what = "a rule page starts with front matter: a line `---`, keys, a line `---`";
        return Err(problem(0..end, what));
    };
    let start = mark + start;
    let after = text.get(start..).unwrap_or_default();
    let Some((front, body)) = closing(after) else {
        let what = "the front matter is never closed: end it with a line `---`";
        return Err(problem(mark..mark + 3, what));
    };
    let complaints = Complaints {
        source,
        front,
        offset: offset(start),
        problems: Vec::new(),
    };
    Ok(parse(complaints, body))
}

/// Byte after the opening line.
fn opening(text: &str) -> Option<usize> {
    let line = text.split_inclusive('\n').next()?;
    (line.trim_end() == "---").then_some(line.len())
}

/// What stands before the closing line, and what after it.
fn closing(text: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((text.get(..at)?, text.get(at + line.len()..)?));
        }
        at += line.len();
    }
    None
}

fn parse<'a>(mut complaints: Complaints<'a>, body: &'a str) -> Front<'a> {
    // A set of its own, because only the front matter is YAML; `Complaints` maps the places back.
    let scratch = Sources::default();
    let id = scratch.add("front matter", complaints.front);
    let document = document::parse(&scratch, id, Dialect::Core);
    for problem in document.problems {
        if problem.kind != ProblemKind::Notice {
            complaints.add(problem);
        }
    }
    let mut root = document.root;
    let whole = root.span;
    if root.extent().nodes > NODES {
        complaints.say(whole, "the front matter is too large");
        root = Node::null(whole);
    } else if root.as_map().is_none() && complaints.problems.is_empty() {
        complaints.say(
            whole,
            "the front matter is no mapping: write `id: …`, `title: …` and so on",
        );
    }
    Front {
        root,
        body,
        complaints,
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Complaints<'_> {
    /// Whether nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// What is wrong, in order of place.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.span);
        self.problems
    }

    /// Something is wrong at a place of the front matter.
    pub(super) fn say(&mut self, span: Span, what: impl Into<String>) {
        self.add(Problem::new(ProblemKind::UnreadableInput, span, what));
    }

    /// Something is wrong with this key.
    pub(super) fn unknown_key<'b>(
        &mut self,
        entry: &Entry,
        what: &str,
        known: impl IntoIterator<Item = &'b str>,
    ) {
        let key = shortened(&entry.key, 40);
        let message = if entry.key.starts_with("Fn::") {
            "a tag means nothing here: quote the value, or write `not:` for a negation".to_owned()
        } else {
            format!("{what} `{key}`{}", suggest::hint(&entry.key, known))
        };
        self.say(entry.span, message);
    }

    /// Something is wrong with these bytes of a scalar's text. Points at the whole scalar when it is not written as it reads.
    pub(super) fn say_in(&mut self, node: &Node, at: Range<usize>, what: impl Into<String>) {
        let written = self
            .front
            .get(node.span.start as usize..node.span.end as usize)
            .unwrap_or_default();
        let text = node.scalar().unwrap_or_default();
        let span = match written.find(text.as_str()) {
            Some(found) if !text.is_empty() => Span {
                start: node.span.start + offset(found + at.start),
                end: node.span.start + offset(found + at.end.max(at.start + 1)),
                ..node.span
            },
            Some(_) | None => node.span,
        };
        self.say(span, what);
    }

    fn add(&mut self, mut problem: Problem) {
        if self.problems.len() >= PROBLEMS {
            return;
        }
        problem.span = self.place(problem.span);
        problem.message = shortened(&problem.message, 400);
        let related = std::mem::take(&mut problem.related).into_iter();
        problem.related = related
            .map(|(span, label)| (self.place(span), label))
            .collect();
        self.problems.push(problem);
    }

    /// The place in the page of a place in the front matter.
    fn place(&self, span: Span) -> Span {
        Span {
            source: self.source,
            start: span.start.saturating_add(self.offset),
            end: span.end.saturating_add(self.offset),
        }
    }

    /// The text of a scalar that must be there and may not be longer than `most` bytes.
    pub(super) fn text(&mut self, node: &Node, key: &str, most: usize) -> Option<Str> {
        let text = match &node.value {
            Value::Text(text) => text.trim(),
            Value::Map(_) => {
                let what = format!("`{key}` is text: quote a text that starts with a brace");
                self.say(node.span, what);
                return None;
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) => "",
        };
        if text.is_empty() {
            self.say(node.span, format!("`{key}` is text"));
            return None;
        }
        if text.len() > most {
            self.say(node.span, format!("`{key}` may have {most} bytes"));
            return None;
        }
        Some(text.into())
    }
}

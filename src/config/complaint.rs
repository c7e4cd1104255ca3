//! What is wrong with a configuration, at its place.

use std::ops::Range;

use crate::document::{Problem, ProblemKind};
use crate::rule::nearest;
use crate::source::{SourceId, Span};

/// Problems that are listed.
const MOST: usize = 20;
/// Characters of somebody's word that are repeated.
const WORD: usize = 60;

/// Collects what is wrong.
pub(super) struct Complaints {
    source: SourceId,
    problems: Vec<Problem>,
}

impl Complaints {
    pub(super) fn new(source: SourceId) -> Self {
        let problems = Vec::new();
        Self { source, problems }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// In order of place.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.span);
        self.problems.truncate(MOST);
        self.problems
    }

    /// The place of bytes of the text.
    pub(super) fn span(&self, at: Range<usize>) -> Span {
        let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Span {
            source: self.source,
            start: offset(at.start),
            end: offset(at.end),
        }
    }

    pub(super) fn say(&mut self, at: Range<usize>, what: &str) {
        let span = self.span(at);
        let problem = Problem::new(ProblemKind::UnreadableInput, span, what);
        self.problems.push(problem);
    }

    /// The same, with what was probably meant.
    pub(super) fn hint(&mut self, at: Range<usize>, what: &str, near: Option<&str>) {
        match near {
            Some(near) => self.say(at, &format!("{what}, did you mean `{near}`?")),
            None => self.say(at, what),
        }
    }

    /// The same, with the nearest of what is known.
    pub(super) fn suggest(&mut self, at: Range<usize>, what: &str, word: &str, known: &[&str]) {
        let near = nearest(word, known.iter().copied()).map(str::to_owned);
        match near {
            Some(near) => self.hint(at, what, Some(&near)),
            None => self.say(at, &format!("{what}: it has {}", known.join(", "))),
        }
    }

    /// What the reader of TOML says, in our words where it names what it expected.
    pub(super) fn of_toml(&self, error: &toml::de::Error) -> Problem {
        let span = self.span(error.span().unwrap_or(0..0));
        let message = error.message();
        let what = unknown(message).unwrap_or_else(|| message.replace('\n', " "));
        Problem::new(ProblemKind::UnreadableInput, span, what)
    }
}

/// ``unknown field `a`, expected one of `b`, `c` `` as a sentence with a suggestion.
fn unknown(message: &str) -> Option<String> {
    let mut words = message.split('`').skip(1).step_by(2);
    let (noun, word) = if message.starts_with("unknown field") {
        ("key", words.next()?)
    } else if message.starts_with("unknown variant") {
        ("value", words.next()?)
    } else {
        return None;
    };
    let known: Vec<&str> = words.collect();
    let what = format!("there is no {noun} `{}` here", short(word));
    Some(match nearest(word, known.iter().copied()) {
        Some(near) => format!("{what}, did you mean `{near}`?"),
        None => format!("{what}: it is one of {}", known.join(", ")),
    })
}

/// Somebody's word, or its beginning.
pub(super) fn short(word: &str) -> String {
    word.chars().take(WORD).collect()
}

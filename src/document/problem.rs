//! What is wrong with an input.

use crate::source::Span;

/// Something wrong with an input, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which kind of thing.
    pub kind: ProblemKind,
    /// What is so: lower case, no full stop, backticks around the user's words.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Other places that belong to it: the first of two duplicate keys, each step of a cycle.
    pub related: Vec<(Span, String)>,
}

/// The kinds of problem. Each is reported under the rule page of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The input, or a part of it, could not be read or analysed: the result is incomplete (exit code 3).
    UnreadableInput,
    /// A key stands twice in one mapping.
    DuplicateKey,
    /// A reference, variable or include leads to nothing, or in a circle; the value is unknown.
    UnresolvedReference,
    /// A suppression that cannot be understood: it suppresses nothing.
    InvalidSuppression,
    /// A suppression that nothing needed.
    UnusedSuppression,
    /// A suppression whose day is over: it suppresses nothing any more.
    ExpiredSuppression,
    /// Nothing is wrong, but the reader should know: a plugin that may change auth, a file that was passed over.
    Notice,
}

impl ProblemKind {
    /// The id of the rule page that explains it.
    pub fn rule(self) -> &'static str {
        match self {
            Self::UnreadableInput => "unreadable-input",
            Self::DuplicateKey => "duplicate-key",
            Self::UnresolvedReference => "unresolved-reference",
            Self::InvalidSuppression => "invalid-suppression",
            Self::UnusedSuppression => "unused-suppression",
            Self::ExpiredSuppression => "expired-suppression",
            Self::Notice => "notice",
        }
    }
}

impl Problem {
    /// A problem at one place.
    pub fn new(kind: ProblemKind, span: Span, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            span,
            related: Vec::new(),
        }
    }

    /// The same, with another place that belongs to it.
    #[must_use]
    pub fn with(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }
}

/// The problems of one document, up to a ceiling.
#[derive(Debug)]
pub(super) struct Problems {
    listed: Vec<Problem>,
    most: usize,
    /// How many more there are, and where the first of them is.
    unlisted: Option<(usize, Problem)>,
}

impl Problems {
    /// None yet; at most `most` are listed.
    pub(super) fn new(most: usize) -> Self {
        Self {
            listed: Vec::new(),
            most,
            unlisted: None,
        }
    }

    /// Adds one, or counts it when the list is full.
    pub(super) fn add(&mut self, problem: Problem) {
        if self.listed.len() < self.most {
            return self.listed.push(problem);
        }
        match &mut self.unlisted {
            None => self.unlisted = Some((1, problem)),
            Some((count, first)) => {
                *count += 1;
                // The gravest kind decides: it comes first in the order of kinds.
                first.kind = first.kind.min(problem.kind);
            }
        }
    }

    /// Whether the one that came last is at this place.
    pub(super) fn is_last_at(&self, span: Span) -> bool {
        self.listed.last().is_some_and(|last| last.span == span)
    }

    /// All of them, in order of place; the last one tells how many are not listed.
    pub(super) fn sorted(mut self) -> Vec<Problem> {
        self.listed.sort_by_key(|problem| problem.span);
        if let Some((count, first)) = self.unlisted {
            let message = format!("{count} more problems in this file are not listed");
            self.listed
                .push(Problem::new(first.kind, first.span, message));
        }
        self.listed
    }
}

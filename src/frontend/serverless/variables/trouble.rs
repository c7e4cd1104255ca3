//! What is wrong with variables: cycles, ceilings, values that nobody has.

use super::{Variables, limits};
use crate::document::{Node, Problem, ProblemKind};
use crate::resolve::function;
use crate::source::Span;

impl Variables<'_> {
    /// Unknown, when a text of so many bytes passes a ceiling.
    pub(super) fn too_large(&mut self, bytes: usize, span: Span) -> Option<Node> {
        let is_too_large = bytes > limits::TEXT || self.bytes + bytes > limits::TEXTS;
        is_too_large.then(|| self.refused(span, "variables make this text too large"))
    }

    /// Unknown because a ceiling was passed.
    pub(super) fn refused(&mut self, span: Span, why: &'static str) -> Node {
        let problem = Problem::new(ProblemKind::UnreadableInput, span, why);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        function::unknown(span, why)
    }

    /// Unknown because it hangs on itself; the chain of variables is shown. The framework resolves every variable, and refuses a
    /// service with such a one.
    pub(super) fn circular(&mut self, span: Span) -> Node {
        let shown = self.chain.last().map(|(text, _)| shown(text));
        let reason = match &shown {
            Some(text) => format!("`{text}` refers back to itself"),
            None => "a variable refers back to itself".to_owned(),
        };
        let message = format!("{reason}; the framework refuses the service");
        let mut problem = Problem::new(ProblemKind::UnresolvedReference, span, message);
        for (text, at) in self.chain.iter().rev().take(8) {
            if *at != span && problem.related.iter().all(|(known, _)| known != at) {
                problem = problem.with(*at, format!("through `{}`", self::shown(text)));
            }
        }
        if self.problems.len() < limits::PROBLEMS {
            self.problems.push(problem);
        }
        function::unknown(span, reason)
    }

    /// A reference that leads nowhere.
    pub(super) fn problem(&mut self, span: Span, message: String) {
        if self.problems.len() >= limits::PROBLEMS {
            self.refused(
                self.root.span,
                "variables have more problems than are listed",
            );
            return;
        }
        self.problems.push(Problem::new(
            ProblemKind::UnresolvedReference,
            span,
            message,
        ));
    }
}

/// At most as much of a text as fits into a message.
pub(super) fn shown(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(80) {
        Some((end, _)) => line.get(..end).unwrap_or_default(),
        None => line,
    }
}

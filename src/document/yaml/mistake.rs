//! Why a text is not YAML.

use granit_parser::{ErrorKind, ScanError};

use super::Reader;
use crate::document::{Problem, ProblemKind};
use crate::source::Span;

impl Reader<'_> {
    /// The parser's mistake in our words. None when it is a ceiling of ours, which is reported as such.
    pub(super) fn mistake(&mut self, error: &ScanError) -> Option<Problem> {
        let span = self.builder.character(self.offset(error.marker()));
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            let _ = self.builder.too_deep(span);
            return None;
        }
        let message = format!("not valid YAML: {}", reason(error));
        Some(Problem::new(ProblemKind::UnreadableInput, span, message))
    }

    /// The comment that is the mistake, when it is one.
    pub(super) fn touching_comment(&self, error: &ScanError, text: &str) -> Option<Span> {
        if *error.kind() != ErrorKind::CommentNotSeparated {
            return None;
        }
        let start = self.offset(error.marker());
        let rest = text.get(start as usize..)?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let end = start.checked_add(u32::try_from(length).ok()?)?;
        rest.starts_with('#').then(|| self.builder.span(start, end))
    }
}

/// What is wrong, in plainer words than the parser's where it matters most.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's own enum, which is not exhaustive"
)]
fn reason(error: &ScanError) -> String {
    let plain = match error.kind() {
        ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabNotAllowed => "a tab cannot indent",
        ErrorKind::UnclosedQuotedScalar => "a quote is never closed",
        ErrorKind::UnclosedFlowCollection { open: '[' } => "a `[` is never closed",
        ErrorKind::UnclosedFlowCollection { open: '{' } => "a `{` is never closed",
        ErrorKind::CommentNotSeparated => "a comment needs a space before it",
        ErrorKind::MappingValueNotAllowed => "a mapping cannot begin here",
        ErrorKind::UnexpectedCharacter { character } => {
            return format!("`{}` cannot stand here", character.escape_default());
        }
        _ => return error.info().trim_end_matches('.').to_owned(),
    };
    plain.to_owned()
}

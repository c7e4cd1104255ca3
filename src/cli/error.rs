//! Why a run is impossible: what failed, on what, and what to do. Always exit code 2.

use std::fmt;

use crate::report;

/// We cannot run.
#[derive(Debug)]
pub struct Error {
    what: String,
    next: Option<String>,
}

/// What a command gives, or why it cannot run.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// What is so: lower case, no full stop, backticks around the user's words.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            next: None,
        }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hint(self, next: impl Into<String>) -> Self {
        Self {
            next: Some(next.into()),
            ..self
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, line) in self.what.lines().enumerate() {
            let lead = if nth == 0 { "error: " } else { "\n       " };
            write!(f, "{lead}{}", report::message(line))?;
        }
        if let Some(next) = &self.next {
            write!(f, "\n help: {}", report::message(next))?;
        }
        Ok(())
    }
}

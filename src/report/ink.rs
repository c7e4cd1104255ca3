//! Colours, for severities and for nothing else; weight for what to read first.

use crate::finding::Severity;
use crate::report::Look;

/// Set apart.
pub const BOLD: &str = "\u{1b}[1m";
/// Read last.
pub const DIM: &str = "\u{1b}[2m";
/// Could not be analysed.
pub const ERROR: &str = "\u{1b}[1;31m";
/// An open door in the inventory.
pub const OPEN: &str = "\u{1b}[33m";
const END: &str = "\u{1b}[0m";

/// The sequence for a severity.
pub fn of(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "\u{1b}[1;31m",
        Severity::Medium => "\u{1b}[1;33m",
        Severity::Low => "\u{1b}[1;36m",
        Severity::Info => "\u{1b}[1;34m",
    }
}

impl Look {
    /// Text in an ink, when colours are shown.
    pub fn paint(self, ink: &str, text: &str) -> String {
        if self.color && !ink.is_empty() && !text.is_empty() {
            format!("{ink}{text}{END}")
        } else {
            text.to_owned()
        }
    }

    /// The ink itself, when colours are shown.
    pub fn ink(self, ink: &'static str) -> &'static str {
        if self.color { ink } else { "" }
    }

    /// What stands for what is left out.
    pub fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// What stands between facts of one line.
    pub fn dot(self) -> &'static str {
        if self.unicode { " · " } else { " | " }
    }
}

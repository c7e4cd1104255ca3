//! Markdown: a comment for a pull request.

use std::fmt::Write as _;

use super::DiffView;
use crate::diff::{Entry, Kind};
use crate::report::escape::{self, markdown, markdown_code, markdown_message};

/// Rows of the table at most; comments have a ceiling of 65,536 characters.
const ROWS: usize = 100;

/// What it comes to, a row an endpoint, and what could not be analysed.
pub fn render(view: &DiffView<'_>) -> String {
    let mut out = format!(
        "## gatelint: {}\n\nFrom {} to {}.\n",
        view.headline(),
        markdown_code(&escape::name(view.old.name)),
        markdown_code(&escape::name(view.new.name))
    );
    let mut listed = view.diff.entries.iter().filter(|entry| is_listed(entry));
    let rows: String = listed
        .by_ref()
        .take(ROWS)
        .map(|entry| row(view, entry))
        .collect();
    if !rows.is_empty() {
        out += "\n| | Endpoint | Change | Where |\n| --- | --- | --- | --- |\n";
        out += &rows;
    }
    let more = listed.count();
    if more > 0 {
        let _ = writeln!(out, "\nand {more} more");
    }
    if let Some(same) = view.unchanged() {
        let _ = writeln!(out, "\nThe same: {same}.");
    }
    let unread = view.unread();
    if !unread.is_empty() {
        out += "\n### Incomplete: not everything could be analysed\n\n";
    }
    for (file, problem) in unread.into_iter().take(ROWS) {
        let message = escape::cut(&problem.message, escape::MOST_OF_MESSAGE);
        let message = markdown_message(&message);
        let _ = writeln!(out, "- {} {message}", markdown_code(&file));
    }
    out
}

fn is_listed(entry: &Entry<'_>) -> bool {
    let settled = matches!(entry.kind, Kind::Same | Kind::Moved);
    !settled && !entry.is_preflight
}

fn row(view: &DiffView<'_>, entry: &Entry<'_>) -> String {
    let Some(line) = view.line(entry) else {
        return String::new();
    };
    let word = if entry.is_more_open {
        format!("**{}**", entry.kind.word())
    } else {
        entry.kind.word().to_owned()
    };
    let name = format!("{} {}", line.method, line.path);
    let mut change = markdown(&escape::cut(&line.change, escape::MOST));
    if let Some(reason) = &line.declared {
        let reason = escape::cut(reason, escape::MOST);
        let _ = write!(change, "<br>declared public: {}", markdown(&reason));
    }
    format!(
        "| {word} | {} | {change} | {} |\n",
        markdown_code(&escape::cut(&name, escape::MOST)),
        markdown_code(&line.place)
    )
}

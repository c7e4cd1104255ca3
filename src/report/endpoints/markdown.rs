//! Markdown: a table per stack.

use std::fmt::Write as _;

use crate::report::View;
use crate::report::escape::{self, markdown_code};

/// A section per stack.
pub fn render(view: &View<'_>) -> String {
    let mut out = String::from("# Endpoints\n");
    for (stack, rows) in super::stacks(view) {
        let stage = stack
            .stage
            .as_deref()
            .map_or(String::new(), |stage| format!(", stage {}", cell(stage)));
        let _ = write!(
            out,
            "\n## {} ({}{stage})\n\n",
            cell(&stack.file),
            stack.format.word()
        );
        out += "| Method | Path | Authorization | Authorizer | Scopes | Function |\n| --- | --- | --- | --- | --- | --- |\n";
        for row in &rows {
            let key = if row.api_key_required == Some(true) {
                " + API key"
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "| {} | {} | {}{key} | {} | {} | {} |",
                row.method.as_deref().map_or(String::new(), cell),
                cell(&row.path),
                row.auth_word(),
                row.authorizer.as_deref().map_or(String::new(), cell),
                row.scopes
                    .iter()
                    .map(|scope| cell(scope))
                    .collect::<Vec<_>>()
                    .join(" "),
                cell(row.function()),
            );
        }
    }
    out
}

fn cell(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    markdown_code(&escape::cut(text, escape::MOST))
}

//! Lines above endpoints: which functions call them.

use gen_lsp_types::{CodeLens, Command};

use super::view::Page;
use crate::report::name;

/// Callers that are named.
const NAMED: usize = 5;

/// One line above each endpoint that a function of its stack calls.
pub fn of(page: &Page<'_>) -> Vec<CodeLens> {
    let mut shown: Vec<CodeLens> = Vec::new();
    for (stack, endpoint) in page.endpoints() {
        let label = endpoint.label();
        let calls = stack
            .calls
            .iter()
            .filter(|call| call.target == label.as_str());
        let mut callers: Vec<String> = calls.map(|call| name(&call.caller)).collect();
        callers.sort();
        callers.dedup();
        let Some(range) = page.range(endpoint.span).filter(|_| !callers.is_empty()) else {
            continue;
        };
        let more = callers.len().saturating_sub(NAMED);
        callers.truncate(NAMED);
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        shown.push(CodeLens {
            range,
            command: Some(Command {
                title: format!("{}: called by {}{more}", name(&label), callers.join(", ")),
                ..Command::default()
            }),
            data: None,
        });
    }
    shown
}

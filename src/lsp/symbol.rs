//! Endpoints as the symbols of a file and of the workspace.

use std::sync::Arc;

use gen_lsp_types::{DocumentSymbol, SymbolKind};
use serde_json::{Value, json};

use super::inlay;
use super::place::Encoding;
use super::view::{Page, View};
use crate::report::name;

/// Symbols of one answer.
const MOST: usize = 2000;

/// The endpoints of a file, in order of place.
pub fn of(page: &Page<'_>) -> Vec<DocumentSymbol> {
    let mut symbols: Vec<DocumentSymbol> = Vec::new();
    for (_, endpoint) in page.endpoints().take(MOST) {
        let Some(((start, end), selection_range)) =
            page.bytes(endpoint.span).zip(page.range(endpoint.span))
        else {
            continue;
        };
        let label = name(&endpoint.label());
        let detail = format!("auth: {}", inlay::label(page, endpoint));
        let range = page.lines.range(start, end);
        symbols.push(DocumentSymbol::new(
            label,
            Some(detail),
            SymbolKind::Method,
            None,
            None,
            range,
            selection_range,
            None,
        ));
    }
    symbols.sort_by_key(|symbol| (symbol.range.start.line, symbol.range.start.character));
    symbols.dedup_by(|a, b| a.name == b.name && a.range == b.range);
    symbols
}

/// The endpoints of every project whose name has the query's letters in it.
pub fn everywhere(views: &[Arc<View>], query: &str, encoding: Encoding) -> Vec<Value> {
    let query = query.to_lowercase();
    let mut symbols: Vec<Value> = Vec::new();
    for view in views {
        for (stack, endpoint) in view.endpoints() {
            let label = name(&endpoint.label());
            if symbols.len() >= MOST || !label.to_lowercase().contains(&query) {
                continue;
            }
            if let Some(location) = view.location(endpoint.span, encoding) {
                let symbol = json!({
                    "name": label,
                    "kind": SymbolKind::Method,
                    "location": location,
                    "containerName": stack.file,
                });
                if !symbols.contains(&symbol) {
                    symbols.push(symbol);
                }
            }
        }
    }
    symbols
}

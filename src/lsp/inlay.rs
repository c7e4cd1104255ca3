//! Hints beside events and routes: who will be able to call them.

use gen_lsp_types::{InlayHint, Label, Range};

use super::view::Page;
use crate::endpoint::Endpoint;
use crate::report::endpoints::Row;
use crate::trail::How;

/// Hints of one answer.
const MOST: usize = 5000;

/// The hints of the lines of a range, one a line.
pub fn of(page: &Page<'_>, range: Range) -> Vec<InlayHint> {
    let (first, last) = (page.lines.offset(range.start), page.lines.offset(range.end));
    let mut lines: std::collections::BTreeMap<usize, Vec<String>> =
        std::collections::BTreeMap::new();
    for (_, endpoint) in page.endpoints() {
        let Some((start, _)) = page.bytes(endpoint.span) else {
            continue;
        };
        let line = page.head(start);
        let (line_start, line_end) = page.lines.bounds(line);
        if line_end < first || line_start > last {
            continue;
        }
        let is_preflight = endpoint.cors_preflight.agreed() == Some(&true);
        let labels = lines.entry(line).or_default();
        let label = label(page, endpoint);
        if !is_preflight && !labels.contains(&label) {
            labels.push(label);
        }
    }
    let hints = lines.into_iter().filter(|(_, labels)| !labels.is_empty());
    hints
        .take(MOST)
        .map(|(line, labels)| {
            let position = page.lines.position(page.lines.bounds(line).1);
            let label = Label::String(format!("auth: {}", labels.join(" | ")));
            InlayHint::new(position, label, None, None, None, Some(true), None, None)
        })
        .collect()
}

/// `cognito (inherited)`.
pub fn label(page: &Page<'_>, endpoint: &Endpoint) -> String {
    let sources = &page.view.report.sources;
    let demand = Row::of(endpoint, sources).demand();
    let how = |is: fn(&How) -> bool| endpoint.auth.trail().steps().any(|step| is(&step.how));
    let from = if how(|how| matches!(how, How::Inherited(_))) {
        " (inherited)"
    } else if how(|how| matches!(how, How::PlatformDefault { .. })) {
        " (default)"
    } else {
        ""
    };
    crate::report::name(&format!("{demand}{from}"))
}

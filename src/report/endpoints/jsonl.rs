//! JSON lines: one endpoint a line, with the stack that it belongs to.

use serde::Serialize;

use super::Row;
use crate::report::View;
use crate::report::json::{ProblemRecord, record};
use crate::report::jsonl::Line;

/// Endpoints, then problems.
pub fn render(view: &View<'_>) -> String {
    let mut out = String::new();
    for (stack, rows) in super::stacks(view) {
        for row in rows {
            let line = Endpoint {
                file: &stack.file,
                format: stack.format.word(),
                stage: stack.stage.as_deref(),
                row,
            };
            out += &record(&Line::new("endpoint", line));
        }
    }
    for problem in &view.report.problems {
        let problem = ProblemRecord::of(problem, &view.report.sources);
        out += &record(&Line::new("problem", problem));
    }
    out
}

#[derive(Serialize)]
struct Endpoint<'a> {
    file: &'a str,
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    #[serde(flatten)]
    row: Row,
}

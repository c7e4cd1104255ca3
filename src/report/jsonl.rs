//! JSON lines: one record a line, for streams and databases. The records are those of JSON, each with its `record`.

use serde::Serialize;

use crate::report::View;
use crate::report::json::{FindingRecord, ProblemRecord, SCHEMA_VERSION, SummaryRecord, record};

/// Findings, then problems, then the summary.
pub fn render(view: &View<'_>) -> String {
    let sources = &view.report.sources;
    let mut out = String::new();
    for finding in view.findings() {
        out += &record(&Line::new("finding", FindingRecord::of(finding, sources)));
    }
    for problem in &view.report.problems {
        out += &record(&Line::new("problem", ProblemRecord::of(problem, sources)));
    }
    out + &record(&Line::new("summary", SummaryRecord::of(view)))
}

/// A record that says what it is.
#[derive(Serialize)]
pub struct Line<T> {
    schema_version: u32,
    record: &'static str,
    #[serde(flatten)]
    value: T,
}

impl<T> Line<T> {
    /// A record of this sort.
    pub fn new(record: &'static str, value: T) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            record,
            value,
        }
    }
}

//! JSON: the inventory that other tools read.

use serde::Serialize;

use super::Row;
use crate::report::View;
use crate::report::json::{ProblemRecord, SCHEMA_VERSION, document, problems};
use crate::source::Str;

/// Every stack with its endpoints, and what was wrong.
pub fn render(view: &View<'_>) -> String {
    document(&Document {
        schema_version: SCHEMA_VERSION,
        stacks: super::stacks(view)
            .map(|(stack, endpoints)| Stack {
                file: &stack.file,
                format: stack.format.word(),
                stage: stack.stage.as_deref(),
                other_stages: stack.others.iter().map(Str::as_str).collect(),
                endpoints,
            })
            .collect(),
        problems: problems(view),
    })
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    stacks: Vec<Stack<'a>>,
    problems: Vec<ProblemRecord>,
}

#[derive(Serialize)]
struct Stack<'a> {
    file: &'a str,
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_stages: Vec<&'a str>,
    endpoints: Vec<Row>,
}

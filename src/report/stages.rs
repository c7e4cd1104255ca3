//! Which stages were judged because nobody said which, and which ones the files know besides.

use std::collections::BTreeMap;

use crate::report::summary::count;
use crate::report::{View, escape};

/// Lines that are told; the rest is a number.
const LINES: usize = 3;

/// `judged for stage dev; serverless.yml also knows prod, staging: --all-stages`, a line for each set of stages.
pub fn lines(view: &View<'_>) -> Vec<String> {
    let mut groups: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for stack in &view.report.stacks {
        if let (Some(stage), false) = (&stack.stage, stack.others.is_empty()) {
            let files = groups.entry((stage, &stack.others)).or_default();
            files.push(&stack.file);
        }
    }
    let mut lines = Vec::new();
    for ((stage, others), files) in groups.iter().take(LINES) {
        let others: Vec<String> = others.iter().map(|other| escape::name(other)).collect();
        let know = match files.as_slice() {
            [file] => format!("{} also knows", view.path(file)),
            files => format!("{} also know", count(files.len(), "file")),
        };
        let (stage, others) = (escape::name(stage), others.join(", "));
        lines.push(format!(
            "judged for stage {stage}; {know} {others}: --all-stages"
        ));
    }
    if groups.len() > LINES {
        let left = groups.len() - LINES;
        lines.push(format!("{left} more know other stages: --all-stages"));
    }
    lines
}

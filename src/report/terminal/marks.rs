//! What is underlined in a snippet.

use super::snippet::Mark;
use crate::finding::Finding;
use crate::source::Span;
use crate::trail::{How, Step};

/// The finding's place, the labels of its rule, and where the steps of its derivation stand.
pub fn of(finding: &Finding, steps: &[Step]) -> Vec<Mark> {
    let mut marks = vec![Mark {
        span: finding.primary,
        text: String::new(),
        primary: true,
    }];
    for (span, text) in &finding.labels {
        add(&mut marks, *span, text.clone());
    }
    for step in steps {
        if let Some(span) = step.at {
            add(&mut marks, span, step.how.to_string());
        }
    }
    // That it is written here goes without saying where nothing else is said.
    let plain = How::Written.to_string();
    if marks
        .iter()
        .all(|mark| mark.text.is_empty() || mark.text == plain)
    {
        for mark in &mut marks {
            mark.text.clear();
        }
    }
    marks
}

/// One mark for one place, whatever is to be said of it.
fn add(marks: &mut Vec<Mark>, span: Span, text: String) {
    match marks.iter_mut().find(|mark| mark.span == span) {
        Some(mark) if mark.text.is_empty() => mark.text = text,
        Some(mark) if mark.text.contains(&text) => {}
        Some(mark) => mark.text = format!("{}; {text}", mark.text),
        None => marks.push(Mark {
            span,
            text,
            primary: false,
        }),
    }
}

//! JSON: the difference that scripts rely on. Endpoints have the shape that they have in the inventory.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{DiffView, SideView};
use crate::diff::{Entry, Kind, Place};
use crate::report::endpoints::Row;
use crate::report::json::{ProblemRecord, SCHEMA_VERSION, document, problems};

/// Everything but the endpoints that stay as they are, which are counted.
pub fn render(view: &DiffView<'_>) -> String {
    let entries = view.diff.entries.iter();
    let differing = entries.filter(|entry| entry.kind != Kind::Same);
    document(&Document {
        schema_version: SCHEMA_VERSION,
        old: view.old.name,
        new: view.new.name,
        more_open: view.diff.more_open(),
        summary: Kind::ALL
            .iter()
            .map(|kind| (kind.word(), view.diff.count(*kind)))
            .collect(),
        endpoints: differing.map(|entry| record(view, entry)).collect(),
        problems: Problems {
            old: problems(&view.old.view),
            new: problems(&view.new.view),
        },
    })
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    old: &'a str,
    new: &'a str,
    /// How many endpoints became more open; the exit code is 1 when it is not 0.
    more_open: usize,
    summary: BTreeMap<&'static str, usize>,
    endpoints: Vec<Record<'a>>,
    problems: Problems,
}

#[derive(Serialize)]
struct Problems {
    old: Vec<ProblemRecord>,
    new: Vec<ProblemRecord>,
}

#[derive(Serialize)]
struct Record<'a> {
    kind: &'static str,
    more_open: bool,
    /// The reason with which it is declared to be meant as it is.
    declared: Option<String>,
    changes: Vec<Change>,
    old: Option<Side<'a>>,
    new: Option<Side<'a>>,
}

#[derive(Serialize)]
struct Change {
    what: &'static str,
    /// `null` where there is none.
    old: Option<String>,
    new: Option<String>,
}

#[derive(Serialize)]
struct Side<'a> {
    file: String,
    stage: Option<&'a str>,
    #[serde(flatten)]
    row: Row,
}

fn record<'a>(view: &DiffView<'a>, entry: &Entry<'a>) -> Record<'a> {
    let value = |text: &str| (!text.is_empty()).then(|| (view.hide)(text));
    let changes = entry.changes.iter().map(|change| Change {
        what: change.what,
        old: value(&change.old),
        new: value(&change.new),
    });
    let side = |side: &SideView<'_>, place: Option<Place<'a>>| {
        let place = place?;
        Some(Side {
            file: (view.hide)(&place.stack.file),
            stage: place.stack.stage.as_deref(),
            row: view.row(side, place),
        })
    };
    Record {
        kind: entry.kind.word(),
        more_open: entry.is_more_open,
        declared: entry.declared.as_deref().map(view.hide),
        changes: changes.collect(),
        old: side(&view.old, entry.old),
        new: side(&view.new, entry.new),
    }
}

//! Fixes in SARIF: which text takes the place of which.

use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Fix as Row, Region, Replacement,
};

use super::message;
use crate::finding::{Edit, Fix};
use crate::report::escape;
use crate::source::Sources;

/// A fix. All of its edits are in one file.
pub(super) fn of(fix: &Fix, sources: &Sources) -> Row {
    let file = fix.edits.first().map(|edit| sources.locate(edit.span).file);
    let location = ArtifactLocation::builder()
        .uri(escape::uri(&file.unwrap_or_default()))
        .build();
    let replacements: Vec<Replacement> = fix
        .edits
        .iter()
        .map(|edit| replacement(edit, sources))
        .collect();
    let change = ArtifactChange::builder()
        .artifact_location(location)
        .replacements(replacements)
        .build();
    Row::builder()
        .description(message(&fix.title))
        .artifact_changes([change])
        .build()
}

fn replacement(edit: &Edit, sources: &Sources) -> Replacement {
    let at = sources.locate(edit.span);
    let region = Region::builder()
        .start_line(i64::from(at.line))
        .start_column(i64::from(at.column))
        .end_line(i64::from(at.end_line))
        .end_column(i64::from(at.end_column))
        .build();
    let mut row = Replacement::builder().deleted_region(region).build();
    if !edit.text.is_empty() {
        row.inserted_content = Some(ArtifactContent::builder().text(edit.text.clone()).build());
    }
    row
}

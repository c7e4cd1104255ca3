//! JSON.
use super::Document;
use crate::source::SourceId;
use arcstr::ArcStr;
pub(super) fn parse(_source: SourceId, _text: &ArcStr) -> Option<Document> {
    None
}

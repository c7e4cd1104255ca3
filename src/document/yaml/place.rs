//! Where things are written, where the parser's own idea of it is another.

use granit_parser::{Marker, ScalarStyle, Tag};

use super::Reader;
use crate::document::tag::{self, Meaning};
use crate::source::Span;

impl Reader<'_> {
    /// A place of the parser in the file.
    pub(super) fn span(&self, place: &granit_parser::Span) -> Span {
        self.builder
            .span(self.offset(&place.start), self.offset(&place.end))
    }

    /// An offset of the parser in the file.
    pub(super) fn offset(&self, marker: &Marker) -> u32 {
        let bytes = marker.byte_offset().unwrap_or_default() + self.base;
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    /// The place of a scalar: a block one is said to end where the next thing begins, an empty one to stand before
    /// its colon.
    pub(super) fn scalar_span(&self, span: Span, style: ScalarStyle) -> Span {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if is_block {
            let kept = self.builder.slice(span).trim_end().len();
            let end = span.start + u32::try_from(kept).unwrap_or_default();
            return Span { end, ..span };
        }
        let next = Span {
            end: span.start.saturating_add(1),
            ..span
        };
        if span.start == span.end && self.builder.slice(next) == ":" {
            return Span {
                start: next.end,
                end: next.end,
                ..span
            };
        }
        span
    }

    /// The beginning of a list: one that is not indented, which only the value of a key can be, is said to begin
    /// after its first dash.
    pub(super) fn list_span(&self, span: Span) -> Span {
        let before = self.builder.slice(Span {
            start: 0,
            end: span.start,
            ..span
        });
        let dashes = before.trim_end_matches([' ', '\t']);
        let is_after_dash = dashes.ends_with('-') && self.builder.is_at_value();
        if span.start < span.end || !is_after_dash {
            return span;
        }
        let start = u32::try_from(dashes.len() - 1).unwrap_or(span.start);
        Span {
            start,
            end: start,
            ..span
        }
    }

    /// A tag: what it asks for, and where it is written.
    pub(super) fn tag(
        &self,
        tag: Option<&Tag>,
        place: &granit_parser::Span,
    ) -> Option<(Meaning, Span)> {
        let tag = tag?;
        let span = match (place.tag_span(), place.tag_start()) {
            (Some(written), _) => self.span(&written),
            (None, Some(start)) => {
                let start = self.offset(&start);
                self.builder.span(start, start)
            }
            (None, None) => self.span(place),
        };
        Some((tag::read(tag), span))
    }
}

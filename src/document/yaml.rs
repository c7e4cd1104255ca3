//! YAML: what the parser crate reads, told to the builder.
//!
//! Decides what a scalar is and what a tag means; knows nothing of the tree. The parser stops at the first mistake,
//! and what it had read by then is kept.

use std::borrow::Cow;

use arcstr::ArcStr;
use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Tag};

use super::{
    Dialect, Document, Node, Problem, ProblemKind, Value,
    builder::{Builder, Properties, Reading, Shape, Stopped, Wrap, clipped},
    limits,
    scalar::{self, Scalar},
    tag::{self, Meaning},
};
use crate::source::{SourceId, Span, Str};

/// What was read, and the mistake at which reading ended, which is not among the document's problems.
pub(super) fn parse(
    source: SourceId,
    text: &ArcStr,
    dialect: Dialect,
) -> (Document, Option<Problem>) {
    // js-yaml refuses a key that stands twice.
    let duplicates = match dialect {
        Dialect::Core => ProblemKind::UnreadableInput,
        Dialect::CloudFormation => ProblemKind::DuplicateKey,
    };
    read(Builder::new(source, text, duplicates), text, dialect)
}

fn read<'a>(builder: Builder<'a>, text: &'a str, dialect: Dialect) -> (Document, Option<Problem>) {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        builder,
        dialect,
        base: text.len() - body.len(),
        documents: 0,
    };
    for event in Parser::new_from_str_with_options(body, options()) {
        let told = match event {
            Ok((event, span)) => reader.event(event, &span),
            Err(error) => {
                let broken = reader.mistake(&error);
                return (reader.builder.finish(), broken);
            }
        };
        if told.is_err() {
            break;
        }
    }
    (reader.builder.finish(), None)
}

/// Lenient where our own ceilings hold: the defaults refuse long keys and long runs of comments.
fn options() -> Options {
    let nesting = limits::DEPTH as usize * 2;
    granit_parser::options! {
        emit_comments: true,
        emit_unresolved_aliases: true,
        max_buffered_comment_events: limits::BYTES,
        simple_key_max_lookahead: limits::BYTES,
        block_nesting_limit: nesting,
        flow_nesting_limit: nesting,
    }
}

struct Reader<'a> {
    builder: Builder<'a>,
    dialect: Dialect,
    /// Bytes before the text that the parser sees.
    base: usize,
    documents: usize,
}

/// A scalar as the parser gives it.
struct Written<'a> {
    text: Cow<'a, str>,
    style: ScalarStyle,
    span: Span,
}

impl<'a> Reader<'a> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser's own enum, which is not exhaustive"
    )]
    fn event(&mut self, event: Event<'a>, place: &granit_parser::Span) -> Reading {
        let span = self.span(place);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.scalar_span(span, style);
                let scalar = Written { text, style, span };
                self.scalar(scalar, anchor, self.tag(tag.as_deref(), place))
            }
            Event::SequenceStart(_, anchor, tag) => {
                let tag = self.tag(tag.as_deref(), place);
                self.open(Shape::List, span, anchor, tag)
            }
            Event::MappingStart(_, anchor, tag) => {
                let tag = self.tag(tag.as_deref(), place);
                self.open(Shape::Map, span, anchor, tag)
            }
            // The end of a block is found only at what follows it.
            Event::SequenceEnd | Event::MappingEnd if span.start == span.end => {
                self.builder.close(0)
            }
            Event::SequenceEnd | Event::MappingEnd => self.builder.close(span.end),
            Event::Alias(anchor) => self.builder.alias(anchor, span),
            Event::UnresolvedAlias(_) => self.builder.dangling(span, "refers to no anchor"),
            Event::Comment(..) => {
                self.builder.comment(span);
                Ok(())
            }
            Event::DocumentStart(..) => self.document(span),
            // The ends of streams and documents.
            _ => Ok(()),
        }
    }

    fn document(&mut self, span: Span) -> Reading {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let message = "the file has several documents; only the first is read";
        self.builder.unreadable(span, message);
        Err(Stopped)
    }

    fn span(&self, place: &granit_parser::Span) -> Span {
        self.builder
            .span(self.offset(&place.start), self.offset(&place.end))
    }

    fn offset(&self, marker: &granit_parser::Marker) -> u32 {
        let bytes = marker.byte_offset().unwrap_or_default() + self.base;
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    /// The place of a scalar: a block one is said to end where the next thing begins, an empty one to stand before
    /// its colon.
    fn scalar_span(&self, span: Span, style: ScalarStyle) -> Span {
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

    fn tag(&self, tag: Option<&Tag>, place: &granit_parser::Span) -> Option<(Meaning, Span)> {
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

    fn open(
        &mut self,
        shape: Shape,
        span: Span,
        anchor: usize,
        tag: Option<(Meaning, Span)>,
    ) -> Reading {
        let wrap = match tag {
            None | Some((Meaning::Collection | Meaning::Text, _)) => None,
            Some((Meaning::Function { key, is_known }, tag)) => {
                Some(self.function(key, is_known, tag))
            }
            Some((Meaning::Number | Meaning::Bool | Meaning::Null | Meaning::Unknown, tag)) => {
                self.unknown_tag(tag);
                None
            }
        };
        self.builder
            .open(shape, span.start, Properties { anchor, wrap })
    }

    fn scalar(
        &mut self,
        scalar: Written<'a>,
        anchor: usize,
        tag: Option<(Meaning, Span)>,
    ) -> Reading {
        let is_plain = scalar.style == ScalarStyle::Plain;
        let is_empty = is_plain && scalar.span.start == scalar.span.end;
        let Some((meaning, tag)) = tag else {
            if is_plain && scalar.text == "<<" && self.builder.is_at_key() {
                self.builder.merge_key(scalar.span);
                return Ok(());
            }
            let value = match () {
                () if is_empty => Value::Null,
                () if is_plain => self.plain(&scalar.text),
                () => Value::Text(self.shared(scalar.text)),
            };
            let node = Node::new(scalar.span, value);
            return self.builder.leaf(node, Properties { anchor, wrap: None });
        };
        let mut wrap = None;
        let value = match meaning {
            // What a function is given is text, whatever it looks like.
            Meaning::Function { key, is_known } => {
                wrap = Some(self.function(key, is_known, tag));
                if is_empty {
                    Value::Null
                } else {
                    Value::Text(self.shared(scalar.text))
                }
            }
            Meaning::Text if is_empty => Value::Text(Str::new()),
            Meaning::Text => Value::Text(self.shared(scalar.text)),
            Meaning::Number
            | Meaning::Bool
            | Meaning::Null
            | Meaning::Collection
            | Meaning::Unknown => self.forced(&meaning, scalar.text, tag),
        };
        let node = Node::new(scalar.span, value);
        self.builder.leaf(node, Properties { anchor, wrap })
    }

    /// The value of a scalar with a standard tag that is not text, or with one that is unknown.
    fn forced(&mut self, meaning: &Meaning, text: Cow<'a, str>, tag: Span) -> Value {
        let value = self.plain(&text);
        let fits = match meaning {
            Meaning::Number => matches!(value, Value::Number(_)),
            Meaning::Bool => matches!(value, Value::Bool(_)),
            Meaning::Null => matches!(value, Value::Null),
            Meaning::Function { .. } | Meaning::Text | Meaning::Collection | Meaning::Unknown => {
                self.unknown_tag(tag);
                return value;
            }
        };
        if fits {
            return value;
        }
        let tag_text = clipped(self.builder.slice(tag));
        let message = format!("`{}` cannot be read as `{tag_text}`", clipped(&text));
        self.builder.unreadable(tag, message);
        Value::Text(self.shared(text))
    }

    fn function(&mut self, key: Str, is_known: bool, tag: Span) -> Wrap {
        if !is_known && self.dialect == Dialect::Core {
            self.unknown_tag(tag);
        }
        Wrap { span: tag, key }
    }

    fn unknown_tag(&mut self, tag: Span) {
        let message = format!("unknown tag `{}`", clipped(self.builder.slice(tag)));
        self.builder.unreadable(tag, message);
    }

    fn plain(&self, text: &str) -> Value {
        match scalar::read(text, self.dialect) {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Number(Cow::Borrowed(number)) => Value::Number(self.builder.share(number)),
            Scalar::Number(Cow::Owned(number)) => Value::Number(Str::from(number)),
            Scalar::Text => Value::Text(self.builder.share(text)),
        }
    }

    fn shared(&self, text: Cow<'a, str>) -> Str {
        match text {
            Cow::Borrowed(text) => self.builder.share(text),
            Cow::Owned(text) => Str::from(text),
        }
    }

    /// The parser's mistake in our words. None when it is a ceiling of ours, which is reported as such.
    fn mistake(&mut self, error: &ScanError) -> Option<Problem> {
        let span = self.builder.character(self.offset(error.marker()));
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            let _ = self.builder.too_deep(span);
            return None;
        }
        let message = format!("not valid YAML: {}", error.info().trim_end_matches('.'));
        Some(Problem::new(ProblemKind::UnreadableInput, span, message))
    }
}

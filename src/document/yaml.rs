//! YAML: what the parser crate reads, told to the builder.
//!
//! Decides what a scalar is and what a tag means; knows nothing of the tree. The parser stops at the first mistake,
//! and what it had read by then is kept.

mod mistake;
mod place;
mod value;

use std::borrow::Cow;

use arcstr::ArcStr;
use granit_parser::{Event, Options, Parser};

use self::value::Written;
use super::{
    Dialect, Document, Problem, ProblemKind,
    builder::{Builder, Properties, Reading, Shape, Stopped},
    limits,
    tag::Meaning,
};
use crate::source::{SourceId, Span};

/// Comments that touch what is before them, of which so many are put up with.
const TOUCHING_COMMENTS: usize = 8;

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
    let mut body = Cow::Borrowed(text.as_str());
    let mut touching = Vec::new();
    loop {
        let mut read = read(Builder::new(source, text, duplicates), &body, dialect);
        let comment = read.touching.filter(|_| touching.len() < TOUCHING_COMMENTS);
        let Some(comment) = comment else {
            read.document.comments.append(&mut touching);
            read.document.comments.sort_unstable();
            return (read.document, read.mistake);
        };
        body = Cow::Owned(blanked(&body, comment));
        touching.push(comment);
    }
}

/// What one attempt has read.
pub(super) struct Read {
    /// The tree so far.
    pub document: Document,
    /// Where it ended too early.
    pub mistake: Option<Problem>,
    /// The comment that is the mistake, because it touches what is before it: `'a'# b`. The frameworks and
    /// `CloudFormation` read it, the parser does not.
    touching: Option<Span>,
}

/// Reads as far as it goes.
pub(super) fn read<'a>(builder: Builder<'a>, text: &'a str, dialect: Dialect) -> Read {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        builder,
        dialect,
        base: text.len() - body.len(),
        documents: 0,
    };
    let (mut mistake, mut touching) = (None, None);
    for event in Parser::new_from_str_with_options(body, options()) {
        let told = match event {
            Ok((event, span)) => reader.event(event, &span),
            Err(error) => {
                touching = reader.touching_comment(&error, text);
                mistake = reader.mistake(&error);
                break;
            }
        };
        if told.is_err() {
            break;
        }
    }
    Read {
        document: reader.builder.finish(),
        mistake,
        touching,
    }
}

/// The text with blanks in place of a comment.
fn blanked(text: &str, comment: Span) -> String {
    let (start, end) = (comment.start as usize, comment.end as usize);
    let mut blanked = text.to_owned();
    blanked.replace_range(start..end, &" ".repeat(end - start));
    blanked
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
                let span = self.list_span(span);
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
        self.builder.open(shape, span, Properties { anchor, wrap })
    }
}

//! What a scalar holds, with a tag and without.

use std::borrow::Cow;

use granit_parser::ScalarStyle;

use super::Reader;
use crate::document::{
    Dialect, Node, Problem, ProblemKind, Value,
    builder::{Properties, Reading, Wrap, clipped},
    scalar::{self, Scalar},
    tag::Meaning,
};
use crate::source::{Span, Str};

/// A scalar as the parser gives it.
pub(super) struct Written<'a> {
    /// Unescaped and folded.
    pub text: Cow<'a, str>,
    /// Plain, quoted or block.
    pub style: ScalarStyle,
    /// Where it is.
    pub span: Span,
}

impl<'a> Reader<'a> {
    /// Tells the builder of a scalar.
    pub(super) fn scalar(
        &mut self,
        scalar: Written<'a>,
        anchor: usize,
        tag: Option<(Meaning, Span)>,
    ) -> Reading {
        let is_plain = scalar.style == ScalarStyle::Plain;
        let is_empty = is_plain && scalar.span.start == scalar.span.end;
        let Some((meaning, tag)) = tag else {
            if is_plain && scalar.text == "<<" && self.builder.is_at_key() {
                return self.builder.merge_key(scalar.span);
            }
            if is_empty && self.builder.is_at_key() {
                self.builder.unreadable(scalar.span, "a key is missing");
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

    /// The mapping that a short tag stands for.
    pub(super) fn function(&mut self, key: Str, is_known: bool, tag: Span) -> Wrap {
        let wrap = Wrap { span: tag, key };
        if is_known {
            return wrap;
        }
        match self.dialect {
            // js-yaml stops at a tag that it does not know.
            Dialect::Core => self.unknown_tag(tag),
            // CloudFormation gains functions from time to time.
            Dialect::CloudFormation => {
                let (name, function) = (clipped(self.builder.slice(tag)), clipped(&wrap.key));
                let message =
                    format!("`{name}` is not a known function; it is read as `{function}`");
                self.builder
                    .report(Problem::new(ProblemKind::Notice, tag, message));
            }
        }
        wrap
    }

    /// Reports a tag that has no meaning here.
    pub(super) fn unknown_tag(&mut self, tag: Span) {
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
}

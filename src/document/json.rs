//! JSON by RFC 8259, read straight into the builder: several times as fast as reading it as YAML.

use std::borrow::Cow;

use arcstr::ArcStr;

use super::{
    Dialect, Document, Node, Problem, ProblemKind, Value,
    builder::{Builder, Properties, Shape, Stopped},
    scalar,
};
use crate::source::{SourceId, Str};

/// The document, or the first place where it is not JSON.
pub(super) fn parse(
    source: SourceId,
    text: &ArcStr,
    dialect: Dialect,
) -> Result<Document, Problem> {
    // `JSON.parse` and CloudFormation both take the last of two keys.
    read(
        Builder::new(source, text, ProblemKind::DuplicateKey),
        text,
        dialect,
    )
}

/// Reads all of it, into this builder.
pub(super) fn read(
    builder: Builder<'_>,
    text: &str,
    dialect: Dialect,
) -> Result<Document, Problem> {
    let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut reader = Reader {
        builder,
        text,
        at,
        dialect,
        open: Vec::new(),
    };
    match reader.document() {
        Ok(()) | Err(Ended::Stopped) => Ok(reader.builder.finish()),
        Err(Ended::Broken { at, what }) => {
            let span = reader.builder.character(offset(at));
            let message = format!("not valid JSON: {what}");
            Err(Problem::new(ProblemKind::UnreadableInput, span, message))
        }
    }
}

struct Reader<'a> {
    builder: Builder<'a>,
    text: &'a str,
    /// Offset of the next byte.
    at: usize,
    dialect: Dialect,
    /// What is open, outermost first.
    open: Vec<Shape>,
}

/// Why reading ended early.
enum Ended {
    /// A ceiling was passed.
    Stopped,
    /// It is not JSON.
    Broken { at: usize, what: &'static str },
}

impl From<Stopped> for Ended {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(), Ended> {
        let mut is_fresh = self.value()?;
        while let Some(shape) = self.open.last().copied() {
            is_fresh = self.inside(shape, is_fresh)?;
        }
        match self.next() {
            None => Ok(()),
            Some(_) => self.broken("something follows the value"),
        }
    }

    /// Reads the next entry or item of what is open, or its end. `is_fresh` when nothing has been read of it; gives
    /// the same for what is open then.
    fn inside(&mut self, shape: Shape, is_fresh: bool) -> Result<bool, Ended> {
        let (end, expected) = match shape {
            Shape::List => (b']', "expected `,` or `]`"),
            Shape::Map => (b'}', "expected `,` or `}`"),
        };
        match self.next() {
            Some(byte) if byte == end => {
                self.at += 1;
                self.open.pop();
                self.builder.close(offset(self.at))?;
                return Ok(false);
            }
            Some(_) if is_fresh => {}
            Some(b',') => {
                self.at += 1;
                self.next();
            }
            None => return self.broken("it ends too early"),
            Some(_) => return self.broken(expected),
        }
        if let Shape::Map = shape {
            self.key()?;
        }
        self.value()
    }

    fn key(&mut self) -> Result<(), Ended> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return self.broken("expected a key in double quotes");
        }
        let key = self.string()?;
        let span = self.builder.span(offset(start), offset(self.at));
        self.builder.key(span, key)?;
        if self.next() != Some(b':') {
            return self.broken("expected `:`");
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a scalar, or the beginning of a collection: then gives true.
    fn value(&mut self) -> Result<bool, Ended> {
        let Some(first) = self.next() else {
            return self.broken("it ends too early");
        };
        let start = self.at;
        let value = match first {
            b'{' => return self.begin(Shape::Map),
            b'[' => return self.begin(Shape::List),
            b'"' => Value::Text(self.string()?),
            b'-' | b'0'..=b'9' => Value::Number(self.number()?),
            b't' => self.word("true", Value::Bool(true))?,
            b'f' => self.word("false", Value::Bool(false))?,
            b'n' => self.word("null", Value::Null)?,
            _ => return self.broken("expected a value"),
        };
        let span = self.builder.span(offset(start), offset(self.at));
        self.builder
            .leaf(Node::new(span, value), Properties::default())?;
        Ok(false)
    }

    fn begin(&mut self, shape: Shape) -> Result<bool, Ended> {
        let bracket = self.builder.character(offset(self.at));
        self.builder.open(shape, bracket, Properties::default())?;
        self.open.push(shape);
        self.at += 1;
        Ok(true)
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Ended> {
        let rest = self.rest();
        if !rest.starts_with(word.as_bytes()) {
            return self.broken("expected a value");
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Str, Ended> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let has_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        let mut is_number = whole == 1 || (whole > 1 && !has_zero);
        if self.peek() == Some(b'.') {
            self.at += 1;
            is_number &= self.digits() > 0;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            is_number &= self.digits() > 0;
        }
        if !is_number {
            self.at = start;
            return self.broken("expected a number");
        }
        let written = self.text.get(start..self.at).unwrap_or_default();
        Ok(match scalar::number(written, self.dialect) {
            Some(Cow::Owned(number)) => Str::from(number),
            Some(Cow::Borrowed(number)) => self.builder.share(number),
            None => self.builder.share(written),
        })
    }

    fn digits(&mut self) -> usize {
        let rest = self.rest();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    /// Reads a string; stands at its opening quote.
    fn string(&mut self) -> Result<Str, Ended> {
        let start = self.at + 1;
        let mut end = start;
        let mut is_escaped = false;
        loop {
            let rest = self.text.as_bytes().get(end..).unwrap_or_default();
            let Some(found) = memchr::memchr2(b'"', b'\\', rest) else {
                return self.broken("a string is never closed");
            };
            end += found;
            if rest.get(found) == Some(&b'"') {
                break;
            }
            is_escaped = true;
            end += 2;
        }
        let inner = self.text.get(start..end).unwrap_or_default();
        if let Some(control) = inner.bytes().position(|byte| byte < 0x20) {
            self.at = start + control;
            return self.broken("a control character in a string");
        }
        self.at = end + 1;
        if !is_escaped {
            return Ok(self.builder.share(inner));
        }
        match unescaped(inner) {
            Ok(text) => Ok(Str::from(text)),
            Err(at) => {
                self.at = start + at;
                self.broken("an unknown escape in a string")
            }
        }
    }

    /// Passes over white space; the byte after it.
    fn next(&mut self) -> Option<u8> {
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += self.rest().iter().take_while(is_space).count();
        self.peek()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn broken<T>(&self, what: &'static str) -> Result<T, Ended> {
        let at = self.at;
        Err(Ended::Broken { at, what })
    }
}

/// The text of a string with escapes, or the offset of one that does not exist.
fn unescaped(inner: &str) -> Result<String, usize> {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let at = inner.len() - after.len() - 1;
        let (character, length) = escape(after).ok_or(at)?;
        text.push(character);
        rest = after.get(length..).ok_or(at)?;
    }
    text.push_str(rest);
    Ok(text)
}

/// The character that an escape stands for, and its length without the backslash. Half a surrogate pair is U+FFFD.
fn escape(after: &str) -> Option<(char, usize)> {
    let character = match after.bytes().next()? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(after),
        _ => return None,
    };
    Some((character, 1))
}

/// `u0041`, or a pair `ud83c\udf89`.
fn unicode(after: &str) -> Option<(char, usize)> {
    let unit = |digits: &str| {
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let first = unit(after.get(1..5)?)?;
    let second = after.get(5..).and_then(|rest| rest.strip_prefix("\\u"));
    let second = second.and_then(|rest| unit(rest.get(..4)?));
    let pair = [first, second.unwrap_or_default()];
    let is_pair = (0xd800..0xdc00).contains(&first)
        && second.is_some_and(|low| (0xdc00..0xe000).contains(&low));
    let units = if is_pair { pair.as_slice() } else { &pair[..1] };
    let character = char::decode_utf16(units.iter().copied()).next()?;
    Some((
        character.unwrap_or('\u{fffd}'),
        if is_pair { 11 } else { 5 },
    ))
}

/// As a place in the file.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

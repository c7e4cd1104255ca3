//! Places as the protocol has them: lines from 0, columns in the units that editor and server agreed on.
//!
//! Inside, a place is a byte offset; this is the only module that knows another measure.

use crate::source::floor;
use gen_lsp_types::{Position, PositionEncodingKind, Range};

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Units of UTF-16, as the protocol has it when nobody says otherwise.
    Utf16,
}

impl Encoding {
    /// The best of those that the editor offers.
    pub fn negotiated(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else {
            Self::Utf16
        }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        }
    }
}

/// A text and where its lines begin.
#[derive(Debug)]
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    encoding: Encoding,
}

impl<'a> Lines<'a> {
    /// Finds the lines of a text.
    pub fn new(text: &'a str, encoding: Encoding) -> Self {
        let after = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(after).collect(),
            encoding,
        }
    }

    /// Those of another text, its columns counted in the same way.
    pub fn of<'b>(&self, text: &'b str) -> Lines<'b> {
        Lines::new(text, self.encoding)
    }

    /// The number of the line that this byte is on, from 0.
    pub fn line(&self, offset: usize) -> usize {
        let line = self.starts.partition_point(|start| *start <= offset);
        line.saturating_sub(1)
    }

    /// Where a line begins and where it ends, without its line end.
    pub fn bounds(&self, line: usize) -> (usize, usize) {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        (start, start + line.trim_end_matches('\r').len())
    }

    /// The text of a line.
    pub fn text(&self, line: usize) -> &'a str {
        let (start, end) = self.bounds(line);
        self.text.get(start..end).unwrap_or_default()
    }

    /// A byte as the editor names it. In the middle of a character, its beginning.
    pub fn position(&self, offset: usize) -> Position {
        let offset = floor(self.text, offset);
        let line = self.line(offset);
        let start = self.starts.get(line).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        let units = before.chars().map(|c| self.encoding.width(c)).sum();
        Position {
            line: number(line),
            character: number(units),
        }
    }

    /// The byte that the editor means; past the end of a line or of the text, that end.
    pub fn offset(&self, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        if line >= self.starts.len() {
            return self.text.len();
        }
        let (start, end) = self.bounds(line);
        let wanted = usize::try_from(position.character).unwrap_or(usize::MAX);
        let mut units = 0;
        let line = self.text.get(start..end).unwrap_or_default();
        for (at, c) in line.char_indices() {
            if units >= wanted || units + self.encoding.width(c) > wanted {
                return start + at;
            }
            units += self.encoding.width(c);
        }
        end
    }

    /// From one byte to another.
    pub fn range(&self, start: usize, end: usize) -> Range {
        Range {
            start: self.position(start),
            end: self.position(end.max(start)),
        }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 1\r\nb: 😀ä # x\n";

    fn there_and_back(encoding: Encoding, offset: usize) -> (u32, u32) {
        let lines = Lines::new(TEXT, encoding);
        let position = lines.position(offset);
        assert_eq!(lines.offset(position), offset);
        (position.line, position.character)
    }

    #[test]
    fn columns_count_what_was_agreed_on() {
        let at = TEXT.find('#').expect("there");
        assert_eq!(there_and_back(Encoding::Utf8, at), (1, 10));
        assert_eq!(there_and_back(Encoding::Utf16, at), (1, 7));
    }

    #[test]
    fn places_that_are_not_there_are_the_nearest_before() {
        let lines = Lines::new(TEXT, Encoding::Utf16);
        let at = |line, character| lines.offset(Position { line, character });
        assert_eq!(at(0, 99), 4, "not past the line end");
        assert_eq!(at(1, 4), TEXT.find('😀').expect("there"), "not into a pair");
        assert_eq!(at(9, 0), TEXT.len());
        assert_eq!(at(u32::MAX, u32::MAX), TEXT.len());
    }
}

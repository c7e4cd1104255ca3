//! Text and the places in it.
//!
//! Opens no paths: whoever has text adds it, everyone else points at it with a [`Span`].
//! Lines and columns exist only at the edges ([`Sources::locate`]); inside, a place is a byte range.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use arcstr::ArcStr;

/// A piece of text: a slice of a source that is kept alive by it, a literal, or its own. Cheap to clone.
pub type Str = arcstr::Substr;

/// Index of a file in the set being checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A half-open range of UTF-8 byte offsets in one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The empty place at the very beginning of `source`: where a finding about the whole file points.
    pub fn top(source: SourceId) -> Self {
        Self {
            source,
            start: 0,
            end: 0,
        }
    }

    /// From the beginning of `self` to the end of `other`, which must be in the same source.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            end: other.end.max(self.end),
            ..self
        }
    }
}

/// One file: its name as it is shown, and its text.
#[derive(Debug)]
pub struct Source {
    /// Path relative to the project root, with `/` between its parts.
    pub path: String,
    /// The text as read, a byte-order mark included, so that offsets are those of the file.
    pub text: ArcStr,
    lines: OnceLock<Vec<u32>>,
    /// Characters before each block of [`BLOCK`] bytes: a column far out on a long line costs no walk over that line.
    blocks: OnceLock<Vec<u32>>,
    breaks: OnceLock<Vec<u32>>,
}

/// Bytes that are counted at most for one column.
const BLOCK: usize = 4096;

impl Source {
    fn new(path: String, text: ArcStr) -> Self {
        Self {
            path,
            text,
            lines: OnceLock::new(),
            blocks: OnceLock::new(),
            breaks: OnceLock::new(),
        }
    }

    /// Byte offset at which each line starts; the first entry is 0.
    pub fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let newlines = memchr::memchr_iter(b'\n', self.text.as_bytes());
            let after = newlines.filter_map(|at| u32::try_from(at + 1).ok());
            std::iter::once(0).chain(after).collect()
        })
    }

    /// Where the line that holds a byte ends as people see it: before its line feed or carriage return.
    pub fn end_of_line(&self, offset: u32) -> u32 {
        let breaks = self.breaks.get_or_init(|| {
            let all = memchr::memchr2_iter(b'\n', b'\r', self.text.as_bytes());
            all.filter_map(|at| u32::try_from(at).ok()).collect()
        });
        let next = breaks.partition_point(|at| *at < offset);
        let end = || u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        breaks.get(next).copied().unwrap_or_else(end)
    }

    /// A line by its number, from 1, without what ends it; empty when there is none.
    pub fn line(&self, number: u32) -> &str {
        let starts = self.line_starts();
        let start = (number as usize)
            .checked_sub(1)
            .and_then(|at| starts.get(at));
        let line = start.map(|start| *start as usize..self.end_of_line(*start) as usize);
        line.and_then(|line| self.text.get(line))
            .unwrap_or_default()
    }

    /// Text of a span of this source; empty when the span lies outside of it.
    pub fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    /// 1-based line, and 1-based column in characters, of a byte offset.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or_default();
        let mark = u32::from(line == 1 && offset > 0 && self.text.starts_with('\u{feff}'));
        let column = self
            .characters_between(start, offset)
            .saturating_sub(mark)
            .saturating_add(1);
        (u32::try_from(line).unwrap_or(u32::MAX), column)
    }

    /// How many characters begin in these bytes: counted one by one unless there are many.
    fn characters_between(&self, start: u32, end: u32) -> u32 {
        let near = (start as usize)..(end as usize).min(start as usize + BLOCK);
        if near.end == end as usize {
            return characters(self.text.as_bytes().get(near).unwrap_or_default());
        }
        let before = self.characters_before(start);
        self.characters_before(end).saturating_sub(before)
    }

    /// How many characters begin before this byte.
    fn characters_before(&self, offset: u32) -> u32 {
        let bytes = self.text.as_bytes();
        let blocks = self.blocks.get_or_init(|| {
            let counts = bytes.chunks(BLOCK).scan(0u32, |sum, block| {
                let before = *sum;
                *sum = sum.saturating_add(characters(block));
                Some(before)
            });
            counts.collect()
        });
        let offset = (offset as usize).min(bytes.len());
        let block = (offset / BLOCK).min(blocks.len().saturating_sub(1));
        let rest = bytes.get(block * BLOCK..offset).unwrap_or_default();
        blocks.get(block).copied().unwrap_or_default() + characters(rest)
    }
}

/// How many characters begin in these bytes of UTF-8.
fn characters(bytes: &[u8]) -> u32 {
    let count = bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The last boundary of characters up to a byte.
pub fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    let boundary = |at: &usize| text.is_char_boundary(*at);
    (0..=at).rev().find(boundary).unwrap_or(0)
}

/// A place as people name it: lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Path relative to the project root.
    pub file: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column one past the end.
    pub end_column: u32,
}

/// Every text of a run. Grows only; adding needs no exclusive access, so that files can be loaded side by side.
#[derive(Debug, Default)]
pub struct Sources {
    files: RwLock<Inner>,
    concealed: RwLock<Arc<[Span]>>,
}

#[derive(Debug, Default)]
struct Inner {
    files: Vec<Arc<Source>>,
    by_path: HashMap<String, SourceId>,
}

impl Sources {
    /// Adds a file, or finds it again when its path is known already (the first text stays).
    pub fn add(&self, path: &str, text: impl Into<ArcStr>) -> SourceId {
        let mut inner = self.files.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = inner.by_path.get(path) {
            return *id;
        }
        let id = SourceId(u32::try_from(inner.files.len()).unwrap_or(u32::MAX));
        inner
            .files
            .push(Arc::new(Source::new(path.to_owned(), text.into())));
        inner.by_path.insert(path.to_owned(), id);
        id
    }

    /// The file with this path, when it has been added.
    pub fn find(&self, path: &str) -> Option<SourceId> {
        self.files
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .by_path
            .get(path)
            .copied()
    }

    /// The file itself; `None` for an id of another set.
    pub fn get(&self, id: SourceId) -> Option<Arc<Source>> {
        let inner = self.files.read().unwrap_or_else(PoisonError::into_inner);
        inner.files.get(id.0 as usize).cloned()
    }

    /// Every file, in order of id.
    pub fn all(&self) -> Vec<(SourceId, Arc<Source>)> {
        let inner = self.files.read().unwrap_or_else(PoisonError::into_inner);
        (0..)
            .map(SourceId)
            .zip(inner.files.iter().cloned())
            .collect()
    }

    /// The same files under the same ids, with the texts that they have now; a file without one is forgotten, and its id given to no other.
    #[must_use]
    pub fn renewed(&self, text: impl Fn(&Source) -> Option<ArcStr>) -> Self {
        let mut inner = Inner::default();
        for (id, source) in self.all() {
            let renewed = match text(&source) {
                Some(text) if ArcStr::ptr_eq(&text, &source.text) => source,
                Some(text) => Arc::new(Source::new(source.path.clone(), text)),
                None => Arc::new(Source::new(String::new(), ArcStr::new())),
            };
            if !renewed.path.is_empty() {
                inner.by_path.insert(renewed.path.clone(), id);
            }
            inner.files.push(renewed);
        }
        Self {
            files: RwLock::new(inner),
            concealed: RwLock::default(),
        }
    }

    /// Says which places hold what nobody quotes, instead of those that were said before.
    pub fn conceal(&self, mut places: Vec<Span>) {
        places.sort_unstable();
        places.dedup();
        let mut concealed = self
            .concealed
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *concealed = places.into();
    }

    /// The places that hold what nobody quotes, in order.
    pub fn concealed(&self) -> Arc<[Span]> {
        let concealed = self.concealed.read();
        Arc::clone(&concealed.unwrap_or_else(PoisonError::into_inner))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .files
            .len()
    }

    /// Whether nothing has been added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place as people name it.
    pub fn locate(&self, span: Span) -> Location {
        let Some(source) = self.get(span.source) else {
            return Location {
                file: String::new(),
                line: 1,
                column: 1,
                end_line: 1,
                end_column: 1,
            };
        };
        let (line, column) = source.line_column(span.start);
        let (end_line, end_column) = source.line_column(span.end.max(span.start));
        Location {
            file: source.path.clone(),
            line,
            column,
            end_line,
            end_column,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, start: u32, end: u32) -> (u32, u32, u32, u32) {
        let sources = Sources::default();
        let source = sources.add("a.yml", text);
        let place = sources.locate(Span { source, start, end });
        (place.line, place.column, place.end_line, place.end_column)
    }

    #[test]
    fn columns_count_characters_from_one() {
        assert_eq!(at("ä: b\nc: d\n", 4, 5), (1, 4, 1, 5));
        assert_eq!(at("ä: b\nc: d\n", 6, 7), (2, 1, 2, 2));
    }

    #[test]
    fn a_line_ends_before_what_ends_it() {
        let sources = Sources::default();
        let id = sources.add("a.yml", "one\r\ntwo\n\nfour\rstill four");
        let source = sources.get(id).expect("just added");
        let lines: Vec<&str> = (0..6).map(|number| source.line(number)).collect();
        assert_eq!(lines, ["", "one", "two", "", "four", ""]);
        let ends = [0, 3, 5, 9, 10, 15, 99].map(|at| source.end_of_line(at));
        assert_eq!(ends, [3, 3, 8, 9, 14, 25, 25]);
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        assert_eq!(at("\u{feff}a: b", 3, 4), (1, 1, 1, 2));
    }

    #[test]
    fn columns_far_out_on_a_long_line_count_characters_too() {
        let text = format!("a: 1\n{}x", "ä".repeat(5000));
        let end = u32::try_from(text.len()).expect("short");
        assert_eq!(at(&text, end - 1, end), (2, 5001, 2, 5002));
    }

    #[test]
    fn crlf_counts_as_one_line_end() {
        assert_eq!(at("a: b\r\nc: d\r\n", 6, 7), (2, 1, 2, 2));
    }

    #[test]
    fn renewed_files_keep_their_ids_and_forgotten_ones_are_not_found() {
        let sources = Sources::default();
        let (a, b) = (sources.add("a.yml", "x"), sources.add("b.yml", "y"));
        let renewed = sources.renewed(|source| (source.path == "b.yml").then(|| "z".into()));
        assert_eq!(renewed.find("a.yml"), None);
        assert_eq!(renewed.find("b.yml"), Some(b));
        assert_eq!(
            renewed.get(b).map(|file| file.text.clone()),
            Some("z".into())
        );
        let again = renewed.add("a.yml", "x");
        assert!(again != a && again != b);
    }

    #[test]
    fn the_same_path_is_one_source() {
        let sources = Sources::default();
        assert_eq!(sources.add("a.yml", "x"), sources.add("a.yml", "y"));
        assert_eq!(sources.len(), 1);
    }
}

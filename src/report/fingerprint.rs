//! The fingerprint by which GitHub recognises an alert again: its `primaryLocationLineHash`.
//!
//! A rolling hash over the hundred characters from the start of a line on, blanks left out, in UTF-16 units as the
//! original counts them, and the number of the line among those with the same hash. One pass over a file.

use std::collections::HashMap;

/// Characters that count for one line.
const BLOCK: usize = 100;
/// The base of the rolling hash.
const BASE: u64 = 37;
/// What stands for the end of the file.
const END: u16 = u16::MAX;

/// The hash of each line, first line first.
pub fn lines(text: &str) -> Vec<String> {
    let mut roll = Roll::new();
    let mut after_return = false;
    for unit in text.encode_utf16() {
        let c = char::from_u32(u32::from(unit));
        let skipped = matches!(c, Some(' ' | '\t')) || (after_return && c == Some('\n'));
        after_return = c == Some('\r') && !skipped;
        if !skipped {
            let folded = if after_return { u16::from(b'\n') } else { unit };
            roll.read(folded);
        }
    }
    roll.read(END);
    for _ in 0..BLOCK {
        roll.finish_line();
        roll.push(0);
    }
    roll.hashes
}

/// The window and what was found.
struct Roll {
    window: [u16; BLOCK],
    /// Whether a line begins at this place of the window.
    begins: [bool; BLOCK],
    at: usize,
    hash: u64,
    /// What the oldest character of the window counts.
    oldest: u64,
    line_start: bool,
    seen: HashMap<u64, u32>,
    hashes: Vec<String>,
}

impl Roll {
    fn new() -> Self {
        Self {
            window: [0; BLOCK],
            begins: [false; BLOCK],
            at: 0,
            hash: 0,
            oldest: (0..BLOCK).fold(1, |power: u64, _| power.wrapping_mul(BASE)),
            line_start: true,
            seen: HashMap::new(),
            hashes: Vec::new(),
        }
    }

    fn read(&mut self, unit: u16) {
        self.finish_line();
        if self.line_start {
            self.line_start = false;
            if let Some(begins) = self.begins.get_mut(self.at) {
                *begins = true;
            }
        }
        self.line_start |= unit == u16::from(b'\n');
        self.push(unit);
    }

    /// The line that began a block ago is known now.
    fn finish_line(&mut self) {
        let Some(begins) = self.begins.get_mut(self.at) else {
            return;
        };
        if std::mem::take(begins) {
            let count = self.seen.entry(self.hash).or_default();
            *count += 1;
            self.hashes.push(format!("{:x}:{count}", self.hash));
        }
    }

    fn push(&mut self, unit: u16) {
        let Some(slot) = self.window.get_mut(self.at) else {
            return;
        };
        let leaving = u64::from(std::mem::replace(slot, unit));
        self.hash = BASE
            .wrapping_mul(self.hash)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.oldest.wrapping_mul(leaving));
        self.at = (self.at + 1) % BLOCK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of the action that uploads reports to GitHub.
    #[test]
    fn hashes_are_those_of_the_upload_action() {
        assert_eq!(lines(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            lines(" a\nb\n  \t\tc\n d"),
            [
                "271789c17abda88f:1",
                "54703d4cd895b18:1",
                "180aee12dab6264:1",
                "a23a3dc5e078b07b:1"
            ]
        );
        assert_eq!(
            lines(" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End"),
            [
                "8b7cf3e952e7aeb2:1",
                "b1ae1287ec4718d9:1",
                "bff680108adb0fcc:1",
                "c6805c5e1288b612:1",
                "b86d3392aea1be30:1",
                "e6ceba753e1a442:1",
            ]
        );
        let ended = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        for text in [
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n",
            " hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r",
            " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n",
            " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n",
            " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r",
        ] {
            assert_eq!(lines(text), ended);
        }
    }

    #[test]
    fn lines_with_the_same_hash_are_counted() {
        let same = (1..=6).map(|nth| format!("a7f2ff13bc495cf2:{nth}"));
        let near_the_end = [
            "a7f2ff1481e87703:1",
            "a9cf91f7bbf1862b:1",
            "55ec222b86bcae53:1",
            "cc97dc7b1d7d8f7b:1",
            "c129715d7a2bc9a3:1",
        ];
        let hashes: Vec<String> = same.chain(near_the_end.map(str::to_owned)).collect();
        assert_eq!(lines(&"Lorem ipsum dolor sit amet.\n".repeat(10)), hashes);
    }
}

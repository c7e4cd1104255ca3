//! Where a place of an older text is in a newer one: what was typed lies between a common beginning and a common end.

use arcstr::ArcStr;

/// The way from one text to another.
#[derive(Clone, Copy, Debug)]
pub struct Shift {
    before: usize,
    old: usize,
    new: usize,
    after: usize,
}

impl Shift {
    /// Compares two texts.
    pub fn between(old: &ArcStr, new: &ArcStr) -> Self {
        let (a, b) = (old.as_bytes(), new.as_bytes());
        let most = a.len().min(b.len());
        let before = if ArcStr::ptr_eq(old, new) {
            most
        } else {
            a.iter().zip(b).take_while(|(a, b)| a == b).count()
        };
        let back = a.iter().rev().zip(b.iter().rev()).take(most - before);
        let after = back.take_while(|(a, b)| a == b).count();
        Self {
            before,
            old: a.len(),
            new: b.len(),
            after,
        }
    }

    /// The same place now; `None` when it lies in what was typed over.
    pub fn apply(self, offset: u32) -> Option<usize> {
        let offset = offset as usize;
        if offset <= self.before {
            return Some(offset);
        }
        let from_end = self.old.checked_sub(offset)?;
        (from_end <= self.after).then(|| self.new.saturating_sub(from_end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_before_and_after_an_edit_are_found_again() {
        let shift = Shift::between(&"one two three".into(), &"one 2222 three".into());
        assert_eq!(shift.apply(1), Some(1));
        assert_eq!(shift.apply(5), None, "it was typed over");
        assert_eq!(shift.apply(8), Some(9));
        let same = Shift::between(&"abc".into(), &"abc".into());
        assert_eq!((0..4).filter_map(|at| same.apply(at)).count(), 4);
        let grown = Shift::between(&"aaa".into(), &"aaaa".into());
        assert_eq!(grown.apply(3), Some(3));
    }
}

//! Edits and texts: which go together, what comes of them, and how that is shown.

use std::fmt::Write as _;

use super::{Edit, Fix};
use crate::source::{SourceId, Span};

/// Lines around a change that are shown.
const CONTEXT: usize = 3;

/// The fixes, by place in the list, that can be made together: of two that touch the same text, the first.
pub fn chosen(fixes: &[&Fix]) -> Vec<usize> {
    let mut kept: Vec<&Edit> = Vec::new();
    let mut chosen = Vec::new();
    for (nth, fix) in fixes.iter().enumerate() {
        let new: Vec<&Edit> = fix
            .edits
            .iter()
            .filter(|edit| !kept.contains(edit))
            .collect();
        // Half of a fix that another one makes too is no fix of its own.
        let whole = new.len() == fix.edits.len() || new.is_empty();
        let free = new
            .iter()
            .all(|edit| !kept.iter().any(|other| touch(edit.span, other.span)));
        if whole && free {
            kept.extend(new);
            chosen.push(nth);
        }
    }
    chosen
}

fn touch(a: Span, b: Span) -> bool {
    a.source == b.source && a.start <= b.end && b.start <= a.end
}

/// The text of a source with these edits, each of them once; `None` when they contradict each other.
pub fn applied(source: SourceId, text: &str, edits: &[Edit]) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in ordered(source, edits) {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        if start < at {
            return None;
        }
        out.push_str(text.get(at..start)?);
        out.push_str(&edit.text);
        at = end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

fn ordered(source: SourceId, edits: &[Edit]) -> Vec<&Edit> {
    let mut own: Vec<&Edit> = Vec::new();
    for edit in edits.iter().filter(|edit| edit.span.source == source) {
        if !own.contains(&edit) {
            own.push(edit);
        }
    }
    own.sort_by_key(|edit| edit.span);
    own
}

/// What differs between two texts of a file, as `diff -u` shows it; empty when nothing does.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) = (
        old.split_inclusive('\n').collect(),
        new.split_inclusive('\n').collect(),
    );
    let changes = changes(&before, &after);
    let mut out = String::new();
    let mut rest = changes.as_slice();
    while let Some(first) = rest.first() {
        let joined = rest.windows(2).take_while(|pair| match pair {
            [one, next] => next.0.start <= one.0.end + 2 * CONTEXT,
            _ => false,
        });
        let (hunk, later) = rest.split_at(joined.count() + 1);
        if out.is_empty() {
            let _ = write!(out, "--- {path}\n+++ {path}\n");
        }
        out += &hunk_of(&before, &after, first, hunk);
        rest = later;
    }
    out
}

/// Lines of the old text, and those of the new one that take their place.
type Change = (std::ops::Range<usize>, std::ops::Range<usize>);

fn hunk_of(before: &[&str], after: &[&str], first: &Change, hunk: &[Change]) -> String {
    let last = hunk.last().cloned().unwrap_or_else(|| first.clone());
    let lead = first.0.start.min(CONTEXT);
    let tail = (before.len() - last.0.end).min(CONTEXT);
    let (old, new) = (
        first.0.start - lead..last.0.end + tail,
        first.1.start - lead..last.1.end + tail,
    );
    let at = |range: &std::ops::Range<usize>| {
        if range.is_empty() {
            range.start
        } else {
            range.start + 1
        }
    };
    let mut out = format!(
        "@@ -{},{} +{},{} @@\n",
        at(&old),
        old.len(),
        at(&new),
        new.len()
    );
    let mut line = old.start;
    let mut put = |sign: char, lines: Option<&[&str]>| {
        for text in lines.unwrap_or_default() {
            out.push(sign);
            out.push_str(text);
            if !text.ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    };
    for (gone, come) in hunk {
        put(' ', before.get(line..gone.start));
        put('-', before.get(gone.clone()));
        put('+', after.get(come.clone()));
        line = gone.end;
    }
    put(' ', before.get(line..old.end));
    out
}

/// Lines looked ahead for where two texts meet again.
const AHEAD: usize = 400;

/// Where two texts differ, line by line. Looks ahead a bounded way; what differs for longer is one change.
fn changes(before: &[&str], after: &[&str]) -> Vec<Change> {
    let same = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let most = before.len().min(after.len());
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let tail = same.min(most - head.min(most));
    let (old_end, new_end) = (before.len() - tail, after.len() - tail);
    let (mut old, mut new) = (head, head);
    let mut changes = Vec::new();
    while old < old_end || new < new_end {
        let line = |lines: &[&str], at: usize, end: usize| {
            (at < end)
                .then(|| lines.get(at).map(|line| (*line).to_owned()))
                .flatten()
        };
        let (a, b) = (line(before, old, old_end), line(after, new, new_end));
        if a.is_some() && a == b {
            old += 1;
            new += 1;
            continue;
        }
        let (gone, come) = meeting(
            before.get(old..old_end).unwrap_or_default(),
            after.get(new..new_end).unwrap_or_default(),
        );
        changes.push((old..old + gone, new..new + come));
        old += gone;
        new += come;
    }
    changes
}

/// How many lines go and come until both texts have the same line again; the fewest together.
fn meeting(before: &[&str], after: &[&str]) -> (usize, usize) {
    let most = (before.len() + after.len()).min(AHEAD);
    for sum in 1..=most {
        for gone in 0..=sum.min(before.len()) {
            let come = sum - gone;
            let meet = before
                .get(gone)
                .zip(after.get(come))
                .is_some_and(|(a, b)| a == b);
            if come <= after.len() && meet {
                return (gone, come);
            }
        }
    }
    (before.len(), after.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: SourceId = SourceId(0);

    fn edit(start: u32, end: u32, text: &str) -> Edit {
        let span = Span {
            source: SOURCE,
            start,
            end,
        };
        Edit {
            span,
            text: text.to_owned(),
        }
    }

    fn fix(edits: Vec<Edit>) -> Fix {
        Fix {
            safe: true,
            title: String::new(),
            edits,
            about: None,
        }
    }

    #[test]
    fn edits_are_made_from_the_front() {
        let edits = [edit(4, 5, "X"), edit(0, 0, ">"), edit(4, 5, "X")];
        assert_eq!(
            applied(SOURCE, "abcdef", &edits).as_deref(),
            Some(">abcdXf")
        );
        assert_eq!(
            applied(SOURCE, "abcdef", &[edit(0, 3, ""), edit(2, 4, "")]),
            None
        );
    }

    #[test]
    fn of_two_that_touch_the_first_is_made() {
        let (a, b, c) = (
            fix(vec![edit(0, 2, "x")]),
            fix(vec![edit(2, 2, "y")]),
            fix(vec![edit(5, 6, "")]),
        );
        assert_eq!(chosen(&[&a, &b, &c]), [0, 2]);
        assert_eq!(chosen(&[&a, &a]), [0, 1], "the same edits mend both");
    }

    #[test]
    fn a_difference_is_shown_with_three_lines_around() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = "1\n2\n3\n4\nfive\nmore\n6\n7\n8\n9\n";
        let expected =
            "--- a.yml\n+++ a.yml\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+more\n 6\n 7\n 8\n";
        assert_eq!(unified("a.yml", old, new), expected);
        assert_eq!(unified("a.yml", old, old), "");
        let last = unified("a.yml", "a: 1", "a: 1\nb: 2");
        assert!(
            last.contains("-a: 1\n\\ No newline at end of file\n+a: 1\n+b: 2\n\\ No newline"),
            "{last}"
        );
    }
}

//! Whether a word was probably meant to be another.

/// Longer words are not compared.
const LONGEST: usize = 32;

/// Whether `written` is not `known`, and differs from it by case, or by at most two letters.
pub(super) fn is_near(written: &str, known: &str) -> bool {
    if written == known || written.len() > LONGEST {
        return false;
    }
    let most = if known.len() > 7 { 2 } else { 1 };
    // Every letter that one has more is a difference; characters of several bytes are in no known word.
    if known.len().saturating_sub(written.len()) > most {
        return false;
    }
    let lower = |word: &str| word.to_ascii_lowercase().chars().collect::<Vec<_>>();
    distance(&lower(written), &lower(known)) <= most
}

/// How many letters to insert, remove or replace; two that changed places count as one.
fn distance(a: &[char], b: &[char]) -> usize {
    let cell = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX / 2);
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, x) in a.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, y) in b.iter().enumerate() {
            let replaced = cell(&above, column) + usize::from(x != y);
            let mut best = replaced
                .min(cell(&above, column + 1) + 1)
                .min(cell(&line, column) + 1);
            let swapped =
                row > 0 && column > 0 && a.get(row - 1) == Some(y) && b.get(column - 1) == Some(x);
            if swapped {
                best = best.min(cell(&before, column - 1) + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut above, line);
    }
    cell(&above, b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_near() {
        for word in [
            "athorizer",
            "authoriser",
            "Authorizer",
            "authorizr",
            "autohrizer",
        ] {
            assert!(is_near(word, "authorizer"), "{word}");
        }
        assert!(is_near("privat", "private"));
        assert!(!is_near("authorizer", "authorizer"));
        assert!(!is_near("async", "private"));
        assert!(!is_near("timeout", "authorizer"));
    }
}

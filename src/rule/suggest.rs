//! "did you mean …": the known name that is nearest to what was written.

/// Longer words are not compared: nobody mistypes that much.
const LONGEST: usize = 48;

/// The known word that `written` most likely stands for; `None` when nothing is near.
pub(crate) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = written.to_lowercase().replace('_', "-");
    let length = word.chars().count();
    if !(2..=LONGEST).contains(&length) {
        return None;
    }
    let allowed = 1 + length / 4;
    known
        .into_iter()
        .filter_map(|candidate| {
            let distance = from(&word, candidate);
            (distance <= allowed).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `, did you mean …?` or nothing: to follow a message about an unknown word.
pub(crate) fn hint<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(written, known).map_or_else(String::new, |near| format!(", did you mean `{near}`?"))
}

/// Distance to the candidate, or to its beginning when the word may be short for it: `auth`, `auht`.
fn from(word: &str, candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.to_lowercase().replace('_', "-").chars().collect();
    let word: Vec<char> = word.chars().collect();
    let whole = distance(&word, &candidate);
    match candidate.get(..word.len()) {
        Some(beginning) if word.len() >= 3 => whole.min(distance(&word, beginning) + 1),
        Some(_) | None => whole,
    }
}

/// How many characters to insert, remove, replace or swap with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, x) in a.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, y) in b.iter().enumerate() {
            let cell = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = (cell(&above, column) + usize::from(x != y))
                .min(cell(&above, column + 1) + 1)
                .min(cell(&current, column) + 1);
            let swapped =
                row > 0 && column > 0 && a.get(row - 1) == Some(y) && b.get(column - 1) == Some(x);
            if swapped {
                best = best.min(cell(&before, column - 1) + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const FIELDS: [&str; 4] = ["method", "authorization", "api_key_required", "authorizer"];

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        assert_eq!(nearest("metod", FIELDS), Some("method"));
        assert_eq!(nearest("mehtod", FIELDS), Some("method"));
        assert_eq!(
            nearest("api-key-required", FIELDS),
            Some("api_key_required")
        );
        assert_eq!(nearest("Authorizer", FIELDS), Some("authorizer"));
    }

    #[test]
    fn a_beginning_stands_for_the_whole() {
        assert_eq!(nearest("auth", FIELDS), Some("authorization"));
        assert_eq!(nearest("auht", FIELDS), Some("authorization"));
    }

    #[test]
    fn what_is_far_from_everything_is_no_suggestion() {
        assert_eq!(nearest("colour", FIELDS), None);
        assert_eq!(nearest("", FIELDS), None);
        assert_eq!(nearest(&"x".repeat(10_000), FIELDS), None);
    }
}

//! What stands at a place of a text: the word, and the variable around it. Reads lines, not trees: while somebody types
//! there often is none.

/// The word around a byte, made of these characters.
pub fn word(text: &str, offset: usize, is_part: impl Fn(char) -> bool) -> &str {
    let before = text.get(..offset).unwrap_or_default();
    let after = text.get(offset..).unwrap_or_default();
    let start = before.trim_end_matches(&is_part).len();
    let end = offset + (after.len() - after.trim_start_matches(&is_part).len());
    text.get(start..end).unwrap_or_default()
}

/// Whether a character belongs to the name of a resource, a key or an authorizer.
pub fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

/// What stands between the innermost `${` and `}` around a column of a line.
pub fn variable(line: &str, column: usize) -> Option<&str> {
    let before = line.get(..column)?;
    let mut depth = 0usize;
    for (at, _) in before.char_indices().rev() {
        let rest = before.get(at..)?;
        if rest.starts_with('}') {
            depth += 1;
        } else if rest.starts_with("${") {
            if depth == 0 {
                let inner = line.get(at + 2..)?;
                let end = inner.find(['}', '$']).unwrap_or(inner.len());
                return inner.get(..end);
            }
            depth -= 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_variables_are_found_around_the_cursor() {
        assert_eq!(word("a: !Ref Api", 9, is_name), "Api");
        assert_eq!(word("a", 9, is_name), "");
        let line = "x: a-${self:custom.${opt:stage}.b}";
        assert_eq!(variable(line, 10), Some("self:custom."));
        assert_eq!(variable(line, 25), Some("opt:stage"));
        assert_eq!(variable(line, 1), None);
    }
}

//! Lines no wider than the terminal.

use unicode_width::UnicodeWidthStr;

/// A text broken at blanks, the first line after `first`, the others after `rest`. A word that is too long stays whole.
pub fn wrap(text: &str, width: usize, first: &str, rest: &str) -> String {
    let mut out = String::from(first);
    let mut column = first.width();
    let mut begun = false;
    for word in text.split(' ') {
        let wide = word.width();
        if begun && column + 1 + wide > width {
            out = out + "\n" + rest;
            column = rest.width();
        } else if begun {
            out.push(' ');
            column += 1;
        }
        out += word;
        column += wide;
        begun = true;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_hang() {
        assert_eq!(wrap("aa bb cc", 6, "> ", "  "), "> aa\n  bb\n  cc");
        assert_eq!(wrap("aa bb cc", 7, "> ", "  "), "> aa bb\n  cc");
        assert_eq!(wrap("abcdefgh", 4, "", ""), "abcdefgh");
    }
}

//! The only way for text of the input into a page.
//!
//! Nothing in it is markup, nothing is hidden, it is of bounded length, and it holds no value that the run was told to
//! keep to itself.

use maud::{Markup, Render, html};

use crate::report::escape;

/// Text as a page shows it. INVARIANT: no hidden character, no value to be kept; escaped when it is rendered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(String);

/// Values that are not shown, each with what is shown instead.
pub type Hidden<'a> = &'a [(String, String)];

impl Text {
    /// A text of at most so many bytes.
    pub fn new(text: &str, most: usize, hidden: Hidden<'_>) -> Self {
        let kept = without(text, hidden);
        Self(escape::line(&escape::cut(&kept, most)).into_owned())
    }

    /// The text, for measuring.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Render for Text {
    fn render_to(&self, page: &mut String) {
        self.0.render_to(page);
    }
}

/// The text without the values that are to be kept.
pub fn without(text: &str, hidden: Hidden<'_>) -> String {
    let mut text = text.to_owned();
    for (value, name) in hidden {
        if text.contains(value.as_str()) {
            text = text.replace(value.as_str(), name);
        }
    }
    text
}

/// A message, in which what stands in backticks is code.
pub fn message(text: &Text) -> Markup {
    let parts: Vec<&str> = text.0.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! {
        @for (nth, part) in parts.into_iter().enumerate() {
            @if nth % 2 == 0 { (part) } @else { code { (part) } }
        }
    }
}

/// A path that may be broken after each of its parts.
pub fn path(text: &Text) -> Markup {
    html! {
        @for (nth, part) in text.0.split('/').enumerate() {
            @if nth > 0 { "/" wbr; }
            (part)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Text::new(text, 1024, &[]).render().into_string()
    }

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(
            shown("<script>alert(1)</script> \" & <!--"),
            "&lt;script&gt;alert(1)&lt;/script&gt; &quot; &amp; &lt;!--"
        );
        let told = message(&Text::new("`<b>` is <i>", 99, &[])).into_string();
        assert_eq!(told, "<code>&lt;b&gt;</code> is &lt;i&gt;");
    }

    #[test]
    fn what_hides_is_spelled_out() {
        assert_eq!(
            shown("a\u{202e}b\0c\u{1b}[2J"),
            "a\\u{202e}b\\u{0}c\\u{1b}[2J"
        );
    }

    #[test]
    fn a_long_text_is_cut() {
        let text = Text::new(&"ä".repeat(9999), 1024, &[]);
        assert!(text.as_str().len() < 1040);
        assert!(text.as_str().ends_with('…'));
    }

    #[test]
    fn a_value_that_is_kept_is_replaced_before_it_is_escaped() {
        let hidden = [("a<b&c-secret".to_owned(), "${env:<X>}".to_owned())];
        let text = Text::new("/a<b&c-secret/x", 1024, &hidden);
        assert_eq!(text.render().into_string(), "/${env:&lt;X&gt;}/x");
    }
}

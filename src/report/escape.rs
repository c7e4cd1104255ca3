//! What comes from the input, made harmless for the medium it is printed to.
//!
//! The input is written by whoever opened the pull request: names, paths and comments may hold terminal control, text
//! that reads backwards, workflow commands, formulas, tags and links. Nothing here trusts a caller to have cleaned
//! before; nothing drops a character silently either: what cannot be shown is spelled as `\u{202e}`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Bytes of one text in a report: names of a megabyte help nobody.
pub const MOST: usize = 1024;
/// Bytes of a message or a help, which carry several such names.
pub const MOST_OF_MESSAGE: usize = 2048;

/// Whether a character acts on the reader's screen or hides instead of showing: control characters, marks of
/// direction, zero-width characters and tags.
pub fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Appends a character, spelled out when it is hidden.
pub fn push_visible(out: &mut String, c: char) {
    if is_hidden(c) {
        let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
    } else {
        out.push(c);
    }
}

/// How orders to a CI begin that are obeyed anywhere in a line of its log: those of Azure Pipelines, and the older ones
/// of GitHub Actions. Both look for the mark in the whole line, not at its start.
const ORDERS: [&str; 2] = ["##vso[", "##["];
/// A `#` that begins nothing.
pub const SPELLED: &str = "\\u{23}";

/// Text in which no order begins: the second `#` stands as `instead`.
fn disarmed<'a>(text: Cow<'a, str>, instead: &str) -> Cow<'a, str> {
    if !text.contains("##") {
        return text;
    }
    let mut text = text;
    for order in ORDERS {
        if text.contains(order) {
            let harmless = order.replacen("##", &format!("#{instead}"), 1);
            text = Cow::Owned(text.replace(order, &harmless));
        }
    }
    text
}

/// Whether an order begins with the `#` before a text and the one that the text starts with.
pub fn ends_mark(before: &str, rest: &str) -> bool {
    let mut marks = ORDERS.iter().filter_map(|order| order.strip_prefix('#'));
    before.ends_with('#') && marks.any(|mark| rest.starts_with(mark))
}

/// One line for a terminal, a log, or any text that a person reads.
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return disarmed(Cow::Borrowed(text), SPELLED);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_visible(&mut out, c);
    }
    disarmed(Cow::Owned(out), SPELLED)
}

/// At most `most` bytes of a text, with an ellipsis where it was cut.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default()))
}

/// A difference between texts, line by line: what a terminal would obey is shown, line ends are kept.
pub fn patch(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for whole in text.split_inclusive('\n') {
        let ends = whole.trim_end_matches(['\r', '\n']);
        // A tab is a blank here, not a column.
        let parts: Vec<_> = ends.split('\t').map(line).collect();
        out += &parts.join("\t");
        out.push_str(whole.get(ends.len()..).unwrap_or_default());
    }
    out
}

/// A message as every format but JSON prints it: of bounded length, on one line, nothing hidden.
pub fn message(text: &str) -> String {
    line(&cut(text, MOST_OF_MESSAGE)).into_owned()
}

/// A line that begins with words of the input, and is no workflow command for that.
pub fn start_of_line(line: &str) -> String {
    if line.trim_start().starts_with("::") {
        return line.replacen("::", "\\u{3a}:", 1);
    }
    line.to_owned()
}

/// A name or a path on one line, likewise.
pub fn name(text: &str) -> String {
    line(&cut(text, MOST)).into_owned()
}

/// JSON text in which hidden characters and orders to a CI stand as `\u` escapes. Those below U+0020 are escaped already,
/// and the rest can stand only inside of strings.
pub fn json(text: String) -> String {
    let acts = |c: char| c > '\u{7e}' && is_hidden(c);
    let text = disarmed(Cow::Owned(text), "\\u0023").into_owned();
    if !text.chars().any(acts) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// The message of a workflow command.
pub fn workflow_text(text: &str) -> String {
    line(text).replace('%', "%25")
}

/// A property of a workflow command. Line ends are percent-encoded, so that a path stays the path that it is.
pub fn workflow_property(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' | '\r' | '\n' | ':' | ',' => {
                let _ = write!(out, "%{:02X}", u32::from(c));
            }
            c => push_visible(&mut out, c),
        }
    }
    disarmed(Cow::Owned(out), SPELLED).into_owned()
}

/// Text in Markdown, in which nothing is markup, a link or a mention.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in line(text).chars() {
        match c {
            // An escaped pipe still ends a cell when a backslash stands before it.
            '|' => out.push_str("&#124;"),
            // Escaping does not stop a mention; a comment between does.
            '@' => out.push_str("@<!-- -->"),
            c if c.is_ascii_punctuation() && !matches!(c, ',' | ';' | '\'' | '"' | '%') => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A code span that holds just this text.
pub fn markdown_code(text: &str) -> String {
    let text = line(text);
    if text.trim().is_empty() || text.contains('|') {
        // A code span cannot be blank, and in a table it cannot hold every text with a pipe.
        return markdown(&text);
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with(['`', ' ', '\\']) || text.ends_with(['`', ' ', '\\']) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A message in Markdown: what stands in backticks becomes code.
pub fn markdown_message(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return markdown(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (nth, part) in parts.into_iter().enumerate() {
        match (nth % 2, part) {
            (0, part) => out.push_str(&markdown(part)),
            (_, "") => out.push_str("\\`\\`"),
            (_, part) => out.push_str(&markdown_code(part)),
        }
    }
    out
}

/// A cell of a CSV file, which no spreadsheet takes for a formula.
pub fn csv(text: &str) -> String {
    let acts = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = line(text);
    let guard = if acts { "'" } else { "" };
    if text.contains([',', '"', ';', '\'']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

/// Text or an attribute's value in XML.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// The text of a SARIF message: no placeholder, no link.
///
/// The standard wants every brace doubled, but the readers that matter show the doubled ones as they stand; so
/// `/orders/{id}` stays, and `{0}`, which alone is ambiguous, becomes `{{0}}`.
pub fn sarif(text: &str) -> String {
    let text = message(text);
    let linked = text.contains("](");
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let digits = after.len() - after.trim_start_matches(|d: char| d.is_ascii_digit()).len();
        match c {
            '{' if digits > 0 && after.get(digits..).is_some_and(|t| t.starts_with('}')) => {
                let number = after.get(..digits).unwrap_or_default();
                let _ = write!(out, "{{{{{number}}}}}");
                rest = after.get(digits + 1..).unwrap_or_default();
                continue;
            }
            '[' | ']' if linked => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        rest = after;
    }
    out
}

/// A relative path as the relative reference of a URI.
pub fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// A quoted label of a Mermaid diagram.
pub fn mermaid(text: &str) -> String {
    let mut out = String::from("\"");
    for c in name(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, '/' | '-' | '_' | '.' | ',' | '+') {
            let _ = write!(out, "#{};", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str =
        "##vso[task.x]###[y]a\u{1b}[2J\u{202e}\u{9b}31m\r\n::error::x\u{200b}\u{e0041}";

    #[test]
    fn no_medium_gets_a_hidden_character_or_an_order() {
        let all = [
            line(NASTY).into_owned(),
            message(NASTY),
            workflow_text(NASTY),
            workflow_property(NASTY),
            markdown(NASTY),
            markdown_code(NASTY),
            markdown_message(NASTY),
            csv(NASTY),
            xml(NASTY),
            sarif(NASTY),
            uri(NASTY),
            mermaid(NASTY),
            json(serde_json::to_string(NASTY).expect("a string")),
        ];
        for text in all {
            assert!(!text.chars().any(is_hidden), "{text:?}");
            assert!(!ORDERS.iter().any(|order| text.contains(order)), "{text:?}");
        }
    }

    #[test]
    fn json_still_says_the_same() {
        let text = json(serde_json::to_string(NASTY).expect("a string"));
        let back: String = serde_json::from_str(&text).expect("JSON");
        assert_eq!(back, NASTY);
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(cut("äää", 3), "ä…");
        assert_eq!(cut("äää", 6), "äää");
    }

    #[test]
    fn a_percent_sign_cannot_make_a_line_end_in_a_workflow_command() {
        assert_eq!(workflow_text("a%0A::b"), "a%250A::b");
        assert_eq!(workflow_property("C:1,\n"), "C%3A1%2C%0A");
    }

    #[test]
    fn markdown_has_no_links_tags_mentions_or_cells_of_the_input() {
        assert_eq!(
            markdown("![x](y)<b>|@me"),
            "\\!\\[x\\]\\(y\\)\\<b\\>&#124;@<!-- -->me"
        );
        assert_eq!(markdown_code("a`b"), "``a`b``");
        assert_eq!(markdown_code("`"), "`` ` ``");
        assert_eq!(markdown_code("a|b"), "a&#124;b");
        assert_eq!(
            markdown_message("`POST /a_b` is *so*"),
            "`POST /a_b` is \\*so\\*"
        );
        assert_eq!(markdown_message("odd ` one"), "odd \\` one");
    }

    #[test]
    fn a_line_of_the_input_is_no_workflow_command() {
        assert_eq!(start_of_line(" ::error::x"), " \\u{3a}:error::x");
        assert_eq!(start_of_line("AWS::Region"), "AWS::Region");
    }

    #[test]
    fn a_formula_is_text() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("-x", "'-x"),
            ("+x,y", "\"'+x,y\""),
            ("@x", "'@x"),
            ("\tx", "'\\u{9}x"),
            ("a \"b\"", "\"a \"\"b\"\"\""),
            ("plain", "plain"),
        ] {
            assert_eq!(csv(text), cell);
        }
    }

    #[test]
    fn sarif_text_has_no_placeholders_and_no_links() {
        assert_eq!(sarif("{0} /a/{id} {12}"), "{{0}} /a/{id} {{12}}");
        assert_eq!(sarif("[x](1) [y]"), "\\[x\\](1) \\[y\\]");
        assert_eq!(sarif("a[0]"), "a[0]");
    }

    #[test]
    fn a_path_is_a_relative_uri() {
        assert_eq!(uri("a b/C:1#ä?.yml"), "a%20b/C%3A1%23%C3%A4%3F.yml");
    }

    #[test]
    fn xml_keeps_its_marks_to_itself() {
        assert_eq!(
            xml("a<b>&\"c\"'d'\u{ffff}\u{1b}"),
            "a&lt;b&gt;&amp;&quot;c&quot;&apos;d&apos;\\u{ffff}\\u{1b}"
        );
    }

    #[test]
    fn a_name_is_one_line_of_bounded_length() {
        assert_eq!(name("a\nb"), "a\\u{a}b");
        assert_eq!(name(&"x".repeat(5 * MOST)), "x".repeat(MOST) + "…");
    }

    #[test]
    fn a_difference_keeps_its_lines_and_tabs_and_shows_the_rest() {
        assert_eq!(
            patch("-a:\tb\r\n+\u{1b}[1mc\n d"),
            "-a:\tb\r\n+\\u{1b}[1mc\n d"
        );
    }

    #[test]
    fn an_order_is_seen_when_it_is_put_together_of_two_texts() {
        assert!(ends_mark("x#", "#vso[task]"));
        assert!(ends_mark("#", "#[error]"));
        assert!(!ends_mark("x", "#vso[task]"));
        assert!(!ends_mark("#", "vso[task]"));
        assert!(!ends_mark("", ""));
    }

    #[test]
    fn json_escapes_what_is_hidden_and_nothing_else() {
        let text = "{\"a\": \"ä~\u{202e}\u{7f}\"}";
        assert_eq!(json(text.to_owned()), "{\"a\": \"ä~\\u202e\\u007f\"}");
        let lines = "{\n  \"a\": 1\n}".to_owned();
        assert_eq!(json(lines.clone()), lines, "its own line ends stay");
    }

    #[test]
    fn code_in_markdown_is_padded_where_a_fence_would_join_it() {
        assert_eq!(markdown_code("a"), "`a`");
        assert_eq!(markdown_code("`a"), "`` `a ``");
        assert_eq!(markdown_code("a`"), "`` a` ``");
        assert_eq!(markdown_code("a b"), "`a b`");
    }

    #[test]
    fn a_placeholder_of_sarif_is_a_number_in_braces() {
        assert_eq!(sarif("{0} {12} {id} {} {3"), "{{0}} {{12}} {id} {} {3");
        assert_eq!(sarif("[a](b)"), "\\[a\\](b)");
        assert_eq!(sarif("[a] (b)"), "[a] (b)");
    }

    #[test]
    fn a_label_of_mermaid_ends_where_it_should() {
        assert_eq!(
            mermaid("GET /a-b_c.d,e+f \"x\";"),
            "\"GET /a-b_c.d,e+f #34;x#34;#59;\""
        );
        assert_eq!(mermaid("ä"), "\"ä\"");
    }
}

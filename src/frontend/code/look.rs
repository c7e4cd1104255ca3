//! What stands in one file.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::imports::{only_plain, pattern, signer};
use crate::source::{Span, Str};
use crate::stack::Code;

static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"https://[a-z0-9]{10}\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?[A-Za-z0-9/._~%-]*",
    )
});
/// `'x-api-key': '…'`, `headers["x-api-key"] = "…"`, `.set('x-api-key', '…')`.
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r#"[Xx]-[Aa][Pp][Ii]-[Kk][Ee][Yy]["'`]?\]?[ \t]*[:,=][ \t]*["'`]([A-Za-z0-9_-]{20,128})["'`]"#,
    )
});
static VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r#"(?:process\.env\.|process\.env\[["']|os\.environ\[["']|os\.environ\.get\(["']|os\.getenv\(["'])([A-Za-z_][A-Za-z0-9_]*)"#,
    )
});

/// Finds of one kind in one file that are kept.
const MOST: usize = 64;

/// Reads a file. `span` makes a place of two offsets.
pub(super) fn at(text: &str, python: bool, span: &dyn Fn(usize, usize) -> Span) -> Code {
    let signed = signer(text);
    let signs = match signed {
        Some(_) => Some(true),
        None if only_plain(text, python) => Some(false),
        None => None,
    };
    let (start, end) = signed.unwrap_or_else(|| (0, text.lines().next().map_or(0, str::len)));
    Code {
        file: Str::from("the code in the template"),
        urls: urls(text, span),
        keys: keys(text, span),
        variables: variables(text),
        signs,
        span: Some(span(start, end)),
    }
}

fn urls(text: &str, span: &dyn Fn(usize, usize) -> Span) -> Vec<(Str, Span)> {
    let found = URL.iter().flat_map(|url| url.find_iter(text));
    let found = found.filter(|url| !is_comment(text, url.start()));
    let found = found.map(|url| {
        // What goes on with a variable ends somewhere that cannot be seen: only its API is.
        let open = text
            .get(url.end()..)
            .is_some_and(|rest| rest.starts_with(['$', '{', '\\']));
        let host = url.as_str().get(8..).and_then(|rest| rest.find('/'));
        let known = match (open, host) {
            (true, Some(host)) => url.as_str().get(..host + 8).unwrap_or_default(),
            (true, None) | (false, _) => url.as_str(),
        };
        (Str::from(known), span(url.start(), url.end()))
    });
    found.take(MOST).collect()
}

fn keys(text: &str, span: &dyn Fn(usize, usize) -> Span) -> Vec<Span> {
    let found = KEY.iter().flat_map(|key| key.captures_iter(text));
    let values = found.filter_map(|found| found.get(1));
    let real = values.filter(|value| !is_comment(text, value.start()) && is_key(value.as_str()));
    real.map(|value| span(value.start(), value.end()))
        .take(MOST)
        .collect()
}

/// Whether a text looks like a key, and not like what stands for one in an example.
fn is_key(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let stands_in = [
        "your",
        "example",
        "placeholder",
        "changeme",
        "api-key",
        "api_key",
        "apikey",
        "xxxx",
        "dummy",
        "fake",
    ];
    let distinct: BTreeSet<u8> = lower.bytes().collect();
    let digit = lower.bytes().any(|byte| byte.is_ascii_digit());
    let letter = lower.bytes().any(|byte| byte.is_ascii_alphabetic());
    digit && letter && distinct.len() >= 8 && !stands_in.iter().any(|word| lower.contains(word))
}

fn variables(text: &str) -> BTreeSet<Str> {
    let found = VARIABLE.iter().flat_map(|name| name.captures_iter(text));
    let names = found.filter_map(|found| found.get(1));
    names
        .map(|name| Str::from(name.as_str()))
        .take(1_000)
        .collect()
}

/// Whether the line is a comment.
fn is_comment(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
    ["//", "#", "*", "/*"]
        .iter()
        .any(|mark| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn code(text: &str, python: bool) -> Code {
        let source = Sources::default().add("a.js", text);
        let span = |start: usize, end: usize| Span {
            source,
            start: u32::try_from(start).expect("short"),
            end: u32::try_from(end).expect("short"),
        };
        at(text, python, &span)
    }

    fn finds_a_key(text: &str) -> bool {
        !code(text, false).keys.is_empty()
    }

    #[test]
    fn every_pattern_is_one() {
        assert!(URL.is_some() && KEY.is_some() && VARIABLE.is_some());
    }

    #[test]
    fn keys_are_found_however_they_are_sent() {
        assert!(finds_a_key("{ 'x-api-key': 'a1b2c3d4e5f6g7h8i9j0k1l2' }"));
        assert!(finds_a_key(
            "headers[\"X-Api-Key\"] = \"a1b2c3d4e5f6g7h8i9j0k1l2\""
        ));
        assert!(finds_a_key(
            "r.set('x-api-key', 'a1b2c3d4e5f6g7h8i9j0k1l2')"
        ));
    }

    #[test]
    fn what_stands_for_a_key_is_none() {
        assert!(!finds_a_key("{ 'x-api-key': process.env.KEY }"));
        assert!(!finds_a_key("{ 'x-api-key': 'your-api-key-goes-here-1' }"));
        assert!(!finds_a_key("{ 'x-api-key': '00000000000000000000000a' }"));
        assert!(!finds_a_key("{ 'x-api-key': 'short1' }"));
        assert!(!finds_a_key("// 'x-api-key': 'a1b2c3d4e5f6g7h8i9j0k1l2'"));
    }

    #[test]
    fn urls_and_variables_are_found() {
        let found = code(
            "fetch('https://abcdefghij.execute-api.eu-west-1.amazonaws.com/dev/stores'); process.env.STORES; process.env['B']",
            false,
        );
        let urls: Vec<&str> = found.urls.iter().map(|(url, _)| url.as_str()).collect();
        assert_eq!(
            urls,
            ["https://abcdefghij.execute-api.eu-west-1.amazonaws.com/dev/stores"]
        );
        assert_eq!(found.signs, Some(false));
        assert!(found.variables.contains("STORES") && found.variables.contains("B"));
    }
}

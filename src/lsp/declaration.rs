//! An endpoint declared public in the project's configuration, for files in which no comment can say it.
//!
//! Offered only where there is a configuration that can be read, and still can be with what is added. The names come from
//! the input: one that would be more than a name, as a pattern or on the screen, is not written down.

use std::path::Path;

use gen_lsp_types::{TextEdit, Uri};

use super::uri;
use super::view::Page;
use crate::config;
use crate::report;

/// The edit that adds it, and the file that it is for.
pub fn of(
    page: &Page<'_>,
    file: &str,
    (endpoint, reason): (&str, &str),
) -> Option<(Uri, TextEdit)> {
    let view = page.view;
    let is_config = |name: &&String| Path::new(name).extension().is_some_and(|it| it == "toml");
    let name = view.ruling.iter().find(is_config)?;
    let source = view.report.sources.find(name)?;
    let text = &view.report.sources.get(source)?.text;
    let file = match config::folder(name) {
        "" => file,
        folder => file.strip_prefix(folder)?.strip_prefix('/')?,
    };
    let is_pattern = |c: char| "*?[]\\!".contains(c);
    let is_odd = |name: &str| name.contains(is_pattern) || report::name(name) != name;
    if is_odd(file) || is_odd(endpoint) || file.contains(['{', '}']) {
        return None;
    }
    let added = entry(
        text,
        &[("endpoint", endpoint), ("files", file), ("reason", reason)],
    );
    toml::from_str::<toml::Table>(&format!("{text}{added}")).ok()?;
    let lines = page.lines.of(text);
    let edit = TextEdit {
        range: lines.range(text.len(), text.len()),
        new_text: added,
    };
    Some((uri::of(&view.base.join(name)), edit))
}

/// What follows the text, its line ends like those before.
fn entry(text: &str, values: &[(&str, &str)]) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let before = match text {
        "" => "",
        text if text.ends_with('\n') => newline,
        _ => &newline.repeat(2),
    };
    let pair =
        |(key, value): &(&str, &str)| format!("{key} = {}{newline}", toml::Value::from(*value));
    let pairs: String = values.iter().map(pair).collect();
    format!("{before}[[public]]{newline}{pairs}")
}

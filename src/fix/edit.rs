//! Edits of a tree that keep how its text is written: block or flow style or JSON, indentation, quotes, comments.
//!
//! Gives nothing where the text is not as plain as it must be for the result to be certain.

use std::fmt::Write as _;

use super::Edit;
use super::site::{Site, is_literal};
use crate::document::{Entry, Node};
use crate::source::{Span, Str};

/// Something that is to be written.
#[derive(Clone, Debug)]
pub(super) enum Draft {
    /// A scalar.
    Plain(String),
    /// Text with references: `Fn::Sub`.
    Sub(String),
    /// The thing with this name: `Ref`.
    Ref(String),
    /// A mapping.
    Map(Vec<(String, Draft)>),
    /// A list.
    List(Vec<Draft>),
}

impl Draft {
    /// A mapping.
    pub(super) fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Map(entries.map(|(key, value)| (key.to_owned(), value)).into())
    }

    /// A scalar.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::Plain(text.into())
    }

    /// On one line.
    fn flow(&self, json: bool) -> String {
        match self {
            Self::Plain(text) => scalar(text, json),
            Self::Sub(text) if json => format!("{{ \"Fn::Sub\": {} }}", quoted(text)),
            Self::Sub(text) => format!("!Sub {}", quoted(text)),
            Self::Ref(name) if json => format!("{{ \"Ref\": {} }}", quoted(name)),
            Self::Ref(name) => format!("!Ref {}", scalar(name, false)),
            Self::Map(entries) => {
                let pair = |(name, value): &(String, Self)| {
                    format!("{}: {}", key(name, json), value.flow(json))
                };
                let pairs: Vec<String> = entries.iter().map(pair).collect();
                format!("{{ {} }}", pairs.join(", "))
            }
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.flow(json)).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }

    /// Below a key or a dash: what follows it, in lines that begin with `newline`, which has the indentation of the children.
    fn block(&self, newline: &str) -> String {
        match self {
            Self::Plain(_) | Self::Sub(_) | Self::Ref(_) => format!(" {}", self.flow(false)),
            Self::Map(entries) => {
                let line = |(name, value): &(String, Self)| {
                    format!(
                        "{newline}{}:{}",
                        key(name, false),
                        value.block(&format!("{newline}  "))
                    )
                };
                entries.iter().map(line).collect()
            }
            Self::List(items) => {
                let item = |item: &Self| format!("{newline}-{}", item.item(newline));
                items.iter().map(item).collect()
            }
        }
    }

    /// Behind a dash that stands at the indentation of `newline`.
    fn item(&self, newline: &str) -> String {
        let inner = format!("{newline}  ");
        let block = self.block(&inner);
        match block.strip_prefix(&inner) {
            Some(first) => format!(" {first}"),
            None => block,
        }
    }
}

/// A value, and the keys on the way to it.
type Placed = (Vec<Str>, Draft);

/// Gives properties their values, and writes those that are not there.
pub(super) fn set(site: &Site, node: &Node, values: Vec<Placed>) -> Option<Vec<Edit>> {
    let mut groups: Vec<(Str, Vec<Placed>)> = Vec::new();
    for (path, value) in values {
        let (first, rest) = path.split_first()?;
        let rest = (rest.to_vec(), value);
        match groups.iter_mut().find(|(key, _)| key == first) {
            Some((_, group)) => group.push(rest),
            None => groups.push((first.clone(), vec![rest])),
        }
    }
    let mut edits = Vec::new();
    let mut absent = Vec::new();
    for (key, group) in groups {
        let Some(entry) = node.as_map()?.entry(&key) else {
            absent.push((key.to_string(), nested(group)));
            continue;
        };
        if !is_within(node, entry) || site.is_repeated(entry) {
            return None;
        }
        match group.as_slice() {
            [(path, Draft::Plain(text))] if path.is_empty() => {
                edits.push(replaced(site, &entry.value, text)?);
            }
            _ => edits.extend(set(site, &entry.value, group)?),
        }
    }
    if !absent.is_empty() {
        edits.push(add(site, node, &absent)?);
    }
    Some(edits)
}

/// Values by their paths as one tree.
fn nested(group: Vec<Placed>) -> Draft {
    let mut entries: Vec<(String, Vec<Placed>)> = Vec::new();
    for (path, value) in group {
        let Some((first, rest)) = path.split_first() else {
            return value;
        };
        let rest = (rest.to_vec(), value);
        match entries.iter_mut().find(|(key, _)| first == key.as_str()) {
            Some((_, group)) => group.push(rest),
            None => entries.push((first.to_string(), vec![rest])),
        }
    }
    let entries = entries.into_iter();
    Draft::Map(entries.map(|(key, group)| (key, nested(group))).collect())
}

/// A scalar with another value, in the quotes that it has.
pub(super) fn replaced(site: &Site, node: &Node, text: &str) -> Option<Edit> {
    let written = site.file.slice(node.span);
    if !is_literal(node) || written.is_empty() || written.starts_with(['|', '>', '!', '&', '*']) {
        return None;
    }
    let text = match written.chars().next() {
        Some('\'') if !is_word(text) && !text.contains(is_barred) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        Some('"') if !is_word(text) => quoted(text),
        _ => scalar(text, site.is_json),
    };
    (text != written).then_some(Edit {
        span: node.span,
        text,
    })
}

/// A key with another name, in the quotes that it has.
pub(super) fn renamed(site: &Site, span: Span, name: &str) -> Option<Edit> {
    let way = site.find(span)?;
    let entry = way.last()?.entry.filter(|entry| entry.span == span)?;
    let written = site.file.slice(span);
    let above = way.get(way.len().checked_sub(2)?)?.node;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !plain || name.is_empty() || above.get(name).is_some() {
        return None;
    }
    let text = written.replacen(entry.key.as_str(), name, 1);
    (text != written).then_some(Edit { span, text })
}

/// More entries of a mapping, as its last.
fn add(site: &Site, map: &Node, new: &[(String, Draft)]) -> Option<Edit> {
    let entries = map.as_map().map(|map| map.entries.as_slice())?;
    let is_function = |entry: &Entry| entry.key.starts_with("Fn::") || entry.key == "Ref";
    if entries.iter().any(is_function) {
        return None;
    }
    let own: Vec<&Entry> = entries
        .iter()
        .filter(|entry| is_within(map, entry))
        .collect();
    let ends = own.iter().map(|e| (e.span.start, end_of(map, e)));
    let (last, end) = ends.max().unzip();
    if site.file.slice(map.span).starts_with('{') {
        let pair = |(name, value): &(String, Draft)| {
            format!("{}: {}", key(name, site.is_json), value.flow(site.is_json))
        };
        let pairs: Vec<String> = new.iter().map(pair).collect();
        return into_flow(site, map.span, (last, end), &pairs);
    }
    let first = own.iter().map(|entry| entry.span.start).min()?;
    let newline = indentation(site, first)?;
    let text = Draft::Map(new.to_vec()).block(&newline);
    Some(Edit::insert(site.source, line_after(site, end?), text))
}

/// One more item of a list, as its last.
pub(super) fn push(site: &Site, list: &Node, value: &Draft) -> Option<Edit> {
    let items = list.as_list()?;
    let last = items.last();
    if last.is_some_and(|item| item.via.is_some()) {
        return None;
    }
    let (start, end) = (
        last.map(|item| item.span.start),
        last.map(|item| item.span.end),
    );
    if site.file.slice(list.span).starts_with('[') {
        return into_flow(site, list.span, (start, end), &[value.flow(site.is_json)]);
    }
    let line = site.line_start(start?);
    let before = site.between(line, start?);
    let dash = before.find('-')?;
    let indent = before.get(..dash)?;
    if !indent.chars().all(|c| c == ' ') {
        return None;
    }
    let newline = format!("{}{indent}", site.newline);
    let text = format!("{newline}-{}", value.item(&newline));
    Some(Edit::insert(site.source, line_after(site, end?), text))
}

/// Behind the last child of a bracketed collection, on a line of its own where the last child has one.
fn into_flow(
    site: &Site,
    span: Span,
    (last, end): (Option<u32>, Option<u32>),
    new: &[String],
) -> Option<Edit> {
    let (Some(last), Some(end)) = (last, end) else {
        let inner = Span {
            start: span.start + 1,
            end: span.end.checked_sub(1)?,
            ..span
        };
        let blank = site.file.slice(inner).trim().is_empty();
        let text = format!(" {} ", new.join(", "));
        return blank.then_some(Edit { span: inner, text });
    };
    let line = site.line_start(last);
    let before = site.between(line.max(span.start), last);
    let separator = if before.trim().is_empty() && line > span.start {
        format!("{}{before}", site.newline)
    } else {
        " ".to_owned()
    };
    let between = format!(",{separator}");
    let text = between.clone() + &new.join(&between);
    Some(Edit::insert(site.source, end, text))
}

/// Whether an entry is written in its mapping, not merged into it.
fn is_within(map: &Node, entry: &Entry) -> bool {
    let (outer, inner) = (map.span, entry.span);
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}

/// Where an entry ends, as far as that is written in its mapping.
fn end_of(map: &Node, entry: &Entry) -> u32 {
    let alias = entry
        .value
        .via
        .as_ref()
        .and_then(|via| via.steps().find_map(|step| step.at));
    let value = alias.unwrap_or(entry.value.span);
    let inside = value.start >= entry.span.end && value.end <= map.span.end.max(value.end);
    if inside { value.end } else { entry.span.end }
}

/// The line break and the indentation of a key that is the first of its mapping; dashes before it count as blanks.
fn indentation(site: &Site, key: u32) -> Option<String> {
    let before = site.between(site.line_start(key), key);
    let plain = before.chars().all(|c| c == ' ' || c == '-');
    plain.then(|| format!("{}{}", site.newline, before.replace('-', " ")))
}

/// The end of the line on which something ends; line breaks at its own end are not a part of it.
fn line_after(site: &Site, end: u32) -> u32 {
    let before = site.between(0, end);
    let kept = before.trim_end().len();
    site.line_end(u32::try_from(kept).unwrap_or(end))
}

fn key(name: &str, json: bool) -> String {
    if json { quoted(name) } else { name.to_owned() }
}

/// Whether a text is a number or a truth value.
fn is_word(text: &str) -> bool {
    text == "true" || text == "false" || text.parse::<f64>().is_ok()
}

/// A scalar, in quotes where it needs them.
fn scalar(text: &str, json: bool) -> String {
    let begins = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:".contains(c);
    let named =
        ["yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    let fine = !json && begins && text.chars().all(plain) && !text.ends_with(':') && !named;
    if is_word(text) || fine {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// In double quotes, as JSON and YAML both read it.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    if !json.contains(is_barred) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_barred(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character is written as an escape, which only double quotes have: YAML knows it no other way, or it turns the
/// direction of reading.
fn is_barred(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

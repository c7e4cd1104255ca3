//! One tree in many looks: JSON, and YAML with blocks or in flow, with or without quotes, short tags, comments and anchors.
//!
//! Whatever look is chosen, a reader that keeps to the specifications reads the same tree.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::choices::Choices;
use super::tree::Tree;

/// A tree as JSON, in its own order of keys.
pub fn json(tree: &Tree) -> String {
    let mut out = String::new();
    put_json(tree, &mut out);
    out
}

fn put_json(tree: &Tree, out: &mut String) {
    match tree {
        Tree::Null => out.push_str("null"),
        Tree::Flag(value) => out.push_str(if *value { "true" } else { "false" }),
        Tree::Number(text) => out.push_str(text),
        Tree::Text(text) => out.push_str(&quoted(text)),
        Tree::List(items) => {
            out.push('[');
            for (nth, item) in items.iter().enumerate() {
                out.push_str(if nth == 0 { "" } else { ", " });
                put_json(item, out);
            }
            out.push(']');
        }
        Tree::Map(entries) => {
            out.push('{');
            for (nth, (key, value)) in entries.iter().enumerate() {
                let _ = write!(out, "{}{}: ", if nth == 0 { "" } else { ", " }, quoted(key));
                put_json(value, out);
            }
            out.push('}');
        }
    }
}

/// A tree as YAML.
pub fn yaml(tree: &Tree, choices: &mut Choices<'_>) -> String {
    let style = Style::chosen(choices);
    Writer::of(tree, style, false).whole(tree, choices)
}

/// A tree as YAML in which what is there twice is written once.
pub fn anchored(tree: &Tree, choices: &mut Choices<'_>) -> String {
    let style = Style::chosen(choices);
    Writer::of(tree, style, true).whole(tree, choices)
}

/// What the whole file has in common.
struct Style {
    is_crlf: bool,
    has_mark: bool,
    /// Once in so many collections is written in flow.
    flow: usize,
    /// Once in so many functions is written as a tag.
    tags: usize,
    step: usize,
}

impl Style {
    fn chosen(choices: &mut Choices<'_>) -> Self {
        Self {
            is_crlf: choices.once_in(8),
            has_mark: choices.once_in(16),
            flow: *choices.of(&[100, 1, 2, 5]),
            tags: *choices.of(&[1, 2, 100]),
            step: *choices.of(&[2, 4, 1, 3]),
        }
    }
}

struct Writer {
    style: Style,
    out: String,
    /// How often each collection is there, by its JSON; none when there are no anchors.
    counts: HashMap<String, usize>,
    /// Names of the anchors that are written, by the JSON of what they hold.
    names: HashMap<String, String>,
    /// Mappings that are written and have a name.
    maps: Vec<(String, Vec<(String, Tree)>)>,
    has_anchors: bool,
}

impl Writer {
    fn of(tree: &Tree, style: Style, has_anchors: bool) -> Self {
        let mut writer = Self {
            style,
            out: String::new(),
            counts: HashMap::new(),
            names: HashMap::new(),
            maps: Vec::new(),
            has_anchors,
        };
        if has_anchors {
            writer.count(tree);
        }
        writer
    }

    fn count(&mut self, tree: &Tree) {
        *self.counts.entry(json(tree)).or_default() += 1;
        match tree {
            Tree::List(items) => items.iter().for_each(|item| self.count(item)),
            Tree::Map(entries) => entries.iter().for_each(|(_, value)| self.count(value)),
            Tree::Null | Tree::Flag(_) | Tree::Number(_) | Tree::Text(_) => {}
        }
    }

    fn whole(mut self, tree: &Tree, choices: &mut Choices<'_>) -> String {
        // A text that begins with a bracket would be taken for JSON first: the file itself is a block.
        self.block(tree, 0, choices);
        let mut text = self.out.trim_start_matches('\n').to_owned();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        if self.style.is_crlf {
            text = text.replace('\n', "\r\n");
        }
        if self.style.has_mark {
            text.insert(0, '\u{feff}');
        }
        text
    }

    /// A value after its key or dash, with whatever blank it needs before it.
    fn value(&mut self, tree: &Tree, indent: usize, choices: &mut Choices<'_>) {
        if self.known(tree) || self.anchor(tree, choices) {
            return;
        }
        let tree = self.tagged(tree, choices);
        let is_flow = choices.once_in(self.style.flow);
        match tree {
            Tree::List(items) if !items.is_empty() && !is_flow => self.block(tree, indent, choices),
            Tree::Map(entries) if !entries.is_empty() && !is_flow => {
                self.block(tree, indent, choices);
            }
            Tree::Text(text) if is_literal(text) && !self.style.is_crlf && choices.once_in(2) => {
                self.literal(text, indent);
            }
            _ => {
                self.out.push(' ');
                self.flow(tree, false, choices);
            }
        }
    }

    /// Writes an alias, when this has been written under a name.
    fn known(&mut self, tree: &Tree) -> bool {
        if !self.has_anchors {
            return false;
        }
        let Some(name) = self.names.get(&json(tree)) else {
            return false;
        };
        let _ = write!(self.out, " *{name}");
        true
    }

    /// Gives what follows a name, when it is there again later, or for no reason. Never writes it: false.
    fn anchor(&mut self, tree: &Tree, choices: &mut Choices<'_>) -> bool {
        if !self.has_anchors || *tree == Tree::Null {
            return false;
        }
        let text = json(tree);
        let count = self.counts.get(&text).copied().unwrap_or_default();
        if count > 1 && choices.once_in(4) || count <= 1 && !choices.once_in(8) {
            return false;
        }
        let name = format!("a{}", self.names.len());
        let _ = write!(self.out, " &{name}");
        if let Tree::Map(entries) = tree {
            self.maps.push((name.clone(), entries.clone()));
        }
        self.names.insert(text, name);
        false
    }

    /// The argument, when this is a function that is written as a tag; the tag is written then.
    fn tagged<'t>(&mut self, tree: &'t Tree, choices: &mut Choices<'_>) -> &'t Tree {
        let Tree::Map(entries) = tree else {
            return tree;
        };
        let [(key, argument)] = entries.as_slice() else {
            return tree;
        };
        let Some(tag) = tag(key, argument) else {
            return tree;
        };
        if !choices.once_in(self.style.tags) {
            return tree;
        }
        let _ = write!(self.out, " !{tag}");
        // Two tags cannot stand at one node; below this one, none is written.
        argument
    }

    /// A collection in lines of its own.
    fn block(&mut self, tree: &Tree, indent: usize, choices: &mut Choices<'_>) {
        match tree {
            Tree::Map(entries) if !entries.is_empty() => {
                let rest = self.merged(entries, indent, choices);
                for (key, value) in rest {
                    self.line(indent, choices);
                    self.key(key, false, choices);
                    self.value(value, indent + self.style.step, choices);
                }
            }
            Tree::List(items) if !items.is_empty() => {
                for item in items {
                    self.line(indent, choices);
                    self.out.push('-');
                    self.value(item, indent + self.style.step, choices);
                }
            }
            other => self.flow(other, false, choices),
        }
    }

    /// Writes `<<` for entries that a mapping with a name has; gives the others.
    fn merged<'t>(
        &mut self,
        entries: &'t [(String, Tree)],
        indent: usize,
        choices: &mut Choices<'_>,
    ) -> Vec<&'t (String, Tree)> {
        let all = || entries.iter().collect();
        let fits = |(_, other): &&(String, Vec<(String, Tree)>)| {
            other.len() < entries.len()
                && !other.is_empty()
                && other.iter().all(|entry| entries.contains(entry))
        };
        let Some((name, shared)) = self.maps.iter().find(fits).cloned() else {
            return all();
        };
        if choices.once_in(3) {
            return all();
        }
        self.line(indent, choices);
        let _ = write!(self.out, "<<: *{name}");
        entries
            .iter()
            .filter(|entry| !shared.contains(entry))
            .collect()
    }

    fn line(&mut self, indent: usize, choices: &mut Choices<'_>) {
        if choices.once_in(40) {
            self.out.push_str("\n# a comment: { [ 'x");
        }
        if choices.once_in(40) && !self.out.ends_with(' ') {
            self.out.push('\n');
        }
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn key(&mut self, key: &str, is_flow: bool, choices: &mut Choices<'_>) {
        self.text(key, is_flow, choices);
        self.out.push(':');
    }

    /// A value on one line, without anchors or tags.
    fn flow(&mut self, tree: &Tree, is_inside: bool, choices: &mut Choices<'_>) {
        match tree {
            Tree::Text(text) => self.text(text, is_inside, choices),
            Tree::List(items) => {
                self.out.push('[');
                for (nth, item) in items.iter().enumerate() {
                    self.out.push_str(if nth == 0 { "" } else { ", " });
                    self.flow(item, true, choices);
                }
                self.out.push(']');
            }
            Tree::Map(entries) => {
                self.out.push('{');
                for (nth, (key, value)) in entries.iter().enumerate() {
                    self.out.push_str(if nth == 0 { "" } else { ", " });
                    self.key(key, true, choices);
                    self.out.push(' ');
                    self.flow(value, true, choices);
                }
                self.out.push('}');
            }
            Tree::Null | Tree::Flag(_) | Tree::Number(_) => put_json(tree, &mut self.out),
        }
    }

    fn text(&mut self, text: &str, is_flow: bool, choices: &mut Choices<'_>) {
        let quotes = choices.below(4);
        if quotes < 2 && is_plain(text, is_flow) {
            self.out.push_str(text);
        } else if quotes != 3 && !text.chars().any(needs_escape) {
            let _ = write!(self.out, "'{}'", text.replace('\'', "''"));
        } else {
            self.out.push_str(&quoted(text));
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push_str(" |");
        for line in text.lines() {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', indent.max(1)));
            self.out.push_str(line);
        }
    }
}

/// The tag of a function: `Sub` for `Fn::Sub`; only where the argument is not itself a single entry, which may have one, and
/// not a word that a tag makes a text: `!Sub null` is about the text `null`.
fn tag<'k>(key: &'k str, argument: &Tree) -> Option<&'k str> {
    const FUNCTIONS: [&str; 14] = [
        "And",
        "Base64",
        "Cidr",
        "Equals",
        "FindInMap",
        "GetAZs",
        "If",
        "ImportValue",
        "Join",
        "Not",
        "Or",
        "Select",
        "Split",
        "Sub",
    ];
    match (key, argument) {
        ("Ref" | "Condition", Tree::Text(_)) => Some(key),
        (_, Tree::Map(entries)) if entries.len() < 2 => None,
        (_, Tree::Null | Tree::Flag(_) | Tree::Number(_)) => None,
        _ => key
            .strip_prefix("Fn::")
            .filter(|name| FUNCTIONS.contains(name)),
    }
}

/// Text between double quotes, for JSON and YAML alike.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            c if needs_escape(c) && u32::from(c) < 0x10000 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Characters that do not stand for themselves in every look.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

/// Whether a text is itself without quotes, in every version of YAML.
fn is_plain(text: &str, is_flow: bool) -> bool {
    const WORDS: [&str; 12] = [
        "true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf", "e",
    ];
    let inside = |c: char| c.is_ascii_alphanumeric() || "_./-:$".contains(c);
    let braces = |c: char| !is_flow && "{}@,".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || "/$".contains(c));
    begins
        && text.chars().all(|c| inside(c) || braces(c))
        && !text.ends_with(':')
        && !(is_flow && text.contains(':'))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// Whether a text can stand in lines of its own as it is.
fn is_literal(text: &str) -> bool {
    let lines_are_plain = text.lines().all(|line| {
        !line.is_empty() && !line.starts_with([' ', '\t']) && !line.chars().any(needs_escape)
    });
    lines_are_plain && text.ends_with('\n') && !text.ends_with("\n\n") && text.len() > 1
}

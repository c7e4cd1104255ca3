//! A text that can be edited, and where in it things are written.
//!
//! Gives nothing that other places share: what is reached through an alias or a merge, or stands where several read it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::texts::Texts;
use crate::document::{Document, Entry, Map, Node, Problem, ProblemKind, Value};
use crate::source::{Source, SourceId, Span, Str};

/// Folders in which programs write what people do not edit.
const GENERATED: [&str; 6] = [
    "cdk.out",
    ".serverless",
    ".aws-sam",
    "node_modules",
    "dist",
    "build",
];
/// Sections in which a value has one place of use.
const SECTIONS: [&str; 4] = ["Resources", "resources", "functions", "provider"];

/// A file and its tree.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) source: SourceId,
    pub(super) file: Arc<Source>,
    document: Arc<Document>,
    /// Whether it is the file of a stack, not a part of one.
    is_main: bool,
    /// Whether it is JSON, where keys are quoted.
    pub(super) is_json: bool,
    /// How its lines end.
    pub(super) newline: &'static str,
    /// By kind of event the one authorizer that it could have: worked out once, or every finding would look at every function.
    pub(super) authorizers: Arc<OnceLock<BTreeMap<&'static str, Only>>>,
    /// By type of endpoint and logical id of its API the one authorizer that is a resource, likewise.
    pub(super) declared: Arc<OnceLock<AllDeclared>>,
}

/// The only authorizer that there is for a kind of event.
#[derive(Clone, Debug)]
pub(super) struct Only {
    /// The API that it is of, where several could be; a service has one.
    pub(super) api: Option<Str>,
    /// What it is called.
    pub(super) name: String,
}

/// An authorizer that is a resource.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    /// Its logical id.
    pub(super) name: Str,
    /// What an endpoint says that asks it.
    pub(super) kind: &'static str,
    /// The condition under which it is there.
    pub(super) condition: Option<Str>,
}

/// By type of endpoint and logical id of its API; `None` where there are several.
pub(super) type AllDeclared = BTreeMap<(&'static str, Str), Option<Declared>>;

/// One step on the way from the top to a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn<'n> {
    /// The entry that has it; `None` in a list and at the top.
    pub(super) entry: Option<&'n Entry>,
    /// The value.
    pub(super) node: &'n Node,
}

impl Site {
    /// A text that people wrote; `None` for what programs did, for a part that several read, and for what is broken.
    pub(super) fn open(texts: &Texts<'_>, source: SourceId) -> Option<Self> {
        let file = texts.sources.get(source)?;
        let mut folders = file.path.split('/');
        let compiled = file.text.contains("aws:cdk:path");
        if compiled || folders.any(|folder| GENERATED.contains(&folder)) {
            return None;
        }
        if has_bare_return(&file.text) {
            return None;
        }
        let is_main = texts.mains.contains(&source);
        if !is_main && !texts.has_one_reader(&file) {
            return None;
        }
        let document = texts.document(source);
        let is_unread = |problem: &Problem| problem.kind == ProblemKind::UnreadableInput;
        if document.problems.iter().any(is_unread) {
            // Where a text stops being readable nobody knows what an edit does.
            return None;
        }
        Some(Self {
            source,
            is_main,
            is_json: document.is_json,
            newline: if file.text.contains("\r\n") {
                "\r\n"
            } else {
                "\n"
            },
            document,
            file,
            authorizers: Arc::default(),
            declared: Arc::default(),
        })
    }

    /// The comments.
    pub(super) fn comments(&self) -> &[Span] {
        &self.document.comments
    }

    /// The top of the tree.
    pub(super) fn root(&self) -> &Node {
        &self.document.root
    }

    /// The text between two offsets.
    pub(super) fn between(&self, start: u32, end: u32) -> &str {
        let end = end.max(start);
        self.file.slice(Span {
            source: self.source,
            start,
            end,
        })
    }

    /// Offset of the end of the line that a byte is on, before its line break.
    pub(super) fn line_end(&self, at: u32) -> u32 {
        let rest = self.file.text.get(at as usize..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        at + u32::try_from(line.len()).unwrap_or_default()
    }

    /// Offset of the beginning of the line that a byte is on, behind a byte-order mark.
    pub(super) fn line_start(&self, at: u32) -> u32 {
        let starts = self.file.line_starts();
        let line = starts.partition_point(|start| *start <= at);
        let start = starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or_default();
        let mark = start == 0 && self.file.text.starts_with('\u{feff}');
        if mark { start + 3 } else { start }
    }

    /// The way to what is written at a place, a key or a value, when it has one place of use.
    pub(super) fn find(&self, want: Span) -> Option<Vec<Turn<'_>>> {
        let mut hits = Vec::new();
        let mut way = vec![Turn {
            entry: None,
            node: self.root(),
        }];
        walk(want, &mut way, &mut hits);
        let longest = hits.iter().max_by_key(|way| way.len())?.clone();
        let is_part = |way: &Vec<Turn<'_>>| {
            let mut both = way.iter().zip(&longest);
            both.all(|(a, b)| std::ptr::eq(a.node, b.node))
        };
        (hits.iter().all(is_part) && self.is_own(&longest)).then_some(longest)
    }

    /// Whether a value is used where it stands and nowhere else.
    fn is_own(&self, way: &[Turn<'_>]) -> bool {
        let keys: Vec<&str> = way
            .iter()
            .filter_map(|turn| Some(turn.entry?.key.as_str()))
            .collect();
        let section = keys.first().is_none_or(|key| SECTIONS.contains(key));
        let built = keys.iter().any(|key| key.starts_with("Fn::ForEach"));
        let shared = way.windows(2).any(|pair| match pair {
            [above, turn] => self.is_anchored(above, turn),
            _ => false,
        });
        let elsewhere = keys
            .first()
            .is_some_and(|key| matches!(*key, "custom" | "Globals"));
        (section || (!self.is_main && !elsewhere)) && !built && !shared
    }

    /// Whether an alias somewhere repeats a value.
    fn is_anchored(&self, above: &Turn<'_>, turn: &Turn<'_>) -> bool {
        if self.is_json {
            return false;
        }
        let before = match turn.entry {
            Some(entry) => entry.span.end,
            None => self.before(above.node, turn.node),
        };
        self.has_used_anchor(self.between(before, turn.node.span.start))
    }

    /// Where the text before an item of a list begins: at the end of the item before, or of the list's own beginning.
    fn before(&self, list: &Node, item: &Node) -> u32 {
        let earlier = list.items().iter().map(|one| one.span.end);
        let earlier = earlier.filter(|end| *end <= item.span.start).max();
        let line = self.line_start(item.span.start);
        earlier.map_or(line, |end| end.max(line))
    }

    /// Whether a value's own text is repeated elsewhere by an alias.
    pub(super) fn is_repeated(&self, entry: &Entry) -> bool {
        entry.value.via.is_some()
            || (!self.is_json
                && self.has_used_anchor(self.between(entry.span.end, entry.value.span.start)))
    }

    fn has_used_anchor(&self, text: &str) -> bool {
        let code = text
            .lines()
            .map(|line| line.split(" #").next().unwrap_or_default());
        let mut words = code.flat_map(str::split_whitespace);
        words.any(|word| {
            let name = word
                .trim_start_matches([':', '-', '[', '{', ','])
                .strip_prefix('&');
            name.is_some_and(|name| self.file.text.contains(&format!("*{name}")))
        })
    }

    /// The logical id and the resource that is declared at a place, when it is of a type.
    pub(super) fn resource(&self, at: Span, kind: &str) -> Option<&Entry> {
        let way = self.find(at)?;
        let resource = way.iter().rev().find_map(|turn| turn.entry)?;
        let of_kind = resource.value.get("Type")?.as_text()? == kind;
        of_kind.then_some(resource)
    }

    /// The resource with this logical id.
    pub(super) fn resource_named(&self, id: &str, kind: &str) -> Option<&Entry> {
        let root = self.root();
        let own = root.get("resources").map(|node| {
            let all = if node.as_list().is_some() {
                node.items()
            } else {
                std::slice::from_ref(node)
            };
            all.iter().filter_map(|part| part.get("Resources"))
        });
        let mut sections = root
            .get("Resources")
            .into_iter()
            .chain(own.into_iter().flatten());
        let entry = sections.find_map(|section| section.as_map()?.entry(id))?;
        self.resource(entry.span, kind)
    }
}

/// Whether a carriage return stands without a line feed: it ends a line for YAML and not for most editors.
fn has_bare_return(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'))
}

/// Whether a value is written out: no reference, no variable, nothing that a function makes.
pub(super) fn is_literal(node: &Node) -> bool {
    match &node.value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::Text(text) => !["${", "#{", "{{resolve"]
            .iter()
            .any(|mark| text.contains(mark)),
        Value::Null | Value::List(_) | Value::Map(_) => false,
    }
}

fn walk<'n>(want: Span, way: &mut Vec<Turn<'n>>, hits: &mut Vec<Vec<Turn<'n>>>) {
    let Some(last) = way.last().copied() else {
        return;
    };
    if last.node.span == want {
        hits.push(way.clone());
    }
    let around = |map: &'n Arc<Map>| map.around(want);
    for entry in last.node.as_map().map_or(&[][..], around) {
        let turn = Turn {
            entry: Some(entry),
            node: &entry.value,
        };
        way.push(turn);
        if entry.span == want {
            hits.push(way.clone());
        } else if entry.value.via.is_none() && holds(entry.value.span, want) {
            walk(want, way, hits);
        }
        way.pop();
    }
    for node in last.node.items() {
        if node.via.is_none() && holds(node.span, want) {
            way.push(Turn { entry: None, node });
            walk(want, way, hits);
            way.pop();
        }
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}

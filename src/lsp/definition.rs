//! Where what is named under the cursor is declared: authorizers, `Ref`, `GetAtt`, `${self:}`, `${file()}`.

use gen_lsp_types::{Location, Position, Range};

use super::cursor;
use super::documents::Document;
use super::place::{Encoding, Lines};
use super::uri;
use super::view::View;
use crate::document::{self, Dialect, Entry, Node};
use crate::frontend::{folder, join};
use crate::source::{SourceId, Sources};

/// Places of one answer.
const MOST: usize = 50;
/// Files that are looked through for a name.
const FILES: usize = 200;
/// Sections whose keys are names that others refer to.
const SECTIONS: [&str; 7] = [
    "Resources",
    "Parameters",
    "Conditions",
    "Mappings",
    "authorizers",
    "Authorizers",
    "functions",
];

/// The declarations of what is named there.
pub fn of(
    view: &View,
    document: &Document,
    (position, encoding): (Position, Encoding),
) -> Vec<Location> {
    let lines = Lines::new(&document.text, encoding);
    let offset = lines.offset(position);
    let line = lines.line(offset);
    let (start, _) = lines.bounds(line);
    let text = lines.text(line);
    let Some(name) = view.name(&document.path) else {
        return Vec::new();
    };
    let files = Files {
        view,
        document,
        name: &name,
        encoding,
    };
    let inside = cursor::variable(text, offset.saturating_sub(start));
    if let Some(variable) =
        inside.filter(|inside| inside.starts_with("self:") || inside.starts_with("file("))
    {
        return files.variable(variable.trim());
    }
    let word = cursor::word(&document.text, offset, cursor::is_name);
    if word.is_empty() {
        return Vec::new();
    }
    files.declarations(word)
}

/// The files that a name may be declared in.
struct Files<'a> {
    view: &'a View,
    document: &'a Document,
    name: &'a str,
    encoding: Encoding,
}

impl Files<'_> {
    /// What `self:a.b` and `file(x.yml):a.b` lead to.
    fn variable(&self, variable: &str) -> Vec<Location> {
        let first = variable.split(',').next().unwrap_or_default().trim();
        if let Some(path) = first.strip_prefix("self:") {
            let own = self.key(&self.root(self.document.text.as_str()), path);
            let elsewhere = || {
                self.others()
                    .filter_map(|(file, root)| self.at(&file, &root, path))
            };
            return own.into_iter().chain(elsewhere()).take(1).collect();
        }
        let Some((file, path)) = first
            .strip_prefix("file(")
            .and_then(|rest| rest.split_once(')'))
        else {
            return Vec::new();
        };
        let Some(file) = join(folder(self.name), file.trim()) else {
            return Vec::new();
        };
        let path = path.trim_start_matches(':');
        let source = self.view.report.sources.find(&file);
        let source = source.and_then(|source| self.view.report.sources.get(source));
        let root = source.map(|source| self.root(&source.text));
        let key = root
            .filter(|_| !path.is_empty())
            .and_then(|root| self.at(&file, &root, path));
        let top = || {
            let full = self.view.base.join(&file);
            full.is_file().then(|| Location {
                uri: uri::of(&full),
                range: Range::default(),
            })
        };
        key.or_else(top).into_iter().collect()
    }

    /// The keys of this name in sections that others refer to: in this file, else in the others of the project.
    fn declarations(&self, word: &str) -> Vec<Location> {
        let root = self.root(&self.document.text);
        let lines = Lines::new(&self.document.text, self.encoding);
        let mut keys = Vec::new();
        collect(&root, word, &mut keys);
        if !keys.is_empty() {
            let places = keys.into_iter().map(|(start, end)| Location {
                uri: self.document.uri.clone(),
                range: lines.range(start as usize, end as usize),
            });
            return places.collect();
        }
        let mut found = Vec::new();
        for (file, root) in self.others() {
            let mut keys = Vec::new();
            collect(&root, word, &mut keys);
            found.extend(keys.into_iter().filter_map(|key| self.in_file(&file, key)));
            if found.len() >= MOST {
                break;
            }
        }
        found.truncate(MOST);
        found
    }

    /// Other files that were analysed.
    fn others(&self) -> impl Iterator<Item = (String, Node)> + '_ {
        let all = self.view.report.sources.all().into_iter();
        let others = all.filter(|(_, source)| {
            let readable = crate::frontend::detect::is_readable(&source.path);
            readable && source.path != self.name
        });
        others
            .take(FILES)
            .map(|(_, source)| (source.path.clone(), self.root(&source.text)))
    }

    fn root(&self, text: &str) -> Node {
        let sources = Sources::default();
        let source: SourceId = sources.add(self.name, text);
        document::parse(&sources, source, Dialect::CloudFormation).root
    }

    /// The place of the key that a path of keys leads to in this document.
    fn key(&self, root: &Node, path: &str) -> Option<Location> {
        let (start, end) = walk(root, path)?;
        let lines = Lines::new(&self.document.text, self.encoding);
        Some(Location {
            uri: self.document.uri.clone(),
            range: lines.range(start as usize, end as usize),
        })
    }

    fn at(&self, file: &str, root: &Node, path: &str) -> Option<Location> {
        self.in_file(file, walk(root, path)?)
    }

    fn in_file(&self, file: &str, (start, end): (u32, u32)) -> Option<Location> {
        let sources = &self.view.report.sources;
        let source = sources.get(sources.find(file)?)?;
        let lines = Lines::new(&source.text, self.encoding);
        Some(Location {
            uri: uri::of(&self.view.base.join(file)),
            range: lines.range(start as usize, end as usize),
        })
    }
}

/// The key that a path leads to, or the last one on the way that is there.
fn walk(root: &Node, path: &str) -> Option<(u32, u32)> {
    let mut node = root;
    let mut found = None;
    for part in path.trim_end_matches('.').split('.') {
        let Some(entry) = node.entries().iter().find(|entry| entry.key == part) else {
            break;
        };
        found = Some((entry.span.start, entry.span.end));
        node = &entry.value;
    }
    found
}

/// Keys of this name below sections whose keys are names. Trees are of bounded depth.
fn collect(node: &Node, word: &str, keys: &mut Vec<(u32, u32)>) {
    for entry in node.entries() {
        if keys.len() >= MOST {
            return;
        }
        if SECTIONS.contains(&entry.key.as_str()) {
            let named = entry
                .value
                .entries()
                .iter()
                .filter(|inner| inner.key == word);
            keys.extend(named.map(|inner: &Entry| (inner.span.start, inner.span.end)));
        }
        let is_inner = matches!(
            entry.key.as_str(),
            "provider"
                | "httpApi"
                | "resources"
                | "Resources"
                | "Globals"
                | "Api"
                | "HttpApi"
                | "Auth"
                | "Properties"
        );
        let is_api = entry.value.get("Type").is_some();
        if is_inner || is_api {
            collect(&entry.value, word, keys);
        }
    }
}

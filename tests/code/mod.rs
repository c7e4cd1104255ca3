//! The library's own source as the tests about its shape see it: code without comments, literals and test modules.
//!
//! A reader of tokens, not of Rust: it knows just enough to tell a path from a word in a comment. Macros are not expanded.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One file of `src/`.
pub struct SourceFile {
    /// Path relative to the package.
    pub path: PathBuf,
    /// The top-level module it belongs to: `foo` for `src/foo.rs` and everything below `src/foo/`.
    pub module: String,
    /// How many modules deep it lies: 1 for `src/foo.rs`, 2 for `src/foo/bar.rs`.
    pub depth: usize,
    /// Its code: comments and the inside of literals blanked, `#[cfg(test)]` items removed.
    pub code: String,
}

/// Every Rust file below `src/`, sorted by path, but for the build script and files that only tests compile.
pub fn files() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src/ is readable") {
            let path = entry.expect("src/ is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("src/build.rs")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    let texts: Vec<(PathBuf, String)> = found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("src/ is readable");
            (path, blank_literals(&text))
        })
        .collect();
    let tests_only: Vec<PathBuf> = texts
        .iter()
        .flat_map(|(path, text)| test_modules(text).map(|name| path.with_extension("").join(name)))
        .collect();
    texts
        .into_iter()
        .filter(|(path, _)| !tests_only.contains(&path.with_extension("")))
        .map(|(path, text)| source_file(root, &path, &text))
        .collect()
}

fn source_file(root: &Path, path: &Path, text: &str) -> SourceFile {
    let relative = path.strip_prefix(root).expect("found below the root");
    let below = relative.strip_prefix("src").expect("found below src/");
    let module = below
        .components()
        .next()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .expect("a file has a name");
    SourceFile {
        path: relative.to_owned(),
        module: module.trim_end_matches(".rs").to_owned(),
        depth: below.components().count(),
        code: without_test_items(text),
    }
}

impl SourceFile {
    /// Paths that begin with `root::`, each as its segments after `root`; groups are taken apart.
    pub fn paths(&self, root: &str) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        let start = format!("{root}::");
        for (at, _) in self.code.match_indices(&start) {
            let before = self.code.get(..at).unwrap_or_default();
            if before.ends_with(|c: char| is_word(c) || c == ':') {
                continue;
            }
            let rest = self.code.get(at + start.len()..).unwrap_or_default();
            tree(&mut Tokens(rest), &mut Vec::new(), &mut found);
        }
        found
    }

    /// Modules of this crate that the code names: after `crate::`, or after as many `super::` as lead to the crate's root.
    pub fn imports(&self) -> Vec<String> {
        let ups = "super::".repeat(self.depth);
        let crate_paths = self.paths("crate");
        let super_paths = self.paths(ups.trim_end_matches("::"));
        crate_paths
            .into_iter()
            .chain(super_paths)
            .filter_map(|path| path.into_iter().next())
            .filter(|name| name != "*" && name != "self")
            .collect()
    }
}

/// Words and single signs of blanked code.
struct Tokens<'a>(&'a str);

impl<'a> Tokens<'a> {
    fn peek(&self) -> &'a str {
        let text = self.0.trim_start();
        let word = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
        let sign = if text.starts_with("::") { 2 } else { 1 };
        let length = if word > 0 { word } else { sign };
        text.get(..length).unwrap_or_default()
    }

    fn take(&mut self) -> &'a str {
        let token = self.peek();
        self.0 = self.0.trim_start().get(token.len()..).unwrap_or_default();
        token
    }
}

/// Reads one use tree (`a::b`, `a::{b, c::d}`, `*`) and adds each of its paths.
fn tree(tokens: &mut Tokens<'_>, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let length = prefix.len();
    loop {
        match tokens.peek() {
            "{" => {
                tokens.take();
                while !matches!(tokens.peek(), "}" | "") {
                    tree(tokens, prefix, found);
                    while !matches!(tokens.peek(), "," | "}" | "") {
                        tokens.take();
                    }
                    if tokens.peek() == "," {
                        tokens.take();
                    }
                }
                tokens.take();
                break;
            }
            segment if segment == "*" || segment.starts_with(is_word) => {
                prefix.push(tokens.take().to_owned());
                if tokens.peek() != "::" {
                    found.push(prefix.clone());
                    break;
                }
                tokens.take();
            }
            _ => {
                found.push(prefix.clone());
                break;
            }
        }
    }
    prefix.truncate(length);
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `text` with comments and the inside of string and character literals replaced by blanks.
fn blank_literals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_word = out.ends_with(is_word);
        let (skipped, kept) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), "")
        } else if rest.starts_with("/*") {
            (block_comment(rest), " ")
        } else if let Some(length) = raw_string(rest).filter(|_| !after_word) {
            (length, "\"\"")
        } else if first == '"' {
            (quoted(rest, '"'), "\"\"")
        } else if first == '\'' && is_char_literal(rest) {
            (quoted(rest, '\''), "''")
        } else {
            (first.len_utf8(), rest.get(..first.len_utf8()).unwrap_or(""))
        };
        out.push_str(kept);
        rest = rest.get(skipped..).unwrap_or_default();
    }
    out
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after.get(hashes..)?.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body.find(&close)? + close.len();
    Some(text.len() - body.len() + end)
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if !escaped && c == quote {
            return at + c.len_utf8();
        }
        escaped = !escaped && c == '\\';
    }
    text.len()
}

/// Tells `'a'` from the lifetime `'a`.
fn is_char_literal(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

const TEST_ATTRIBUTES: [&str; 2] = ["#[cfg(test)]", "#[cfg(all(test"];

/// Blanked code without the items that only tests compile.
fn without_test_items(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = next_test_item(rest) {
        out.push_str(rest.get(..at).unwrap_or_default());
        let item = rest.get(at..).unwrap_or_default();
        rest = item.get(item_length(item)..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn next_test_item(code: &str) -> Option<usize> {
    TEST_ATTRIBUTES.iter().filter_map(|a| code.find(a)).min()
}

/// Length of an item with its attributes: to its `;`, or to the end of its first block.
fn item_length(item: &str) -> usize {
    let mut open = 0_usize;
    for (at, c) in item.char_indices() {
        match c {
            '{' | '(' | '[' => open += 1,
            '}' | ')' | ']' => {
                open = open.saturating_sub(1);
                if open == 0 && c == '}' {
                    return at + 1;
                }
            }
            ';' if open == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

/// Names of modules in files of their own that only tests compile: `#[cfg(test)] mod name;`.
fn test_modules(code: &str) -> impl Iterator<Item = &str> {
    let mut rest = code;
    std::iter::from_fn(move || {
        loop {
            let item = rest.get(next_test_item(rest)?..)?;
            let length = item_length(item);
            rest = item.get(length..)?;
            let name = item.get(..length)?.strip_suffix(';')?.split_whitespace();
            let words: Vec<&str> = name.collect();
            if let [.., "mod", name] = words.as_slice() {
                return Some(*name);
            }
        }
    })
}

#[test]
fn comments_and_literals_name_nothing() {
    let file = SourceFile {
        path: PathBuf::new(),
        module: String::new(),
        depth: 1,
        code: blank_literals(
            "// crate::a\n/* crate::b /* */ */ let x = \"crate::c\\\"\"; let y = r#\"crate::d\"#; f::<'_>('\"', crate::e);",
        ),
    };
    assert_eq!(file.imports(), ["e"]);
}

#[test]
fn groups_are_taken_apart() {
    let file = SourceFile {
        path: PathBuf::new(),
        module: String::new(),
        depth: 2,
        code: without_test_items(
            "use crate::{a::{B, c::D}, e, f as g};\nuse super::own; use super::super::h;\n#[cfg(test)]\nmod tests { use crate::i; }\npub(in crate::j) fn k() { crate::l::m() }",
        ),
    };
    assert_eq!(file.imports(), ["a", "a", "e", "f", "j", "l", "h"]);
    let paths = file.paths("crate");
    assert!(paths.contains(&vec!["a".into(), "c".into(), "D".into()]));
}

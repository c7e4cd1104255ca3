//! Embeds every page of `rules/`, so that adding a rule is adding a file.
//!
//! Front matter is embedded as JSON, which is read many times as fast as YAML: every start of the program reads all pages. The
//! parser is the program's own, so that a page says the same in both notations; what it cannot read is embedded as it stands.

// The program uses what the build does not.
#![allow(dead_code)]

mod document;
mod source;
mod trail;

use std::{env, fmt::Write, fs, path::Path};

use document::{Dialect, Node, Value};
use source::Sources;

fn main() {
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=src/build.rs");
    println!("cargo:rerun-if-changed=src/document.rs");
    println!("cargo:rerun-if-changed=src/document");
    let root = env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    let mut pages: Vec<_> = fs::read_dir(Path::new(&root).join("rules"))
        .expect("rules/ is readable")
        .map(|entry| entry.expect("rules/ is readable").path())
        .filter(|path| path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md"))
        .collect();
    pages.sort();
    let mut list = String::from("&[\n");
    for page in pages {
        let id = page.file_stem().expect("has a stem").to_string_lossy();
        let text = fs::read_to_string(&page).expect("a page is UTF-8");
        let text = compact(&text).unwrap_or(text);
        writeln!(list, "    ({id:?}, {text:?}),").expect("writing to a string");
    }
    list.push(']');
    let out = env::var("OUT_DIR").expect("set by cargo");
    fs::write(Path::new(&out).join("pages.rs"), list).expect("OUT_DIR is writable");
}

/// The page with its front matter as JSON; `None` when there is none, or something is odd about it.
fn compact(page: &str) -> Option<String> {
    let (front, body) = page.strip_prefix("---\n")?.split_once("\n---\n")?;
    let sources = Sources::default();
    let source = sources.add("front matter", front);
    let document = document::parse(&sources, source, Dialect::Core);
    if !document.problems.is_empty() || document.root.as_map().is_none() {
        return None;
    }
    let mut json = String::new();
    write_json(&document.root, &mut json)?;
    Some(format!("---\n{json}\n---\n{body}"))
}

fn write_json(node: &Node, json: &mut String) -> Option<()> {
    match &node.value {
        Value::Null => json.push_str("null"),
        Value::Bool(flag) => write!(json, "{flag}").ok()?,
        Value::Number(text) if is_json(text) => json.push_str(text),
        // A number that JSON writes otherwise.
        Value::Number(_) => return None,
        Value::Text(text) => quote(text, json),
        Value::List(list) => {
            let mut open = '[';
            for item in &list.items {
                json.push(std::mem::replace(&mut open, ','));
                write_json(item, json)?;
            }
            json.push_str(if open == '[' { "[]" } else { "]" });
        }
        Value::Map(map) => {
            let mut open = '{';
            for entry in &map.entries {
                json.push(std::mem::replace(&mut open, ','));
                quote(&entry.key, json);
                json.push(':');
                write_json(&entry.value, json)?;
            }
            json.push_str(if open == '{' { "{}" } else { "}" });
        }
    }
    Some(())
}

/// Whether JSON writes this number in the same way.
fn is_json(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let starts = digits == "0" || digits.starts_with("0.") || !digits.starts_with(['0', '.']);
    plain && starts && !digits.ends_with('.') && digits.matches('.').count() < 2
}

fn quote(text: &str, json: &mut String) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            c if c.is_control() => {
                write!(json, "\\u{:04x}", u32::from(c)).expect("writing to a string");
            }
            c => json.push(c),
        }
    }
    json.push('"');
}

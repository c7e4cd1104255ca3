//! Every real YAML and JSON file at hand is read, with places that are exactly what is written.
//!
//! The files lie outside of the project (`GATELINT_SHARED`, or `../shared`); without them there is nothing to check.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use gatelint::document::{Dialect, Document, Node, ProblemKind, Value, parse};
use gatelint::source::{Source, Sources};

/// Files of the shared cases with one of these extensions; says so when there are none.
fn files(extensions: &[&str]) -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = env::var_os("GATELINT_SHARED").map_or(beside, PathBuf::from);
    let mut folders = vec![shared.join("oracle/cases")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|end| extensions.iter().any(|e| end == *e))
            {
                found.push(path);
            }
        }
    }
    if found.is_empty() {
        #[expect(clippy::print_stderr, reason = "tells why nothing was checked")]
        {
            eprintln!("skipped: no {extensions:?} files in the shared cases");
        }
    }
    found.sort();
    found
}

fn text_of(path: &Path) -> Option<String> {
    String::from_utf8(fs::read(path).ok()?).ok()
}

fn read(text: &str, dialect: Dialect) -> (Sources, Document) {
    let sources = Sources::default();
    let source = sources.add("file", text);
    let document = parse(&sources, source, dialect);
    (sources, document)
}

/// Shows every node.
fn walk<'a>(root: &'a Node, visit: &mut dyn FnMut(&'a Node)) {
    let mut nodes = vec![root];
    while let Some(node) = nodes.pop() {
        visit(node);
        nodes.extend(node.items());
        nodes.extend(node.entries().iter().map(|entry| &entry.value));
    }
}

/// Whether `written` is `value` in one of the notations that change nothing.
fn is_verbatim(written: &str, value: &str) -> bool {
    let quoted = ['"', '\''].iter().any(|quote| {
        let inner = written
            .strip_prefix(*quote)
            .and_then(|rest| rest.strip_suffix(*quote));
        inner == Some(value)
    });
    quoted || written == value
}

/// Whether the notation may change what is written: escapes, folding, blocks.
fn is_transformed(written: &str) -> bool {
    written.contains(['\n', '\\']) || written.contains("''")
}

fn check_scalar(file: &Source, node: &Node, path: &Path) {
    let written = file.slice(node.span);
    let place = || {
        format!(
            "{}: {written:?} is read as {:?}",
            path.display(),
            node.value
        )
    };
    match &node.value {
        Value::Text(_) if is_transformed(written) => {
            assert_eq!(written.trim(), written, "{}", place());
        }
        // A block of one line.
        Value::Text(text) => {
            assert!(
                is_verbatim(written, text) || text.trim_end() == written,
                "{}",
                place()
            );
        }
        Value::Number(number) => {
            let is_normalised = written.starts_with(['0', '+']) || written.contains('_');
            assert!(is_normalised || written == &**number, "{}", place());
        }
        Value::Bool(value) => {
            // `!!bool "true"` is one, too.
            let word = written.trim_matches('"').to_lowercase();
            let words = if *value {
                ["true", "yes", "on"]
            } else {
                ["false", "no", "off"]
            };
            assert!(words.contains(&word.as_str()), "{}", place());
        }
        Value::Null => assert!(
            ["", "~", "null", "Null", "NULL"].contains(&written),
            "{}",
            place()
        ),
        Value::List(_) | Value::Map(_) => {}
    }
}

#[test]
fn every_scalar_lies_where_it_is_written() {
    let mut scalars = 0;
    for path in files(&["yml", "yaml", "json"]) {
        let Some(text) = text_of(&path) else { continue };
        let (sources, document) = read(&text, Dialect::CloudFormation);
        let file = sources.get(document.root.span.source).expect("was added");
        walk(&document.root, &mut |node| {
            scalars += 1;
            if document.problems.is_empty() {
                check_scalar(&file, node, &path);
            }
        });
    }
    assert!(
        scalars > 100_000 || files(&["yaml"]).is_empty(),
        "{scalars}"
    );
}

#[test]
fn every_key_lies_where_it_is_written() {
    for path in files(&["yml", "yaml", "json"]) {
        let Some(text) = text_of(&path) else { continue };
        let (sources, document) = read(&text, Dialect::Core);
        let file = sources.get(document.root.span.source).expect("was added");
        walk(&document.root, &mut |node| {
            for entry in node.entries() {
                let written = file.slice(entry.span);
                let tag = written.strip_prefix('!');
                let is_tag = tag.is_some_and(|tag| entry.key.ends_with(tag));
                let is_normalised = written.parse::<f64>().is_ok() || is_transformed(written);
                assert!(
                    is_tag || is_normalised || is_verbatim(written, &entry.key),
                    "{}: {written:?} is read as {:?}",
                    path.display(),
                    entry.key
                );
            }
        });
    }
}

#[test]
fn children_lie_within_their_parents() {
    for path in files(&["yml", "yaml", "json"]) {
        let Some(text) = text_of(&path) else { continue };
        // Aliases and merged entries lie where they were written first.
        if text.contains('*') {
            continue;
        }
        let (_, document) = read(&text, Dialect::CloudFormation);
        walk(&document.root, &mut |node| {
            let values = node.entries().iter().map(|entry| &entry.value);
            for child in values.chain(node.items()) {
                let within = node.span.start <= child.span.start && child.span.end <= node.span.end;
                assert!(
                    within,
                    "{}: {:?} in {:?}",
                    path.display(),
                    child.span,
                    node.span
                );
            }
        });
    }
}

/// The same values at the same places.
fn assert_identical(one: &Node, other: &Node, path: &Path) {
    let mut pairs = vec![(one, other)];
    while let Some((one, other)) = pairs.pop() {
        assert_eq!(one.span, other.span, "{}", path.display());
        let keys = |node: &Node| -> Vec<_> {
            let entries = node.entries().iter();
            entries
                .map(|entry| (entry.span, entry.key.clone()))
                .collect()
        };
        assert_eq!(keys(one), keys(other), "{}", path.display());
        assert_eq!(one.items().len(), other.items().len(), "{}", path.display());
        if one.entries().is_empty() && one.items().is_empty() {
            assert!(one.same(other), "{}: {one:?} {other:?}", path.display());
        }
        pairs.extend(one.items().iter().zip(other.items()));
        for (one, other) in one.entries().iter().zip(other.entries()) {
            pairs.push((&one.value, &other.value));
        }
    }
}

#[test]
fn json_is_the_same_read_as_yaml() {
    let mut dialects = [Dialect::Core, Dialect::CloudFormation].into_iter().cycle();
    for path in files(&["json"]) {
        let Some(text) = text_of(&path) else { continue };
        let dialect = dialects.next().expect("never ends");
        let (_, json) = read(&text, dialect);
        // JSON has no comments, so this one makes it YAML.
        let (_, yaml) = read(&format!("{text}\n# YAML"), dialect);
        assert_eq!(json.comments.len(), 0, "{}", path.display());
        assert_eq!(yaml.comments.len(), 1, "{}", path.display());
        assert_identical(&json.root, &yaml.root, &path);
    }
}

fn assert_is(node: &Node, expected: &serde_json::Value, path: &Path) {
    let mut pairs = vec![(node, expected)];
    while let Some((node, expected)) = pairs.pop() {
        let is_same = match (&node.value, expected) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Bool(value), serde_json::Value::Bool(expected)) => value == expected,
            (Value::Number(value), serde_json::Value::Number(expected)) => {
                value.parse() == expected.to_string().parse::<f64>()
            }
            (Value::Text(value), serde_json::Value::String(expected)) => value == expected,
            (Value::List(list), serde_json::Value::Array(expected)) => {
                pairs.extend(list.items.iter().zip(expected));
                list.items.len() == expected.len()
            }
            (Value::Map(map), serde_json::Value::Object(expected)) => {
                let entries = map.entries.iter();
                pairs.extend(
                    entries.filter_map(|entry| Some((&entry.value, expected.get(&*entry.key)?))),
                );
                map.entries.len() == expected.len()
                    && expected.keys().all(|key| map.get(key).is_some())
            }
            _ => false,
        };
        assert!(is_same, "{}: {node:?} is {expected}", path.display());
    }
}

#[test]
fn json_is_what_another_parser_reads() {
    for path in files(&["json"]) {
        let Some(text) = text_of(&path) else { continue };
        let (_, document) = read(&text, Dialect::CloudFormation);
        let Ok(expected) = serde_json::from_str(&text) else {
            let is_told = |kind| document.problems.iter().any(|problem| problem.kind == kind);
            assert!(is_told(ProblemKind::UnreadableInput), "{}", path.display());
            continue;
        };
        assert_is(&document.root, &expected, &path);
    }
}

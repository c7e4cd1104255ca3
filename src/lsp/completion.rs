//! What may stand at the cursor: authorizers, rules in a suppression, keys and rules of `gatelint.toml`.

use gen_lsp_types::{CompletionItem, CompletionItemKind, Position, Range, TextEdit};
use serde_json::Value;

use super::cursor;
use super::documents::Document;
use super::place::{Encoding, Lines};
use super::view::View;
use crate::config;
use crate::document::{self, Dialect, Node};
use crate::report;
use crate::rule::RuleSet;
use crate::source::Sources;

/// Items of one answer.
const MOST: usize = 500;
/// Levels of a tree that are looked through for authorizers.
const DEEPEST: usize = 12;

/// What may stand there.
pub fn of(
    view: &View,
    document: &Document,
    (position, encoding): (Position, Encoding),
) -> Vec<CompletionItem> {
    let lines = Lines::new(&document.text, encoding);
    let offset = lines.offset(position);
    let line = lines.line(offset);
    let (start, _) = lines.bounds(line);
    let before = document.text.get(start..offset).unwrap_or_default();
    let typed = before.len() - before.trim_end_matches(cursor::is_name).len();
    let range = lines.range(offset - typed, offset);
    let extension = document
        .path
        .extension()
        .and_then(|extension| extension.to_str());
    let named = if extension == Some("toml") {
        of_configuration(&view.rules, &document.text, (start, before))
    } else if is_suppression(before) {
        rules(&view.rules)
    } else if asks_for_authorizer(before) {
        authorizers(view, document)
    } else {
        Vec::new()
    };
    let items = named.into_iter().take(MOST);
    items.map(|named| item(named, range)).collect()
}

/// A word that may stand somewhere, and what it means.
struct Named {
    word: String,
    detail: String,
    kind: CompletionItemKind,
}

fn item(named: Named, range: Range) -> CompletionItem {
    CompletionItem {
        label: named.word.clone(),
        kind: Some(named.kind),
        detail: Some(named.detail).filter(|detail| !detail.is_empty()),
        text_edit: Some(
            TextEdit {
                range,
                new_text: named.word,
            }
            .into(),
        ),
        ..CompletionItem::default()
    }
}

fn is_suppression(before: &str) -> bool {
    let list = before
        .rsplit_once("gatelint:")
        .map(|(_, rest)| rest.trim_start());
    let list = list.and_then(|rest| rest.strip_prefix("ignore["));
    list.is_some_and(|list| !list.contains(']'))
}

fn rules(rules: &RuleSet) -> Vec<Named> {
    let named = rules.iter().map(|rule| Named {
        word: rule.id.to_string(),
        detail: rule.title.to_string(),
        kind: CompletionItemKind::Value,
    });
    named.collect()
}

/// Whether a value is begun that names an authorizer, in the words of any format.
fn asks_for_authorizer(before: &str) -> bool {
    let Some((key, value)) = before.rsplit_once(':') else {
        return false;
    };
    let key = key.rsplit(['{', ',', '-', ' ']).next().unwrap_or_default();
    let key = key.trim_matches(['"', '\'', ' ']);
    let is_begun = value.starts_with([' ', '"']) || value.is_empty();
    let is_word = value.trim_matches(['"', ' ']).chars().all(cursor::is_name);
    let keys = [
        "authorizer",
        "Authorizer",
        "DefaultAuthorizer",
        "name",
        "AuthorizerId",
    ];
    is_begun && is_word && keys.contains(&key)
}

/// Every authorizer that the file, or one analysed with it, declares.
fn authorizers(view: &View, document: &Document) -> Vec<Named> {
    let mut names = Vec::new();
    let texts = Sources::default();
    texts.add("typed", document.text.clone());
    let good = view.good.as_deref().unwrap_or(view);
    for (_, source) in good.report.sources.all() {
        let is_own = view
            .name(&document.path)
            .is_some_and(|name| name == source.path);
        let is_near = source.path.rsplit_once('/').map(|(folder, _)| folder)
            == view
                .name(&document.path)
                .as_deref()
                .and_then(|name| name.rsplit_once('/'))
                .map(|(folder, _)| folder);
        if is_own || (is_near && crate::frontend::detect::is_readable(&source.path)) {
            texts.add(&source.path, source.text.clone());
        }
    }
    for (id, _) in texts.all() {
        gather(
            &document::parse(&texts, id, Dialect::CloudFormation).root,
            0,
            &mut names,
        );
    }
    names.sort();
    names.dedup();
    let named = names.into_iter().map(|(word, detail)| Named {
        word,
        detail,
        kind: CompletionItemKind::Reference,
    });
    named.collect()
}

fn gather(node: &Node, depth: usize, names: &mut Vec<(String, String)>) {
    if depth > DEEPEST || names.len() > MOST {
        return;
    }
    for entry in node.entries() {
        if matches!(entry.key.as_str(), "authorizers" | "Authorizers") {
            let all = entry.value.entries().iter();
            names.extend(all.map(|inner| (report::name(&inner.key), "authorizer".to_owned())));
        }
        let kind = entry.value.get("Type").and_then(Node::as_text);
        if let Some(kind) = kind.filter(|kind| kind.ends_with("::Authorizer")) {
            names.push((report::name(&entry.key), report::name(kind)));
        }
        gather(&entry.value, depth + 1, names);
    }
}

/// Keys of the table that the cursor is in; names of rules where rules are named.
fn of_configuration(known: &RuleSet, text: &str, (start, before): (usize, &str)) -> Vec<Named> {
    let above = text.get(..start).unwrap_or_default();
    let header = above
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| line.starts_with('['));
    let table = header.unwrap_or_default().trim_matches(['[', ']']).trim();
    if let Some((key, value)) = before.split_once('=') {
        let key = key.trim();
        let wants_rule =
            matches!(key, "rule" | "select" | "ignore" | "rules") && value.contains('"');
        return if wants_rule { rules(known) } else { Vec::new() };
    }
    if before.trim_start().starts_with('[') {
        return properties(known, "", CompletionItemKind::Module);
    }
    if table.split('.').next_back() == Some("rules") {
        return rules(known);
    }
    properties(known, table, CompletionItemKind::Property)
}

/// The keys of a table, as the schema has them.
fn properties(known: &RuleSet, table: &str, kind: CompletionItemKind) -> Vec<Named> {
    let schema = config::schema(known);
    let mut place = &schema;
    for part in table.split('.').filter(|part| !part.is_empty()) {
        let below = place.pointer(&format!("/properties/{part}"));
        let Some(below) = below else {
            return Vec::new();
        };
        let below = below.get("items").unwrap_or(below);
        let name = below.get("$ref").and_then(Value::as_str);
        let target = name.and_then(|name| schema.pointer(name.trim_start_matches('#')));
        place = target.unwrap_or(below);
    }
    let Some(properties) = place.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    let named = properties.iter().map(|(word, about)| {
        let detail = about.get("description").and_then(Value::as_str);
        Named {
            word: word.clone(),
            detail: detail
                .unwrap_or_default()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
            kind,
        }
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_names_an_authorizer_is_recognised() {
        for line in [
            "      authorizer: ",
            "  - httpApi: {path: /a, authorizer: j",
            "DefaultAuthorizer: ",
            "\"Authorizer\": \"p",
        ] {
            assert!(asks_for_authorizer(line), "{line}");
        }
        for line in [
            "authorizers: ",
            "path: /",
            "authorizer",
            "authorizer: a b: c",
        ] {
            assert!(!asks_for_authorizer(line), "{line}");
        }
    }

    #[test]
    fn keys_and_rules_of_the_configuration_are_offered_where_they_belong() {
        let rules = RuleSet::built_in();
        let words = |text: &str| -> Vec<String> {
            let start = text.rfind('\n').map_or(0, |at| at + 1);
            let before = text.get(start..).unwrap_or_default();
            let named = of_configuration(&rules, text, (start, before));
            named.into_iter().map(|named| named.word).collect()
        };
        assert!(
            words("fa").contains(&"fail-on".to_owned()),
            "{:?}",
            words("fa")
        );
        assert!(words("[rules]\npu").contains(&"public-write".to_owned()));
        assert!(
            words("[[ignore]]\n").contains(&"reason".to_owned()),
            "{:?}",
            words("[[ignore]]\n")
        );
        assert!(words("x = 1").is_empty());
    }

    #[test]
    fn rules_are_offered_inside_the_brackets_only() {
        assert!(is_suppression("  # gatelint: ignore[pu"));
        assert!(is_suppression("# gatelint: ignore[a, "));
        assert!(!is_suppression("# gatelint: ignore[a] b"));
        assert!(!is_suppression("# ignore["));
    }
}

//! The generated parts of the documentation: the vocabulary of rules, and the list of rules.

use std::fmt::Write;

use super::RuleSet;
use crate::facts::{Kind, Type};

/// Every subject with its fields, as Markdown, for `rules/README.md`.
pub fn fields_table() -> String {
    let mut page = String::new();
    for kind in Kind::ALL {
        let _ = write!(
            page,
            "### `{}`\n\n{}\n\n| field | value | example | what it says |\n|---|---|---|---|\n",
            kind.word(),
            kind.doc()
        );
        for field in kind.fields() {
            let _ = writeln!(
                page,
                "| `{}` | {} | {} | {} |",
                field.name,
                values(field.kind),
                code(field.example),
                field.doc
            );
        }
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// The ways in which pages may have something mended, as Markdown, for `rules/README.md`.
pub fn ways_table() -> String {
    let rows = super::Way::ALL.map(|way| format!("| `{}` | {} |\n", way.word(), way.doc()));
    format!("| way | what it does |\n|---|---|\n{}", rows.concat())
}

/// The rules whose findings can be mended, as Markdown, for the project's README.
pub fn fixes_table(rules: &RuleSet) -> String {
    let mut table = String::from("| rule | made with |\n|---|---|\n");
    for rule in rules.iter() {
        let Some(safe) = rule.has_safe_fix() else {
            continue;
        };
        let flag = if safe { "--fix" } else { "--unsafe-fixes" };
        let _ = writeln!(
            table,
            "| [`{}`](rules/{}.md) | `{flag}` |",
            rule.id, rule.id
        );
    }
    table
}

/// As code in Markdown, backticks included.
fn code(text: &str) -> String {
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

fn values(kind: Type) -> String {
    match kind {
        Type::Text => "text".to_owned(),
        Type::Word(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
        Type::Flag => "`true`, `false`".to_owned(),
        Type::Number => "number".to_owned(),
        Type::List => "list".to_owned(),
    }
}

/// Every rule in order of severity and id, as a Markdown table for the project's README.
pub fn rules_table(rules: &RuleSet) -> String {
    let mut sorted: Vec<_> = rules.iter().collect();
    sorted.sort_by(|a, b| (b.severity, &a.id).cmp(&(a.severity, &b.id)));
    let mut table = String::from("| rule | severity | what is so |\n|---|---|---|\n");
    for rule in sorted {
        let severity = if rule.enabled {
            rule.severity.word()
        } else {
            "off"
        };
        let _ = writeln!(
            table,
            "| [`{}`](rules/{}.md) | {severity} | {} |",
            rule.id, rule.id, rule.title
        );
    }
    table
}

/// The page with `part` between its markers `<!-- name -->` and `<!-- /name -->`; `None` when it has no such markers.
pub fn between(page: &str, name: &str, part: &str) -> Option<String> {
    let (opening, closing) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let start = page.find(&opening)? + opening.len();
    let end = start + page.get(start..)?.find(&closing)?;
    let (before, after) = (page.get(..start)?, page.get(end..)?);
    Some(format!("{before}{part}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_marked_part_is_replaced() {
        let page = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n";
        let new = between(page, "x", "new\n").expect("marked");
        assert_eq!(new, "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n");
        assert_eq!(between(page, "y", ""), None);
    }

    #[test]
    fn every_field_has_a_row() {
        let table = fields_table();
        for field in Kind::ALL.iter().flat_map(|kind| kind.fields()) {
            assert!(
                table.contains(&format!("| `{}` |", field.name)),
                "{}",
                field.name
            );
        }
    }
}

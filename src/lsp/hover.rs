//! What is told where the pointer rests: an endpoint's effective auth and how it came about, a finding and its rule.

use std::fmt::Write as _;

use gen_lsp_types::{Hover, MarkupContent, MarkupKind};

use super::cursor;
use super::view::Page;
use crate::endpoint::Endpoint;
use crate::finding::Finding;
use crate::report::endpoints::why_markdown;
use crate::report::{View as Reported, markdown_code, markdown_message};
use crate::rule::Rule;

/// Characters of one answer.
const LONGEST: usize = 20_000;
/// Findings and endpoints that are told of one place.
const MOST: usize = 8;

/// What there is to say of this byte.
pub fn of(page: &Page<'_>, offset: usize) -> Option<Hover> {
    let line = page.lines.line(offset);
    let mut text = String::new();
    let mut rules: Vec<&Rule> = Vec::new();
    for (stack, endpoint) in endpoints(page, offset).into_iter().take(MOST) {
        let view = Reported::new(&page.view.report, &page.view.rules);
        let _ = writeln!(text, "{}", why_markdown(&view, stack, endpoint));
    }
    // What a finding says stands in its diagnostic, which editors show beside this.
    for finding in findings(page, offset).take(MOST) {
        let help = markdown_message(&finding.help);
        let told = format!("- {}: {help}\n", markdown_code(&finding.rule));
        if !help.is_empty() && !text.contains(&told) {
            text += &told;
        }
        let rule = page.view.rules.get(&finding.rule);
        rules.extend(rule.filter(|rule| rules.iter().all(|known| known.id != rule.id)));
    }
    if rules.is_empty() && page.lines.text(line).contains("gatelint:") {
        let word = cursor::word(page.text, offset, |c| c.is_ascii_alphanumeric() || c == '-');
        rules.extend(page.view.rules.get(word));
    }
    for rule in rules {
        let _ = writeln!(text, "\n---\n\n{}", rule_page(rule));
    }
    if text.is_empty() {
        return None;
    }
    let end = crate::source::floor(&text, LONGEST);
    text.truncate(end);
    Some(Hover {
        contents: MarkupContent {
            kind: MarkupKind::Markdown,
            value: text,
        }
        .into(),
        range: None,
    })
}

/// A rule's page as Markdown.
pub fn rule_page(rule: &Rule) -> String {
    let references = rule.references.iter().map(|page| format!("\n- <{page}>"));
    let references: String = references.collect();
    let references = if references.is_empty() {
        references
    } else {
        format!("\n\nReferences:{references}")
    };
    format!(
        "### `{}`: {} ({})\n\n{}{references}\n",
        rule.id,
        rule.title,
        rule.severity.word(),
        rule.body.trim()
    )
}

/// The findings that begin on this byte's line and reach over it, and those of what is announced on it.
fn findings<'a>(page: &'a Page<'a>, offset: usize) -> impl Iterator<Item = &'a Finding> {
    page.view.findings().filter(move |finding| {
        page.bytes(finding.primary).is_some_and(|(start, end)| {
            let (line, own) = (page.lines.line(offset), page.lines.line(start));
            let is_on_it = own == line && start <= offset && offset <= end.max(start);
            is_on_it || (own != line && page.head(start) == line)
        })
    })
}

/// The endpoints that are declared on this byte's line, else those around it, the innermost first.
fn endpoints<'a>(
    page: &'a Page<'a>,
    offset: usize,
) -> Vec<(&'a crate::finding::StackReport, &'a Endpoint)> {
    let line = page.lines.line(offset);
    let placed = page
        .endpoints()
        .filter_map(|found| Some((page.bytes(found.1.span)?, found)));
    let mut around: Vec<_> = placed
        .filter(|((start, end), _)| {
            page.head(*start) == line
                || page.lines.line(*start) == line
                || (*start <= offset && offset <= *end)
        })
        .collect();
    around.sort_by_key(|((start, end), _)| end - start);
    let smallest = around.first().map(|((start, end), _)| end - start);
    around.retain(|((start, end), _)| Some(end - start) == smallest);
    around.into_iter().map(|(_, found)| found).collect()
}

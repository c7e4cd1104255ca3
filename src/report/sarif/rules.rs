//! The rules of a SARIF run: those that have results, with what code hosts show of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use crate::finding::{Finding, Severity};
use crate::report::{Page, View, escape};

/// Characters that GitHub takes of a description.
const DESCRIPTION: usize = 1000;

/// The descriptors in order of id, and the index of each.
pub fn of<'a>(
    view: &View<'_>,
    findings: &[&'a Finding],
) -> (Vec<ReportingDescriptor>, HashMap<&'a str, i64>) {
    let ids: BTreeSet<&str> = findings.iter().map(|finding| &*finding.rule).collect();
    let describe = |id: &&str| match view.page(id) {
        Some(page) => described(page),
        None => ReportingDescriptor::builder().id(*id).build(),
    };
    let rules = ids.iter().map(describe).collect();
    (rules, ids.into_iter().zip(0..).collect())
}

fn described(page: &Page) -> ReportingDescriptor {
    let level = match page.severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    };
    let reason = if page.reason.is_empty() { &page.title } else { &page.reason };
    let configuration = ReportingConfiguration::builder().level(json!(level)).build();
    let help = MultiformatMessageString::builder()
        .text(format!("{}\n\n{}", page.title, page.reason))
        .markdown(page.markdown.as_str())
        .build();
    ReportingDescriptor::builder()
        .id(page.id.as_str())
        .name(camel(&page.id))
        .short_description(told(&sentence(&page.title)))
        .full_description(told(&escape::cut(reason, DESCRIPTION)))
        .help(help)
        .default_configuration(configuration)
        .properties(properties(page.severity))
        .build()
}

fn told(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

/// What makes an alert a security alert, and how high it stands.
fn properties(severity: Severity) -> PropertyBag {
    let score = match severity {
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    };
    let mut bag: BTreeMap<String, Value> = BTreeMap::from([("precision".to_owned(), json!("high"))]);
    let mut tags = vec!["aws".to_owned(), "serverless".to_owned()];
    if let Some(score) = score {
        bag.insert("security-severity".to_owned(), json!(score));
        tags.insert(0, "security".to_owned());
    } else {
        bag.insert("problem.severity".to_owned(), json!("recommendation"));
    }
    PropertyBag::builder().tags(tags).additional_properties(bag).build()
}

/// `public-write` as `PublicWrite`.
fn camel(id: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    id.split('-').map(word).collect()
}

/// A title as the sentence that the standard asks for.
fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if title.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

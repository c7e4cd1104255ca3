//! The rules of a SARIF run: those that have results, with what code hosts show of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use crate::finding::{Finding, Severity};
use crate::report::rules::{reason, sentence};
use crate::report::{View, escape};
use crate::rule::Rule;

/// Tags that GitHub shows, but for the two that are there in any case.
const TAGS: usize = 8;
/// Characters that GitHub takes of a description.
const DESCRIPTION: usize = 1000;

/// The descriptors in order of id, and the index of each.
pub fn of<'a>(
    view: &View<'_>,
    findings: &[&'a Finding],
) -> (Vec<ReportingDescriptor>, HashMap<&'a str, i64>) {
    let ids: BTreeSet<&str> = findings.iter().map(|finding| &*finding.rule).collect();
    let describe = |id: &&str| match view.rules.get(id) {
        Some(rule) => described(rule),
        None => ReportingDescriptor::builder().id(*id).build(),
    };
    let rules = ids.iter().map(describe).collect();
    (rules, ids.into_iter().zip(0..).collect())
}

fn described(rule: &Rule) -> ReportingDescriptor {
    let level = match rule.severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    };
    let reason = reason(rule);
    let configuration = ReportingConfiguration::builder()
        .level(json!(level))
        .build();
    let help = MultiformatMessageString::builder()
        .text(format!("{}\n\n{reason}", sentence(&rule.title)))
        .markdown(rule.body.trim())
        .build();
    let mut descriptor = ReportingDescriptor::builder()
        .id(&*rule.id)
        .short_description(told(&sentence(&rule.title)))
        .full_description(told(&escape::cut(&reason, DESCRIPTION)))
        .help(help)
        .default_configuration(configuration)
        .properties(properties(rule))
        .build();
    // A name that is the id in other letters says nothing, and the standard wants it left out.
    let name = camel(&rule.id);
    descriptor.name = (!name.eq_ignore_ascii_case(&rule.id)).then_some(name);
    descriptor.help_uri = rule.references.first().map(ToString::to_string);
    descriptor
}

fn told(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

/// What makes an alert a security alert, and how high it stands.
fn properties(rule: &Rule) -> PropertyBag {
    let score = match rule.severity {
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    };
    let mut bag: BTreeMap<String, Value> =
        BTreeMap::from([("precision".to_owned(), json!("high"))]);
    let weaknesses = rule
        .weaknesses()
        .map(|number| format!("external/cwe/cwe-{number}"));
    let mut tags: Vec<String> = weaknesses.take(TAGS).collect();
    tags.insert(0, rule.subject.word().to_owned());
    if let Some(score) = score {
        bag.insert("security-severity".to_owned(), json!(score));
        tags.insert(0, "security".to_owned());
    } else {
        bag.insert("problem.severity".to_owned(), json!("recommendation"));
    }
    PropertyBag::builder()
        .tags(tags)
        .additional_properties(bag)
        .build()
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

//! Rules as they are listed, and the page of one.

use serde::Serialize;

use crate::report::json::{SCHEMA_VERSION, document};
use crate::report::{Cell, Look, Table, escape, ink};
use crate::rule::{Origin, Rule, RuleSet};

/// Every rule in columns: the worst first.
pub fn rules_table(rules: &RuleSet, look: Look) -> String {
    let mut sorted: Vec<&Rule> = rules.iter().collect();
    sorted.sort_by(|a, b| (b.severity, &a.id).cmp(&(a.severity, &b.id)));
    let mut table = Table::new(60);
    for rule in sorted {
        table.row([
            Cell::from(rule.severity.word()).ink(look.ink(ink::of(rule.severity))),
            escape::name(&rule.id).into(),
            (if rule.enabled { "on" } else { "off" }).into(),
            origin(rule).into(),
            escape::name(&rule.title).into(),
        ]);
    }
    table.draw("")
}

fn origin(rule: &Rule) -> String {
    match &rule.origin {
        Origin::BuiltIn => "built in".to_owned(),
        Origin::Team(path) => escape::name(path),
    }
}

/// Every rule as JSON, in order of id.
pub fn rules_json(rules: &RuleSet) -> String {
    document(&Document {
        schema_version: SCHEMA_VERSION,
        rules: rules.iter().map(Record::of).collect(),
    })
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    rules: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'static str,
    enabled: bool,
    subject: &'static str,
    since: &'a str,
    /// `built-in`, or the page of a team.
    origin: &'a str,
    aliases: Vec<&'a str>,
    references: Vec<&'a str>,
}

impl<'a> Record<'a> {
    fn of(rule: &'a Rule) -> Self {
        Self {
            id: &rule.id,
            title: &rule.title,
            severity: rule.severity.word(),
            enabled: rule.enabled,
            subject: rule.subject.word(),
            since: &rule.since,
            origin: match &rule.origin {
                Origin::BuiltIn => "built-in",
                Origin::Team(path) => path,
            },
            aliases: rule.aliases.iter().map(|alias| &**alias).collect(),
            references: rule
                .references
                .iter()
                .map(|reference| &**reference)
                .collect(),
        }
    }
}

/// A rule's page for a terminal: what it says, why, examples, and where to read more.
pub fn rule_page(rule: &Rule, look: Look) -> String {
    let id = look.paint(ink::BOLD, &escape::name(&rule.id));
    let severity = look.paint(ink::of(rule.severity), rule.severity.word());
    let mut out = format!("{severity}  {id}  {}\n\n", escape::name(&rule.title));
    let mut code = false;
    for line in rule.body.trim().lines() {
        let shown = escape::start_of_line(&escape::message(line));
        let fence = line.starts_with("```");
        code ^= fence;
        let heading = !code && line.starts_with('#');
        let shown = match (fence, heading) {
            (true, _) => look.paint(ink::DIM, &shown),
            (false, true) => look.paint(ink::BOLD, &shown),
            (false, false) => shown,
        };
        let indent = if code && !fence { "    " } else { "" };
        out = out + indent + &shown + "\n";
    }
    for (title, list) in [
        ("Read more", &rule.references),
        ("Known elsewhere as", &rule.aliases),
    ] {
        if !list.is_empty() {
            out = out + "\n" + &look.paint(ink::BOLD, title) + "\n";
            for item in list {
                out = out + "  " + &escape::name(item) + "\n";
            }
        }
    }
    out
}

/// Why, in a paragraph: the first of the page, on one line.
pub fn reason(rule: &Rule) -> String {
    let first = rule.body.trim().split("\n\n").next().unwrap_or_default();
    if first.is_empty() || first.starts_with('#') {
        return sentence(&rule.title);
    }
    first.lines().collect::<Vec<_>>().join(" ")
}

/// A title as the sentence that the standard asks for.
pub fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    let end = if title.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

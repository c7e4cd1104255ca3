//! Runs of the whole program over texts, and what must hold of each: places that are there, output that acts on nobody,
//! the same once more.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use gatelint::facts::Kind;
use gatelint::finding::Report;
use gatelint::frontend::{Env, Format as Input, MapReader, Options};
use gatelint::judge::Judge;
use gatelint::report::endpoints::{Inventory, Row};
use gatelint::report::{Format, View};
use gatelint::rule::RuleSet;
use gatelint::source::{Sources, Span};
use gatelint::terms::Terms;
use gatelint::trail::Step;
use serde_json::Value;

use super::tree::Tree;

/// Rules about the writing itself, which another look does not keep.
const ABOUT_THE_WRITING: &[&str] = &["notice", "duplicate-key", "unresolved-reference"];

/// Texts by path, and the one to begin with.
#[derive(Clone, Debug)]
pub struct Project {
    /// The texts.
    pub texts: BTreeMap<String, String>,
    /// The path of the first.
    pub entry: String,
}

impl Project {
    /// One file.
    pub fn alone(entry: &str, text: &str) -> Self {
        Self {
            texts: BTreeMap::from([(entry.to_owned(), text.to_owned())]),
            entry: entry.to_owned(),
        }
    }

    /// One file of this format.
    pub fn of(format: Input, text: &str) -> Self {
        Self::alone(file_name(format), text)
    }

    /// The same with another text of a file.
    pub fn with(&self, path: &str, text: &str) -> Self {
        let mut other = self.clone();
        other.texts.insert(path.to_owned(), text.to_owned());
        other
    }

    /// What is found in it.
    pub fn report(&self, rules: &RuleSet, terms: &Terms) -> Report {
        let texts = self.texts.iter();
        let texts = texts.map(|(path, text)| (path.clone(), text.as_str().into()));
        let reader = MapReader(texts.collect());
        let sources = Arc::new(Sources::default());
        let entry = sources.add(&self.entry, self.texts[&self.entry].as_str());
        let options = Options::default();
        let env = Env {
            sources: &sources,
            reader: &reader,
            options: &options,
        };
        let analyses = vec![gatelint::analyse(entry, &env, &Judge::new(rules))];
        gatelint::conclude(analyses, rules, terms, &sources)
    }

    /// What is found in it by the rules that come with the program.
    pub fn checked(&self) -> Report {
        self.report(rules(), &Terms::default())
    }
}

/// A name under which a file of this format is recognised.
pub fn file_name(format: Input) -> &'static str {
    match format {
        Input::Serverless => "serverless.yml",
        Input::Sam | Input::CloudFormation => "template.yaml",
    }
}

/// Everything that must hold of any run, held twice.
pub fn hold(project: &Project, rules: &RuleSet, terms: &Terms) {
    let report = project.report(rules, terms);
    places(&report);
    let shown = outputs(&report, rules);
    let again = outputs(&project.report(rules, terms), rules);
    for (one, other) in shown.iter().zip(&again) {
        assert_eq!(one, other, "a second run says something else");
    }
}

/// The rules that come with the program, read once.
pub fn rules() -> &'static RuleSet {
    static RULES: LazyLock<RuleSet> = LazyLock::new(RuleSet::built_in);
    &RULES
}

/// The same with one format instead of all, for where time is short.
pub fn hold_in(format: Format, project: &Project) {
    hold_as(format, project, rules(), &Terms::default());
}

/// The same by rules and terms of one's own.
pub fn hold_as(format: Format, project: &Project, rules: &RuleSet, terms: &Terms) {
    let report = project.report(rules, terms);
    places(&report);
    let shown = output(format, &View::new(&report, rules));
    let again = output(format, &View::new(&project.report(rules, terms), rules));
    assert_eq!(shown, again, "a second run says something else");
}

/// Holds every place to its file, and to the characters in it.
pub fn places(report: &Report) {
    let mut all: Vec<Span> = Vec::new();
    let steps = |steps: &[Step], all: &mut Vec<Span>| {
        all.extend(steps.iter().filter_map(|step| step.at));
    };
    for finding in &report.findings {
        all.extend([finding.primary, finding.about]);
        all.extend(finding.labels.iter().map(|(span, _)| *span));
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
        all.extend(edits.map(|edit| edit.span));
        steps(&finding.evidence, &mut all);
    }
    for problem in &report.problems {
        all.push(problem.span);
        all.extend(problem.related.iter().map(|(span, _)| *span));
    }
    for stack in &report.stacks {
        all.extend(stack.calls.iter().map(|call| call.span));
        for endpoint in &stack.endpoints {
            all.push(endpoint.span);
            for case in endpoint.auth.cases() {
                let trail: Vec<Step> = case.trail.steps().collect();
                steps(&trail, &mut all);
            }
        }
    }
    for span in all {
        let file = report.sources.get(span.source).expect("a file of this run");
        let text = file.text.get(span.start as usize..span.end as usize);
        assert!(text.is_some(), "{span:?} is no place in {:?}", file.path);
    }
}

/// The report in every format, each held to what its readers need.
pub fn outputs(report: &Report, rules: &RuleSet) -> Vec<String> {
    let view = View::new(report, rules);
    let formats = Format::ALL.iter();
    let mut all: Vec<String> = formats.map(|format| output(*format, &view)).collect();
    for format in Inventory::ALL {
        let text = format.render(&view);
        harmless(format.word(), &text);
        match format {
            Inventory::Json => parses(&text),
            Inventory::Jsonl => text.lines().for_each(parses),
            Inventory::Table | Inventory::Csv | Inventory::Markdown | Inventory::Mermaid => {}
        }
        all.push(text);
    }
    all
}

/// The report in one format.
pub fn output(format: Format, view: &View<'_>) -> String {
    let text = format.render(view);
    harmless(format.word(), &text);
    match format {
        Format::Json | Format::Sarif | Format::Gitlab => parses(&text),
        Format::Jsonl => text.lines().for_each(parses),
        Format::Github
        | Format::Junit
        | Format::Markdown
        | Format::Csv
        | Format::Html
        | Format::Human => {}
    }
    text
}

fn parses(text: &str) {
    let read: Result<Value, _> = serde_json::from_str(text);
    assert!(read.is_ok(), "{read:?}: {text}");
}

/// Nothing that a terminal or a reader's screen would obey.
pub fn harmless(format: &str, text: &str) {
    let acts = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let found = text.chars().find(acts);
    assert!(found.is_none(), "{found:?} stands in {format}: {text:?}");
}

/// Endpoints with everything that is known of them but places, in order.
pub fn endpoints(report: &Report) -> Vec<String> {
    let mut all = Vec::new();
    for stack in &report.stacks {
        for endpoint in &stack.endpoints {
            let mut row = serde_json::to_value(Row::of(endpoint, &report.sources)).expect("JSON");
            if let Some(row) = row.as_object_mut() {
                row.remove("location");
                row.remove("trail");
                if let Some(Value::Array(cases)) = row.get_mut("cases") {
                    cases.sort_by_key(Value::to_string);
                }
            }
            let name = format!("{:?} {} {:?} ", stack.format, stack.file, stack.stage);
            all.push(name + &row.to_string());
        }
    }
    all.sort();
    all
}

/// Findings without places, in order.
pub fn findings(report: &Report) -> Vec<String> {
    sorted(said(report).map(|one| format!("{} {} {}", one.what, one.when, one.fingerprint)))
}

/// Findings without places and without what places decide: of two about things of one name the first has the first
/// fingerprint, and a statement that several roles share is one statement, as a secret is that several functions share.
pub fn shared_findings(report: &Report) -> Vec<String> {
    let mut all = sorted(said(report).map(|one| format!("{} {}", one.what, one.when)));
    all.dedup();
    all
}

/// The same without when they hold: what is wrong at a shared place is wrong once, and of two about things of one name, one that
/// holds in every deployment and one that does not, the first is told.
pub fn findings_at_shared_places(report: &Report) -> Vec<String> {
    let mut all = sorted(said(report).map(|one| one.what));
    all.dedup();
    all
}

fn sorted(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = all.collect();
    all.sort();
    all
}

/// What is compared of a finding.
#[derive(Default)]
struct Said {
    what: String,
    when: String,
    fingerprint: String,
}

fn said(report: &Report) -> impl Iterator<Item = Said> {
    let counted = report.findings.iter();
    let counted = counted.filter(|one| !ABOUT_THE_WRITING.contains(&one.rule.as_str()));
    counted.map(|one| {
        if matches!(one.kind, Kind::Statement | Kind::Secret) {
            let what = one.rule.to_string();
            return Said {
                what,
                ..Said::default()
            };
        }
        let mut when = one.verdict.when();
        when.sort();
        Said {
            what: format!("{} {}: {}", one.rule, one.subject, one.message),
            when: format!("{:?} {} {when:?}", one.severity, one.verdict.word()),
            fingerprint: one.fingerprint.clone(),
        }
    })
}

/// Holds two looks of one tree to the same endpoints and the same findings, as `told`.
pub fn alike(tree: &Tree, (one, other): (&Project, &Project), told: fn(&Report) -> Vec<String>) {
    let (first, second) = (one.checked(), other.checked());
    places(&first);
    places(&second);
    if is_refused(&first) && is_refused(&second) {
        return;
    }
    let texts = || {
        let text = |project: &Project| project.texts[&project.entry].clone();
        format!("\n{}\n---\n{}\n---\n{tree:?}", text(one), text(other))
    };
    let (mine, theirs) = (endpoints(&first), endpoints(&second));
    if let Some(found) = difference(&mine, &theirs) {
        panic!("other endpoints: {found}{}", texts());
    }
    let (mine, theirs) = (told(&first), told(&second));
    if let Some(found) = difference(&mine, &theirs) {
        panic!("other findings: {found}{}", texts());
    }
}

/// Whether it is said that the framework refuses it. What is not deployed has no endpoints, and those that are listed all the
/// same may hang on the order of writing.
fn is_refused(report: &Report) -> bool {
    let mut said = report.problems.iter();
    said.any(|problem| problem.message.contains("refuses"))
}

/// What is only in one of two sorted lists.
fn difference(one: &[String], other: &[String]) -> Option<String> {
    if one == other {
        return None;
    }
    let only = |of: &[String], not: &[String]| {
        let left = of.iter().filter(|it| !not.contains(it));
        left.fold(String::new(), |all, it| all + "\n  " + it)
    };
    let (mine, theirs) = (only(one, other), only(other, one));
    Some(format!(
        "{} and {}; only in the one:{mine}\nonly in the other:{theirs}",
        one.len(),
        other.len()
    ))
}

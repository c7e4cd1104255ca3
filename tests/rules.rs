//! The pages of `rules/`: each is complete, and its examples come out as it says.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use gatelint::finding::Verdict;
use gatelint::frontend::{Env, Format, MapReader, Options};
use gatelint::rule::{Example, RuleSet, examples};
use gatelint::source::Sources;

#[test]
fn every_page_is_a_rule_of_its_name() {
    let rules = RuleSet::built_in();
    let files = fs::read_dir("rules").expect("readable");
    let names = files.map(|file| file.expect("readable").file_name());
    let mut ids = BTreeSet::new();
    for name in names {
        let name = name.into_string().expect("UTF-8");
        let id = name.strip_suffix(".md").expect("only pages live here");
        if id != "README" {
            assert!(
                rules.get(id).is_some(),
                "rules/{name} is not accepted: run it as a team's page"
            );
            ids.insert(id.to_owned());
        }
    }
    let loaded: BTreeSet<_> = rules.iter().map(|rule| rule.id.to_string()).collect();
    assert_eq!(loaded, ids);
}

/// The built-in pages under other names, loaded as a team's pages are: with every check and every message.
#[test]
fn built_in_pages_have_no_mistake() {
    let mut pages = Vec::new();
    for file in fs::read_dir("rules").expect("readable") {
        let path = file.expect("readable").path();
        let id = path
            .file_stem()
            .expect("named")
            .to_string_lossy()
            .into_owned();
        if id == "README" {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable");
        let text = text.replacen(&format!("id: {id}\n"), &format!("id: x-{id}\n"), 1);
        pages.push((format!("x-{id}.md"), text.into()));
    }
    let sources = Sources::default();
    let (_, problems) = RuleSet::load(&sources, &pages);
    let said: Vec<_> = problems
        .iter()
        .map(|problem| (sources.locate(problem.span), &problem.message))
        .collect();
    assert!(said.is_empty(), "{said:#?}");
}

#[test]
fn every_page_shows_what_it_reports_and_what_not() {
    for rule in RuleSet::built_in().iter() {
        let id = &rule.id;
        let found =
            examples(&rule.body).unwrap_or_else(|(line, what)| panic!("{id}:{line}: {what}"));
        let (bad, good): (Vec<Example>, Vec<Example>) =
            found.into_iter().partition(|example| example.reported);
        assert!(!bad.is_empty(), "{id} has no example that is reported");
        assert!(
            good.len() >= 2,
            "{id} has fewer than two examples that are not reported"
        );
        for example in &bad {
            let own = example.findings.iter().any(|(_, finding)| finding == id);
            assert!(own, "{id}: the example at {} marks no line", example.line);
        }
        for example in &good {
            let own = example.findings.iter().any(|(_, finding)| finding == id);
            assert!(!own, "{id}: the example at {} is reported", example.line);
        }
        assert!(!rule.references.is_empty(), "{id} has no references");
        let reason = rule.body.split("## ").next().unwrap_or_default();
        assert!(reason.trim().len() > 100, "{id} gives no reason");
    }
}

#[test]
fn cloudformation_examples_come_out_as_the_pages_say() {
    come_out(Format::CloudFormation);
}

#[test]
fn sam_examples_come_out_as_the_pages_say() {
    come_out(Format::Sam);
}

#[test]
fn serverless_examples_come_out_as_the_pages_say() {
    come_out(Format::Serverless);
}

/// Every example of this format: on the marked lines, and only there, is a finding of the page's own rule.
fn come_out(format: Format) {
    let rules = RuleSet::built_in();
    let mut wrong = Vec::new();
    for rule in rules.iter() {
        let found = examples(&rule.body).expect("checked above");
        for example in found.into_iter().filter(|one| one.format == format) {
            let found = reported(&example, &rules);
            let own = |all: &[(u32, String)]| -> BTreeSet<u32> {
                let own = all.iter().filter(|(_, id)| *id == rule.id);
                own.map(|(line, _)| *line).collect()
            };
            if own(&found) != own(&example.findings) {
                wrong.push(format!(
                    "rules/{}.md, line {} of the body, marked {:?}: found {found:?}",
                    rule.id, example.line, example.findings
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Line and rule of every finding that is not suppressed.
fn reported(example: &Example, rules: &RuleSet) -> Vec<(u32, String)> {
    let sources = Arc::new(Sources::default());
    let entry = sources.add(example.file_name(), example.text.as_str());
    let (reader, options) = (MapReader::default(), Options::default());
    let env = Env {
        sources: &sources,
        reader: &reader,
        options: &options,
    };
    let report = gatelint::check(&sources, &[entry], rules, &env);
    let findings = report.findings.iter();
    let shown = findings
        .filter(|finding| finding.suppressed.is_none() && finding.verdict != Verdict::Undecided);
    shown
        .map(|finding| {
            (
                sources.locate(finding.primary).line,
                finding.rule.to_string(),
            )
        })
        .collect()
}

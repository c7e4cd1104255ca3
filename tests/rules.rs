//! The pages of `rules/`: each is complete, and its examples come out as it says.

use std::collections::BTreeSet;
use std::fs;

use gatelint::pipeline::test_page;
use gatelint::rule::{self, Example, RuleSet, examples};
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

/// On the marked lines, and only there, is a finding of the page's own rule, also when that is off by default.
#[test]
fn examples_come_out_as_the_pages_say() {
    let rules = RuleSet::built_in();
    let mut wrong = Vec::new();
    for rule in rules.iter() {
        for fault in test_page(rule, &rules) {
            wrong.push(format!(
                "rules/{}.md, line {} of the body: {}",
                rule.id, fault.line, fault.message
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_new_page_is_complete() {
    let sources = Sources::default();
    let page = rule::skeleton("admin-needs-cognito");
    let name = "admin-needs-cognito.md".to_owned();
    let (rules, problems) = RuleSet::load(&sources, &[(name, page.into())]);
    assert_eq!(problems, []);
    let own = rules.get("admin-needs-cognito").expect("was loaded");
    assert_eq!(test_page(own, &rules), []);
}

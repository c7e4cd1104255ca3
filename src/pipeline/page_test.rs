//! The examples on a rule's page, run: `gatelint rules test`, and the tests of the pages that come with the program.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::{Date, date};

use crate::finding::Verdict;
use crate::frontend::{Env, MapReader, Options};
use crate::judge::Judge;
use crate::rule::{Example, Rule, RuleSet, examples};
use crate::source::Sources;
use crate::terms::Terms;

/// The day on which examples are judged, so that they come out the same on every day.
const TODAY: Date = date(2026, 1, 1);

/// Something on a page that does not come out as the page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFault {
    /// Line of the page's body, counted from 1.
    pub line: u32,
    /// What is so.
    pub message: String,
}

/// Runs every example of a page. Empty when each is reported on its marked lines, and only there.
pub fn test_page(rule: &Rule, rules: &RuleSet) -> Vec<PageFault> {
    let found = match examples(&rule.body) {
        Ok(found) => found,
        Err((line, message)) => return vec![PageFault { line, message }],
    };
    // A rule that is off by default is tested all the same.
    let mut rules = rules.clone();
    if let Some(own) = rules.get_mut(&rule.id) {
        own.enabled = true;
    }
    let missing = missing(rule, &found);
    let faults = found
        .iter()
        .flat_map(|example| faults(example, rule, &rules));
    missing.into_iter().chain(faults).collect()
}

/// A page that shows nothing is not tested by itself.
fn missing(rule: &Rule, found: &[Example]) -> Vec<PageFault> {
    let none = |reported: bool| !found.iter().any(|example| example.reported == reported);
    let fault = |what: &str| PageFault {
        line: 1,
        message: format!("`{}` has no example that is {what}", rule.id),
    };
    let bad = none(true).then(|| fault("reported"));
    let good = none(false).then(|| fault("not reported"));
    bad.into_iter().chain(good).collect()
}

fn faults(example: &Example, rule: &Rule, rules: &RuleSet) -> Vec<PageFault> {
    let marked: BTreeSet<u32> = example
        .findings
        .iter()
        .filter(|(_, id)| *id == rule.id)
        .map(|(line, _)| *line)
        .collect();
    let found = reported(example, rule, rules);
    // The example's lines are counted from 1, and so is the body's.
    let on_page = |line: &u32| example.line + line - 1;
    let fault = |line: &u32, message: &str| PageFault {
        line: on_page(line),
        message: message.to_owned(),
    };
    let silent = marked
        .difference(&found)
        .map(|line| fault(line, "this line is marked, and nothing is reported here"));
    let loud = found
        .difference(&marked)
        .map(|line| fault(line, "this line is reported, and not marked"));
    let mut faults: Vec<PageFault> = silent.chain(loud).collect();
    if example.reported && marked.is_empty() {
        let message = format!("no line is marked `# finding: {}`", rule.id);
        faults.push(fault(&1, &message));
    }
    if !example.reported && !marked.is_empty() {
        faults.push(fault(&1, "an example under `## Not reported` has a mark"));
    }
    faults
}

/// The lines on which the rule's findings are.
fn reported(example: &Example, rule: &Rule, rules: &RuleSet) -> BTreeSet<u32> {
    let sources = Arc::new(Sources::default());
    let entry = sources.add(example.file_name(), example.text.as_str());
    let (reader, options) = (MapReader::default(), Options::default());
    let env = Env {
        sources: &sources,
        reader: &reader,
        options: &options,
    };
    let analyses = vec![super::analyse(entry, &env, &Judge::new(rules))];
    let terms = Terms {
        today: Some(TODAY),
        ..Terms::default()
    };
    let report = super::conclude(analyses, rules, &terms, &sources);
    let own = report.findings.iter().filter(|finding| {
        let counts = finding.suppressed.is_none() && finding.verdict != Verdict::Undecided;
        finding.rule == rule.id && counts
    });
    own.map(|finding| sources.locate(finding.primary).line)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(examples: &str) -> Vec<PageFault> {
        let page = format!(
            "---\nid: any-read\ntitle: x\nseverity: low\nsince: 0.1.0\nsubject: endpoint\n\
             when: {{ method: GET }}\nmessage: x\nhelp: x\n---\n{examples}"
        );
        let sources = Sources::default();
        let (rules, problems) = RuleSet::load(&sources, &[("any-read.md".to_owned(), page.into())]);
        assert_eq!(problems, []);
        let rule = rules.get("any-read").expect("was loaded");
        test_page(rule, &rules)
    }

    fn example(method: &str, mark: &str) -> String {
        format!(
            "```yaml\n# serverless\nservice: a\nprovider: {{ name: aws }}\nfunctions:\n  a:\n    handler: a.a\n    \
             events:\n      - http: {method} /{mark}\n```\n"
        )
    }

    #[test]
    fn a_page_that_is_true_has_no_faults() {
        let (bad, good) = (example("GET", "  # finding: any-read"), example("POST", ""));
        let page = format!("## Reported\n{bad}\n## Not reported\n{good}");
        assert_eq!(faults_of(&page), []);
    }

    #[test]
    fn each_fault_is_at_its_line_of_the_page() {
        let (silent, loud) = (example("POST", "  # finding: any-read"), example("GET", ""));
        let page = format!("## Reported\n{silent}## Not reported\n{loud}");
        let lines: Vec<u32> = faults_of(&page).iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [10, 21]);
    }

    #[test]
    fn a_page_must_show_both_sides() {
        assert_eq!(faults_of("").len(), 2);
    }
}

//! One report with a finding of every rule: the examples of all pages, checked as one project.
//!
//! What only a full report shows is here: that every rule's text fits what code hosts take. With `GATELINT_REPORTS` set
//! to a folder, the report is written there in every format; `.ci/sarif` and `.ci/consumers` hand those to other people's programs.
#![cfg(feature = "cli")]

mod schema;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use gatelint::report::Format;
use gatelint::rule::{RuleSet, examples};
use serde_json::Value;

/// Every reported example in a folder of its own.
fn project(root: &Path, rules: &RuleSet) {
    for rule in rules.iter() {
        let found = examples(&rule.body).expect("pages are tested elsewhere");
        let bad = found.iter().filter(|example| example.reported);
        for (nth, example) in bad.enumerate() {
            let folder = root.join(format!("{}/{nth}", rule.id));
            fs::create_dir_all(&folder).expect("made");
            fs::write(folder.join(example.file_name()), &example.text).expect("written");
        }
    }
}

/// Checks the project with all rules on, and writes every format to a folder.
fn reports(root: &Path, rules: &RuleSet, folder: &Path) {
    let all: Vec<&str> = rules.iter().map(|rule| &*rule.id).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    command.args(["check", ".", "--root", ".", "--select", &all.join(",")]);
    command.env_remove("GITHUB_ACTIONS");
    for format in Format::ALL {
        let file = folder.join(format!("every-rule.{}", format.word()));
        let file = file.to_str().expect("UTF-8");
        command.args(["--output", &format!("{}={file}", format.word())]);
    }
    let output = command.current_dir(root).output().expect("runs");
    // One of the examples cannot be read, which is what its page is about.
    assert_eq!(output.status.code(), Some(3), "{output:?}");
}

/// What the SARIF report says, and the rules that have an example.
fn sarif() -> (Value, RuleSet) {
    let rules = RuleSet::built_in();
    let project_folder = tempfile::tempdir().expect("a folder");
    project(project_folder.path(), &rules);
    let own = tempfile::tempdir().expect("a folder");
    let folder = env::var_os("GATELINT_REPORTS").map_or(own.path().to_owned(), PathBuf::from);
    reports(project_folder.path(), &rules, &folder);
    let text = fs::read_to_string(folder.join("every-rule.sarif")).expect("written");
    (serde_json::from_str(&text).expect("JSON"), rules)
}

/// The texts at a pointer below each entry of a list.
fn each<'a>(list: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let entries = list.as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().filter_map(|e| e.pointer(pointer)).collect()
}

#[test]
fn every_rule_is_described_and_found_in_one_report() {
    let (log, rules) = sarif();
    let run = log.pointer("/runs/0").expect("one run");
    assert_eq!(schema::sarif_errors(&log), Vec::<String>::new());
    let found: BTreeSet<&str> = each(run.pointer("/results").expect("results"), "/ruleId")
        .into_iter()
        .filter_map(Value::as_str)
        .collect();
    let known: BTreeSet<&str> = rules.iter().map(|rule| &*rule.id).collect();
    assert_eq!(found, known);
    let descriptors = run.pointer("/tool/driver/rules").expect("rules");
    for pointer in [
        "/shortDescription/text",
        "/fullDescription/text",
        "/help/markdown",
        "/help/text",
    ] {
        let texts = each(descriptors, pointer);
        assert_eq!(texts.len(), known.len(), "{pointer}");
        let most = if pointer.starts_with("/help") {
            usize::MAX
        } else {
            1024
        };
        for text in texts {
            let text = text.as_str().unwrap_or_default();
            assert!(
                !text.trim().is_empty() && text.chars().count() <= most,
                "{pointer}: {text}"
            );
        }
    }
    for pointer in [
        "/properties/precision",
        "/properties/tags",
        "/defaultConfiguration/level",
    ] {
        assert_eq!(each(descriptors, pointer).len(), known.len(), "{pointer}");
    }
}

/// A code host shows a result on a change only when every line of its region is part of the change.
#[test]
fn every_result_is_one_line_of_a_file_of_the_project_and_can_be_known_again() {
    let (log, _) = sarif();
    let results = log.pointer("/runs/0/results").expect("results");
    let place = "/locations/0/physicalLocation";
    let number = results.as_array().map_or(0, Vec::len);
    for uri in each(results, &format!("{place}/artifactLocation/uri")) {
        let uri = uri.as_str().unwrap_or_default();
        assert!(
            !uri.starts_with('/') && !uri.contains([':', '\\', ' ']),
            "{uri}"
        );
    }
    let first = each(results, &format!("{place}/region/startLine"));
    assert_eq!(first.len(), number);
    for region in each(results, &format!("{place}/region")) {
        let last = region.get("endLine").unwrap_or(&region["startLine"]);
        assert_eq!(*last, region["startLine"]);
    }
    let mut own = BTreeSet::new();
    for prints in each(results, "/partialFingerprints") {
        let line = prints["primaryLocationLineHash"]
            .as_str()
            .unwrap_or_default();
        let (hash, nth) = line.split_once(':').unwrap_or_default();
        assert!(
            u64::from_str_radix(hash, 16).is_ok() && nth.parse::<u32>().is_ok(),
            "{line}"
        );
        own.insert(prints["gatelint/v1"].as_str().unwrap_or_default());
    }
    assert_eq!(own.len(), number);
}

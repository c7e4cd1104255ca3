//! Fixes: every pair below `fixtures/fixes`, what must hold of any fix on any project, and the command line.
//!
//! A pair is `before` and `after`, both written by hand. Where they are the same, nothing may be mended.
#![cfg(feature = "cli")]
#![allow(clippy::indexing_slicing, clippy::panic, clippy::print_stderr)]

mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gatelint::finding::Report;
use gatelint::fix::{self, Breach};
use gatelint::frontend::{Env, MapReader, Options};
use gatelint::judge::Judge;
use gatelint::rule::RuleSet;
use gatelint::source::Sources;
use gatelint::terms::Terms;
use program::{code, folder, gatelint, out, run, write};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("readable");
    let mut paths: Vec<PathBuf> = entries.map(|it| it.expect("readable").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    let name = path.file_name().expect("has a name");
    name.to_string_lossy().into_owned()
}

/// The name under which a project's text is found.
fn entry(text: &str, extension: &str) -> &'static str {
    match (text.contains("service:"), extension) {
        (true, _) => "serverless.yml",
        (false, "json") => "template.json",
        (false, _) => "template.yaml",
    }
}

#[test]
fn every_pair_is_mended_as_it_is_written() {
    let mut wrong = Vec::new();
    for rule in sorted(&fixtures().join("fixes")) {
        for case in sorted(&rule) {
            let before = sorted(&case)
                .into_iter()
                .find(|it| it.file_stem().is_some_and(|stem| stem == "before"));
            let before = before.expect("a pair has a `before`");
            let extension = before
                .extension()
                .expect("has one")
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&before).expect("readable");
            let after =
                fs::read_to_string(case.join(format!("after.{extension}"))).expect("readable");
            let file = entry(&text, &extension);
            let project = folder(&[(file, &text)]);
            let arguments = ["check", "--select", &name(&rule), "--unsafe-fixes", file];
            for round in ["first", "second"] {
                let output = run(project.path(), &arguments);
                let now = fs::read_to_string(project.path().join(file)).expect("readable");
                if now != after {
                    let said = String::from_utf8_lossy(&output.stderr);
                    wrong.push(format!("{} ({round} run)\n{said}\n{now}", case.display()));
                    break;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A project's texts by path, and the file to begin with.
struct Project {
    texts: BTreeMap<String, String>,
    entry: String,
}

impl Project {
    fn read(root: &Path, entry: &Path) -> Self {
        let mut texts = BTreeMap::new();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for path in sorted(&folder) {
                let inside = path
                    .strip_prefix(root)
                    .expect("inside")
                    .to_string_lossy()
                    .into_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(text) = fs::read_to_string(&path) {
                    texts.insert(inside, text);
                }
            }
        }
        let entry = entry
            .strip_prefix(root)
            .expect("inside")
            .to_string_lossy()
            .into_owned();
        Self { texts, entry }
    }

    fn report(&self, changed: Option<(&str, &str)>, rules: &RuleSet) -> Report {
        let mut texts: BTreeMap<String, arcstr::ArcStr> = self
            .texts
            .iter()
            .map(|(path, text)| (path.clone(), text.as_str().into()))
            .collect();
        texts.extend(changed.map(|(path, text)| (path.to_owned(), text.into())));
        let sources = Arc::new(Sources::default());
        let id = sources.add(
            &self.entry,
            texts.get(&self.entry).cloned().expect("has an entry"),
        );
        let (reader, options) = (MapReader(texts), Options::default());
        let env = Env {
            sources: &sources,
            reader: &reader,
            options: &options,
        };
        let analysis = gatelint::analyse(id, &env, &Judge::new(rules));
        gatelint::conclude(vec![analysis], rules, &Terms::default(), &sources)
    }

    /// What is wrong with any of the project's fixes, each made alone and then once more; and how many there are.
    fn faults(&self, rules: &RuleSet) -> (usize, Vec<String>) {
        let before = self.report(None, rules);
        let (mut made, mut wrong) = (0, Vec::new());
        for finding in &before.findings {
            let Some(fix) = &finding.fix else { continue };
            made += 1;
            let source = fix
                .edits
                .first()
                .expect("a fix edits something")
                .span
                .source;
            let file = before.sources.get(source).expect("known");
            let Some(text) = fix::applied(source, &file.text, &fix.edits) else {
                wrong.push(format!("{}: {} overlaps itself", self.entry, finding.rule));
                continue;
            };
            let after = self.report(Some((&file.path, &text)), rules);
            let faults = fix::verdict(&before, &after, &[finding]);
            // What else is found then is for the program to weigh; it takes such a fix back.
            let faults = faults.iter().filter(|fault| fault.breach != Breach::New);
            wrong.extend(faults.map(|fault| {
                format!(
                    "{}: {}, {}: {}",
                    self.entry, finding.rule, fix.title, fault.why
                )
            }));
        }
        (made, wrong)
    }
}

/// Names of files that a project begins with.
const ENTRIES: [&str; 6] = [
    "before.json",
    "before.yml",
    "serverless.yml",
    "template.json",
    "template.yaml",
    "template.yml",
];

/// Entry files below a folder.
fn entries(below: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![below.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for path in sorted(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if ENTRIES.contains(&name(&path).as_str()) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn prove(entries: &[PathBuf], within: Duration) -> usize {
    let rules = RuleSet::built_in();
    let (begun, mut made, mut wrong) = (Instant::now(), 0, Vec::new());
    for entry in entries {
        if begun.elapsed() > within {
            break;
        }
        let root = entry.parent().expect("has a folder");
        let (fixes, faults) = Project::read(root, entry).faults(&rules);
        made += fixes;
        wrong.extend(faults);
    }
    assert!(
        wrong.is_empty(),
        "{} faults:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    made
}

#[test]
fn every_rule_with_a_fix_has_a_pair() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut mended = 0;
    for page in sorted(&pages) {
        let text = fs::read_to_string(&page).expect("readable");
        let front = text
            .strip_prefix("---\n")
            .and_then(|rest| rest.split_once("\n---\n"));
        if front.is_none_or(|(front, _)| !front.lines().any(|line| line.starts_with("fix:"))) {
            continue;
        }
        mended += 1;
        let pairs = fixtures()
            .join("fixes")
            .join(page.file_stem().expect("a name"));
        let differ = |pair: &PathBuf| {
            let texts = sorted(pair)
                .into_iter()
                .map(|file| fs::read(file).expect("readable"));
            let texts: Vec<_> = texts.collect();
            texts.windows(2).any(|pair| pair[0] != pair[1])
        };
        assert!(
            pairs.is_dir() && sorted(&pairs).iter().any(differ),
            "{} has no pair",
            pairs.display()
        );
    }
    assert!(mended > 10);
}

#[test]
fn any_fix_of_any_fixture_does_what_it_says_and_nothing_else() {
    let made = prove(&entries(&fixtures()), Duration::from_secs(120));
    assert!(made > 50, "only {made} fixes were tried");
}

#[test]
fn any_fix_of_any_other_project_does_so_too() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|it| it.join("shared/oracle/cases"));
    let Some(cases) = cases.into_iter().find(|it| it.is_dir()) else {
        eprintln!("skipped: there is no ../shared/oracle/cases");
        return;
    };
    // Evenly over all of them: the time is bounded.
    let all = entries(&cases);
    let some: Vec<PathBuf> = all
        .iter()
        .step_by((all.len() / 400).max(1))
        .cloned()
        .collect();
    let made = prove(&some, Duration::from_secs(60));
    eprintln!("{made} fixes of {} projects", some.len());
}

const POOL: &str = "Resources:\n  Users:\n    Type: AWS::Cognito::UserPool\n    Properties:\n      Policies:\n        PasswordPolicy:\n          MinimumLength: 6\n";

#[test]
fn a_difference_is_shown_and_nothing_written() {
    let project = folder(&[("template.yaml", POOL)]);
    for flags in [["--diff", "-q"], ["--diff", "--fix"]] {
        let output = run(project.path(), &["check", flags[0], flags[1], "."]);
        assert_eq!(output.status.code(), Some(1), "something would change");
        let shown = out(&output);
        assert!(
            shown.starts_with("--- template.yaml\n+++ template.yaml\n@@ -4,4 +4,8 @@\n"),
            "{shown}"
        );
        assert!(
            shown.contains("-          MinimumLength: 6\n+          MinimumLength: 8\n"),
            "{shown}"
        );
    }
    let text = fs::read_to_string(project.path().join("template.yaml")).expect("readable");
    assert_eq!(text, POOL);
}

#[test]
fn what_is_mended_does_not_fail_the_run_any_more() {
    let project = folder(&[("template.yaml", POOL)]);
    assert_eq!(code(project.path(), &["check", "."]), 1);
    let output = run(project.path(), &["check", "--fix", "."]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("fixed 1 finding in 1 file"));
    assert_eq!(
        code(project.path(), &["check", "--diff", "."]),
        0,
        "a second run changes nothing"
    );
}

#[test]
fn the_end_of_a_run_says_how_much_can_be_mended() {
    let project = folder(&[("template.yaml", POOL)]);
    let output = run(project.path(), &["check", "."]);
    let shown = out(&output);
    assert!(
        shown.contains("fix: ask for 8 characters of all four classes (gatelint check --fix)"),
        "{shown}"
    );
    assert!(shown.contains("1 fixable with --fix"), "{shown}");
}

#[test]
fn json_and_sarif_tell_the_edits() {
    let project = folder(&[("template.yaml", POOL)]);
    let output = run(
        project.path(),
        &[
            "check",
            "--format",
            "json",
            "--select",
            "cognito-weak-password-policy",
            ".",
        ],
    );
    let json: serde_json::Value = serde_json::from_str(out(&output)).expect("JSON");
    let edit = &json["findings"][0]["fix"]["edits"][0];
    let expected = serde_json::json!({"file": "template.yaml", "line": 7, "column": 26, "end_line": 7, "end_column": 27, "text": "8"});
    assert_eq!(edit, &expected);
    assert_eq!(json["findings"][0]["fix"]["safe"], true);
    let output = run(
        project.path(),
        &[
            "check",
            "--format",
            "sarif",
            "--select",
            "cognito-weak-password-policy",
            ".",
        ],
    );
    let sarif: serde_json::Value = serde_json::from_str(out(&output)).expect("JSON");
    let replacement =
        &sarif["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "8");
    assert_eq!(replacement["deletedRegion"]["startLine"], 7);
}

#[test]
fn unsafe_fixes_are_made_on_request_only() {
    let text = fs::read_to_string(fixtures().join("fixes/public-write/serverless/before.yml"))
        .expect("readable");
    let project = folder(&[("serverless.yml", &text)]);
    run(project.path(), &["check", "--fix", "."]);
    let file = project.path().join("serverless.yml");
    assert_eq!(fs::read_to_string(&file).expect("readable"), text);
    run(project.path(), &["check", "--unsafe-fixes", "."]);
    assert_ne!(fs::read_to_string(&file).expect("readable"), text);
}

#[test]
fn a_read_only_file_is_left_alone_and_said() {
    let project = folder(&[("template.yaml", POOL)]);
    let file = project.path().join("template.yaml");
    let mut mode = fs::metadata(&file).expect("there").permissions();
    mode.set_readonly(true);
    fs::set_permissions(&file, mode).expect("ours");
    let output = run(project.path(), &["check", "--fix", "."]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("`template.yaml` is not fixed: it is read-only")
    );
    assert_eq!(fs::read_to_string(&file).expect("readable"), POOL);
}

#[test]
fn standard_input_is_not_mended() {
    let project = folder(&[("template.yaml", POOL)]);
    let mut command = gatelint(project.path());
    let output = command
        .args(["check", "--fix", "-"])
        .stdin(std::process::Stdio::null())
        .output()
        .expect("starts");
    assert_eq!(output.status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_project_is_not_written_through() {
    let (project, outside) = (
        folder(&[("serverless.yml", "service: a\n")]),
        folder(&[("v.yaml", POOL)]),
    );
    std::os::unix::fs::symlink(
        outside.path().join("v.yaml"),
        project.path().join("template.yaml"),
    )
    .expect("linked");
    run(project.path(), &["check", "--fix", "--root", ".", "."]);
    let text = fs::read_to_string(outside.path().join("v.yaml")).expect("readable");
    assert_eq!(text, POOL);
}

#[test]
fn a_broken_file_is_left_alone() {
    let broken = "Resources:\n  Client: {Type: AWS::Cognito::UserPoolClient, Properties: { Use";
    let folder = folder(&[("template.yaml", broken)]);
    let output = run(folder.path(), &["check", "--format", "json"]);
    let shown = out(&output);
    assert!(shown.contains("unreadable-input"), "{shown}");
    assert!(!shown.contains("\"edits\""), "{shown}");
}

#[test]
fn a_byte_order_mark_and_line_ends_are_kept() {
    let text = format!("\u{feff}{}", POOL.replace('\n', "\r\n"));
    let project = folder(&[("template.yaml", &text)]);
    run(project.path(), &["check", "--fix", "."]);
    let now = fs::read_to_string(project.path().join("template.yaml")).expect("readable");
    assert!(now.starts_with("\u{feff}Resources:\r\n"));
    assert!(now.contains("MinimumLength: 8\r\n          RequireLowercase: true\r\n"));
    assert_eq!(now.matches('\n').count(), now.matches("\r\n").count());
}

/// YAML ends a line there, and an editor that shows the file does not.
#[test]
fn a_file_with_bare_carriage_returns_is_left_alone() {
    let text = POOL.replacen("MinimumLength: 6\n", "MinimumLength: 6\r", 1);
    assert_ne!(text, POOL);
    let project = folder(&[("template.yaml", &text)]);
    let output = run(project.path(), &["check", "--fix", "."]);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("not fixed"));
    let now = fs::read_to_string(project.path().join("template.yaml")).expect("readable");
    assert_eq!(now, text);
}

#[test]
fn an_include_is_mended_where_it_has_one_reader() {
    let service = "service: shop\nprovider: { name: aws, runtime: nodejs22.x }\nfunctions: { a: { handler: a.b } }\nresources: ${file(users.yml)}\n";
    let project = folder(&[("a/serverless.yml", service), ("a/users.yml", POOL)]);
    run(project.path(), &["check", "--fix", "."]);
    let read = |file: &str| fs::read_to_string(project.path().join(file)).expect("readable");
    assert!(read("a/users.yml").contains("MinimumLength: 8"));
    write(project.path(), "a/users.yml", POOL);
    write(
        project.path(),
        "b/serverless.yml",
        &service.replace("users.yml", "../a/users.yml"),
    );
    run(project.path(), &["check", "--fix", "."]);
    assert_eq!(read("a/users.yml"), POOL, "two services read it");
}

#[test]
fn templates_that_programs_wrote_are_left_alone() {
    let project = folder(&[
        (".aws-sam/build/template.yaml", POOL),
        ("cdk.out/template.yaml", POOL),
    ]);
    let files = [".aws-sam/build/template.yaml", "cdk.out/template.yaml"];
    run(project.path(), &["check", "--fix", files[0], files[1]]);
    let texts: BTreeSet<String> = files
        .iter()
        .map(|file| fs::read_to_string(project.path().join(file)).expect("readable"))
        .collect();
    assert_eq!(texts, BTreeSet::from([POOL.to_owned()]));
}

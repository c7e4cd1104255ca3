//! The projects below `fixtures/`, through the program itself: what the real compilers deploy, and what is to be found there.
//!
//! A folder with `expected.json` is a project whose deployed endpoints are known; one with `findings.json` also lists every
//! finding. `fixtures/README.md` says where both come from: never from running gatelint.
#![cfg(feature = "cli")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// What is compared of an endpoint.
const FIELDS: [&str; 10] = [
    "api",
    "protocol",
    "method",
    "path",
    "authorization",
    "authorizer",
    "scopes",
    "api_key_required",
    "function",
    "cors_preflight",
];

const ENTRIES: [&str; 4] = [
    "serverless.yml",
    "serverless.json",
    "template.yaml",
    "template.json",
];

/// Every folder below `fixtures/` that holds a file of this name, sorted.
fn projects(with: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("fixtures/ is readable") {
            let path = entry.expect("fixtures/ is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with(with) {
                found.push(folder.clone());
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no fixture has a {with}");
    found
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("the fixture is readable");
    serde_json::from_str(&text).expect("the fixture is JSON")
}

/// The answer of `gatelint COMMAND --format json` about the project in this folder.
fn answer(command: &str, project: &Path) -> Value {
    let entry = ENTRIES
        .into_iter()
        .find(|entry| project.join(entry).is_file())
        .expect("a project has an entry");
    let mut program = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    program
        .args([command, "--format", "json"])
        .current_dir(project);
    asked(project, &mut program);
    let output = program.arg(entry).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    let parsed = serde_json::from_slice(&output.stdout);
    parsed.unwrap_or_else(|error| Value::String(format!("{error}: {said}")))
}

/// Gives the program what the compiler was given: `oracle.json` says it.
fn asked(project: &Path, program: &mut Command) {
    let path = project.join("oracle.json");
    if !path.is_file() {
        return;
    }
    let oracle = read(&path);
    for pair in list(&oracle, "/args").chunks(2) {
        let text = |at: usize| pair.get(at).and_then(Value::as_str).unwrap_or_default();
        match text(0) {
            flag @ ("--stage" | "--param") => program.args([flag, text(1)]),
            flag => program.args([
                "--opt",
                &format!("{}={}", flag.trim_start_matches('-'), text(1)),
            ]),
        };
    }
    let environment = oracle.pointer("/env").and_then(Value::as_object);
    for (name, value) in environment.into_iter().flatten() {
        program
            .env(name, value.as_str().unwrap_or_default())
            .args(["--env-var", name]);
    }
}

/// The list at this place; empty when there is none.
fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// Endpoints of which AWS leaves undefined what they ask for; `meta.json` names them.
fn ambiguous(project: &Path) -> Vec<[Value; 4]> {
    let path = project.join("meta.json");
    if !path.is_file() {
        return Vec::new();
    }
    let meta = read(&path);
    let named = list(&meta, "/ambiguous").iter();
    named
        .map(|row| [0, 1, 2, 3].map(|at| row.get(at).cloned().unwrap_or_default()))
        .collect()
}

/// The endpoints that count.
fn counted(endpoints: &[Value], skip: &[[Value; 4]]) -> Vec<Value> {
    let key = |endpoint: &Value| {
        ["api", "protocol", "path", "method"]
            .map(|field| endpoint.get(field).cloned().unwrap_or_default())
    };
    let counted = endpoints
        .iter()
        .filter(|endpoint| !skip.contains(&key(endpoint)));
    counted.cloned().collect()
}

/// One line, so that a difference can be read.
fn row(endpoint: &Value) -> String {
    let fields =
        FIELDS.map(|field| format!("{field}={}", endpoint.get(field).unwrap_or(&Value::Null)));
    fields.join(" ")
}

/// Whether this is what was deployed. A value that only a remote source knows was answered with `DUMMY-…` when the case was
/// made, and one that only code knows is listed in `unknown.json`: there the answer is `unknown`.
fn is(deployed: &Value, reported: &Value, unknown: &[Value]) -> bool {
    FIELDS.iter().all(|field| {
        let text = |value: &Value| {
            let value = value.get(field).unwrap_or(&Value::Null).to_string();
            value.replace("\"ImportValue:", "\"")
        };
        let (deployed, reported) = (text(deployed), text(reported));
        let not_to_be_known = unknown.iter().any(|name| name == field) && reported == "\"unknown\"";
        deployed == reported || deployed.contains("DUMMY") || not_to_be_known
    })
}

/// What differs between the deployed endpoints and the reported ones.
fn endpoints_differ(project: &Path) -> Vec<String> {
    if project.join("error.txt").is_file() {
        return Vec::new();
    }
    let skip = ambiguous(project);
    let unknown = project.join("unknown.json");
    let unknown = if unknown.is_file() {
        read(&unknown)
    } else {
        Value::Null
    };
    let mut missing = counted(list(&read(&project.join("expected.json")), ""), &skip);
    let answer = answer("endpoints", project);
    let stacks = list(&answer, "/stacks").iter();
    let found: Vec<Value> = stacks
        .flat_map(|stack| list(stack, "/endpoints").to_vec())
        .collect();
    let mut extra = Vec::new();
    missing.sort_by_key(|one| one.to_string().contains("DUMMY"));
    for reported in counted(&found, &skip) {
        let same = |deployed: &Value| is(deployed, &reported, list(&unknown, "/fields"));
        match missing.iter().position(same) {
            Some(at) => drop(missing.remove(at)),
            None => extra.push(reported),
        }
    }
    let missing = missing
        .iter()
        .map(|one| format!("not reported: {}", row(one)));
    let extra = extra
        .iter()
        .map(|one| format!("not deployed: {}", row(one)));
    missing
        .chain(extra)
        .chain(answer.as_str().map(str::to_owned))
        .collect()
}

/// Whether this is the finding of an entry of `findings.json`: the rule, and the first and last line of the thing
/// that the finding has to point into.
fn stands_for(entry: &Value, finding: &Value) -> bool {
    let line = |pointer, value: &Value| value.pointer(pointer).and_then(Value::as_u64);
    let (first, last) = (line("/lines/0", entry), line("/lines/1", entry));
    let at = line("/location/line", finding);
    entry.get("rule") == finding.get("rule") && at.is_some() && first <= at && at <= last
}

/// What differs between the listed findings and the reported ones.
fn findings_differ(project: &Path) -> Vec<String> {
    let expected = read(&project.join("findings.json"));
    let answer = answer("check", project);
    let mut wrong: Vec<String> = answer.as_str().map(str::to_owned).into_iter().collect();
    let mut found = list(&answer, "/findings").to_vec();
    for entry in list(&expected, "") {
        match found.iter().position(|finding| stands_for(entry, finding)) {
            Some(at) => drop(found.remove(at)),
            None => wrong.push(format!("not found: {entry}")),
        }
    }
    for finding in found {
        let text = |pointer| finding.pointer(pointer).unwrap_or(&Value::Null).clone();
        let (line, rule) = (text("/location/line"), text("/rule"));
        wrong.push(format!(
            "line {line}: not listed: {rule} {}",
            text("/message")
        ));
    }
    let problems = list(&answer, "/problems").iter();
    wrong.extend(problems.map(|problem| format!("problem: {problem}")));
    wrong
}

/// Asks `differ` about every project that has this file, and says all that is wrong at once.
fn every_project(with: &str, differ: fn(&Path) -> Vec<String>) {
    let mut wrong = Vec::new();
    for project in projects(with) {
        let name = project.display();
        wrong.extend(
            differ(&project)
                .iter()
                .map(|line| format!("{name}: {line}")),
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn endpoints_are_those_that_the_compilers_deploy() {
    every_project("expected.json", endpoints_differ);
}

#[test]
fn findings_are_those_listed_and_no_other() {
    every_project("findings.json", findings_differ);
}

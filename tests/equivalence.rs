//! What differs in nothing but its form is judged alike: a SAM source and what the translator makes of it, and one template in
//! the looks that YAML and JSON allow.
//!
//! Cases of ours stand in `fixtures/sam`; others are read from the shared data where it is present.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arcstr::ArcStr;
use gatelint::document::{self, Dialect, Node, Value};
use gatelint::finding::Report;
use gatelint::frontend::{Env, Options, ReadError, Reader};
use gatelint::rule::RuleSet;
use gatelint::source::Sources;

/// Cases of the shared data whose findings agree at least. The others include files that lie elsewhere once they are packaged.
const RATCHET: usize = 720;

/// Rules about the writing itself, which a translation does not keep.
const ABOUT_THE_WRITING: &[&str] = &["notice", "duplicate-key", "unresolved-reference"];

/// A reader confined to a case's folder.
struct Folder(PathBuf);

impl Reader for Folder {
    fn read(&self, path: &str) -> Result<ArcStr, ReadError> {
        let text = fs::read_to_string(self.0.join(path)).map_err(|_| ReadError::Missing)?;
        Ok(text.into())
    }
}

fn check(folder: &Path, text: &str) -> Report {
    let sources = Arc::new(Sources::default());
    let entry = sources.add("template", text);
    let (reader, options) = (Folder(folder.to_path_buf()), Options::default());
    let env = Env {
        sources: &sources,
        reader: &reader,
        options: &options,
    };
    gatelint::check(&sources, &[entry], &RuleSet::built_in(), &env)
}

/// What is deployed and what is to be said about it: endpoints with their auth, findings with their verdicts.
fn said(report: &Report) -> BTreeSet<[String; 3]> {
    let endpoints = report.stacks.iter().flat_map(|stack| &stack.endpoints);
    let endpoints = endpoints.map(|one| {
        let auth = one.auth.agreed();
        let auth = auth.map_or("unknown".to_owned(), |auth| auth.kind.to_string());
        ["endpoint".to_owned(), one.label(), auth]
    });
    let findings = report.findings.iter();
    let findings = findings.filter(|one| !ABOUT_THE_WRITING.contains(&one.rule.as_str()));
    let findings = findings.map(|one| {
        let verdict = format!("{:?}", one.verdict);
        [one.rule.to_string(), one.message.clone(), verdict]
    });
    endpoints.chain(findings).collect()
}

fn difference(one: &Report, other: &Report) -> Option<String> {
    let (one, other) = (said(one), said(other));
    let only = one.symmetric_difference(&other).next()?;
    let side = if one.contains(only) {
        "only in the one"
    } else {
        "only in the other"
    };
    Some(format!("{side}: {only:?}"))
}

fn shared(folder: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("GATELINT_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    Some(shared.join(folder)).filter(|folder| folder.exists())
}

/// The cases of a folder that the translator accepts: folder, source and translation.
fn translated(folder: &Path) -> Vec<(PathBuf, String, String)> {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is readable")
        .map(|it| it.expect("the folder is readable").path())
        .collect();
    cases.sort();
    let read = |case: PathBuf| {
        let translation = fs::read_to_string(case.join("translated.json")).ok()?;
        let names = ["template.yaml", "template.json"];
        let source = names
            .iter()
            .find_map(|name| fs::read_to_string(case.join(name)).ok())?;
        Some((case, source, translation))
    };
    cases.into_iter().filter_map(read).collect()
}

/// The cases whose source and translation are judged differently, each with one difference.
fn differing(cases: &[(PathBuf, String, String)]) -> Vec<String> {
    let of = |(folder, source, translation): &(PathBuf, String, String)| {
        let found = difference(&check(folder, source), &check(folder, translation))?;
        Some(format!("{}: {found}\n", folder.display()))
    };
    cases.iter().filter_map(of).collect()
}

#[test]
fn a_sam_source_is_judged_as_its_translation() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sam");
    let cases = translated(&folder);
    assert!(!cases.is_empty());
    let different = differing(&cases);
    assert!(different.is_empty(), "{}", different.concat());
}

#[test]
fn a_shared_sam_source_is_judged_as_its_translation() {
    let Some(folder) = shared("oracle/cases/sam") else {
        return;
    };
    let cases = translated(&folder);
    let different = differing(&cases);
    let agreed = cases.len() - different.len();
    assert!(
        agreed >= RATCHET,
        "{agreed} of {}\n{}",
        cases.len(),
        different.concat()
    );
}

/// A document as JSON with its keys in alphabetical order.
fn sorted_json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
        Value::Text(text) => text.as_str().into(),
        Value::List(list) => list.items.iter().map(sorted_json).collect(),
        Value::Map(map) => {
            let entries = map.entries.iter();
            let entries = entries.map(|entry| (entry.key.to_string(), sorted_json(&entry.value)));
            serde_json::Value::Object(entries.collect())
        }
    }
}

fn as_json(text: &str) -> String {
    let sources = Sources::default();
    let source = sources.add("template", text);
    let root = document::parse(&sources, source, Dialect::CloudFormation).root;
    sorted_json(&root).to_string()
}

#[test]
fn json_line_ends_and_byte_order_marks_change_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sam");
    for (case, source, _) in translated(&folder) {
        let wanted = check(&case, &source);
        let looks = [
            as_json(&source),
            source.replace('\n', "\r\n"),
            format!("\u{feff}{source}"),
        ];
        for look in looks {
            let found = difference(&wanted, &check(&case, &look));
            assert_eq!(found, None, "{}\n{look}", case.display());
        }
    }
}

const TEMPLATE: &str = "Resources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties: {Name: a}\n  Post:\n    Type: AWS::ApiGateway::Method\n    Properties:\n      RestApiId: !Ref Api\n      ResourceId: !GetAtt Api.RootResourceId\n      HttpMethod: POST\n      AuthorizationType: NONE\n";

#[test]
fn long_forms_anchors_and_order_change_nothing() {
    let long = TEMPLATE.replace("!Ref Api", "{Ref: Api}").replace(
        "!GetAtt Api.RootResourceId",
        "{'Fn::GetAtt': [Api, RootResourceId]}",
    );
    let anchored = TEMPLATE
        .replace("RestApiId: !Ref Api", "RestApiId: &api !Ref Api")
        .replace("HttpMethod: POST", "HttpMethod: POST\n      Unused: *api");
    let reordered = "Resources:\n  Post:\n    Properties:\n      AuthorizationType: NONE\n      HttpMethod: POST\n      ResourceId: !GetAtt [Api, RootResourceId]\n      RestApiId: !Ref Api\n    Type: AWS::ApiGateway::Method\n  Api:\n    Properties: {Name: a}\n    Type: AWS::ApiGateway::RestApi\n".to_owned();
    let folder = Path::new(".");
    let wanted = check(folder, TEMPLATE);
    let prints = |report: &Report| -> Vec<String> {
        report
            .findings
            .iter()
            .map(|one| one.fingerprint.clone())
            .collect()
    };
    assert!(!wanted.findings.is_empty());
    for look in [long, anchored, reordered] {
        let report = check(folder, &look);
        assert_eq!(difference(&wanted, &report), None, "{look}");
        assert_eq!(prints(&report), prints(&wanted), "{look}");
    }
}

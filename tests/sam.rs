//! SAM templates come out as AWS's own translator makes them.
//!
//! Truth: `translated.json` beside each template is what the translator made of it. Cases of ours stand in
//! `fixtures/sam`; others are read from the shared data where it is present.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use arcstr::ArcStr;
use gatelint::document::{self, Dialect, Node, Value as Tree};
use gatelint::frontend::{Env, Lowered, Options, ReadError, Reader, sam};
use gatelint::source::Sources;
use serde_json::{Map, Value};

/// Cases of the shared data that must agree at least.
const RATCHET: usize = 0;

/// Types whose resources must be the same in every property.
const SAME: &[&str] = &[
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::UsagePlanKey",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::Lambda::Url",
    "AWS::AppSync::GraphQLApi",
    "AWS::AppSync::ApiKey",
];

/// Types of which only the logical ids must be the same.
const SAME_IDS: &[&str] = &[
    "AWS::Lambda::Function",
    "AWS::Lambda::Alias",
    "AWS::IAM::Role",
    "AWS::StepFunctions::StateMachine",
    "AWS::CloudFormation::Stack",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::DomainNameV2",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::BasePathMappingV2",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::ApiMapping",
];

/// A reader confined to a case's folder.
struct Folder(PathBuf);

impl Reader for Folder {
    fn read(&self, path: &str) -> Result<ArcStr, ReadError> {
        let text = fs::read_to_string(self.0.join(path)).map_err(|_| ReadError::Missing)?;
        Ok(text.into())
    }
}

fn template(case: &Path) -> Option<PathBuf> {
    ["template.yaml", "template.json"]
        .iter()
        .map(|name| case.join(name))
        .find(|path| path.exists())
}

fn lower(case: &Path) -> Lowered {
    let path = template(case).expect("a case has a template");
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let sources = Sources::default();
    let source = sources.add(&name, fs::read_to_string(&path).unwrap());
    let reader = Folder(case.to_path_buf());
    let options = Options::default();
    let env = Env {
        sources: &sources,
        reader: &reader,
        options: &options,
    };
    let root = document::parse(&sources, source, Dialect::CloudFormation).root;
    sam::lower(&root, source, &env)
}

fn json(node: &Node) -> Value {
    match &node.value {
        Tree::Null => Value::Null,
        Tree::Bool(value) => Value::Bool(*value),
        Tree::Number(text) => number(text),
        Tree::Text(text) => Value::String(text.to_string()),
        Tree::List(list) => list.items.iter().map(json).collect(),
        Tree::Map(map) => {
            let entries = map.entries.iter();
            let entries = entries.map(|entry| (entry.key.to_string(), json(&entry.value)));
            Value::Object(entries.collect())
        }
    }
}

fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Where two values differ first; numbers are compared by value.
fn difference(ours: &Value, theirs: &Value, at: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let mut keys: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
            keys.sort();
            keys.dedup();
            keys.into_iter()
                .find_map(|key| match (ours.get(key), theirs.get(key)) {
                    (Some(a), Some(b)) => difference(a, b, &format!("{at}/{key}")),
                    (Some(a), None) => Some(format!("{at}/{key}: ours alone: {}", short(a))),
                    (_, b) => Some(format!(
                        "{at}/{key}: theirs alone: {}",
                        short(b.unwrap_or(&Value::Null))
                    )),
                })
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let pairs = ours.iter().zip(theirs).enumerate();
            pairs
                .map(|(nth, (a, b))| difference(a, b, &format!("{at}/{nth}")))
                .find_map(|it| it)
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        (a, b) if a == b => None,
        // The translator ran in one region, and wrote it down where it read `${AWS::Region}`.
        (Value::String(a), Value::String(b)) if a.replace("${AWS::Region}", "us-east-1") == *b => {
            None
        }
        (a, b)
            if *a == serde_json::json!({"Ref": "AWS::Region"})
                && *b == serde_json::json!("us-east-1") =>
        {
            None
        }
        (a, b) => Some(format!("{at}: ours {} theirs {}", short(a), short(b))),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(160).collect()
}

/// Everything in which a case differs.
fn differences(case: &Path) -> Vec<String> {
    let theirs = fs::read_to_string(case.join("translated.json")).unwrap();
    let theirs: Value = serde_json::from_str(&theirs).unwrap();
    let ours = json(&lower(case).template);
    let empty = Map::new();
    let of = |root: &'_ Value, key: &str| {
        root.get(key)
            .and_then(Value::as_object)
            .unwrap_or(&empty)
            .clone()
    };
    let (our_resources, their_resources) = (of(&ours, "Resources"), of(&theirs, "Resources"));
    let mut found = Vec::new();
    let conditions = (
        Value::Object(of(&ours, "Conditions")),
        Value::Object(of(&theirs, "Conditions")),
    );
    found.extend(difference(&conditions.0, &conditions.1, "Conditions"));
    let mut ids: Vec<&String> = our_resources.keys().chain(their_resources.keys()).collect();
    ids.sort();
    ids.dedup();
    for id in ids {
        let (a, b) = (our_resources.get(id), their_resources.get(id));
        let kind = |it: Option<&Value>| {
            it.and_then(|it| it.get("Type"))
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        };
        let (ours, theirs) = (kind(a), kind(b));
        let matters =
            |kind: &String| SAME.contains(&kind.as_str()) || SAME_IDS.contains(&kind.as_str());
        if !matters(&ours) && !matters(&theirs) {
            if let (Some(a), Some(b), "AWS::Lambda::Permission") = (a, b, ours.as_str()) {
                found.extend(difference(a, b, id));
            }
            continue;
        }
        match (a, b) {
            (Some(a), Some(b)) if SAME.contains(&ours.as_str()) => {
                found.extend(difference(&shown(a, b), &shown(b, b), id));
            }
            (Some(a), Some(b)) => {
                found.extend(difference(&identity(a), &identity(b), id));
            }
            _ => found.push(format!("{id}: ours `{ours}` theirs `{theirs}`")),
        }
    }
    found
}

/// Type and condition.
fn identity(resource: &Value) -> Value {
    let mut kept = Map::new();
    for key in ["Type", "Condition"] {
        if let Some(value) = resource.get(key) {
            kept.insert(key.to_owned(), value.clone());
        }
    }
    Value::Object(kept)
}

/// A resource without what is ours to differ in.
fn shown(resource: &Value, theirs: &Value) -> Value {
    let mut shown = resource.clone();
    let Some(properties) = shown.get_mut("Properties").and_then(Value::as_object_mut) else {
        return shown;
    };
    // The translator appends a hash of the document; nothing else refers to it.
    properties.remove("DeploymentId");
    // A document beside the template is read by us and uploaded by them.
    let bucket = theirs.pointer("/Properties/BodyS3Location/Bucket");
    if bucket.is_some_and(|bucket| bucket == "local-file") {
        properties.remove("Body");
        properties.remove("BodyS3Location");
    }
    // Code and logs are no matter of ours.
    properties.remove("Tags");
    shown
}

/// How many cases of a folder agree, and what differs in the others.
fn tally(folder: &Path) -> (usize, BTreeMap<String, Vec<String>>) {
    let mut agreed = 0;
    let mut different = BTreeMap::new();
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    cases.sort();
    for case in cases {
        if !case.join("translated.json").exists() {
            if template(&case).is_some() {
                // Refused by the translator: must be answered all the same.
                let _ = lower(&case);
            }
            continue;
        }
        let found = differences(&case);
        if found.is_empty() {
            agreed += 1;
        } else {
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            different.insert(name, found);
        }
    }
    (agreed, different)
}

fn report(different: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = String::new();
    for (case, found) in different {
        text += &format!("{case}\n");
        for each in found.iter().take(4) {
            text += &format!("    {each}\n");
        }
    }
    text
}

#[test]
fn our_cases_come_out_as_the_translator_makes_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sam");
    if !folder.exists() {
        return;
    }
    let (agreed, different) = tally(&folder);
    assert!(
        different.is_empty(),
        "{agreed} agree\n{}",
        report(&different)
    );
}

#[test]
fn shared_cases_come_out_as_the_translator_makes_them() {
    let shared = std::env::var_os("GATELINT_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let folder = shared.join("oracle/cases/sam");
    if !folder.exists() {
        return;
    }
    let (agreed, different) = tally(&folder);
    let all = agreed + different.len();
    assert!(
        agreed >= RATCHET && (different.is_empty() || std::env::var_os("GATELINT_SHOW").is_none()),
        "{agreed} of {all} agree\n{}",
        report(&different)
    );
}

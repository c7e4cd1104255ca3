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
const RATCHET: usize = 726;

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
    let name = path
        .file_name()
        .expect("a file has a name")
        .to_string_lossy()
        .into_owned();
    let sources = Sources::default();
    let source = sources.add(
        &name,
        fs::read_to_string(&path).expect("the template is readable"),
    );
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
        (Value::Object(a), Value::Object(b))
            if attribute(a).is_some() && attribute(a) == attribute(b) =>
        {
            None
        }
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

/// `Fn::GetAtt` as one text, however it is written.
fn attribute(map: &Map<String, Value>) -> Option<String> {
    match map.get("Fn::GetAtt")? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let parts: Option<Vec<&str>> = parts.iter().map(Value::as_str).collect();
            Some(parts?.join("."))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(160).collect()
}

/// Everything in which a case differs.
fn differences(case: &Path) -> Vec<String> {
    let theirs = fs::read_to_string(case.join("translated.json")).expect("the case is complete");
    let theirs: Value = serde_json::from_str(&theirs).expect("the case is complete");
    let mut ours = json(&lower(case).template);
    settle_remote_keys(&mut ours);
    let empty = Map::new();
    let of = |root: &'_ Value, key: &str| {
        root.get(key)
            .and_then(Value::as_object)
            .unwrap_or(&empty)
            .clone()
    };
    let (our_resources, their_resources) = (of(&ours, "Resources"), of(&theirs, "Resources"));
    let mut found = Vec::new();
    found.extend(difference(
        &conditions(&ours),
        &conditions(&theirs),
        "Conditions",
    ));
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
                found.extend(difference(&shown(a, b), &shown(b, b), id));
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
    properties.remove("Tags");
    if let Some(body) = properties.get_mut("Body") {
        join_paths(body);
        sort_tags(body);
        sort_policy(body);
    }
    shown.as_object_mut().map(|it| it.remove("Metadata"));
    shown
}

/// `/a` and `/a/` are one path to API Gateway; which of them SAM gives the preflight depends on a hash.
fn join_paths(body: &mut Value) {
    let Some(paths) = body.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    let names: Vec<String> = paths.keys().cloned().collect();
    for name in names {
        let bare = name.trim_end_matches('/').to_owned();
        if bare == name || !paths.contains_key(&bare) {
            continue;
        }
        let twin = paths.remove(&name).expect("the case is complete");
        let first = paths
            .get_mut(&bare)
            .and_then(Value::as_object_mut)
            .expect("the case is complete");
        for (method, definition) in twin.as_object().cloned().unwrap_or_default() {
            let key = if first.contains_key(&method) {
                format!("{method}/")
            } else {
                method
            };
            first.insert(key, definition);
        }
    }
}

fn sort_tags(body: &mut Value) {
    if let Some(tags) = body.get_mut("tags").and_then(Value::as_array_mut) {
        tags.sort_by_key(Value::to_string);
    }
}

/// Statements and their resources mean the same in any order; SAM's order depends on hashes.
fn sort_policy(body: &mut Value) {
    let statements = body.pointer_mut("/x-amazon-apigateway-policy/Statement");
    let Some(statements) = statements.and_then(Value::as_array_mut) else {
        return;
    };
    for statement in &mut *statements {
        if let Some(resources) = statement.get_mut("Resource").and_then(Value::as_array_mut) {
            resources.sort_by_key(Value::to_string);
        }
    }
    statements.sort_by_key(Value::to_string);
}

/// The translator takes a parameter that is a key into a remote store for its value. We do not: put the key in, so
/// that all else can be compared.
fn settle_remote_keys(template: &mut Value) {
    let mut keys: BTreeMap<String, Value> = BTreeMap::new();
    for (name, declared) in template
        .get("Parameters")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let kind = declared
            .get("Type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if let (true, Some(key)) = (
            kind.starts_with("AWS::SSM::Parameter::"),
            declared.get("Default"),
        ) {
            keys.insert(name.clone(), key.clone());
        }
    }
    let resources = template.get_mut("Resources").and_then(Value::as_object_mut);
    for (_, resource) in resources.into_iter().flatten() {
        if let Some(schemes) = resource.pointer_mut("/Properties/Body/securityDefinitions") {
            put_keys(schemes, &keys);
        }
    }
}

fn put_keys(value: &mut Value, keys: &BTreeMap<String, Value>) {
    let name = value
        .get("Ref")
        .and_then(Value::as_str)
        .and_then(|name| keys.get(name));
    if let Some(key) = name.cloned() {
        *value = key;
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| put_keys(item, keys)),
        Value::Object(map) => map.values_mut().for_each(|item| put_keys(item, keys)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Conditions, with the arguments of `Fn::Or` in one order.
fn conditions(template: &Value) -> Value {
    let mut conditions = template
        .get("Conditions")
        .cloned()
        .unwrap_or_else(|| Value::Object(Map::new()));
    for (_, condition) in conditions.as_object_mut().into_iter().flatten() {
        if let Some(any) = condition.get_mut("Fn::Or").and_then(Value::as_array_mut) {
            any.sort_by_key(Value::to_string);
        }
    }
    conditions
}

/// How many cases of a folder agree, and what differs in the others.
fn tally(folder: &Path) -> (usize, BTreeMap<String, Vec<String>>) {
    let mut agreed = 0;
    let mut different = BTreeMap::new();
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the case is complete")
        .map(|it| it.expect("the case is complete").path())
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
            let name = case
                .file_name()
                .expect("the case is complete")
                .to_string_lossy()
                .into_owned();
            different.insert(name, found);
        }
    }
    (agreed, different)
}

fn report(different: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = String::new();
    for (case, found) in different {
        text.extend([case, "\n"]);
        for each in found.iter().take(4) {
            text.extend(["    ", each, "\n"]);
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

//! Truth: serverless.yml is lowered to the template that the real compilers made of it.
//!
//! `fixtures/serverless/*` are ours; `sls-real` is third-party data that is only read where it is present.
//! `GATELINT_CASE=name` shows one case with its problems.
#![allow(
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arcstr::ArcStr;
use gatelint::document::{self, Dialect, Node, Problem, ProblemKind, Value};
use gatelint::endpoint::{self, Endpoint};
use gatelint::frontend::cloudformation::{self, Template};
use gatelint::frontend::{Env, Lowered, Options, ReadError, Reader, serverless};
use gatelint::resolve::{Given, Part, Text};
use gatelint::source::{Sources, Str};
use serde_json::{Value as Json, json};

/// Share of the cases with a compiled template that agree in everything compared; may only rise.
/// One written case has its authorizer computed by a script, which is never run.
const WRITTEN: usize = 339;
const REAL: usize = 134;

/// Refused cases that would work elsewhere: a plugin is not installed, an option or parameter may be given when deploying.
const MAY_WORK: [&str; 3] = [
    "plugins-unknown",
    "var-opt-stage-provider-self",
    "var-param-missing",
];

/// What is compared of each type: everything that decides who may call.
const COMPARED: &[(&str, &[&str])] = &[
    (
        "AWS::ApiGateway::RestApi",
        &[
            "Policy",
            "EndpointConfiguration",
            "ApiKeySourceType",
            "DisableExecuteApiEndpoint",
        ],
    ),
    (
        "AWS::ApiGateway::Resource",
        &["PathPart", "ParentId", "RestApiId"],
    ),
    (
        "AWS::ApiGateway::Method",
        &[
            "HttpMethod",
            "ResourceId",
            "RestApiId",
            "ApiKeyRequired",
            "AuthorizationType",
            "AuthorizerId",
            "AuthorizationScopes",
            "Integration.Type",
            "Integration.Uri",
        ],
    ),
    (
        "AWS::ApiGateway::Authorizer",
        &[
            "Type",
            "ProviderARNs",
            "AuthorizerUri",
            "Name",
            "RestApiId",
            "IdentitySource",
        ],
    ),
    (
        "AWS::ApiGateway::UsagePlan",
        &["Quota", "Throttle", "UsagePlanName", "ApiStages"],
    ),
    ("AWS::ApiGateway::ApiKey", &["Enabled", "Name", "Value"]),
    ("AWS::ApiGateway::UsagePlanKey", &["KeyId", "UsagePlanId"]),
    (
        "AWS::ApiGatewayV2::Api",
        &["ProtocolType", "DisableExecuteApiEndpoint"],
    ),
    (
        "AWS::ApiGatewayV2::Route",
        &[
            "ApiId",
            "RouteKey",
            "AuthorizationType",
            "AuthorizerId",
            "AuthorizationScopes",
            "Target",
        ],
    ),
    (
        "AWS::ApiGatewayV2::Authorizer",
        &[
            "ApiId",
            "AuthorizerType",
            "AuthorizerUri",
            "IdentitySource",
            "JwtConfiguration",
        ],
    ),
    ("AWS::Lambda::Url", &["AuthType", "TargetFunctionArn"]),
    (
        "AWS::Lambda::Function",
        &["FunctionName", "Handler", "Role", "Environment"],
    ),
    (
        "AWS::AppSync::GraphQLApi",
        &[
            "AuthenticationType",
            "AdditionalAuthenticationProviders",
            "UserPoolConfig",
            "OpenIDConnectConfig",
            "LambdaAuthorizerConfig",
        ],
    ),
    (
        "AWS::IAM::Role",
        &[
            "Policies",
            "ManagedPolicyArns",
            "PermissionsBoundary",
            "RoleName",
        ],
    ),
];

/// Files of one case.
struct Disk(PathBuf);

impl Reader for Disk {
    fn read(&self, path: &str) -> Result<ArcStr, ReadError> {
        let path = self.0.join(path);
        if path.is_dir() {
            return Err(ReadError::NotAFile);
        }
        std::fs::read_to_string(path)
            .map(ArcStr::from)
            .map_err(|_| ReadError::Missing)
    }
}

fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("GATELINT_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    [given, Some(beside)]
        .into_iter()
        .flatten()
        .find(|path| path.is_dir())
}

fn read_json(path: &Path) -> Json {
    let text = std::fs::read_to_string(path).unwrap_or_else(|_| "null".into());
    serde_json::from_str(&text).expect("is JSON")
}

/// Lowers a case with the arguments and environment that the real compiler was given.
fn lowered(case: &Path) -> Lowered {
    let oracle = read_json(&case.join("oracle.json"));
    let word = |key: &str, default: &str| oracle[key].as_str().unwrap_or(default).to_owned();
    let file = word("config", "serverless.yml");
    let file = match word("service_dir", ".").as_str() {
        "." => file,
        folder => format!("{folder}/{file}"),
    };
    let mut options = Options::default();
    let mut stage = None;
    let args: Vec<&str> = oracle["args"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    for pair in args.chunks(2) {
        let [flag, value] = pair else { continue };
        match *flag {
            "--stage" => stage = Some(Str::from(*value)),
            "--param" => {
                let (name, value) = value.split_once('=').expect("is K=V");
                options.params.insert(name.into(), value.into());
            }
            flag => {
                options
                    .opts
                    .insert(flag.trim_start_matches('-').into(), (*value).into());
            }
        }
    }
    for (name, value) in oracle["env"].as_object().into_iter().flatten() {
        options
            .env
            .insert(name.clone(), value.as_str().unwrap_or_default().into());
    }
    let (sources, reader) = (Sources::default(), Disk(case.to_owned()));
    let env = Env {
        sources: &sources,
        reader: &reader,
        options: &options,
    };
    let source = gatelint::frontend::open(&env, &file).expect("the case has its file");
    let document = document::parse(&sources, source, Dialect::Core);
    let mut lowered = serverless::lower(&document.root, source, &env, stage.as_ref());
    lowered.problems.extend(document.problems);
    lowered
}

/// A node as JSON; what is unknown becomes a mark.
fn plain(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Number(text) => text
            .parse::<f64>()
            .map_or(json!(text.as_str()), |number| json!(number)),
        Value::Text(text) => json!(text.as_str()),
        Value::List(list) => list.items.iter().map(plain).collect(),
        Value::Map(map) => match map.entries.as_slice() {
            [only] if only.key == "Fn::GateLintUnknown" => json!(UNKNOWN),
            entries => entries
                .iter()
                .map(|entry| (entry.key.to_string(), plain(&entry.value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        },
    }
}

/// Numbers as texts, `A.B` of `Fn::GetAtt` as a list, joins without variable parts as texts.
fn normal(value: &Json) -> Json {
    match value {
        Json::Number(number) => json!(number.as_f64().map(|number| number.to_string())),
        Json::Bool(value) => json!(value.to_string()),
        Json::Array(items) => items.iter().map(normal).collect(),
        Json::Object(entries) => {
            let entries: serde_json::Map<_, _> = entries
                .iter()
                .map(|(key, value)| (key.clone(), normal(value)))
                .collect();
            if let Some(Json::String(text)) = entries.get("Fn::GetAtt")
                && let Some((id, attribute)) = text.split_once('.')
            {
                return json!({ "Fn::GetAtt": [id, attribute] });
            }
            entries.into()
        }
        other => other.clone(),
    }
}

/// A value that only a remote source knows was answered by a stub, mostly `DUMMY-…`: anything agrees with it.
fn agrees(want: &Json, got: &Json) -> bool {
    want.to_string().contains("DUMMY") || fits(&normal(want), &normal(got))
}

/// Whether `got` is `want`, or could be it once its unknown parts are known.
fn fits(want: &Json, got: &Json) -> bool {
    match (want, got) {
        (_, Json::String(text)) if text == UNKNOWN => true,
        (Json::String(want), Json::Object(_)) => {
            let parts = got["Fn::Join"][1].as_array().into_iter().flatten();
            let parts: Vec<&str> = parts.filter_map(Json::as_str).collect();
            let pieces = parts.concat();
            let mut pieces = pieces.split(UNKNOWN);
            let first = pieces.next().unwrap_or_default();
            let mut rest = want.strip_prefix(first);
            for piece in pieces {
                rest = rest.and_then(|rest| Some(&rest[rest.find(piece)? + piece.len()..]));
            }
            !parts.is_empty() && rest.is_some()
        }
        (Json::Array(want), Json::Array(got)) => {
            want.len() == got.len() && want.iter().zip(got).all(|(want, got)| fits(want, got))
        }
        (Json::Object(want), Json::Object(got)) => {
            want.len() == got.len()
                && want
                    .iter()
                    .all(|(key, want)| got.get(key).is_some_and(|got| fits(want, got)))
        }
        _ => want == got,
    }
}

/// What an unknown value is compared as.
const UNKNOWN: &str = "UNKNOWN";

fn property<'a>(resource: &'a Json, path: &str) -> &'a Json {
    let start = &resource["Properties"];
    path.split('.').fold(start, |value, key| &value[key])
}

/// `got` with its statements in the order of those of `want` that they agree with: their order means nothing.
fn ordered(want: &Json, got: &Json) -> Json {
    let mut got = got.clone();
    let wanted = want.as_array().into_iter().flatten();
    for (want, got) in wanted.zip(got.as_array_mut().into_iter().flatten()) {
        let wanted = want["PolicyDocument"]["Statement"].as_array();
        let statements = got.pointer_mut("/PolicyDocument/Statement");
        let Some(statements) = statements.and_then(Json::as_array_mut) else {
            continue;
        };
        for (nth, want) in wanted.into_iter().flatten().enumerate() {
            let found = statements
                .iter()
                .skip(nth)
                .position(|got| agrees(want, got));
            if let Some(found) = found {
                statements.swap(nth, nth + found);
            }
        }
    }
    got
}

fn relevant(template: &Json) -> BTreeMap<String, Json> {
    let resources = template["Resources"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let is_compared = |resource: &Json| {
        let kind = resource["Type"].as_str().unwrap_or_default();
        COMPARED.iter().any(|(compared, _)| *compared == kind)
    };
    // The framework's own helpers, which answer nobody, and roles that no function has.
    let is_helper = |id: &str| id.starts_with("Custom") || id.starts_with("IamRoleCustom");
    let is_others = |resource: &Json| {
        let assume = property(resource, "AssumeRolePolicyDocument");
        !assume.is_null() && !assume.to_string().contains("lambda.amazonaws.com")
    };
    resources
        .into_iter()
        .filter(|(id, resource)| is_compared(resource) && !is_helper(id) && !is_others(resource))
        .collect()
}

/// Where the template differs from the compiled one.
fn differences(want: &Json, got: &Json) -> Vec<String> {
    let (want, got) = (relevant(want), relevant(got));
    let mut found = Vec::new();
    let ids: BTreeSet<&String> = want.keys().chain(got.keys()).collect();
    for id in ids {
        match (want.get(id), got.get(id)) {
            (Some(want), Some(got)) => found.extend(resource_differences(id, want, got)),
            (Some(_), None) => found.push(format!("{id} is missing")),
            (None, Some(_)) => found.push(format!("{id} is not deployed")),
            (None, None) => {}
        }
    }
    found
}

fn resource_differences(id: &str, want: &Json, got: &Json) -> Vec<String> {
    for key in ["Type", "Condition"] {
        if !agrees(&want[key], &got[key]) {
            return vec![format!("{id}.{key}: {} instead of {}", got[key], want[key])];
        }
    }
    let kind = want["Type"].as_str().unwrap_or_default();
    let compared = COMPARED.iter().find(|(compared, _)| *compared == kind);
    let is_open = property(want, "AuthorizationType") == "NONE";
    let mut found = Vec::new();
    for path in compared.map_or(&[][..], |(_, paths)| paths) {
        let (mut want, mut got) = (property(want, path).clone(), property(got, path).clone());
        match *path {
            "Policies" => got = ordered(&want, &got),
            // A route without an authorization type asks for none.
            "AuthorizationType" => [want, got] = [want, got].map(|value| or(value, "NONE")),
            "Policy" => [want, got] = [want, got].map(|value| or(value, "")),
            // Where two events meet in one method, versions keep or drop what nobody asks for any more.
            "AuthorizerId" if is_open => continue,
            _ => {}
        }
        if !agrees(&want, &got) {
            found.push(format!(
                "{id}.{path}: {} instead of {}",
                short(&got),
                short(&want)
            ));
        }
    }
    found
}

fn or(value: Json, default: &str) -> Json {
    if value.is_null() {
        json!(default)
    } else {
        value
    }
}

fn short(value: &Json) -> String {
    value.to_string().chars().take(600).collect()
}

/// Whether something in the case is known to nobody but a remote source, or a script, which is never run.
fn may_be_unknown(case: &Path) -> bool {
    let oracle = read_json(&case.join("oracle.json"));
    let stubs = ["dummy_values", "stubs"].map(|key| oracle[key].as_array().map_or(0, Vec::len));
    let text = std::fs::read_to_string(case.join("serverless.yml")).unwrap_or_default();
    stubs.iter().sum::<usize>() > 0 || text.contains(".js")
}

/// The endpoints of a template, as `expected.json` lists them.
fn endpoints(lowered: &Lowered) -> Vec<Json> {
    let (stack, _) = cloudformation::read(Template {
        root: &lowered.template,
        source: lowered.template.span.source,
        given: Given::default(),
        notes: &lowered.notes,
    });
    endpoint::derive(&stack).iter().map(row).collect()
}

fn named(text: &Text) -> String {
    match text.target() {
        Some(Part::Ref(id) | Part::Attribute(id, _)) => id.to_string(),
        Some(Part::Import(name)) => name.to_string(),
        Some(Part::Literal(_) | Part::Unknown(_)) | None => text.to_string(),
    }
}

fn row(endpoint: &Endpoint) -> Json {
    let auth = endpoint.auth.agreed();
    let mut scopes: Vec<String> = auth
        .iter()
        .flat_map(|auth| &auth.scopes)
        .map(named)
        .collect();
    scopes.sort();
    let method = endpoint.method.agreed().map(|method| method.as_deref());
    json!({
        "api": endpoint.api.as_ref().map(named),
        "protocol": endpoint.protocol.word(),
        "method": method.unwrap_or(Some("unknown")),
        "path": endpoint.path.agreed().map_or("unknown", |path| path.as_str()),
        "authorization": auth.map_or("unknown", |auth| auth.kind.word()),
        "authorizer": auth.and_then(|auth| auth.authorizer.as_ref()).map(named),
        "scopes": scopes,
        "api_key_required": endpoint.api_key_required.agreed(),
        "function": endpoint.function.agreed().and_then(|function| function.as_deref()),
        "cors_preflight": endpoint.cors_preflight.agreed(),
    })
}

/// How the endpoints differ from those that are deployed.
fn endpoint_differences(case: &Path, lowered: &Lowered) -> Vec<String> {
    let mut want = read_json(&case.join("expected.json"));
    if want.is_null() {
        return Vec::new();
    }
    let mut extra = endpoints(lowered);
    let mut found = Vec::new();
    for want in want.as_array_mut().into_iter().flatten() {
        for key in ["api", "authorizer"] {
            if let Some(text) = want[key].as_str() {
                want[key] = json!(text.trim_start_matches("ImportValue:"));
            }
        }
        if let Some(scopes) = want["scopes"].as_array_mut() {
            scopes.sort_by_key(ToString::to_string);
        }
        let fits = |got: &Json| {
            want.as_object()
                .into_iter()
                .flatten()
                .all(|(key, want)| want.to_string().contains("DUMMY") || *want == got[key])
        };
        match extra.iter().position(fits) {
            Some(nth) => drop(extra.swap_remove(nth)),
            None => found.push(format!("not found: {want}")),
        }
    }
    found.extend(extra.iter().map(|got| format!("not deployed: {got}")));
    found
}

/// Compares every case of a folder: how many agree, and which ones the compilers refuse without our seeing why.
fn run(folder: &Path) -> (usize, Vec<String>) {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("is readable")
        .map(|entry| entry.expect("is readable").path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    let only = std::env::var("GATELINT_CASE").ok();
    let (mut agreed, mut compared, mut refused) = (0, 0, Vec::new());
    for case in &cases {
        let name = case
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if only
            .as_ref()
            .is_some_and(|only| !name.contains(only.as_str()))
        {
            continue;
        }
        let lowered = lowered(case);
        let want = read_json(&case.join("compiled.json"));
        if only.is_some() {
            eprintln!("{:#?}", lowered.problems);
        }
        if want.is_null() {
            let is_serious = |problem: &Problem| problem.kind != ProblemKind::Notice;
            if !lowered.problems.iter().any(is_serious) && !MAY_WORK.contains(&name.as_str()) {
                refused.push(name);
            }
            continue;
        }
        compared += 1;
        let got = plain(&lowered.template);
        let mut found = differences(&want, &got);
        found.extend(endpoint_differences(case, &lowered));
        if got.to_string().contains(UNKNOWN) && !may_be_unknown(case) {
            found.push("something is unknown that the framework knows".to_owned());
        }
        if found.is_empty() {
            agreed += 1;
        } else {
            eprintln!("{name}:\n    {}", found.join("\n    "));
        }
    }
    eprintln!("{}: {agreed} of {compared} cases agree", folder.display());
    (agreed, refused)
}

#[test]
fn written_services_become_what_the_framework_compiles() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/serverless");
    let (agreed, refused) = run(&folder);
    assert_eq!(
        refused,
        Vec::<String>::new(),
        "are refused, and no problem says why"
    );
    assert!(
        agreed >= WRITTEN,
        "{agreed} cases agree, {WRITTEN} did before"
    );
}

#[test]
fn real_services_become_what_the_framework_compiles() {
    let Some(shared) = shared() else {
        eprintln!("skipped: no shared data");
        return;
    };
    let (agreed, _) = run(&shared.join("oracle/cases/sls-real"));
    assert!(agreed >= REAL, "{agreed} cases agree, {REAL} did before");
}

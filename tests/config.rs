//! `gatelint.toml`, declarations and the baseline, as teams use them.

#![allow(clippy::panic, clippy::indexing_slicing)]

mod program;

use std::fs;
use std::path::Path;

use gatelint::config;
use gatelint::rule::RuleSet;
use serde_json::Value;

use program::{code, err, folder, json, out, run, write};

/// A template with an open `POST /`, and a plan without limits.
const TEMPLATE: &str = "\
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: { Name: shop }
  Pay:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: POST
      AuthorizationType: NONE
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties:
      ApiStages: [{ ApiId: !Ref Api, Stage: v1 }]
";

/// Rule, severity and what suppresses it, of every finding.
fn found(folder: &Path, arguments: &[&str]) -> Vec<(String, String, Option<String>)> {
    let all = [
        &["check", "--format", "json", "--show-suppressed"],
        arguments,
    ]
    .concat();
    let report = json(folder, &all);
    let findings = report["findings"].as_array().expect("findings");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows: Vec<_> = findings
        .iter()
        .map(|one| {
            let cause = one["suppressed"]["cause"].as_str().map(str::to_owned);
            (text(&one["rule"]), text(&one["severity"]), cause)
        })
        .collect();
    rows.sort();
    rows
}

fn row(rule: &str, severity: &str, cause: Option<&str>) -> (String, String, Option<String>) {
    (
        rule.to_owned(),
        severity.to_owned(),
        cause.map(str::to_owned),
    )
}

/// A project with this configuration and the template in `services/shop`.
fn project(config: &str) -> tempfile::TempDir {
    let project = folder(&[
        ("services/shop/template.yaml", TEMPLATE),
        ("gatelint.toml", config),
    ]);
    fs::create_dir(project.path().join(".git")).expect("made");
    project
}

#[test]
fn severities_hold_for_the_project_and_others_for_some_files() {
    let plain = project("");
    let before = found(plain.path(), &[]);
    let expected = [
        row("public-write", "high", None),
        row("usage-plan-unbounded", "medium", None),
    ];
    assert_eq!(before, expected);
    assert_eq!(code(plain.path(), &["check"]), 1);

    let changed =
        project("[rules]\nusage-plan-unbounded = 'off'\npublic-write = { severity = 'low' }\n");
    assert_eq!(
        found(changed.path(), &[]),
        [row("public-write", "low", None)]
    );
    assert_eq!(code(changed.path(), &["check"]), 0);
    assert_eq!(code(changed.path(), &["check", "--no-config"]), 1);
    let listed = json(changed.path(), &["rules", "--format", "json"]);
    let rules = listed["rules"].as_array().expect("rules");
    let plan = rules
        .iter()
        .find(|rule| rule["id"] == "usage-plan-unbounded");
    assert_eq!(plan.expect("listed")["enabled"], false);

    let elsewhere = project(
        "[[overrides]]\nfiles = ['services/shop']\nrules = { public-write = 'info' }\n\
         [[overrides]]\nfiles = ['services/*/template.yaml']\nrules = { usage-plan-unbounded = 'off' }\n\
         [[overrides]]\nfiles = ['other']\nrules = { public-write = 'off' }\n",
    );
    assert_eq!(
        found(elsewhere.path(), &[]),
        [row("public-write", "info", None)]
    );
}

#[test]
fn the_nearest_configuration_above_counts_and_its_paths_are_its_own() {
    let project = project("[rules]\npublic-write = 'off'\n");
    let near = "[[ignore]]\nrule = 'usage-plan-unbounded'\nfiles = 'template.yaml'\n";
    write(project.path(), "services/shop/.gatelint.toml", near);
    let expected = [
        row("public-write", "high", None),
        row("usage-plan-unbounded", "medium", Some("ignored")),
    ];
    assert_eq!(found(project.path(), &["services/shop"]), expected);
    let root = found(project.path(), &[]);
    assert_eq!(root, [row("usage-plan-unbounded", "medium", None)]);
    let github = folder(&[
        ("template.yaml", TEMPLATE),
        (
            ".github/gatelint.toml",
            "exclude = ['other']\nfail-on = 'never'\n",
        ),
    ]);
    assert_eq!(code(github.path(), &["check"]), 0);
}

#[test]
fn an_endpoint_is_declared_public_with_a_reason_and_a_last_day() {
    let config = "[[public]]\nendpoint = ['GET /health', 'POST /']\nreason = 'a webhook'\nexpires = 2026-06-30\n";
    let project = project(config);
    let on = |day: &str| found(project.path(), &["--today", day]);
    let declared = [
        row("public-write", "high", Some("public")),
        row("usage-plan-unbounded", "medium", None),
    ];
    assert_eq!(on("2026-06-30"), declared);
    let over = [
        row("expired-suppression", "low", None),
        row("public-write", "high", None),
        row("usage-plan-unbounded", "medium", None),
    ];
    assert_eq!(on("2026-07-01"), over);
    let output = run(project.path(), &["check", "--today", "2026-06-21"]);
    let screen = out(&output);
    assert!(screen.contains("1 public by declaration"), "{screen}");
    assert!(
        screen.contains("1 suppressed (1 expires in 9 days)"),
        "{screen}"
    );
    assert!(!screen.contains("open"), "{screen}");
}

#[test]
fn what_nothing_needs_is_reported_at_its_place() {
    let project = project("[[ignore]]\nrule = ['public-write', 'public-read']\nreason = 'x'\n");
    let report = json(project.path(), &["check", "--format", "json"]);
    let findings = report["findings"].as_array().expect("findings");
    let unused = findings
        .iter()
        .find(|one| one["rule"] == "unused-suppression")
        .expect("reported");
    assert_eq!(unused["location"]["file"], "gatelint.toml");
    assert_eq!(unused["location"]["line"], 1);
    let named = found(project.path(), &["services/shop/template.yaml"]);
    assert!(
        named.iter().all(|row| row.0 != "unused-suppression"),
        "what else it is for is not looked at: {named:?}"
    );
    assert!(
        unused["message"]
            .as_str()
            .expect("text")
            .contains("public-read")
    );
}

#[test]
fn files_that_are_excluded_are_not_analysed_unless_they_are_named() {
    let project = project("exclude = ['services']\n");
    write(
        project.path(),
        "own/template.yaml",
        "Resources: {T: {Type: AWS::SNS::Topic}}\n",
    );
    assert_eq!(found(project.path(), &[]), []);
    assert_eq!(
        found(project.path(), &["services/shop/template.yaml"]).len(),
        2
    );
}

#[test]
fn lengths_and_sensitive_paths_are_the_teams() {
    let pool = "Resources:\n  Users:\n    Type: AWS::Cognito::UserPool\n    Properties:\n      MfaConfiguration: 'ON'\n      EnabledMfas: [SOFTWARE_TOKEN_MFA]\n      Policies: {PasswordPolicy: {MinimumLength: 10, RequireLowercase: true, RequireUppercase: true, RequireNumbers: true, RequireSymbols: true}}\n";
    let with = |config: &str| {
        let project = folder(&[("template.yaml", pool), ("gatelint.toml", config)]);
        let report = json(
            project.path(),
            &[
                "check",
                "--format",
                "json",
                "--select",
                "cognito-weak-password-policy",
            ],
        );
        report["findings"].as_array().expect("findings").clone()
    };
    assert_eq!(with("").len(), 0);
    let found = with("[rules]\ncognito-weak-password-policy = { minimum-length = 12 }\n");
    assert_eq!(found.len(), 1);
    assert!(
        found[0]["help"]
            .as_str()
            .expect("text")
            .contains("at least 12 characters")
    );

    let project = project("sensitive-paths = ['/']\n");
    let rules: Vec<String> = found_rules(project.path());
    assert!(
        rules.contains(&"public-sensitive-path".to_owned()),
        "{rules:?}"
    );
    assert!(!rules.contains(&"public-write".to_owned()), "{rules:?}");
}

fn found_rules(folder: &Path) -> Vec<String> {
    found(folder, &[]).into_iter().map(|row| row.0).collect()
}

/// Configurations, and what is said of them.
const MISTAKES: &[(&str, &str)] = &[
    (
        "fail-onn = 'high'",
        "gatelint.toml:1:1: there is no key `fail-onn` here, did you mean `fail-on`?",
    ),
    (
        "fail-on = 'hihg'",
        "gatelint.toml:1:11: there is no value `hihg` here, did you mean `high`?",
    ),
    (
        "[rules]\npublic-wirte = 'off'",
        "gatelint.toml:2:1: there is no rule `public-wirte`, did you mean `public-write`?",
    ),
    (
        "[rules]\nCKV_AWS_258 = 'off'",
        "did you mean `public-function-url`?",
    ),
    (
        "[rules]\npublic-write = { minimum = 3 }",
        "has no setting `minimum`",
    ),
    ("[[public]]\nendpoint = '/x'", "missing field `reason`"),
    (
        "[[public]]\nendpoint = '/x'\nreason = ' '",
        "needs a reason",
    ),
    (
        "[[public]]\nendpoint = []\nreason = 'x'",
        "an empty list of patterns fits nothing",
    ),
    (
        "[[ignore]]\nrule = 'public-write'\nexpires = 10:00:00",
        "`expires` is a day",
    ),
    (
        "require-reasons = true\n[[ignore]]\nrule = 'public-write'",
        "says not why",
    ),
    (
        "exclude = ['a[']",
        "gatelint.toml:1:12: this pattern is no pattern",
    ),
    ("fail-on = \u{1b}[31m", "gatelint.toml:1:"),
];

#[test]
fn mistakes_are_said_at_their_places_with_what_was_meant() {
    for (config, said) in MISTAKES {
        let project = project(config);
        let output = run(project.path(), &["check"]);
        assert_eq!(output.status.code(), Some(2), "{config}");
        assert!(err(&output).contains(said), "{config}: {}", err(&output));
        assert!(!err(&output).contains('\u{1b}'), "{config}");
        assert_eq!(out(&output), "", "{config}");
    }
}

#[test]
fn a_configuration_outside_of_the_project_is_not_read() {
    let outer = folder(&[
        ("gatelint.toml", "fail-on = 'never'"),
        ("in/template.yaml", TEMPLATE),
    ]);
    let inner = outer.path().join("in");
    fs::create_dir(inner.join(".git")).expect("made");
    assert_eq!(code(&inner, &["check"]), 1);
    assert_eq!(code(&inner, &["check", "--config", "../gatelint.toml"]), 0);
}

/// TOML as JSON, with dates as texts.
fn as_editors_see(value: &toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => {
            let entries = table.iter();
            let entries = entries.map(|(key, value)| (key.clone(), as_editors_see(value)));
            Value::Object(entries.collect())
        }
        toml::Value::Array(items) => items.iter().map(as_editors_see).collect(),
        toml::Value::Datetime(day) => Value::String(day.to_string()),
        toml::Value::String(_)
        | toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_) => serde_json::to_value(value).expect("JSON"),
    }
}

#[test]
fn the_published_schema_is_the_programs_and_accepts_what_init_writes() {
    let schema = config::schema(&RuleSet::built_in());
    let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gatelint.schema.json");
    if std::env::var_os("GATELINT_WRITE").is_some() {
        fs::write(&file, &text).expect("writable");
    }
    let published = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        published == text,
        "write it anew: GATELINT_WRITE=1 cargo test --test config"
    );
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let valid = |text: &str| {
        let value: toml::Value = toml::from_str(text).expect("TOML");
        validator.is_valid(&as_editors_see(&value))
    };
    let project = folder(&[("template.yaml", TEMPLATE)]);
    assert_eq!(code(project.path(), &["init"]), 0);
    let written = fs::read_to_string(project.path().join("gatelint.toml")).expect("written");
    assert!(valid(&written));
    // Every commented setting is one that works.
    let lines = written.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest) if rest.contains(" = ") || rest.starts_with('[') => rest,
        _ => line,
    });
    let uncommented = lines.collect::<Vec<_>>().join("\n");
    assert!(valid(&uncommented), "{uncommented}");
    write(project.path(), "gatelint.toml", &uncommented);
    let output = run(
        project.path(),
        &["check", "--fail-on", "never", "--no-baseline"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!valid("fail-onn = 'high'"));
    assert!(!valid("[rules]\npublic-write = 'hihg'"));
    assert_eq!(
        code(project.path(), &["init"]),
        2,
        "nothing is written over"
    );
}

#[test]
fn what_is_known_does_not_fail_and_what_is_new_does() {
    let project = project("");
    let at = project.path();
    assert_eq!(code(at, &["baseline", "write"]), 0);
    assert_eq!(code(at, &["check"]), 0);
    assert_eq!(code(at, &["check", "--no-baseline"]), 1);
    let known = [
        row("public-write", "high", Some("baseline")),
        row("usage-plan-unbounded", "medium", Some("baseline")),
    ];
    assert_eq!(found(at, &[]), known);
    // Edited above, and moved to another file: the same endpoint.
    let moved = format!("# a comment\nDescription: moved\n{TEMPLATE}");
    write(at, "services/shop/template.yaml", &moved);
    assert_eq!(found(at, &[]), known);
    fs::rename(
        at.join("services/shop/template.yaml"),
        at.join("services/api.yaml"),
    )
    .expect("moved");
    assert_eq!(found(at, &[]), known);
    // A copy is new.
    write(at, "services/copy.yaml", TEMPLATE);
    let rows = found(at, &[]);
    assert_eq!(
        rows.iter().filter(|row| row.2.is_none()).count(),
        2,
        "{rows:?}"
    );
    fs::remove_file(at.join("services/copy.yaml")).expect("removed");
    // One is mended: it is forgotten, and counts when it comes back.
    write(
        at,
        "services/api.yaml",
        &TEMPLATE.replace("NONE", "AWS_IAM"),
    );
    let output = run(at, &["baseline", "prune"]);
    assert!(
        err(&output).contains("1 forgotten, 1 kept"),
        "{}",
        err(&output)
    );
    write(at, "services/api.yaml", TEMPLATE);
    assert_eq!(found(at, &[])[0], row("public-write", "high", None));
}

#[test]
fn a_baseline_that_is_none_is_said() {
    let project = project("");
    for (text, said) in [
        ("{", "is no baseline"),
        (
            "{\"schema_version\": 9, \"findings\": []}",
            "is of version 9",
        ),
        ("[]", "is no baseline"),
    ] {
        write(project.path(), "known.json", text);
        let output = run(project.path(), &["check", "--baseline", "known.json"]);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(err(&output).contains(said), "{}", err(&output));
    }
    assert_eq!(
        code(project.path(), &["check", "--baseline", "gone.json"]),
        2
    );
    assert_eq!(code(project.path(), &["baseline", "prune"]), 2);
}

#[test]
fn what_could_not_be_read_is_never_known() {
    let project = project("");
    write(
        project.path(),
        "broken.template.yaml",
        "Resources: [\nAWSTemplateFormatVersion: '2010-09-09'\n",
    );
    assert_eq!(code(project.path(), &["baseline", "write"]), 0);
    assert_eq!(code(project.path(), &["check"]), 3);
}

#[test]
fn a_team_writes_and_tests_its_own_rule() {
    let project = project("");
    let at = project.path();
    assert_eq!(code(at, &["rules", "test"]), 2, "there is none yet");
    assert_eq!(code(at, &["rules", "new", "admin-needs-cognito"]), 0);
    let output = run(at, &["rules", "test"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(
        out(&output).contains("ok      admin-needs-cognito"),
        "{}",
        out(&output)
    );
    assert_eq!(
        code(at, &["rules", "new", "admin-needs-cognito"]),
        2,
        "nothing is written over"
    );
    assert_eq!(code(at, &["rules", "new", "../evil"]), 2);
    assert_eq!(code(at, &["rules", "new", "public-write"]), 2);
    let page = at.join(".gatelint/rules/admin-needs-cognito.md");
    let text = fs::read_to_string(&page).expect("written");
    fs::write(
        &page,
        text.replace("path: /^.admin(.|$)/", "path: /^.other(.|$)/"),
    )
    .expect("written");
    let output = run(at, &["rules", "test"]);
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    assert!(
        out(&output).contains("0 passed, 1 failed"),
        "{}",
        out(&output)
    );
}

/// What a team wants under `/admin`, in ten lines of front matter.
const TEAM_RULE: &str = "\
---
id: admin-needs-scope
title: an admin endpoint does not ask for the scope admin
severity: high
since: 1.0.0
subject: endpoint
when: { path: '/^.admin(.|$)/', cors_preflight: false }
unless: { authorization: cognito, scopes: { has: admin } }
message: \"`{subject}` asks for {authorization} and the scopes {scopes}\"
help: \"name the pool's authorizer and the scope `admin`\"
---

Whoever may administrate has the scope.
";

const ADMIN: &str = "\
service: shop
provider: { name: aws, runtime: nodejs22.x }
functions:
  users:
    handler: a.users
    events:
      - http:
          path: admin/users
          method: get
          authorizer: { arn: 'arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_a', scopes: [admin] }
      - http: { path: admin/logs, method: get, authorizer: aws_iam }
";

#[test]
fn a_teams_rule_works_like_any_other_in_every_format() {
    let project = folder(&[
        ("serverless.yml", ADMIN),
        (".gatelint/rules/admin-needs-scope.md", TEAM_RULE),
    ]);
    let at = project.path();
    let select = ["check", "--select", "admin-needs-scope"];
    let output = run(at, &select);
    assert_eq!(output.status.code(), Some(1));
    let said = "`GET /admin/logs` asks for IAM and the scopes none";
    assert!(out(&output).contains(said), "{}", out(&output));
    let formats = [&select[..], &["--format", "json"]].concat();
    let report = json(at, &formats);
    let findings = report["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["message"], said);
    assert_eq!(findings[0]["location"]["line"], 11);
    let formats = [&select[..], &["--format", "sarif"]].concat();
    let log = json(at, &formats);
    let run = &log["runs"][0];
    assert_eq!(run["results"][0]["ruleId"], "admin-needs-scope");
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert!(rules.iter().any(|rule| rule["id"] == "admin-needs-scope"));
}

#[test]
fn a_mistake_in_a_teams_rule_is_said_with_what_was_meant() {
    let wrong = TEAM_RULE.replace("authorization: cognito", "authorisation: cognito");
    let project = folder(&[
        ("serverless.yml", ADMIN),
        (".gatelint/rules/admin-needs-scope.md", &wrong),
    ]);
    let output = run(project.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    let said = "did you mean `authorization`?";
    assert!(err(&output).contains(said), "{}", err(&output));
}

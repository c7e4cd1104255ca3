//! What is printed of a project in which every name, key, path and message wants to act on whoever reads it.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{err, folder, gatelint, json as report, out, run, write};

/// Everything that acts somewhere: on a terminal, a CI log, a page, a sheet.
const ACTS: &str = "\u{1b}[31m\u{7}\r\u{9b}31m\u{202e}\u{2066}\u{200b}\n::error::pwned\n##vso[task.setvariable variable=p]v ##[add-mask]x</script><script>pwned()</script><img src=x onerror=pwned()>`|]]>[x](javascript:pwned())&amp;{0}%0A::error::pwned";
/// What a spreadsheet computes.
const FORMULA: &str = "=cmd|' /C calc'!A0";

const CHECK: [&str; 10] = [
    "human", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown", "csv", "html",
];

/// A project of two inputs, a configuration, a page and a baseline; what acts may be replaced by something calm.
fn project(acts: &str) -> TempDir {
    let at = |name: &str| format!("{name}{acts}");
    let named = |name: &str| format!("{FORMULA}{name}{acts}");
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": acts,
        "Metadata": { "gatelint": { "ignore": [at("no-rule")] } },
        "Parameters": { at("P"): { "Type": "String", "Default": acts } },
        "Conditions": { at("C"): { "Fn::Equals": [{ "Ref": at("P") }, at("x")] } },
        "Resources": {
            at("Api"): { "Type": "AWS::ApiGateway::RestApi", "Properties": { "Name": acts } },
            at("Part"): { "Type": "AWS::ApiGateway::Resource", "Properties": {
                "RestApiId": { "Ref": at("Api") },
                "ParentId": { "Fn::GetAtt": [at("Api"), "RootResourceId"] },
                "PathPart": named("p") } },
            at("Pay"): { "Type": "AWS::ApiGateway::Method", "Properties": {
                "RestApiId": { "Ref": at("Api") }, "ResourceId": { "Ref": at("Part") },
                "HttpMethod": "POST", "AuthorizationType": "NONE" } },
            at("When"): { "Type": "AWS::ApiGateway::Method", "Condition": at("C"), "Properties": {
                "RestApiId": { "Ref": at("Api") }, "ResourceId": { "Ref": at("Part") },
                "HttpMethod": "PUT", "AuthorizationType": "NONE" } },
            at("Get"): { "Type": "AWS::ApiGateway::Method", "Properties": {
                "RestApiId": { "Ref": at("Api") }, "ResourceId": { "Ref": at("Part") },
                "HttpMethod": "GET", "AuthorizationType": "CUSTOM",
                "AuthorizerId": { "Ref": at("Nobody") } } },
            at("Odd"): { "Type": format!("AWS::ApiGateway::{acts}"), acts: acts },
            at("Silent"): { "Type": "AWS::ApiGateway::Method", "Metadata": {
                "gatelint": { "ignore": [{ "rule": "public-write", "reason": acts }] } },
                "Properties": { "RestApiId": { "Ref": at("Api") }, "ResourceId": { "Ref": at("Part") },
                "HttpMethod": "DELETE", "AuthorizationType": "NONE" } },
        },
    });
    let service = json!({
        "service": named("s"),
        "provider": { "name": "aws", "stage": at("dev"), "environment": { at("E"): format!("${{self:custom.{acts}}}") } },
        "custom": { at("k"): format!("${{file({acts})}}") },
        "functions": { named("f"): {
            "handler": at("a.b"),
            "events": [
                { "http": { "path": named("q"), "method": "post", "authorizer": at("lost") } },
                { "http": { "path": at("r"), "method": "post" } },
                { "httpApi": at("POST /x") },
                { "http": { "path": at("t"), "method": at("get") } },
            ],
        } },
        acts: acts,
    });
    // YAML takes what acts only where it is spelled out.
    let quoted = |text: &str| {
        let text = json!(text).to_string();
        let spelled = |c: char| match c {
            c if c.is_ascii() => c.to_string(),
            c => format!("\\u{:04x}", u32::from(c)),
        };
        text.chars().map(spelled).collect::<String>()
    };
    let page = format!(
        "---\nid: own-write\ntitle: {title}\nseverity: high\nsince: 0.1.0\nsubject: endpoint\nwhen: {{ method: [POST, PUT] }}\nmessage: {message}\nhelp: {help}\nreferences: [https://example.org/]\n---\n\n{acts}\n\n## Reported\n\n{fence}yaml\n# serverless\nservice: x # finding: own-write\n{fence}\n\n## Not reported\n\n{fence}yaml\n# serverless\nservice: x\n{fence}\n",
        fence = "```",
        title = quoted(&at("A title")),
        message = quoted(&format!("{} `{{subject}}`", acts.replace("{0}", ""))),
        help = quoted(&acts.replace("{0}", "")),
    );
    let config = format!(
        "[[ignore]]\nrule = \"public-read\"\nreason = {}\n",
        json!(acts)
    );
    let folder = folder(&[
        ("stack/template.json", &template.to_string()),
        ("service/serverless.yml", &service.to_string()),
        (
            "broken/template.json",
            &format!("{{ \"Resources\": {{ {}: ", json!(acts)),
        ),
        (
            "comments/template.yaml",
            &format!(
                "Resources: {{}} # {}\n# gatelint: ignore[{acts}] {acts}\n",
                acts.replace(['\r', '\n'], " ")
            ),
        ),
        (".gatelint/rules/own-write.md", &page),
        ("config.toml", &config),
    ]);
    if acts == ACTS {
        // A name of a file has no `/`, and at most 255 bytes.
        let name = acts.replace('/', "").chars().take(80).collect::<String>();
        let short = folder
            .path()
            .join(format!("{FORMULA}{name}.template.json").replace('/', ""));
        fs::write(short, template.to_string()).expect("written");
    }
    folder
}

/// What no output holds, whatever its format.
fn is_calm(text: &str, what: &str) {
    let acts = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}')
    };
    let found = text
        .find(acts)
        .map(|at| text.get(at.saturating_sub(40)..at + 20));
    assert!(found.is_none(), "{what}: {found:?}");
    for order in ["##vso[", "##["] {
        let at = text.find(order);
        let around = at.map(|at| {
            text.chars()
                .skip(at.saturating_sub(60))
                .take(120)
                .collect::<String>()
        });
        assert!(around.is_none(), "{what}: {order}: {around:?}");
    }
    for line in text.lines() {
        let order = line.trim_start().strip_prefix("::");
        let own = ["error ", "warning ", "notice "];
        let is_own = order.is_none_or(|order| {
            what.contains("github") && own.iter().any(|own| order.starts_with(own))
        });
        assert!(is_own, "{what}: {line}");
    }
}

fn number_of(text: &str, part: &str) -> usize {
    text.to_ascii_lowercase().matches(part).count()
}

/// What a browser, or a page of Markdown, would make of it.
fn is_no_markup(text: &str, calm: &str, what: &str) {
    for tag in ["<script", "<img", "<iframe", "<style", "<link", "<meta"] {
        assert_eq!(number_of(text, tag), number_of(calm, tag), "{what}: {tag}");
    }
    // In a page of HTML it is only text.
    let is_link = text.contains("](javascript:") && !what.ends_with("html");
    assert!(!is_link, "{what}");
    assert!(number_of(text, "href=\"javascript") == 0, "{what}");
}

/// Markdown without what stands in code spans, and without what a backslash makes plain.
fn without_code(text: &str) -> String {
    let mut plain = String::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(at) = rest.find(['`', '\\']) {
            let (before, from) = rest.split_at(at);
            plain += before;
            if let Some(escaped) = from.strip_prefix('\\') {
                let mut chars = escaped.chars();
                chars.next();
                rest = chars.as_str();
                continue;
            }
            let after = from.trim_start_matches('`');
            let fence = from.split_at(from.len() - after.len()).0;
            let ends = after.match_indices(fence).map(|(end, _)| end);
            let is_whole = |end: &usize| {
                !after[end + fence.len()..].starts_with('`') && !after[..*end].ends_with('`')
            };
            let end = { ends }.find(is_whole);
            rest = end.map_or(after, |end| &after[end + fence.len()..]);
        }
        plain += rest;
        plain.push('\n');
    }
    plain
}

/// The cells of a sheet, quotes taken off.
fn cells(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let (mut quoted, mut chars) = (false, text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                all.last_mut().expect("a cell").push('"');
            }
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => all.push(String::new()),
            c => all.last_mut().expect("a cell").push(c),
        }
    }
    all
}

fn is_no_formula(text: &str, what: &str) {
    let cells = cells(text);
    assert!(cells.len() > 10, "{what}");
    for cell in cells {
        let acts = cell.trim_start().starts_with(['=', '+', '-', '@', '\t']);
        assert!(!acts, "{what}: {cell}");
    }
}

/// Elements of XML that are ours, and nothing that ends a text early.
fn is_our_xml(text: &str) {
    const OURS: [&str; 8] = [
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "error",
        "skipped",
        "system-out",
        "properties",
    ];
    assert!(!text.contains("]]>"));
    for rest in text.split('<').skip(1) {
        let name = rest
            .trim_start_matches('/')
            .split([' ', '>', '/', '\n'])
            .next();
        let name = name.unwrap_or_default();
        assert!(name == "?xml" || OURS.contains(&name), "{name}: {rest}");
    }
    for rest in text.split('&').skip(1) {
        let entity = rest
            .split_once(';')
            .map(|(entity, _)| entity)
            .unwrap_or_default();
        let is_one =
            ["amp", "lt", "gt", "quot", "apos"].contains(&entity) || entity.starts_with('#');
        assert!(is_one, "&{rest}");
    }
}

/// Every row of a table has as many cells as its head.
fn is_one_table(text: &str, what: &str) {
    let pipes = |line: &str| line.matches('|').count();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    let mut head = 0;
    for row in rows {
        if row.trim_matches(['|', '-', ':', ' ']).is_empty() {
            continue;
        }
        if row.to_ascii_lowercase().contains("severity |")
            || row.contains("| Method |")
            || head == 0
        {
            head = pipes(row);
        }
        assert_eq!(pipes(row), head, "{what}: {row}");
    }
}

fn is_whole(format: &str, text: &str, calm: &str) {
    let what = format!("check {format}");
    is_calm(text, &what);
    match format {
        "json" | "sarif" | "gitlab" => {
            serde_json::from_str::<Value>(text).expect(format);
        }
        "jsonl" => text.lines().for_each(|line| {
            serde_json::from_str::<Value>(line).expect(format);
        }),
        "html" => is_no_markup(text, calm, &what),
        "markdown" => {
            is_no_markup(&without_code(text), &without_code(calm), &what);
            is_one_table(text, &what);
        }
        "csv" => is_no_formula(text, &what),
        "junit" => is_our_xml(text),
        _ => {}
    }
}

#[test]
fn nothing_of_the_input_acts_in_a_report() {
    let (hostile, calm) = (project(ACTS), project("calm"));
    for format in CHECK {
        let arguments = [
            "check",
            "-v",
            "--show-suppressed",
            "--config",
            "config.toml",
            "--format",
            format,
        ];
        let output = run(hostile.path(), &arguments);
        assert_eq!(output.status.code(), Some(3), "{format}: {}", err(&output));
        let plain = run(calm.path(), &arguments);
        is_whole(format, out(&output), out(&plain));
        is_calm(err(&output), &format!("stderr of {format}"));
    }
    // It is there, and was judged.
    let found = report(
        hostile.path(),
        &["check", "--format", "json", "--config", "config.toml"],
    );
    let found = found["findings"].as_array().expect("a list");
    for rule in ["public-write", "own-write"] {
        assert!(
            found.iter().any(|finding| finding["rule"] == rule),
            "{rule}"
        );
    }
    assert!(
        found
            .iter()
            .any(|finding| finding["subject"].to_string().contains("pwned"))
    );
}

#[test]
fn nothing_of_the_input_acts_in_an_annotation_or_a_summary_of_a_job() {
    let hostile = project(ACTS);
    let summary = tempfile::NamedTempFile::new().expect("a file");
    let output = gatelint(hostile.path())
        .args(["check", "-v", "--config", "config.toml"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", summary.path())
        .output()
        .expect("it starts");
    is_calm(out(&output), "human");
    is_calm(err(&output), "annotations of github");
    let page = fs::read_to_string(summary.path()).expect("written");
    assert!(page.contains("own-write"), "{page}");
    is_calm(&page, "summary");
    is_no_markup(&without_code(&page), "", "summary");
}

#[test]
fn nothing_of_the_input_acts_in_what_other_commands_print() {
    let hostile = project(ACTS);
    write(hostile.path(), "old/template.json", "{ \"Resources\": {} }");
    let mut all = Vec::new();
    for format in ["table", "json", "jsonl", "csv", "markdown", "mermaid"] {
        all.push(vec![
            "endpoints",
            "--config",
            "config.toml",
            "--format",
            format,
        ]);
    }
    for format in ["human", "json", "markdown"] {
        all.push(vec!["diff", "old", "stack", "--format", format]);
    }
    for format in ["table", "json", "markdown"] {
        all.push(vec!["rules", "--config", "config.toml", "--format", format]);
    }
    all.push(vec!["explain", "own-write", "--config", "config.toml"]);
    all.push(vec!["explain", "DELETE", "--config", "config.toml"]);
    all.push(vec!["rules", "test"]);
    all.push(vec!["check", "--statistics", "--config", "config.toml"]);
    all.push(vec!["check", "--fix", "--diff", "--config", "config.toml"]);
    all.push(vec!["check", ACTS]);
    for arguments in all {
        let output = run(hostile.path(), &arguments);
        let said = format!("{}{}", out(&output), err(&output));
        let what = arguments.join(" ");
        is_calm(&said, &what);
        if what.contains("markdown") {
            is_no_markup(&without_code(out(&output)), "", &what);
        }
        if what.contains("csv") {
            is_no_formula(out(&output), &what);
        }
        if what.ends_with("json") {
            serde_json::from_slice::<Value>(&output.stdout).expect("JSON");
        }
    }
}

#[test]
fn a_wrong_configuration_page_or_baseline_acts_on_nobody_either() {
    let hostile = project(ACTS);
    let quoted = json!(ACTS).to_string();
    for (file, text) in [
        ("gatelint.toml", format!("{quoted} = 1\n")),
        ("gatelint.toml", format!("fail-on = {quoted}\n")),
        ("gatelint.toml", format!("baseline = {quoted}\n")),
        ("gatelint.toml", format!("[rules]\n{quoted} = \"off\"\n")),
        ("gatelint.toml", ACTS.to_owned()),
        (
            ".gatelint/baseline.json",
            format!("{{ \"schema_version\": {quoted} }}"),
        ),
        (".gatelint/baseline.json", ACTS.to_owned()),
        (
            ".gatelint/rules/own-write.md",
            format!("---\nid: own-write\n{quoted}: 1\n---\n"),
        ),
        (
            ".gatelint/rules/own-write.md",
            format!("---\nid: {quoted}\nwhen: {{ {quoted}: {quoted} }}\n---\n"),
        ),
        (".gatelint/rules/own-write.md", ACTS.to_owned()),
    ] {
        write(hostile.path(), file, &text);
        let output = run(hostile.path(), &["check", "stack"]);
        assert_eq!(output.status.code(), Some(2), "{file}: {text}");
        assert!(!err(&output).is_empty());
        is_calm(err(&output), file);
        fs::remove_file(hostile.path().join(file)).expect("removed");
    }
}

/// A service that asks for variables of the environment wherever a value can stand.
const ASKS: &str = "\
service: ${env:CANARY_SECRET, 'shop'}
provider:
  name: aws
  stage: ${env:CANARY_STAGE, 'dev'}
  environment: { A: '${env:CANARY_SECRET}', B: '${env:PATH}', C: '$CANARY_SECRET' }
functions:
  pay:
    handler: a.${env:CANARY_SECRET}
    events:
      - http: { path: 'p/${env:CANARY_SECRET}', method: post }
      - http: { path: 'q/${env:HOME}', method: post }
      - httpApi: 'POST /${env:CANARY_SECRET}'
resources:
  Resources:
    Api:
      Type: AWS::ApiGateway::RestApi
      Properties: { Name: '${env:CANARY_SECRET}' }
custom:
  x: ${file(${env:CANARY_SECRET}.yml)}
  y: ${file(env.${env:CANARY_STAGE}.json)}
  z: ${strToBool(${env:CANARY_SECRET})}
";

#[test]
fn no_variable_of_the_environment_reaches_an_output() {
    let folder = folder(&[("serverless.yml", ASKS)]);
    let said = |arguments: &[&str], actions: bool| {
        let mut command = gatelint(folder.path());
        command
            .args(arguments)
            .env("CANARY_SECRET", "hunter22secret")
            .env("CANARY_STAGE", "hunter22stage")
            .env("HOME", "/home/hunter22")
            .env("TERM", "hunter22-term")
            .env("COLUMNS", "hunter22")
            .env("GITHUB_TOKEN", "hunter22token");
        if actions {
            // What is looked at in a workflow is not shown either.
            command.env("GITHUB_ACTIONS", "true");
            command.env("GITHUB_STEP_SUMMARY", "/nonexistent/hunter22");
        }
        let output = command.output().expect("it starts");
        let said = format!("{}{}", out(&output), err(&output));
        assert!(
            said.contains("env:CANARY_SECRET") || said.len() > 20,
            "{arguments:?}: {said}"
        );
        said
    };
    let formats = CHECK.map(|format| vec!["check", "-v", "--format", format]);
    let inventory = ["table", "json", "jsonl", "csv", "markdown", "mermaid"];
    let inventory = inventory.map(|format| vec!["endpoints", "--format", format]);
    let others = [
        vec!["rules"],
        vec!["config", "show"],
        vec!["explain", "POST /p"],
        vec!["diff", ".", "."],
        vec!["init", "nowhere"],
    ];
    for arguments in formats.into_iter().chain(inventory).chain(others) {
        for actions in [false, true] {
            let said = said(&arguments, actions);
            assert!(!said.contains("hunter22"), "{arguments:?}: {said}");
        }
    }
}

//! The program as people and other programs run it: exit codes, what is found, what is written where.

#![allow(clippy::panic, clippy::indexing_slicing)]

mod program;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Output, Stdio};
use std::{fs, str};

use serde_json::Value;

use program::{code, err, folder, gatelint, out, run, write};

/// A template with one open door.
const OPEN: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
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
";

/// The same with the door closed.
fn closed() -> String {
    OPEN.replace("NONE", "AWS_IAM")
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, arguments);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", err(&output)))
}

fn rules_of(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("a list");
    findings
        .iter()
        .map(|finding| finding["rule"].as_str().expect("an id"))
        .collect()
}

#[test]
fn exit_codes_say_what_happened() {
    let folder = folder(&[
        ("open/template.yaml", OPEN),
        ("closed/template.yaml", &closed()),
        ("broken/template.yaml", "Resources: [\n"),
        ("empty/readme.md", "nothing here"),
    ]);
    let code = |arguments: &[&str]| code(folder.path(), arguments);
    assert_eq!(code(&["check", "closed"]), 0);
    assert_eq!(code(&["check", "open"]), 1);
    assert_eq!(code(&["open"]), 1, "`check` may be left out");
    assert_eq!(code(&["check", "open", "--exit-zero"]), 0);
    assert_eq!(code(&["check", "open", "--fail-on", "never"]), 0);
    assert_eq!(code(&["check", "open", "--select", "public-read"]), 0);
    assert_eq!(code(&["check", "empty"]), 2);
    assert_eq!(code(&["check", "empty", "--exit-zero"]), 2);
    assert_eq!(code(&["check", "no-such-folder"]), 2);
    assert_eq!(code(&["check", ""]), 2);
    assert_eq!(code(&["check", "broken"]), 3);
    assert_eq!(code(&["check", "broken", "--exit-zero"]), 3);
    assert_eq!(
        code(&["check", "."]),
        3,
        "incomplete weighs more than findings"
    );
    assert_eq!(code(&["check", ".", "--allow-incomplete"]), 1);
    assert_eq!(code(&["endpoints", "open"]), 0);
    assert_eq!(code(&["endpoints", "broken"]), 3);
}

#[test]
fn wrong_usage_is_said_and_is_two() {
    let folder = folder(&[("template.yaml", OPEN)]);
    for arguments in [
        &["check", "--no-such-flag", "."][..],
        &["check", "--format", "nope", "."],
        &["check", "--fail-on", "nope", "."],
        &["check", "--min-severity", "nope", "."],
        &["check", "--select", "no-such-rule", "."],
        &["check", "--ignore", "no-such-rule", "."],
        &["check", "--rules", "nope", "."],
        &["check", "--output", "nope=x.json", "."],
        &["check", "--output", "a.json", "--output", "a.json", "."],
        &["check", "--param", "novalue", "."],
        &["check", "--root", "nope", "."],
        &["check", "--files-from", "nope"],
        &["explain", "no-such-rule"],
        &["explain", "POST /nope"],
        &["explain", "../../etc/passwd"],
        &["explain", ""],
        &["completions", "no-such-shell"],
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let output = run(folder.path(), &["check", "--select", "public-wirte"]);
    assert!(
        err(&output).contains("did you mean `public-write`?"),
        "{}",
        err(&output)
    );
    let output = run(folder.path(), &["chekc"]);
    assert!(
        err(&output).contains("did you mean `gatelint check`?"),
        "{}",
        err(&output)
    );
}

#[test]
fn the_exit_code_does_not_depend_on_the_format() {
    let folder = folder(&[("template.yaml", OPEN)]);
    for format in [
        "human", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown", "csv",
    ] {
        let output = run(folder.path(), &["check", "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert!(out(&output).contains("public-write"), "{format}");
        assert!(output.stderr.is_empty(), "{format}: {}", err(&output));
    }
}

#[test]
fn what_looks_like_ours_is_named_and_what_does_not_is_left_alone() {
    let folder = folder(&[
        ("a/stack.yml", OPEN),
        ("b/template.yaml", "a: [\n"),
        ("c/serverless.yml", "\u{0}"),
        ("docker-compose.yml", "services: [\n"),
        (".github/workflows/ci.yml", "on: [\n"),
        ("locales/de.yml", "a: \"\n"),
        ("package.json", "{"),
        ("node_modules/x/template.yaml", OPEN),
        ("ignored/template.yaml", OPEN),
        (".gitignore", "ignored/\n"),
    ]);
    let report = json(folder.path(), &["check", "--format", "json"]);
    let files = |list: &str| -> Vec<String> {
        let all = report[list].as_array().expect("a list");
        all.iter()
            .map(|one| one["location"]["file"].as_str().expect("a path").to_owned())
            .collect()
    };
    assert_eq!(files("problems"), ["b/template.yaml", "c/serverless.yml"]);
    assert_eq!(report["summary"]["stacks"], 1);
    assert!(files("findings").contains(&"a/stack.yml".to_owned()));
    // What is named is looked at, ignored or not.
    assert_eq!(code(folder.path(), &["check", "ignored/template.yaml"]), 1);
}

#[test]
fn a_file_that_was_named_and_is_not_ours_is_said() {
    let folder = folder(&[("compose.yml", "services: {}\n"), ("template.yaml", OPEN)]);
    let output = run(folder.path(), &["check", "compose.yml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("`compose.yml` is not"),
        "{}",
        err(&output)
    );
    let output = run(folder.path(), &["check", "compose.yml", "template.yaml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(out(&output).contains("compose.yml"), "{}", out(&output));
}

#[test]
fn a_service_in_a_program_is_named_not_run() {
    let folder = folder(&[("serverless.ts", "throw 1"), ("template.yaml", OPEN)]);
    let output = run(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        out(&output).contains("serverless package"),
        "{}",
        out(&output)
    );
}

#[test]
fn a_part_that_another_file_includes_is_not_looked_at_twice() {
    let part = OPEN.split_once('\n').expect("a first line").1;
    let service =
        "service: shop\nprovider:\n  name: aws\nfunctions: {}\nresources: ${file(parts/api.yml)}\n";
    let folder = folder(&[("parts/api.yml", part), ("serverless.yml", service)]);
    let stacks = |arguments: &[&str]| -> Vec<String> {
        let report = json(folder.path(), arguments);
        let stacks = report["stacks"].as_array().expect("a list").clone();
        stacks
            .iter()
            .map(|stack| stack["file"].as_str().expect("a path").to_owned())
            .collect()
    };
    let inventory = ["endpoints", "--format", "json"];
    assert_eq!(stacks(&inventory), ["serverless.yml"]);
    assert_eq!(
        stacks(&[&inventory[..], &["parts/api.yml"]].concat()),
        ["parts/api.yml"]
    );
    fs::remove_file(folder.path().join("serverless.yml")).expect("there");
    assert_eq!(stacks(&inventory), ["parts/api.yml"]);
}

#[test]
fn a_file_that_is_named_many_times_is_one() {
    let folder = folder(&[("one.yml", OPEN), ("two.yml", &closed())]);
    let arguments = ["endpoints", "--format", "json", ".", "one.yml", "./one.yml"];
    let report = json(folder.path(), &arguments);
    assert_eq!(report["stacks"].as_array().expect("a list").len(), 2);
}

#[test]
fn inputs_of_several_projects_each_keep_their_root() {
    let other = folder(&[(".git/HEAD", ""), ("b/template.yaml", OPEN)]);
    let folder = folder(&[(".git/HEAD", ""), ("a/template.yaml", OPEN)]);
    let elsewhere = other.path().join("b");
    let elsewhere = elsewhere.to_str().expect("UTF-8");
    let report = json(
        folder.path(),
        &["check", "--format", "json", "a", elsewhere],
    );
    let file = |nth: usize| {
        report["findings"][nth]["location"]["file"]
            .as_str()
            .expect("a path")
            .to_owned()
    };
    let mut files = [file(0), file(1)];
    files.sort();
    assert!(
        files[0].starts_with("../") && files[0].ends_with("/b/template.yaml"),
        "{files:?}"
    );
    assert_eq!(files[1], "a/template.yaml");
}

#[test]
fn a_variable_of_the_environment_is_read_when_allowed_and_then_not_shown() {
    let service = "service: shop\nprovider:\n  name: aws\nfunctions:\n  pay:\n    handler: a.b\n    events:\n      - http: {path: '${env:GATE_SECRET}', method: post}\n";
    let folder = folder(&[("serverless.yml", service)]);
    let said = |arguments: &[&str]| {
        let output = gatelint(folder.path())
            .args(arguments)
            .env("GATE_SECRET", "hunter22")
            .output()
            .expect("it starts");
        format!("{}{}", out(&output), err(&output))
    };
    for format in ["human", "json", "sarif", "csv"] {
        assert!(!said(&["check", "--format", format]).contains("hunter22"));
        assert!(
            !said(&["check", "--format", format, "--env-var", "GATE_SECRET"]).contains("hunter22")
        );
    }
    assert!(!said(&["endpoints"]).contains("hunter22"));
    // Who asks for the inventory, and allows the variable, gets the path that is deployed.
    assert!(said(&["endpoints", "--env-var", "GATE_SECRET"]).contains("/hunter22"));
}

#[test]
fn one_run_writes_many_reports() {
    let folder = folder(&[("template.yaml", OPEN)]);
    let output = run(
        folder.path(),
        &["check", "-o", "json=a.json", "--output", "sarif=b.sarif"],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).contains("start here"),
        "the terminal still gets its own"
    );
    for file in ["a.json", "b.sarif"] {
        let text = fs::read_to_string(folder.path().join(file)).expect(file);
        serde_json::from_str::<Value>(&text).expect("JSON");
    }
    // A file without a format takes the place of what would be printed.
    let output = run(folder.path(), &["check", "--format", "csv", "-o", "c.txt"]);
    assert_eq!(out(&output), "");
    let text = fs::read_to_string(folder.path().join("c.txt")).expect("written");
    assert!(text.starts_with("severity,rule,"));
    // What an earlier run wrote is not an input of the next one.
    assert_eq!(
        json(folder.path(), &["check", "--format", "json"])["summary"]["files"],
        1
    );
}

#[test]
fn a_report_never_replaces_what_it_must_not() {
    let folder = folder(&[("template.yaml", OPEN)]);
    fs::create_dir(folder.path().join("d")).expect("made");
    for file in ["template.yaml", "d", "no/such/dir.json"] {
        let output = run(folder.path(), &["check", "--format", "json", "-o", file]);
        assert_eq!(output.status.code(), Some(2), "{file}");
        assert!(err(&output).contains(file), "{file}: {}", err(&output));
    }
    assert_eq!(
        fs::read_to_string(folder.path().join("template.yaml")).expect("there"),
        OPEN
    );
    let left = fs::read_dir(folder.path()).expect("read").count();
    assert_eq!(left, 2, "no temporary file stays");
}

fn piped(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = gatelint(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // Whoever stops reading early is no failure of this test.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("it ends")
}

#[test]
fn standard_input_is_a_file_by_its_given_name() {
    let folder = folder(&[]);
    let name = [
        "check",
        "--format",
        "json",
        "--stdin-filename",
        "a/template.yaml",
        "-",
    ];
    let output = piped(folder.path(), &name, OPEN.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["findings"][0]["location"]["file"], "a/template.yaml");
    assert_eq!(
        piped(folder.path(), &["check", "-"], b"").status.code(),
        Some(2)
    );
    assert_eq!(
        piped(folder.path(), &["check", "-"], b"\xff\xfea\0")
            .status
            .code(),
        Some(3)
    );
    let name = ["check", "--stdin-filename", "../../../../etc/passwd", "-"];
    assert_eq!(
        piped(folder.path(), &name, OPEN.as_bytes()).status.code(),
        Some(1)
    );
    let endless = vec![b'#'; (10 << 20) + 1];
    assert_eq!(
        piped(folder.path(), &["check", "-"], &endless)
            .status
            .code(),
        Some(3)
    );
}

#[test]
fn paths_come_from_a_list_too_and_a_missing_one_stops_no_other() {
    let folder = folder(&[("a/template.yaml", OPEN), ("b/template.yaml", &closed())]);
    write(
        folder.path(),
        "list",
        "\na/template.yaml\r\nnope.yml\na/template.yaml\n",
    );
    let output = run(folder.path(), &["check", "--files-from", "list"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(out(&output).contains("nope.yml") && out(&output).contains("public-write"));
    let output = piped(folder.path(), &["check", "--files-from", "-"], b"b\n");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
}

#[test]
fn suppressions_count_unless_told_otherwise() {
    let reason = "AuthorizationType: NONE  # gatelint: ignore[public-write] a webhook that checks a signature";
    let folder = folder(&[(
        "template.yaml",
        &OPEN.replace("AuthorizationType: NONE", reason),
    )]);
    assert_eq!(code(folder.path(), &["check"]), 0);
    assert_eq!(code(folder.path(), &["check", "--no-ignores"]), 1);
    let report = json(folder.path(), &["check", "--format", "json"]);
    assert!(!rules_of(&report).contains(&"public-write"));
    assert_eq!(report["summary"]["suppressed"], 1);
    let report = json(
        folder.path(),
        &["check", "--format", "json", "--show-suppressed"],
    );
    assert!(rules_of(&report).contains(&"public-write"));
    assert_eq!(
        report["findings"][0]["suppressed"]["reason"],
        "a webhook that checks a signature"
    );
}

#[test]
fn severities_choose_what_is_shown_and_what_fails() {
    let folder = folder(&[("template.yaml", &OPEN.replace("POST", "GET"))]);
    assert_eq!(
        code(folder.path(), &["check"]),
        0,
        "low does not fail by default"
    );
    assert_eq!(code(folder.path(), &["check", "--fail-on", "low"]), 1);
    let hidden = [
        "check",
        "--format",
        "json",
        "--min-severity",
        "medium",
        "--fail-on",
        "low",
    ];
    let report = json(folder.path(), &hidden);
    assert_eq!(rules_of(&report), [""; 0]);
    assert_eq!(
        report["summary"]["findings"]["low"], 1,
        "what is not shown is still counted"
    );
    assert_eq!(code(folder.path(), &hidden), 1, "and still fails");
}

const PAGE: &str = "---
id: team-rest
title: a REST API
severity: high
since: 1.0.0
subject: endpoint
when:
  method: POST
message: \"`{subject}` is ours\"
help: \"nothing\"
---

Why.

## Reported

```yaml
# cloudformation
```
";

#[test]
fn a_team_has_rules_of_its_own() {
    let folder = folder(&[
        ("template.yaml", &closed()),
        (".gatelint/rules/team-rest.md", PAGE),
    ]);
    let report = json(folder.path(), &["check", "--format", "json"]);
    assert_eq!(rules_of(&report), ["team-rest"]);
    let output = run(folder.path(), &["rules"]);
    assert!(
        out(&output).contains(".gatelint/rules/team-rest.md"),
        "{}",
        out(&output)
    );
    write(
        folder.path(),
        "other/broken.md",
        "---\nid: broken\nseverty: high\n---\n",
    );
    let output = run(folder.path(), &["check", "--rules", "other"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("other/broken.md:"),
        "{}",
        err(&output)
    );
}

#[test]
fn rules_are_listed_and_explained() {
    let folder = folder(&[]);
    let list = json(folder.path(), &["rules", "--format", "json"]);
    let rules = list["rules"].as_array().expect("a list");
    let open = rules
        .iter()
        .find(|rule| rule["id"] == "public-write")
        .expect("built in");
    assert_eq!(open["severity"], "high");
    assert_eq!(open["enabled"], true);
    assert_eq!(open["origin"], "built-in");
    let markdown = run(folder.path(), &["rules", "--format", "markdown"]);
    assert!(out(&markdown).starts_with('|'), "{}", out(&markdown));
    let page = run(folder.path(), &["explain", "public-write"]);
    assert!(out(&page).contains("## Not reported"));
}

#[test]
fn an_endpoint_is_explained_by_any_of_its_names() {
    let folder = folder(&[("template.yaml", OPEN)]);
    for name in ["POST /", "post /", "/"] {
        let output = run(folder.path(), &["explain", name, "."]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", err(&output));
        assert!(
            out(&output).contains("AuthorizationType: NONE"),
            "{name}: {}",
            out(&output)
        );
    }
    let url = "Resources:\n  Url:\n    Type: AWS::Lambda::Url\n    Properties: {TargetFunctionArn: !Ref Admin, AuthType: NONE}\n  Admin:\n    Type: AWS::Lambda::Function\n    Properties: {Handler: a.b}\n";
    fs::write(folder.path().join("url.yaml"), url).expect("written");
    for name in ["url Admin", "url /", "function URL of Admin"] {
        let output = run(folder.path(), &["explain", name, "url.yaml"]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", err(&output));
    }
    let output = run(folder.path(), &["explain", "PUT /"]);
    assert!(
        err(&output).contains("did you mean `POST /`?"),
        "{}",
        err(&output)
    );
}

#[test]
fn paths_on_the_screen_are_reached_from_where_the_person_is() {
    let folder = folder(&[("services/a/template.yaml", OPEN), (".git/HEAD", "")]);
    let inside = folder.path().join("services");
    assert!(out(&run(&inside, &["check"])).contains("[a/template.yaml:12:26]"));
    let report = json(&inside, &["check", "--format", "json"]);
    assert_eq!(
        report["findings"][0]["location"]["file"],
        "services/a/template.yaml"
    );
}

#[test]
fn nothing_outside_of_the_root_is_read() {
    let other = folder(&[("secret.yaml", OPEN)]);
    let folder = folder(&[("a/readme.md", "")]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        other.path().join("secret.yaml"),
        folder.path().join("a/template.yaml"),
    )
    .expect("linked");
    if cfg!(unix) {
        let output = run(folder.path(), &["check"]);
        assert_eq!(output.status.code(), Some(3));
        assert!(
            out(&output).contains("outside the project root"),
            "{}",
            out(&output)
        );
        assert!(!out(&output).contains("public-write"));
    }
    drop(other);
}

#[cfg(unix)]
#[test]
fn a_name_does_nothing_to_a_terminal_a_log_or_a_sheet() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let names: [&[u8]; 5] = [
        b"x\n::error file=a::pwned\n.template.yaml",
        b"\x1b[31mred\x1b[0m.template.yaml",
        "a\u{202e}lmay.template.yaml".as_bytes(),
        b"=cmd|' !A0.template.yaml",
        b"\xff\xfe.template.yaml",
    ];
    for name in names {
        let folder = folder(&[]);
        fs::write(folder.path().join(OsStr::from_bytes(name)), OPEN).expect("written");
        for format in [
            "human", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown", "csv",
        ] {
            let output = run(folder.path(), &["check", "--format", format]);
            assert_eq!(output.status.code(), Some(1), "{format}: {}", err(&output));
            let text = out(&output);
            assert!(
                !text.contains("\u{1b}[31mred") && !text.contains("\n::error file=a"),
                "{format}"
            );
            assert!(!text.contains('\u{202e}'), "{format}");
            if format == "csv" {
                assert!(
                    !text.contains(",=cmd") && !text.contains(",\"=cmd"),
                    "{text}"
                );
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_written_are_said_and_a_closed_pipe_is_not() {
    let folder = folder(&[("template.yaml", OPEN)]);
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("a full device");
    let output = gatelint(folder.path())
        .args(["check"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("cannot be written"),
        "{}",
        err(&output)
    );
    let many: String = (0..3000).fold(String::from(OPEN), |text, n| {
        text + &OPEN[OPEN.find("  Pay:").expect("there")..].replace("Pay:", &format!("Pay{n}:"))
    });
    write(folder.path(), "template.yaml", &many);
    let mut child = gatelint(folder.path())
        .args(["check", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut first = [0];
    child
        .stdout
        .take()
        .expect("piped")
        .read_exact(&mut first)
        .expect("a byte");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(err(&output), "");
}

#[test]
fn colour_is_asked_for_or_not_there() {
    let folder = folder(&[("template.yaml", OPEN)]);
    let colored = |arguments: &[&str]| out(&run(folder.path(), arguments)).contains('\u{1b}');
    assert!(!colored(&["check"]));
    assert!(colored(&["check", "--color", "always"]));
    assert!(colored(&["endpoints", "--color", "always"]));
    let asked = gatelint(folder.path())
        .arg(".")
        .env("FORCE_COLOR", "1")
        .output()
        .expect("it starts");
    assert!(out(&asked).contains('\u{1b}'));
    let plain = gatelint(folder.path())
        .args([".", "--color", "never"])
        .env("FORCE_COLOR", "1")
        .output()
        .expect("it starts");
    assert!(!out(&plain).contains('\u{1b}'));
    let ascii = gatelint(folder.path())
        .arg(".")
        .env("LANG", "C")
        .env_remove("LC_CTYPE")
        .output()
        .expect("it starts");
    assert!(out(&ascii).is_ascii(), "{}", out(&ascii));
}

#[test]
fn quiet_says_less_and_statistics_count() {
    let folder = folder(&[("template.yaml", OPEN)]);
    let quiet = run(folder.path(), &["check", "-q"]);
    assert!(out(&quiet).contains("public-write") && !out(&quiet).contains("start here"));
    let counts = run(folder.path(), &["check", "--statistics"]);
    assert_eq!(out(&counts), "    1  high  public-write\n");
    let both = run(
        folder.path(),
        &["check", "--statistics", "--format", "json"],
    );
    assert!(err(&both).contains("public-write"));
    serde_json::from_slice::<Value>(&both.stdout).expect("JSON");
}

/// A step of a workflow: the report on standard output, annotations beside it, the table where the runner wants it.
#[test]
fn a_workflow_shows_findings_beside_the_lines_and_on_its_page() {
    let project = folder(&[("template.yaml", OPEN), ("closed.yaml", &closed())]);
    let page = folder(&[("summary.md", "# Earlier\n")]);
    let summary = page.path().join("summary.md");
    let step = |arguments: &[&str]| {
        let mut command = gatelint(project.path());
        command
            .args(arguments)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", &summary);
        command.output().expect("runs")
    };
    let plain = run(project.path(), &["check", "-q"]);
    let quiet = step(&["check", "-q"]);
    assert_eq!(out(&quiet), out(&plain));
    assert!(
        err(&quiet).starts_with("::error file=template.yaml,line="),
        "{}",
        err(&quiet)
    );
    assert_eq!(err(&plain), "");
    assert_eq!(err(&step(&["check", "--no-annotations"])), "");
    assert_eq!(err(&step(&["check", "--format", "json"])), "");
    assert_eq!(err(&step(&["check", "closed.yaml"])), "");
    let read = || fs::read_to_string(&summary).expect("there");
    assert!(read().contains("No findings"), "{}", read());
    step(&["check", "--format", "github"]);
    assert!(read().starts_with("# Earlier\n## gatelint\n"), "{}", read());
    assert_eq!(read().matches("| high | `public-write`").count(), 1);
}

#[test]
fn packagers_get_a_manual_page_for_each_command() {
    let folder = folder(&[]);
    let page = run(folder.path(), &["man"]);
    assert!(out(&page).contains(".TH gatelint 1"), "{}", out(&page));
    assert_eq!(code(folder.path(), &["man", "--output", "."]), 0);
    let check = fs::read_to_string(folder.path().join("gatelint-check.1")).expect("written");
    assert!(check.contains("fail"), "{check}");
    assert_eq!(code(folder.path(), &["man", "--output", "nowhere"]), 2);
}

#[test]
fn shells_get_their_completions() {
    let folder = folder(&[]);
    for shell in ["bash", "zsh", "fish"] {
        let script = run(folder.path(), &["completions", shell]);
        assert_eq!(script.status.code(), Some(0));
        assert!(out(&script).contains("endpoints"), "{shell}");
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let folder = folder(&[]);
    for n in 0..40 {
        write(folder.path(), &format!("s{n}/template.yaml"), OPEN);
    }
    let first = json(folder.path(), &["endpoints", "--format", "json"]);
    for _ in 0..4 {
        assert_eq!(
            json(folder.path(), &["endpoints", "--format", "json"]),
            first
        );
    }
}

#[test]
fn stages_that_nobody_asked_for_are_named() {
    let service = "\
service: shop
provider: { name: aws, runtime: nodejs20.x }
params: { prod: { a: 1 }, staging: { a: 2 } }
functions: { f: { handler: h, events: [{ http: GET /a }] } }
";
    let folder = folder(&[("serverless.yml", service)]);
    let said = "judged for stage dev; serverless.yml also knows prod, staging: --all-stages";
    for command in ["check", "endpoints"] {
        let told = |arguments: &[&str]| {
            let output = run(folder.path(), &[&[command, "."], arguments].concat());
            out(&output).contains("also know") && out(&output).contains(said)
        };
        assert!(told(&[]), "{command}");
        assert!(!told(&["--all-stages"]), "{command}");
        assert!(!told(&["--stage", "prod"]), "{command}");
    }
    let stacks = &json(folder.path(), &["endpoints", "--format", "json"])["stacks"];
    assert_eq!(
        stacks[0]["other_stages"],
        serde_json::json!(["prod", "staging"])
    );
}

#[test]
fn services_of_a_composition_are_judged_once() {
    let service = "\
service: shop
provider: { name: aws, runtime: nodejs20.x }
functions: { f: { handler: h, events: [{ http: { path: a, method: get, authorizer: '${param:auth}' } }] } }
";
    let compose = "services: { shop: { path: shop, params: { auth: aws_iam } } }\n";
    let folder = folder(&[
        ("serverless-compose.yml", compose),
        ("shop/serverless.yml", service),
    ]);
    let report = json(folder.path(), &["check", "--format", "json", "."]);
    assert_eq!(report["summary"]["stacks"], 1);
    assert_eq!(report["summary"]["by_authorization"]["iam"], 1);
    assert_eq!(report["problems"], serde_json::json!([]));
}

#[test]
fn watching_checks_again_when_a_file_changes() {
    let at = folder(&[("template.yaml", &closed())]);
    let mut child = gatelint(at.path())
        .args(["check", "--watch", "--format", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    // Every run ends with its summary.
    let mut next = || {
        let mut found = Vec::new();
        for line in lines.by_ref() {
            let line: Value = serde_json::from_str(&line.expect("UTF-8")).expect("JSON");
            if line["record"] == "summary" {
                return found;
            }
            found.push(line["rule"].as_str().unwrap_or_default().to_owned());
        }
        panic!("it ended: {found:?}")
    };
    assert!(!next().contains(&"public-write".to_owned()));
    write(at.path(), "template.yaml", OPEN);
    assert!(next().contains(&"public-write".to_owned()));
    write(
        at.path(),
        "gatelint.toml",
        "[rules]\npublic-write = 'off'\n",
    );
    assert!(!next().contains(&"public-write".to_owned()));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert_eq!(code(at.path(), &["check", "--watch", "-"]), 2);
}

/// Secrets of three kinds, each on a line that is quoted.
const SECRETS: &str = "\
Parameters:
  P: { Type: String, Default: correct-Horse7battery }
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: { Handler: a.b, Runtime: nodejs22.x, Role: r, Code: { ZipFile: x }, Environment: { Variables: { STRIPE_SECRET_KEY: sk_live_4eC39HqLyjWDarjtT1zdp7dc, DB_PASSWORD: tr0ub4dor-Super!secret9, API_TOKEN: !Ref P } } }
  K: { Type: AWS::ApiGateway::ApiKey, Properties: { Value: Zx81kQpLmN02aBcDeFgHiJkLmNoPqRsT, Enabled: true } }
";

#[test]
fn no_format_prints_a_secret() {
    let at = folder(&[("template.yaml", SECRETS)]);
    let found = run(at.path(), &["check", "--format", "csv"]);
    assert!(out(&found).contains("secret-in-environment"));
    assert!(out(&found).contains("api-key-literal-value"));
    let formats = [
        "human", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown", "csv", "html",
    ];
    // What is to be covered does not depend on which rules are judged.
    for rules in [&[][..], &["--select", "api-key-literal-value"]] {
        for format in formats {
            let all = [&["check", "-v", "--format", format], rules].concat();
            let shown = run(at.path(), &all);
            for secret in ["sk_live_4eC", "tr0ub4dor", "Zx81kQ", "correct-Horse"] {
                assert!(!out(&shown).contains(secret), "{format}: {}", out(&shown));
            }
        }
    }
}

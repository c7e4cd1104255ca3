//! What could not be read or analysed is named, in every format, and the exit code is 3 whatever else is asked.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{err, folder, json, out, run, write};

const CLOSED: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Api: { Type: AWS::ApiGateway::RestApi, Properties: { Name: shop } }
";

/// A sound template, and beside it files that cannot be read or analysed, with their names.
fn project() -> (TempDir, Vec<&'static str>) {
    let folder = folder(&[("sound/template.yaml", CLOSED)]);
    let at = folder.path();
    write(at, "broken/template.yaml", "Resources: [\n");
    write(at, "nul/serverless.yml", "service: a\0b\n");
    fs::create_dir(at.join("latin")).expect("made");
    fs::write(at.join("latin/template.yaml"), b"Resources: \xff").expect("written");
    write(at, "huge/template.json", &" ".repeat((10 << 20) + 1));
    write(
        at,
        "deep/template.yaml",
        &format!("Resources: {}", "[".repeat(5000)),
    );
    write(at, "program/serverless.ts", "export default {}");
    symlink("nowhere.yaml", at.join("dangling.template.yaml")).expect("linked");
    symlink("/etc/hostname", at.join("outside.template.yaml")).expect("linked");
    symlink("loop.template.yaml", at.join("loop.template.yaml")).expect("linked");
    let pipe = Command::new("mkfifo")
        .arg(at.join("pipe.template.yaml"))
        .status();
    assert!(pipe.expect("mkfifo is there").success());
    let names = vec![
        "broken/template.yaml",
        "nul/serverless.yml",
        "latin/template.yaml",
        "huge/template.json",
        "deep/template.yaml",
        "program/serverless.ts",
        "dangling.template.yaml",
        "outside.template.yaml",
        "loop.template.yaml",
        "pipe.template.yaml",
    ];
    (folder, names)
}

#[test]
fn every_format_names_what_could_not_be_analysed() {
    let (project, names) = project();
    for format in [
        "human", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown", "csv", "html",
    ] {
        for more in [
            &[][..],
            &["-q"],
            &["--exit-zero"],
            &["--fail-on", "never"],
            &["--select", "public-write"],
            &["--min-severity", "high"],
            &["--no-ignores"],
        ] {
            let output = run(
                project.path(),
                &[&["check", "--format", format], more].concat(),
            );
            assert_eq!(
                output.status.code(),
                Some(3),
                "{format} {more:?}: {}",
                err(&output)
            );
            let said = format!("{}{}", out(&output), err(&output))
                .replace("\\/", "/")
                .replace('\\', "");
            for name in &names {
                assert!(said.contains(name), "{format} {more:?}: {name}: {said}");
            }
        }
    }
    for format in ["table", "json", "jsonl", "csv", "markdown", "mermaid"] {
        let output = run(project.path(), &["endpoints", "--format", format]);
        assert_eq!(output.status.code(), Some(3), "{format}: {}", err(&output));
        let said = format!("{}{}", out(&output), err(&output)).replace('\\', "");
        for name in &names {
            assert!(said.contains(name), "{format}: {name}: {said}");
        }
    }
}

#[test]
fn an_incomplete_result_counts_as_one_only_on_request() {
    let (project, _) = project();
    let output = run(
        project.path(),
        &["check", "--allow-incomplete", "--exit-zero"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(
        out(&output).contains("broken/template.yaml"),
        "{}",
        out(&output)
    );
}

#[test]
fn an_include_that_is_refused_is_reported_at_its_line() {
    let service = "service: shop\nprovider: { name: aws }\nfunctions:\n  pay: ${file(../../outside.yml)}\n  ship: ${file(missing.yml)}\n  more: ${file(pipe.yml):x}\n";
    let folder = folder(&[("serverless.yml", service)]);
    let pipe = Command::new("mkfifo")
        .arg(folder.path().join("pipe.yml"))
        .status();
    assert!(pipe.expect("mkfifo is there").success());
    let report = json(folder.path(), &["check", "--format", "json"]);
    let problems = report["problems"].as_array().expect("a list");
    for line in [4, 5, 6] {
        let found = problems
            .iter()
            .any(|problem| problem["location"]["line"] == line);
        assert!(found, "{line}: {problems:#?}");
    }
    assert_eq!(run(folder.path(), &["check"]).status.code(), Some(3));
}

/// Whether modes keep this user from reading.
fn is_kept_out(folder: &Path) -> bool {
    let file = folder.join("probe");
    fs::write(&file, "x").expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o0)).expect("its own");
    let kept_out = fs::read(&file).is_err();
    fs::remove_file(&file).expect("removed");
    if !kept_out {
        eprintln!("SKIPPED: this user may read everything");
    }
    kept_out
}

#[test]
fn a_file_or_folder_that_may_not_be_read_is_named() {
    let folder = folder(&[
        ("a/template.yaml", CLOSED),
        ("locked/template.yaml", CLOSED),
        ("b.template.yaml", CLOSED),
    ]);
    if !is_kept_out(folder.path()) {
        return;
    }
    for name in ["locked", "b.template.yaml"] {
        let locked = folder.path().join(name);
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).expect("its own");
        let output = run(folder.path(), &["check"]);
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).expect("its own");
        assert_eq!(output.status.code(), Some(3), "{name}");
        assert!(out(&output).contains(name), "{name}: {}", out(&output));
    }
}

//! The README's first minute and its sample are what the program does.
//!
//! `GATELINT_WRITE=1 cargo test --test readme` writes the sample anew.
#![cfg(feature = "cli")]

use std::{env, fs, path::Path, process::Command};

use gatelint::rule;
use regex::Regex;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn readme() -> String {
    fs::read_to_string(Path::new(ROOT).join("README.md")).expect("the README is readable")
}

/// The lines of the first block of commands.
fn commands(readme: &str) -> Vec<&str> {
    let block = readme.split("```sh\n").nth(1).unwrap_or_default();
    let end = block.find("```").unwrap_or_default();
    block.get(..end).unwrap_or_default().lines().collect()
}

/// What the first command prints, and its exit code.
fn main_job(readme: &str) -> (String, Option<i32>) {
    let first = commands(readme).first().copied().unwrap_or_default();
    let arguments = first
        .strip_prefix("cargo run --release -- ")
        .expect("the first command runs the program");
    let output = Command::new(env!("CARGO_BIN_EXE_gatelint"))
        .args(arguments.split(' '))
        .current_dir(ROOT)
        .env("NO_COLOR", "1")
        .env_remove("COLUMNS")
        .env_remove("GITHUB_ACTIONS")
        .output()
        .expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("output is UTF-8");
    (text, output.status.code())
}

#[test]
fn two_commands_are_all_the_set_up() {
    let readme = readme();
    let commands = commands(&readme);
    assert_eq!(commands.len(), 2, "{commands:?}");
    assert_eq!(commands.last(), Some(&"cargo test"));
}

/// The first two findings and the summary; the time it took is a round one, whatever the machine.
fn sample(output: &str) -> String {
    let paragraphs: Vec<&str> = output.trim_end().split("\n\n").collect();
    let findings = paragraphs.iter().take(2).copied();
    let summary = paragraphs.last().copied().unwrap_or_default();
    let shown: Vec<&str> = findings.chain(["…", summary]).collect();
    let time = Regex::new(r"[0-9.]+ m?s\b").expect("the pattern is valid");
    let text = shown.join("\n\n");
    format!("```\n{}\n```\n", time.replace_all(&text, "2 ms"))
}

#[test]
fn the_sample_is_what_the_first_command_prints() {
    let page = readme();
    let (output, status) = main_job(&page);
    assert_eq!(status, Some(1), "the example has findings");
    let wanted = rule::between(&page, "sample", &sample(&output)).expect("there are two markers");
    if page != wanted && env::var_os("GATELINT_WRITE").is_some() {
        fs::write(Path::new(ROOT).join("README.md"), wanted).expect("the README is writable");
        return;
    }
    assert!(
        page == wanted,
        "the sample is out of date: run `GATELINT_WRITE=1 cargo test --test readme`"
    );
}

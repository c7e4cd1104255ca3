//! The same input gives the same bytes: in every run, with any number of threads, in whatever order it is named or lies on the disk.
//!
//! Every run is a process of its own, so tables that are ordered by chance are ordered otherwise in each. The number of threads
//! follows the processors that a process may use, which `taskset` narrows to one.

#![cfg(feature = "cli")]
#![allow(clippy::panic, clippy::indexing_slicing)]

mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{err, gatelint, out};
use tempfile::TempDir;

const CHECK: [&str; 10] = [
    "human", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown", "csv", "html",
];
const INVENTORY: [&str; 6] = ["table", "json", "jsonl", "csv", "markdown", "mermaid"];

/// Every command in every format.
fn commands() -> Vec<Vec<&'static str>> {
    let check = CHECK.map(|format| vec!["check", "-v", "--show-suppressed", "--format", format]);
    let inventory = INVENTORY.map(|format| vec!["endpoints", "--format", format]);
    check.into_iter().chain(inventory).collect()
}

/// What is printed, without the one thing that says how long it took.
fn bytes(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    assert!(
        output.status.code().is_some_and(|code| code <= 3),
        "{}",
        err(&output)
    );
    let text = format!("{}{}", out(&output), err(&output));
    assert!(!text.is_empty());
    without_time(&text)
}

fn without_time(text: &str) -> String {
    let timed = |line: &&str| {
        let elapsed = line.contains("elapsed_ms");
        let ended = line.trim_end().ends_with(" ms") || line.trim_end().ends_with(" s");
        !elapsed && !ended
    };
    if text.lines().count() < 3 {
        // A document on one line.
        return text
            .split("\"elapsed_ms\":")
            .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '))
            .collect();
    }
    text.lines()
        .filter(timed)
        .map(|line| {
            line.split("\"elapsed_ms\":")
                .next()
                .unwrap_or_default()
                .to_owned()
                + "\n"
        })
        .collect()
}

/// A copy of the project's own fixtures, so that nothing above them counts.
fn fixtures() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"),
        folder.path(),
        false,
    );
    folder
}

/// Copies a tree; the entries of a folder in the order of their names, or in the opposite one.
fn copy(from: &Path, to: &Path, backwards: bool) {
    fs::create_dir_all(to).expect("made");
    let entries = fs::read_dir(from).expect("readable");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    if backwards {
        paths.reverse();
    }
    for path in paths {
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target, backwards);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

fn same(first: &str, other: &str, what: &str) {
    if first == other {
        return;
    }
    let mut lines = first.lines().zip(other.lines());
    let differing = lines.find(|(a, b)| a != b);
    panic!("{what}: {differing:?}");
}

#[test]
fn runs_are_alike() {
    let project = fixtures();
    for arguments in commands() {
        let once = || bytes(gatelint(project.path()).args(&arguments));
        let first = once();
        for _ in 0..2 {
            same(&first, &once(), &arguments.join(" "));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_number_of_threads_does_not_show() {
    let project = fixtures();
    let narrow = |arguments: &[&str]| {
        let plain = gatelint(project.path());
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(plain.get_program());
        command
            .args(arguments)
            .current_dir(project.path())
            .env("LANG", "C.UTF-8");
        for name in [
            "GITHUB_ACTIONS",
            "LC_ALL",
            "NO_COLOR",
            "FORCE_COLOR",
            "CLICOLOR_FORCE",
        ] {
            command.env_remove(name);
        }
        command
    };
    if !narrow(&["--version"])
        .output()
        .is_ok_and(|done| done.status.success())
    {
        eprintln!("SKIPPED: there is no taskset here, or processor 0 is not ours");
        return;
    }
    for arguments in commands() {
        let many = bytes(gatelint(project.path()).args(&arguments));
        same(&many, &bytes(&mut narrow(&arguments)), &arguments.join(" "));
    }
}

#[test]
fn the_order_in_which_inputs_are_named_does_not_show() {
    let project = fixtures();
    let folders: Vec<String> = fs::read_dir(project.path())
        .expect("readable")
        .map(|entry| entry.expect("readable"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "tools")
        .collect();
    let mut sorted = folders;
    sorted.sort();
    let mut backwards = sorted.clone();
    backwards.reverse();
    let mut doubled = sorted.clone();
    doubled.rotate_left(2);
    doubled.extend(sorted.clone());
    for arguments in commands() {
        let named =
            |folders: &[String]| bytes(gatelint(project.path()).args(&arguments).args(folders));
        let first = named(&sorted);
        for other in [&backwards, &doubled] {
            same(&first, &named(other), &arguments.join(" "));
        }
    }
}

#[test]
fn the_order_in_which_files_lie_on_the_disk_does_not_show() {
    let project = fixtures();
    let other = tempfile::tempdir().expect("a folder");
    copy(project.path(), other.path(), true);
    for arguments in commands() {
        // A page is headed by the name of its folder.
        if arguments.contains(&"html") {
            continue;
        }
        let first = bytes(gatelint(project.path()).args(&arguments));
        let second = bytes(gatelint(other.path()).args(&arguments));
        same(&first, &second, &arguments.join(" "));
    }
}

#[test]
fn reference_projects_give_the_same_bytes_too() {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut cases = above.map(|folder| folder.join("shared/oracle/cases"));
    let Some(cases) = cases.find(|folder| folder.is_dir()) else {
        eprintln!("SKIPPED: there is no ../shared/oracle/cases");
        return;
    };
    let mut kinds: Vec<PathBuf> = fs::read_dir(&cases)
        .expect("readable")
        .map(|entry| entry.expect("readable").path())
        .collect();
    kinds.sort();
    for format in ["json", "sarif", "csv"] {
        let once = |kinds: &[PathBuf]| {
            bytes(
                gatelint(&cases)
                    .args(["check", "--root", ".", "--format", format])
                    .args(kinds),
            )
        };
        let first = once(&kinds);
        let backwards: Vec<PathBuf> = kinds.iter().rev().cloned().collect();
        same(&first, &once(&backwards), format);
    }
}

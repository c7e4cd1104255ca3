//! The same input gives the same bytes: in every run, with any number of threads, in whatever order it is named or lies on the disk.
//!
//! Every run is a process of its own, so tables that are ordered by chance are ordered otherwise in each. The number of threads
//! follows the processors that a process may use, which `taskset` narrows to one.

#![cfg(feature = "cli")]
#![allow(clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

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

/// Of a folder with more entries than this only some are copied: the order of a few dozen files shows as well.
const MANY: usize = 60;
const EACH: usize = 9;

/// Everything that a run can print, by format: one look at the input writes all reports.
///
/// `start` gives the program, by itself or started by another; `named` are the inputs.
fn prints(start: &dyn Fn() -> Command, named: &[String]) -> Vec<(String, String)> {
    let reports = tempfile::tempdir().expect("a folder");
    let file = |format: &str| reports.path().join(format);
    let mut check = start();
    check.args(["check", "-v", "--show-suppressed"]);
    for format in CHECK {
        check
            .arg("-o")
            .arg(format!("{format}={}", file(format).display()));
    }
    let mut all = vec![("the screen".to_owned(), bytes(check.args(named)))];
    for format in CHECK {
        let text = fs::read_to_string(file(format)).expect("written");
        assert!(!text.is_empty(), "{format}");
        all.push((format.to_owned(), without_time(&text)));
    }
    for format in INVENTORY {
        let mut endpoints = start();
        endpoints
            .args(["endpoints", "--format", format])
            .args(named);
        all.push((format!("endpoints {format}"), bytes(&mut endpoints)));
    }
    all
}

/// What is printed, without the one thing that says how long it took.
fn bytes(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    let code = output.status.code();
    assert!(code.is_some_and(|code| code <= 3), "{}", err(&output));
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
    if paths.len() > MANY {
        paths = paths.into_iter().step_by(EACH).collect();
    }
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

fn same(first: &[(String, String)], other: &[(String, String)]) {
    assert_eq!(first.len(), other.len());
    for ((format, a), (_, b)) in first.iter().zip(other) {
        let differing = a.lines().zip(b.lines()).find(|(a, b)| a != b);
        assert!(a == b, "{format}: {differing:?}");
    }
}

#[test]
fn runs_are_alike() {
    let project = fixtures();
    let once = || prints(&|| gatelint(project.path()), &[]);
    same(&once(), &once());
}

#[cfg(target_os = "linux")]
#[test]
fn the_number_of_threads_does_not_show() {
    let project = fixtures();
    let narrow = || {
        let plain = gatelint(project.path());
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(plain.get_program());
        command.current_dir(project.path()).env("LANG", "C.UTF-8");
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
    let tried = narrow().arg("--version").output();
    if !tried.is_ok_and(|done| done.status.success()) {
        eprintln!("SKIPPED: there is no taskset here, or processor 0 is not ours");
        return;
    }
    let wide = prints(&|| gatelint(project.path()), &[]);
    same(&wide, &prints(&narrow, &[]));
}

#[test]
fn the_order_in_which_inputs_are_named_does_not_show() {
    let project = fixtures();
    let entries = fs::read_dir(project.path()).expect("readable");
    let entries = entries.map(|entry| entry.expect("readable"));
    let mut sorted: Vec<String> = entries
        .filter(|entry| entry.path().is_dir() && entry.file_name() != "tools")
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    sorted.sort();
    let mut backwards = sorted.clone();
    backwards.reverse();
    let mut doubled = sorted.clone();
    doubled.rotate_left(2);
    doubled.extend(sorted.clone());
    let of = |named: &[String]| prints(&|| gatelint(project.path()), named);
    let first = of(&sorted);
    same(&first, &of(&backwards));
    same(&first, &of(&doubled));
}

#[test]
fn the_order_in_which_files_lie_on_the_disk_does_not_show() {
    // The folders have one name: a page is headed by it.
    let (one, other) = (fixtures(), tempfile::tempdir().expect("a folder"));
    let (one, other) = (
        one.path().join("serverless"),
        other.path().join("serverless"),
    );
    copy(&one, &other, true);
    let of = |folder: &Path| prints(&|| gatelint(folder), &[]);
    same(&of(&one), &of(&other));
}

#[test]
fn reference_projects_give_the_same_bytes_too() {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut cases = above.map(|folder| folder.join("shared/oracle/cases"));
    let Some(cases) = cases.find(|folder| folder.is_dir()) else {
        eprintln!("SKIPPED: there is no ../shared/oracle/cases");
        return;
    };
    let entries = fs::read_dir(&cases).expect("readable");
    let entries = entries.map(|entry| entry.expect("readable").file_name());
    let mut kinds: Vec<String> = entries
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    kinds.sort();
    let once = |kinds: &[String]| {
        let mut command = gatelint(&cases);
        command.args(["check", "--root", ".", "--format", "json"]);
        vec![("json".to_owned(), bytes(command.args(kinds)))]
    };
    let first = once(&kinds);
    kinds.reverse();
    same(&first, &once(&kinds));
}

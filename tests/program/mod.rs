//! The program, run in folders of its own.

#![allow(dead_code)]

use std::path::Path;
use std::process::{Command, Output};
use std::{fs, str};

use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own with these files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

/// Writes a file below a folder.
pub fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("inside")).expect("made");
    fs::write(path, text).expect("written");
}

/// The program, with nothing of the machine's taste.
pub fn gatelint(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    command
        .current_dir(folder)
        .env("LANG", "C.UTF-8")
        .env_remove("GITHUB_ACTIONS")
        .env_remove("LC_ALL");
    command
        .env_remove("NO_COLOR")
        .env_remove("FORCE_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

/// Runs it.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    gatelint(folder)
        .args(arguments)
        .output()
        .expect("it starts")
}

/// Its exit code.
pub fn code(folder: &Path, arguments: &[&str]) -> i32 {
    run(folder, arguments).status.code().expect("no signal")
}

/// What it prints.
pub fn out(output: &Output) -> &str {
    str::from_utf8(&output.stdout).expect("UTF-8")
}

/// What it says beside.
pub fn err(output: &Output) -> &str {
    str::from_utf8(&output.stderr).expect("UTF-8")
}

/// What it prints, as JSON.
pub fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, arguments);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", err(&output)))
}

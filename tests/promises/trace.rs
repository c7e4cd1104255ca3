//! What the program asks of the system, as `strace` sees it: every call by its name, with the paths it names.
//!
//! Paths are made absolute; links in them are not followed.

use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use crate::program::gatelint;

/// One call of the system.
#[derive(Debug)]
pub struct Call {
    /// Such as `openat`.
    pub name: String,
    /// What it was given and what it gave, as it was printed.
    pub text: String,
    /// The first path it names.
    pub path: Option<PathBuf>,
    /// Whether it did what was asked.
    pub is_done: bool,
}

/// Runs the program in a folder and notes these classes of calls; `None`, and a word about it, where nothing can be traced.
pub fn trace(folder: &Path, classes: &str, arguments: &[&str]) -> Option<Vec<Call>> {
    if !is_possible() {
        return None;
    }
    let log = tempfile::NamedTempFile::new().expect("a file");
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-qq", "-y", "-s", "4096", "-e"])
        .arg(format!("trace={classes}"))
        .args(["-e", "signal=none", "-o"])
        .arg(log.path())
        .arg("--");
    let plain = gatelint(folder);
    traced.arg(plain.get_program()).args(arguments);
    traced
        .current_dir(folder)
        .env_remove("GITHUB_ACTIONS")
        .stdin(std::process::Stdio::null());
    let output = traced.output().expect("strace starts");
    let code = output.status.code();
    assert!(
        code.is_some_and(|code| code <= 3),
        "{arguments:?}: {output:?}"
    );
    let text = String::from_utf8_lossy(&fs::read(log.path()).expect("written")).into_owned();
    let calls: Vec<Call> = whole_lines(&text)
        .iter()
        .filter_map(|line| call(line, folder))
        .collect();
    assert!(!calls.is_empty(), "nothing was traced: {text}");
    Some(calls)
}

fn is_possible() -> bool {
    static POSSIBLE: OnceLock<bool> = OnceLock::new();
    *POSSIBLE.get_or_init(|| {
        let mut tried = Command::new("strace");
        tried.args(["-qq", "-o", "/dev/null", "true"]);
        let works = tried.status().is_ok_and(|status| status.success());
        if !works {
            eprintln!("SKIPPED: there is no strace here, or it may not trace");
        }
        works
    })
}

/// Lines without the process's number; a call that another thread interrupted is put together again.
fn whole_lines(log: &str) -> Vec<String> {
    let mut begun: Vec<(String, String)> = Vec::new();
    let mut lines = Vec::new();
    for line in log.lines() {
        let (process, rest) = line.split_once(' ').unwrap_or(("", line));
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix("<unfinished ...>") {
            begun.push((process.to_owned(), start.to_owned()));
        } else if let Some(end) = rest.strip_prefix("<... ") {
            let end = end.split_once("resumed>").map_or("", |(_, end)| end);
            let at = begun.iter().position(|(other, _)| other == process);
            let start = at.map_or_else(String::new, |at| begun.remove(at).1);
            lines.push(format!("{start}{end}"));
        } else {
            lines.push(rest.to_owned());
        }
    }
    // What the end of the program cut off was asked for all the same.
    lines.extend(begun.into_iter().map(|(_, start)| start));
    lines
}

fn call(line: &str, folder: &Path) -> Option<Call> {
    let (name, rest) = line.split_once('(')?;
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let is_done = line
        .rsplit_once(" = ")
        .is_some_and(|(_, result)| !result.starts_with('-'));
    Some(Call {
        name: name.to_owned(),
        text: line.to_owned(),
        path: path(rest, folder),
        is_done,
    })
}

/// The first text among the arguments, below the folder that the argument before it stands for.
fn path(arguments: &str, folder: &Path) -> Option<PathBuf> {
    let (before, rest) = arguments.split_once('"')?;
    let (text, _) = rest.split_once('"')?;
    let from = before
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(folder, |(from, _)| Path::new(from));
    let mut normal = PathBuf::new();
    for part in from.join(text).components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => normal.push(part),
        }
    }
    Some(normal)
}

/// Whether a path is what the system itself opens to start a program and to count its processors.
pub fn is_of_the_system(path: &Path) -> bool {
    const FILES: [&str; 6] = [
        "/etc/ld.so.cache",
        "/etc/ld.so.preload",
        "/dev/null",
        "/proc/self",
        "/sys/fs/cgroup",
        "/proc/sys/vm/overcommit_memory",
    ];
    const FOLDERS: [&str; 5] = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/nix/store"];
    let own = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let mut own = env::split_paths(&own).filter(|folder| !folder.as_os_str().is_empty());
    FILES.iter().any(|file| path.starts_with(file))
        || FOLDERS.iter().any(|folder| path.starts_with(folder))
        || own.any(|folder| path.starts_with(folder))
        || path.starts_with("/sys/devices/system/cpu")
}

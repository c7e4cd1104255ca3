//! `check --watch`: the same again whenever a file changes that it depends on.
//!
//! Looks at the times and sizes of files a few times a second. That works on every disk and needs no open handle for
//! each folder of a project with many.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::configuration::NAMES;
use super::error::{Error, Result};
use super::options::InputOptions;
use super::output;
use super::project::Project;
use super::ruleset::TEAM;
use super::run::Done;
use super::status::Status;

/// How long nothing is looked at.
const PAUSE: Duration = Duration::from_millis(300);
/// Moves to the top left and clears the screen.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

/// Files with their times and sizes; what is not there has none.
type State = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Runs it, and again after every change, until nobody reads what it prints.
///
/// # Errors
/// When standard input was to be read, or there is no project.
pub fn forever(input: &InputOptions, once: impl Fn() -> Result<(Status, Done)>) -> Result<Status> {
    if input.paths.iter().any(|path| path == Path::new("-")) {
        return Err(Error::new("standard input cannot be watched"));
    }
    let mut read = Vec::new();
    loop {
        if io::stdout().is_terminal() {
            output::print(CLEAR)?;
        }
        let before = state(input, &read)?;
        let status = match once() {
            Ok((status, done)) => {
                read = done.input_files();
                status
            }
            Err(error) => {
                output::say(&error.to_string());
                Status::Impossible
            }
        };
        if output::is_closed() {
            return Ok(status);
        }
        output::say("watching for changes; Ctrl-C ends it");
        // What was read only now is looked at from now on, and so is what changed meanwhile.
        let known = state(input, &read)?;
        let changed_meanwhile = before
            .iter()
            .any(|(file, was)| known.get(file) != Some(was));
        while !changed_meanwhile && state(input, &read)? == known {
            thread::sleep(PAUSE);
        }
    }
}

/// The files that would be looked at, those that were read, and those that say how.
fn state(input: &InputOptions, read: &[PathBuf]) -> Result<State> {
    let asked = input.ask()?;
    let own = settings(&asked.project, asked.folder());
    let found = input.find(asked, &[])?.search.files;
    let files = found.into_iter().map(|found| found.path);
    let files = files.chain(own).chain(read.iter().cloned());
    let stamped = files.map(|file| {
        let stamp = stamp(&file);
        (file, stamp)
    });
    Ok(stamped.collect())
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let found = fs::metadata(file).ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// Configurations, pages of rules and the baseline, there or not.
fn settings(project: &Project, folder: &Path) -> Vec<PathBuf> {
    let above = folder.ancestors();
    let above = above.take_while(|above| above.starts_with(&project.base));
    let mut files: Vec<PathBuf> = above
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .collect();
    files.push(project.base.join(super::baseline::FILE));
    let pages = project.disk(&project.base).real(&project.base.join(TEAM));
    let pages = pages
        .into_iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|page| Some(page.ok()?.path()));
    files.extend(pages);
    files
}

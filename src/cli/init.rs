//! `gatelint init`: a commented `gatelint.toml`, and how to run in the CI that is there.

use std::path::{Path, PathBuf};

use clap::Args;

use super::error::{Error, Result};
use super::output;
use super::path;
use super::project::{self, Project};
use super::status::Status;

const FILE: &str = "gatelint.toml";
const TEMPLATE: &str = include_str!("init/gatelint.toml");
const GITHUB: &str = include_str!("init/github.yml");
const GITLAB: &str = include_str!("init/gitlab.yml");
const PRE_COMMIT: &str = include_str!("init/pre-commit.yaml");
const OTHER: &str = include_str!("init/other.sh");

/// `gatelint init`.
#[derive(Args, Debug)]
pub struct InitOptions {
    /// The folder [default: the git root, else the working directory]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When there is a configuration already, or it cannot be written.
pub fn run(options: &InitOptions) -> Result<Status> {
    let project = Project::here(project::here()?);
    let folder = match &options.folder {
        None => project.base.clone(),
        Some(given) => folder(&project.here.join(given), given)?,
    };
    let file = folder.join(FILE);
    let shown = path::text(&path::relative(&project.here, &file));
    if file.symlink_metadata().is_ok() {
        return Err(Error::new(format!("`{shown}` is there already"))
            .hint("`gatelint config show` prints the settings in force"));
    }
    output::write(&file, TEMPLATE, &folder, &[])?;
    output::say(&format!(
        "`{shown}` is written: every setting is there as a comment"
    ));
    output::print(&hosts(&folder))?;
    Ok(Status::Clean)
}

fn folder(full: &Path, given: &Path) -> Result<PathBuf> {
    let found = full.canonicalize().ok().filter(|found| found.is_dir());
    found.ok_or_else(|| Error::new(format!("`{}` is not a folder", path::text(given))))
}

/// How to run in each CI that the project has.
fn hosts(folder: &Path) -> String {
    let hosts = [
        (".github", ".github/workflows/gatelint.yml", GITHUB),
        (".gitlab-ci.yml", ".gitlab-ci.yml", GITLAB),
        (
            ".pre-commit-config.yaml",
            ".pre-commit-config.yaml",
            PRE_COMMIT,
        ),
    ];
    let found = hosts
        .iter()
        .filter(|(mark, _, _)| folder.join(mark).exists());
    let mut parts: Vec<String> = found
        .map(|(_, place, text)| format!("# for {place}\n{text}"))
        .collect();
    if parts.is_empty() {
        parts.push(format!("# in any CI\n{OTHER}"));
    }
    parts.join("\n")
}

//! Where a project begins and ends: the root, outside which nothing is read.

use std::fs;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::error::{Error, Result};
use super::path;

/// One path that was asked for.
#[derive(Clone, Debug)]
pub struct Input {
    /// Where it is: its folder without links, then its name as given.
    pub path: PathBuf,
    /// The root of its project, without links.
    pub root: PathBuf,
    /// Whether it is a folder to walk.
    pub is_folder: bool,
}

/// The folders that paths are relative to.
#[derive(Clone, Debug)]
pub struct Project {
    /// The working directory, without links.
    pub here: PathBuf,
    /// The root that shown paths are relative to: that of the first input.
    pub base: PathBuf,
}

impl Input {
    /// Finds a path and its root.
    ///
    /// # Errors
    /// When there is no such path.
    pub fn find(given: &Path, here: &Path, root: Option<&Path>) -> Result<Self> {
        if given.as_os_str().is_empty() {
            return Err(Error::new("an empty path was given").hint("for this folder, give `.`"));
        }
        let full = here.join(given);
        let is_folder = fs::metadata(&full).is_ok_and(|found| found.is_dir());
        let found = if is_folder {
            full.canonicalize()
        } else {
            resolved(&full)
        };
        let found = found.map_err(|_| missing(given))?;
        let folder = if is_folder {
            found.as_path()
        } else {
            found.parent().unwrap_or(&found)
        };
        let root = root.map_or_else(|| root_of(folder, here), Path::to_path_buf);
        Ok(Self {
            path: found,
            root,
            is_folder,
        })
    }
}

/// The file's own place: its folder without links. The file itself may be a link, which the reader judges.
fn resolved(full: &Path) -> std::io::Result<PathBuf> {
    fs::symlink_metadata(full)?;
    match (full.parent(), full.file_name()) {
        (Some(folder), Some(name)) => Ok(folder.canonicalize()?.join(name)),
        _ => full.canonicalize(),
    }
}

fn missing(given: &Path) -> Error {
    // A list of changed files may come from a pull request.
    let shown = crate::report::name(&path::text(given));
    let error = Error::new(format!("`{shown}` does not exist"));
    match super::Command::nearest(&shown) {
        Some(command) => error.hint(format!("did you mean `gatelint {command}`?")),
        None => error,
    }
}

/// The git root above a folder, else the working directory when the folder lies in it, else the folder itself.
pub fn root_of(folder: &Path, here: &Path) -> PathBuf {
    let repository = folder.ancestors().find(|above| above.join(".git").exists());
    match repository {
        Some(root) => root.to_path_buf(),
        None if folder.starts_with(here) => here.to_path_buf(),
        None => folder.to_path_buf(),
    }
}

/// The working directory.
///
/// # Errors
/// When it is gone, or may not be entered.
pub fn here() -> Result<PathBuf> {
    let gone = |error| Error::new(format!("the working directory cannot be read: {error}"));
    std::env::current_dir()
        .and_then(|here| here.canonicalize())
        .map_err(gone)
}

/// `--root`.
///
/// # Errors
/// When there is no such folder.
pub fn given_root(root: &Path, here: &Path) -> Result<PathBuf> {
    let found = here
        .join(root)
        .canonicalize()
        .ok()
        .filter(|found| found.is_dir());
    let shown = path::text(root);
    found.ok_or_else(|| Error::new(format!("the root `{shown}` is not a folder")))
}

impl Project {
    /// The project that a person is in.
    pub fn here(here: PathBuf) -> Self {
        let base = root_of(&here, &here);
        Self { here, base }
    }

    /// How a path is shown.
    pub fn shown(&self, full: &Path) -> String {
        path::text(&path::relative(&self.base, full))
    }

    /// The way from the root to the person when they are in the project, else from the person to the root.
    pub fn way(&self) -> String {
        let inside = self.here.starts_with(&self.base);
        let (from, to) = if inside {
            (&self.base, &self.here)
        } else {
            (&self.here, &self.base)
        };
        path::text(&path::relative(from, to))
    }

    /// What may be read for an input of this root.
    pub fn disk(&self, root: &Path) -> Disk {
        Disk {
            base: self.base.clone(),
            root: root.to_path_buf(),
        }
    }
}

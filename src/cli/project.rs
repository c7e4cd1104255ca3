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

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these folders and files in it; those with a dot are files.
    fn folder(paths: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        for path in paths {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("inside")).expect("made");
            if path.extension().is_some() {
                fs::write(path, "").expect("written");
            } else {
                fs::create_dir_all(path).expect("made");
            }
        }
        let place = folder.path().canonicalize().expect("exists");
        (folder, place)
    }

    #[test]
    fn the_root_is_the_repository_else_where_the_person_is_else_the_folder() {
        let (_kept, place) = folder(&["repo/.git", "repo/a/b", "plain/a"]);
        assert_eq!(root_of(&place.join("repo/a/b"), &place), place.join("repo"));
        assert_eq!(root_of(&place.join("plain/a"), &place), place);
        let elsewhere = place.join("repo/a");
        assert_eq!(
            root_of(&place.join("plain/a"), &elsewhere),
            place.join("plain/a")
        );
    }

    #[test]
    fn a_root_that_is_given_has_to_be_a_folder() {
        let (_kept, place) = folder(&["a/b", "a/c.yml"]);
        assert_eq!(
            given_root(Path::new("a/../a"), &place).ok(),
            Some(place.join("a"))
        );
        assert!(given_root(Path::new("a/c.yml"), &place).is_err());
        assert!(given_root(Path::new("nowhere"), &place).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn an_input_is_in_its_own_folder_even_when_it_is_a_link() {
        let (_kept, place) = folder(&["a/real.yml", "b/c"]);
        std::os::unix::fs::symlink(place.join("a/real.yml"), place.join("b/link.yml"))
            .expect("linked");
        std::os::unix::fs::symlink(place.join("b"), place.join("d")).expect("linked");
        let found = |given: &str| Input::find(Path::new(given), &place, None).expect("there");
        let link = found("d/link.yml");
        assert_eq!(link.path, place.join("b/link.yml"));
        assert_eq!((link.root, link.is_folder), (place.clone(), false));
        assert!(found("d/c").is_folder);
        assert_eq!(found("d/c").path, place.join("b/c"));
        assert!(Input::find(Path::new("d/none.yml"), &place, None).is_err());
        assert!(Input::find(Path::new(""), &place, None).is_err());
        let narrow = Input::find(Path::new("a/real.yml"), &place, Some(&place.join("a")));
        assert_eq!(narrow.expect("there").root, place.join("a"));
    }

    #[test]
    fn paths_are_shown_from_the_root_and_the_person_is_found_from_there() {
        let project = |here: &str, base: &str| Project {
            here: here.into(),
            base: base.into(),
        };
        let inside = project("/r/a/b", "/r");
        assert_eq!(inside.shown(Path::new("/r/c/d.yml")), "c/d.yml");
        assert_eq!(inside.way(), "a/b");
        assert_eq!(project("/r", "/r/a").way(), "a");
        assert_eq!(inside.disk(Path::new("/r/a")).root, Path::new("/r/a"));
        assert!(here().expect("there is one").is_absolute());
    }
}

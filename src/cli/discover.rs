//! Which files to look at: those that were named, and what lies in the folders that were named.
//!
//! Follows no link to a folder, goes into no hidden folder and none that holds what tools generate, and respects
//! `.gitignore`. Says nothing about what files hold.

use std::collections::HashSet;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use crate::frontend::{ReadError, detect};
use crate::glob::Glob;

use super::disk::Disk;
use super::files::Files;
use super::ignored::Ignored;
use super::path;
use super::project::{Input, Project};

/// Folders that hold what tools fetch or generate.
const GENERATED: [&str; 1] = ["node_modules"];

/// A file to look at.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Its path as it is shown.
    pub shown: String,
    /// What it may read.
    pub files: Files,
    /// Whether it was named, not met on the way.
    pub is_named: bool,
    /// Whether it is a link to the file.
    pub is_link: bool,
}

/// What was found, and what could not be entered.
#[derive(Debug, Default)]
pub struct Search {
    /// The files, in the order of their paths, each once.
    pub files: Vec<Found>,
    /// Folders that could not be read.
    pub refused: Vec<(String, ReadError)>,
    /// Files of any kind that were passed on the way.
    pub passed: usize,
}

/// Finds the files of these inputs; what is met on the way and fits `exclude` is left out.
pub fn search(project: &Project, inputs: &[Input], exclude: &[Glob]) -> Search {
    let mut search = Search::default();
    for input in inputs {
        let disk = project.disk(&input.root);
        if input.is_folder {
            search.walk(project, &disk, &input.path);
        } else {
            search.files.push(Found {
                path: input.path.clone(),
                shown: project.shown(&input.path),
                files: Files::Disk(disk),
                is_named: true,
                is_link: input.path.is_symlink(),
            });
        }
    }
    let excluded = |found: &Found| exclude.iter().any(|glob| glob.fits(&found.shown));
    search
        .files
        .retain(|found| found.is_named || !excluded(found));
    search.files = each_once(search.files);
    search.refused.sort_by(|a, b| a.0.cmp(&b.0));
    search
}

impl Search {
    fn walk(&mut self, project: &Project, disk: &Disk, start: &Path) {
        let above = start
            .parent()
            .filter(|_| start != disk.root)
            .unwrap_or(start);
        let mut pending = vec![(start.to_path_buf(), Ignored::at(disk, above))];
        while let Some((folder, above)) = pending.pop() {
            let ignored = above.below(disk, &folder);
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.refuse(project.shown(&folder), &error);
                    continue;
                }
            };
            for entry in entries.filter_map(Result::ok) {
                if let Some(below) = self.visit(project, disk, &ignored, &entry) {
                    pending.push((below, ignored.clone()));
                }
            }
        }
    }

    /// Takes a file in, or gives the folder to walk next.
    fn visit(
        &mut self,
        project: &Project,
        disk: &Disk,
        ignored: &Ignored,
        entry: &DirEntry,
    ) -> Option<PathBuf> {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if is_left_out(name) {
            return None;
        }
        let path = entry.path();
        let kind = entry.file_type().ok()?;
        let is_folder = kind.is_dir();
        if !is_folder {
            self.passed += 1;
            if !is_candidate(&path) {
                return None;
            }
        }
        if ignored.leaves_out(&path, is_folder) {
            return None;
        }
        if is_folder {
            return Some(path);
        }
        // A link to a folder is not a file, and its folder is walked where it is.
        if kind.is_symlink() && disk.real(&path).is_ok_and(|real| real.is_dir()) {
            return None;
        }
        self.files.push(Found {
            shown: project.shown(&path),
            path,
            files: Files::Disk(disk.clone()),
            is_named: false,
            is_link: kind.is_symlink(),
        });
        None
    }

    /// A folder that vanished meanwhile is not there; any other that cannot be read leaves the result incomplete.
    fn refuse(&mut self, shown: String, error: &io::Error) {
        if error.kind() != io::ErrorKind::NotFound {
            self.refused.push((shown, ReadError::Denied));
        }
    }
}

/// Whether what is called so is not met on the way: hidden, or made by tools.
pub fn is_left_out(name: &[u8]) -> bool {
    name.starts_with(b".")
        || GENERATED
            .iter()
            .any(|generated| generated.as_bytes() == name)
}

/// Whether a file may be one of ours by its name.
pub fn is_candidate(path: &Path) -> bool {
    let name = path.file_name().map(|name| path::text(Path::new(name)));
    name.is_some_and(|name| detect::is_readable(&name) || detect::is_program(&name))
}

/// Each file once, sorted: the one that was named before the one that was met, and a link only when its file is not there.
fn each_once(mut files: Vec<Found>) -> Vec<Found> {
    files.sort_by_key(|found| (found.is_link, !found.is_named));
    let mut seen: HashSet<PathBuf> = HashSet::with_capacity(files.len());
    files.retain(|found| {
        let real = found.is_link.then(|| found.files.real(&found.path));
        seen.insert(real.flatten().unwrap_or_else(|| found.path.clone()))
    });
    files.sort_by(|a, b| a.shown.cmp(&b.shown));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path, inputs: &[&str]) -> Vec<String> {
        let here = folder.canonicalize().expect("exists");
        let project = Project {
            here: here.clone(),
            base: here.clone(),
        };
        let inputs: Vec<Input> = inputs
            .iter()
            .map(|input| Input::find(Path::new(input), &here, Some(&here)).expect("exists"))
            .collect();
        search(&project, &inputs, &[])
            .files
            .into_iter()
            .map(|found| found.shown)
            .collect()
    }

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            let (path, text) = file.split_once(':').unwrap_or((file, ""));
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("inside")).expect("made");
            fs::write(path, text).expect("written");
        }
        folder
    }

    #[test]
    fn folders_of_tools_and_hidden_ones_are_not_entered() {
        let folder = tree(&[
            "template.yaml",
            "b/serverless.ts",
            "b/readme.md",
            "node_modules/x/template.yaml",
            ".serverless/x.json",
            ".aws-sam/build/template.yaml",
        ]);
        assert_eq!(
            names(folder.path(), &["."]),
            ["b/serverless.ts", "template.yaml"]
        );
        assert_eq!(
            names(folder.path(), &[".serverless"]),
            [".serverless/x.json"]
        );
    }

    #[test]
    fn the_nearest_gitignore_decides() {
        let folder = tree(&[
            ".gitignore:/out\n*.json\n",
            "out/template.yaml",
            "a/x.json",
            "a/keep/.gitignore:!x.json\n",
            "a/keep/x.json",
            "a/out/template.yaml",
        ]);
        assert_eq!(
            names(folder.path(), &["."]),
            ["a/keep/x.json", "a/out/template.yaml"]
        );
        assert_eq!(
            names(folder.path(), &["a"]),
            ["a/keep/x.json", "a/out/template.yaml"]
        );
        // What is named is looked at, ignored or not.
        assert_eq!(
            names(folder.path(), &["out/template.yaml"]),
            ["out/template.yaml"]
        );
    }

    #[test]
    fn a_file_that_is_named_twice_is_one() {
        let folder = tree(&["a/template.yaml"]);
        assert_eq!(
            names(folder.path(), &["a/template.yaml", ".", "./a"]),
            ["a/template.yaml"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_to_folders_are_not_followed_and_linked_files_are_looked_at_once() {
        let folder = tree(&["a/template.yaml"]);
        std::os::unix::fs::symlink("..", folder.path().join("a/up")).expect("linked");
        std::os::unix::fs::symlink("a/template.yaml", folder.path().join("template.yaml"))
            .expect("linked");
        assert_eq!(names(folder.path(), &["."]), ["a/template.yaml"]);
    }
}

//! What `OLD` and `NEW` stand for: paths, revisions, or the working tree, and which part of them is compared.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::discover::{self, Search};
use crate::cli::error::{Error, Result};
use crate::cli::path;
use crate::cli::project::{self, Input, Project};
use crate::cli::revision::{Named, Repository, Revision};
use crate::frontend;

/// One state, found and not yet read.
pub struct Side {
    /// Where its project begins and ends.
    pub project: Project,
    /// As it was named.
    pub name: String,
    /// The part that was asked for, relative to the root.
    pub folder: String,
    /// Where its files are.
    pub origin: Origin,
}

/// Where files are.
pub enum Origin {
    /// On the disk.
    Disk(Search),
    /// In a commit, below these folders.
    Revision(Arc<Repository>, Revision, Vec<String>),
}

/// What a name on the command line stands for.
enum Meaning {
    Path(Input),
    Named(Named),
}

/// One of the two, when it is known what it is.
enum One {
    Path(Input, String),
    Revision(Revision),
}

/// Finds both states.
///
/// # Errors
/// When a name stands for nothing, or for more than there is room for.
pub fn find(old: &Path, new: Option<&Path>, filters: &[PathBuf]) -> Result<(Side, Side)> {
    let here = project::here()?;
    let project = Project::here(here);
    let names = Names {
        repository: Repository::open(&project.base)?.map(Arc::new),
        filters,
        project,
    };
    let (old, new) = names.both(old, new)?;
    let folders = (names.folder(&old, &new)?, names.folder(&new, &old)?);
    let mixed = matches!(old, One::Revision(_)) != matches!(new, One::Revision(_));
    Ok((
        names.side(old, folders.0, mixed)?,
        names.side(new, folders.1, mixed)?,
    ))
}

struct Names<'a> {
    project: Project,
    repository: Option<Arc<Repository>>,
    filters: &'a [PathBuf],
}

impl Names<'_> {
    fn both(&self, old: &Path, new: Option<&Path>) -> Result<(One, One)> {
        let first = self.meaning(old)?;
        let Some(new) = new else {
            return match first {
                Meaning::Named(Named::Range(old, new)) => {
                    Ok((One::Revision(old), One::Revision(new)))
                }
                Meaning::Named(Named::One(revision)) => {
                    let tree = Input::find(&self.project.base, &self.project.here, None)?;
                    let tree = One::Path(tree, "the working tree".to_owned());
                    Ok((One::Revision(revision), tree))
                }
                Meaning::Path(_) => Err(Error::new(format!(
                    "`{}` is a path: with what should it be compared?",
                    path::text(old)
                ))
                .hint("give two paths, or a git revision first: `gatelint diff main`")),
            };
        };
        Ok((single(first, old)?, single(self.meaning(new)?, new)?))
    }

    /// A path that exists, else a revision.
    fn meaning(&self, given: &Path) -> Result<Meaning> {
        let here = &self.project.here;
        if !given.as_os_str().is_empty() && here.join(given).symlink_metadata().is_ok() {
            return Ok(Meaning::Path(Input::find(given, here, None)?));
        }
        let shown = path::text(given);
        let Some(repository) = &self.repository else {
            return Err(Error::new(format!("`{shown}` does not exist"))
                .hint("this is no git repository, so it cannot be a revision either"));
        };
        let found = given.to_str().map(|name| repository.find(name));
        match found.transpose()?.flatten() {
            Some(named) => Ok(Meaning::Named(named)),
            None => Err(Error::new(format!(
                "`{shown}` is neither a path nor a revision of this repository"
            ))
            .hint("a shallow clone knows few revisions: fetch it first, `git fetch origin main`")),
        }
    }

    /// Which part of a state is asked for, relative to its root: a revision without a path of its own is compared in
    /// the part that the other side is of the same repository.
    fn folder(&self, one: &One, other: &One) -> Result<String> {
        match (one, other) {
            (One::Path(input, _), _) => Ok(shown(&input.root, &input.path)),
            (One::Revision(revision), _) if !revision.folder.is_empty() => {
                let from = if revision.folder.starts_with('.') {
                    shown(&self.project.base, &self.project.here)
                } else {
                    String::new()
                };
                let outside = || {
                    let named = &revision.folder;
                    Error::new(format!("`{named}` lies outside the repository"))
                };
                frontend::join(&from, &revision.folder).ok_or_else(outside)
            }
            (One::Revision(_), One::Path(input, _)) if input.root == self.project.base => {
                Ok(shown(&input.root, &input.path))
            }
            (One::Revision(_), One::Path(..) | One::Revision(_)) => Ok(String::new()),
        }
    }

    fn side(&self, one: One, folder: String, mixed: bool) -> Result<Side> {
        match one {
            One::Path(input, name) => {
                let project = Project {
                    here: self.project.here.clone(),
                    base: input.root.clone(),
                };
                let mut search = self.search(&project, input, &folder)?;
                if mixed {
                    // Of a submodule a revision holds no files.
                    leave_out_others(&mut search, &project.base);
                }
                Ok(Side {
                    project,
                    name,
                    folder,
                    origin: Origin::Disk(search),
                })
            }
            One::Revision(revision) => {
                let repository = self.repository.clone();
                let repository =
                    repository.ok_or_else(|| Error::new("this is no git repository"))?;
                let under = self.under(&folder)?;
                Ok(Side {
                    project: self.project.clone(),
                    name: revision.name.clone(),
                    folder,
                    origin: Origin::Revision(repository, revision, under),
                })
            }
        }
    }

    /// The files of a path, as far as they lie in what is compared.
    fn search(&self, project: &Project, input: Input, folder: &str) -> Result<Search> {
        if self.filters.is_empty() {
            return Ok(discover::search(project, &[input], &[]));
        }
        let mut inputs = Vec::new();
        for under in self.under(folder)? {
            let full = project.base.join(under);
            // What is only on the other side was added or removed.
            if full.symlink_metadata().is_ok() {
                inputs.push(Input::find(&full, &project.here, Some(&project.base))?);
            }
        }
        Ok(discover::search(project, &inputs, &[]))
    }

    /// What is compared below a folder: the paths after `--`, relative to the folder, or to where the person is when the
    /// whole project is compared.
    fn under(&self, folder: &str) -> Result<Vec<String>> {
        if self.filters.is_empty() {
            let whole = folder.is_empty();
            return Ok(if whole {
                Vec::new()
            } else {
                vec![folder.to_owned()]
            });
        }
        let from = match folder {
            "" => shown(&self.project.base, &self.project.here),
            folder => folder.to_owned(),
        };
        let inside = |filter: &PathBuf| {
            let shown = path::text(filter);
            let outside = || Error::new(format!("`{shown}` lies outside of what is compared"));
            frontend::join(&from, &shown).ok_or_else(outside)
        };
        self.filters.iter().map(inside).collect()
    }
}

fn single(meaning: Meaning, given: &Path) -> Result<One> {
    let shown = path::text(given);
    match meaning {
        Meaning::Path(input) => Ok(One::Path(input, shown)),
        Meaning::Named(Named::One(revision)) => Ok(One::Revision(revision)),
        Meaning::Named(Named::Range(..)) => Err(Error::new(format!(
            "`{shown}` stands for two revisions, and another one was given"
        ))),
    }
}

fn shown(base: &Path, full: &Path) -> String {
    path::text(&path::relative(base, full))
}

/// Leaves out what belongs to a repository of its own below the root.
fn leave_out_others(search: &mut Search, base: &Path) {
    let mut known: HashMap<PathBuf, bool> = HashMap::new();
    search.files.retain(|found| {
        let folders = found.path.ancestors().skip(1);
        let mut below = folders.take_while(|folder| *folder != base && folder.starts_with(base));
        !below.any(|folder| {
            let is_other = || folder.join(".git").symlink_metadata().is_ok();
            *known.entry(folder.to_path_buf()).or_insert_with(is_other)
        })
    });
}

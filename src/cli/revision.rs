//! A git revision as input: what a commit holds, read without a checkout.
//!
//! Opens the repository of the project and nothing else: no configuration of the system or the person, no environment,
//! no included configuration, no alternates named by the environment; runs nothing.

mod tree;

use std::path::Path;
use std::sync::Arc;

use gix::bstr::BStr;
use gix::revision::plumbing::Spec;
use gix::{ObjectId, ThreadSafeRepository};

pub use self::tree::Tree;
use super::discover::Search;
use super::error::{Error, Result};
use super::load::{Judging, Run};
use crate::finding::Report;

/// Bytes that one object may take in memory, whatever it claims to grow to.
const MEMORY: &str = "gitoxide.objects.allocLimit=268435456";

/// The repository of a project.
#[derive(Debug)]
pub struct Repository(ThreadSafeRepository);

/// One commit, or a part of it.
#[derive(Clone, Debug)]
pub struct Revision {
    /// As it was named.
    pub name: String,
    /// The folder or file of `REV:path`; empty for everything.
    pub folder: String,
    tree: ObjectId,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Named {
    /// A commit.
    One(Revision),
    /// `A..B`, and `A...B` from where B came off A.
    Range(Revision, Revision),
}

impl Repository {
    /// The repository whose root a folder is; `None` when it is none.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn open(root: &Path) -> Result<Option<Self>> {
        if !root.join(".git").exists() {
            return Ok(None);
        }
        let options = gix::open::Options::isolated().config_overrides([MEMORY]);
        let opened = ThreadSafeRepository::open_opts(root, options);
        let failed = |error| Error::new(format!("the git repository cannot be read: {error}"));
        opened.map(|found| Some(Self(found))).map_err(failed)
    }

    /// What a name stands for; `None` when the repository does not know it.
    ///
    /// # Errors
    /// When it names something that has no files, or no common past.
    pub fn find(&self, name: &str) -> Result<Option<Named>> {
        let (spec, folder) = match split(name) {
            (_, Some(path)) if path.starts_with('/') => return Ok(None),
            (spec, path) => (spec, path.unwrap_or_default()),
        };
        let repository = self.0.to_thread_local();
        let Ok(found) = repository.rev_parse(BStr::new(spec)) else {
            return Ok(None);
        };
        let one = |id, name: &str| self.revision(id, name, folder);
        let (old, new) = match found.detach() {
            Spec::Include(id) => return Ok(Some(Named::One(one(id, spec)?))),
            Spec::Range { from, to } => (from, to),
            Spec::Merge { theirs, ours } => {
                let base = repository.merge_base(theirs, ours).ok().flatten();
                let apart = || {
                    Error::new(format!("no common ancestor is known for `{name}`"))
                        .hint("a shallow clone does not have it: fetch more of the history")
                };
                (base.ok_or_else(apart)?.detach(), ours)
            }
            Spec::Exclude(_) | Spec::IncludeOnlyParents(_) | Spec::ExcludeParents(_) => {
                return Err(Error::new(format!(
                    "`{name}` does not name one commit or two"
                )));
            }
        };
        let (from, to) = spec.split_once("..").unwrap_or((spec, spec));
        let to = to.trim_start_matches('.');
        let name = |text: &str| if text.is_empty() { "HEAD" } else { text }.to_owned();
        Ok(Some(Named::Range(
            one(old, &name(from))?,
            one(new, &name(to))?,
        )))
    }

    fn revision(&self, id: ObjectId, name: &str, folder: &str) -> Result<Revision> {
        let repository = self.0.to_thread_local();
        let object = repository.find_object(id);
        let tree = object.and_then(gix::Object::peel_to_tree);
        let failed = |_| {
            Error::new(format!(
                "`{name}` has no files, or they are not in this clone"
            ))
        };
        Ok(Revision {
            name: name.to_owned(),
            folder: folder.to_owned(),
            tree: tree.map_err(failed)?.id,
        })
    }

    /// Finds the files of a revision below these folders; all of them when there are none.
    ///
    /// # Errors
    /// When it holds more than anybody can look at.
    pub fn search(&self, revision: &Revision, under: &[String]) -> Result<(Arc<Tree>, Search)> {
        Tree::walk(&self.0, revision.tree, under)
    }

    /// What a revision comes to, judged like the files of the disk. It may hold nothing of ours.
    ///
    /// # Errors
    /// When it holds more than anybody can look at.
    pub fn report_of(
        &self,
        revision: &Revision,
        under: &[String],
        (run, judging): (&Run<'_>, &Judging),
    ) -> Result<Report> {
        let (_, search) = self.search(revision, under)?;
        Ok(run.report_of_any(search, judging))
    }
}

/// `REV:path`, as git splits it: a colon in `^{/…}` or `@{…}` is a part of the revision.
fn split(name: &str) -> (&str, Option<&str>) {
    let mut depth = 0_usize;
    for (at, c) in name.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && at > 0 => {
                let (revision, path) = name.split_at(at);
                return (revision, path.strip_prefix(':'));
            }
            _ => {}
        }
    }
    (name, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_off_as_git_does() {
        assert_eq!(split("main"), ("main", None));
        assert_eq!(split("main:a/b"), ("main", Some("a/b")));
        assert_eq!(split("HEAD^{/fix: x}:a"), ("HEAD^{/fix: x}", Some("a")));
        assert_eq!(split(":/fix"), (":/fix", None));
    }
}

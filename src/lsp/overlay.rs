//! Files as the editor has them, else as they lie on the disk; confined to the root like the command line's.
//!
//! Notes every path that is asked for, so that it is known which files an analysis depends on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arcstr::ArcStr;

use crate::cli::disk::Disk;
use crate::document::limits;
use crate::frontend::{ReadError, Reader};

/// What is open, over the disk.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Texts of the editor, by path.
    pub open: Arc<BTreeMap<PathBuf, ArcStr>>,
    /// The disk below.
    pub disk: Disk,
}

/// What tells two states of a file on the disk apart without reading it; `None` when it is open in the editor or not there.
pub type Stamp = Option<(SystemTime, u64)>;

impl Overlay {
    /// Text of a file of the project.
    ///
    /// # Errors
    /// Why there is none.
    pub fn text(&self, path: &Path) -> Result<ArcStr, ReadError> {
        match self.opened(path) {
            Some(text) if text.len() > limits::BYTES => Err(ReadError::TooLarge),
            Some(text) => Ok(text.clone()),
            // Most of what is asked for and not there is source code of another ending: one question tells.
            None if fs::symlink_metadata(path).is_err() => Err(ReadError::Missing),
            None => self.disk.text(path),
        }
    }

    /// Its text in the editor.
    pub fn opened(&self, path: &Path) -> Option<&ArcStr> {
        if self.open.is_empty() {
            return None;
        }
        self.open.get(path).or_else(|| {
            let real = path.canonicalize().ok()?;
            self.open
                .get(&real)
                .filter(|_| real.starts_with(&self.disk.root))
        })
    }

    /// The state of a file on the disk.
    pub fn stamp(&self, path: &Path) -> Stamp {
        if self.open.contains_key(path) {
            return None;
        }
        let found = fs::metadata(path).ok()?;
        Some((found.modified().ok()?, found.len()))
    }
}

/// A reader that remembers what it was asked for.
#[derive(Debug)]
pub struct Noting<'a> {
    overlay: &'a Overlay,
    asked: Mutex<BTreeMap<String, Stamp>>,
}

impl<'a> Noting<'a> {
    /// Nothing was asked for yet.
    pub fn new(overlay: &'a Overlay) -> Self {
        Self {
            overlay,
            asked: Mutex::default(),
        }
    }

    /// What was asked for, with its state on the disk just before it was read.
    pub fn into_asked(self) -> BTreeMap<String, Stamp> {
        let asked = self.asked.into_inner();
        asked.unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, path: &str, stamp: impl FnOnce() -> Stamp) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let known = asked.get(path);
        if known.is_none_or(Option::is_none) {
            asked.insert(path.to_owned(), stamp());
        }
    }
}

impl Reader for Noting<'_> {
    fn read(&self, path: &str) -> Result<ArcStr, ReadError> {
        let full = self.overlay.disk.base.join(path);
        self.note(path, || self.overlay.stamp(&full));
        self.overlay.text(&full)
    }

    fn asked(&self, path: &str) {
        self.note(path, || None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editors_text_counts_more_and_links_out_of_the_root_do_not_count() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("exists");
        fs::write(root.join("a.yml"), "disk").expect("written");
        let open = BTreeMap::from([(root.join("a.yml"), "typed".into())]);
        let disk = Disk {
            base: root.clone(),
            root: root.clone(),
        };
        let overlay = Overlay {
            open: Arc::new(open),
            disk,
        };
        let reader = Noting::new(&overlay);
        assert_eq!(reader.read("a.yml").as_deref(), Ok("typed"));
        assert_eq!(reader.read("b.yml"), Err(ReadError::Missing));
        let asked: Vec<String> = reader.into_asked().into_keys().collect();
        assert_eq!(asked, ["a.yml", "b.yml"]);
        assert_eq!(overlay.stamp(&root.join("a.yml")), None);
    }
}

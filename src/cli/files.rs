//! Where files are read from: the disk, or the tree of a commit. What reads them does not care.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arcstr::ArcStr;

use super::disk::Disk;
use super::revision::Tree;
use crate::frontend::{ReadError, Reader};

/// A project's files.
#[derive(Clone, Debug)]
pub enum Files {
    /// As they lie on the disk.
    Disk(Disk),
    /// As they were committed.
    Tree(Arc<Tree>),
}

impl Files {
    /// Text of a file that was found there.
    ///
    /// # Errors
    /// Why there is none.
    pub fn text(&self, path: &Path) -> Result<ArcStr, ReadError> {
        match self {
            Self::Disk(disk) => disk.text(path),
            Self::Tree(tree) => tree.text(path),
        }
    }

    /// Where a link of the disk leads, when that is a place inside.
    pub fn real(&self, path: &Path) -> Option<PathBuf> {
        match self {
            Self::Disk(disk) => disk.real(path).ok(),
            Self::Tree(_) => None,
        }
    }
}

impl Reader for Files {
    fn read(&self, path: &str) -> Result<ArcStr, ReadError> {
        match self {
            Self::Disk(disk) => disk.read(path),
            Self::Tree(tree) => tree.read(path),
        }
    }
}

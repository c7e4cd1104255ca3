//! `.gitignore` files on the way from the root to a folder. Read as any other file of the project: regular, bounded, inside.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::disk::Disk;

/// The patterns that hold in a folder: its own, and those of the folders above.
#[derive(Clone, Debug, Default)]
pub struct Ignored(Option<Rc<Link>>);

#[derive(Debug)]
struct Link {
    own: Gitignore,
    above: Ignored,
}

impl Ignored {
    /// The patterns that hold in `folder`, whose root is `disk`'s.
    pub fn at(disk: &Disk, folder: &Path) -> Self {
        let mut all = Self::default().and(disk, &disk.root, ".git/info/exclude");
        let Ok(way) = folder.strip_prefix(&disk.root) else {
            return all;
        };
        let mut above = disk.root.clone();
        all = all.and(disk, &above, NAME);
        for part in way.components() {
            above.push(part);
            all = all.and(disk, &above, NAME);
        }
        all
    }

    /// These, and those of one more folder.
    pub fn below(&self, disk: &Disk, folder: &Path) -> Self {
        self.clone().and(disk, folder, NAME)
    }

    fn and(self, disk: &Disk, folder: &Path, name: &str) -> Self {
        let file = folder.join(name);
        // Most folders have none, and looking for a link on the whole way to it would cost more than the walk.
        if fs::symlink_metadata(&file).is_err() {
            return self;
        }
        let Ok(text) = disk.text(&file) else {
            return self;
        };
        let mut builder = GitignoreBuilder::new(folder);
        for line in text.lines() {
            // A pattern that cannot be read ignores nothing.
            let _ = builder.add_line(None, line);
        }
        match builder.build() {
            Ok(own) if !own.is_empty() => Self(Some(Rc::new(Link { own, above: self }))),
            Ok(_) | Err(_) => self,
        }
    }

    /// Whether a path is left out: the nearest pattern that speaks of it decides.
    pub fn leaves_out(&self, path: &Path, is_folder: bool) -> bool {
        let mut next = &self.0;
        while let Some(link) = next {
            match link.own.matched(path, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => next = &link.above.0,
            }
        }
        false
    }
}

const NAME: &str = ".gitignore";

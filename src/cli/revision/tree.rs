//! The files of a commit, straight from the object database: no checkout, no index, no hook, no filter.
//!
//! Reads what a checkout would have written, and no more than the disk would give: regular files of bounded size. A
//! link is followed inside of the tree only; a submodule is another repository, whose files are not here. How many
//! entries are looked at is bounded too: a few small objects can spell billions of paths.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arcstr::ArcStr;
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository, ThreadSafeRepository};

use crate::cli::discover::{self, Found, Search};
use crate::cli::disk;
use crate::cli::error::{Error, Result};
use crate::cli::files::Files;
use crate::cli::path;
use crate::document::limits;
use crate::frontend::{ReadError, Reader};

/// Entries that are looked at, at most.
const ENTRIES: usize = 1_000_000;
/// Folders that are entered, at most: each is an object to unpack.
const FOLDERS: usize = 100_000;
/// Bytes of objects that are kept while walking, for folders that come again.
const KEPT: usize = 4 << 20;
/// Bytes of one folder's object.
const FOLDER: u64 = 32 << 20;
/// Bytes of a path.
const PATH: usize = 4096;
/// Links on the way to one file, as on the disk.
const LINKS: usize = 40;

/// The tree of one commit.
#[derive(Debug)]
pub struct Tree {
    repository: ThreadSafeRepository,
    root: ObjectId,
    /// What the walk met: looking it up again would go through whole folders for each file.
    known: HashMap<Vec<u8>, ObjectId>,
}

/// What lies at a path.
struct Target {
    /// Its path without links.
    path: Vec<u8>,
    blob: ObjectId,
}

impl Reader for Tree {
    fn read(&self, path: &str) -> std::result::Result<ArcStr, ReadError> {
        self.bytes_at(path.as_bytes())
    }
}

impl Tree {
    /// Text of a file.
    ///
    /// # Errors
    /// Why there is none.
    pub fn text(&self, path: &Path) -> std::result::Result<ArcStr, ReadError> {
        let path = gix::path::into_bstr(path).map_err(|_| ReadError::NotText)?;
        self.bytes_at(&path)
    }

    fn bytes_at(&self, path: &[u8]) -> std::result::Result<ArcStr, ReadError> {
        let repository = self.repository.to_thread_local();
        let blob = match self.known.get(path) {
            Some(blob) => *blob,
            None => find(&repository, self.root, path)?.blob,
        };
        let bytes = content(&repository, blob, limits::BYTES as u64)?;
        disk::text_of(bytes.as_slice(), bytes.len() as u64)
    }

    /// Walks a tree, as far as it lies in, or on the way to, one of these folders; all of it when there are none.
    ///
    /// # Errors
    /// When it holds more than anybody can look at.
    pub fn walk(
        repository: &ThreadSafeRepository,
        root: ObjectId,
        under: &[String],
    ) -> Result<(Arc<Self>, Search)> {
        let mut here = repository.to_thread_local();
        here.object_cache_size(KEPT);
        let mut walk = Walk {
            repository: here,
            under,
            pending: vec![(Vec::new(), root)],
            search: Search::default(),
            blobs: Vec::new(),
            links: Vec::new(),
            left: ENTRIES,
            folders_left: FOLDERS,
        };
        while let Some((folder, id)) = walk.pending.pop() {
            walk.folder(&folder, id)?;
        }
        let mut blobs = std::mem::take(&mut walk.blobs);
        let links = walk.distinct_links(root, &blobs);
        blobs.sort();
        let tree = Arc::new(Self {
            repository: repository.clone(),
            root,
            known: blobs.iter().cloned().collect(),
        });
        let plain = blobs.iter().map(|(path, _)| (path, false));
        let all = plain.chain(links.iter().map(|path| (path, true)));
        let found = all.filter_map(|(path, is_link)| found(&tree, path, is_link, under));
        walk.search.files = found.collect();
        walk.search.files.sort_by(|a, b| a.shown.cmp(&b.shown));
        Ok((tree, walk.search))
    }
}

/// A file to look at; `None` where the system has no such name.
fn found(tree: &Arc<Tree>, path: &[u8], is_link: bool, under: &[String]) -> Option<Found> {
    let path: PathBuf = gix::path::from_byte_slice(path).ok()?.to_path_buf();
    let shown = path::text(&path);
    Some(Found {
        is_named: under.contains(&shown),
        shown,
        path,
        files: Files::Tree(Arc::clone(tree)),
        is_link,
    })
}

/// A walk through a tree.
struct Walk<'a> {
    repository: Repository,
    under: &'a [String],
    pending: Vec<(Vec<u8>, ObjectId)>,
    search: Search,
    blobs: Vec<(Vec<u8>, ObjectId)>,
    links: Vec<Vec<u8>>,
    left: usize,
    folders_left: usize,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &[u8], id: ObjectId) -> Result<()> {
        self.folders_left = self.folders_left.checked_sub(1).ok_or_else(too_many)?;
        let Ok(bytes) = content(&self.repository, id, FOLDER) else {
            let shown = shown(folder);
            self.search.refused.push((shown, ReadError::Denied));
            return Ok(());
        };
        for entry in gix::objs::TreeRefIter::from_bytes(&bytes, id.kind()) {
            let Ok(entry) = entry else {
                self.search.refused.push((shown(folder), ReadError::Denied));
                return Ok(());
            };
            self.left = self.left.checked_sub(1).ok_or_else(too_many)?;
            self.entry(folder, entry);
        }
        Ok(())
    }

    fn entry(&mut self, folder: &[u8], entry: gix::objs::tree::EntryRef<'_>) {
        let name: &[u8] = entry.filename;
        let mut path = folder.to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        let text = shown(&path);
        let named = self.under.contains(&text);
        if path.len() > PATH || !is_wanted(&text, self.under) {
            return;
        }
        // What was named is looked at, and so is what leads there.
        let leads = self.under.iter().any(|under| is_within(under, &text));
        if !leads && discover::is_left_out(name) {
            return;
        }
        match entry.mode.kind() {
            EntryKind::Tree => self.pending.push((path, entry.oid.to_owned())),
            // Another repository.
            EntryKind::Commit => {}
            kind @ (EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link) => {
                self.search.passed += 1;
                if !named && !discover::is_candidate(Path::new(&text)) {
                    return;
                }
                if kind == EntryKind::Link {
                    self.links.push(path);
                } else {
                    self.blobs.push((path, entry.oid.to_owned()));
                }
            }
        }
    }

    /// The links to files that are not among those that were found, each file once. Links to folders are left out: a
    /// folder is walked where it is.
    fn distinct_links(&self, root: ObjectId, blobs: &[(Vec<u8>, ObjectId)]) -> Vec<Vec<u8>> {
        let mut seen: HashSet<Vec<u8>> = blobs.iter().map(|(path, _)| path.clone()).collect();
        let mut links = self.links.clone();
        links.sort();
        links.retain(|link| match find(&self.repository, root, link) {
            Ok(target) => seen.insert(target.path),
            Err(ReadError::NotAFile) => false,
            // Said when it is read, if it matters.
            Err(_) => true,
        });
        links
    }
}

/// Whether a path lies in what was asked for, or leads there.
fn is_wanted(path: &str, under: &[String]) -> bool {
    let fits = |wanted: &String| is_within(path, wanted) || is_within(wanted, path);
    under.is_empty() || under.iter().any(fits)
}

/// Whether a path is a folder, or lies in it.
pub fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn shown(path: &[u8]) -> String {
    gix::path::from_byte_slice(path)
        .map_or_else(|_| String::from_utf8_lossy(path).into_owned(), path::text)
}

fn too_many() -> Error {
    Error::new("the revision holds more than 100,000 folders or 1,000,000 files")
        .hint("name the folders that matter: `gatelint diff OLD NEW -- FOLDER`")
}

/// The bytes of an object, if there are not too many of them.
fn content(
    repository: &Repository,
    id: ObjectId,
    most: u64,
) -> std::result::Result<Vec<u8>, ReadError> {
    let header = repository.find_header(id).map_err(|_| ReadError::Denied)?;
    if header.size() > most {
        return Err(ReadError::TooLarge);
    }
    let object = repository.find_object(id).map_err(|_| ReadError::Denied)?;
    Ok(object.detach().data)
}

/// Goes down a path, through the links on it.
fn find(
    repository: &Repository,
    root: ObjectId,
    path: &[u8],
) -> std::result::Result<Target, ReadError> {
    let split = |path: &[u8]| -> Vec<Vec<u8>> {
        let parts = path.split(|byte| *byte == b'/').rev();
        parts.map(<[u8]>::to_vec).collect()
    };
    let mut parts = split(path);
    let mut way: Vec<(Vec<u8>, ObjectId)> = Vec::new();
    let mut links = 0;
    while let Some(part) = parts.pop() {
        match part.as_slice() {
            b"" | b"." => continue,
            b".." => {
                way.pop().ok_or(ReadError::Outside)?;
                continue;
            }
            _ => {}
        }
        let folder = way.last().map_or(root, |(_, id)| *id);
        let (kind, id) = child(repository, folder, &part)?;
        match kind {
            EntryKind::Tree => way.push((part, id)),
            EntryKind::Blob | EntryKind::BlobExecutable if parts.is_empty() => {
                let mut names: Vec<Vec<u8>> = way.into_iter().map(|(name, _)| name).collect();
                names.push(part);
                let path = names.join(&b'/');
                return Ok(Target { path, blob: id });
            }
            EntryKind::Link => {
                links += 1;
                let target = content(repository, id, PATH as u64)?;
                if links > LINKS {
                    return Err(ReadError::Denied);
                }
                if target.starts_with(b"/") {
                    return Err(ReadError::Outside);
                }
                parts.extend(split(&target));
            }
            // A file is no folder, and a submodule's files are in another repository.
            EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Commit => {
                return Err(ReadError::Missing);
            }
        }
    }
    Err(ReadError::NotAFile)
}

fn child(
    repository: &Repository,
    folder: ObjectId,
    name: &[u8],
) -> std::result::Result<(EntryKind, ObjectId), ReadError> {
    let bytes = content(repository, folder, FOLDER)?;
    let mut entries = gix::objs::TreeRefIter::from_bytes(&bytes, folder.kind());
    let entry = entries.find_map(|entry| match entry {
        Ok(entry) if <[u8]>::eq(entry.filename, name) => {
            Some(Ok((entry.mode.kind(), entry.oid.to_owned())))
        }
        Ok(_) => None,
        Err(_) => Some(Err(ReadError::Denied)),
    });
    entry.unwrap_or(Err(ReadError::Missing))
}

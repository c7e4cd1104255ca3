//! The disk, as far as a project may see it: regular files of bounded size that lie under its root.
//!
//! Links are followed only to see that they stay inside. What a file is, is asked before it is opened: opening a pipe
//! would wait for ever.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::document::limits;
use crate::frontend::{ReadError, Reader};
use arcstr::ArcStr;

/// A project's files.
#[derive(Clone, Debug)]
pub struct Disk {
    /// What paths are relative to.
    pub base: PathBuf,
    /// Outside of which nothing is read. Without links.
    pub root: PathBuf,
}

impl Reader for Disk {
    fn read(&self, path: &str) -> Result<ArcStr, ReadError> {
        self.text(&self.base.join(path))
    }
}

impl Disk {
    /// Text of a file.
    ///
    /// # Errors
    /// Why there is none.
    pub fn text(&self, path: &Path) -> Result<ArcStr, ReadError> {
        let real = self.real(path)?;
        let found = fs::metadata(&real).map_err(|error| told(&error))?;
        if !found.is_file() {
            return Err(ReadError::NotAFile);
        }
        if found.len() > limits::BYTES as u64 {
            return Err(ReadError::TooLarge);
        }
        let file = File::open(&real).map_err(|error| told(&error))?;
        text_of(file, found.len())
    }

    /// Where an absolute path leads, without links.
    ///
    /// Follows link after link itself: what lies outside is not even asked whether it is there, or the answer would tell.
    ///
    /// # Errors
    /// When it leads out of the root, or nowhere.
    pub fn real(&self, path: &Path) -> Result<PathBuf, ReadError> {
        // The root has no links: what lies below it by name begins there.
        let (mut real, path) = match path.strip_prefix(&self.root) {
            Ok(below) => (self.root.clone(), below),
            Err(_) => (PathBuf::new(), path),
        };
        let mut pending: Vec<OsString> = parts(path).collect();
        let mut links = 0;
        while let Some(part) = pending.pop() {
            if part == ".." {
                real.pop();
                continue;
            }
            real.push(&part);
            if !self.is_above(&real) {
                continue;
            }
            let found = fs::symlink_metadata(&real).map_err(|error| told(&error))?;
            if found.is_symlink() {
                links += 1;
                if links > LINKS {
                    return Err(ReadError::Denied);
                }
                let target = fs::read_link(&real).map_err(|error| told(&error))?;
                real.pop();
                pending.extend(parts(&target));
            }
        }
        if real.starts_with(&self.root) {
            Ok(real)
        } else {
            Err(ReadError::Outside)
        }
    }

    /// Whether the root is above a path that has neither links nor dots.
    fn is_above(&self, real: &Path) -> bool {
        let root = self.root.as_os_str().as_encoded_bytes();
        let below = real.as_os_str().as_encoded_bytes().strip_prefix(root);
        below.is_some_and(|below| {
            let is_separator = |byte: &u8| std::path::is_separator(char::from(*byte));
            root.last().is_some_and(is_separator) && !below.is_empty()
                || below.first().is_some_and(is_separator)
        })
    }
}

/// The parts of a path, the last one first.
fn parts(path: &Path) -> impl Iterator<Item = OsString> {
    let steps = path.components().rev();
    steps.map(|step| step.as_os_str().to_owned())
}

/// Links on one way at most, as the system has it.
const LINKS: usize = 40;

/// Text that a stream gives, within the ceiling.
///
/// # Errors
/// Why there is none.
pub fn text_of(stream: impl Read, expected: u64) -> Result<ArcStr, ReadError> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    let mut stream = stream.take(limits::BYTES as u64 + 1);
    stream
        .read_to_end(&mut bytes)
        .map_err(|error| told(&error))?;
    if bytes.len() > limits::BYTES {
        return Err(ReadError::TooLarge);
    }
    // UTF-16 without a mark is valid UTF-8 as long as it is ASCII: its NULs give it away.
    if memchr::memchr(0, &bytes).is_some() {
        return Err(ReadError::NotText);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(_) => Err(ReadError::NotText),
    }
}

fn told(error: &io::Error) -> ReadError {
    if error.kind() == io::ErrorKind::NotFound {
        ReadError::Missing
    } else if error.kind() == io::ErrorKind::IsADirectory {
        ReadError::NotAFile
    } else {
        ReadError::Denied
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(folder: &Path) -> Disk {
        let root = folder.canonicalize().expect("exists");
        Disk {
            base: root.clone(),
            root,
        }
    }

    #[test]
    fn files_inside_are_read_and_others_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = disk(folder.path());
        fs::write(folder.path().join("a.yml"), "a: 1").expect("written");
        fs::write(folder.path().join("nul.yml"), "a\0b").expect("written");
        fs::write(folder.path().join("latin.yml"), b"\xff").expect("written");
        fs::create_dir(folder.path().join("d")).expect("made");
        assert_eq!(disk.read("a.yml").as_deref(), Ok("a: 1"));
        assert_eq!(disk.read("nul.yml"), Err(ReadError::NotText));
        assert_eq!(disk.read("latin.yml"), Err(ReadError::NotText));
        assert_eq!(disk.read("b.yml"), Err(ReadError::Missing));
        assert_eq!(disk.read("d"), Err(ReadError::NotAFile));
        assert_eq!(
            disk.read("../../../../etc/hostname"),
            Err(ReadError::Outside)
        );
    }

    #[test]
    fn what_is_not_there_is_told_from_what_may_not_be_read() {
        let said = |kind: io::ErrorKind| told(&kind.into());
        assert_eq!(said(io::ErrorKind::NotFound), ReadError::Missing);
        assert_eq!(said(io::ErrorKind::IsADirectory), ReadError::NotAFile);
        assert_eq!(said(io::ErrorKind::PermissionDenied), ReadError::Denied);
    }

    #[cfg(unix)]
    #[test]
    fn a_root_is_above_what_is_below_it_by_whole_names() {
        let below = |root: &str, real: &str| {
            let root = PathBuf::from(root);
            let base = root.clone();
            Disk { base, root }.is_above(Path::new(real))
        };
        assert!(below("/a/b", "/a/b/c"));
        for other in ["/a/b", "/a/bc", "/a/c/b", "/a", "/"] {
            assert!(!below("/a/b", other), "{other}");
        }
        assert!(below("/", "/a"));
        assert!(!below("/", "/"));
    }

    #[cfg(unix)]
    #[test]
    fn so_many_links_are_followed_and_no_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = disk(folder.path());
        fs::write(folder.path().join("0.yml"), "a: 1").expect("written");
        for nth in 1..=LINKS + 1 {
            let (to, name) = (format!("{}.yml", nth - 1), format!("{nth}.yml"));
            std::os::unix::fs::symlink(to, folder.path().join(name)).expect("linked");
        }
        assert_eq!(disk.read(&format!("{LINKS}.yml")).as_deref(), Ok("a: 1"));
        let one_more = disk.read(&format!("{}.yml", LINKS + 1));
        assert_eq!(one_more, Err(ReadError::Denied));
    }

    #[test]
    fn a_file_as_large_as_the_ceiling_is_read_and_a_larger_one_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = disk(folder.path());
        let path = folder.path().join("a.yml");
        fs::write(&path, " ".repeat(limits::BYTES)).expect("written");
        let read = disk.text(&path).map(|text| text.len());
        assert_eq!(read, Ok(limits::BYTES));
        fs::write(&path, " ".repeat(limits::BYTES + 1)).expect("written");
        assert_eq!(disk.text(&path), Err(ReadError::TooLarge));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leaves_the_root_is_refused() {
        let (folder, other) = (
            tempfile::tempdir().expect("a folder"),
            tempfile::tempdir().expect("another"),
        );
        fs::write(other.path().join("secret.yml"), "s: 1").expect("written");
        fs::write(folder.path().join("a.yml"), "a: 1").expect("written");
        let link = |to: &Path, name: &str| {
            std::os::unix::fs::symlink(to, folder.path().join(name)).expect("linked");
        };
        link(&other.path().join("secret.yml"), "out.yml");
        link(Path::new("a.yml"), "in.yml");
        link(Path::new("loop.yml"), "loop.yml");
        let disk = disk(folder.path());
        assert_eq!(disk.read("out.yml"), Err(ReadError::Outside));
        assert_eq!(disk.read("in.yml").as_deref(), Ok("a: 1"));
        assert_eq!(disk.read("loop.yml"), Err(ReadError::Denied));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_as_far_as_the_root_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = disk(folder.path());
        fs::create_dir_all(disk.root.join("a/b")).expect("made");
        fs::write(disk.root.join("a/x.yml"), "x: 1").expect("written");
        let link = |to: &str, name: &str| {
            std::os::unix::fs::symlink(to, disk.root.join(name)).expect("linked");
        };
        link("a/b", "deep");
        link("../a", "a/b/up");
        link("../../../../../../../../../../nowhere", "out");
        link(disk.root.to_str().expect("UTF-8"), "absolute");
        for path in [
            "a/x.yml",
            "./a//x.yml",
            "a/b/../x.yml",
            "deep/../x.yml",
            "absolute/a/x.yml",
            "absolute/deep/../x.yml",
        ] {
            assert_eq!(disk.read(path).as_deref(), Ok("x: 1"), "{path}");
        }
        // The way out and in again is one within the root, by its name.
        let name = disk.root.file_name().expect("a name").to_str();
        let again = format!("../{}/a/x.yml", name.expect("UTF-8"));
        assert_eq!(disk.read(&again).as_deref(), Ok("x: 1"));
        // Whether there is something outside is not told.
        for path in ["out", "out/x.yml", "../nowhere", "/nowhere", "/etc/passwd"] {
            assert_eq!(disk.read(path), Err(ReadError::Outside), "{path}");
        }
        assert_eq!(disk.read("a/b/up/x.yml"), Err(ReadError::Missing));
        assert_eq!(disk.read("absolute"), Err(ReadError::NotAFile));
    }

    #[test]
    fn the_ceiling_is_exact() {
        let at = vec![b'#'; limits::BYTES];
        assert!(text_of(at.as_slice(), 0).is_ok());
        let over = vec![b'#'; limits::BYTES + 1];
        assert_eq!(text_of(over.as_slice(), 0), Err(ReadError::TooLarge));
    }
}

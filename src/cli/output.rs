//! Where results go: standard output, and files that are whole or not there at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::{Error, Result};
use super::path;

/// Writes results. A reader that has read enough ends the writing quietly.
///
/// # Errors
/// When they cannot be written.
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            CLOSED.store(true, Ordering::Relaxed);
            Ok(())
        }
        Err(error) => Err(Error::new(format!(
            "the results cannot be written: {error}"
        ))),
    }
}

/// Whether whoever read the results has read enough.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether nobody reads results any more.
pub fn is_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

/// Says something beside the results. When nobody can hear it, it is not said.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether somebody sees what is said.
pub fn is_seen() -> bool {
    io::stderr().is_terminal()
}

/// Writes a whole file, or leaves what was there.
///
/// `kept` are files that must not be written over: the input. A link is followed only to a file inside of `root`.
///
/// # Errors
/// When it cannot be written, and why.
pub fn write(file: &Path, text: &str, root: &Path, kept: &[PathBuf]) -> Result<()> {
    let failed = |error: &io::Error| {
        Error::new(format!("`{}` cannot be written: {error}", path::text(file)))
    };
    let target = target(file, root)?;
    if kept.contains(&target) {
        let shown = path::text(file);
        return Err(Error::new(format!(
            "`{shown}` is one of the inputs and is not written over"
        )));
    }
    let folder = target.parent().unwrap_or(Path::new("."));
    let (beside, mut temporary) = temporary(folder).map_err(|error| failed(&error))?;
    let written = temporary
        .write_all(text.as_bytes())
        .and_then(|()| keep_mode(&temporary, &target))
        .and_then(|()| temporary.sync_all())
        .and_then(|()| fs::rename(&beside, &target));
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        failed(&error)
    })
}

/// The file that is meant, without links.
fn target(file: &Path, root: &Path) -> Result<PathBuf> {
    let shown = path::text(file);
    let refused = |why: &str| Error::new(format!("`{shown}` {why}"));
    let name = file
        .file_name()
        .ok_or_else(|| refused("is not the name of a file"))?;
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let folder = folder
        .canonicalize()
        .map_err(|_| refused("cannot be written: there is no such folder"))?;
    let inside = std::path::absolute(file).is_ok_and(|file| path::normal(&file).starts_with(root));
    if inside && !folder.starts_with(root) {
        return Err(refused("is not written: a link leads out of the project"));
    }
    let target = folder.join(name);
    let Ok(found) = fs::symlink_metadata(&target) else {
        return Ok(target);
    };
    if found.is_file() {
        return Ok(target);
    }
    if !found.is_symlink() {
        return Err(refused("is not written: it is there and is no file"));
    }
    match target.canonicalize() {
        Ok(real) if real.starts_with(root) && real.is_file() => Ok(real),
        Ok(_) | Err(_) => Err(refused(
            "is not written: it is a link that leads out of the project",
        )),
    }
}

/// A new file in a folder, with a name that no scan picks up.
fn temporary(folder: &Path) -> io::Result<(PathBuf, File)> {
    let mut last = None;
    for attempt in 0..100 {
        let path = folder.join(format!(".gatelint-{}-{attempt}.tmp", process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(last.unwrap_or_else(|| ErrorKind::AlreadyExists.into()))
}

/// A file that is replaced keeps who may read it.
fn keep_mode(temporary: &File, target: &Path) -> io::Result<()> {
    match fs::metadata(target) {
        Ok(found) => temporary.set_permissions(found.permissions()),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("exists");
        (folder, root)
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let (_keep, root) = folder();
        let file = root.join("r.json");
        fs::write(&file, "old").expect("written");
        write(&file, "new", &root, &[]).expect("written");
        assert_eq!(fs::read_to_string(&file).expect("read"), "new");
        assert_eq!(fs::read_dir(&root).expect("read").count(), 1);
    }

    #[test]
    fn an_input_and_a_folder_are_not_written_over() {
        let (_keep, root) = folder();
        let file = root.join("template.yaml");
        fs::write(&file, "a: 1").expect("written");
        assert!(write(&file, "x", &root, std::slice::from_ref(&file)).is_err());
        assert!(write(&root, "x", &root, &[]).is_err());
        assert!(write(&root.join("no/r.json"), "x", &root, &[]).is_err());
        assert_eq!(fs::read_to_string(&file).expect("read"), "a: 1");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_project_is_not_followed() {
        use std::os::unix::fs::symlink;
        let (_keep, root) = folder();
        let (_other, outside) = folder();
        let victim = outside.join("victim");
        fs::write(&victim, "keep").expect("written");
        symlink(&victim, root.join("r.sarif")).expect("linked");
        symlink(&outside, root.join("reports")).expect("linked");
        assert!(write(&root.join("r.sarif"), "x", &root, &[]).is_err());
        assert!(write(&root.join("reports/victim"), "x", &root, &[]).is_err());
        assert_eq!(fs::read_to_string(&victim).expect("read"), "keep");
        // A folder outside that was named as such is another matter.
        write(&outside.join("r.sarif"), "x", &root, &[]).expect("written");
    }
}

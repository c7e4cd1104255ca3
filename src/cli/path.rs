//! Paths as they are shown: relative, with `/` between the parts, and text whatever bytes the system has.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// A path as text. Bytes that are not UTF-8 are spelled as `\xFF`, so that two names never look the same.
pub fn text(path: &Path) -> String {
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
    if std::path::MAIN_SEPARATOR == '/' {
        out
    } else {
        out.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// How one absolute path is reached from the folder of another.
pub fn relative(from: &Path, to: &Path) -> PathBuf {
    let mut rest = to.components().peekable();
    let mut up = PathBuf::new();
    let mut apart = false;
    for part in from.components() {
        if !apart && rest.peek() == Some(&part) {
            rest.next();
        } else {
            apart = true;
            up.push("..");
        }
    }
    up.extend(rest);
    up
}

/// The path without `.` and `..`, as far as it goes without looking at the disk.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_climbs_only_as_far_as_needed() {
        let way = |from: &str, to: &str| text(&relative(Path::new(from), Path::new(to)));
        assert_eq!(way("/a/b", "/a/b/c.yml"), "c.yml");
        assert_eq!(way("/a/b", "/a/c/d.yml"), "../c/d.yml");
        assert_eq!(way("/a/b", "/a/b"), "");
    }

    #[cfg(unix)]
    #[test]
    fn dots_are_walked_without_the_disk() {
        let normal = |path: &str| text(&normal(Path::new(path)));
        assert_eq!(normal("/a/./b/../c.yml"), "/a/c.yml");
        assert_eq!(normal("/../../etc"), "/etc");
        assert_eq!(normal("a/b"), "a/b");
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_text_stay_distinct() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let name = |bytes: &[u8]| text(Path::new(OsStr::from_bytes(bytes)));
        assert_eq!(name(b"a\xff.yml"), "a\\xFF.yml");
        assert_ne!(name(b"a\xff.yml"), name(b"a\xfe.yml"));
    }
}

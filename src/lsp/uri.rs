//! `file:` addresses and paths. Knows no other scheme: what is not a file has no path.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;

/// The path of a file's address.
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    let start = rest.find('/')?;
    let host = rest.get(..start)?;
    if !host.is_empty() && host != "localhost" {
        return None;
    }
    let text = decoded(rest.get(start..)?)?;
    let path = PathBuf::from(without_drive_slash(&text));
    path.is_absolute().then_some(path)
}

/// The address of a file.
pub fn of(path: &Path) -> Uri {
    let text = path.to_string_lossy();
    let text = text.replace(std::path::MAIN_SEPARATOR, "/");
    let mut out = String::from("file://");
    if !text.starts_with('/') {
        out.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    Uri(out)
}

/// `/C:/a` is `C:/a` where paths have drives.
fn without_drive_slash(text: &str) -> &str {
    let drive = text.as_bytes().get(2) == Some(&b':');
    if cfg!(windows) && drive {
        text.strip_prefix('/').unwrap_or(text)
    } else {
        text
    }
}

fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let high = char::from(bytes.next()?).to_digit(16)?;
        let low = char::from(bytes.next()?).to_digit(16)?;
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn addresses_and_paths_are_each_others_opposite() {
        for text in ["/a/b c.yml", "/ä/ö#1?.yml", "/100%/x"] {
            let uri = of(Path::new(text));
            assert!(uri.0.is_ascii() && !uri.0.contains(' '), "{uri:?}");
            assert_eq!(path(&uri), Some(PathBuf::from(text)));
        }
    }

    #[test]
    fn what_is_no_file_has_no_path() {
        for text in [
            "untitled:1",
            "http://x/y",
            "file://server/x",
            "file:///%zz",
            "file:///%",
        ] {
            assert_eq!(path(&Uri(text.to_owned())), None, "{text}");
        }
    }
}

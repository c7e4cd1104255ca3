//! The files that are open in the editor, as they are there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arcstr::ArcStr;
use gen_lsp_types::{TextDocumentContentChangeEvent, Uri};

use super::place::{Encoding, Lines};
use super::uri;

/// Open files at most; an editor that opens more is answered for the first ones.
const MOST: usize = 4096;

/// One open file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its address, as the editor spells it.
    pub uri: Uri,
    /// Its path: the folder without links, then its name.
    pub path: PathBuf,
    /// Its text.
    pub text: ArcStr,
    /// The editor's number of this text.
    pub version: i32,
}

/// Every open file, by its address.
#[derive(Debug, Default)]
pub struct Documents(BTreeMap<String, Document>);

impl Documents {
    /// A file was opened. Not when it is none on a disk.
    pub fn open(&mut self, uri: &Uri, version: i32, text: &str) -> bool {
        let path = uri::path(uri).map(|path| resolved(&path));
        let Some(path) = path.filter(|_| self.0.len() < MOST) else {
            return false;
        };
        let document = Document {
            uri: uri.clone(),
            path,
            text: text.into(),
            version,
        };
        self.0.insert(uri.0.clone(), document);
        true
    }

    /// A file was changed, piece by piece in order.
    pub fn change(
        &mut self,
        uri: &Uri,
        (version, encoding): (i32, Encoding),
        changes: Vec<TextDocumentContentChangeEvent>,
    ) -> bool {
        let Some(document) = self.0.get_mut(&uri.0) else {
            return false;
        };
        let mut text = String::from(document.text.as_str());
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    text = whole.text;
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let lines = Lines::new(&text, encoding);
                    let start = lines.offset(part.range.start);
                    let end = lines.offset(part.range.end).max(start);
                    text.replace_range(start..end, &part.text);
                }
            }
        }
        document.text = text.into();
        document.version = version;
        true
    }

    /// A file was closed.
    pub fn close(&mut self, uri: &Uri) -> Option<Document> {
        self.0.remove(&uri.0)
    }

    /// The open file of this address.
    pub fn get(&self, uri: &Uri) -> Option<&Document> {
        self.0.get(&uri.0)
    }

    /// The open file at this path.
    pub fn at(&self, path: &Path) -> Option<&Document> {
        self.0.values().find(|document| document.path == path)
    }

    /// Every open file.
    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        self.0.values()
    }

    /// The texts, by path.
    pub fn texts(&self) -> BTreeMap<PathBuf, ArcStr> {
        let texts = self.0.values();
        texts
            .map(|document| (document.path.clone(), document.text.clone()))
            .collect()
    }
}

/// The path with the folder's links followed; as it is when there is no such folder.
pub fn resolved(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gen_lsp_types::{Position, Range, TextDocumentContentChangePartial};

    #[cfg(unix)]
    #[test]
    fn pieces_are_replaced_in_order_where_the_editor_means_them() {
        let uri = Uri("file:///nowhere/a.yml".to_owned());
        let mut documents = Documents::default();
        assert!(documents.open(&uri, 1, "a: 😀x\nb: 2\n"));
        let part = |line, from, to, text: &str| {
            let at = |character| Position { line, character };
            TextDocumentContentChangePartial {
                range: Range {
                    start: at(from),
                    end: at(to),
                },
                text: text.to_owned(),
                ..TextDocumentContentChangePartial::default()
            }
            .into()
        };
        let changes = vec![
            part(0, 5, 6, "y"),
            part(1, 0, 1, "cc"),
            part(9, 0, 0, "end"),
        ];
        assert!(documents.change(&uri, (2, Encoding::Utf16), changes));
        let text = documents.get(&uri).map(|document| document.text.clone());
        assert_eq!(text.as_deref(), Some("a: 😀y\ncc: 2\nend"));
        assert!(!documents.open(&Uri("untitled:1".to_owned()), 1, ""));
    }
}

//! Texts as they would be after an edit: none is offered after which a file is not what it was.

use std::ffi::OsStr;
use std::path::Path;

use crate::document::{self, Dialect, Document, ProblemKind};
use crate::source::Sources;

/// Whether a text has to stay JSON: it is, or its name says so.
pub fn is_json(path: &Path, text: &str) -> bool {
    let ending = path.extension().map(OsStr::to_ascii_lowercase);
    ending.is_some_and(|ending| ending == "json") || parsed(text).is_json
}

/// The tree of a text.
pub fn parsed(text: &str) -> Document {
    let sources = Sources::default();
    let source = sources.add("tried", text);
    document::parse(&sources, source, Dialect::CloudFormation)
}

/// Whether all of it could be read, as JSON where that is asked for.
pub fn holds(tried: &Document, as_json: bool) -> bool {
    let mut kinds = tried.problems.iter().map(|problem| problem.kind);
    let is_read = kinds.all(|kind| kind != ProblemKind::UnreadableInput);
    is_read && (tried.is_json || !as_json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_no_comments_whatever_yaml_makes_of_them() {
        let commented = parsed("{\n  # why\n  \"a\": 1\n}\n");
        assert!(holds(&commented, false));
        assert!(!holds(&commented, true));
        assert!(holds(&parsed("{\"a\": 1}"), true));
        assert!(!holds(&parsed("{\"a\": 1"), false));
    }

    #[test]
    fn a_file_is_json_by_its_name_or_by_what_it_holds() {
        assert!(is_json(Path::new("a.json"), "{ # not any more\n}"));
        assert!(is_json(Path::new("a.template"), "{\"a\": 1}"));
        assert!(!is_json(Path::new("a.yaml"), "a: 1"));
    }
}

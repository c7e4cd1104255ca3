//! From files to stacks: the only place that knows file formats. Decides no auth.
//!
//! Every format is lowered to the template that would be deployed, in CloudFormation's own words, with each node
//! pointing at what the author wrote: `serverless` and `sam` do what the real compilers do, `cloudformation` reads the result.

pub mod cloudformation;
pub mod code;
pub mod detect;
mod for_each;
pub mod include;
mod load;
mod nested;
pub mod openapi;
pub mod rewrite;
pub mod sam;
pub mod serverless;

use std::collections::BTreeMap;

use arcstr::ArcStr;

pub use self::load::{Loaded, LoadedStack, load};
use crate::document::{Node, Problem};
use crate::glob::Glob;
use crate::source::{SourceId, Sources, Str};

/// The one way to other files: disk confined to the root for the CLI, an overlay for the editor, a map in tests.
pub trait Reader: Sync {
    /// Text of a file, by its path relative to the project root with `/` between the parts, no `.` or `..` in it.
    ///
    /// # Errors
    /// Says why there is no text; never contains any of the file's content.
    fn read(&self, path: &str) -> Result<ArcStr, ReadError>;

    /// Is told every path that an analysis asks for, also when its text is there already or is missing.
    fn asked(&self, _path: &str) {}
}

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    Missing,
    /// The path, or what it links to, lies outside the project root.
    Outside,
    /// It is a folder, a device, a pipe …
    NotAFile,
    /// It is over [`crate::document::limits::BYTES`].
    TooLarge,
    /// It is not UTF-8 text.
    NotText,
    /// The system refuses.
    Denied,
}

impl ReadError {
    /// What is so, to follow the file's name: "`x.yml` does not exist".
    pub fn what(self) -> &'static str {
        match self {
            Self::Missing => "does not exist",
            Self::Outside => "lies outside the project root and is not read",
            Self::NotAFile => "is not a regular file",
            Self::TooLarge => "is larger than 10 MiB",
            Self::NotText => "is not UTF-8 text",
            Self::Denied => "cannot be opened",
        }
    }
}

/// What the person who runs us said about the deployment.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--stage`, as often as it was given; none means each service's own default.
    pub stages: Vec<Str>,
    /// `--all-stages`: every stage that a service itself names.
    pub all_stages: bool,
    /// `--param K=V`.
    pub params: BTreeMap<String, String>,
    /// `--opt K=V`: options of the Serverless Framework's command line.
    pub opts: BTreeMap<String, String>,
    /// Variables of the environment that may be read (`--env-var`), with their values.
    pub env: BTreeMap<String, String>,
    /// Paths of endpoints that the team calls sensitive.
    pub sensitive_paths: Vec<Glob>,
}

/// What lowering needs from outside.
pub struct Env<'a> {
    /// Texts already loaded, and those that lowering loads.
    pub sources: &'a Sources,
    /// How to get more.
    pub reader: &'a dyn Reader,
    /// What was asked for.
    pub options: &'a Options,
}

/// The input formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `serverless.yml` and its JSON twin.
    Serverless,
    /// A template with the transform `AWS::Serverless-2016-10-31`.
    Sam,
    /// Any other template.
    CloudFormation,
}

impl Format {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Serverless => "serverless",
            Self::Sam => "sam",
            Self::CloudFormation => "cloudformation",
        }
    }
}

/// A template as it would be deployed, in `CloudFormation`'s words.
#[derive(Debug)]
pub struct Lowered {
    /// `Resources`, `Parameters`, `Conditions`, `Mappings`, `Outputs` … as a tree.
    pub template: Node,
    /// The name that its stack is deployed under, when the source says it.
    pub name: Option<Str>,
    /// The stage it is for; `None` where the format has no stages or the stage is not known.
    pub stage: Option<Str>,
    /// Settings that come to something else than they look like.
    pub settings: Vec<crate::stack::Setting>,
    /// What CloudFormation has no word for, by logical id.
    pub notes: BTreeMap<Str, Note>,
    /// What was wrong on the way.
    pub problems: Vec<Problem>,
}

/// What the source knows of a resource and the template cannot say.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// The full path of a REST resource or method whose parent lies outside the template.
    pub path: Option<Str>,
    /// The name that the author gave it: `get-stores` for `GetDashstoresLambdaFunction`.
    pub name: Option<Str>,
}

/// Resolves `path`, as written in a file of folder `from`, against the project root.
/// `None` when it leaves the root; absolute paths do.
pub fn join(from: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Folder part of a path relative to the root; empty for a file at the root.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Adds a file to the sources, reading it only when it is not there yet.
///
/// # Errors
/// Why it could not be read.
pub fn open(env: &Env<'_>, path: &str) -> Result<SourceId, ReadError> {
    env.reader.asked(path);
    match env.sources.find(path) {
        Some(source) => Ok(source),
        None => Ok(env.sources.add(path, env.reader.read(path)?)),
    }
}

/// A reader over a map: for tests, and for hosts without a file system.
#[derive(Clone, Debug, Default)]
pub struct MapReader(pub BTreeMap<String, ArcStr>);

impl Reader for MapReader {
    fn read(&self, path: &str) -> Result<ArcStr, ReadError> {
        self.0.get(path).cloned().ok_or(ReadError::Missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside_the_root() {
        assert_eq!(join("a/b", "./c.yml").as_deref(), Some("a/b/c.yml"));
        assert_eq!(join("a/b", "../c.yml").as_deref(), Some("a/c.yml"));
        assert_eq!(join("a", "../../c.yml"), None);
        assert_eq!(join("a", "/etc/passwd"), None);
    }
}

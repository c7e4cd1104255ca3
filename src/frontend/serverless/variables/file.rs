//! `${file(path):address}`: files beside the service, read through the one reader and never run.

use super::syntax::Call;
use super::{Answer, Asked, Site, Variables, limits};
use crate::document::{self, Dialect, Node, Problem, ProblemKind};
use crate::frontend::{ReadError, join, open};
use crate::source::{SourceId, Span, Str};
use crate::trail::{How, Step};

/// What a file holds.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A tree, or the text of a file that is no data.
    Known(Node),
    /// There is no such file.
    Missing,
    /// It is there, but what it holds cannot be known: a script, or a file that cannot be read.
    Unknown,
}

/// Files that the framework runs.
const SCRIPTS: [&str; 5] = ["js", "cjs", "mjs", "ts", "mts"];

impl Variables<'_> {
    /// Asks a file.
    pub(super) fn file(&mut self, call: &Call, address: Option<&Str>, site: Site<'_>) -> Asked {
        let Some(param) = call.params.first() else {
            return Asked::Missing("no file is named".into());
        };
        let path = match self.filled(&param.template, site) {
            Ok(path) => path,
            Err(unknown) => return Asked::Found(unknown),
        };
        let content = self.content(&path, site);
        let node = match content {
            Content::Known(node) => node,
            Content::Unknown => return Asked::Found(site.unknown()),
            Content::Missing => return Asked::Missing(format!("`{path}` does not exist")),
        };
        let step = Step::new(How::File(path.clone()), node.span);
        let answer = Answer::there(node.via(step));
        let Some(address) = address.filter(|text| !text.is_empty()) else {
            if answer.node.is_null() {
                return Asked::Missing(format!("`{path}` is empty"));
            }
            return Asked::Found(answer);
        };
        match self.follow(answer, address) {
            Some(answer) => Asked::Found(answer),
            None => Asked::Missing(format!("there is no `{address}` in `{path}`")),
        }
    }

    /// What a file holds, by its path relative to the service. Each is read once.
    fn content(&mut self, written: &Str, site: Site<'_>) -> Content {
        let Some(path) = join(&self.folder, written) else {
            self.unread(written, ReadError::Outside, site.span);
            return Content::Unknown;
        };
        if let Some(content) = self.files.get(&path) {
            return content.clone();
        }
        if self.files.len() >= limits::FILES {
            self.refused(site.span, "the service includes more than 1,000 files");
            return Content::Unknown;
        }
        let content = self.load(&path, written, site);
        self.files.insert(path, content.clone());
        content
    }

    fn load(&mut self, path: &str, written: &Str, site: Site<'_>) -> Content {
        let source = match open(self.env, path) {
            Ok(source) => source,
            Err(ReadError::Missing) => return Content::Missing,
            Err(error) => {
                self.unread(written, error, site.span);
                return Content::Unknown;
            }
        };
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            script if SCRIPTS.contains(&script) => Content::Unknown,
            "yml" | "yaml" | "json" | "tfstate" => self.parsed(source),
            _ => self.plain(source),
        }
    }

    fn parsed(&mut self, source: SourceId) -> Content {
        let document = document::parse(self.env.sources, source, Dialect::Core);
        let is_broken = |problem: &Problem| problem.kind == ProblemKind::UnreadableInput;
        let broken = document.problems.iter().any(is_broken);
        self.problems.extend(document.problems);
        if broken {
            return Content::Unknown;
        }
        Content::Known(document.root)
    }

    fn plain(&self, source: SourceId) -> Content {
        let Some(file) = self.env.sources.get(source) else {
            return Content::Unknown;
        };
        let end = u32::try_from(file.text.len()).unwrap_or(u32::MAX);
        let span = Span {
            source,
            start: 0,
            end,
        };
        Content::Known(Node::text(span, arcstr::Substr::full(file.text.clone())))
    }

    /// A file that is there but is not read.
    fn unread(&mut self, written: &Str, error: ReadError, span: Span) {
        let kind = match error {
            ReadError::Outside | ReadError::Missing => ProblemKind::Notice,
            ReadError::NotAFile | ReadError::TooLarge | ReadError::NotText | ReadError::Denied => {
                ProblemKind::UnreadableInput
            }
        };
        let message = format!("`{written}` {}", error.what());
        self.problems.push(Problem::new(kind, span, message));
    }
}

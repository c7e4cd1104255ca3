//! The difference between two states, in several formats. A `Line` settles what is said of an endpoint; the formats
//! only write lines down.

#[cfg(feature = "cli")]
mod human;
mod json;
mod markdown;

use crate::diff::{Diff, Entry, Kind, Place};
use crate::document::{Problem, ProblemKind};
use crate::report::View;
use crate::report::endpoints::Row;

/// How a difference can be printed. The names are those of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Differences {
    /// For people at a terminal.
    #[cfg(feature = "cli")]
    Human,
    /// One document with everything.
    Json,
    /// A comment for a pull request.
    Markdown,
}

impl Differences {
    /// Every format.
    pub const ALL: &'static [Self] = &[
        #[cfg(feature = "cli")]
        Self::Human,
        Self::Json,
        Self::Markdown,
    ];

    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            #[cfg(feature = "cli")]
            Self::Human => "human",
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }

    /// The whole difference in this format, a line end last.
    pub fn render(self, view: &DiffView<'_>) -> String {
        match self {
            #[cfg(feature = "cli")]
            Self::Human => human::render(view),
            Self::Json => json::render(view),
            Self::Markdown => markdown::render(view),
        }
    }
}

/// One of the two states, as it is shown.
#[derive(Clone, Copy, Debug)]
pub struct SideView<'a> {
    /// Its report.
    pub view: View<'a>,
    /// As it was named on the command line.
    pub name: &'a str,
    /// Whether it is a revision, whose files cannot be opened where they are said to be.
    pub is_revision: bool,
}

/// A difference, and how it is to be shown.
#[derive(Clone, Copy)]
pub struct DiffView<'a> {
    /// What differs.
    pub diff: &'a Diff<'a>,
    /// The state before.
    pub old: SideView<'a>,
    /// The state after. Its look and detail are those of the whole.
    pub new: SideView<'a>,
    /// Takes what must not be shown out of a text that comes from the input.
    pub hide: &'a dyn Fn(&str) -> String,
}

impl DiffView<'_> {
    /// An endpoint as it is printed, without what must not be shown.
    fn row(&self, side: &SideView<'_>, place: Place<'_>) -> Row {
        let mut row = Row::of(place.endpoint, &side.view.report.sources);
        row.hide(self.hide);
        row
    }

    /// The endpoint as it is, or as it was when it is gone.
    fn line(&self, entry: &Entry<'_>) -> Option<Line> {
        let (side, place) = match (entry.new, entry.old) {
            (Some(new), _) => (&self.new, new),
            (None, Some(old)) => (&self.old, old),
            (None, None) => return None,
        };
        let row = self.row(side, place);
        Some(Line {
            method: row.method_word(),
            path: row.path_word(),
            change: self.change(entry, &row),
            declared: entry.declared.as_deref().map(self.hide),
            place: self.place(side, place, entry.new.is_none()),
        })
    }

    /// `file:line`; with the revision before it when the file is not there any more.
    fn place(&self, side: &SideView<'_>, place: Place<'_>, is_gone: bool) -> String {
        let at = side.view.report.sources.locate(place.endpoint.span);
        let file = side.view.path(&(self.hide)(&at.file));
        if is_gone && side.is_revision {
            let name = crate::report::name(side.name);
            format!("{name}:{file}:{}", at.line)
        } else {
            format!("{file}:{}", at.line)
        }
    }

    /// What differs, in a few words; of an endpoint that is on one side only, what it asks for.
    fn change(&self, entry: &Entry<'_>, row: &Row) -> String {
        if entry.changes.is_empty() {
            return row.demand();
        }
        let arrow = if self.new.view.look.unicode {
            "→"
        } else {
            "->"
        };
        let changed = |what: &str| entry.changes.iter().any(|change| change.what == what);
        // Whom to ask and for what follows from the kind.
        let follows =
            |what: &str| changed("authorization") && matches!(what, "authorizer" | "scopes");
        let mut told = Vec::new();
        for change in entry.changes.iter().filter(|change| !follows(change.what)) {
            let (old, new) = (self.value(&change.old), self.value(&change.new));
            told.push(match change.what {
                "authorization" => format!("{old} {arrow} {new}"),
                "api_key_required" => format!("API key {} {arrow} {}", asked(&old), asked(&new)),
                what => format!("{what} {old} {arrow} {new}"),
            });
        }
        told.join(", ")
    }

    fn value(&self, text: &str) -> String {
        if text.is_empty() {
            return "none".to_owned();
        }
        (self.hide)(text)
    }

    /// What could not be analysed on either side, with the name of the side when it is a revision.
    fn unread(&self) -> Vec<(String, &Problem)> {
        let mut all = Vec::new();
        for side in [&self.old, &self.new] {
            let report = side.view.report;
            let unread = report.problems.iter().filter(|problem| {
                matches!(
                    problem.kind,
                    ProblemKind::UnreadableInput | ProblemKind::DuplicateKey
                )
            });
            for problem in unread {
                let file = report.sources.locate(problem.span).file;
                let file = side.view.path(&(self.hide)(&file));
                let name = crate::report::name(side.name);
                let shown = if side.is_revision {
                    format!("{name}:{file}")
                } else {
                    file
                };
                all.push((shown, problem));
            }
        }
        all
    }

    /// The last line: what it comes to.
    fn headline(&self) -> String {
        match self.diff.more_open() {
            0 => "no endpoint became more open".to_owned(),
            1 => "1 endpoint became more open".to_owned(),
            number => format!("{number} endpoints became more open"),
        }
    }

    /// What stays as it is: `41 endpoints, 2 of them moved or renamed`.
    fn unchanged(&self) -> Option<String> {
        let moved = self.diff.count(Kind::Moved);
        let same = self.diff.count(Kind::Same) + moved;
        if same == 0 {
            return None;
        }
        let all = crate::report::summary::count(same, "endpoint");
        Some(match moved {
            0 => all,
            1 if same == 1 => format!("{all}, moved or renamed"),
            moved => format!("{all}, {moved} of them moved or renamed"),
        })
    }
}

fn asked(value: &str) -> &str {
    match value {
        "true" => "asked for",
        "false" => "not asked for",
        other => other,
    }
}

/// What is said of one endpoint.
#[derive(Debug)]
struct Line {
    method: String,
    path: String,
    change: String,
    declared: Option<String>,
    place: String,
}

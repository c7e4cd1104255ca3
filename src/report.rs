//! A report becomes bytes: one file per format, and nothing else.
//!
//! Knows no rule, computes no fact, reads no file, clock or environment: what was asked to be shown comes in a
//! [`View`], how wide and colourful the terminal is in a [`Look`]. The bytes go to whoever asked; `cli` writes them.

mod csv;
pub mod diff;
pub mod endpoints;
mod escape;
mod fingerprint;
mod github;
mod gitlab;
mod html;
mod ink;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod place;
mod problems;
mod rules;
mod sarif;
mod secret;
mod stages;
mod summary;
mod table;
#[cfg(feature = "cli")]
mod terminal;

use std::collections::HashSet;
use std::time::Duration;

#[cfg(feature = "cli")]
pub use self::terminal::statistics;
pub use self::{
    escape::{markdown_code, markdown_message, message, name, patch},
    github::annotations,
    rules::{rule_page, rules_json, rules_table},
    summary::Summary,
    table::{Cell, Table},
};
use crate::document::Problem;
use crate::finding::{Finding, Report, Severity, Verdict};
use crate::rule::RuleSet;
use crate::source::Span;

/// How findings can be printed. The names are those of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// For people at a terminal.
    #[cfg(feature = "cli")]
    Human,
    /// One document with everything.
    Json,
    /// One record a line.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands: annotations in GitHub Actions.
    Github,
    /// A code quality report of GitLab.
    Gitlab,
    /// `JUnit` XML, for whatever shows test results.
    Junit,
    /// A comment or a job summary.
    Markdown,
    /// One row a finding.
    Csv,
    /// A page for auditors: one file, no network.
    Html,
}

impl Format {
    /// Every format, in the order in which they are listed.
    pub const ALL: &'static [Self] = &[
        #[cfg(feature = "cli")]
        Self::Human,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Markdown,
        Self::Csv,
        Self::Html,
    ];

    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            #[cfg(feature = "cli")]
            Self::Human => "human",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
            Self::Html => "html",
        }
    }

    /// The whole report in this format, a line end last.
    pub fn render(self, view: &View<'_>) -> String {
        match self {
            #[cfg(feature = "cli")]
            Self::Human => terminal::render(view),
            Self::Json => json::render(view),
            Self::Jsonl => jsonl::render(view),
            Self::Sarif => sarif::render(view),
            Self::Github => github::render(view),
            Self::Gitlab => gitlab::render(view),
            Self::Junit => junit::render(view),
            Self::Markdown => markdown::render(view),
            Self::Csv => csv::render(view),
            Self::Html => html::render(view),
        }
    }
}

/// A report, and what of it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What was found.
    pub report: &'a Report,
    /// The rules that may have been found to hold.
    pub rules: &'a RuleSet,
    /// Which findings are listed.
    pub show: Show,
    /// How a terminal is written to.
    pub look: Look,
    /// Where the person is, so that a path on the screen can be opened.
    pub way: Way<'a>,
    /// How long the run took; `None` leaves it out.
    pub elapsed: Option<Duration>,
    /// What else a person at a terminal can do, for the end; empty for nothing.
    pub advice: &'a str,
    /// Texts that are not shown, each with what is shown instead, the longest first. For pages that quote the input.
    pub hidden: &'a [(String, String)],
    /// What heads a page.
    pub heading: Heading<'a>,
}

/// What heads a page that is read away from the run that made it. Given, never asked of a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heading<'a> {
    /// The name of what was looked at; empty for none.
    pub title: &'a str,
    /// When, as the reader is to see it; empty for nothing.
    pub date: &'a str,
}

/// How the project's files are reached from where a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    /// The person is in this folder of the project; empty at its root.
    Inside(&'a str),
    /// The root is there.
    Through(&'a str),
}

/// Which findings are listed. What is not listed is still counted.
#[derive(Clone, Copy, Debug)]
pub struct Show {
    /// Nothing less severe.
    pub least: Severity,
    /// Suppressed ones too.
    pub suppressed: bool,
    /// Undecided ones too, in the formats that have no word for the verdict.
    pub undecided: bool,
    /// How much a person wants to read.
    pub detail: Detail,
}

/// How much a person wants to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// No summary, no notices.
    Quiet,
    /// Findings of the same rule are folded after the first few.
    Normal,
    /// Everything in full.
    Full,
}

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether escape sequences colour the severities.
    pub color: bool,
    /// Whether lines may be drawn with more than ASCII.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
}

impl Default for Show {
    fn default() -> Self {
        Self {
            least: Severity::Info,
            suppressed: false,
            undecided: false,
            detail: Detail::Normal,
        }
    }
}

impl Default for Look {
    /// A file: no colour, a hundred columns.
    fn default() -> Self {
        Self {
            color: false,
            unicode: true,
            width: 100,
        }
    }
}

impl<'a> View<'a> {
    /// The report as it is, nothing left out that counts.
    pub fn new(report: &'a Report, rules: &'a RuleSet) -> Self {
        Self {
            report,
            rules,
            show: Show::default(),
            look: Look::default(),
            way: Way::Inside(""),
            elapsed: None,
            advice: "",
            hidden: &[],
            heading: Heading::default(),
        }
    }

    /// The findings to list where each comes with its verdict, worst first.
    pub fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        let show = self.show;
        let listed = move |finding: &&Finding| {
            finding.severity >= show.least && (show.suppressed || finding.suppressed.is_none())
        };
        self.report.findings.iter().filter(listed)
    }

    /// The findings to list where a listed one counts as a fact: undecided ones only when they were asked for.
    pub fn decided(&self) -> impl Iterator<Item = &'a Finding> {
        let undecided = self.show.undecided;
        self.findings()
            .filter(move |finding| undecided || finding.verdict != Verdict::Undecided)
    }

    /// The problems that no finding tells already, listed or suppressed.
    pub fn problems(&self) -> impl Iterator<Item = &'a Problem> {
        let suppressed = self.report.findings.iter();
        let suppressed = suppressed.filter(|finding| finding.suppressed.is_some());
        let told: HashSet<(&str, Span)> = self
            .decided()
            .chain(suppressed)
            .map(|finding| (&*finding.rule, finding.primary))
            .collect();
        let problems = self.report.problems.iter();
        problems.filter(move |problem| !told.contains(&(problem.kind.rule(), problem.span)))
    }

    /// A file's name as a person opens it from where they are.
    pub fn path(&self, file: &str) -> String {
        let path = match self.way {
            Way::Inside("") => file.to_owned(),
            Way::Inside(here) => place::seen_from(here, file),
            Way::Through(root) => format!("{root}/{file}"),
        };
        escape::name(&path)
    }

    /// `file:line:column`, likewise.
    pub fn clickable(&self, span: Span) -> String {
        let place = self.report.sources.locate(span);
        format!("{}:{}:{}", self.path(&place.file), place.line, place.column)
    }

    /// The numbers at the end.
    pub fn summary(&self) -> Summary {
        Summary::of(self.report)
    }
}

impl Verdict {
    /// The word for it in reports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::HoldsWhen(_) => "holds-when",
            Self::Undecided => "undecided",
        }
    }

    /// The worlds in which it holds, as text; empty when it needs none.
    pub fn when(&self) -> Vec<String> {
        match self {
            Self::Holds | Self::Undecided => Vec::new(),
            Self::HoldsWhen(worlds) => worlds.iter().map(ToString::to_string).collect(),
        }
    }
}

//! A report becomes bytes: one file per format, and nothing else.
//!
//! Knows no rule, computes no fact, reads no file, clock or environment: what was asked to be shown comes in a
//! [`View`], how wide and colourful the terminal is in a [`Look`]. The bytes go to whoever asked; `cli` writes them.

mod csv;
pub mod endpoints;
mod escape;
mod fingerprint;
mod github;
mod gitlab;
mod ink;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod place;
mod problems;
mod sarif;
mod summary;
mod table;
#[cfg(feature = "cli")]
mod terminal;

use std::time::Duration;

#[cfg(feature = "cli")]
pub use self::terminal::statistics;
pub use self::{
    escape::{line, name},
    summary::Summary,
    table::{Cell, Table},
};
use crate::finding::{Finding, Report, Severity, Verdict};
use crate::rule::RuleSet;

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
    /// How long the run took; `None` leaves it out.
    pub elapsed: Option<Duration>,
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
            elapsed: None,
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

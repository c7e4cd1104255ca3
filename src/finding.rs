//! What is reported: findings, and the whole report of a run. Owned, sorted, free of any rendering.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::document::Problem;
use crate::facts::{Fact, Kind, Subject};
pub use crate::fix::{Edit, Fix};
use crate::frontend::Format;
pub use crate::rule::{Cure, Severity, Verdict};
use crate::source::{Sources, Span, Str};
use crate::trail::Step;

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule's id.
    pub rule: Str,
    /// How bad.
    pub severity: Severity,
    /// How certain.
    pub verdict: Verdict,
    /// What kind of thing it is about.
    pub kind: Kind,
    /// That thing, as messages name it.
    pub subject: String,
    /// Facts of the subject that were read, by name, as text: for JSON and SARIF.
    pub facts: Vec<(&'static str, String)>,
    /// What is so.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The place to look at first.
    pub primary: Span,
    /// Where its subject is declared.
    pub about: Span,
    /// Path of the CDK construct that it is about: `shop/Api/Default/POST/Resource`.
    pub construct: Option<Str>,
    /// The derivations of the facts that decided it, without repetition.
    pub evidence: Vec<Step>,
    /// Labelled places for the parts of a rule with `checks`.
    pub labels: Vec<(Span, String)>,
    /// The same after edits that do not change what it is about: rule, file and identity of the subject.
    pub fingerprint: String,
    /// The fingerprint without the file: the same after the file was moved.
    pub moved: String,
    /// Why it does not count, when it was suppressed.
    pub suppressed: Option<Suppression>,
    /// What its page says of mending it, until [`crate::fix::attach`] has made a fix of it.
    pub cure: Option<Box<Cure>>,
    /// The edits that mend it, where that can be done with certainty.
    pub fix: Option<Fix>,
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// What made it so.
    pub cause: Cause,
    /// Where it is written; `None` for what is known from before.
    pub at: Option<Span>,
    /// The reason given; empty when there is none.
    pub reason: String,
    /// The last day on which it counts.
    pub expires: Option<Date>,
}

/// What makes a finding not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Somebody decided to ignore it.
    Ignored,
    /// The endpoint is declared public by design.
    Public,
    /// It was there before: it is in the baseline.
    Known,
}

impl Cause {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Public => "public",
            Self::Known => "baseline",
        }
    }
}

/// One stack in the inventory.
#[derive(Clone, Debug)]
pub struct StackReport {
    /// The file itself.
    pub source: crate::source::SourceId,
    /// File it was read from, relative to the root.
    pub file: String,
    /// Its format.
    pub format: Format,
    /// The stage it was judged for, if stages are known.
    pub stage: Option<Str>,
    /// Other stages that the file names, when nobody said which to judge.
    pub others: Vec<Str>,
    /// Its endpoints, sorted by API, protocol, path and method.
    pub endpoints: Vec<crate::endpoint::Endpoint>,
    /// Which of its functions calls which of its endpoints, in order of the functions.
    pub calls: Vec<CallReport>,
    /// Whether the rate of calls is limited, for each endpoint in their order; `None` where deployment settles it.
    pub throttled: Vec<Option<bool>>,
}

/// One function of a stack calling one of its endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallReport {
    /// The function that calls, as its author named it.
    pub caller: Str,
    /// The endpoint called, as messages name it.
    pub target: Str,
    /// Whether the caller's role lets it through; `None` when that cannot be told.
    pub allowed: Option<bool>,
    /// Where the URL is written.
    pub span: Span,
}

impl CallReport {
    /// What a subject says of a call; `None` when it is about something else.
    pub fn of(subject: &Subject) -> Option<Self> {
        let fact = |name: &str| {
            let column = subject.kind.fields().iter().position(|f| f.name == name)?;
            subject.fact(column)?.agreed()
        };
        let text = |name: &str| match fact(name) {
            Some(Fact::Text(text)) => Some(text.clone()),
            Some(Fact::Absent | Fact::Flag(_) | Fact::Number(_) | Fact::List(_)) | None => None,
        };
        if subject.kind != Kind::Call {
            return None;
        }
        Some(Self {
            caller: text("caller")?,
            target: text("target")?,
            allowed: fact("allowed").map(|allowed| *allowed == Fact::Flag(true)),
            span: subject.span,
        })
    }
}

/// Everything that a run found out.
#[derive(Debug)]
pub struct Report {
    /// The texts that all spans point into.
    pub sources: Arc<Sources>,
    /// The stacks, sorted by file and stage.
    pub stacks: Vec<Arc<StackReport>>,
    /// The findings, worst first, then by place; suppressed ones included.
    pub findings: Vec<Finding>,
    /// What could not be read or understood, by place.
    pub problems: Vec<Problem>,
    /// How many files were looked at.
    pub files: usize,
    /// The day of the run, where it matters.
    pub today: Option<Date>,
}

impl Report {
    /// How often each rule could not be decided, by id; rules that always could are left out.
    pub fn undecided(&self) -> BTreeMap<Str, usize> {
        let mut counts = BTreeMap::new();
        for finding in &self.findings {
            if finding.verdict == Verdict::Undecided && finding.suppressed.is_none() {
                *counts.entry(finding.rule.clone()).or_insert(0) += 1;
            }
        }
        counts
    }
}

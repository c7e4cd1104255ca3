//! What is reported: findings, and the whole report of a run. Owned, sorted, free of any rendering.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::Problem;
use crate::facts::Kind;
use crate::frontend::Format;
pub use crate::rule::{Severity, Verdict};
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
    /// Why it does not count, when it was suppressed.
    pub suppressed: Option<Suppression>,
}

/// A suppression that applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Where it is written; `None` when it comes from a baseline.
    pub at: Option<Span>,
    /// The reason given; empty when there is none.
    pub reason: String,
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
    /// Its endpoints, sorted by API, protocol, path and method.
    pub endpoints: Vec<crate::endpoint::Endpoint>,
    /// Whether the rate of calls is limited, for each endpoint in their order; `None` where deployment settles it.
    pub throttled: Vec<Option<bool>>,
}

/// Everything that a run found out.
#[derive(Debug)]
pub struct Report {
    /// The texts that all spans point into.
    pub sources: Arc<Sources>,
    /// The stacks, sorted by file and stage.
    pub stacks: Vec<StackReport>,
    /// The findings, worst first, then by place; suppressed ones included.
    pub findings: Vec<Finding>,
    /// What could not be read or understood, by place.
    pub problems: Vec<Problem>,
    /// How many files were looked at.
    pub files: usize,
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

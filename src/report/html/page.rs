//! What the parts of a page share: which endpoint has which findings, and how each is pointed at.

use std::collections::HashMap;

use super::text::{self, Text};
use crate::endpoint::Endpoint;
use crate::facts::Kind;
use crate::finding::{Finding, Severity, StackReport, Verdict};
use crate::report::endpoints::Row;
use crate::report::summary::UNKNOWN;
use crate::report::{View, escape, place};
use crate::source::Span;

/// A report, with its endpoints and findings brought together.
pub struct Page<'a> {
    /// What is shown.
    pub view: &'a View<'a>,
    /// Every endpoint, in the order of the inventory.
    pub endpoints: Vec<Entry<'a>>,
    /// The findings that are shown, with the number of each in the report, worst first.
    pub findings: Vec<(usize, &'a Finding)>,
    /// Numbers of the endpoints that a finding is about, by the finding's number.
    subjects: HashMap<usize, usize>,
}

/// An endpoint, and what was found about it.
pub struct Entry<'a> {
    /// The stack that it is of.
    pub stack: &'a StackReport,
    /// The endpoint.
    pub endpoint: &'a Endpoint,
    /// As the inventory prints it.
    pub row: Row,
    /// The findings that count, and those that are undecided, by number.
    pub findings: Vec<(usize, &'a Finding)>,
}

impl<'a> Page<'a> {
    /// Brings everything together.
    pub fn of(view: &'a View<'a>) -> Self {
        let report = view.report;
        let shown = |finding: &&Finding| finding.severity >= view.show.least;
        let findings: Vec<(usize, &Finding)> = (0..)
            .zip(&report.findings)
            .filter(|(_, finding)| shown(finding))
            .collect();
        let mut about: HashMap<(Span, &str), Vec<(usize, &Finding)>> = HashMap::new();
        for (number, finding) in &findings {
            if finding.kind == Kind::Endpoint && finding.suppressed.is_none() {
                let key = (finding.about, finding.subject.as_str());
                about.entry(key).or_default().push((*number, finding));
            }
        }
        let mut page = Self {
            view,
            endpoints: Vec::new(),
            findings,
            subjects: HashMap::new(),
        };
        for stack in &report.stacks {
            for endpoint in &stack.endpoints {
                let row = Row::of(endpoint, &report.sources);
                let label = text::without(&row.label, view.hidden);
                let findings = about.get(&(endpoint.span, label.as_str())).cloned();
                let findings = findings.unwrap_or_default();
                let number = page.endpoints.len();
                for (finding, _) in &findings {
                    page.subjects.entry(*finding).or_insert(number);
                }
                page.endpoints.push(Entry {
                    stack,
                    endpoint,
                    row,
                    findings,
                });
            }
        }
        page
    }

    /// A name or a path.
    pub fn name(&self, name: &str) -> Text {
        Text::new(name, escape::MOST, self.view.hidden)
    }

    /// A message or a help.
    pub fn message(&self, message: &str) -> Text {
        Text::new(message, escape::MOST_OF_MESSAGE, self.view.hidden)
    }

    /// A place, as editors open it; only the file when the whole of it is meant.
    pub fn place(&self, span: Span) -> Text {
        let sources = &self.view.report.sources;
        if span == Span::top(span.source) {
            return self.name(&sources.locate(span).file);
        }
        self.name(&place::clickable(sources, span))
    }

    /// The number of the endpoint that a finding is about.
    pub fn subject(&self, finding: usize) -> Option<usize> {
        self.subjects.get(&finding).copied()
    }

    /// The findings that count, the undecided ones, or the suppressed ones.
    pub fn of_sort(&self, sort: Sort) -> Vec<(usize, &'a Finding)> {
        let all = self.findings.iter().copied();
        all.filter(|(_, finding)| Sort::of(finding) == sort)
            .collect()
    }
}

/// In which list a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// It counts.
    Counts,
    /// It cannot be decided before deployment.
    Undecided,
    /// Somebody said that it is meant to be so.
    Suppressed,
}

impl Sort {
    /// The list of a finding.
    pub fn of(finding: &Finding) -> Self {
        match (&finding.suppressed, &finding.verdict) {
            (Some(_), _) => Self::Suppressed,
            (None, Verdict::Undecided) => Self::Undecided,
            (None, Verdict::Holds | Verdict::HoldsWhen(_)) => Self::Counts,
        }
    }
}

impl Entry<'_> {
    /// The worst of the findings that count.
    pub fn worst(&self) -> Option<Severity> {
        let counting = self.findings.iter();
        counting
            .filter(|(_, finding)| Sort::of(finding) == Sort::Counts)
            .map(|(_, finding)| finding.severity)
            .max()
    }

    /// Whether somebody has to look at it.
    pub fn is_problem(&self) -> bool {
        !self.findings.is_empty() || self.row.authorization == UNKNOWN
    }
}

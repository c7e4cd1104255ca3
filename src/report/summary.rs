//! The numbers at the end of a run, the same in every format.

use std::collections::{BTreeMap, BTreeSet};

use crate::endpoint::{Authorization, Endpoint};
use crate::finding::{Cause, Report, Severity, Verdict};

/// What a run amounts to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that were looked at.
    pub files: usize,
    /// Stacks that they make.
    pub stacks: usize,
    /// Endpoints of those.
    pub endpoints: usize,
    /// Endpoints by the word of their authorization, `unknown` included.
    pub by_authorization: BTreeMap<&'static str, usize>,
    /// Preflight methods among them, which ask for nothing and give nothing.
    pub preflights: usize,
    /// Findings that count, by severity.
    pub findings: BTreeMap<Severity, usize>,
    /// Findings that are suppressed, for whatever cause.
    pub suppressed: usize,
    /// Those of them that are in the baseline.
    pub known: usize,
    /// Endpoints that are declared public by design, each once.
    pub declared: usize,
    /// Findings that cannot be decided before deployment; not among those that count.
    pub undecided: usize,
}

impl Summary {
    /// Counts.
    pub fn of(report: &Report) -> Self {
        let mut sum = Self {
            files: report.files,
            stacks: report.stacks.len(),
            ..Self::default()
        };
        for endpoint in report.stacks.iter().flat_map(|stack| &stack.endpoints) {
            sum.endpoints += 1;
            *sum.by_authorization
                .entry(authorization(endpoint))
                .or_default() += 1;
            sum.preflights += usize::from(endpoint.cors_preflight.agreed() == Some(&true));
        }
        let mut declared = BTreeSet::new();
        for finding in &report.findings {
            match finding.suppressed.as_ref().map(|why| why.cause) {
                Some(Cause::Known) => sum.known += 1,
                Some(Cause::Public) => {
                    declared.insert((finding.about, &finding.subject));
                }
                Some(Cause::Ignored) | None => {}
            }
            match (&finding.suppressed, &finding.verdict) {
                (Some(_), _) => sum.suppressed += 1,
                (None, Verdict::Undecided) => sum.undecided += 1,
                (None, Verdict::Holds | Verdict::HoldsWhen(_)) => {
                    *sum.findings.entry(finding.severity).or_default() += 1;
                }
            }
        }
        sum.declared = declared.len();
        sum
    }

    /// Findings that count, of one severity.
    pub fn found(&self, severity: Severity) -> usize {
        self.findings.get(&severity).copied().unwrap_or(0)
    }

    /// Endpoints with this word for their authorization.
    pub fn authorized(&self, word: &str) -> usize {
        self.by_authorization.get(word).copied().unwrap_or(0)
    }

    /// Endpoints that ask for nothing, preflight methods and those that are declared public left out.
    pub fn open(&self) -> usize {
        self.authorized(Authorization::None.word())
            .saturating_sub(self.preflights + self.declared)
    }

    /// Endpoints of which it cannot be told before deployment.
    pub fn unknown(&self) -> usize {
        self.authorized(UNKNOWN)
    }

    /// Endpoints that ask for something.
    pub fn protected(&self) -> usize {
        self.endpoints
            .saturating_sub(self.authorized(Authorization::None.word()))
            .saturating_sub(self.unknown())
    }
}

/// The word for what cannot be told.
pub const UNKNOWN: &str = "unknown";

/// The word for an endpoint's authorization: that of all its cases, or `unknown`.
pub fn authorization(endpoint: &Endpoint) -> &'static str {
    let mut kinds = endpoint
        .auth
        .cases_in(&endpoint.world)
        .map(|case| case.value.as_ref().map(|auth| auth.kind));
    let Some(Some(first)) = kinds.next() else {
        return UNKNOWN;
    };
    if kinds.all(|kind| kind == Some(first)) {
        first.word()
    } else {
        UNKNOWN
    }
}

/// `1 endpoint`, `2 endpoints`.
pub fn count(number: usize, noun: &str) -> String {
    let ending = match (number, noun) {
        (1, _) => "",
        (_, noun) if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{number} {noun}{ending}")
}

/// `38 ms`, `1.2 s`.
pub fn elapsed(time: std::time::Duration) -> String {
    match time.as_millis() {
        ms @ ..1000 => format!("{ms} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

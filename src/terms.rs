//! What a team decided about findings: which do not count and until when, where others are as severe, what is known already.
//!
//! Comes from the configuration, the command line and a baseline; knows none of them.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::baseline::Baseline;
use crate::finding::Finding;
use crate::glob::Glob;
use crate::rule::Severity;
use crate::source::{Sources, Str};
use crate::suppress::Waiver;

/// What a team decided about findings.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The day of the run; without it nothing expires.
    pub today: Option<Date>,
    /// Whether what is written in the inputs themselves counts.
    pub inline: bool,
    /// Whether a suppression without a reason is none.
    pub require_reasons: bool,
    /// Decisions that are written elsewhere than in the inputs.
    pub waivers: Vec<Waiver>,
    /// Whether those speak of more than what is looked at: then it cannot be told which of them nothing needs.
    pub partial: bool,
    /// Other severities in some files, in order; the last that fits decides.
    pub overrides: Vec<Override>,
    /// Findings that are known.
    pub known: Baseline,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            today: None,
            inline: true,
            require_reasons: false,
            waivers: Vec::new(),
            partial: false,
            overrides: Vec::new(),
            known: Baseline::default(),
        }
    }
}

/// Other severities in some files.
#[derive(Clone, Debug)]
pub struct Override {
    /// Which files.
    pub files: Vec<Glob>,
    /// By rule; `None` is off.
    pub rules: BTreeMap<Str, Option<Severity>>,
}

impl Terms {
    /// The findings with the severities of the files that they are in; those that are off there left out.
    pub(crate) fn apply(&self, findings: Vec<Finding>, sources: &Sources) -> Vec<Finding> {
        if self.overrides.is_empty() {
            return findings;
        }
        let severity = |mut finding: Finding| {
            let file = sources.get(finding.primary.source)?;
            let fits = |one: &&Override| one.files.iter().any(|glob| glob.fits(&file.path));
            let fitting = self.overrides.iter().filter(fits);
            let mut last = fitting.filter_map(|one| one.rules.get(&finding.rule));
            match last.next_back() {
                None => Some(finding),
                Some(None) => None,
                Some(Some(severity)) => {
                    finding.severity = *severity;
                    Some(finding)
                }
            }
        };
        findings.into_iter().filter_map(severity).collect()
    }
}

//! Whether fixes did what they say and nothing else: the report before and the report after.

use std::collections::{HashMap, HashSet};

use super::Fix;
use crate::diff::{self, Change, Entry, State};
use crate::document::{Problem, ProblemKind};
use crate::finding::{Finding, Report};

/// What must not come of a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breach {
    /// A file that is not read any more, or not all of it.
    Unread,
    /// The finding that it was for.
    StillThere,
    /// Another finding.
    New,
    /// An endpoint that asks for something else, of which the fix says nothing.
    Changed,
}

/// Why fixes are taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What came of them.
    pub breach: Breach,
    /// Which of the fixes may be to blame, by place in the list.
    pub suspects: Vec<usize>,
    /// What would be so.
    pub why: String,
}

/// What is wrong with the state after these findings of the state before were fixed; nothing when all is well.
pub fn verdict(before: &Report, after: &Report, fixed: &[&Finding]) -> Vec<Fault> {
    let proof = Proof {
        before,
        after,
        fixed,
    };
    let mut faults = proof.unread();
    if faults.is_empty() {
        faults.extend(proof.still_there());
        faults.extend(proof.appeared());
        faults.extend(proof.changed());
    }
    faults
}

struct Proof<'a> {
    before: &'a Report,
    after: &'a Report,
    fixed: &'a [&'a Finding],
}

/// What stays the same of a finding when others go: rule and subject, and the file.
type Name = (String, String);

fn name(report: &Report, finding: &Finding) -> Name {
    let file = report.sources.locate(finding.about).file;
    (finding.moved.clone(), file)
}

fn counted(report: &Report) -> HashMap<Name, usize> {
    let mut counts = HashMap::new();
    for finding in report
        .findings
        .iter()
        .filter(|finding| finding.suppressed.is_none())
    {
        *counts.entry(name(report, finding)).or_default() += 1;
    }
    counts
}

impl Proof<'_> {
    /// Fixes of a file; all of them where none is of it.
    fn of_file(&self, file: &str) -> Vec<usize> {
        let edited = |finding: &&Finding| {
            let edits = finding
                .fix
                .as_ref()
                .map(|fix| fix.edits.as_slice())
                .unwrap_or_default();
            edits
                .iter()
                .any(|edit| self.before.sources.locate(edit.span).file == file)
        };
        let own: Vec<usize> = (0..self.fixed.len())
            .filter(|nth| self.fixed.get(*nth).is_some_and(edited))
            .collect();
        if own.is_empty() {
            (0..self.fixed.len()).collect()
        } else {
            own
        }
    }

    fn unread(&self) -> Vec<Fault> {
        let broken = |problem: &&Problem| {
            matches!(
                problem.kind,
                ProblemKind::UnreadableInput | ProblemKind::DuplicateKey
            )
        };
        let count = |report: &Report, message: &str| {
            report
                .problems
                .iter()
                .filter(broken)
                .filter(|problem| problem.message == message)
                .count()
        };
        let new = self.after.problems.iter().filter(broken).filter(|problem| {
            count(self.after, &problem.message) > count(self.before, &problem.message)
        });
        new.map(|problem| Fault {
            breach: Breach::Unread,
            suspects: self.of_file(&self.after.sources.locate(problem.span).file),
            why: format!("the file would not be read any more: {}", problem.message),
        })
        .collect()
    }

    fn still_there(&self) -> Vec<Fault> {
        let (before, after) = (counted(self.before), counted(self.after));
        let mut mended: HashMap<Name, Vec<usize>> = HashMap::new();
        for (nth, finding) in self.fixed.iter().enumerate() {
            mended
                .entry(name(self.before, finding))
                .or_default()
                .push(nth);
        }
        let left = |name: &Name| after.get(name).copied().unwrap_or_default();
        let mut faults: Vec<Fault> = mended
            .into_iter()
            .filter(|(name, fixes)| {
                left(name) + fixes.len() > before.get(name).copied().unwrap_or_default()
            })
            .map(|(_, suspects)| Fault {
                breach: Breach::StillThere,
                suspects,
                why: "the finding would still be there".to_owned(),
            })
            .collect();
        faults.sort_by(|a, b| a.suspects.cmp(&b.suspects));
        faults
    }

    fn appeared(&self) -> Vec<Fault> {
        let (before, after) = (counted(self.before), counted(self.after));
        let mut faults = Vec::new();
        for finding in self
            .after
            .findings
            .iter()
            .filter(|finding| finding.suppressed.is_none())
        {
            let name = name(self.after, finding);
            if after.get(&name) <= before.get(&name) {
                continue;
            }
            let suspects = self.of_file(&name.1);
            // Of an endpoint that is protected now there may be less to say.
            let lesser = suspects.iter().any(|nth| {
                self.fixed.get(*nth).is_some_and(|fixed| {
                    let fix = fixed.fix.as_ref();
                    fix.is_some_and(|fix| fix.about.is_some()) && finding.severity < fixed.severity
                })
            });
            if !lesser {
                let why = format!(
                    "`{}` would be reported instead: {}",
                    finding.rule, finding.message
                );
                faults.push(Fault {
                    breach: Breach::New,
                    suspects,
                    why,
                });
            }
        }
        faults
    }

    /// Endpoints that ask for something else than before, though no fix says so.
    fn changed(&self) -> Vec<Fault> {
        let state = |report| State { report, folder: "" };
        let diff = diff::compare(state(self.before), state(self.after));
        let mut faults = Vec::new();
        for entry in &diff.entries {
            let both = entry.old.is_some() && entry.new.is_some();
            if both && !entry.changes.iter().any(matters) {
                continue;
            }
            let Some(place) = entry.new.or(entry.old) else {
                continue;
            };
            let label = place.endpoint.label();
            let about: Vec<usize> = (0..self.fixed.len())
                .filter(|nth| {
                    self.fix(*nth)
                        .is_some_and(|fix| fix.about.as_deref() == Some(&label))
                })
                .collect();
            if both && !about.is_empty() && !came_open(entry) {
                continue;
            }
            if both && !entry.is_more_open && self.is_of_a_section(&place.stack.file) {
                continue;
            }
            let suspects = if about.is_empty() {
                self.of_file(&place.stack.file)
            } else {
                about
            };
            let why = format!("`{label}` would ask for something else than before");
            faults.push(Fault {
                breach: Breach::Changed,
                suspects,
                why,
            });
        }
        faults
    }

    /// Whether a fix in this file is about no endpoint alone but about a section with several.
    fn is_of_a_section(&self, file: &str) -> bool {
        let endpoints = self.before.stacks.iter().flat_map(|stack| &stack.endpoints);
        let labels: HashSet<String> = endpoints.map(crate::endpoint::Endpoint::label).collect();
        let about = |nth: &usize| self.fix(*nth).and_then(|fix| fix.about.as_ref());
        let mut own = self.of_file(file).into_iter();
        own.any(|nth| about(&nth).is_some_and(|about| !labels.contains(about)))
    }

    fn fix(&self, nth: usize) -> Option<&Fix> {
        self.fixed.get(nth)?.fix.as_ref()
    }
}

/// Whether a change is about who may call. Limits of a usage plan are no such thing.
fn matters(change: &Change) -> bool {
    change.what != "throttled"
}

/// Whether an endpoint that asked for something asks nobody now.
fn came_open(entry: &Entry<'_>) -> bool {
    let is_open =
        |place: Option<diff::Place<'_>>| place.is_some_and(|place| place.endpoint.is_open());
    is_open(entry.new) && !is_open(entry.old)
}

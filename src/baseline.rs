//! Findings that were there when a team began, so that only new ones fail.
//!
//! A finding is known by its fingerprint, which holds the rule, the file and what it is about, and no line. When a file
//! was moved, its findings are known by the rest. What could not be read is never known: it hides findings.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::document::ProblemKind;
use crate::finding::{Cause, Finding, Report, Suppression, Verdict};
use crate::source::Sources;

/// The version of the file's shape.
const VERSION: u32 = 1;

/// Findings that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// In the order of files, rules and subjects.
    entries: Vec<Entry>,
    /// Files that are there no more: their findings were moved, if they are anywhere.
    gone: HashSet<String>,
}

#[derive(Serialize, Deserialize)]
struct Shape {
    schema_version: u32,
    findings: Vec<Entry>,
}

/// One known finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Entry {
    file: String,
    rule: String,
    /// For people who read the file; nothing is compared with it.
    subject: String,
    fingerprint: String,
    /// The fingerprint without the file.
    moved: String,
    #[serde(default, skip_serializing_if = "is_false")]
    undecided: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Entry {
    fn of(finding: &Finding, sources: &Sources) -> Self {
        Self {
            file: sources.locate(finding.about).file,
            rule: finding.rule.to_string(),
            subject: finding.subject.clone(),
            fingerprint: finding.fingerprint.clone(),
            moved: finding.moved.clone(),
            undecided: finding.verdict == Verdict::Undecided,
        }
    }
}

impl Baseline {
    /// Reads what [`Baseline::text`] wrote.
    ///
    /// # Errors
    /// What is wrong, as a part of a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let shape: Shape =
            serde_json::from_str(text).map_err(|error| format!("is no baseline: {error}"))?;
        if shape.schema_version != VERSION {
            return Err(format!(
                "is of version {}, and version {VERSION} is read",
                shape.schema_version
            ));
        }
        Ok(Self::from(shape.findings))
    }

    /// Everything that a report finds and nobody decided about.
    pub fn of(report: &Report) -> Self {
        let open = |finding: &&Finding| {
            let decided = finding.suppressed.as_ref();
            decided.is_none_or(|why| why.cause == Cause::Known) && can_be_known(finding)
        };
        let found = report.findings.iter().filter(open);
        found.map(|it| Entry::of(it, &report.sources)).collect()
    }

    /// What either of them knows.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut entries = self.entries;
        // What both know is one finding, not two.
        let own: HashSet<String> = entries.iter().map(|it| it.fingerprint.clone()).collect();
        let more = other.entries.into_iter();
        entries.extend(more.filter(|entry| !own.contains(&entry.fingerprint)));
        Self::from(entries)
    }

    /// The same, told which of its files are there no more.
    #[must_use]
    pub fn without_files(mut self, is_gone: impl Fn(&str) -> bool) -> Self {
        let files = self.entries.iter().map(|entry| entry.file.as_str());
        let files: HashSet<&str> = files.collect();
        let gone = files.into_iter().filter(|file| is_gone(file));
        self.gone = gone.map(str::to_owned).collect();
        self
    }

    /// Those of its findings that a report still has: nothing new.
    #[must_use]
    pub fn pruned(&self, report: &Report) -> Self {
        let mut findings = report.findings.clone();
        for finding in &mut findings {
            let known = |why: &Suppression| why.cause == Cause::Known;
            finding.suppressed = finding.suppressed.take().filter(|why| !known(why));
        }
        self.mark(&mut findings);
        let kept = findings.iter().filter(|finding| is_known(finding));
        kept.map(|it| Entry::of(it, &report.sources)).collect()
    }

    /// How many findings it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it knows nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// As it is kept: one entry a line, so that a change of it can be read.
    pub fn text(&self) -> String {
        let entry = |entry: &Entry| serde_json::to_string(entry).unwrap_or_default();
        let lines: Vec<String> = self.entries.iter().map(entry).collect();
        let lines = match lines.as_slice() {
            [] => String::new(),
            lines => format!("\n    {}\n  ", lines.join(",\n    ")),
        };
        format!("{{\n  \"schema_version\": {VERSION},\n  \"findings\": [{lines}]\n}}\n")
    }

    /// Sets the findings aside that are known and that nobody decided about otherwise.
    pub(crate) fn mark(&self, findings: &mut [Finding]) {
        if self.entries.is_empty() {
            return;
        }
        let mut exact = Counts::of(&self.entries, |entry| Some(&entry.fingerprint));
        let mut left: Vec<&mut Finding> = Vec::new();
        for finding in findings {
            if finding.suppressed.is_some() || !can_be_known(finding) {
                continue;
            }
            if exact.take(&finding.fingerprint, &finding.verdict) {
                set_aside(finding);
            } else {
                left.push(finding);
            }
        }
        let is_gone = |entry: &Entry| self.gone.contains(&entry.file);
        let mut moved = Counts::of(&self.entries, |entry| {
            is_gone(entry).then_some(&entry.moved)
        });
        for finding in left {
            if moved.take(&finding.moved, &finding.verdict) {
                set_aside(finding);
            }
        }
    }
}

/// How many findings of a name are known: decided ones, and undecided ones.
struct Counts<'a>(HashMap<&'a str, [usize; 2]>);

impl<'a> Counts<'a> {
    fn of(entries: &'a [Entry], name: impl Fn(&'a Entry) -> Option<&'a String>) -> Self {
        let mut counts: HashMap<&str, [usize; 2]> = HashMap::new();
        for (entry, name) in entries.iter().filter_map(|it| Some((it, name(it)?))) {
            let [decided, undecided] = counts.entry(name).or_default();
            *(if entry.undecided { undecided } else { decided }) += 1;
        }
        Self(counts)
    }

    /// Takes one of this name; whether there was one left.
    fn take(&mut self, name: &str, verdict: &Verdict) -> bool {
        let Some([decided, undecided]) = self.0.get_mut(name) else {
            return false;
        };
        let left = match verdict {
            Verdict::Undecided => undecided,
            Verdict::Holds | Verdict::HoldsWhen(_) => decided,
        };
        let found = *left > 0;
        *left = left.saturating_sub(1);
        found
    }
}

impl From<Vec<Entry>> for Baseline {
    fn from(mut entries: Vec<Entry>) -> Self {
        entries.sort();
        let gone = HashSet::new();
        Self { entries, gone }
    }
}

impl FromIterator<Entry> for Baseline {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        Self::from(entries.into_iter().collect::<Vec<_>>())
    }
}

fn can_be_known(finding: &Finding) -> bool {
    finding.rule != ProblemKind::UnreadableInput.rule()
}

fn is_known(finding: &Finding) -> bool {
    let why = finding.suppressed.as_ref();
    why.is_some_and(|why| why.cause == Cause::Known)
}

fn set_aside(finding: &mut Finding) {
    finding.suppressed = Some(Suppression {
        cause: Cause::Known,
        at: None,
        reason: "it is in the baseline".to_owned(),
        expires: None,
    });
}

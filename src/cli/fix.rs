//! `gatelint check --fix`: the user's files with what can be mended mended.
//!
//! Every change is proved before anything is written: the files are analysed as they would be, and a fix that does not
//! do what it says, or does anything else, is taken back. A file is written whole or not at all, only inside of the
//! root, and only while it still holds what was analysed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use arcstr::ArcStr;
use clap::Args;

use super::error::{Error, Result};
use super::output;
use super::redact::Secrets;
use super::run::Done;
use super::status::{Policy, Status};
use crate::finding::Finding;
use crate::fix::{self, Edit, Fix};
use crate::report;

/// Texts that files would have, by path.
pub type Texts = BTreeMap<String, ArcStr>;

/// Analyses until which the fixes must have settled.
const LOOKS: usize = 64;
/// Fixes that were taken back of which each is told.
const TOLD: usize = 20;

/// What is mended.
#[derive(Args, Debug)]
#[command(next_help_heading = "Fixing")]
pub struct FixOptions {
    /// Mend what can be mended with certainty, in the files
    #[arg(long)]
    fix: bool,

    /// Also what somebody should look at afterwards; implies `--fix` unless `--diff` is given
    #[arg(long)]
    unsafe_fixes: bool,

    /// Show what `--fix` would change, and change nothing
    #[arg(long)]
    pub diff: bool,
}

impl FixOptions {
    /// Whether anything is to be mended or shown.
    pub fn are_wanted(&self) -> bool {
        self.fix || self.unsafe_fixes || self.diff
    }

    /// Finds out what the files would be, and proves it.
    ///
    /// # Errors
    /// When there is no file to mend, or an analysis fails.
    pub fn make(&self, done: Done, analyse: &dyn Fn(&Texts) -> Result<Done>) -> Result<Fixed> {
        let mut work = Work {
            unsafe_too: self.unsafe_fixes,
            analyse,
            looks: 0,
            refused: BTreeSet::new(),
            told: Vec::new(),
            mended: 0,
        };
        let originals = originals(&done);
        let mut texts = Texts::new();
        let mut done = done;
        work.prepare(&mut done);
        while let Some((next, after)) = work.round(&done, &texts)? {
            texts = next;
            done = after;
        }
        let texts: Texts = texts
            .into_iter()
            .filter(|(path, text)| originals.get(path) != Some(text))
            .collect();
        Ok(Fixed {
            mended: work.mended,
            told: work.told,
            originals,
            texts,
            done,
        })
    }
}

/// The texts as they were read.
fn originals(done: &Done) -> Texts {
    let all = done.report.sources.all().into_iter();
    all.map(|(_, file)| (file.path.clone(), file.text.clone()))
        .collect()
}

/// What stays the same of a finding from round to round: its rule and subject, and its file.
type Name = (String, String);

struct Work<'a> {
    unsafe_too: bool,
    analyse: &'a dyn Fn(&Texts) -> Result<Done>,
    looks: usize,
    refused: BTreeSet<Name>,
    told: Vec<String>,
    mended: usize,
}

/// A round that ended well: the texts, and what was found in them.
type Round = Option<(Texts, Done)>;

impl Work<'_> {
    /// Makes as many fixes together as go together; `None` when there are none left.
    fn round(&mut self, done: &Done, texts: &Texts) -> Result<Round> {
        while self.looks < LOOKS {
            let report = &done.report;
            let open: Vec<&Finding> = report
                .findings
                .iter()
                .filter(|one| self.is_open(done, one))
                .collect();
            let fixes: Vec<&Fix> = open
                .iter()
                .filter_map(|finding| finding.fix.as_ref())
                .collect();
            let chosen = fix::chosen(&fixes);
            let chosen: Vec<&Finding> = chosen
                .iter()
                .filter_map(|nth| open.get(*nth).copied())
                .collect();
            if chosen.is_empty() {
                return Ok(None);
            }
            if let Some(round) = self.attempt(done, texts, &chosen)? {
                return Ok(Some(round));
            }
        }
        Ok(None)
    }

    fn is_open(&self, done: &Done, finding: &Finding) -> bool {
        let wanted = |fix: &Fix| fix.safe || self.unsafe_too;
        finding.suppressed.is_none()
            && finding.fix.as_ref().is_some_and(wanted)
            && !self.refused.contains(&name(done, finding))
    }

    /// Makes these fixes, or finds out which of them cannot be made.
    fn attempt(&mut self, done: &Done, texts: &Texts, chosen: &[&Finding]) -> Result<Round> {
        let next = with_edits(done, texts, chosen);
        let after = self.look(&next)?;
        let faults = fix::verdict(&done.report, &after.report, chosen);
        if faults.is_empty() {
            self.mended += chosen.len();
            return Ok(Some((next, after)));
        }
        for fault in faults {
            let alone = fault.suspects.len() == 1;
            for finding in fault.suspects.iter().filter_map(|nth| chosen.get(*nth)) {
                let why = if alone {
                    Some(fault.why.clone())
                } else {
                    self.guilt(done, texts, finding)?
                };
                if let Some(why) = why {
                    self.refuse(done, finding, &why);
                }
            }
        }
        // Together they fail, each alone is well: the first goes alone, the others after it.
        let still: Vec<&Finding> = chosen
            .iter()
            .copied()
            .filter(|one| self.is_open(done, one))
            .collect();
        if still.len() == chosen.len() {
            let first = still.first().map(std::slice::from_ref).unwrap_or_default();
            let next = with_edits(done, texts, first);
            let after = self.look(&next)?;
            self.mended += first.len();
            return Ok(Some((next, after)));
        }
        Ok(None)
    }

    /// Why a fix fails on its own; `None` when it does not. Out of looks, it counts as one that does.
    fn guilt(&mut self, done: &Done, texts: &Texts, finding: &Finding) -> Result<Option<String>> {
        if self.refused.contains(&name(done, finding)) {
            return Ok(None);
        }
        if self.looks >= LOOKS {
            return Ok(Some(
                "there are too many fixes that do not go together".to_owned(),
            ));
        }
        let one = [finding];
        let after = self.look(&with_edits(done, texts, &one))?;
        let faults = fix::verdict(&done.report, &after.report, &one);
        Ok(faults.into_iter().next().map(|fault| fault.why))
    }

    fn look(&mut self, texts: &Texts) -> Result<Done> {
        self.looks += 1;
        let mut done = (self.analyse)(texts)?;
        self.prepare(&mut done);
        Ok(done)
    }

    /// What is read from the environment is written into no file.
    #[expect(clippy::unused_self, reason = "reads better beside its uses")]
    fn prepare(&self, done: &mut Done) {
        let secrets = Secrets::of(&done.variables, &done.report.sources);
        secrets.withhold(&mut done.report);
    }

    fn refuse(&mut self, done: &Done, finding: &Finding, why: &str) {
        if self.refused.insert(name(done, finding)) {
            let place = done.report.sources.locate(finding.primary);
            let title = finding.fix.as_ref().map_or("", |fix| &fix.title);
            let (file, line) = (place.file, place.line);
            self.told.push(format!(
                "not fixed: {file}:{line} {}, {title}: {why}",
                finding.rule
            ));
        }
    }
}

fn name(done: &Done, finding: &Finding) -> Name {
    let file = done.report.sources.locate(finding.about).file;
    (finding.moved.clone(), file)
}

/// The texts as they would be after these fixes.
fn with_edits(done: &Done, texts: &Texts, fixed: &[&Finding]) -> Texts {
    let mut next = texts.clone();
    let fixes = fixed.iter().filter_map(|finding| finding.fix.as_ref());
    let edits: Vec<Edit> = fixes.flat_map(|fix| fix.edits.clone()).collect();
    let files: BTreeSet<_> = edits.iter().map(|edit| edit.span.source).collect();
    for source in files {
        let file = done.report.sources.get(source);
        let new = file
            .and_then(|file| Some((file.path.clone(), fix::applied(source, &file.text, &edits)?)));
        next.extend(new.map(|(path, text)| (path, ArcStr::from(text))));
    }
    next
}

/// What the files would be.
pub struct Fixed {
    originals: Texts,
    texts: Texts,
    /// What is found then.
    pub done: Done,
    mended: usize,
    told: Vec<String>,
}

impl Fixed {
    /// Prints what would change. Something would: 1; else 0, or why that is not sure.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub fn show(&self, policy: Policy) -> Result<Status> {
        let mut out = String::new();
        for (path, text) in &self.texts {
            let old = self.originals.get(path).map_or("", ArcStr::as_str);
            out += &fix::unified(path, old, text);
        }
        output::print(&report::patch(&out))?;
        self.tell();
        let left = Status::of(
            &self.done.report,
            Policy {
                fail_on: None,
                ..policy
            },
        );
        let changed = !self.texts.is_empty() && left == Status::Clean;
        Ok(if changed { Status::Found } else { left })
    }

    /// Writes the files.
    ///
    /// # Errors
    /// When one of them cannot be written; the others are.
    pub fn write(&self) -> Result<()> {
        let mut failed = None;
        for (path, text) in &self.texts {
            if let Err(error) = self.write_one(path, text) {
                failed = failed.or(Some(error));
            }
        }
        self.tell();
        failed.map_or(Ok(()), Err)
    }

    fn write_one(&self, path: &str, text: &str) -> Result<()> {
        let project = &self.done.project;
        let file = project.base.join(path);
        let refused = |why: &str| Error::new(format!("`{path}` is not fixed: {why}"));
        let now = fs::read(&file).map_err(|_| refused("it cannot be read any more"))?;
        let before = self.originals.get(path).map(ArcStr::as_bytes);
        if before != Some(now.as_slice()) {
            return Err(refused("it has changed since it was read"));
        }
        let found = fs::metadata(&file).map_err(|_| refused("it cannot be read any more"))?;
        if found.permissions().readonly() {
            return Err(refused("it is read-only"));
        }
        output::write(&file, text, &project.base, &[])
    }

    fn tell(&self) {
        for line in self.told.iter().take(TOLD) {
            output::say(&report::message(line));
        }
        if self.told.len() > TOLD {
            output::say(&format!("not fixed: {} more", self.told.len() - TOLD));
        }
    }

    /// What is left, and how much was mended.
    pub fn into_done(self) -> Done {
        if self.mended > 0 {
            let findings = if self.mended == 1 {
                "finding"
            } else {
                "findings"
            };
            let files = if self.texts.len() == 1 {
                "file"
            } else {
                "files"
            };
            let (mended, written) = (self.mended, self.texts.len());
            output::say(&format!("fixed {mended} {findings} in {written} {files}"));
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::cli::project::Project;
    use crate::finding::Report;
    use crate::report::Look;
    use crate::rule::RuleSet;
    use crate::source::Sources;

    /// What would be written into a file of this folder that held `before` when it was read.
    fn fixed(base: &std::path::Path, before: &str) -> Fixed {
        let base = base.canonicalize().expect("exists");
        let report = Report {
            sources: Arc::new(Sources::default()),
            stacks: Vec::new(),
            findings: Vec::new(),
            problems: Vec::new(),
            files: 1,
            today: None,
        };
        let here = base.clone();
        let seen = (Project { here, base }, Look::default(), Duration::ZERO);
        let texts = |text: &str| Texts::from([("a.yml".to_owned(), ArcStr::from(text))]);
        Fixed {
            originals: texts(before),
            texts: texts("new"),
            done: Done::of(report, RuleSet::built_in(), seen),
            mended: 1,
            told: Vec::new(),
        }
    }

    #[test]
    fn a_file_that_changed_in_between_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.yml");
        fs::write(&file, "now").expect("written");
        let error = fixed(folder.path(), "then").write().expect_err("refused");
        assert!(
            error
                .to_string()
                .contains("it has changed since it was read"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&file).expect("readable"), "now");
        fixed(folder.path(), "now").write().expect("written");
        assert_eq!(fs::read_to_string(&file).expect("readable"), "new");
    }
}

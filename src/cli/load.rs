//! From paths to a report: files are read and analysed side by side, and judged together.
//!
//! The order in which threads finish never shows: texts join the sources in the order of their paths.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::document::{Problem, ProblemKind};
use crate::finding::Report;
use crate::frontend::detect::{self, Looks};
use crate::frontend::{Env, Options, ReadError};
use crate::judge::Judge;
use crate::rule::RuleSet;
use crate::source::{SourceId, Sources, Span};
use crate::terms::Terms;
use crate::{Analysis, analyse, conclude};
use arcstr::ArcStr;

use super::discover::{Found, Search};
use super::error::{Error, Result};
use super::files::Files;
use super::progress::Progress;
use super::workers::Workers;

/// Bytes of text whose trees are kept until fixes are looked for in them; the others are parsed again if they need any.
const KEPT: usize = 4 << 20;

/// A file whose text is there.
pub struct Entry {
    /// Its path as it is shown.
    pub shown: String,
    /// What it holds.
    pub text: ArcStr,
    /// What it may read.
    pub files: Files,
    /// What it looks like.
    pub looks: Looks,
    /// Whether it was named, not met on the way.
    pub is_named: bool,
}

/// What happened to a file before it was analysed.
enum Read {
    Text(ArcStr, Looks),
    Refused(ReadError),
    /// A service that only a program can tell.
    Program,
    /// None of ours, and nobody said it was.
    Passed,
}

/// Everything that a run is about.
pub struct Run<'a> {
    /// The texts.
    pub sources: Arc<Sources>,
    /// Who does the work.
    pub workers: &'a Workers,
    /// What is said about the deployment.
    pub options: &'a Options,
    /// What is told meanwhile.
    pub progress: &'a Progress,
}

/// What the files are judged by.
pub struct Judging {
    /// The rules.
    pub rules: RuleSet,
    /// What a team decided about their findings.
    pub terms: Terms,
}

/// What the files came to.
#[derive(Default)]
struct Outcome {
    analyses: Vec<Analysis>,
    /// Files that give nothing but the reason for it.
    unread: Vec<(String, &'static str)>,
    /// Files that were named and are none of ours.
    strangers: Vec<String>,
}

impl Run<'_> {
    /// Reads, analyses and judges.
    ///
    /// # Errors
    /// When there is nothing to analyse.
    pub fn report(&self, search: Search, given: Vec<Entry>, judging: &Judging) -> Result<Report> {
        let passed = search.passed;
        let outcome = self.outcome(search, given, judging);
        if outcome.analyses.is_empty() && outcome.unread.is_empty() {
            return Err(nothing(&outcome.strangers, passed));
        }
        Ok(self.concluded(outcome, judging))
    }

    /// The same where there may be nothing to analyse: one side of a difference.
    pub fn report_of_any(&self, search: Search, judging: &Judging) -> Report {
        let outcome = self.outcome(search, Vec::new(), judging);
        self.concluded(outcome, judging)
    }

    fn outcome(&self, search: Search, given: Vec<Entry>, judging: &Judging) -> Outcome {
        let mut outcome = Outcome::default();
        for (shown, why) in search.refused {
            outcome.unread.push((shown, why.what()));
        }
        let mut entries = self.read(search.files, &mut outcome);
        entries.extend(given);
        let (parts, whole): (Vec<Entry>, Vec<Entry>) = entries
            .into_iter()
            .partition(|entry| entry.looks == Looks::Fragment && !entry.is_named);
        self.analyse(whole, &judging.rules, &mut outcome);
        // What another file included was analysed there, as a part of it.
        let included = |entry: &Entry| self.sources.find(&entry.shown).is_some();
        let parts = parts.into_iter().filter(|part| !included(part)).collect();
        self.analyse(parts, &judging.rules, &mut outcome);
        self.progress.end();
        outcome
    }

    fn concluded(&self, mut outcome: Outcome, judging: &Judging) -> Report {
        let strangers = outcome.strangers.into_iter();
        outcome.unread.extend(strangers.map(|name| (name, STRANGE)));
        let Judging { rules, terms } = judging;
        let judge = Judge::new(rules);
        let unread = outcome.unread.iter();
        let unread = unread.map(|(shown, why)| self.unread(shown, why, &judge));
        outcome.analyses.extend(unread);
        conclude(outcome.analyses, rules, terms, &self.sources)
    }

    /// Texts of what may be ours; what is wrong with the rest goes to the outcome.
    fn read(&self, files: Vec<Found>, outcome: &mut Outcome) -> Vec<Entry> {
        self.progress.begin("reading", files.len());
        let read = self.workers.each(&files, |found| {
            let read = read(found);
            self.progress.step();
            read
        });
        let mut entries = Vec::new();
        for (found, read) in files.into_iter().zip(read) {
            match read.unwrap_or(Read::Refused(ReadError::Denied)) {
                Read::Passed => {}
                Read::Refused(why) => outcome.unread.push((found.shown, why.what())),
                Read::Program => outcome.unread.push((found.shown, PROGRAM)),
                Read::Text(text, looks) => entries.push(Entry {
                    shown: found.shown,
                    text,
                    files: found.files,
                    looks,
                    is_named: found.is_named,
                }),
            }
        }
        entries
    }

    fn analyse(&self, entries: Vec<Entry>, rules: &RuleSet, outcome: &mut Outcome) {
        let entries: Vec<(SourceId, Entry)> = entries
            .into_iter()
            .map(|entry| (self.sources.add(&entry.shown, entry.text.clone()), entry))
            .collect();
        self.progress.begin("analysing", entries.len());
        let judge = Judge::new(rules);
        let kept = AtomicUsize::new(0);
        let done = self.workers.each(&entries, |(source, entry)| {
            let env = Env {
                sources: &self.sources,
                reader: &entry.files,
                options: self.options,
            };
            let mut analysis = analyse(*source, &env, &judge);
            let size = analysis.document.as_ref().map_or(0, |_| entry.text.len());
            if kept.fetch_add(size, Ordering::Relaxed) > KEPT {
                analysis.document = None;
            }
            self.progress.step();
            analysis
        });
        for ((_, entry), analysis) in entries.into_iter().zip(done) {
            match analysis {
                None => outcome.unread.push((entry.shown, BUG)),
                Some(analysis) => outcome.take(entry, analysis),
            }
        }
    }

    /// A file that gives nothing but the reason for it.
    fn unread(&self, shown: &str, why: &str, judge: &Judge<'_>) -> Analysis {
        let source = self.sources.add(shown, "");
        let what = format!("`{shown}` {why}");
        let problem = Problem::new(ProblemKind::UnreadableInput, Span::top(source), what);
        Analysis::of(source, vec![problem], (&self.sources, judge))
    }
}

impl Outcome {
    /// Keeps what is ours, and what would be if it could be read. The rest only matters when somebody named it.
    fn take(&mut self, entry: Entry, analysis: Analysis) {
        let broken = |problem: &Problem| problem.kind == ProblemKind::UnreadableInput;
        // Of a file that looks like nothing of ours nothing is shown, not even where it stops being YAML.
        let expected =
            entry.looks == Looks::Ours || (entry.is_named && entry.looks == Looks::Fragment);
        if analysis.format.is_some() || (expected && analysis.problems.iter().any(broken)) {
            self.analyses.push(analysis);
        } else if entry.is_named {
            self.strangers.push(entry.shown);
        }
    }
}

const STRANGE: &str = "is not a serverless.yml, SAM or CloudFormation template";
const PROGRAM: &str = "is a program, which is not run: lint the template that it makes (`serverless package`, then `gatelint check .serverless/cloudformation-template-update-stack.json`)";
const BUG: &str = "could not be analysed: this is a bug of gatelint, please report it";

/// The text of a file that is to be looked into.
fn read(found: &Found) -> Read {
    if detect::is_program(&found.shown) {
        return Read::Program;
    }
    match found.files.text(&found.path) {
        Ok(text) => {
            let looks = detect::looks(&found.shown, &text);
            if found.is_named || looks > Looks::Unrelated {
                Read::Text(text, looks)
            } else {
                Read::Passed
            }
        }
        // Gone since it was found.
        Err(ReadError::Missing) if !found.is_named && !found.is_link => Read::Passed,
        Err(why) if found.is_named || detect::is_named(&found.shown) => Read::Refused(why),
        Err(_) => Read::Passed,
    }
}

fn nothing(strangers: &[String], passed: usize) -> Error {
    let formats = "it looks for serverless.yml, SAM and CloudFormation templates, in YAML or JSON, in the folders that are \
        named and below, but not in hidden ones, `node_modules` and what `.gitignore` leaves out";
    if strangers.is_empty() {
        let passed = match passed {
            0 => "no files there".to_owned(),
            1 => "1 file there, none of them a template".to_owned(),
            passed => format!("{passed} files there, none of them a template"),
        };
        return Error::new(format!("nothing to analyse: {passed}")).hint(formats);
    }
    let lines: Vec<String> = strangers
        .iter()
        .take(10)
        .map(|name| format!("`{name}` {STRANGE}"))
        .collect();
    Error::new(lines.join("\n")).hint(formats)
}

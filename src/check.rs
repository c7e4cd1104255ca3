//! The whole pipeline: files become stacks, stacks facts, facts findings, findings a report.
//!
//! Every step of it is also public, so that a host with threads can take [`analyse`] file by file.

use std::sync::Arc;

use crate::document::Problem;
use crate::endpoint;
use crate::facts::{self, Subject};
use crate::finding::{Finding, Report, StackReport, Verdict};
use crate::frontend::{self, Env, Format};
use crate::judge;
use crate::resolve::World;
use crate::rule::RuleSet;
use crate::source::{SourceId, Sources};

/// What one file comes to.
#[derive(Debug)]
pub struct Analysis {
    /// The file.
    pub source: SourceId,
    /// Its format; `None` when it is none of ours.
    pub format: Option<Format>,
    /// Its stacks, as the inventory shows them.
    pub stacks: Vec<StackReport>,
    /// What rules can judge in it.
    pub subjects: Vec<Subject>,
    /// What was wrong with it.
    pub problems: Vec<Problem>,
}

/// Reads one file and derives its facts. Files are independent of one another.
pub fn analyse(source: SourceId, env: &Env<'_>) -> Analysis {
    let loaded = frontend::load(source, env);
    let file = env
        .sources
        .get(source)
        .map(|file| file.path.clone())
        .unwrap_or_default();
    let several = loaded.stacks.len() > 1;
    let mut subjects: Vec<Subject> = loaded
        .problems
        .iter()
        .map(|problem| facts::input::subject(problem, env.sources))
        .collect();
    let mut stacks = Vec::new();
    for one in loaded.stacks {
        let endpoints = endpoint::derive(&one.stack);
        let world = one
            .stage
            .clone()
            .filter(|_| several)
            .map(World::stage)
            .unwrap_or_default();
        let derived = facts::derive(&one.stack, &endpoints);
        subjects.extend(derived.into_iter().filter_map(|subject| {
            let world = subject.world.and(&world)?;
            Some(Subject { world, ..subject })
        }));
        if let Some(format) = loaded.format {
            stacks.push(StackReport {
                file: file.clone(),
                format,
                stage: one.stage,
                endpoints,
            });
        }
    }
    Analysis {
        source,
        format: loaded.format,
        stacks,
        subjects,
        problems: loaded.problems,
    }
}

/// Judges what the files came to. The order in which they come does not matter.
pub fn conclude(analyses: Vec<Analysis>, rules: &RuleSet, sources: &Arc<Sources>) -> Report {
    let mut report = Report {
        sources: Arc::clone(sources),
        stacks: Vec::new(),
        findings: Vec::new(),
        problems: Vec::new(),
        files: analyses.len(),
    };
    let mut subjects = Vec::new();
    for analysis in analyses {
        report.stacks.extend(analysis.stacks);
        report.problems.extend(analysis.problems);
        subjects.extend(analysis.subjects);
    }
    report
        .stacks
        .sort_by(|a, b| (&a.file, &a.stage).cmp(&(&b.file, &b.stage)));
    report
        .problems
        .sort_by_cached_key(|problem| (sources.locate(problem.span), problem.message.clone()));
    report.problems.dedup();
    report.findings = across_stages(judge::all(&subjects, rules, sources));
    report
}

/// Checks these files, one after the other.
pub fn check(
    sources: &Arc<Sources>,
    entries: &[SourceId],
    rules: &RuleSet,
    env: &Env<'_>,
) -> Report {
    let analyses = entries.iter().map(|entry| analyse(*entry, env)).collect();
    conclude(analyses, rules, sources)
}

/// The same finding for several stages is one finding, which says for which.
fn across_stages(findings: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let same = |other: &&mut Finding| {
            other.fingerprint == finding.fingerprint
                && other.primary == finding.primary
                && other.message == finding.message
        };
        match merged.iter_mut().rev().take(8).find(same) {
            Some(first) => join(&mut first.verdict, finding.verdict),
            None => merged.push(finding),
        }
    }
    merged
}

fn join(first: &mut Verdict, second: Verdict) {
    match (&mut *first, second) {
        (Verdict::HoldsWhen(worlds), Verdict::HoldsWhen(more)) => worlds.extend(more),
        (Verdict::Undecided, second) => *first = second,
        (Verdict::Holds | Verdict::HoldsWhen(_), _) => {}
    }
}

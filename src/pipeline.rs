//! The whole pipeline: files become stacks, stacks facts, facts findings, findings a report.
//!
//! Every step of it is also public, so that a host with threads can take [`analyse`] file by file.

mod page_test;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::caller::across::{Party, Place};
use crate::construct::Constructs;
use crate::document::{Document, Problem};
use crate::endpoint;
use crate::facts::{self, Subject};
use crate::finding::{CallReport, Report, StackReport};
use crate::fix;
use crate::frontend::{self, Env, Format, LoadedStack};
use crate::judge;
use crate::resolve::World;
use crate::rule::RuleSet;
use crate::source::{SourceId, Sources, Str};
use crate::suppress;
use crate::terms::Terms;

pub use self::page_test::{PageFault, test_page};

/// What one file comes to. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The file.
    pub source: SourceId,
    /// Its format; `None` when it is none of ours.
    pub format: Option<Format>,
    /// Its stacks, as the inventory shows them.
    pub stacks: Vec<Arc<StackReport>>,
    /// What rules can judge in it.
    pub subjects: Arc<Vec<Subject>>,
    /// What calls across stacks need of them, with the place of each in `stacks`.
    pub parties: Arc<Vec<(usize, Party)>>,
    /// Its tree, in which fixes are looked for; where nobody kept it the file is parsed again for them.
    pub document: Option<Arc<Document>>,
    /// The CDK constructs that its resources were made for.
    pub constructs: Constructs,
    /// What was wrong with it.
    pub problems: Vec<Problem>,
}

/// Reads one file and derives its facts. Files are independent of one another.
pub fn analyse(source: SourceId, env: &Env<'_>) -> Analysis {
    let loaded = frontend::load(source, env);
    let staged = loaded.stacks.iter().filter(|one| one.stage.is_some());
    let several = staged.count() > 1;
    let mut analysis = Analysis {
        source,
        format: loaded.format,
        stacks: Vec::new(),
        subjects: Arc::new(as_subjects(&loaded.problems, env.sources).collect()),
        parties: Arc::default(),
        document: Some(loaded.document),
        constructs: Constructs::default(),
        problems: loaded.problems,
    };
    for one in loaded.stacks {
        analysis.add(one, several, env);
    }
    analysis
}

impl Analysis {
    /// Takes in a stack; its facts are told apart by its stage when there are several.
    fn add(&mut self, one: LoadedStack, several: bool, env: &Env<'_>) {
        self.constructs.add(&one.stack);
        let endpoints = endpoint::derive(&one.stack);
        let world = one
            .stage
            .clone()
            .filter(|_| several)
            .map(World::stage)
            .unwrap_or_default();
        let derived = facts::derive(&one.stack, &endpoints, &env.options.sensitive_paths);
        let calls = derived.iter().filter_map(CallReport::of).collect();
        let throttled = facts::throttled(&derived);
        let derived = derived.into_iter().filter_map(|subject| {
            let world = subject.world.and(&world)?;
            Some(Subject { world, ..subject })
        });
        Arc::make_mut(&mut self.subjects).extend(derived);
        let source = one.stack.source;
        let file = env.sources.get(source).map(|file| file.path.clone());
        let file = file.unwrap_or_default();
        let place = Place {
            file: Str::from(file.as_str()),
            stage: one.stage.clone(),
            world,
            nested: one.nested,
        };
        let party = Party::of(one.stack, &endpoints, place);
        let place = self.stacks.len();
        Arc::make_mut(&mut self.parties).extend(party.map(|party| (place, party)));
        self.stacks.push(Arc::new(StackReport {
            source,
            file,
            format: one.format,
            stage: one.stage,
            others: one.others,
            endpoints,
            calls,
            throttled,
        }));
    }
}

/// Judges what the files came to, on these terms. The order in which they come does not matter.
pub fn conclude(
    analyses: Vec<Analysis>,
    rules: &RuleSet,
    terms: &Terms,
    sources: &Arc<Sources>,
) -> Report {
    let mut report = Report {
        sources: Arc::clone(sources),
        stacks: Vec::new(),
        findings: Vec::new(),
        problems: Vec::new(),
        files: analyses.len(),
        today: terms.today,
    };
    let mut constructs = Constructs::default();
    let mut documents = BTreeMap::new();
    let analyses = on_their_own(analyses);
    let (mut suppressions, malformed) = suppress::read(sources, rules, terms);
    let mut further: Vec<Subject> = as_subjects(&malformed, sources).collect();
    further.extend(across(&analyses));
    let own = analyses.iter().flat_map(|analysis| &*analysis.subjects);
    let subjects = own.chain(&further);
    sources.conceal(facts::secrets(subjects.clone()));
    let mut findings = terms.apply(judge::all(subjects, rules, sources), sources);
    for analysis in analyses {
        report.stacks.extend(analysis.stacks);
        report.problems.extend(analysis.problems);
        constructs.extend(analysis.constructs);
        documents.extend(analysis.document.map(|tree| (analysis.source, tree)));
    }
    suppressions.mark(&mut findings, rules, sources);
    let idle = suppressions.idle();
    let about_them: Vec<Subject> = as_subjects(&idle, sources).collect();
    let about_them = terms.apply(judge::all(&about_them, rules, sources), sources);
    report.findings = judge::merged(findings, about_them, sources);
    terms.known.mark(&mut report.findings);
    constructs.name(&mut report.findings);
    fix::attach(&mut report, &documents);
    report.problems.extend(malformed.into_iter().chain(idle));
    report
        .stacks
        .sort_by(|a, b| (&a.file, &a.stage).cmp(&(&b.file, &b.stage)));
    report
        .problems
        .sort_by_cached_key(|problem| (sources.locate(problem.span), problem.message.clone()));
    report.problems.dedup();
    report
}

/// Calls from one stack to another, of whatever files they are.
fn across(analyses: &[Analysis]) -> Vec<Subject> {
    let mut parties = Vec::new();
    for analysis in analyses {
        for (at, party) in &*analysis.parties {
            let stack = analysis.stacks.get(*at);
            parties.extend(stack.map(|stack| (party, stack.endpoints.as_slice())));
        }
    }
    facts::across(parties)
}

/// The files that are not deployed as a nested stack of another one: those were read there, with their parents' parameters.
fn on_their_own(analyses: Vec<Analysis>) -> Vec<Analysis> {
    let nested = |analysis: &Analysis| -> Vec<SourceId> {
        let others = analysis.stacks.iter().map(|stack| stack.source);
        others.filter(|source| *source != analysis.source).collect()
    };
    let below: HashSet<SourceId> = analyses.iter().flat_map(nested).collect();
    if below.is_empty() {
        return analyses;
    }
    // Templates that nest each other have no root, and each stays.
    let roots = analyses
        .iter()
        .filter(|analysis| !below.contains(&analysis.source));
    let covered: HashSet<SourceId> = roots.flat_map(nested).collect();
    let kept = analyses
        .into_iter()
        .filter(|analysis| !covered.contains(&analysis.source));
    kept.collect()
}

fn as_subjects(problems: &[Problem], sources: &Sources) -> impl Iterator<Item = Subject> {
    let subject = |problem| facts::input::subject(problem, sources);
    problems.iter().map(subject)
}

/// Checks these files, one after the other.
pub fn check(
    sources: &Arc<Sources>,
    entries: &[SourceId],
    rules: &RuleSet,
    env: &Env<'_>,
) -> Report {
    let analyses = entries.iter().map(|entry| analyse(*entry, env)).collect();
    conclude(analyses, rules, &Terms::default(), sources)
}

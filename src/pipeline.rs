//! The whole pipeline: files become stacks, stacks facts, facts findings, findings a report.
//!
//! Every step of it is also public, so that a host with threads can take [`analyse`] file by file.

mod page_test;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::caller::across::{Party, Place};
use crate::construct::Constructs;
use crate::document::{Document, Problem};
use crate::endpoint::{self, Endpoint};
use crate::facts::{self, Subject};
use crate::finding::{CallReport, Report, StackReport};
use crate::fix;
use crate::frontend::{self, Env, Format, LoadedStack};
use crate::judge::{self, Drawn, Judge};
use crate::resolve::World;
use crate::rule::RuleSet;
use crate::source::{SourceId, Sources, Span, Str};
use crate::stack::Stack;
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
    /// What rules say of it.
    pub drawn: Arc<Vec<Drawn>>,
    /// Where secrets stand, which no report may quote.
    pub secrets: Vec<Span>,
    /// What calls across stacks need of them, with the place of each in `stacks`.
    pub parties: Arc<Vec<(usize, Party)>>,
    /// Its tree, in which fixes are looked for; where nobody kept it the file is parsed again for them.
    pub document: Option<Arc<Document>>,
    /// The CDK constructs that its resources were made for.
    pub constructs: Constructs,
    /// What was wrong with it.
    pub problems: Vec<Problem>,
}

/// Reads one file, derives its facts and judges them one after the other. Files are independent of one another.
pub fn analyse(source: SourceId, env: &Env<'_>, judge: &Judge<'_>) -> Analysis {
    let loaded = frontend::load(source, env);
    let mut analysis = Analysis::of(source, loaded.problems, (env.sources, judge));
    analysis.format = loaded.format;
    let worlds = worlds(&loaded.stacks);
    for (one, world) in loaded.stacks.into_iter().zip(worlds) {
        analysis.add(one, world, (env, judge));
    }
    // Fixes are all that a tree is needed for now.
    let curable = analysis.drawn.iter().any(Drawn::has_cure);
    analysis.document = curable.then_some(loaded.document);
    analysis
}

/// What rules can judge in one file: for who wants to see the facts themselves.
pub fn subjects(source: SourceId, env: &Env<'_>) -> Vec<Subject> {
    let loaded = frontend::load(source, env);
    let mut all: Vec<Subject> = as_subjects(&loaded.problems, env.sources).collect();
    let worlds = worlds(&loaded.stacks);
    for (one, world) in loaded.stacks.iter().zip(worlds) {
        let endpoints = endpoint::derive(&one.stack);
        let take = |subject| all.push(subject);
        each(&one.stack, &endpoints, (&world, env), take);
    }
    all
}

/// The world of each stack: its stage, when there are several of them.
fn worlds(stacks: &[LoadedStack]) -> Vec<World> {
    let stages = || stacks.iter().map(|one| one.stage.clone());
    let several = stages().flatten().count() > 1;
    let world = |stage: Option<Str>| stage.filter(|_| several).map(World::stage);
    stages()
        .map(|stage| world(stage).unwrap_or_default())
        .collect()
}

/// Hands on every subject of a stack that exists in a world.
fn each(
    stack: &Stack,
    endpoints: &[Endpoint],
    (world, env): (&World, &Env<'_>),
    mut take: impl FnMut(Subject),
) {
    facts::derive(stack, endpoints, &env.options.sensitive_paths, |subject| {
        if let Some(world) = subject.world.and(world) {
            take(Subject { world, ..subject });
        }
    });
}

impl Analysis {
    /// A file of which nothing is known but what is wrong with it.
    pub fn of(
        source: SourceId,
        problems: Vec<Problem>,
        (sources, judge): (&Sources, &Judge<'_>),
    ) -> Self {
        let subjects = as_subjects(&problems, sources);
        let drawn = subjects.flat_map(|subject| judge.of(&subject).collect::<Vec<_>>());
        Self {
            source,
            format: None,
            stacks: Vec::new(),
            drawn: Arc::new(drawn.collect()),
            secrets: Vec::new(),
            parties: Arc::default(),
            document: None,
            constructs: Constructs::default(),
            problems,
        }
    }

    /// Takes in a stack; its facts are told apart by its stage when there are several.
    fn add(&mut self, one: LoadedStack, world: World, (env, judge): (&Env<'_>, &Judge<'_>)) {
        self.constructs.add(&one.stack);
        let endpoints = endpoint::derive(&one.stack);
        let (mut calls, mut throttled) = (Vec::new(), Vec::with_capacity(endpoints.len()));
        let drawn = Arc::make_mut(&mut self.drawn);
        each(&one.stack, &endpoints, (&world, env), |subject| {
            calls.extend(CallReport::of(&subject));
            throttled.extend(facts::throttled(&subject));
            self.secrets.extend(facts::secrets(&subject));
            drawn.extend(judge.of(&subject));
        });
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
    let mut analyses = on_their_own(analyses);
    let (mut suppressions, malformed) = suppress::read(sources, rules, terms);
    let mut further: Vec<Subject> = as_subjects(&malformed, sources).collect();
    further.extend(across(&analyses));
    let judge = Judge::new(rules);
    let mut drawn: Vec<Drawn> = further.iter().flat_map(|one| judge.of(one)).collect();
    let secrets = analyses.iter_mut();
    let secrets = secrets.flat_map(|analysis| std::mem::take(&mut analysis.secrets));
    sources.conceal(secrets.collect());
    for analysis in &mut analyses {
        drawn.extend(Arc::unwrap_or_clone(std::mem::take(&mut analysis.drawn)));
    }
    let mut findings = terms.apply(judge::arranged(drawn, sources), sources);
    for analysis in analyses {
        report.stacks.extend(analysis.stacks);
        report.problems.extend(analysis.problems);
        constructs.extend(analysis.constructs);
        documents.extend(analysis.document.map(|tree| (analysis.source, tree)));
    }
    suppressions.mark(&mut findings, rules, sources);
    let idle = suppressions.idle();
    let about_them: Vec<Subject> = as_subjects(&idle, sources).collect();
    let about_them = terms.apply(judge.all(&about_them, sources), sources);
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
    let judge = Judge::new(rules);
    let analyses = entries.iter().map(|entry| analyse(*entry, env, &judge));
    let analyses = analyses.collect();
    conclude(analyses, rules, &Terms::default(), sources)
}

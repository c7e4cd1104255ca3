//! What every command that looks at files does: find them, read them, judge them, and know how to show it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arcstr::ArcStr;

use super::GlobalOptions;
use super::clock;
use super::configuration;
use super::error::Result;
use super::load::{Judging, Run};
use super::options::InputOptions;
use super::output;
use super::path;
use super::progress::Progress;
use super::project::Project;
use super::ruleset::RuleOptions;
use super::screen;
use super::workers::Workers;
use crate::config::Config;
use crate::finding::Report;
use crate::report::{Detail, Look, Show, View, Way};
use crate::rule::RuleSet;
use crate::source::{SourceId, Sources};
use crate::terms::Terms;

/// A report, and what is needed to show it.
pub struct Done {
    /// What was found.
    pub report: Report,
    /// What it was judged by.
    pub rules: RuleSet,
    /// Where the project begins and ends.
    pub project: Project,
    /// What the project says of itself.
    pub config: Config,
    /// Variables of the environment that were read.
    pub variables: BTreeMap<String, String>,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether there is a configuration or a baseline already.
    pub has_begun: bool,
    /// Whether we were wrong somewhere on the way.
    pub is_bugged: bool,
    /// The way between the project's root and the person.
    way: String,
    look: Look,
}

/// So many findings are too many to begin with.
const MANY: usize = 5;

/// Where a run stands before anything is read.
pub struct Context<'a> {
    /// The project.
    pub project: &'a Project,
    /// What it says of itself.
    pub config: &'a Config,
    /// The rules as they are configured and chosen.
    pub rules: &'a RuleSet,
    /// What was named, relative to the root.
    pub named: Vec<String>,
}

/// Finds, reads and judges.
///
/// # Errors
/// When there is nothing to look at, or a rule is wrong.
pub fn run(input: &InputOptions, rules: &RuleOptions, global: GlobalOptions) -> Result<Done> {
    run_on(input, rules, global, |_, _| Ok(()))
}

/// The same, with other terms than those of the configuration.
///
/// # Errors
/// The same, and those of the change.
pub fn run_on(
    input: &InputOptions,
    rules: &RuleOptions,
    global: GlobalOptions,
    change: impl FnOnce(&mut Terms, &Context<'_>) -> Result<()>,
) -> Result<Done> {
    run_with(input, rules, global, (&BTreeMap::new(), change))
}

/// The same, as if some files had other texts: by path, relative to the root.
///
/// # Errors
/// The same.
pub fn run_with(
    input: &InputOptions,
    rules: &RuleOptions,
    global: GlobalOptions,
    (texts, change): (
        &BTreeMap<String, ArcStr>,
        impl FnOnce(&mut Terms, &Context<'_>) -> Result<()>,
    ),
) -> Result<Done> {
    let started = Instant::now();
    let look = screen::look(global.color);
    let sources = Arc::new(Sources::default());
    for (path, text) in texts {
        sources.add(path, text.clone());
    }
    let asked = input.ask()?;
    let (rules, config) = input.place.config.load(&asked, rules, &sources)?;
    let mut terms = configuration::terms(&config);
    terms.today = Some(clock::today());
    terms.partial = !asked.covers(config.source.and_then(|source| sources.get(source)));
    let context = Context {
        project: &asked.project,
        config: &config,
        rules: &rules,
        named: asked.named(),
    };
    change(&mut terms, &context)?;
    let inputs = input.find(asked, &config.exclude)?;
    let workers = Workers::new();
    let progress = Progress::new(!global.quiet && !global.no_progress && output::is_seen());
    let options = input.deployment.options(&config);
    let run = Run {
        sources,
        workers: &workers,
        options: &options,
        progress: &progress,
    };
    let has_begun = config.source.is_some() || !terms.known.is_empty();
    let judging = Judging { rules, terms };
    let report = run.report(inputs.search, inputs.given, &judging)?;
    Ok(Done {
        has_begun,
        variables: options.env.clone(),
        config,
        is_bugged: workers.failed(),
        ..Done::of(
            report,
            judging.rules,
            (inputs.project, look, started.elapsed()),
        )
    })
}

impl Done {
    /// A report of this project, for somebody at this terminal.
    pub fn of(
        report: Report,
        rules: RuleSet,
        (project, look, elapsed): (Project, Look, Duration),
    ) -> Self {
        Self {
            report,
            rules,
            way: project.way(),
            project,
            elapsed,
            config: Config::default(),
            variables: BTreeMap::new(),
            has_begun: true,
            is_bugged: false,
            look,
        }
    }

    /// The files that were read, where they are.
    pub fn input_files(&self) -> Vec<PathBuf> {
        let sources = &self.report.sources;
        let ids = (0..).map(SourceId).map_while(|id| sources.get(id));
        let base = &self.project.base;
        let disk = self.project.disk(base);
        let real = |path: PathBuf| {
            // What was named may lie in a project of its own.
            if path.starts_with(base) {
                disk.real(&path).ok()
            } else {
                path.canonicalize().ok()
            }
        };
        let paths = ids.map(|source| path::normal(&base.join(&source.path)));
        paths.filter_map(real).collect()
    }

    /// What a team that has just begun can do about many findings.
    fn advice(&self) -> &'static str {
        let open = self.report.findings.iter();
        let open = open.filter(|finding| finding.suppressed.is_none());
        if self.has_begun || open.count() < MANY {
            return "";
        }
        "accept today's state: gatelint baseline write · settings: gatelint init"
    }

    /// The report as a person at this terminal asked for it.
    pub fn view(&self, global: GlobalOptions) -> View<'_> {
        let detail = match (global.quiet, global.verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Full,
            (false, false) => Detail::Normal,
        };
        View {
            show: Show {
                undecided: global.verbose,
                detail,
                ..Show::default()
            },
            look: self.look,
            way: if self.project.here.starts_with(&self.project.base) {
                Way::Inside(&self.way)
            } else {
                Way::Through(&self.way)
            },
            elapsed: Some(self.elapsed),
            advice: self.advice(),
            ..View::new(&self.report, &self.rules)
        }
    }
}

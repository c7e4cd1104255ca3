//! What every command that looks at files does: find them, read them, judge them, and know how to show it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::GlobalOptions;
use super::error::Result;
use super::load::Run;
use super::options::InputOptions;
use super::output;
use super::progress::Progress;
use super::project::Project;
use super::ruleset::RuleOptions;
use super::screen;
use super::workers::Workers;
use crate::finding::Report;
use crate::report::{Detail, Look, Show, View, Way};
use crate::rule::RuleSet;
use crate::source::{SourceId, Sources};

/// A report, and what is needed to show it.
pub struct Done {
    /// What was found.
    pub report: Report,
    /// What it was judged by.
    pub rules: RuleSet,
    /// Where the project begins and ends.
    pub project: Project,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether we were wrong somewhere on the way.
    pub is_bugged: bool,
    /// The way between the project's root and the person.
    way: String,
    look: Look,
}

/// Finds, reads and judges.
///
/// # Errors
/// When there is nothing to look at, or a rule is wrong.
pub fn run(input: &InputOptions, rules: &RuleOptions, global: GlobalOptions) -> Result<Done> {
    let started = Instant::now();
    let look = screen::look(global.color);
    let sources = Arc::new(Sources::default());
    let inputs = input.find()?;
    let rules = rules.load(&inputs.project, &sources)?;
    let workers = Workers::new();
    let progress = Progress::new(!global.quiet && !global.no_progress && output::is_seen());
    let options = input.deployment.options();
    let run = Run {
        sources,
        workers: &workers,
        options: &options,
        progress: &progress,
    };
    let report = run.report(inputs.search, inputs.given, &rules)?;
    Ok(Done {
        is_bugged: workers.failed(),
        ..Done::of(report, rules, (inputs.project, look, started.elapsed()))
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
            is_bugged: false,
            look,
        }
    }

    /// The files that were read, where they are.
    pub fn input_files(&self) -> Vec<PathBuf> {
        let sources = &self.report.sources;
        let ids = (0..).map(SourceId).map_while(|id| sources.get(id));
        let paths = ids.map(|source| self.project.base.join(&source.path));
        paths.filter_map(|path| path.canonicalize().ok()).collect()
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
            ..View::new(&self.report, &self.rules)
        }
    }
}

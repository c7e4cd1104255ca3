//! `gatelint baseline`: findings that are known, so that only new ones fail.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::GlobalOptions;
use super::error::{Error, Result};
use super::load::{Judging, Run};
use super::options::InputOptions;
use super::output;
use super::path;
use super::progress::Progress;
use super::revision::{Named, Repository};
use super::ruleset::RuleOptions;
use super::run::{self, Context, Done};
use super::status::Status;
use super::workers::Workers;
use crate::baseline::Baseline;
use crate::frontend::Options;
use crate::terms::Terms;

/// Where it is kept when nothing else is said.
pub const FILE: &str = ".gatelint/baseline.json";

/// Which baseline counts.
#[derive(Args, Debug, Default)]
pub struct BaselineOptions {
    /// Findings that are known [default: .gatelint/baseline.json, when it is there]
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    baseline: Option<PathBuf>,

    /// Let no baseline count
    #[arg(long)]
    no_baseline: bool,

    /// Count only what was added since this git revision, or since the branch came off it
    #[arg(long, value_name = "REV")]
    diff_base: Option<String>,
}

impl BaselineOptions {
    /// The findings that are known.
    ///
    /// # Errors
    /// When the file that was named cannot be read.
    pub fn load(&self, context: &Context<'_>, options: &Options) -> Result<Baseline> {
        let known = self.written(context)?;
        let Some(revision) = &self.diff_base else {
            return Ok(known);
        };
        let before = before(revision, context, options)?;
        let is_gone = |file: &str| is_gone(&context.project.base, file);
        Ok(known.and(before).without_files(is_gone))
    }

    fn written(&self, context: &Context<'_>) -> Result<Baseline> {
        if self.no_baseline {
            return Ok(Baseline::default());
        }
        let file = place(self.baseline.as_deref(), context);
        let is_named = self.baseline.is_some() || context.config.file.baseline.is_some();
        if !is_named && !file.exists() {
            return Ok(Baseline::default());
        }
        read(&file, context)
    }
}

/// `gatelint baseline`.
#[derive(Args, Debug)]
pub struct BaselineCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand, Debug)]
enum Act {
    /// Accept today's findings: from now on only new ones fail
    Write(ActOptions),
    /// Forget findings that are gone
    Prune(ActOptions),
}

#[derive(Args, Debug)]
struct ActOptions {
    #[command(flatten)]
    input: InputOptions,

    #[command(flatten)]
    rules: RuleOptions,

    /// The file [default: .gatelint/baseline.json]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When it cannot run, or cannot write.
pub fn run(command: &BaselineCommand, global: GlobalOptions) -> Result<Status> {
    let (options, is_new) = match &command.act {
        Act::Write(options) => (options, true),
        Act::Prune(options) => (options, false),
    };
    let mut file = PathBuf::new();
    let mut before = Baseline::default();
    let done = run::run_on(&options.input, &options.rules, global, |_, context| {
        file = place(options.baseline.as_deref(), context);
        if !is_new {
            before = read(&file, context)?;
        }
        Ok(())
    })?;
    let after = if is_new {
        Baseline::of(&done.report)
    } else {
        before.pruned(&done.report)
    };
    write(&file, &after, &done)?;
    let shown = path::text(&path::relative(&done.project.here, &file));
    output::say(&match before.len().checked_sub(after.len()) {
        Some(gone) if !is_new => format!("{gone} forgotten, {} kept in `{shown}`", after.len()),
        _ => format!(
            "{} in `{shown}`: only new ones count from now on",
            count(after.len())
        ),
    });
    Ok(Status::Clean)
}

fn count(number: usize) -> String {
    match number {
        1 => "1 finding".to_owned(),
        number => format!("{number} findings"),
    }
}

fn write(file: &Path, baseline: &Baseline, done: &Done) -> Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    // The folder of the project's own settings is made when it is not there yet; any other has to be.
    if folder == done.project.base.join(".gatelint") && !folder.exists() {
        std::fs::create_dir(folder)
            .map_err(|error| Error::new(format!("`.gatelint` cannot be made: {error}")))?;
    }
    output::write(
        file,
        &baseline.text(),
        &done.project.base,
        &done.input_files(),
    )
}

/// Where it is kept: as named, as configured, or in the project's own folder.
fn place(given: Option<&Path>, context: &Context<'_>) -> PathBuf {
    let project = context.project;
    match (given, &context.config.file.baseline) {
        (Some(given), _) => project.here.join(given),
        (None, Some(configured)) => project.base.join(configured),
        (None, None) => project.base.join(FILE),
    }
}

fn read(file: &Path, context: &Context<'_>) -> Result<Baseline> {
    let base = &context.project.base;
    let shown = path::text(&path::relative(&context.project.here, file));
    let failed = |why: &str| Error::new(format!("the baseline `{shown}` {why}"));
    let folder = file.parent().unwrap_or(base);
    let disk = context.project.disk(folder);
    let text = disk.text(file).map_err(|why| failed(why.what()))?;
    let baseline = Baseline::read(&text).map_err(|why| failed(&why))?;
    Ok(baseline.without_files(|known| is_gone(base, known)))
}

fn is_gone(base: &Path, file: &str) -> bool {
    let full = path::normal(&base.join(file));
    full.starts_with(base) && full.symlink_metadata().is_err()
}

/// What there was to find where this branch came off a revision, or in the revision itself.
fn before(name: &str, context: &Context<'_>, options: &Options) -> Result<Baseline> {
    let unknown = || {
        let shown = crate::report::name(name);
        Error::new(format!("`{shown}` is no revision of a git repository here"))
            .hint("a shallow clone knows few revisions: fetch it first, `git fetch origin main`")
    };
    let repository = Repository::open(&context.project.base)?.ok_or_else(unknown)?;
    let branch = repository.find(&format!("{name}...HEAD"));
    let revision = match branch.ok().flatten() {
        Some(Named::Range(base, _)) => base,
        Some(Named::One(_)) | None => match repository.find(name)?.ok_or_else(unknown)? {
            Named::One(revision) | Named::Range(revision, _) => revision,
        },
    };
    let judging = Judging {
        rules: context.rules.clone(),
        terms: Terms::default(),
    };
    let run = Run {
        sources: Arc::default(),
        workers: &Workers::new(),
        options,
        progress: &Progress::new(false),
    };
    let whole = context.named.iter().any(String::is_empty);
    let under = if whole { &[][..] } else { &context.named };
    let report = repository.report_of(&revision, under, (&run, &judging))?;
    Ok(Baseline::of(&report))
}

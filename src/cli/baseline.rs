//! `gatelint baseline`: findings that are known, so that only new ones fail.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::GlobalOptions;
use super::disk::Disk;
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
use crate::frontend::{Options, ReadError};
use crate::report;
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
        let place = Place::of(self.baseline.as_deref(), context)?;
        let is_named = self.baseline.is_some() || context.config.file.baseline.is_some();
        if !is_named && place.disk.real(&place.file) == Err(ReadError::Missing) {
            return Ok(Baseline::default());
        }
        place.read(context)
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
        let place = Place::of(options.baseline.as_deref(), context)?;
        if !is_new {
            before = place.read(context)?;
        }
        file = place.file;
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

/// Where it is kept, and what may be read for it.
struct Place {
    file: PathBuf,
    disk: Disk,
}

impl Place {
    /// As named, as configured, or in the project's own folder.
    ///
    /// Who names a file may mean any; what the project says of itself stays inside of it.
    ///
    /// # Errors
    /// When the project names a place outside, or there is no such folder.
    fn of(given: Option<&Path>, context: &Context<'_>) -> Result<Self> {
        let project = context.project;
        let Some(given) = given else {
            let configured = context.config.file.baseline.as_deref();
            let file = project.base.join(configured.unwrap_or(FILE));
            let disk = project.disk(&project.base);
            return match disk.real(&file) {
                Err(why @ ReadError::Outside) => Err(failed(&file, context, why.what())),
                Ok(_) | Err(_) => Ok(Self { file, disk }),
            };
        };
        let file = project.here.join(given);
        let folder = file.parent().unwrap_or(&project.base).canonicalize();
        let why = ReadError::Missing.what();
        let folder = folder.map_err(|_| failed(&file, context, why))?;
        Ok(Self {
            file: file
                .file_name()
                .map_or_else(|| file.clone(), |name| folder.join(name)),
            disk: project.disk(&folder),
        })
    }

    fn read(&self, context: &Context<'_>) -> Result<Baseline> {
        let base = &context.project.base;
        let failed = |why: &str| failed(&self.file, context, why);
        let text = self.disk.text(&self.file);
        let text = text.map_err(|why| failed(why.what()))?;
        let baseline = Baseline::read(&text).map_err(|why| failed(&why))?;
        Ok(baseline.without_files(|known| is_gone(base, known)))
    }
}

fn failed(file: &Path, context: &Context<'_>, why: &str) -> Error {
    let shown = path::text(&path::relative(&context.project.here, file));
    Error::new(format!("the baseline `{}` {why}", report::name(&shown)))
}

fn is_gone(base: &Path, file: &str) -> bool {
    let full = path::normal(&base.join(file));
    full.starts_with(base) && full.symlink_metadata().is_err()
}

/// What there was to find where this branch came off a revision, or in the revision itself.
fn before(name: &str, context: &Context<'_>, options: &Options) -> Result<Baseline> {
    let unknown = || {
        let shown = report::name(name);
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

//! `gatelint diff`: which endpoints were added, removed, opened or tightened between two states of a project.

mod side;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;

use self::side::{Origin, Side};
use super::GlobalOptions;
use super::clock;
use super::configuration::{self, ConfigOptions};
use super::error::{Error, Result};
use super::load::{Judging, Run};
use super::options::DeploymentOptions;
use super::output;
use super::progress::Progress;
use super::project::{self, Project};
use super::redact::Secrets;
use super::ruleset::RuleOptions;
use super::run::Done;
use super::screen;
use super::status::{Policy, Status};
use super::workers::Workers;
use crate::diff::{State, compare};
use crate::finding::Report;
use crate::frontend::Options;
use crate::report::diff::{DiffView, Differences, SideView};
use crate::report::{Look, View, Way};
use crate::source::Sources;
use crate::terms::Terms;

const EXAMPLES: &str = "\
OLD and NEW are each a folder, a file, or a git revision. What exists as a path is a path; to name a branch of the same
name, write `refs/heads/NAME`. Revisions are written as for git: `main`, `v1.2`, `HEAD~3`, `origin/main`, and
`REV:folder` for a part of one. One revision alone is compared with the working tree, and `A..B` and `A...B` stand for
two, as in `git diff`. Nothing is checked out, and nothing of the repository runs.

What counts as more open, and gives exit code 1: an endpoint that asks for less than before (a user pool or IAM, then an
API key, then nothing; the ways of asking who calls are not ordered among each other), one that more callers can reach, and
one that was added and lets anyone on the internet through, unless it is declared public: `# gatelint: public
<reason>`. Preflight methods never count, and neither does what cannot be known before deployment.

Examples:
  gatelint diff main                              what the working tree changes
  gatelint diff origin/main...HEAD --format markdown -o comment.md
  gatelint diff v1.2 v1.3 -- services/shop        only this folder
  gatelint diff ../shop-before .                  two folders

Exit codes: 0 nothing became more open, 1 something did, 2 wrong usage or nothing to analyse, 3 incomplete";

/// `gatelint diff`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct DiffOptions {
    /// The state before: a folder, a file, a git revision, or `OLD..NEW`
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The state after [default: the working tree]
    #[arg(value_name = "NEW")]
    new: Option<PathBuf>,

    /// Compare only what lies in these files and folders
    #[arg(value_name = "PATH", last = true)]
    paths: Vec<PathBuf>,

    /// How the difference is printed: human, json, markdown
    #[arg(long, value_name = "FORMAT")]
    format: Option<Differences>,

    /// Write it to a file instead
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Do not fail because something became more open
    #[arg(long)]
    exit_zero: bool,

    /// Do not fail because something could not be read or analysed
    #[arg(long)]
    allow_incomplete: bool,

    #[command(flatten)]
    config: ConfigOptions,

    #[command(flatten)]
    deployment: DeploymentOptions,
}

/// Runs the command.
///
/// # Errors
/// When one of the two states is not there, or neither holds anything to analyse.
pub fn run(options: &DiffOptions, global: GlobalOptions) -> Result<Status> {
    let sides = side::find(&options.old, options.new.as_deref(), &options.paths)?;
    let judge = Judge::new(options, global)?;
    let mut old = judge.done(sides.0)?;
    let mut new = judge.done(sides.1)?;
    if old.done.report.files == 0 && new.done.report.files == 0 {
        return Err(Error::new("nothing to analyse on either side")
            .hint("it reads serverless.yml, SAM and CloudFormation templates, in YAML or JSON"));
    }
    let secrets =
        [&old, &new].map(|side| Secrets::of(&judge.options.env, &side.done.report.sources));
    for secrets in &secrets {
        secrets.hide_in(&mut old.done.report);
        secrets.hide_in(&mut new.done.report);
    }
    let hide = |text: &str| {
        let hidden = |text: String, secrets: &Secrets| secrets.hidden(&text);
        secrets.iter().fold(text.to_owned(), hidden)
    };
    let diff = compare(old.state(), new.state());
    let view = DiffView {
        diff: &diff,
        old: old.view(global),
        new: new.view(global),
        hide: &hide,
    };
    options.write(&view, [&old.done, &new.done])?;
    if judge.workers.failed() {
        return Ok(Status::Bug);
    }
    let incomplete = [&old, &new].map(|side| options.status(&side.done.report));
    Ok(match incomplete {
        [Status::Clean, Status::Clean] if diff.more_open() > 0 && !options.exit_zero => {
            Status::Found
        }
        [Status::Clean, status] | [status, _] => status,
    })
}

/// Whoever makes reports of both states, in the same way.
struct Judge<'a> {
    /// The project that a person is in: its configuration counts for both.
    project: Project,
    config: &'a ConfigOptions,
    started: Instant,
    workers: Workers,
    progress: Progress,
    options: Options,
    look: Look,
}

impl<'a> Judge<'a> {
    fn new(options: &'a DiffOptions, global: GlobalOptions) -> Result<Self> {
        let is_seen = !global.quiet && !global.no_progress && output::is_seen();
        let project = Project::here(project::here()?);
        let (none, sources) = (RuleOptions::none(), Sources::default());
        let here = &project.here;
        let (_, config) = options.config.load_for(&project, here, &none, &sources)?;
        Ok(Self {
            config: &options.config,
            started: Instant::now(),
            workers: Workers::new(),
            progress: Progress::new(is_seen),
            options: options.deployment.options(&config),
            look: screen::look(global.color),
            project,
        })
    }

    fn done(&self, side: Side) -> Result<Judged> {
        let sources = Arc::new(Sources::default());
        let none = RuleOptions::none();
        let (project, here) = (&self.project, &self.project.here);
        let (rules, config) = self.config.load_for(project, here, &none, &sources)?;
        let terms = Terms {
            today: Some(clock::today()),
            partial: true,
            ..configuration::terms(&config)
        };
        let judging = Judging { rules, terms };
        let run = Run {
            sources,
            workers: &self.workers,
            options: &self.options,
            progress: &self.progress,
        };
        let is_revision = matches!(side.origin, Origin::Revision(..));
        let report: Report = match side.origin {
            Origin::Disk(search) => run.report_of_any(search, &judging),
            Origin::Revision(repository, revision, under) => {
                repository.report_of(&revision, &under, (&run, &judging))?
            }
        };
        let done = Done::of(
            report,
            judging.rules,
            (side.project, self.look, self.started.elapsed()),
        );
        Ok(Judged {
            done,
            folder: side.folder,
            name: side.name,
            is_revision,
        })
    }
}

/// One state with its report.
struct Judged {
    done: Done,
    folder: String,
    name: String,
    is_revision: bool,
}

impl Judged {
    fn state(&self) -> State<'_> {
        State {
            report: &self.done.report,
            folder: &self.folder,
        }
    }

    fn view(&self, global: GlobalOptions) -> SideView<'_> {
        SideView {
            view: self.done.view(global),
            name: &self.name,
            is_revision: self.is_revision,
        }
    }
}

impl DiffOptions {
    fn status(&self, report: &Report) -> Status {
        let policy = Policy {
            fail_on: None,
            strict: false,
            allow_incomplete: self.allow_incomplete,
        };
        Status::of(report, policy)
    }

    fn write(&self, view: &DiffView<'_>, sides: [&Done; 2]) -> Result<()> {
        let Some(file) = &self.output else {
            let format = self.format.unwrap_or(Differences::Human);
            return output::print(&format.render(view));
        };
        let extension = file.extension().and_then(|extension| extension.to_str());
        let format = self.format.unwrap_or(match extension {
            Some("json") => Differences::Json,
            Some("md") => Differences::Markdown,
            Some(_) | None => Differences::Human,
        });
        let view = DiffView {
            old: plain(view.old),
            new: plain(view.new),
            ..*view
        };
        let kept: Vec<PathBuf> = sides.iter().flat_map(|side| side.input_files()).collect();
        let [_, new] = sides;
        output::write(file, &format.render(&view), &new.project.base, &kept)
    }
}

/// For a file, which is read later and elsewhere.
fn plain(side: SideView<'_>) -> SideView<'_> {
    SideView {
        view: View {
            look: Look::default(),
            way: Way::Inside(""),
            ..side.view
        },
        ..side
    }
}

impl FromStr for Differences {
    type Err = String;

    fn from_str(word: &str) -> std::result::Result<Self, String> {
        let known = || Self::ALL.iter().map(|format| format.word());
        let found = Self::ALL.iter().find(|format| format.word() == word);
        found
            .copied()
            .ok_or_else(|| format!("expected one of {}", known().collect::<Vec<_>>().join(", ")))
    }
}

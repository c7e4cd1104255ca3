//! `gatelint check`: findings.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::GlobalOptions;
use super::baseline::BaselineOptions;
use super::error::{Error, Result};
use super::host::Actions;
use super::options::InputOptions;
use super::output;
use super::path;
use super::redact::Secrets;
use super::ruleset::RuleOptions;
use super::run::{self, Done};
use super::status::{Policy, Status};
use super::watch;
use crate::config::{self, Config};
use crate::finding::Severity;
use crate::report::{Format, Look, View, statistics};

const EXAMPLES: &str = "\
Examples:
  gatelint check                                          this folder, .gitignore respected
  gatelint check services/shop/serverless.yml --stage prod
  gatelint check --format github                          annotations in a workflow
  gatelint check -o sarif=out.sarif -o markdown=out.md    one run, many reports
  gatelint check --select public-write --fail-on high

Exit codes: 0 nothing counts, 1 findings, 2 wrong usage or nothing to analyse, 3 incomplete, 101 a bug of ours";

/// `gatelint check`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CheckOptions {
    #[command(flatten)]
    input: InputOptions,

    #[command(flatten)]
    rules: RuleOptions,

    #[command(flatten)]
    output: OutputOptions,

    #[command(flatten)]
    policy: PolicyOptions,

    /// Check again whenever a file changes
    #[arg(long)]
    watch: bool,
}

/// What is shown, and where.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
struct OutputOptions {
    /// How findings are printed: human, json, jsonl, sarif, github, gitlab, junit, markdown, csv, html
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,

    /// Write a report to a file; may be given several times
    #[arg(short, long, value_name = "[FORMAT=]FILE")]
    output: Vec<Output>,

    /// Show nothing less severe: high, medium, low, info [default: info]
    #[arg(long, value_name = "SEVERITY", value_enum, hide_possible_values = true)]
    min_severity: Option<Level>,

    /// Show suppressed findings too
    #[arg(long)]
    show_suppressed: bool,

    /// Show how often each rule was found to hold
    #[arg(long)]
    statistics: bool,

    /// In GitHub Actions, add no annotations and no job summary
    #[arg(long)]
    no_annotations: bool,
}

/// What fails.
#[derive(Args, Debug)]
#[command(next_help_heading = "Failing")]
struct PolicyOptions {
    /// Fail on findings at least so severe: high, medium, low, info, never [default: medium]
    #[arg(long, value_name = "SEVERITY", value_enum, hide_possible_values = true)]
    fail_on: Option<FailOn>,

    /// Never fail because of findings; the same as `--fail-on never`
    #[arg(long)]
    exit_zero: bool,

    /// Count undecided findings too
    #[arg(long)]
    strict: bool,

    /// Let no inline suppression count
    #[arg(long)]
    no_ignores: bool,

    #[command(flatten)]
    baseline: BaselineOptions,

    /// The day on which suppressions are judged [default: today]
    #[arg(long, value_name = "DATE")]
    today: Option<jiff::civil::Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    High,
    Medium,
    Low,
    Info,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    High,
    Medium,
    Low,
    Info,
    Never,
}

/// A file to write, and in which format.
#[derive(Clone, Debug)]
struct Output {
    format: Option<Format>,
    file: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When it cannot run, or cannot write what it found.
pub fn run(options: &CheckOptions, global: GlobalOptions) -> Result<Status> {
    options.output.sound()?;
    if options.watch {
        return watch::forever(&options.input, || once(options, global));
    }
    once(options, global).map(|(status, _)| status)
}

fn once(options: &CheckOptions, global: GlobalOptions) -> Result<(Status, Done)> {
    let mut done = run::run_on(&options.input, &options.rules, global, |terms, context| {
        terms.inline = !options.policy.no_ignores;
        let told = options.input.deployment.options(context.config);
        terms.known = options.policy.baseline.load(context, &told)?;
        terms.today = options.policy.today.or(terms.today);
        Ok(())
    })?;
    let policy = options.policy(&done.config);
    let secrets = Secrets::of(&done.variables, &done.report.sources);
    secrets.hide_in(&mut done.report);
    let mut view = done.view(global);
    view.hidden = secrets.pairs();
    view.show.least = options.least(&done.config);
    view.show.suppressed = options.output.show_suppressed;
    view.show.undecided |= policy.strict;
    options.output.write(&view, &done, &secrets)?;
    let status = if done.is_bugged {
        Status::Bug
    } else {
        Status::of(&done.report, policy)
    };
    Ok((status, done))
}

impl CheckOptions {
    /// What is said here counts more than the configuration.
    fn policy(&self, config: &Config) -> Policy {
        let fail_on = self.policy.fail_on.map(FailOn::severity);
        let configured = config.file.fail_on.map(config::FailOn::severity);
        let fail_on = fail_on.or(configured).unwrap_or(Some(Severity::Medium));
        Policy {
            fail_on: fail_on.filter(|_| !self.policy.exit_zero),
            strict: self.policy.strict || config.file.strict == Some(true),
            allow_incomplete: self.input.place.allow_incomplete,
        }
    }
}

impl CheckOptions {
    fn least(&self, config: &Config) -> Severity {
        let own = self.output.min_severity.map(Severity::from);
        let configured = config.file.min_severity.map(Severity::from);
        own.or(configured).unwrap_or(Severity::Info)
    }
}

impl FailOn {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

impl OutputOptions {
    /// That no two reports are to be the same file.
    fn sound(&self) -> Result<()> {
        for (nth, output) in self.output.iter().enumerate() {
            let before = self.output.get(..nth).unwrap_or_default();
            if before.iter().any(|other| other.file == output.file) {
                let shown = path::text(&output.file);
                return Err(Error::new(format!("`{shown}` is named for two reports")));
            }
        }
        Ok(())
    }

    /// Prints, unless a file takes its place, and writes the files.
    fn write(&self, view: &View<'_>, done: &Done, secrets: &Secrets) -> Result<()> {
        let printed = self.format.unwrap_or(Format::Human);
        let instead = self.output.iter().any(|output| output.format.is_none());
        if self.statistics && printed == Format::Human {
            output::print(&statistics(view))?;
        } else if !instead {
            output::print(&rendered(printed, view, secrets))?;
        }
        if self.statistics && printed != Format::Human {
            output::say(statistics(view).trim_end());
        }
        // A file is read later and elsewhere: whatever the terminal can show does not matter there.
        let plain = View {
            look: Look::default(),
            way: crate::report::Way::Inside(""),
            ..*view
        };
        let inputs = done.input_files();
        for output in &self.output {
            let format = output
                .format
                .or(self.format)
                .unwrap_or_else(|| by_extension(&output.file));
            output::write(
                &output.file,
                &rendered(format, &plain, secrets),
                &done.project.base,
                &inputs,
            )?;
        }
        if !self.no_annotations
            && let Some(host) = Actions::here()
        {
            host.show(printed, &plain);
        }
        Ok(())
    }
}

/// The report in a format. What people read also tells of endpoints, which are as deployed.
fn rendered(format: Format, view: &View<'_>, secrets: &Secrets) -> String {
    let text = format.render(view);
    if format == Format::Human {
        secrets.hidden(&text)
    } else {
        text
    }
}

/// The format that a file's name asks for when nothing else does.
fn by_extension(file: &Path) -> Format {
    let extension = file.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("json") => Format::Json,
        Some("jsonl") => Format::Jsonl,
        Some("sarif") => Format::Sarif,
        Some("xml") => Format::Junit,
        Some("md") => Format::Markdown,
        Some("csv") => Format::Csv,
        Some("html" | "htm") => Format::Html,
        Some(_) | None => Format::Human,
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> std::result::Result<Self, String> {
        let known = || Self::ALL.iter().map(|format| format.word());
        let found = Self::ALL.iter().find(|format| format.word() == word);
        found
            .copied()
            .ok_or_else(|| format!("expected one of {}", known().collect::<Vec<_>>().join(", ")))
    }
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let is_word =
            |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric());
        let (format, file) = match text.split_once('=') {
            Some((word, file)) if is_word(word) => (Some(word.parse::<Format>()?), file),
            Some(_) | None => (None, text),
        };
        match file {
            "" => Err("expected the name of a file".to_owned()),
            "-" => Err(
                "expected the name of a file; standard output is written without `--output`"
                    .to_owned(),
            ),
            file => Ok(Self {
                format,
                file: PathBuf::from(file),
            }),
        }
    }
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::High => Self::High,
            Level::Medium => Self::Medium,
            Level::Low => Self::Low,
            Level::Info => Self::Info,
        }
    }
}

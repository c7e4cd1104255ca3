//! The command line: arguments, files, threads and the terminal. Contains no judgement.
//!
//! The only place, with `main`, that reads files, starts threads, asks for the time or looks at the environment.

pub(crate) mod baseline;
mod check;
pub(crate) mod clock;
mod completions;
mod config;
pub(crate) mod configuration;
mod diff;
pub(crate) mod discover;
pub(crate) mod disk;
mod endpoints;
pub(crate) mod error;
mod explain;
pub(crate) mod files;
mod fix;
mod host;
mod ignored;
mod init;
mod load;
#[cfg(feature = "lsp")]
mod lsp;
mod man;
mod options;
mod output;
pub(crate) mod path;
mod progress;
pub(crate) mod project;
mod redact;
mod report;
mod revision;
mod rules;
pub(crate) mod ruleset;
pub(crate) mod run;
mod screen;
mod status;
mod watch;
mod workers;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use self::error::Result;
use self::screen::Color;
use self::status::Status;

/// Everything that can be said on the command line.
#[derive(Parser, Debug)]
#[command(name = "gatelint", version, about = ABOUT, after_help = EXAMPLES, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    global: GlobalOptions,
}

const ABOUT: &str = "\
Who can call this API? Works out the effective auth of every endpoint in serverless.yml, SAM and CloudFormation \
templates, and reports what is wrong with it. Nothing is deployed, called or run.";

const EXAMPLES: &str = "\
Examples:
  gatelint .                                  findings in this folder; `check` may be left out
  gatelint endpoints services/shop            every endpoint and what it asks for
  gatelint explain 'POST /orders' services    how this endpoint's auth came about
  gatelint check --format sarif -o out.sarif  a report for code scanning";

/// What every command understands.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct GlobalOptions {
    /// Say less: findings, no summary
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Say more: every finding in full, undecided ones too
    #[arg(short, long, global = true)]
    verbose: bool,

    /// When to colour: auto, always, never
    #[arg(long, global = true, default_value = "auto", value_name = "WHEN")]
    color: Color,

    /// Show no progress bar
    #[arg(long, global = true)]
    no_progress: bool,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Report findings [the default, when a path is given]
    Check(check::CheckOptions),
    /// List every endpoint with its effective auth
    Endpoints(endpoints::EndpointsOptions),
    /// Show a rule's page, or how an endpoint's auth came about
    Explain(explain::ExplainOptions),
    /// Write an HTML page for an audit
    Report(report::ReportOptions),
    /// Compare two states of a project: what was added, removed, opened, tightened
    Diff(diff::DiffOptions),
    /// List the rules that are loaded
    Rules(rules::RulesOptions),
    /// Accept the findings there are, so that only new ones fail
    Baseline(baseline::BaselineCommand),
    /// Write a commented gatelint.toml, and show how to run in CI
    Init(init::InitOptions),
    /// Show the settings in force, or the schema of gatelint.toml
    Config(config::ConfigCommand),
    /// Speak the language server protocol, for editors
    #[cfg(feature = "lsp")]
    Lsp(lsp::LspOptions),
    /// Print a completion script for a shell
    Completions(completions::CompletionsOptions),
    /// Print the manual page
    #[command(hide = true)]
    Man(man::ManOptions),
}

/// Runs the program.
pub fn main() -> ExitCode {
    status::report_bugs_calmly();
    let arguments = with_command(std::env::args_os().collect());
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are results; whoever stops reading them is not told.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let global = arguments.global;
    let done = match arguments.command {
        Command::Check(options) => check::run(&options, global),
        Command::Endpoints(options) => endpoints::run(&options, global),
        Command::Explain(options) => explain::run(options, global),
        Command::Report(options) => report::run(&options, global),
        Command::Diff(options) => diff::run(&options, global),
        Command::Rules(options) => rules::run(&options, global),
        Command::Baseline(command) => baseline::run(&command, global),
        Command::Init(options) => init::run(&options),
        Command::Config(command) => config::run(&command),
        #[cfg(feature = "lsp")]
        Command::Lsp(options) => lsp::run(&options),
        Command::Completions(options) => completions::run(options),
        Command::Man(options) => man::run(&options),
    };
    finish(done)
}

fn finish(done: Result<Status>) -> ExitCode {
    let status = done.unwrap_or_else(|error| {
        output::say(&error.to_string());
        Status::Impossible
    });
    status.into()
}

/// Puts `check` before the first path when no command is named: `gatelint .` is `gatelint check .`.
fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let mut at = 1;
    while let Some(argument) = arguments.get(at).and_then(|argument| argument.to_str()) {
        match argument {
            "--color" => at += 2,
            "-q" | "-v" | "--quiet" | "--verbose" | "--no-progress" => at += 1,
            argument if argument.starts_with("--color=") => at += 1,
            _ => break,
        }
    }
    let Some(first) = arguments.get(at) else {
        return arguments;
    };
    let first = first.to_string_lossy();
    let known = Command::names().any(|name| name == first);
    let own = ["help", "-h", "--help", "-V", "--version"].contains(&&*first);
    if !known && !own {
        arguments.insert(at, "check".into());
    }
    arguments
}

impl Command {
    fn names() -> impl Iterator<Item = String> {
        let all = Arguments::command();
        let names: Vec<String> = all
            .get_subcommands()
            .map(|c| c.get_name().to_owned())
            .collect();
        names.into_iter()
    }

    /// The command that was probably meant by a path that does not exist.
    fn nearest(path: &str) -> Option<String> {
        let names: Vec<String> = Self::names().collect();
        crate::rule::nearest(path, names.iter().map(String::as_str)).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(arguments: &[&str]) -> Vec<String> {
        let arguments = arguments.iter().map(OsString::from).collect();
        let completed = with_command(arguments);
        completed
            .iter()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn the_definitions_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn check_is_the_command_of_a_path_or_a_flag() {
        assert_eq!(completed(&["gatelint", "."]), ["gatelint", "check", "."]);
        assert_eq!(
            completed(&["gatelint", "--format", "json"]),
            ["gatelint", "check", "--format", "json"]
        );
        assert_eq!(
            completed(&["gatelint", "-q", "."]),
            ["gatelint", "-q", "check", "."]
        );
        assert_eq!(
            completed(&["gatelint", "--color", "never", "rules"]),
            ["gatelint", "--color", "never", "rules"]
        );
        assert_eq!(
            completed(&["gatelint", "endpoints"]),
            ["gatelint", "endpoints"]
        );
        assert_eq!(completed(&["gatelint", "--help"]), ["gatelint", "--help"]);
        assert_eq!(completed(&["gatelint"]), ["gatelint"]);
    }
}

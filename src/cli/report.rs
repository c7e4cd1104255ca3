//! `gatelint report`: the page for an audit.

use std::path::PathBuf;

use clap::Args;

use super::GlobalOptions;
use super::error::Result;
use super::options::InputOptions;
use super::output;
use super::redact::Secrets;
use super::ruleset::RuleOptions;
use super::run;
use super::status::{Policy, Status};
use crate::report::{Format, Heading};

const EXAMPLES: &str = "\
Examples:
  gatelint report -o report.html                    this folder, .gitignore respected
  gatelint report services -o report.html --title 'Shop, production' --stage prod
  gatelint check -o html=report.html                findings on the screen, and the page";

/// `gatelint report`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ReportOptions {
    #[command(flatten)]
    input: InputOptions,

    #[command(flatten)]
    rules: RuleOptions,

    #[command(flatten)]
    page: PageOptions,
}

/// What is written, and where.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
struct PageOptions {
    /// The file to write
    #[arg(short, long, value_name = "FILE.html")]
    output: PathBuf,

    /// What heads the page
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    title: String,

    /// The date to print; without it the page says nothing about when it was made
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    date: String,
}

/// Runs the command.
///
/// # Errors
/// When it cannot run, or cannot write the page.
pub fn run(options: &ReportOptions, global: GlobalOptions) -> Result<Status> {
    let mut done = run::run(&options.input, &options.rules, global)?;
    let secrets = Secrets::of(&done.variables, &done.report.sources);
    secrets.hide_in(&mut done.report);
    let mut view = done.view(global);
    view.hidden = secrets.pairs();
    view.heading = Heading {
        title: &options.page.title,
        date: &options.page.date,
    };
    output::write(
        &options.page.output,
        &Format::Html.render(&view),
        &done.project.base,
        &done.input_files(),
    )?;
    if done.is_bugged {
        return Ok(Status::Bug);
    }
    Ok(Status::of(
        &done.report,
        Policy {
            fail_on: None,
            strict: false,
            allow_incomplete: options.input.place.allow_incomplete,
        },
    ))
}

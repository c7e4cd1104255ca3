//! `gatelint endpoints`: the inventory.

use std::str::FromStr;

use clap::Args;

use super::GlobalOptions;
use super::error::Result;
use super::options::InputOptions;
use super::output;
use super::ruleset::RuleOptions;
use super::run;
use super::status::{Policy, Status};
use crate::document::ProblemKind;
use crate::finding::Report;
use crate::report::endpoints::Inventory;
use crate::report::{message, name};

const EXAMPLES: &str = "\
Examples:
  gatelint endpoints                                every endpoint below this folder
  gatelint endpoints serverless.yml --stage prod
  gatelint endpoints --format json | jq -r '.stacks[].endpoints[] | select(.authorization == \"none\") | .path'
  gatelint endpoints --format mermaid               a diagram for a Markdown page";

/// `gatelint endpoints`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct EndpointsOptions {
    #[command(flatten)]
    input: InputOptions,

    /// How endpoints are printed: table, json, jsonl, csv, markdown, mermaid
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Inventory,
}

/// Runs the command.
///
/// # Errors
/// When it cannot run, or cannot write what it found.
pub fn run(options: &EndpointsOptions, global: GlobalOptions) -> Result<Status> {
    let done = run::run(&options.input, &RuleOptions::none(), global)?;
    output::print(&options.format.render(&done.view(global)))?;
    match options.format {
        Inventory::Json | Inventory::Jsonl => {}
        Inventory::Table | Inventory::Csv | Inventory::Markdown | Inventory::Mermaid => {
            tell(&done.report);
        }
    }
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

/// Says beside an inventory that has no place for it what is not in it.
fn tell(report: &Report) {
    let missing = report
        .problems
        .iter()
        .filter(|problem| is_missing(problem.kind));
    for problem in missing {
        let at = report.sources.locate(problem.span);
        let (file, message) = (name(&at.file), message(&problem.message));
        output::say(&format!(
            "not analysed: {file}:{}:{}: {message}",
            at.line, at.column
        ));
    }
}

fn is_missing(kind: ProblemKind) -> bool {
    match kind {
        ProblemKind::UnreadableInput | ProblemKind::DuplicateKey => true,
        ProblemKind::UnresolvedReference
        | ProblemKind::InvalidSuppression
        | ProblemKind::UnusedSuppression
        | ProblemKind::ExpiredSuppression
        | ProblemKind::Notice => false,
    }
}

impl FromStr for Inventory {
    type Err = String;

    fn from_str(word: &str) -> std::result::Result<Self, String> {
        let known = || Self::ALL.iter().map(|format| format.word());
        let found = Self::ALL.iter().find(|format| format.word() == word);
        found
            .copied()
            .ok_or_else(|| format!("expected one of {}", known().collect::<Vec<_>>().join(", ")))
    }
}

//! `gatelint rules`: every rule that is loaded.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::GlobalOptions;
use super::error::Result;
use super::output;
use super::project::{self, Project};
use super::ruleset::RuleOptions;
use super::screen;
use super::status::Status;
use crate::report::{rules_json, rules_table};
use crate::rule;
use crate::source::Sources;

/// `gatelint rules`.
#[derive(Args, Debug)]
pub struct RulesOptions {
    /// How rules are printed: table, json, markdown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = List::Table, hide_possible_values = true)]
    format: List,

    /// A team's own rule pages [default: .gatelint/rules]
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum List {
    Table,
    Json,
    Markdown,
}

/// Runs the command.
///
/// # Errors
/// When a page is wrong.
pub fn run(options: &RulesOptions, global: GlobalOptions) -> Result<Status> {
    let project = Project::here(project::here()?);
    let rules = RuleOptions {
        rules: options.rules.clone(),
        ..RuleOptions::none()
    };
    let rules = rules.load(&project, &Arc::new(Sources::default()))?;
    let text = match options.format {
        List::Table => rules_table(&rules, screen::look(global.color)),
        List::Json => rules_json(&rules),
        List::Markdown => rule::rules_table(&rules),
    };
    output::print(&text)?;
    Ok(Status::Clean)
}

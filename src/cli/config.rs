//! `gatelint config`: the settings in force, and the schema of `gatelint.toml`.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::configuration::ConfigOptions;
use super::error::{Error, Result};
use super::output;
use super::path;
use super::project::{self, Project};
use super::ruleset::RuleOptions;
use super::status::Status;
use crate::config::{self, Config, schema};
use crate::rule::{Rule, RuleSet};
use crate::source::Sources;

/// `gatelint config`.
#[derive(Args, Debug)]
pub struct ConfigCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand, Debug)]
enum Act {
    /// Print the settings in force here, as a gatelint.toml, and where they come from
    Show(ConfigOptions),
    /// Print the JSON schema of gatelint.toml
    Schema,
}

/// Runs the command.
///
/// # Errors
/// When the configuration is wrong.
pub fn run(command: &ConfigCommand) -> Result<Status> {
    let text = match &command.act {
        Act::Schema => pretty(&schema(&RuleSet::built_in()))?,
        Act::Show(options) => show(options)?,
    };
    output::print(&text)?;
    Ok(Status::Clean)
}

fn pretty(schema: &serde_json::Value) -> Result<String> {
    let text = serde_json::to_string_pretty(schema);
    let text =
        text.map_err(|error| Error::new(format!("the schema cannot be written: {error}")))?;
    Ok(text + "\n")
}

fn show(options: &ConfigOptions) -> Result<String> {
    let project = Project::here(project::here()?);
    let here = project.here.clone();
    let sources = Arc::new(Sources::default());
    let (rules, config) = options.load_for(&project, &here, &RuleOptions::none(), &sources)?;
    let mut out = match options.find(&project, &here)? {
        None => "# no gatelint.toml: everything is as it comes\n".to_owned(),
        Some((file, _)) => {
            let shown = path::text(&path::relative(&here, &file));
            format!("# from {}\n", crate::report::name(&shown))
        }
    };
    out += &in_force(&config)?;
    out += "\n# every rule with its severity: gatelint rules\n";
    for rule in rules.iter().filter(|rule| !rule.settings.is_empty()) {
        let _ = writeln!(out, "# {}", settings(rule));
    }
    Ok(out)
}

fn settings(rule: &Rule) -> String {
    let settings = rule.settings.iter();
    let settings: Vec<String> = settings
        .map(|setting| format!("{} = {}", setting.name, setting.value))
        .collect();
    format!("{}: {}", rule.id, settings.join(", "))
}

/// What is written, with what holds where nothing is.
fn in_force(config: &Config) -> Result<String> {
    let mut file = config.file.clone();
    file.fail_on.get_or_insert(config::FailOn::Medium);
    file.min_severity.get_or_insert(config::Least::Info);
    file.strict.get_or_insert(false);
    file.require_reasons.get_or_insert(false);
    file.baseline
        .get_or_insert(".gatelint/baseline.json".to_owned());
    let text = toml::to_string(&file);
    text.map_err(|error| Error::new(format!("the settings cannot be written: {error}")))
}

//! `gatelint rules`: every rule that is loaded; `rules test` runs the examples on pages, `rules new` begins one.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};

use super::GlobalOptions;
use super::configuration::ConfigOptions;
use super::error::{Error, Result};
use super::output;
use super::path;
use super::project::{self, Project};
use super::ruleset::{RuleOptions, TEAM};
use super::screen;
use super::status::Status;
use crate::frontend::ReadError;
use crate::pipeline::test_page;
use crate::report::{rules_json, rules_table};
use crate::rule::{self, Origin, Rule, RuleSet};
use crate::source::Sources;

/// `gatelint rules`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RulesOptions {
    #[command(subcommand)]
    act: Option<Act>,

    /// How rules are printed: table, json, markdown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = List::Table, hide_possible_values = true)]
    format: List,

    #[command(flatten)]
    place: PageOptions,
}

/// Where pages and their configuration come from.
#[derive(Args, Debug)]
struct PageOptions {
    /// A team's own rule pages [default: .gatelint/rules]
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,

    #[command(flatten)]
    config: ConfigOptions,
}

#[derive(Subcommand, Debug)]
enum Act {
    /// Run the examples on a team's pages
    Test(TestOptions),
    /// Write a page to start from
    New(NewOptions),
}

#[derive(Args, Debug)]
struct TestOptions {
    /// Test only these [default: every page of the team]
    #[arg(value_name = "RULE")]
    ids: Vec<String>,

    /// A team's own rule pages [default: .gatelint/rules]
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct NewOptions {
    /// Its id: what is so when it holds, such as `admin-without-scope`
    #[arg(value_name = "ID")]
    id: String,

    /// The folder of the team's pages [default: .gatelint/rules]
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
/// When a page or the configuration is wrong.
pub fn run(options: &RulesOptions, global: GlobalOptions) -> Result<Status> {
    let project = Project::here(project::here()?);
    match &options.act {
        None => list(options, &project, global),
        Some(Act::Test(options)) => test(options, &project),
        Some(Act::New(options)) => new(options, &project),
    }
}

fn list(options: &RulesOptions, project: &Project, global: GlobalOptions) -> Result<Status> {
    let pages = of(options.place.rules.as_deref());
    let sources = Arc::new(Sources::default());
    let config = &options.place.config;
    let (mut rules, _) = config.load_for(project, &project.here, &pages, &sources)?;
    let text = match options.format {
        List::Table => rules_table(&rules, screen::look(global.color)),
        List::Json => rules_json(&rules),
        List::Markdown => {
            let own = |rule: &&mut Rule| matches!(rule.origin, Origin::Team(_));
            for rule in rules.iter_mut().filter(own) {
                rule.title = crate::report::markdown_message(&rule.title).into();
            }
            rule::rules_table(&rules)
        }
    };
    output::print(&text)?;
    Ok(Status::Clean)
}

fn of(folder: Option<&Path>) -> RuleOptions {
    RuleOptions {
        rules: folder.map(Path::to_path_buf),
        ..RuleOptions::none()
    }
}

fn test(options: &TestOptions, project: &Project) -> Result<Status> {
    let rules = of(options.rules.as_deref()).load(project, &Sources::default())?;
    for id in &options.ids {
        super::ruleset::known(&rules, id)?;
    }
    let meant = |rule: &&Rule| match options.ids.as_slice() {
        [] => matches!(rule.origin, Origin::Team(_)),
        ids => ids.contains(&rule.id.to_string()),
    };
    let pages: Vec<&Rule> = rules.iter().filter(meant).collect();
    if pages.is_empty() {
        return Err(Error::new("this project has no pages of its own")
            .hint("`gatelint rules new <id>` writes one to start from"));
    }
    let (mut out, mut failed) = (String::new(), 0);
    for rule in &pages {
        failed += usize::from(!tested(rule, &rules, &mut out));
    }
    let _ = writeln!(out, "\n{} passed, {failed} failed", pages.len() - failed);
    output::print(&out)?;
    Ok(if failed == 0 {
        Status::Clean
    } else {
        Status::Found
    })
}

/// Runs the examples of a page, and says what came out; whether all is as the page says.
fn tested(rule: &Rule, rules: &RuleSet, out: &mut String) -> bool {
    let faults = test_page(rule, rules);
    let page = match &rule.origin {
        Origin::Team(path) => crate::report::name(path),
        Origin::BuiltIn => "built-in".to_owned(),
    };
    let outcome = if faults.is_empty() { "ok" } else { "failed" };
    let _ = writeln!(out, "{outcome:<7} {}  {page}", rule.id);
    for fault in &faults {
        let message = crate::report::message(&fault.message);
        let _ = writeln!(out, "        line {} of the text: {message}", fault.line);
    }
    faults.is_empty()
}

/// The team's own folder, unless a link makes it one that is not the project's.
fn own_folder(project: &Project) -> Result<PathBuf> {
    let own = project.base.join(TEAM);
    match project.disk(&project.base).real(&own) {
        Err(ReadError::Outside) => Err(Error::new(format!(
            "the folder `{TEAM}` is not written to: a link leads out of the project"
        ))),
        Ok(_) | Err(_) => Ok(own),
    }
}

fn new(options: &NewOptions, project: &Project) -> Result<Status> {
    let id = &options.id;
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !id.chars().all(kebab) || id.starts_with('-') || id.ends_with('-') || id.len() > 64 {
        let shown = crate::report::name(id);
        return Err(Error::new(format!("`{shown}` is no id"))
            .hint("an id consists of lower-case letters, digits and `-`"));
    }
    if RuleSet::built_in().get(id).is_some() {
        return Err(Error::new(format!(
            "the id `{id}` is taken by a built-in rule"
        )));
    }
    let folder = match &options.rules {
        Some(given) => project.here.join(given),
        None => own_folder(project)?,
    };
    let file = folder.join(format!("{id}.md"));
    let shown = path::text(&path::relative(&project.here, &file));
    if file.symlink_metadata().is_ok() {
        return Err(Error::new(format!("`{shown}` is there already")));
    }
    fs::create_dir_all(&folder).map_err(|error| {
        let shown = path::text(&folder);
        Error::new(format!("the folder `{shown}` cannot be made: {error}"))
    })?;
    output::write(&file, &rule::skeleton(id), &project.base, &[])?;
    output::say(&format!(
        "`{shown}` is written; `gatelint rules test {id}` runs its examples"
    ));
    Ok(Status::Clean)
}

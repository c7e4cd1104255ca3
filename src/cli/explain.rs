//! `gatelint explain`: the page of a rule, or how an endpoint's authorization came about.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::GlobalOptions;
use super::configuration::ConfigOptions;
use super::error::{Error, Result};
use super::options::{DeploymentOptions, InputOptions, PlaceOptions};
use super::output;
use super::project::{self, Project};
use super::ruleset::{self, RuleOptions};
use super::run::{self, Done};
use super::screen;
use super::status::{Policy, Status};
use crate::endpoint::{Endpoint, Protocol};
use crate::finding::StackReport;
use crate::report::endpoints::why;
use crate::report::{Look, rule_page};
use crate::rule::nearest;
use crate::source::Sources;

const EXAMPLES: &str = "\
Examples:
  gatelint explain public-write                 what the rule means, with examples
  gatelint explain 'POST /orders'               where its auth is written, step by step
  gatelint explain 'GET /' services/shop --stage prod";

/// `gatelint explain`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExplainOptions {
    /// A rule's id, or an endpoint as the inventory names it: `POST /orders`
    #[arg(value_name = "RULE|ENDPOINT")]
    what: String,

    /// Where to look for the endpoint [default: .]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// A team's own rule pages [default: .gatelint/rules]
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,

    #[command(flatten)]
    place: PlaceOptions,

    #[command(flatten)]
    deployment: DeploymentOptions,
}

/// Runs the command.
///
/// # Errors
/// When there is no such rule and no such endpoint.
pub fn run(options: ExplainOptions, global: GlobalOptions) -> Result<Status> {
    let ExplainOptions {
        what,
        paths,
        rules,
        place,
        deployment,
    } = options;
    let rules = RuleOptions {
        rules,
        ..RuleOptions::none()
    };
    if !what.contains([' ', '/', '$']) {
        return explain_rule(&what, &rules, &place.config, screen::look(global.color));
    }
    let input = InputOptions {
        paths,
        place,
        deployment,
    };
    let done = run::run(&input, &rules, global)?;
    explain_endpoint(&what, &done, global)?;
    Ok(Status::of(
        &done.report,
        Policy {
            fail_on: None,
            strict: false,
            allow_incomplete: input.place.allow_incomplete,
        },
    ))
}

fn explain_rule(
    id: &str,
    rules: &RuleOptions,
    config: &ConfigOptions,
    look: Look,
) -> Result<Status> {
    let project = Project::here(project::here()?);
    let sources = Arc::new(Sources::default());
    let (rules, _) = config.load_for(&project, &project.here, rules, &sources)?;
    ruleset::known(&rules, id)?;
    if let Some(rule) = rules.get(id) {
        output::print(&rule_page(rule, look))?;
    }
    Ok(Status::Clean)
}

fn explain_endpoint(what: &str, done: &Done, global: GlobalOptions) -> Result<()> {
    let view = done.view(global);
    let found: Vec<(&StackReport, &Endpoint)> = endpoints(done)
        .filter(|(_, endpoint)| is(endpoint, what))
        .collect();
    if found.is_empty() {
        return Err(unknown(what, done));
    }
    let mut out = String::new();
    for (nth, (stack, endpoint)) in found.into_iter().enumerate() {
        let gap = if nth == 0 { "" } else { "\n" };
        let _ = write!(out, "{gap}{}", why(&view, stack, endpoint));
    }
    output::print(&out)
}

fn endpoints(done: &Done) -> impl Iterator<Item = (&StackReport, &Endpoint)> {
    let stacks = done.report.stacks.iter();
    stacks.flat_map(|stack| {
        stack
            .endpoints
            .iter()
            .map(move |endpoint| (&**stack, endpoint))
    })
}

/// Whether an endpoint goes by this name: `post /orders` as well as `POST /orders`, a bare path for each of its methods.
fn is(endpoint: &Endpoint, what: &str) -> bool {
    let label = endpoint.label();
    let path = label
        .split_once(' ')
        .map_or(label.as_str(), |(_, path)| path);
    let same = |(method, rest): (&str, &str)| {
        let own = label.split_once(' ').map(|(method, _)| method);
        own.is_some_and(|own| own.eq_ignore_ascii_case(method)) && rest.trim() == path
    };
    // The inventory has `url` for a method, and the function's name beside it.
    let is_url = endpoint.protocol == Protocol::FunctionUrl;
    let of_function = what.strip_prefix("url ").map(str::trim);
    let own = || of_function.is_some_and(|name| label.ends_with(&format!(" {name}")));
    label == what
        || what == path
        || what.split_once(' ').is_some_and(same)
        || (is_url && (of_function == Some("/") || own()))
}

fn unknown(what: &str, done: &Done) -> Error {
    let labels: Vec<String> = endpoints(done)
        .map(|(_, endpoint)| endpoint.label())
        .collect();
    let error = Error::new(format!(
        "no endpoint is called `{}`",
        crate::report::name(what)
    ));
    match nearest(what, labels.iter().map(String::as_str)) {
        Some(near) => error.hint(format!(
            "did you mean `{near}`? `gatelint endpoints` lists all"
        )),
        None => error.hint(format!("`gatelint endpoints` lists all {}", labels.len())),
    }
}

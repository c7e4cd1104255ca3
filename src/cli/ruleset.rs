//! Which rules are judged: the built-in ones, a team's own, and what was selected of them.

use std::fs;
use std::path::{Path, PathBuf};

use arcstr::ArcStr;
use clap::Args;

use super::disk::Disk;
use super::error::{Error, Result};
use super::path;
use super::project::Project;
use crate::document::Problem;
use crate::frontend::ReadError;
use crate::rule::RuleSet;
use crate::source::Sources;

/// Where a team keeps its pages.
pub const TEAM: &str = ".gatelint/rules";
/// Pages of a team at most.
const MOST: usize = 1000;

/// Which rules are judged.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rules")]
pub struct RuleOptions {
    /// Judge only these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,

    /// Do not judge these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,

    /// A team's own rule pages [default: .gatelint/rules]
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
}

impl RuleOptions {
    /// Every rule, and the project's own pages.
    pub fn none() -> Self {
        Self {
            select: Vec::new(),
            ignore: Vec::new(),
            rules: None,
        }
    }

    /// The rules that there are.
    ///
    /// # Errors
    /// When a page is wrong.
    pub fn load(&self, project: &Project, sources: &Sources) -> Result<RuleSet> {
        let pages = self.pages(project)?;
        let (rules, problems) = RuleSet::load(sources, &pages);
        if !problems.is_empty() {
            return Err(wrong_pages(&problems, sources));
        }
        Ok(rules)
    }

    /// Switches off what is not to be judged.
    ///
    /// # Errors
    /// When a rule that is named does not exist.
    pub fn choose(&self, rules: &mut RuleSet) -> Result<()> {
        for id in self.select.iter().chain(&self.ignore) {
            known(rules, id)?;
        }
        for rule in rules.iter_mut() {
            let id = rule.id.to_string();
            if !self.select.is_empty() {
                rule.enabled = self.select.contains(&id);
            }
            if self.ignore.contains(&id) {
                rule.enabled = false;
            }
        }
        Ok(())
    }

    /// The pages of the folder that was named, else of the project's own, when it has one.
    fn pages(&self, project: &Project) -> Result<Vec<(String, ArcStr)>> {
        let Some(given) = &self.rules else {
            let own = project.base.join(TEAM);
            let disk = project.disk(&project.base);
            return match disk.real(&own) {
                Ok(real) if real.is_dir() => pages(&own, &disk, project),
                Ok(_) | Err(ReadError::Missing) => Ok(Vec::new()),
                Err(why) => Err(Error::new(format!(
                    "the folder of rules `{TEAM}` {}",
                    why.what()
                ))),
            };
        };
        let folder = project
            .here
            .join(given)
            .canonicalize()
            .ok()
            .filter(|found| found.is_dir());
        let shown = path::text(given);
        let folder = folder
            .ok_or_else(|| Error::new(format!("the folder of rules `{shown}` does not exist")))?;
        pages(&folder, &project.disk(&folder), project)
    }
}

fn pages(folder: &Path, disk: &Disk, project: &Project) -> Result<Vec<(String, ArcStr)>> {
    let shown = project.shown(folder);
    let failed = |error| {
        Error::new(format!(
            "the folder of rules `{shown}` cannot be read: {error}"
        ))
    };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    if paths.len() > MOST {
        return Err(Error::new(format!(
            "the folder of rules `{shown}` has more than {MOST} pages"
        )));
    }
    let page = |path: PathBuf| {
        let shown = project.shown(&path);
        match disk.text(&path) {
            Ok(text) => Ok((shown, text)),
            Err(why) => Err(Error::new(format!(
                "the rule page `{shown}` {}",
                why.what()
            ))),
        }
    };
    paths.into_iter().map(page).collect()
}

/// What is wrong with pages or with a configuration, a line each.
pub fn listed(problems: &[Problem], sources: &Sources) -> Error {
    let lines = problems.iter().take(20).map(|problem| {
        let at = sources.locate(problem.span);
        let message = crate::report::message(&problem.message);
        format!(
            "{}:{}:{}: {message}",
            crate::report::name(&at.file),
            at.line,
            at.column
        )
    });
    Error::new(lines.collect::<Vec<_>>().join("\n"))
}

fn wrong_pages(problems: &[Problem], sources: &Sources) -> Error {
    listed(problems, sources)
        .hint("a rule page that is wrong in any way is not used; `gatelint explain public-write` shows one that is right")
}

/// That there is a rule of this id.
///
/// # Errors
/// When there is none; says which may have been meant.
pub fn known(rules: &RuleSet, id: &str) -> Result<()> {
    if rules.get(id).is_some() {
        return Ok(());
    }
    let error = Error::new(format!("there is no rule `{}`", crate::report::name(id)));
    Err(match rules.suggest(id) {
        Some(near) => error.hint(format!("did you mean `{near}`? `gatelint rules` lists all")),
        None => error.hint("`gatelint rules` lists all"),
    })
}

//! What a project is judged by: its configuration, its rule pages, its baseline. Mistakes in them are problems at their
//! places, and the last configuration that was right goes on counting.

use std::fs;
use std::path::PathBuf;

use arcstr::ArcStr;

use super::overlay::Overlay;
use crate::cli::baseline::BaselineOptions;
use crate::cli::clock;
use crate::cli::configuration::{self, ConfigOptions};
use crate::cli::project::Project as Folders;
use crate::cli::ruleset::TEAM;
use crate::cli::run::Context;
use crate::config::Config;
use crate::document::Problem;
use crate::frontend::Options;
use crate::rule::RuleSet;
use crate::source::{Sources, Str};
use crate::terms::Terms;

/// Pages of a team at most.
const MOST: usize = 1000;
/// Where findings that are known are kept.
const BASELINE: &str = ".gatelint/baseline.json";

/// The texts that a ruling is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    config: Option<(String, ArcStr)>,
    pages: Vec<(String, ArcStr)>,
    baseline: Option<ArcStr>,
    stages: Vec<String>,
}

/// What a project is judged by.
#[derive(Debug)]
pub struct Ruling {
    /// What it was made of.
    pub texts: Texts,
    /// The rules as they are configured.
    pub rules: RuleSet,
    /// The configuration.
    pub config: Config,
    /// What the team decided about findings.
    pub terms: Terms,
    /// What lowering is told.
    pub options: Options,
    /// What is wrong with pages and configuration.
    pub problems: Vec<Problem>,
    /// The configuration that was last right.
    right: Option<(String, ArcStr)>,
}

impl Texts {
    /// Reads them.
    pub fn read(overlay: &Overlay, folders: &Folders, stages: &[String]) -> Self {
        let config = ConfigOptions::default().find(folders, &folders.here).ok();
        let config = config.flatten().and_then(|(path, _)| {
            let text = overlay.text(&path).ok()?;
            Some((folders.shown(&path), text))
        });
        let pages = pages(folders).into_iter();
        let pages =
            pages.filter_map(|path| Some((folders.shown(&path), overlay.text(&path).ok()?)));
        Self {
            config,
            pages: pages.collect(),
            baseline: overlay.text(&folders.base.join(BASELINE)).ok(),
            stages: stages.to_vec(),
        }
    }

    /// The files among them that can be wrong.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let all = self.config.iter().chain(&self.pages);
        all.map(|(path, _)| path.as_str())
    }
}

/// The team's own pages, in order of their names.
fn pages(folders: &Folders) -> Vec<PathBuf> {
    let own = folders.base.join(TEAM);
    let is_inside = folders.disk(&folders.base).real(&own).is_ok();
    let Some(entries) = is_inside.then(|| fs::read_dir(own).ok()).flatten() else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .take(MOST)
        .collect();
    paths.sort();
    paths
}

impl Ruling {
    /// Makes it, with the texts joining `sources`; `before` is the one that counted until now.
    pub fn new(texts: Texts, sources: &Sources, folders: &Folders, before: Option<&Self>) -> Self {
        let (mut rules, mut problems) = RuleSet::load(sources, &texts.pages);
        let mut right = before.and_then(|before| before.right.clone());
        let mut config = Config::default();
        if let Some((path, text)) = &texts.config {
            let source = sources.add(path, text.clone());
            let mut configured = rules.clone();
            match Config::read(source, sources, &mut configured) {
                Ok(read) => {
                    (rules, config) = (configured, read);
                    right.clone_from(&texts.config);
                }
                Err(wrong) => {
                    problems.extend(wrong);
                    let last = right.as_ref();
                    (rules, config) = last
                        .and_then(|last| as_it_was(last, sources, &rules))
                        .unwrap_or((rules, config));
                }
            }
        } else {
            right = None;
        }
        let options = options(&texts, &config);
        let mut terms = configuration::terms(&config);
        terms.today = Some(clock::today());
        let context = Context {
            project: folders,
            config: &config,
            rules: &rules,
            named: Vec::new(),
        };
        // What cannot be read makes findings known again, which says enough.
        terms.known = BaselineOptions::default()
            .load(&context, &options)
            .unwrap_or_default();
        Self {
            texts,
            rules,
            config,
            terms,
            options,
            problems,
            right,
        }
    }
}

/// What lowering is told: the editor's stages, else those of the configuration.
fn options(texts: &Texts, config: &Config) -> Options {
    let stages = match texts.stages.as_slice() {
        [] => &config.file.stages,
        said => said,
    };
    Options {
        stages: stages.iter().map(|one| Str::from(one.as_str())).collect(),
        sensitive_paths: config.sensitive_paths.clone(),
        ..Options::default()
    }
}

/// The configuration before somebody began to type in it, under a name of its own: its places are not those of today.
fn as_it_was(
    (path, text): &(String, ArcStr),
    sources: &Sources,
    rules: &RuleSet,
) -> Option<(RuleSet, Config)> {
    let source = sources.add(&format!("{path} as it was.toml"), text.clone());
    let mut rules = rules.clone();
    let config = Config::read(source, sources, &mut rules).ok()?;
    Some((rules, config))
}

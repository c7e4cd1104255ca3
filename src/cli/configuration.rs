//! `gatelint.toml`: found, read, and told to the rules.

use std::path::{Path, PathBuf};

use clap::Args;

use super::disk::Disk;
use super::error::{Error, Result};
use super::options::Asked;
use super::path;
use super::project::Project;
use super::ruleset::{self, RuleOptions};
use crate::config::Config;
use crate::rule::RuleSet;
use crate::source::Sources;
use crate::terms::Terms;

/// Its names, in the order in which they are looked for in each folder.
pub const NAMES: [&str; 3] = ["gatelint.toml", ".gatelint.toml", ".github/gatelint.toml"];

/// Which configuration counts.
#[derive(Args, Debug, Default)]
pub struct ConfigOptions {
    /// The configuration [default: gatelint.toml, .gatelint.toml or .github/gatelint.toml, in the nearest folder above]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,

    /// Read no configuration
    #[arg(long)]
    pub no_config: bool,
}

impl ConfigOptions {
    /// The rules as they are configured and chosen, and the configuration.
    ///
    /// # Errors
    /// When a page or the configuration is wrong, or a rule that is named does not exist.
    pub fn load(
        &self,
        asked: &Asked,
        options: &RuleOptions,
        sources: &Sources,
    ) -> Result<(RuleSet, Config)> {
        self.load_for(&asked.project, asked.folder(), options, sources)
    }

    /// The same for somebody who speaks of this folder.
    ///
    /// # Errors
    /// The same.
    pub fn load_for(
        &self,
        project: &Project,
        folder: &Path,
        options: &RuleOptions,
        sources: &Sources,
    ) -> Result<(RuleSet, Config)> {
        let mut rules = options.load(project, sources)?;
        let config = match self.find(project, folder)? {
            None => Config::default(),
            Some((file, disk)) => read(&file, &disk, project, &mut rules, sources)?,
        };
        options.choose(&mut rules)?;
        Ok((rules, config))
    }

    /// The file, and what may be read to get it.
    ///
    /// # Errors
    /// When the file that was named does not exist.
    pub fn find(&self, project: &Project, folder: &Path) -> Result<Option<(PathBuf, Disk)>> {
        if self.no_config {
            return Ok(None);
        }
        let Some(given) = &self.config else {
            let above = folder.ancestors();
            let inside = above.take_while(|above| above.starts_with(&project.base));
            let files = inside.flat_map(|folder| NAMES.map(|name| folder.join(name)));
            // Something of that name that is no file is not passed over: it is said when it is read.
            let mut found = files.filter(|file| file.symlink_metadata().is_ok());
            return Ok(found.next().map(|file| (file, project.disk(&project.base))));
        };
        let file = project.here.join(given).canonicalize();
        let shown = path::text(given);
        let missing = || Error::new(format!("the configuration `{shown}` does not exist"));
        let file = file
            .ok()
            .filter(|file| file.is_file())
            .ok_or_else(missing)?;
        let root = file.parent().unwrap_or(&file).to_path_buf();
        Ok(Some((file, project.disk(&root))))
    }
}

fn read(
    file: &Path,
    disk: &Disk,
    project: &Project,
    rules: &mut RuleSet,
    sources: &Sources,
) -> Result<Config> {
    let shown = project.shown(file);
    let text = disk.text(file).map_err(|why| {
        let shown = crate::report::name(&shown);
        Error::new(format!("the configuration `{shown}` {}", why.what()))
    })?;
    let source = sources.add(&shown, text);
    Config::read(source, sources, rules).map_err(|problems| {
        ruleset::listed(&problems, sources)
            .hint("a configuration that is wrong in any way does not count; `gatelint config schema` prints what it may say")
    })
}

/// What it says about findings.
pub fn terms(config: &Config) -> Terms {
    Terms {
        require_reasons: config.file.require_reasons == Some(true),
        waivers: config.waivers.clone(),
        overrides: config.overrides.clone(),
        ..Terms::default()
    }
}

//! Options that several commands share.

use std::collections::BTreeMap;
use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::frontend::{Options, ReadError, detect};
use crate::glob::Glob;
use crate::source::{Source, Str};
use clap::Args;

use super::configuration::ConfigOptions;
use super::discover::{self, Search};
use super::disk::{self, Disk};
use super::error::{Error, Result};
use super::files::Files;
use super::load::Entry;
use super::path;
use super::project::{self, Input, Project};

/// What to look at, and what is known of its deployment.
#[derive(Args, Debug)]
pub struct InputOptions {
    /// Files and folders; `-` for standard input [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    #[command(flatten)]
    pub place: PlaceOptions,

    #[command(flatten)]
    pub deployment: DeploymentOptions,
}

/// Where input comes from.
#[derive(Args, Debug)]
#[command(next_help_heading = "Input")]
pub struct PlaceOptions {
    /// Nothing outside of this folder is read [default: the git root, else the working directory]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,

    /// Read paths from a file, one a line; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub files_from: Option<PathBuf>,

    /// The name under which `-` is read, such as `services/shop/serverless.yml`
    #[arg(long, value_name = "FILE")]
    pub stdin_filename: Option<PathBuf>,

    /// Do not fail because something could not be read or analysed
    #[arg(long)]
    pub allow_incomplete: bool,

    #[command(flatten)]
    pub config: ConfigOptions,
}

/// What is said about the deployment.
#[derive(Args, Debug)]
#[command(next_help_heading = "Deployment")]
pub struct DeploymentOptions {
    /// Judge for this stage; may be given several times
    #[arg(long, value_name = "NAME")]
    pub stage: Vec<String>,

    /// Judge for every stage that a service names itself
    #[arg(long)]
    pub all_stages: bool,

    /// The value of a parameter
    #[arg(long, value_name = "K=V", value_parser = pair)]
    pub param: Vec<(String, String)>,

    /// An option of the Serverless Framework's command line, for `${opt:K}`
    #[arg(long, value_name = "K=V", value_parser = pair)]
    pub opt: Vec<(String, String)>,

    /// Let this variable of the environment be read, for `${env:NAME}`
    #[arg(long, value_name = "NAME")]
    pub env_var: Vec<String>,
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err("expected NAME=VALUE".to_owned()),
    }
}

impl DeploymentOptions {
    /// What lowering is told.
    pub fn options(&self, config: &Config) -> Options {
        let read = |name: &String| Some((name.clone(), env::var(name).ok()?));
        Options {
            stages: if self.stage.is_empty() && !self.all_stages {
                &config.file.stages
            } else {
                &self.stage
            }
            .iter()
            .map(|stage| Str::from(stage.as_str()))
            .collect(),
            sensitive_paths: config.sensitive_paths.clone(),
            all_stages: self.all_stages,
            params: self.param.iter().cloned().collect(),
            opts: self.opt.iter().cloned().collect(),
            env: self
                .env_var
                .iter()
                .filter_map(read)
                .collect::<BTreeMap<_, _>>(),
        }
    }
}

/// What was named, before anything of it is looked at.
pub struct Asked {
    /// Where the project begins and ends.
    pub project: Project,
    inputs: Vec<Input>,
    absent: Vec<(String, ReadError)>,
    stdin: bool,
}

impl Asked {
    /// The files and folders that were named, relative to the root.
    pub fn named(&self) -> Vec<String> {
        let inputs = self.inputs.iter();
        inputs
            .map(|input| self.project.shown(&input.path))
            .collect()
    }

    /// Whether a folder was named in which everything lies that a configuration speaks of.
    pub fn covers(&self, config: Option<Arc<Source>>) -> bool {
        let Some(config) = config else {
            return true;
        };
        let file = path::normal(&self.project.base.join(&config.path));
        let folder = file.parent().unwrap_or(&file);
        let folder = if folder.ends_with(".github") {
            folder.parent().unwrap_or(folder)
        } else {
            folder
        };
        let folders = self.inputs.iter().filter(|input| input.is_folder);
        folders
            .into_iter()
            .any(|input| folder.starts_with(&input.path))
    }

    /// The folder that a person speaks of: the first that was named.
    pub fn folder(&self) -> &Path {
        let first = self.inputs.first();
        let folder = first.map(|input| {
            let above = input.path.parent().unwrap_or(&input.path);
            if input.is_folder { &input.path } else { above }
        });
        folder.unwrap_or(&self.project.here)
    }
}

/// The files that a command is about.
pub struct Inputs {
    /// Where the project begins and ends.
    pub project: Project,
    /// What was found on the disk.
    pub search: Search,
    /// What came through standard input.
    pub given: Vec<Entry>,
}

impl InputOptions {
    /// That everything that was named can be read again, and written.
    ///
    /// # Errors
    /// When something comes through standard input.
    pub fn is_on_disk(&self) -> Result<()> {
        let mut named = self.paths.iter().chain(&self.place.files_from);
        if named.any(|path| is_stdin(path)) {
            return Err(Error::new(
                "what comes through standard input is not fixed: name files",
            ));
        }
        Ok(())
    }

    /// Finds the project that is meant.
    ///
    /// # Errors
    /// When a path is not there, or a list cannot be read.
    pub fn ask(&self) -> Result<Asked> {
        let here = project::here()?;
        let root = self.place.root.as_deref();
        let root = root
            .map(|root| project::given_root(root, &here))
            .transpose()?;
        let mut inputs = Vec::new();
        let mut absent = Vec::new();
        for path in self.paths.iter().filter(|path| !is_stdin(path)) {
            inputs.push(Input::find(path, &here, root.as_deref())?);
        }
        for path in self.listed()? {
            match Input::find(&path, &here, root.as_deref()) {
                Ok(input) => inputs.push(input),
                // One name of a long list must not stop the others.
                Err(_) => absent.push((path::text(&path), ReadError::Missing)),
            }
        }
        let stdin = self.paths.iter().any(|path| is_stdin(path));
        if inputs.is_empty() && absent.is_empty() && !stdin {
            if self.place.files_from.is_some() {
                return Err(Error::new("the list of `--files-from` names nothing"));
            }
            inputs.push(Input::find(Path::new("."), &here, root.as_deref())?);
        }
        let base = root.or_else(|| inputs.first().map(|input| input.root.clone()));
        let base = base.unwrap_or_else(|| here.clone());
        absent.dedup();
        Ok(Asked {
            project: Project { here, base },
            inputs,
            absent,
            stdin,
        })
    }

    /// Finds everything that was asked for, but for what is left out.
    ///
    /// # Errors
    /// When standard input gives nothing.
    pub fn find(&self, asked: Asked, exclude: &[Glob]) -> Result<Inputs> {
        let mut search = discover::search(&asked.project, &asked.inputs, exclude);
        search.refused.extend(asked.absent);
        let given = if asked.stdin {
            self.standard_input(&asked.project, &mut search)?
        } else {
            None
        };
        Ok(Inputs {
            project: asked.project,
            search,
            given: given.into_iter().collect(),
        })
    }

    /// The paths of `--files-from`.
    fn listed(&self) -> Result<Vec<PathBuf>> {
        let Some(file) = &self.place.files_from else {
            return Ok(Vec::new());
        };
        let failed = |why: &str| Error::new(format!("the list `{}` {why}", path::text(file)));
        let text = if is_stdin(file) {
            text_of(io::stdin().lock())
        } else {
            let file =
                File::open(file).map_err(|error| failed(&format!("cannot be read: {error}")))?;
            text_of(file)
        };
        let text = text.map_err(|why| failed(why.what()))?;
        let mut paths: Vec<PathBuf> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for line in text.lines().map(|line| line.trim_end_matches('\r')) {
            if !line.is_empty() && seen.insert(line) {
                paths.push(PathBuf::from(line));
            }
        }
        Ok(paths)
    }

    /// `-`, as the file of the name it was given.
    fn standard_input(&self, project: &Project, search: &mut Search) -> Result<Option<Entry>> {
        let shown = self.stdin_name(project);
        match text_of(io::stdin().lock()) {
            Err(why) => {
                search.refused.push((shown, why));
                Ok(None)
            }
            Ok(text) if text.trim().is_empty() => Err(Error::new("standard input is empty")),
            Ok(text) => Ok(Some(Entry {
                looks: detect::looks(&shown, &text),
                shown,
                text,
                files: Files::Disk(Disk {
                    base: project.base.clone(),
                    root: project.base.clone(),
                }),
                is_named: true,
            })),
        }
    }

    /// The shown path of standard input; a name that leads out of the project says nothing about a place in it.
    fn stdin_name(&self, project: &Project) -> String {
        let fallback = || "stdin".to_owned();
        let Some(name) = self
            .place
            .stdin_filename
            .as_ref()
            .filter(|name| !name.as_os_str().is_empty())
        else {
            return fallback();
        };
        let full = path::normal(&project.here.join(name));
        if full.starts_with(&project.base) && full != project.base {
            project.shown(&full)
        } else {
            full.file_name()
                .map_or_else(fallback, |name| path::text(Path::new(name)))
        }
    }
}

fn text_of(stream: impl Read) -> std::result::Result<arcstr::ArcStr, ReadError> {
    disk::text_of(stream, 0)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

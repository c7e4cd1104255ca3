//! The thread that analyses. Speaks to nobody: jobs come in, views of finished reports go out.
//!
//! A job that is out of date by the time it is its turn is not begun, and one that becomes so is given up between two files.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arcstr::ArcStr;
use crossbeam_channel::{Receiver, Sender};

use super::overlay::Overlay;
use super::project::{Project, Update};
use super::view::View;
use crate::cli::configuration::ConfigOptions;
use crate::cli::disk::Disk;
use crate::cli::project::{Project as Folders, root_of};

/// The state of the editor that is to be analysed.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its number; the highest is the newest.
    pub revision: u64,
    /// Texts that are open.
    pub open: Arc<BTreeMap<PathBuf, ArcStr>>,
    /// Folders of the editor's workspace.
    pub folders: Vec<PathBuf>,
    /// The stages to judge for, when the editor says.
    pub stages: Vec<String>,
    /// Whether to look for files that are new.
    pub walk: bool,
}

/// What a job came to.
pub struct Done {
    /// Its number.
    pub revision: u64,
    /// One view a project.
    pub views: Vec<Arc<View>>,
}

/// Analyses until there are no more jobs.
pub fn work(jobs: &Receiver<Job>, done: &Sender<Done>, newest: &AtomicU64) {
    let mut projects: BTreeMap<PathBuf, Project> = BTreeMap::new();
    while let Ok(mut job) = jobs.recv() {
        while let Ok(newer) = jobs.try_recv() {
            let walk = job.walk || newer.walk;
            job = Job { walk, ..newer };
        }
        let updated = catch_unwind(AssertUnwindSafe(|| update(&mut projects, &job, newest)));
        let views = match updated {
            Ok(Some(views)) => views,
            // Somebody typed on: the newer job is on its way, and looks around for this one.
            Ok(None) => {
                for project in projects.values_mut() {
                    Project::look_around(project, job.walk);
                }
                continue;
            }
            // We are wrong somewhere: what was held is not trusted any more.
            Err(_) => {
                projects.clear();
                Vec::new()
            }
        };
        let revision = job.revision;
        if done.send(Done { revision, views }).is_err() {
            return;
        }
    }
}

fn update(
    projects: &mut BTreeMap<PathBuf, Project>,
    job: &Job,
    newest: &AtomicU64,
) -> Option<Vec<Arc<View>>> {
    let mut homes: BTreeMap<PathBuf, (Home, Vec<PathBuf>)> = BTreeMap::new();
    for folder in &job.folders {
        let home = Home::of_folder(folder, &job.folders);
        homes
            .entry(home.folders.here.clone())
            .or_insert((home, Vec::new()));
    }
    for path in job.open.keys() {
        let home = Home::of_folder(path.parent().unwrap_or(path), &job.folders);
        let (_, open) = homes
            .entry(home.folders.here.clone())
            .or_insert((home, Vec::new()));
        open.push(path.clone());
    }
    projects.retain(|folder, _| homes.contains_key(folder));
    let is_stale = || newest.load(Ordering::Relaxed) > job.revision;
    let mut views = Vec::new();
    for (folder, (home, open)) in homes {
        let base = home.folders.base.clone();
        let overlay = Overlay {
            open: Arc::clone(&job.open),
            disk: Disk {
                root: base.clone(),
                base,
            },
        };
        let project = projects.entry(folder);
        let project = project.or_insert_with(|| Project::new(home.folders, home.walks));
        views.push(project.update(&Update {
            overlay: &overlay,
            open: &open,
            stages: &job.stages,
            walk: job.walk,
            is_stale: &is_stale,
        })?);
    }
    Some(views)
}

/// The project that a folder belongs to.
struct Home {
    folders: Folders,
    walks: bool,
}

impl Home {
    /// As far as the nearest configuration, else the editor's workspace, else the repository; in none of these, a file is alone.
    fn of_folder(folder: &Path, workspace: &[PathBuf]) -> Self {
        let around = workspace.iter().filter(|around| folder.starts_with(around));
        let around = around.max_by_key(|around| around.as_os_str().len());
        let base = root_of(folder, around.map_or(folder, PathBuf::as_path));
        let is_repository = base.join(".git").exists();
        let inside = around.filter(|around| around.starts_with(&base));
        let mut here = inside.cloned().unwrap_or_else(|| base.clone());
        let folders = Folders {
            here: here.clone(),
            base: base.clone(),
        };
        let config = ConfigOptions::default()
            .find(&folders, folder)
            .ok()
            .flatten();
        let config = config.as_ref().and_then(|(file, _)| file.parent());
        let hidden = config.filter(|own| own.ends_with(".github"));
        let own = hidden.map_or(config, Path::parent);
        if let Some(own) = own.filter(|own| own.starts_with(&here)) {
            here = own.to_path_buf();
        }
        Self {
            folders: Folders { here, base },
            walks: is_repository || around.is_some() || config.is_some(),
        }
    }
}

//! One project as the worker holds it: the texts, what each file came to, and what has to be done again when one changes.
//!
//! Only files that changed, and those that asked for them, are analysed again. Texts that nothing asks for any more are
//! dropped, so that memory does not grow with the number of edits.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arcstr::ArcStr;

use super::overlay::{Noting, Overlay, Stamp};
use super::ruling::{Ruling, Texts};
use super::view::View;
use crate::cli::discover;
use crate::cli::project::{Input, Project as Folders};
use crate::document::{self, Dialect, ProblemKind};
use crate::frontend::Env;
use crate::frontend::detect::{self, Looks};
use crate::judge::Judge;
use crate::source::Sources;
use crate::{Analysis, analyse, conclude};

/// Templates of one project that are looked at besides those that are open.
const MOST: usize = 5000;
/// Ids of forgotten files before everything is read anew.
const FORGOTTEN: usize = 200;

/// One project.
pub struct Project {
    folders: Folders,
    /// Whether files that are not open are looked for.
    walks: bool,
    is_walk_due: bool,
    ruling: Option<Ruling>,
    sources: Arc<Sources>,
    entries: BTreeMap<String, Entry>,
    found: BTreeMap<String, (Stamp, Looks)>,
    stamps: BTreeMap<String, Stamp>,
    last: Option<Arc<View>>,
    last_good: Option<Arc<View>>,
}

/// A file that is analysed on its own.
struct Entry {
    analysis: Analysis,
    looks: Looks,
    /// Every file that it asked for, itself included.
    asked: BTreeSet<String>,
    /// Those that were not to be had, and whether they were there all the same.
    missing: Vec<(String, bool)>,
    /// Whether it stopped being YAML.
    is_broken: bool,
}

/// What one update is about.
pub struct Update<'a> {
    /// The files.
    pub overlay: &'a Overlay,
    /// Open files of this project.
    pub open: &'a [PathBuf],
    /// The stages to judge for, when the editor says.
    pub stages: &'a [String],
    /// Whether to look for files that are new.
    pub walk: bool,
    /// Whether nobody waits for it any more.
    pub is_stale: &'a dyn Fn() -> bool,
}

type Changed = BTreeMap<String, Option<ArcStr>>;

impl Project {
    /// A project of which nothing is known.
    pub fn new(folders: Folders, walks: bool) -> Self {
        Self {
            folders,
            walks,
            is_walk_due: true,
            ruling: None,
            sources: Arc::default(),
            entries: BTreeMap::new(),
            found: BTreeMap::new(),
            stamps: BTreeMap::new(),
            last: None,
            last_good: None,
        }
    }

    /// Looks for new files the next time, whoever asks.
    pub fn look_around(&mut self, walk: bool) {
        self.is_walk_due |= walk;
    }

    /// Brings it up to date; `None` when that was given up on the way, and nothing changed.
    pub fn update(&mut self, update: &Update<'_>) -> Option<Arc<View>> {
        self.rule(update);
        let wanted = self.wanted(update);
        let changed = self.changed(update.overlay);
        let sources = self.sources.renewed(|source| {
            let now = changed.get(&source.path);
            now.map_or_else(|| Some(source.text.clone()), Clone::clone)
        });
        let fresh = self.analysed(&wanted, &changed, (&sources, update))?;
        let is_same = fresh.is_empty() && changed.is_empty();
        if let Some(last) = self
            .last
            .as_ref()
            .filter(|_| is_same && self.keeps(&wanted))
        {
            return Some(Arc::clone(last));
        }
        self.commit(&wanted, fresh, sources);
        let view = self.view()?;
        self.last = Some(Arc::clone(&view));
        Some(view)
    }

    /// Reads configuration and rules; when they are others than before, everything is done again.
    fn rule(&mut self, update: &Update<'_>) {
        let texts = Texts::read(update.overlay, &self.folders, update.stages);
        let today = Some(crate::cli::clock::today());
        let same = |ruling: &&Ruling| ruling.texts == texts && ruling.terms.today == today;
        let is_grown =
            self.sources.len() > 2 * self.stamps.len() + FORGOTTEN + MOST.min(self.entries.len());
        if self.ruling.as_ref().is_some_and(|ruling| same(&ruling)) && !is_grown {
            return;
        }
        let sources = Sources::default();
        let before = self.ruling.as_ref();
        self.ruling = Some(Ruling::new(texts, &sources, &self.folders, before));
        self.sources = Arc::new(sources);
        self.entries.clear();
        self.last = None;
        self.stamps.clear();
        self.found.clear();
        self.is_walk_due = true;
    }

    /// The files that are analysed on their own, and what they look like.
    fn wanted(&mut self, update: &Update<'_>) -> BTreeMap<String, Looks> {
        let exclude = self.ruling.as_ref().map(|ruling| &ruling.config.exclude);
        let exclude = exclude.cloned().unwrap_or_default();
        if self.walks && (update.walk || self.is_walk_due) {
            self.is_walk_due = false;
            self.walk(update.overlay, &exclude);
        }
        let found = self
            .found
            .iter()
            .filter(|(_, (_, looks))| *looks > Looks::Unrelated);
        let mut wanted: BTreeMap<String, Looks> = found
            .take(MOST)
            .map(|(path, (_, looks))| (path.clone(), *looks))
            .collect();
        for path in update.open {
            let shown = self.folders.shown(path);
            let is_readable = detect::is_readable(&shown);
            if !is_readable || exclude.iter().any(|glob| glob.fits(&shown)) {
                continue;
            }
            let text = update.overlay.text(path).unwrap_or_default();
            match detect::looks(&shown, &text) {
                // Mid-typing a file may lose the very words that it is known by.
                Looks::Unrelated if self.entries.contains_key(&shown) => {}
                Looks::Unrelated => {
                    wanted.remove(&shown);
                }
                looks @ (Looks::Fragment | Looks::Ours) => {
                    wanted.insert(shown, looks);
                }
            }
        }
        wanted
    }

    fn walk(&mut self, overlay: &Overlay, exclude: &[crate::glob::Glob]) {
        let input = Input {
            path: self.folders.here.clone(),
            root: self.folders.base.clone(),
            is_folder: true,
        };
        let search = discover::search(&self.folders, &[input], exclude);
        let mut found = BTreeMap::new();
        for file in search.files {
            let stamp = overlay.stamp(&file.path);
            let known = self.found.remove(&file.shown);
            let looks = match known {
                Some((before, looks)) if before == stamp && stamp.is_some() => looks,
                Some(_) | None if detect::is_program(&file.shown) => Looks::Unrelated,
                Some(_) | None => overlay
                    .text(&file.path)
                    .map_or(Looks::Unrelated, |text| detect::looks(&file.shown, &text)),
            };
            found.insert(file.shown, (stamp, looks));
        }
        self.found = found;
    }

    /// Texts that are others than those that were analysed; `None` for files that are gone.
    fn changed(&mut self, overlay: &Overlay) -> Changed {
        let mut changed = Changed::new();
        for (_, source) in self.sources.all() {
            if source.path.is_empty() || self.is_ruling(&source.path) {
                continue;
            }
            let full = self.folders.base.join(&source.path);
            let stamp = overlay.stamp(&full);
            if stamp.is_some() && self.stamps.get(&source.path) == Some(&stamp) {
                continue;
            }
            let now = overlay.text(&full).ok();
            if now.as_ref() == Some(&source.text) {
                self.stamps.insert(source.path.clone(), stamp);
            } else {
                changed.insert(source.path.clone(), now);
            }
        }
        changed
    }

    fn is_ruling(&self, path: &str) -> bool {
        let ruling = self.ruling.as_ref();
        ruling.is_some_and(|ruling| ruling.texts.files().any(|file| file == path))
            || path.ends_with(" as it was.toml")
    }

    /// What has to be analysed again, analysed.
    fn analysed(
        &self,
        wanted: &BTreeMap<String, Looks>,
        changed: &Changed,
        (sources, update): (&Sources, &Update<'_>),
    ) -> Option<BTreeMap<String, Entry>> {
        let due = |path: &&String| {
            let entry = self.entries.get(*path);
            entry.is_none_or(|entry| entry.is_due(changed, update.overlay, &self.folders.base))
        };
        let mut fresh = BTreeMap::new();
        // What another file includes is analysed there, as a part of it: parts come last.
        for looks in [Looks::Ours, Looks::Fragment] {
            let these = wanted.iter().filter(|(_, own)| **own == looks);
            for path in these.map(|(path, _)| path).filter(due) {
                if (update.is_stale)() {
                    return None;
                }
                if looks == Looks::Fragment && self.is_part(path, wanted, &fresh) {
                    continue;
                }
                let entry = self.entry(path, looks, (sources, update));
                fresh.extend(entry.map(|entry| (path.clone(), entry)));
            }
        }
        Some(fresh)
    }

    /// Whether every file that was analysed is still to be.
    fn keeps(&self, wanted: &BTreeMap<String, Looks>) -> bool {
        self.entries.keys().all(|path| wanted.contains_key(path))
    }

    fn is_part(
        &self,
        path: &str,
        wanted: &BTreeMap<String, Looks>,
        fresh: &BTreeMap<String, Entry>,
    ) -> bool {
        let whole = wanted
            .iter()
            .filter(|(own, looks)| **looks == Looks::Ours && *own != path);
        let mut entries =
            whole.filter_map(|(own, _)| fresh.get(own).or_else(|| self.entries.get(own)));
        entries.any(|entry| entry.asked.contains(path))
    }

    fn entry(
        &self,
        path: &str,
        looks: Looks,
        (sources, update): (&Sources, &Update<'_>),
    ) -> Option<Entry> {
        let ruling = self.ruling.as_ref()?;
        let overlay = update.overlay;
        let full = self.folders.base.join(path);
        let stamp = overlay.stamp(&full);
        let source = match sources.find(path) {
            Some(source) => source,
            None => sources.add(path, overlay.text(&full).ok()?),
        };
        let reader = Noting::new(overlay);
        let env = Env {
            sources,
            reader: &reader,
            options: &ruling.options,
        };
        let judge = Judge::new(&ruling.rules);
        // A bug of ours costs this file's answers, not the editor's server.
        let mut analysis = catch_unwind(AssertUnwindSafe(|| analyse(source, &env, &judge))).ok()?;
        if !update.open.contains(&full) {
            analysis.document = None;
        }
        let mut stamps = reader.into_asked();
        stamps.insert(path.to_owned(), stamp);
        let missing = stamps
            .iter()
            .filter(|(path, _)| sources.find(path).is_none());
        let missing = missing.map(|(path, stamp)| (path.clone(), stamp.is_some()));
        Some(Entry {
            is_broken: is_broken(&analysis, sources, update, &self.folders.base),
            looks,
            missing: missing.collect(),
            asked: stamps.into_keys().collect(),
            analysis,
        })
    }

    /// Takes over what was analysed and forgets what nothing asks for any more.
    fn commit(
        &mut self,
        wanted: &BTreeMap<String, Looks>,
        fresh: BTreeMap<String, Entry>,
        sources: Sources,
    ) {
        self.entries.extend(fresh);
        self.entries
            .retain(|path, _| wanted.contains_key(path) && sources.find(path).is_some());
        let whole = self
            .entries
            .values()
            .filter(|entry| entry.looks == Looks::Ours);
        let parts: BTreeSet<String> = whole
            .flat_map(|entry| entry.asked.iter().cloned())
            .collect();
        self.entries
            .retain(|path, entry| entry.looks == Looks::Ours || !parts.contains(path));
        let mut live: BTreeSet<&str> = BTreeSet::new();
        for entry in self.entries.values() {
            live.extend(entry.asked.iter().map(String::as_str));
        }
        let is_live = |path: &str| live.contains(path) || self.is_ruling(path);
        let all = sources.all();
        let sources = if all.iter().all(|(_, source)| is_live(&source.path)) {
            sources
        } else {
            sources.renewed(|source| is_live(&source.path).then(|| source.text.clone()))
        };
        // A text without a stamp is compared as a whole the next time, and then has one.
        self.stamps.retain(|path, _| sources.find(path).is_some());
        self.sources = Arc::new(sources);
    }

    /// The report, and the last good one where a file is broken.
    fn view(&mut self) -> Option<Arc<View>> {
        let ruling = self.ruling.as_ref()?;
        let kept = self.entries.values().filter(|entry| entry.is_ours());
        let analyses: Vec<Analysis> = kept.map(|entry| entry.analysis.clone()).collect();
        let mut terms = ruling.terms.clone();
        terms.partial = !self.walks;
        let report = conclude(analyses, &ruling.rules, &terms, &self.sources);
        let broken = self.entries.values().filter(|entry| entry.is_broken);
        let broken: BTreeSet<String> = broken
            .flat_map(|entry| entry.asked.iter().cloned())
            .collect();
        let view = Arc::new(View {
            base: self.folders.base.clone(),
            folder: self.folders.here.clone(),
            report,
            rules: ruling.rules.clone(),
            problems: ruling.problems.clone(),
            ruling: ruling.texts.files().map(str::to_owned).collect(),
            good: self.last_good.clone().filter(|_| !broken.is_empty()),
            broken,
        });
        if view.broken.is_empty() {
            self.last_good = Some(Arc::clone(&view));
        }
        Some(view)
    }
}

impl Entry {
    fn is_due(&self, changed: &Changed, overlay: &Overlay, base: &Path) -> bool {
        if changed.keys().any(|path| self.asked.contains(path)) {
            return true;
        }
        self.missing.iter().any(|(path, was_there)| {
            let full = base.join(path);
            let is_there = overlay.open.contains_key(&full) || overlay.stamp(&full).is_some();
            is_there != *was_there
        })
    }

    /// Whether it is one of ours, or would be if it could be read.
    fn is_ours(&self) -> bool {
        let unread = |problem: &document::Problem| problem.kind == ProblemKind::UnreadableInput;
        let expected = self.looks == Looks::Ours;
        self.analysis.format.is_some() || (expected && self.analysis.problems.iter().any(unread))
    }
}

/// Whether an open file that it is made of stopped being YAML or JSON.
fn is_broken(analysis: &Analysis, sources: &Sources, update: &Update<'_>, base: &Path) -> bool {
    let unread = analysis
        .problems
        .iter()
        .filter(|problem| problem.kind == ProblemKind::UnreadableInput);
    let files: BTreeSet<_> = unread.map(|problem| problem.span.source).collect();
    files.into_iter().any(|id| {
        let Some(source) = sources.get(id) else {
            return false;
        };
        let is_open = update.overlay.open.contains_key(&base.join(&source.path));
        let parse = || document::parse(sources, id, Dialect::CloudFormation).problems;
        is_open
            && parse()
                .iter()
                .any(|problem| problem.kind == ProblemKind::UnreadableInput)
    })
}

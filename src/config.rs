//! `gatelint.toml`: what a team decided, read and checked.
//!
//! Reads no file: text is given. Everything wrong with a configuration is said at its place, with what was probably meant, and
//! nothing of it counts then: half a policy is none.

mod complaint;
mod file;
mod level;
mod schema;
mod waivers;

use std::collections::BTreeMap;

use toml::Spanned;

use self::complaint::Complaints;
pub use self::file::{FailOn, File, Least};
pub use self::level::Level;
use self::level::Word;
pub use self::schema::schema;
use crate::document::Problem;
use crate::glob::Glob;
use crate::rule::RuleSet;
use crate::source::{SourceId, Sources, Str};
use crate::suppress::Waiver;
use crate::terms::Override;

/// A configuration that is sound.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Where it is; `None` when there is none.
    pub source: Option<SourceId>,
    /// As it is written.
    pub file: File,
    /// Files that are not analysed.
    pub exclude: Vec<Glob>,
    /// Paths of endpoints that are meant for few.
    pub sensitive_paths: Vec<Glob>,
    /// Findings that do not count, and endpoints that are public by design.
    pub waivers: Vec<Waiver>,
    /// Other severities in some files.
    pub overrides: Vec<Override>,
}

impl Config {
    /// Reads a configuration and gives the rules its severities and settings.
    ///
    /// # Errors
    /// Everything that is wrong with it, in order of place.
    pub fn read(
        source: SourceId,
        sources: &Sources,
        rules: &mut RuleSet,
    ) -> Result<Self, Vec<Problem>> {
        let text = sources.get(source).map(|file| file.text.clone());
        let text = text.unwrap_or_default();
        let mut complaints = Complaints::new(source);
        let file: File = match toml::from_str(&text) {
            Ok(file) => file,
            Err(error) => return Err(vec![complaints.of_toml(&error)]),
        };
        let path = sources.get(source).map(|file| file.path.clone());
        let path = path.unwrap_or_default();
        let mut reader = Reader {
            rules,
            folder: folder(&path),
            complaints: &mut complaints,
        };
        reader.settings(&file.rules);
        let config = Self {
            source: Some(source),
            exclude: reader.globs(&file.exclude),
            sensitive_paths: reader.paths(&file.sensitive_paths),
            waivers: reader.waivers(&file),
            overrides: file
                .overrides
                .iter()
                .map(|it| reader.overridden(it))
                .collect(),
            file,
        };
        if complaints.is_empty() {
            Ok(config)
        } else {
            Err(complaints.into_problems())
        }
    }
}

/// The folder that paths are relative to; a configuration that lies elsewhere speaks of the whole project.
pub fn folder(path: &str) -> &str {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = folder.strip_suffix(".github").unwrap_or(folder);
    let folder = folder.trim_end_matches('/');
    if folder.starts_with("..") { "" } else { folder }
}

struct Reader<'a> {
    rules: &'a mut RuleSet,
    folder: &'a str,
    complaints: &'a mut Complaints,
}

impl Reader<'_> {
    /// `[rules]`: severity, on or off, and the rule's own settings.
    fn settings(&mut self, levels: &BTreeMap<Spanned<String>, Spanned<Level>>) {
        for (id, level) in levels {
            if !self.is_rule(id) {
                continue;
            }
            let Some(rule) = self.rules.get_mut(id.get_ref()) else {
                continue;
            };
            let level_of = level.get_ref();
            if let Some(word) = level_of.word() {
                rule.enabled = word != Word::Off;
                rule.severity = word.severity().unwrap_or(rule.severity);
            }
            if let Some(enabled) = level_of.enabled() {
                rule.enabled = enabled;
            }
            for (name, value) in level_of.settings() {
                if !rule.set(name, value) {
                    let known = rule.settings.iter().map(|it| it.name.as_str());
                    let known: Vec<&str> = known.chain(["severity", "enabled"]).collect();
                    let what = format!("`{}` has no setting `{name}`", rule.id);
                    self.complaints.suggest(level.span(), &what, name, &known);
                }
            }
        }
    }

    /// `[[overrides]]`: severities in some files.
    fn overridden(&mut self, written: &file::Overridden) -> Override {
        let mut rules = BTreeMap::new();
        for (id, level) in &written.rules {
            if !self.is_rule(id) {
                continue;
            }
            let of = level.get_ref();
            if of.settings().next().is_some() {
                let what = "settings hold for the whole project: here only a severity can be given";
                self.complaints.say(level.span(), what);
            }
            let known = self.rules.get(id.get_ref()).map(|rule| rule.severity);
            let on = of.enabled().unwrap_or(true);
            let severity = of.word().map_or(known, Word::severity).filter(|_| on);
            rules.insert(Str::from(id.get_ref().as_str()), severity);
        }
        Override {
            files: self.globs(&written.files),
            rules,
        }
    }

    fn globs(&mut self, written: &[Spanned<String>]) -> Vec<Glob> {
        let mut globs = Vec::new();
        for text in written {
            match Glob::of_files(self.folder, text.get_ref()) {
                Ok(glob) => globs.push(glob),
                Err(what) => self
                    .complaints
                    .say(text.span(), &format!("this pattern {what}")),
            }
        }
        globs
    }

    fn paths(&mut self, written: &[Spanned<String>]) -> Vec<Glob> {
        let mut globs = Vec::new();
        for text in written {
            match Glob::of_paths(text.get_ref()) {
                Ok(glob) => globs.push(glob),
                Err(what) => self
                    .complaints
                    .say(text.span(), &format!("this pattern {what}")),
            }
        }
        globs
    }

    fn is_rule(&mut self, id: &Spanned<String>) -> bool {
        let known = self.rules.get(id.get_ref()).is_some();
        if !known {
            let near = self.rules.suggest(id.get_ref()).map(str::to_owned);
            let what = format!("there is no rule `{}`", complaint::short(id.get_ref()));
            self.complaints.hint(id.span(), &what, near.as_deref());
        }
        known
    }
}

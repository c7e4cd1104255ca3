//! Every rule that is known: the built-in ones and a team's own.

use std::sync::{Arc, LazyLock};

use arcstr::ArcStr;

use super::{Origin, Rule, page, suggest};
use crate::document::{Problem, ProblemKind};
use crate::source::{SourceId, Sources, Span, Str};

/// The built-in pages, by id: one for each file in `rules/`.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Every rule that is known, in order of id. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RuleSet(Vec<Arc<Rule>>);

impl RuleSet {
    /// The rules that come with the program.
    pub fn built_in() -> Self {
        static RULES: LazyLock<Vec<Arc<Rule>>> = LazyLock::new(|| {
            let rules = PAGES.iter().filter_map(|(id, text)| {
                let rule = page::read(SourceId(0), text, id, Origin::BuiltIn);
                rule.ok().map(Arc::new)
            });
            let mut rules: Vec<Arc<Rule>> = rules.collect();
            rules.sort_by(|a, b| a.id.cmp(&b.id));
            rules
        });
        Self(RULES.clone())
    }

    /// The rules that come with the program, and a team's own pages: path relative to the project root, and text.
    ///
    /// The pages join `sources`, so that problems can be shown. A page with a problem gives no rule; an id that is
    /// taken, by a built-in rule too, is a problem: to change the severity of a built-in rule or to switch it off is
    /// the configuration's business, and no page of a pull request may replace it.
    pub fn load(sources: &Sources, pages: &[(String, ArcStr)]) -> (Self, Vec<Problem>) {
        let mut rules = Self::built_in();
        let mut problems = Vec::new();
        for (path, text) in pages {
            let name = path.rsplit('/').next().unwrap_or_default();
            if name == "README.md" {
                continue;
            }
            let id = name.strip_suffix(".md").unwrap_or(name);
            let source = sources.add(path, text.clone());
            match page::read(source, text, id, Origin::Team(path.as_str().into())) {
                Err(mut found) => problems.append(&mut found),
                Ok(rule) => problems.extend(rules.add(rule, source)),
            }
        }
        (rules, problems)
    }

    fn add(&mut self, rule: Rule, source: SourceId) -> Option<Problem> {
        let known = self.0.binary_search_by(|known| known.id.cmp(&rule.id));
        match known {
            Err(at) => {
                self.0.insert(at, Arc::new(rule));
                None
            }
            Ok(at) => {
                let by = match self.0.get(at).map(|rule| &rule.origin) {
                    Some(Origin::Team(path)) => format!("`{path}`"),
                    Some(Origin::BuiltIn) | None => "a built-in rule".to_owned(),
                };
                let what = format!("the id `{}` is taken by {by}", rule.id);
                let top = Span::top(source);
                Some(Problem::new(ProblemKind::UnreadableInput, top, what))
            }
        }
    }

    /// Every rule, in order of id, those that are off included.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// The rule of this id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        let at = self.position(id)?;
        self.0.get(at).map(AsRef::as_ref)
    }

    /// The rule of this id, to change its severity or to switch it on or off.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Rule> {
        let at = self.position(id)?;
        self.0.get_mut(at).map(Arc::make_mut)
    }

    /// Every rule, to change its severity or to switch it on or off.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Rule> {
        self.0.iter_mut().map(Arc::make_mut)
    }

    /// The id that was probably meant by one that is not there: a near miss, or another tool's id for the same.
    pub fn suggest(&self, id: &str) -> Option<&str> {
        let same = |rule: &&Rule| {
            let aliases = rule.aliases.iter();
            let bare = |alias: &Str| alias.rsplit(':').next() == Some(id) || alias == id;
            aliases.into_iter().any(bare)
        };
        let known = self.iter().map(|rule| rule.id.as_str());
        let other = self.iter().find(same).map(|rule| rule.id.as_str());
        other.or_else(|| suggest::nearest(id, known))
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.0
            .binary_search_by(|rule| rule.id.as_str().cmp(id))
            .ok()
    }
}

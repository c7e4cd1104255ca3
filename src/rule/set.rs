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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Severity;

    fn page(path: &str, id: &str) -> (String, ArcStr) {
        let text = format!(
            "---\nid: {id}\ntitle: x\nseverity: low\nsince: 0.1.0\nsubject: endpoint\n\
             when: {{ method: GET }}\nmessage: x\nhelp: x\n---\n"
        );
        (path.to_owned(), text.into())
    }

    fn load(pages: &[(String, ArcStr)]) -> (RuleSet, Vec<String>) {
        let sources = Sources::default();
        let (rules, problems) = RuleSet::load(&sources, pages);
        let said = problems.into_iter().map(|problem| {
            let file = sources.locate(problem.span).file;
            format!("{file}: {}", problem.message)
        });
        (rules, said.collect())
    }

    #[test]
    fn a_teams_page_is_a_rule_like_any_other() {
        let pages = [
            page(".gatelint/rules/mine.md", "mine"),
            page("README.md", "other"),
        ];
        let (rules, problems) = load(&pages);
        assert!(problems.is_empty(), "{problems:?}");
        let mine = rules.get("mine").expect("loaded");
        assert_eq!(mine.origin, Origin::Team(".gatelint/rules/mine.md".into()));
        assert!(rules.get("other").is_none());
        let ids: Vec<_> = rules.iter().map(|rule| rule.id.clone()).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn an_id_is_taken_once() {
        let built_in = page(".gatelint/rules/public-write.md", "public-write");
        let (rules, problems) = load(&[
            built_in,
            page("a/mine.md", "mine"),
            page("b/mine.md", "mine"),
        ]);
        let expected = [
            ".gatelint/rules/public-write.md: the id `public-write` is taken by a built-in rule",
            "b/mine.md: the id `mine` is taken by `a/mine.md`",
        ];
        assert_eq!(problems, expected);
        let kept = rules.get("public-write").expect("built in");
        assert_eq!(kept.origin, Origin::BuiltIn);
        assert_eq!(kept.severity, Severity::High);
    }

    #[test]
    fn switching_a_rule_off_changes_this_set_only() {
        let mut rules = RuleSet::built_in();
        rules.get_mut("public-read").expect("built in").enabled = false;
        assert!(!rules.get("public-read").expect("built in").enabled);
        assert!(
            RuleSet::built_in()
                .get("public-read")
                .expect("built in")
                .enabled
        );
    }

    #[test]
    fn an_id_of_another_tool_leads_to_ours() {
        let rules = RuleSet::built_in();
        assert_eq!(rules.suggest("CKV_AWS_258"), Some("public-function-url"));
        assert_eq!(
            rules.suggest("checkov:CKV_AWS_258"),
            Some("public-function-url")
        );
        assert_eq!(rules.suggest("public-wirte"), Some("public-write"));
        assert_eq!(rules.suggest("no-such-rule-anywhere"), None);
    }

    #[test]
    fn weaknesses_come_from_the_references() {
        let rules = RuleSet::built_in();
        let rule = rules.get("public-write").expect("built in");
        assert_eq!(rule.weaknesses().collect::<Vec<_>>(), ["306"]);
    }
}

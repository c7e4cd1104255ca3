//! Rules: what is bad, as written on the pages of `rules/`, and what they say of a subject.
//!
//! Computes nothing: if a judgement needs work, a fact is missing in [`crate::facts`]. Pages come embedded in the
//! program or from a team's own folder, in the same language and with the same power; a page that is wrong in any way
//! is refused with the place of the mistake, because a rule that never fires is worse than none.

mod example;
mod front;
mod message;
mod page;
mod pattern;
mod predicate;
mod read;
mod scene;
mod suggest;
mod table;

use std::sync::{Arc, LazyLock};

use arcstr::ArcStr;

pub use self::example::{Example, examples};
use self::message::{Message, Values};
use self::predicate::Predicate;
use self::scene::{Outcome, Scene};
pub use self::table::{between, fields_table, rules_table};
use crate::document::{Problem, ProblemKind};
use crate::facts::{Kind, Subject};
use crate::resolve::{Truth, World};
use crate::source::{SourceId, Sources, Span, Str};
use crate::trail::Step;

/// The built-in pages, by id, in order of id: one for each file in `rules/`.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Steps of evidence that one judgement gives.
const EVIDENCE: usize = 48;
/// Worlds that one judgement names; see [`Verdict::HoldsWhen`].
const WORLDS: usize = 32;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Hardening.
    Low,
    /// Weakens the door.
    Medium,
    /// An open door.
    High,
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Self; 4] = [Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word for it everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// How certain it is. A subject of which the rule does not hold is no finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In every deployment.
    Holds,
    /// In these worlds, and perhaps others that we cannot see into.
    HoldsWhen(Vec<World>),
    /// It depends on what cannot be seen before deployment. Counted, shown on request, never a failure by default.
    Undecided,
}

/// Where a rule's page comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Embedded in the program.
    BuiltIn,
    /// A team's own page, with its path relative to the project root.
    Team(Str),
}

/// One rule: a page of `rules/`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name: what is so when it holds, in kebab case. Never changes.
    pub id: Str,
    /// One line about it.
    pub title: Str,
    /// How bad its findings are.
    pub severity: Severity,
    /// Whether it is judged at all.
    pub enabled: bool,
    /// First version that has it.
    pub since: Str,
    /// What it is about.
    pub subject: Kind,
    /// Addresses of pages to read, in order.
    pub references: Vec<Str>,
    /// Ids under which other tools, or earlier versions, report the same.
    pub aliases: Vec<Str>,
    /// Where it is written.
    pub origin: Origin,
    /// The page without its front matter, as Markdown.
    pub body: Str,
    claim: Predicate,
    checks: Vec<Check>,
    at: Option<usize>,
    message: Message,
    help: Message,
}

/// One of several conditions that make one finding together.
#[derive(Clone, Debug)]
struct Check {
    claim: Predicate,
    at: Option<usize>,
    label: Message,
}

impl Rule {
    /// What the rule says of a subject of its kind; `None` when it holds in no deployment.
    pub fn judge<'a>(&'a self, subject: &'a Subject) -> Option<Judgement<'a>> {
        let outcome = scene::judge(&self.claim, subject)?;
        let (verdict, scenes) = conclude(outcome, &subject.world);
        Some(Judgement {
            rule: self,
            subject,
            verdict,
            scenes,
        })
    }

    /// Numbers of the weaknesses of the Common Weakness Enumeration that it refers to.
    pub fn weaknesses(&self) -> impl Iterator<Item = &str> {
        self.references.iter().filter_map(|reference| {
            let number = reference.strip_prefix("https://cwe.mitre.org/data/definitions/")?;
            number.strip_suffix(".html")
        })
    }
}

/// The verdict, and the scenes that show it.
fn conclude<'a>(outcome: Outcome<'a>, world: &World) -> (Verdict, Vec<Scene<'a>>) {
    let certain = outcome.is_certain();
    let Outcome { holds, open, .. } = outcome;
    if certain {
        let verdict = if world.is_any() {
            Verdict::Holds
        } else {
            Verdict::HoldsWhen(vec![world.clone()])
        };
        return (verdict, holds);
    }
    // A scene that assumes nothing more than the subject does cannot tell when the rule holds.
    let telling = holds.into_iter().filter(|scene| scene.world != *world);
    let scenes: Vec<Scene> = telling.take(WORLDS).collect();
    let mut worlds: Vec<World> = scenes.iter().map(|scene| scene.world.clone()).collect();
    worlds.sort();
    worlds.dedup();
    if worlds.is_empty() {
        (Verdict::Undecided, open.into_iter().collect())
    } else {
        (Verdict::HoldsWhen(worlds), scenes)
    }
}

/// What a rule says of one subject, with its reasons.
#[derive(Debug)]
pub struct Judgement<'a> {
    rule: &'a Rule,
    subject: &'a Subject,
    /// How certain it is.
    pub verdict: Verdict,
    scenes: Vec<Scene<'a>>,
}

impl Judgement<'_> {
    /// What is so.
    pub fn message(&self) -> String {
        self.rule.message.fill(self)
    }

    /// What to do.
    pub fn help(&self) -> String {
        self.rule.help.fill(self)
    }

    /// The place to look at first.
    pub fn place(&self) -> Span {
        self.place_of(self.rule.at)
    }

    /// The facts that decided, by name, as text.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let fields = self.subject.kind.fields();
        let columns = self.deciding().into_iter();
        let named = columns.filter_map(|column| Some((fields.get(column)?.name, column)));
        named
            .map(|(name, column)| (name, self.value(column)))
            .collect()
    }

    /// How the facts that decided came about: every step once, in order of reading.
    pub fn evidence(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let columns = self.deciding();
        for scene in &self.scenes {
            let cases = columns.iter().flat_map(|column| scene.cases(*column));
            for step in cases.flat_map(|case| case.trail.steps()) {
                if steps.len() < EVIDENCE && !steps.contains(step) {
                    steps.push(step.clone());
                }
            }
        }
        steps
    }

    /// The checks that hold, each with its place.
    pub fn labels(&self) -> Vec<(Span, String)> {
        let holding = self.holding();
        holding
            .map(|check| (self.place_of(check.at), check.label.fill(self)))
            .collect()
    }

    fn holding(&self) -> impl Iterator<Item = &Check> {
        let open = self.verdict == Verdict::Undecided;
        self.rule.checks.iter().filter(move |check| {
            let mut truths = self.scenes.iter().map(|scene| scene.truth(&check.claim));
            truths.any(|truth| truth == Truth::Yes || (open && truth == Truth::Unknown))
        })
    }

    fn deciding(&self) -> Vec<usize> {
        let mut columns = Vec::new();
        for scene in &self.scenes {
            scene.deciding(&self.rule.claim, &mut columns);
        }
        columns
    }

    fn place_of(&self, column: Option<usize>) -> Span {
        let case = column.and_then(|column| self.scenes.first()?.cases(column).into_iter().next());
        let place = case.and_then(|case| case.trail.place());
        place.unwrap_or(self.subject.span)
    }
}

impl Values for Judgement<'_> {
    fn subject(&self) -> &str {
        &self.subject.label
    }

    fn checks(&self) -> String {
        let labels: Vec<String> = self.holding().map(|check| check.label.fill(self)).collect();
        labels.join(", ")
    }

    fn value(&self, column: usize) -> String {
        let Some(field) = self.subject.kind.fields().get(column) else {
            return String::new();
        };
        let cases = self.scenes.first().map(|scene| scene.cases(column));
        let values = cases.into_iter().flatten().map(|case| case.value.as_ref());
        message::show(field, values)
    }
}

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

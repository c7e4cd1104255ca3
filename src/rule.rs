//! Rules: what is bad, as written on the pages of `rules/`, and what they say of a subject.
//!
//! Computes nothing: if a judgement needs work, a fact is missing in [`crate::facts`]. Pages come embedded in the
//! program or from a team's own folder, in the same language and with the same power; a page that is wrong in any way
//! is refused with the place of the mistake, because a rule that never fires is worse than none.

mod cure;
mod example;
mod front;
mod judgement;
mod message;
mod page;
mod pattern;
mod predicate;
mod read;
mod scene;
mod set;
mod skeleton;
mod suggest;
mod table;

use self::cure::Remedy;
pub use self::cure::{Cure, Way};
pub use self::example::{Example, examples};
pub use self::judgement::Judgement;
use self::message::Message;
use self::predicate::Predicate;
pub use self::set::RuleSet;
pub use self::skeleton::skeleton;
pub(crate) use self::suggest::nearest;
pub use self::table::{between, fields_table, fixes_table, rules_table, ways_table};
use crate::facts::{Kind, Subject};
use crate::resolve::World;
use crate::source::Str;

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
    /// Numbers that a configuration may change.
    pub settings: Vec<Setting>,
    /// Whether a declaration that the endpoint is public by design settles it.
    pub public: bool,
    claim: Predicate,
    checks: Vec<Check>,
    at: Option<usize>,
    message: Message,
    help: Message,
    remedy: Option<Remedy>,
}

/// A number of a rule that a configuration may change: a length, a lifetime in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its name, in kebab case.
    pub name: Str,
    /// Its value; that of the page unless a configuration says otherwise.
    pub value: f64,
}

/// One of several conditions that make one finding together.
#[derive(Clone, Debug)]
struct Check {
    claim: Predicate,
    at: Option<usize>,
    label: Message,
    /// Properties that mend this part, with their values.
    set: Vec<(Vec<Str>, Message)>,
}

impl Rule {
    /// What the rule says of a subject of its kind; `None` when it holds in no deployment.
    pub fn judge<'a>(&'a self, subject: &'a Subject) -> Option<Judgement<'a>> {
        Judgement::new(self, subject)
    }

    /// Gives a setting another value; whether there is such a setting.
    pub fn set(&mut self, name: &str, value: f64) -> bool {
        let found = self
            .settings
            .iter()
            .position(|setting| setting.name == name);
        let Some(place) = found else { return false };
        if let Some(setting) = self.settings.get_mut(place) {
            setting.value = value;
        }
        self.claim.set(place, value);
        let checks = self.checks.iter_mut();
        checks.for_each(|check| check.claim.set(place, value));
        true
    }

    /// Whether what it reports can be mended, and then whether that is safe.
    pub fn has_safe_fix(&self) -> Option<bool> {
        self.remedy.as_ref().map(|remedy| remedy.safe)
    }

    /// Numbers of the weaknesses of the Common Weakness Enumeration that it refers to.
    pub fn weaknesses(&self) -> impl Iterator<Item = &str> {
        self.references.iter().filter_map(|reference| {
            let number = reference.strip_prefix("https://cwe.mitre.org/data/definitions/")?;
            number.strip_suffix(".html")
        })
    }
}

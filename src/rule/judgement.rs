//! What a rule says of one subject, in words and with its reasons.
//!
//! No rule writes labels for its evidence: the engine knows which facts decided, and their trails are the explanation.

use super::message::{self, Values};
use super::scene::{self, Outcome, Scene};
use super::{Check, Rule, Verdict};
use crate::facts::Subject;
use crate::resolve::{Truth, World};
use crate::source::Span;
use crate::trail::Step;

/// Steps of evidence that one judgement gives.
const EVIDENCE: usize = 48;
/// Worlds that one judgement names; see [`Verdict::HoldsWhen`].
const WORLDS: usize = 32;

/// What a rule says of one subject, with its reasons.
#[derive(Debug)]
pub struct Judgement<'a> {
    rule: &'a Rule,
    subject: &'a Subject,
    /// How certain it is.
    pub verdict: Verdict,
    scenes: Vec<Scene<'a>>,
}

impl<'a> Judgement<'a> {
    /// What the rule says of the subject; `None` when it holds in no deployment.
    pub(super) fn new(rule: &'a Rule, subject: &'a Subject) -> Option<Self> {
        let outcome = scene::judge(&rule.claim, subject)?;
        let (verdict, scenes) = conclude(outcome, &subject.world);
        Some(Self {
            rule,
            subject,
            verdict,
            scenes,
        })
    }

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

//! What a rule says of one subject, in words and with its reasons.
//!
//! No rule writes labels for its evidence: the engine knows which facts decided, and their trails are the explanation.

use super::cure::{Cure, Way};
use super::message::{self, Values};
use super::scene::{self, Outcome, Scene};
use super::{Check, Rule, Verdict};
use crate::facts::{Fact, Subject};
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
                if steps.len() < EVIDENCE && !steps.contains(&step) {
                    steps.push(step);
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

    /// How it is mended; `None` where the page does not say, or it is not certain what is wrong: with a part of it left
    /// open, it would still be found.
    pub fn cure(&self) -> Option<Cure> {
        let remedy = self.rule.remedy.as_ref()?;
        let is_open = |check: &Check| {
            let mut truths = self.scenes.iter().map(|scene| scene.truth(&check.claim));
            truths.any(|truth| truth == Truth::Unknown)
        };
        if self.verdict == Verdict::Undecided || self.rule.checks.iter().any(is_open) {
            return None;
        }
        let parts = self.holding().flat_map(|check| &check.set);
        let set = remedy.set.iter().chain(parts);
        // Most ways ask for nothing but what it is about, and there may be thousands of findings.
        let is_read =
            |name: &str| name == "about" || matches!(remedy.way, Some(Way::Grant | Way::Https));
        let facts = self.subject.kind.fields().iter().enumerate();
        let facts = facts.filter(|(_, field)| is_read(field.name));
        Some(Cure {
            title: remedy.title.fill(self),
            safe: remedy.safe,
            set: set
                .map(|(path, value)| (path.clone(), value.fill(self)))
                .collect(),
            write: remedy.write.as_ref().map(|text| text.fill(self)),
            rename: remedy.rename.as_ref().map(|text| text.fill(self)),
            way: remedy.way,
            facts: facts
                .filter_map(|(column, field)| {
                    let fact = self.subject.fact(column)?.agreed()?;
                    Some((field.name, (fact.to_string(), self.place_of(Some(column)))))
                })
                .collect(),
        })
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

    fn setting(&self, place: usize) -> String {
        let setting = self.rule.settings.get(place);
        setting.map_or_else(String::new, |setting| {
            Fact::Number(setting.value).to_string()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Fact, Kind};
    use crate::resolve::{Case, Resolved};
    use crate::rule::{Origin, page};
    use crate::source::SourceId;
    use crate::trail::{How, Trail};

    fn at(line: u32) -> Span {
        Span {
            source: SourceId(0),
            start: line,
            end: line + 1,
        }
    }

    fn written(fact: Fact, line: u32) -> Resolved<Fact> {
        Resolved::known(fact, Step::written(at(line)))
    }

    fn text(text: &str) -> Fact {
        Fact::Text(text.into())
    }

    fn unknown(line: u32) -> Resolved<Fact> {
        Resolved::unknown(Step::deferred("`${ssm:/auth}`", at(line)))
    }

    fn by(condition: &str, then: Resolved<Fact>, otherwise: Resolved<Fact>) -> Resolved<Fact> {
        let world = |holds| Some(World::when(condition, holds));
        Resolved::either((world(true), then), (world(false), otherwise))
    }

    /// `POST /orders` with these facts in place of known ones.
    fn endpoint(facts: &[(&str, Resolved<Fact>)]) -> Subject {
        let fields = Kind::Endpoint.fields().iter();
        let value = |name: &str| match name {
            "method" => text("POST"),
            "path" => text("/orders"),
            "authorization" => text("none"),
            "api_key_required" => Fact::Flag(false),
            _ => Fact::Absent,
        };
        let fact = |name: &str| {
            facts
                .iter()
                .find(|(given, _)| *given == name)
                .map(|(_, fact)| fact.clone())
        };
        Subject {
            kind: Kind::Endpoint,
            label: "POST /orders".to_owned(),
            identity: "Api POST /orders".to_owned(),
            span: at(1),
            world: World::default(),
            facts: fields
                .map(|field| fact(field.name).unwrap_or_else(|| written(value(field.name), 2)))
                .collect(),
        }
    }

    fn rule(conditions: &str) -> Rule {
        let text = format!(
            "---\nid: x\ntitle: x\nseverity: high\nsince: 0.1.0\nsubject: endpoint\nat: authorization\n\
             message: \"`{{subject}}` asks for {{authorization}}\"\nhelp: \"at {{path}}\"\n{conditions}\n---\n"
        );
        page::read(SourceId(0), &text, "x", Origin::BuiltIn).expect("well-formed")
    }

    fn verdict(conditions: &str, facts: &[(&str, Resolved<Fact>)]) -> Option<Verdict> {
        let (rule, subject) = (rule(conditions), endpoint(facts));
        Judgement::new(&rule, &subject).map(|judgement| judgement.verdict)
    }

    const OPEN: &str = "when: { authorization: none, method: [POST, PUT] }";

    #[test]
    fn what_is_known_holds_or_fails() {
        assert_eq!(verdict(OPEN, &[]), Some(Verdict::Holds));
        assert_eq!(verdict(OPEN, &[("method", written(text("GET"), 3))]), None);
        let unless = "when: { authorization: none }\nunless: { path: /^.items/ }";
        assert_eq!(verdict(unless, &[]), Some(Verdict::Holds));
        let unless = "when: { authorization: none }\nunless: { path: '/^.orders/' }";
        assert_eq!(verdict(unless, &[]), None);
    }

    #[test]
    fn negating_the_unknown_is_not_a_finding() {
        let open = [("authorization", unknown(9))];
        assert_eq!(verdict(OPEN, &open), Some(Verdict::Undecided));
        let not = "when: { not: { authorization: none } }";
        assert_eq!(verdict(not, &open), Some(Verdict::Undecided));
        let unless = "when: { method: POST }\nunless: { authorization: none }";
        assert_eq!(verdict(unless, &open), Some(Verdict::Undecided));
        // A certain no elsewhere still decides.
        assert_eq!(
            verdict("when: { authorization: none, method: GET }", &open),
            None
        );
    }

    #[test]
    fn auth_by_condition_holds_only_in_that_world() {
        let auth = by(
            "IsProd",
            written(text("cognito"), 6),
            written(text("none"), 7),
        );
        let facts = [("authorization", auth)];
        let dev = vec![World::when("IsProd", false)];
        assert_eq!(verdict(OPEN, &facts), Some(Verdict::HoldsWhen(dev)));
        assert_eq!(
            verdict("when: { authorization: [none, cognito] }", &facts),
            Some(Verdict::Holds)
        );
        assert_eq!(verdict("when: { authorization: iam }", &facts), None);
    }

    #[test]
    fn facts_on_the_same_condition_are_judged_together() {
        let auth = by("IsProd", written(text("none"), 6), written(text("iam"), 7));
        let key = by(
            "IsProd",
            written(Fact::Flag(true), 8),
            written(Fact::Flag(false), 9),
        );
        let facts = [("authorization", auth), ("api_key_required", key)];
        let open = "when: { authorization: none, api_key_required: false }";
        assert_eq!(verdict(open, &facts), None);
    }

    #[test]
    fn conditions_that_do_not_matter_are_not_named() {
        let auth = by("IsProd", written(text("iam"), 6), written(text("none"), 7));
        let path = by("New", written(text("/a"), 8), written(text("/b"), 9));
        let facts = [("authorization", auth), ("path", path)];
        let when = "when: { authorization: none, path: [/a, /b] }";
        let dev = vec![World::when("IsProd", false)];
        assert_eq!(verdict(when, &facts), Some(Verdict::HoldsWhen(dev)));
    }

    #[test]
    fn an_unknown_case_beside_an_open_one_keeps_the_open_one() {
        let auth = by("IsProd", unknown(6), written(text("none"), 7));
        let dev = vec![World::when("IsProd", false)];
        assert_eq!(
            verdict(OPEN, &[("authorization", auth)]),
            Some(Verdict::HoldsWhen(dev))
        );
    }

    #[test]
    fn cases_that_assume_nothing_tell_nothing() {
        let case = |value| Case {
            value,
            world: World::default(),
            trail: Trail::from(Step::written(at(4))),
        };
        let either = Resolved::cases_of([case(Some(text("none"))), case(None)]).expect("two");
        assert_eq!(
            verdict(OPEN, &[("authorization", either)]),
            Some(Verdict::Undecided)
        );
    }

    #[test]
    fn a_subject_that_exists_sometimes_is_judged_there() {
        let (rule, mut subject) = (rule(OPEN), endpoint(&[]));
        subject.world = World::when("Public", true);
        let judgement = Judgement::new(&rule, &subject).expect("holds");
        assert_eq!(
            judgement.verdict,
            Verdict::HoldsWhen(vec![subject.world.clone()])
        );
        let auth = by("Public", written(text("iam"), 6), written(text("none"), 7));
        subject.facts[2] = auth;
        assert!(Judgement::new(&rule, &subject).is_none());
    }

    #[test]
    fn too_many_conditions_leave_it_undecided_in_time() {
        let names = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"];
        let start = std::time::Instant::now();
        let fields = Kind::Endpoint.fields().iter().zip(names);
        let flip = |name| by(name, written(text("a"), 5), unknown(6));
        let facts: Vec<_> = fields
            .map(|(field, name)| (field.name, flip(name)))
            .collect();
        let tests = facts
            .iter()
            .filter(|(name, _)| ["method", "path", "authorizer", "function", "api"].contains(name));
        let tests: Vec<String> = tests.map(|(name, _)| format!("{name}: b")).collect();
        let any = format!(
            "when: {{ any: [{{ {} }}, {{ authorizer: a, path: a }}] }}",
            tests.join(", ")
        );
        assert!(verdict(&any, &facts).is_some());
        assert!(start.elapsed().as_millis() < 500);
    }

    #[test]
    fn the_facts_that_decided_are_the_evidence() {
        let auth =
            written(text("none"), 6).via(&Step::new(How::Inherited("Globals".into()), at(5)));
        let (rule, subject) = (rule(OPEN), endpoint(&[("authorization", auth)]));
        let judgement = Judgement::new(&rule, &subject).expect("holds");
        let evidence = judgement.evidence();
        assert_eq!(evidence.len(), 3, "{evidence:?}");
        assert_eq!(evidence[1].how, How::Inherited("Globals".into()));
        assert_eq!(judgement.place(), at(6));
        assert_eq!(judgement.message(), "`POST /orders` asks for none");
        assert_eq!(judgement.help(), "at /orders");
        let facts = judgement.facts();
        assert_eq!(
            facts,
            [
                ("authorization", "none".to_owned()),
                ("method", "POST".to_owned())
            ]
        );
    }

    #[test]
    fn parts_that_did_not_hold_are_no_evidence() {
        let any = rule("when: { any: [{ path: / }, { method: POST }] }");
        let subject = endpoint(&[]);
        let judgement = Judgement::new(&any, &subject).expect("holds");
        assert_eq!(judgement.facts(), [("method", "POST".to_owned())]);
    }

    #[test]
    fn checks_that_hold_are_labels_of_one_finding() {
        let parts = "when: { authorization: none }\nchecks:\n\
                     - { when: { method: POST }, at: method, label: \"writes by {method}\" }\n\
                     - { when: { path: / }, label: root }\n";
        let rule = rule(parts);
        let subject = endpoint(&[("method", written(text("POST"), 30))]);
        let judgement = Judgement::new(&rule, &subject).expect("one check holds");
        assert_eq!(judgement.labels(), [(at(30), "writes by POST".to_owned())]);
        assert!(verdict(parts, &[("method", written(text("GET"), 3))]).is_none());
    }
}

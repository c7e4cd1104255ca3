//! Subjects × rules → findings.
//!
//! The order in which subjects, rules and files come in never shows in what comes out: findings are sorted, merged
//! where they say the same, and named by a fingerprint that survives edits elsewhere in the file.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use crate::facts::{Kind, Subject};
use crate::finding::{Finding, Verdict};
use crate::rule::{Judgement, Rule, RuleSet};
use crate::source::{SourceId, Sources, Span, Str};

/// The rules that are on, by what they are about.
#[derive(Debug)]
pub struct Judge<'r>(BTreeMap<Kind, Vec<&'r Rule>>);

impl<'r> Judge<'r> {
    /// A judge by these rules.
    pub fn new(rules: &'r RuleSet) -> Self {
        let mut kinds: BTreeMap<Kind, Vec<&Rule>> = BTreeMap::new();
        for rule in rules.iter().filter(|rule| rule.enabled) {
            kinds.entry(rule.subject).or_default().push(rule);
        }
        Self(kinds)
    }

    /// What every rule says of a subject, which is not needed any more then.
    pub fn of(&self, subject: &Subject) -> impl Iterator<Item = Drawn> {
        let rules = self.0.get(&subject.kind).into_iter().flatten();
        rules.filter_map(|rule| Some(Drawn::new(rule, subject, &rule.judge(subject)?)))
    }

    /// What they say of several, in the order of a report.
    pub fn all<'s>(
        &self,
        subjects: impl IntoIterator<Item = &'s Subject>,
        sources: &Sources,
    ) -> Vec<Finding> {
        let found = subjects.into_iter().flat_map(|subject| self.of(subject));
        arranged(found.collect(), sources)
    }
}

/// Both lists in the order of one.
pub fn merged(first: Vec<Finding>, second: Vec<Finding>, sources: &Sources) -> Vec<Finding> {
    let mut paths = Paths {
        sources,
        known: HashMap::new(),
    };
    let mut all = first;
    all.extend(second);
    all.sort_by_cached_key(|finding| {
        let place = (finding.primary.start, finding.primary.end);
        (
            Reverse(finding.severity),
            paths.of(finding.primary),
            place,
            finding.rule.clone(),
        )
    });
    all
}

/// A finding that has no fingerprint yet.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// What stays the same of the subject when the file is edited or moved.
    identity: String,
    finding: Finding,
}

impl Drawn {
    fn new(rule: &Rule, subject: &Subject, judgement: &Judgement<'_>) -> Self {
        let finding = Finding {
            rule: rule.id.clone(),
            severity: rule.severity,
            verdict: judgement.verdict.clone(),
            kind: subject.kind,
            subject: subject.label.clone(),
            facts: judgement.facts(),
            message: judgement.message(),
            help: judgement.help(),
            primary: judgement.place(),
            about: subject.span,
            construct: None,
            evidence: judgement.evidence(),
            labels: judgement.labels(),
            fingerprint: String::new(),
            moved: String::new(),
            suppressed: None,
            cure: judgement.cure().map(Box::new),
            fix: None,
        };
        Self {
            identity: subject.identity.clone(),
            finding,
        }
    }

    /// Whether its page says how it is mended.
    pub fn has_cure(&self) -> bool {
        self.finding.cure.is_some()
    }
}

/// Paths of the files that findings point into.
struct Paths<'a> {
    sources: &'a Sources,
    known: HashMap<SourceId, Str>,
}

impl Paths<'_> {
    fn of(&mut self, span: Span) -> Str {
        let path = || {
            self.sources
                .get(span.source)
                .map(|file| file.path.as_str().into())
        };
        let known = self.known.entry(span.source);
        known.or_insert_with(|| path().unwrap_or_default()).clone()
    }
}

/// Worst first, then by file, place and rule; what says the same is merged, and each is named.
pub fn arranged(mut found: Vec<Drawn>, sources: &Sources) -> Vec<Finding> {
    let mut paths = Paths {
        sources,
        known: HashMap::new(),
    };
    found.sort_by_cached_key(|drawn| {
        let finding = &drawn.finding;
        let place = (finding.primary.start, finding.primary.end);
        let about = (finding.rule.clone(), drawn.identity.clone());
        let file = paths.of(finding.primary);
        (
            Reverse(finding.severity),
            file,
            place,
            about,
            finding.message.clone(),
        )
    });
    let mut findings: Vec<Finding> = Vec::with_capacity(found.len());
    let mut same: HashMap<u64, Vec<usize>> = HashMap::new();
    for Drawn {
        identity,
        mut finding,
    } in found
    {
        let file = paths.of(finding.about);
        let name = |nth| fingerprint(&finding.rule, &file, &identity, nth);
        let others = same.entry(name(0)).or_default();
        let twin = others.iter().copied().find(|at| {
            let other = findings.get(*at);
            other.is_some_and(|other| says_the_same(other, &finding))
        });
        if let Some(twin) = twin.and_then(|at| findings.get_mut(at)) {
            merge(twin, finding);
            continue;
        }
        finding.fingerprint = format!("{:016x}", name(others.len()));
        let moved = fingerprint(&finding.rule, "", &identity, 0);
        finding.moved = format!("{moved:016x}");
        others.push(findings.len());
        findings.push(finding);
    }
    findings
}

/// Whether two findings about the same subject differ in certainty at most, as for the stages of one service.
fn says_the_same(a: &Finding, b: &Finding) -> bool {
    a.primary == b.primary && a.message == b.message
}

fn merge(kept: &mut Finding, other: Finding) {
    kept.verdict = match (
        std::mem::replace(&mut kept.verdict, Verdict::Undecided),
        other.verdict,
    ) {
        (Verdict::Holds, _) | (_, Verdict::Holds) => Verdict::Holds,
        (Verdict::HoldsWhen(mut worlds), Verdict::HoldsWhen(more)) => {
            worlds.extend(more);
            worlds.sort();
            worlds.dedup();
            Verdict::HoldsWhen(worlds)
        }
        (Verdict::HoldsWhen(worlds), Verdict::Undecided)
        | (Verdict::Undecided, Verdict::HoldsWhen(worlds)) => Verdict::HoldsWhen(worlds),
        (Verdict::Undecided, Verdict::Undecided) => Verdict::Undecided,
    };
    let new = other.evidence.into_iter();
    let new: Vec<_> = new.filter(|step| !kept.evidence.contains(step)).collect();
    kept.evidence.extend(new);
}

/// FNV-1a over rule, file and identity of the subject, and which of several it is. Written out because it is stored in
/// baselines and in code-scanning services: it must be the same on every machine and in every version.
fn fingerprint(rule: &str, file: &str, identity: &str, nth: usize) -> u64 {
    let number = if nth == 0 {
        String::new()
    } else {
        nth.to_string()
    };
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in [rule, file, identity, &number] {
        // 0xff occurs in no UTF-8 text, so that parts cannot run into each other.
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Fact, Kind};
    use crate::resolve::{Resolved, World};
    use crate::trail::Step;
    use arcstr::ArcStr;

    fn rules(sources: &Sources, severities: &[(&str, &str)]) -> RuleSet {
        let page = |(id, severity): &(&str, &str)| {
            let text = format!(
                "---\nid: {id}\ntitle: x\nseverity: {severity}\nsince: 0.1.0\nsubject: input\n\
                 when: {{ kind: notice }}\nmessage: \"{{message}}\"\nhelp: x\n---\n"
            );
            (format!("{id}.md"), ArcStr::from(text))
        };
        let pages: Vec<_> = severities.iter().map(page).collect();
        let (mut rules, problems) = RuleSet::load(sources, &pages);
        assert_eq!(problems, []);
        let own = |rule: &Rule| severities.iter().any(|(id, _)| rule.id == *id);
        rules.iter_mut().for_each(|rule| rule.enabled = own(rule));
        rules
    }

    fn subject(source: SourceId, start: u32, identity: &str, world: World) -> Subject {
        let span = Span {
            source,
            start,
            end: start + 1,
        };
        let fact = |text: &str| Resolved::known(Fact::Text(text.into()), Step::written(span));
        Subject {
            kind: Kind::Input,
            label: "input".to_owned(),
            identity: identity.to_owned(),
            span,
            world,
            facts: vec![fact("notice"), fact("so it is")],
        }
    }

    #[test]
    fn order_of_input_never_shows() {
        let sources = Sources::default();
        let (z, a) = (
            sources.add("z.yml", "0123456789"),
            sources.add("a.yml", "0123456789"),
        );
        let rules = rules(&sources, &[("low-one", "low"), ("high-one", "high")]);
        let any = World::default();
        let mut subjects = vec![
            subject(z, 1, "z1", any.clone()),
            subject(a, 5, "a5", any.clone()),
            subject(a, 2, "a2", any),
        ];
        let places = |subjects: &[Subject]| -> Vec<(Str, String, u32, String)> {
            let findings = Judge::new(&rules).all(subjects, &sources).into_iter();
            findings
                .map(|f| {
                    (
                        f.rule,
                        sources.locate(f.primary).file,
                        f.primary.start,
                        f.fingerprint,
                    )
                })
                .collect()
        };
        let once = places(&subjects);
        subjects.reverse();
        assert_eq!(places(&subjects), once);
        let order: Vec<_> = once
            .iter()
            .map(|(rule, file, at, _)| (rule.as_str(), file.as_str(), *at))
            .collect();
        let expected = [
            ("high-one", "a.yml", 2),
            ("high-one", "a.yml", 5),
            ("high-one", "z.yml", 1),
            ("low-one", "a.yml", 2),
            ("low-one", "a.yml", 5),
            ("low-one", "z.yml", 1),
        ];
        assert_eq!(order, expected);
    }

    #[test]
    fn a_fingerprint_survives_edits_elsewhere() {
        let sources = Sources::default();
        let source = sources.add("a.yml", "0123456789");
        let rules = rules(&sources, &[("one", "low")]);
        let name = |start, identity| {
            let subject = subject(source, start, identity, World::default());
            Judge::new(&rules).all(&[subject], &sources)[0]
                .fingerprint
                .clone()
        };
        assert_eq!(name(1, "x"), name(7, "x"));
        assert_ne!(name(1, "x"), name(1, "y"));
        assert_eq!(name(1, "x").len(), 16);
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // FNV-1a 64 of "foobar", from the authors' test vectors, reached by parts of which the last ones are empty.
        let by_hand = |bytes: &[u8]| {
            bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
        };
        assert_eq!(by_hand(b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(
            fingerprint("foo", "bar", "", 0),
            by_hand(b"foo\xffbar\xff\xff\xff")
        );
    }

    #[test]
    fn two_places_of_one_subject_are_two_findings() {
        let sources = Sources::default();
        let source = sources.add("a.yml", "0123456789");
        let rules = rules(&sources, &[("one", "low")]);
        let subjects = [1, 4].map(|start| subject(source, start, "x", World::default()));
        let found = Judge::new(&rules).all(&subjects, &sources);
        assert_eq!(found.len(), 2);
        assert_ne!(found[0].fingerprint, found[1].fingerprint);
    }

    #[test]
    fn the_same_finding_of_two_stages_is_one() {
        let sources = Sources::default();
        let source = sources.add("a.yml", "0123456789");
        let rules = rules(&sources, &[("one", "low")]);
        let worlds = [World::stage("prod"), World::stage("dev")];
        let subjects = worlds.clone().map(|world| subject(source, 1, "x", world));
        let found = Judge::new(&rules).all(&subjects, &sources);
        assert_eq!(found.len(), 1);
        let [prod, dev] = worlds;
        assert_eq!(found[0].verdict, Verdict::HoldsWhen(vec![dev, prod]));
    }
}

//! Subjects × rules → findings.
//!
//! The order in which subjects, rules and files come in never shows in what comes out: findings are sorted, merged
//! where they say the same, and named by a fingerprint that survives edits elsewhere in the file.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::facts::Subject;
use crate::finding::{Finding, Verdict};
use crate::rule::{Judgement, Rule, RuleSet};
use crate::source::{SourceId, Sources, Span, Str};

/// What every rule that is on says of every subject: worst first, then by file, place and rule.
pub fn all(subjects: &[Subject], rules: &RuleSet, sources: &Sources) -> Vec<Finding> {
    let mut found = Vec::new();
    for rule in rules.iter().filter(|rule| rule.enabled) {
        let about = subjects
            .iter()
            .filter(|subject| subject.kind == rule.subject);
        for subject in about {
            if let Some(judgement) = rule.judge(subject) {
                found.push(Drawn::new(rule, subject, &judgement));
            }
        }
    }
    arrange(found, sources)
}

/// A finding that has no fingerprint yet.
struct Drawn<'a> {
    subject: &'a Subject,
    finding: Finding,
}

impl<'a> Drawn<'a> {
    fn new(rule: &Rule, subject: &'a Subject, judgement: &Judgement<'_>) -> Self {
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
            evidence: judgement.evidence(),
            labels: judgement.labels(),
            fingerprint: String::new(),
            suppressed: None,
        };
        Self { subject, finding }
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

/// Sorts, merges and names.
fn arrange(mut found: Vec<Drawn<'_>>, sources: &Sources) -> Vec<Finding> {
    let mut paths = Paths {
        sources,
        known: HashMap::new(),
    };
    found.sort_by_cached_key(|drawn| {
        let (finding, subject) = (&drawn.finding, drawn.subject);
        let place = (finding.primary.start, finding.primary.end);
        let about = (finding.rule.clone(), subject.identity.clone());
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
        subject,
        mut finding,
    } in found
    {
        let file = paths.of(subject.span);
        let name = |nth| fingerprint(&finding.rule, &file, &subject.identity, nth);
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

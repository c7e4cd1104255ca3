//! Policies against an evaluator that is not ours, and properties that hold for all policies.

#![expect(clippy::indexing_slicing, reason = "a test may fail so")]

mod iam {
    pub mod generate;
    pub mod literal;
}

use gatelint::iam::matching::{Reading, Subject};
use gatelint::iam::{Attached, Caller, Context, Identity, Policy, Request, decide};
use gatelint::resolve::{Text, Truth};
use iam::generate::{Random, Values, arns, pattern_and_text, policy, request, statement};
use iam::literal::{Literal, node};
use serde_json::Value;

const CASES: &str = include_str!("../fixtures/iam/cases.json");
const DISAGREEMENTS: &str = include_str!("../fixtures/iam/disagreements.json");

fn read(document: &Value) -> Policy {
    let policy = Policy::read(&node(document), &Literal);
    policy.settled().cloned().expect("literals have one case")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn caller(principal: &Value) -> Caller {
    let Some(arn) = principal.as_str() else {
        return Caller::Anonymous;
    };
    let identity = Identity {
        arn: arn.into(),
        account: arn.split(':').nth(4).unwrap_or_default().into(),
    };
    if arn.contains(":role/") {
        Caller::Role(identity)
    } else {
        Caller::User(identity)
    }
}

/// What the case says, and that every other key of its policies is absent.
fn context(given: &Value, policies: &[&Policy]) -> Context {
    let statements = policies.iter().flat_map(|policy| &policy.statements);
    let keys = statements.flat_map(|statement| &statement.conditions);
    let absent = keys.fold(Context::new(), |context, one| context.without(&one.key));
    let given = given.as_object().expect("a mapping");
    given.iter().fold(absent, |context, (key, value)| {
        let values = value
            .as_array()
            .map_or(vec![value], |list| list.iter().collect());
        context.with(
            key,
            values.into_iter().map(|value| Text::literal(text(value))),
        )
    })
}

fn answer(case: &Value) -> (Truth, Truth) {
    let none = Vec::new();
    let listed = case["identity"].as_array().unwrap_or(&none);
    let identity: Vec<Policy> = listed.iter().map(read).collect();
    let identity: Vec<&Policy> = identity.iter().collect();
    let optional = |key: &str| case.get(key).map(read);
    let (boundary, resource) = (optional("boundary"), optional("resource"));
    let all: Vec<&Policy> = identity
        .iter()
        .copied()
        .chain(&boundary)
        .chain(&resource)
        .collect();
    let asked = &case["request"];
    let request = Request {
        action: text(&asked["action"]).into(),
        resource: text(&asked["resource"]).into(),
        caller: caller(&asked["principal"]),
        context: context(&asked["context"], &all),
        distinct: std::sync::Arc::default(),
    };
    let attached = Attached {
        identity: &identity,
        boundary: boundary.as_ref(),
        resource: resource.as_ref(),
    };
    let decision = decide(&attached, &request);
    (decision.allowed, decision.denied)
}

#[test]
fn the_other_evaluator_agrees() {
    let cases: Vec<Value> = serde_json::from_str(CASES).expect("JSON");
    let known: Value = serde_json::from_str(DISAGREEMENTS).expect("JSON");
    let mut wrong = Vec::new();
    for (nth, case) in cases.iter().enumerate() {
        let (allowed, denied) = answer(case);
        let agrees = match text(&case["answer"]) {
            "Allowed" => allowed == Truth::Yes,
            "ImplicitlyDenied" => allowed == Truth::No && denied == Truth::No,
            _ => allowed == Truth::No && denied == Truth::Yes,
        };
        let excluded = known.as_object().expect("a mapping").values().any(|one| {
            one["cases"]
                .as_array()
                .expect("a list")
                .contains(&nth.into())
        });
        if agrees == excluded {
            wrong.push(format!(
                "{nth}: we say {allowed:?}, denied {denied:?}; {case}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// Whether a pattern matches, by definition and not by cleverness.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) if naive(rest, text) => true,
        (['*', ..], [_, rest @ ..]) => naive(pattern, rest),
        (['?', pattern @ ..], [_, text @ ..]) => naive(pattern, text),
        ([a, pattern @ ..], [b, text @ ..]) => a == b && naive(pattern, text),
        (_, []) | ([], _) => false,
    }
}

fn chars(text: &Text) -> Vec<char> {
    text.known().expect("known").chars().collect()
}

#[test]
fn literals_match_as_the_naive_matcher_says() {
    let mut random = Random::new(1);
    let mut matched = 0;
    for _ in 0..15_000 {
        let (pattern, given) = pattern_and_text(&mut random);
        let values = Values::any(&mut random);
        let pattern = values.in_text(&mut random, &pattern);
        let given = values.in_text(&mut random, &given);
        let expected = naive(&chars(&pattern), &chars(&given));
        let found = Subject::text(&given).matches(&pattern, Reading::LIKE);
        assert_eq!(found, expected.into(), "{pattern} against {given}");
        matched += usize::from(expected);
    }
    assert!(matched > 1_000, "only {matched} match");
}

#[test]
fn a_definite_match_outlives_deployment() {
    let mut random = Random::new(2);
    let mut definite = [0; 2];
    for _ in 0..20_000 {
        let (pattern, given) = pattern_and_text(&mut random);
        let before = Subject::text(&given).matches(&pattern, Reading::LIKE);
        match before {
            Truth::Yes => definite[0] += 1,
            Truth::No => definite[1] += 1,
            Truth::Unknown => continue,
        }
        for _ in 0..8 {
            let values = Values::any(&mut random);
            let deployed = values.in_text(&mut random, &pattern);
            let subject = values.in_text(&mut random, &given);
            let after = Subject::text(&subject).matches(&deployed, Reading::LIKE);
            assert_eq!(
                before, after,
                "{pattern} = {deployed} against {given} = {subject}"
            );
        }
    }
    assert!(definite.iter().all(|count| *count > 40), "{definite:?}");
}

#[test]
fn a_definite_match_of_an_arn_outlives_deployment() {
    let mut random = Random::new(3);
    let distinct = ["X", "Y"].map(Into::into).into();
    let none = std::collections::BTreeSet::new();
    let mut definite = [0; 2];
    for _ in 0..6_000 {
        let (pattern, given) = arns(&mut random);
        let before = Subject::arn(&given, &distinct).matches(&pattern, Reading::RESOURCE);
        match before {
            Truth::Yes => definite[0] += 1,
            Truth::No => definite[1] += 1,
            Truth::Unknown => continue,
        }
        for _ in 0..8 {
            let values = Values::ids(&mut random);
            let deployed = values.in_text(&mut random, &pattern);
            let subject = values.in_text(&mut random, &given);
            let after = Subject::arn(&subject, &none).matches(&deployed, Reading::RESOURCE);
            let kept = before == after || after == Truth::Unknown;
            assert!(
                kept,
                "{pattern} = {deployed} against {given} = {subject}: {before:?}, {after:?}"
            );
        }
    }
    assert!(definite.iter().all(|count| *count > 40), "{definite:?}");
}

fn rank(truth: Truth) -> u8 {
    match truth {
        Truth::No => 0,
        Truth::Unknown => 1,
        Truth::Yes => 2,
    }
}

#[test]
fn a_deny_never_helps_and_an_allow_never_hurts() {
    let mut random = Random::new(4);
    let mut changed = [0; 2];
    for _ in 0..1_500 {
        let (identity, resource) = (policy(&mut random), policy(&mut random));
        let request = request(&mut random);
        let allowed = |identity: &[Value], resource: &[Value]| {
            let (identity, resource) = (read(&identity.into()), read(&resource.into()));
            let attached = Attached {
                identity: &[&identity],
                boundary: None,
                resource: Some(&resource),
            };
            rank(decide(&attached, &request).allowed)
        };
        let before = allowed(&identity, &resource);
        for (nth, effect) in ["Deny", "Allow"].into_iter().enumerate() {
            let more = statement(&mut random, effect);
            let with = |policy: &[Value]| [policy, std::slice::from_ref(&more)].concat();
            let after = [
                allowed(&with(&identity), &resource),
                allowed(&identity, &with(&resource)),
            ];
            for after in after {
                let holds = if effect == "Deny" {
                    after <= before
                } else {
                    after >= before
                };
                assert!(
                    holds,
                    "{before} becomes {after} with {more} on {identity:?} and {resource:?}"
                );
                changed[nth] += usize::from(after != before);
            }
        }
    }
    assert!(changed.iter().all(|count| *count > 50), "{changed:?}");
}

//! Facts of IAM statements that let someone call APIs or functions.
//!
//! Only statements of identity policies that name such an action: what allows everything is for other tools to say.

mod grants;

use std::collections::HashSet;

pub(super) use self::grants::Grants;

use crate::document::Node;
use crate::facts::fields::field;
use crate::facts::{Fact, Field, Kind, Subject, Type, absent, flag, row, text};
use crate::iam::{Effect, Element, Pattern, Policy, Statement};
use crate::resolve::{Part, Resolved, Scope, Text, World};
use crate::source::{Span, Str};
use crate::stack::{Resource, Stack};
use crate::trail::Step;

const REACH: Type = Type::Word(&["any", "one-api", "part"]);

/// Facts of a statement.
pub(super) const FIELDS: &[Field] = &[
    field(
        "owner",
        Type::Text,
        "IamRoleLambdaExecution",
        "Logical id of the role or policy that holds it.",
    ),
    field(
        "actions",
        Type::List,
        "[execute-api:Invoke]",
        "The actions that it names, as written.",
    ),
    field(
        "resources",
        Type::List,
        "[arn:aws:execute-api:eu-west-1:111122223333:abc/*]",
        "The resources that it names, in the notation of `Fn::Sub`.",
    ),
    field(
        "api_reach",
        REACH,
        "any",
        "How far it lets APIs be called (`execute-api:Invoke`): `any` API, all of `one-api`, `part` of one; absent when it allows no such calls.",
    ),
    field(
        "function_reach",
        Type::Word(&["any", "some"]),
        "some",
        "How far it lets functions be invoked (`lambda:InvokeFunction`, `lambda:InvokeFunctionUrl`): `any`, or `some` that it names; absent when it allows no such calls.",
    ),
    field(
        "conditional",
        Type::Flag,
        "false",
        "Whether it holds under conditions only.",
    ),
    field(
        "beside_endpoints",
        Type::Flag,
        "true",
        "Whether its template has an endpoint that clients can call.",
    ),
];

/// Every statement of a role or policy that allows API or function calls.
pub(super) fn subjects(stack: &Stack, policies: &[Written<'_>]) -> Vec<Subject> {
    let mut seen = HashSet::new();
    let of = |one| of_policy(stack, one, &mut seen);
    policies.iter().flat_map(of).collect()
}

/// A policy, with the resource that holds it.
pub(super) type Written<'a> = (&'a Resource, Resolved<Policy>);

/// Every policy of the template that can belong to a role.
pub(super) fn policies(stack: &Stack) -> Vec<Written<'_>> {
    let documents = documents(stack).into_iter();
    documents
        .map(|(owner, document)| (owner, Policy::read(&document, &*stack.scope)))
        .collect()
}

fn documents(stack: &Stack) -> Vec<(&Resource, Node)> {
    let mut found = Vec::new();
    for role in stack.of_type("AWS::IAM::Role") {
        let inline = stack.scope.read(&role.properties, "Policies", Scope::items);
        for case in inline.cases() {
            for policy in case.value.iter().flatten().flatten() {
                let document = stack.scope.property(policy, "PolicyDocument");
                found.extend(document.agreed_node().map(|document| (role, document)));
            }
        }
    }
    for kind in [
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::RolePolicy",
        "AWS::IAM::UserPolicy",
        "AWS::IAM::GroupPolicy",
    ] {
        for policy in stack.of_type(kind) {
            let document = stack.property(policy, "PolicyDocument").agreed_node();
            found.extend(document.map(|document| (policy, document)));
        }
    }
    found
}

/// The statements of one policy, each once, whatever roles share it.
fn of_policy(
    stack: &Stack,
    (owner, policy): &Written<'_>,
    seen: &mut HashSet<(Span, Vec<Option<Str>>)>,
) -> Vec<Subject> {
    let mut found = Vec::new();
    for case in policy.cases() {
        let Some(world) = case.world.and(&owner.world) else {
            continue;
        };
        for statement in case.value.iter().flat_map(|policy| &policy.statements) {
            let subject = subject(owner, statement, (&world, !stack.routes.is_empty()));
            let shown = shown(&statement.resources);
            found.extend(subject.filter(|_| seen.insert((statement.span, shown))));
        }
    }
    found
}

fn subject(
    owner: &Resource,
    statement: &Statement,
    (world, beside): (&World, bool),
) -> Option<Subject> {
    let Element::Only(actions) = &statement.actions else {
        return None;
    };
    let names = |wanted: &[&str]| actions.iter().any(|action| is_one_of(action, wanted));
    let apis = names(&["execute-api:*", "execute-api:invoke"]);
    let functions = names(&[
        "lambda:*",
        "lambda:invoke*",
        "lambda:invokefunction",
        "lambda:invokefunctionurl",
    ]);
    if statement.effect != Effect::Allow || !(apis || functions) {
        return None;
    }
    let here = || Step::written(statement.span);
    let facts = [
        ("owner", text(owner.id.clone(), here())),
        (
            "actions",
            Resolved::known(Fact::List(shown(&statement.actions)), here()),
        ),
        (
            "resources",
            Resolved::known(Fact::List(shown(&statement.resources)), here()),
        ),
        ("api_reach", known(apis, statement, api_reach)),
        (
            "function_reach",
            known(functions, statement, function_reach),
        ),
        (
            "conditional",
            flag(!statement.conditions.is_empty(), here()),
        ),
        ("beside_endpoints", flag(beside, here())),
    ];
    let named = statement.sid.clone().unwrap_or_default();
    Some(Subject {
        kind: Kind::Statement,
        label: format!("statement of {}", owner.id),
        identity: format!("{} {named} {}", owner.id, shown_text(&statement.resources)),
        span: statement.span,
        world: world.clone(),
        facts: row(Kind::Statement, facts),
    })
}

/// How far a statement reaches: the farthest of its resources, unknown where none of them can be seen.
fn known(
    about: bool,
    statement: &Statement,
    reach: fn(&Text) -> Option<&'static str>,
) -> Resolved<Fact> {
    let here = Step::written(statement.span);
    if !about {
        return absent(here);
    }
    let patterns = match &statement.resources {
        Element::Only(patterns) => patterns,
        Element::AllBut(_) => return text("any", here),
    };
    let ranks = ["any", "one-api", "some", "part"];
    let found: Vec<(&str, Span)> = patterns
        .iter()
        .filter_map(|pattern| Some((reach(&pattern.text)?, pattern.span)))
        .collect();
    for word in ranks {
        if let Some((_, span)) = found.iter().find(|(own, _)| *own == word) {
            return text(word, Step::written(*span));
        }
    }
    match patterns
        .iter()
        .find(|pattern| pattern.text.known().is_none())
    {
        Some(open) => Resolved::unknown(Step::deferred(format!("`{}`", open.text), open.span)),
        None => absent(here),
    }
}

/// How many APIs a resource stands for; `None` when it is no API or cannot be seen.
fn api_reach(resource: &Text) -> Option<&'static str> {
    if resource.known().as_deref() == Some("*") {
        return Some("any");
    }
    if is_of_one(resource) {
        return Some("part");
    }
    let pieces = resource.split(':');
    let service = pieces.get(2)?.known()?;
    if service == "*" {
        return Some("any");
    }
    if service != "execute-api" {
        return None;
    }
    let Some(target) = pieces.get(5) else {
        return (pieces.last()?.known()? == "*").then_some("any");
    };
    let mut segments = target.split('/').into_iter();
    let api = segments.next()?;
    if api.known().is_some_and(|api| api == "*") {
        return Some("any");
    }
    let rest: Vec<Text> = segments.collect();
    let open = rest
        .iter()
        .all(|segment| segment.known().is_some_and(|known| known == "*"));
    Some(if open { "one-api" } else { "part" })
}

/// How many functions a resource stands for; `None` when it is none or cannot be seen.
fn function_reach(resource: &Text) -> Option<&'static str> {
    if resource.known().as_deref() == Some("*") {
        return Some("any");
    }
    if is_of_one(resource) {
        return Some("some");
    }
    let pieces = resource.split(':');
    match pieces.get(2)?.known()?.as_str() {
        "*" => Some("any"),
        "lambda" => {
            let name = pieces.get(6).or_else(|| pieces.last());
            let open = name
                .and_then(Text::known)
                .is_some_and(|name| name == "*" || name == "function/*");
            Some(if open { "any" } else { "some" })
        }
        _ => None,
    }
}

/// Whether a resource begins with the ARN of one thing: an attribute, an import, or a value that goes on as a path.
fn is_of_one(resource: &Text) -> bool {
    match resource.parts() {
        [Part::Attribute(..) | Part::Import(_), ..] => true,
        [Part::Ref(_) | Part::Unknown(_), Part::Literal(next), ..] => next.starts_with(['/', ':']),
        [..] => false,
    }
}

fn is_one_of(action: &Pattern, wanted: &[&str]) -> bool {
    let known = action
        .text
        .known()
        .map(|action| action.to_ascii_lowercase());
    known.is_some_and(|action| wanted.contains(&action.as_str()))
}

fn shown(element: &Element) -> Vec<Option<Str>> {
    let text = |pattern: &Pattern| match pattern.text.target() {
        Some(Part::Unknown(_)) => None,
        _ => Some(Str::from(pattern.text.to_string())),
    };
    element.patterns().iter().map(text).collect()
}

fn shown_text(element: &Element) -> String {
    let texts: Vec<String> = shown(element)
        .into_iter()
        .map(|text| text.unwrap_or_default().to_string())
        .collect();
    texts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_in_an_arn_says_how_far_it_reaches() {
        let reach = |arn: &str| api_reach(&Text::literal(arn));
        assert_eq!(reach("*"), Some("any"));
        assert_eq!(reach("arn:aws:execute-api:*:*:*"), Some("any"));
        assert_eq!(
            reach("arn:aws:execute-api:eu-west-1:111122223333:*/*/GET/x"),
            Some("any")
        );
        assert_eq!(
            reach("arn:aws:execute-api:eu-west-1:111122223333:abc/*"),
            Some("one-api")
        );
        assert_eq!(
            reach("arn:aws:execute-api:eu-west-1:111122223333:abc/v1/GET/x"),
            Some("part")
        );
        assert_eq!(reach("arn:aws:s3:::x"), None);
    }

    #[test]
    fn a_function_by_name_is_some_function() {
        let reach = |arn: &str| function_reach(&Text::literal(arn));
        assert_eq!(
            reach("arn:aws:lambda:eu-west-1:111122223333:function:*"),
            Some("any")
        );
        assert_eq!(reach("arn:aws:lambda:*:*:*"), Some("any"));
        assert_eq!(
            reach("arn:aws:lambda:eu-west-1:111122223333:function:orders-*"),
            Some("some")
        );
    }
}

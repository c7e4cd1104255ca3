//! Facts of calls.

use std::collections::{HashMap, HashSet};

use crate::caller::across::{self, Party};
use crate::caller::{self, Call};
use crate::endpoint::Endpoint;
use crate::facts::{Fact, Kind, Subject, absent, name_of, row, text};
use crate::resolve::Resolved;
use crate::source::Str;
use crate::stack::{Resource, Stack};
use crate::trail::{How, Step};

/// Every call as a subject.
pub(super) fn subjects(stack: &Stack, endpoints: &[Endpoint]) -> impl Iterator<Item = Subject> {
    let calls = caller::calls(stack, endpoints);
    let mut open = OpenFunctions::default();
    if !calls.is_empty() {
        open = OpenFunctions::of(stack, endpoints);
    }
    let makes: HashSet<(Str, String)> = calls
        .iter()
        .map(|call| (call.function.clone(), call.endpoint.label()))
        .collect();
    let shared = move |call: &Call| open.beside(call, &makes);
    calls
        .into_iter()
        .map(move |call| subject(&call, shared(&call)))
}

/// Every call from one stack to another as a subject.
pub(super) fn across(parties: Vec<(&Party, &[Endpoint])>) -> Vec<Subject> {
    let calls = across::calls(parties);
    // Who else has the role is a matter of the caller's stack, and is told of its calls there.
    let nobody = |call: &Call| absent(Step::written(call.span));
    calls
        .iter()
        .map(|call| subject(call, nobody(call)))
        .collect()
}

/// The functions that anyone on the internet can run, by the role that they run under.
#[derive(Default)]
struct OpenFunctions<'a> {
    by_role: HashMap<Str, Vec<(&'a Resource, Str)>>,
}

impl<'a> OpenFunctions<'a> {
    fn of(stack: &'a Stack, endpoints: &[Endpoint]) -> Self {
        let open: HashSet<Str> = endpoints
            .iter()
            .filter(|endpoint| endpoint.is_open())
            .filter_map(|endpoint| endpoint.function.agreed().cloned().flatten())
            .collect();
        // Which one is named is not a matter of the order of writing.
        let mut functions: Vec<&Resource> = stack.of_type("AWS::Lambda::Function").collect();
        functions.sort_by_key(|function| &function.id);
        let mut by_role: HashMap<Str, Vec<(&Resource, Str)>> = HashMap::new();
        for function in functions {
            let role = stack.plain(function, "Role");
            if let Some(role) = role.filter(|_| open.contains(&function.id)) {
                let name = stack.names.get(&function.id).unwrap_or(&function.id);
                let all = by_role.entry(name_of(&role)).or_default();
                all.push((function, name.clone()));
            }
        }
        Self { by_role }
    }

    /// One that has the caller's role and does not make its call.
    fn beside(&self, call: &Call, makes: &HashSet<(Str, String)>) -> Resolved<Fact> {
        let role = call.role.as_ref().map(name_of);
        let all = role.and_then(|role| self.by_role.get(&role));
        let label = call.endpoint.label();
        let itself = call.endpoint.function.agreed().cloned().flatten();
        let other = all.into_iter().flatten().find(|(function, _)| {
            function.id != call.function
                && Some(&function.id) != itself.as_ref()
                && !makes.contains(&(function.id.clone(), label.clone()))
        });
        match other {
            Some((function, name)) => {
                let how = How::Note("anyone on the internet can run this one".into());
                text(name.clone(), Step::new(how, function.span))
            }
            None => absent(Step::written(call.span)),
        }
    }
}

fn subject(call: &Call, shared_with: Resolved<Fact>) -> Subject {
    let label = format!("{} → {}", call.caller, call.endpoint.label());
    Subject {
        kind: Kind::Call,
        identity: format!(
            "{} {} {}",
            call.function,
            call.variable,
            call.endpoint.label()
        ),
        label,
        span: call.span,
        world: call.world.clone(),
        facts: facts(call, shared_with),
    }
}

fn facts(call: &Call, shared_with: Resolved<Fact>) -> Vec<Resolved<Fact>> {
    let endpoint = &call.endpoint;
    let here = || Step::new(How::Note(call.says.clone()), call.span);
    let role = call.role.as_ref();
    row(
        Kind::Call,
        [
            ("caller", text(call.caller.clone(), here())),
            ("target", target(endpoint)),
            (
                "method",
                endpoint
                    .method
                    .map(|method| method.clone().map_or(Fact::Absent, Fact::Text)),
            ),
            ("path", endpoint.path.map(|path| Fact::Text(path.clone()))),
            (
                "authorization",
                endpoint
                    .auth
                    .map(|auth| Fact::Text(Str::from(auth.kind.word()))),
            ),
            ("allowed", call.allowed.map(|allowed| Fact::Flag(*allowed))),
            ("near_miss", near_miss(call)),
            ("near_miss_part", near_miss_part(call)),
            (
                "needed",
                call.needed
                    .as_ref()
                    .map_or_else(|| absent(here()), |(_, arn)| text(arn.to_string(), here())),
            ),
            (
                "role",
                role.map_or_else(|| absent(here()), |role| text(name_of(role), here())),
            ),
            (
                "signed",
                call.signed
                    .map(|signed| signed.map_or(Fact::Absent, Fact::Flag)),
            ),
            ("shared_with", shared_with),
        ],
    )
}

fn target(endpoint: &Endpoint) -> Resolved<Fact> {
    let label = endpoint.label();
    let how = How::Note(format!("{label} is here").into());
    text(label, Step::new(how, endpoint.span))
}

/// The only part that is wrong with the closest grant, at the place of that grant.
fn near_miss_part(call: &Call) -> Resolved<Fact> {
    let differences = call
        .near_miss
        .as_ref()
        .map(|miss| (miss, &*miss.differences));
    match differences {
        Some((miss, [only])) => text(only.part.word(), Step::written(miss.entry)),
        Some(_) | None => absent(Step::written(call.span)),
    }
}

/// What is wrong with the closest grant, at the place of that grant.
fn near_miss(call: &Call) -> Resolved<Fact> {
    let Some(miss) = &call.near_miss else {
        return absent(Step::new(
            How::Absent("execute-api:Invoke".into()),
            call.span,
        ));
    };
    let differences: Vec<String> = miss
        .differences
        .iter()
        .map(|one| {
            format!(
                "{} is `{}`, the call needs `{}`",
                one.part.word(),
                one.has,
                one.needs
            )
        })
        .collect();
    let said: Str = differences.join("; ").into();
    text(
        said.clone(),
        Step::new(
            How::Note(format!("the closest grant: {said}").into()),
            miss.entry,
        ),
    )
}

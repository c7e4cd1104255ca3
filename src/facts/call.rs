//! Facts of calls.

use crate::caller::across::{self, Party};
use crate::caller::{self, Call};
use crate::endpoint::Endpoint;
use crate::facts::{Fact, Kind, Subject, absent, name_of, row, text};
use crate::resolve::Resolved;
use crate::source::Str;
use crate::stack::Stack;
use crate::trail::{How, Step};

/// Every call as a subject.
pub(super) fn subjects(stack: &Stack, endpoints: &[Endpoint]) -> Vec<Subject> {
    caller::calls(stack, endpoints)
        .iter()
        .map(subject)
        .collect()
}

/// Every call from one stack to another as a subject.
pub(super) fn across(parties: Vec<(&Party, &[Endpoint])>) -> Vec<Subject> {
    across::calls(parties).iter().map(subject).collect()
}

fn subject(call: &Call) -> Subject {
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
        facts: facts(call),
    }
}

fn facts(call: &Call) -> Vec<Resolved<Fact>> {
    let endpoint = &call.endpoint;
    let here = || {
        Step::new(
            How::Note(format!("`{}` holds the URL", call.variable).into()),
            call.span,
        )
    };
    let role = call.role.as_ref();
    row(
        Kind::Call,
        [
            ("caller", text(call.caller.clone(), here())),
            (
                "target",
                text(
                    endpoint.label(),
                    Step::new(
                        How::Note(format!("{} is here", endpoint.label()).into()),
                        endpoint.span,
                    ),
                ),
            ),
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
            (
                "role",
                role.map_or_else(|| absent(here()), |role| text(name_of(role), here())),
            ),
        ],
    )
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

//! Facts of Cognito identity pools: whether strangers get credentials, and what these may call.

use std::collections::HashMap;
use std::rc::Rc;

use crate::caller::Roles;
use crate::facts::fields::field;
use crate::facts::property::{self, Preset, at};
use crate::facts::{Fact, Field, Kind, Subject, Type, row, text};
use crate::iam::matching;
use crate::iam::{Effect, Element, Policy, Statement};
use crate::resolve::{Property, Resolved, Scope, Text, Truth, World};
use crate::source::Str;
use crate::stack::{Resource, Stack};
use crate::trail::{How, Step, Trail};

const PAGE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cognito-identitypool.html";

/// What makes an endpoint or a function answer, by action.
const CALLS: [&str; 5] = [
    "execute-api:Invoke",
    "appsync:GraphQL",
    "lambda:InvokeFunction",
    "lambda:InvokeFunctionUrl",
    "iot:Publish",
];

/// Attachments of one pool that are compared with each other.
const MOST: usize = 16;

/// Facts of an identity pool.
pub(super) const FIELDS: &[Field] = &[
    field("name", Type::Text, "IdentityPool", "Logical id."),
    field(
        "unauthenticated",
        Type::Flag,
        "true",
        "Whether it gives AWS credentials to anyone who asks.",
    ),
    field(
        "classic_flow",
        Type::Flag,
        "false",
        "Whether clients can choose the role's session themselves (`AllowClassicFlow`).",
    ),
    field(
        "guest_role",
        Type::Text,
        "GuestRole",
        "Logical id or ARN of the role for those who have not signed in; absent when none is attached here.",
    ),
    field(
        "guest_may_call",
        Type::List,
        "[execute-api:Invoke]",
        "Which of `execute-api:Invoke`, `appsync:GraphQL`, `lambda:InvokeFunction`, `lambda:InvokeFunctionUrl`, `iot:Publish` that role allows on something; unknown when the role lies outside the template.",
    ),
];

/// Every identity pool as a subject.
pub(super) fn subjects(stack: &Stack) -> Vec<Subject> {
    let attached = attached(stack);
    let roles = Roles::of(stack);
    stack
        .of_type("AWS::Cognito::IdentityPool")
        .map(|pool| {
            let own = attached.get(&pool.id).map_or(&[][..], Vec::as_slice);
            subject((stack, &roles), pool, own)
        })
        .collect()
}

/// What gives roles to each pool, in an order that does not hang on that of writing.
fn attached(stack: &Stack) -> HashMap<Str, Vec<&Resource>> {
    let mut attachments: Vec<_> = stack
        .of_type("AWS::Cognito::IdentityPoolRoleAttachment")
        .collect();
    attachments.sort_by(|one, other| one.id.cmp(&other.id));
    let mut attached: HashMap<Str, Vec<&Resource>> = HashMap::new();
    for attachment in attachments {
        let pool = stack.plain(attachment, "IdentityPoolId");
        if let Some(id) = pool.as_ref().and_then(Text::refers_to) {
            attached.entry(id.clone()).or_default().push(attachment);
        }
    }
    attached
}

fn subject(
    (stack, roles): (&Stack, &Roles<'_>),
    pool: &Resource,
    attached: &[&Resource],
) -> Subject {
    let here = || Step::written(pool.span);
    let flag = |name, what| {
        property::flag(
            stack.flag(pool, name),
            &Preset::new(Fact::Flag(false), what, PAGE),
        )
    };
    let role = guest_role(stack, pool, attached);
    let named = role.map(|role| {
        let name = role.as_ref().map(crate::facts::name_of);
        name.map_or(Fact::Absent, Fact::Text)
    });
    let may_call = role.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(role) => may_call(roles, pool, role.as_ref()),
    });
    let facts = [
        ("name", text(pool.id.clone(), here())),
        (
            "unauthenticated",
            flag(
                "AllowUnauthenticatedIdentities",
                "strangers get no credentials unless `AllowUnauthenticatedIdentities` says so",
            ),
        ),
        (
            "classic_flow",
            flag(
                "AllowClassicFlow",
                "the classic flow is off unless `AllowClassicFlow` says so",
            ),
        ),
        ("guest_role", named),
        ("guest_may_call", may_call),
    ];
    Subject {
        kind: Kind::IdentityPool,
        label: format!("identity pool {}", pool.id),
        identity: pool.id.to_string(),
        span: pool.span,
        world: pool.world.clone(),
        facts: row(Kind::IdentityPool, facts),
    }
}

/// The role that attachments of this template give to strangers.
fn guest_role(stack: &Stack, pool: &Resource, own: &[&Resource]) -> Property<Text> {
    let role = |attachment: &Resource| {
        let path = ["Roles", "unauthenticated"];
        at(stack, &attachment.properties, &path, Scope::text)
    };
    let Some(first) = own.first() else {
        let none = Step::new(How::Absent("Roles.unauthenticated".into()), pool.span);
        return Resolved::known(None, none);
    };
    if !are_apart(own) {
        let many = "several attachments give it roles, and the last one counts";
        return Resolved::unknown(Step::deferred(many, first.span));
    }
    let any = World::default();
    let roles = own.iter().filter_map(|one| role(one).within(&one.world));
    let all = roles.reduce(|all, one| all.beside(&any, &one, &any));
    all.unwrap_or_else(|| role(first))
}

/// Whether no two of them are there together.
fn are_apart(all: &[&Resource]) -> bool {
    let apart = |(nth, one): (usize, &&Resource)| {
        let mut others = all.iter().skip(nth + 1);
        others.all(|other| one.world.and(&other.world).is_none())
    };
    all.len() <= MOST && all.iter().enumerate().all(apart)
}

fn may_call(roles: &Roles<'_>, pool: &Resource, role: Option<&Text>) -> Resolved<Fact> {
    let Some(role) = role else {
        let none = Step::new(How::Absent("Roles.unauthenticated".into()), pool.span);
        return Resolved::known(Fact::List(Vec::new()), none);
    };
    let Some(resource) = roles.named(role) else {
        return Resolved::unknown(Step::deferred(
            "the role lies outside the template",
            pool.span,
        ));
    };
    roles.policies(resource).expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(policies) => granted(policies, &case.trail),
    })
}

fn granted(policies: &[Rc<Policy>], trail: &Trail) -> Resolved<Fact> {
    let statements = || policies.iter().flat_map(|policy| &policy.statements);
    let mut found = Vec::new();
    let mut trail = trail.clone();
    for action in CALLS {
        if let Some(by) = statements().find(|statement| allows(statement, action)) {
            found.push(Some(Str::from(action)));
            let what = How::Note(format!("this statement allows `{action}`").into());
            trail = Trail::from(Step::new(what, by.span)).followed_by(&trail);
        }
    }
    Resolved::known(Fact::List(found), trail)
}

/// Whether a statement certainly allows this action on something.
fn allows(statement: &Statement, action: &str) -> bool {
    let action = Text::literal(action);
    let certain = statement
        .actions
        .takes_action(&matching::Subject::folded(&action))
        == Truth::Yes;
    let something = match &statement.resources {
        Element::Only(patterns) => patterns
            .iter()
            .any(|pattern| could_be(&pattern.text, &action)),
        Element::AllBut(_) => true,
    };
    statement.effect == Effect::Allow && certain && something
}

/// Whether a resource is one that this action is about: `*`, or an ARN of its service.
fn could_be(resource: &Text, action: &Text) -> bool {
    let service = action
        .known()
        .and_then(|action| Some(action.split_once(':')?.0.to_owned()));
    let pieces = resource.split(':');
    match (pieces.get(2).and_then(Text::known), service) {
        (Some(own), Some(service)) => own == service || own == "*",
        (None, _) | (_, None) => true,
    }
}

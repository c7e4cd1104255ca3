//! The vocabulary of rules: subjects, and the facts that are known of each.
//!
//! A fact's name is the name of the JSON output. Facts are computed once, before any rule looks; a rule that needs a
//! join or a computation needs a new fact here.

mod api;
mod api_key;
mod authorizer;
mod call;
mod cors;
mod default;
mod domain;
mod endpoint;
mod fields;
mod firewall;
mod function;
mod identity_pool;
pub mod input;
mod listener;
mod permission;
mod property;
pub(crate) mod secret;
mod setting;
mod stage;
mod statement;
mod usage_plan;
mod user_pool;
mod user_pool_client;

use std::fmt;

use crate::caller::across::Party;
use crate::endpoint::Endpoint;
use crate::glob::Glob;
use crate::resolve::{Part, Property, Resolved, Text, World};
use crate::source::{Span, Str};
use crate::stack::Stack;
use crate::trail::Trail;

/// What a rule can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One thing a client can call: method and path, a route, a function URL.
    Endpoint,
    /// One function calling one endpoint of the same project.
    Call,
    /// A function, and the endpoints that lead to it.
    Function,
    /// An authorizer as declared.
    Authorizer,
    /// A Cognito user pool.
    UserPool,
    /// A usage plan.
    UsagePlan,
    /// What lets others invoke a function (`AWS::Lambda::Permission`).
    Permission,
    /// A statement of an identity policy that lets someone call APIs or functions.
    Statement,
    /// A client of a Cognito user pool.
    UserPoolClient,
    /// A Cognito identity pool.
    IdentityPool,
    /// An API key of usage plans.
    ApiKey,
    /// A text in a template that looks like a secret; the text itself is never kept.
    Secret,
    /// A setting that the framework ignores, or reads as something else than it looks like.
    Setting,
    /// An API as a whole, or a function with a URL.
    Api,
    /// A stage of a REST, HTTP or WebSocket API.
    Stage,
    /// A custom domain of API Gateway.
    Domain,
    /// A listener of a load balancer, or a rule of one.
    Listener,
    /// An input that was wrong in some way.
    Input,
}

/// A value as rules see it.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Certainly not there: no authorizer, no quota.
    Absent,
    /// A word, a path, a name.
    Text(Str),
    /// Yes or no.
    Flag(bool),
    /// A count, seconds, a rate …
    Number(f64),
    /// Several texts; an element that cannot be known is `None`.
    List(Vec<Option<Str>>),
}

/// Which values a field can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// A list of texts.
    List,
}

/// A name that rules may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// As written in `when:` and printed in JSON.
    pub name: &'static str,
    /// Which values it has.
    pub kind: Type,
    /// One sentence for the generated table.
    pub doc: &'static str,
    /// A value it may have, for the generated table.
    pub example: &'static str,
}

/// Something that rules can judge, with all its facts.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What it is.
    pub kind: Kind,
    /// How messages name it: `POST /orders`, `user pool Pool`.
    pub label: String,
    /// What stays the same when the file is edited or moved; part of the fingerprint.
    pub identity: String,
    /// Where it is declared: the primary place unless the rule says otherwise.
    pub span: Span,
    /// The deployments in which it exists.
    pub world: World,
    /// One value per row of [`Kind::fields`], in the same order.
    pub facts: Vec<Resolved<Fact>>,
}

impl Subject {
    /// The fact in this column of [`Kind::fields`].
    pub fn fact(&self, column: usize) -> Option<&Resolved<Fact>> {
        self.facts.get(column)
    }
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Endpoint,
        Self::Call,
        Self::Function,
        Self::Authorizer,
        Self::UserPool,
        Self::UsagePlan,
        Self::Permission,
        Self::Statement,
        Self::UserPoolClient,
        Self::IdentityPool,
        Self::ApiKey,
        Self::Secret,
        Self::Setting,
        Self::Api,
        Self::Stage,
        Self::Domain,
        Self::Listener,
        Self::Input,
    ];

    /// One sentence about it, for the generated tables.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Endpoint => {
                "One thing a client can call: a method of a path, a route, a function URL."
            }
            Self::Call => "One function of the project calling one endpoint of the project.",
            Self::Function => "A function, and the endpoints that lead to it.",
            Self::Authorizer => "An authorizer as declared, attached to endpoints or not.",
            Self::UserPool => "A Cognito user pool.",
            Self::UsagePlan => "A usage plan of a REST API.",
            Self::Permission => "What lets others invoke a function (`AWS::Lambda::Permission`).",
            Self::Statement => {
                "A statement of an identity policy that lets someone call APIs or functions."
            }
            Self::UserPoolClient => "A client of a Cognito user pool.",
            Self::IdentityPool => "A Cognito identity pool.",
            Self::ApiKey => "An API key of usage plans.",
            Self::Secret => {
                "A text in a template that looks like a secret; the text itself is never kept."
            }
            Self::Setting => {
                "A setting that the framework ignores, or reads as something else than it looks like."
            }
            Self::Api => "An API as a whole, or a function with a URL.",
            Self::Stage => "A stage of a REST, HTTP or WebSocket API.",
            Self::Domain => "A custom domain of API Gateway.",
            Self::Listener => "A listener of a load balancer, or a rule of one.",
            Self::Input => "An input that was wrong in some way.",
        }
    }

    /// As written in a page's `subject:`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Call => "call",
            Self::Function => "function",
            Self::Authorizer => "authorizer",
            Self::UserPool => "user-pool",
            Self::UsagePlan => "usage-plan",
            Self::Permission => "permission",
            Self::Statement => "statement",
            Self::UserPoolClient => "user-pool-client",
            Self::IdentityPool => "identity-pool",
            Self::ApiKey => "api-key",
            Self::Secret => "secret",
            Self::Setting => "setting",
            Self::Api => "api",
            Self::Stage => "stage",
            Self::Domain => "domain",
            Self::Listener => "listener",
            Self::Input => "input",
        }
    }

    /// The facts that are known of it. This table is the vocabulary of the rule language.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Endpoint => fields::ENDPOINT,
            Self::Call => fields::CALL,
            Self::Function => function::FIELDS,
            Self::Authorizer => fields::AUTHORIZER,
            Self::UserPool => fields::USER_POOL,
            Self::UsagePlan => fields::USAGE_PLAN,
            Self::Permission => permission::FIELDS,
            Self::Statement => statement::FIELDS,
            Self::UserPoolClient => user_pool_client::FIELDS,
            Self::IdentityPool => identity_pool::FIELDS,
            Self::ApiKey => api_key::FIELDS,
            Self::Secret => secret::FIELDS,
            Self::Setting => setting::FIELDS,
            Self::Api => fields::API,
            Self::Stage => fields::STAGE,
            Self::Domain => fields::DOMAIN,
            Self::Listener => fields::LISTENER,
            Self::Input => fields::INPUT,
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("nothing"),
            Self::Text(text) => f.write_str(text),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::List(items) => {
                let shown: Vec<&str> = items
                    .iter()
                    .map(|item| item.as_deref().unwrap_or("unknown"))
                    .collect();
                f.write_str(&shown.join(", "))
            }
        }
    }
}

/// Hands on what is known of everything in a stack that rules can judge, in a stable order, one after the other: a row of facts
/// is large, and there may be tens of thousands. `sensitive` are paths that the team calls so.
pub fn derive(
    stack: &Stack,
    endpoints: &[Endpoint],
    sensitive: &[Glob],
    mut take: impl FnMut(Subject),
) {
    let stages = stage::Stages::of(stack);
    let firewalls = firewall::Firewalls::of(stack);
    let policies = statement::policies(stack);
    endpoint::subjects(stack, endpoints, (&stages, &policies, sensitive)).for_each(&mut take);
    call::subjects(stack, endpoints).for_each(&mut take);
    permission::subjects(stack).for_each(&mut take);
    let mut all = |subjects: Vec<Subject>| subjects.into_iter().for_each(&mut take);
    all(function::subjects(stack, endpoints));
    all(authorizer::subjects(stack, endpoints));
    all(user_pool::subjects(stack));
    all(usage_plan::subjects(stack, endpoints));
    all(user_pool_client::subjects(stack));
    all(identity_pool::subjects(stack));
    all(api_key::subjects(stack));
    all(statement::subjects(stack, &policies));
    all(secret::subjects(stack));
    all(setting::subjects(stack, endpoints));
    all(api::subjects(stack, endpoints, &firewalls));
    all(stage::subjects(stack, &stages, &firewalls));
    all(domain::subjects(stack));
    all(listener::subjects(stack));
}

/// What is known of calls from one stack to another, once all of them are there.
pub fn across(parties: Vec<(&Party, &[Endpoint])>) -> Vec<Subject> {
    call::across(parties)
}

/// Where a secret stands that a subject is about: a text that looks like one, the value of an API key. Whatever rules are judged,
/// these are not to be quoted.
pub fn secrets(subject: &Subject) -> Vec<Span> {
    let facts: Vec<&Resolved<Fact>> = if subject.kind == Kind::Secret {
        subject.facts.iter().collect()
    } else if subject.kind == Kind::ApiKey {
        api_key::written(subject).into_iter().collect()
    } else {
        return Vec::new();
    };
    let cases = facts.into_iter().flat_map(Resolved::cases);
    let steps = cases.flat_map(|case| case.trail.steps());
    steps.filter_map(|step| step.at).collect()
}

/// Whether the rate of calls of an endpoint is limited: `None` when the subject is none, and `Some(None)` where deployment
/// settles it.
pub fn throttled(subject: &Subject) -> Option<Option<bool>> {
    if subject.kind != Kind::Endpoint {
        return None;
    }
    let mut fields = Kind::Endpoint.fields().iter();
    let column = fields.position(|field| field.name == "throttled")?;
    Some(match subject.fact(column)?.agreed() {
        Some(Fact::Flag(limited)) => Some(*limited),
        Some(Fact::Absent) => Some(false),
        Some(Fact::Text(_) | Fact::Number(_) | Fact::List(_)) | None => None,
    })
}

/// The values of a row, which must be named in the order of [`Kind::fields`].
fn row<const N: usize>(
    kind: Kind,
    values: [(&'static str, Resolved<Fact>); N],
) -> Vec<Resolved<Fact>> {
    debug_assert!(
        values
            .iter()
            .map(|(name, _)| *name)
            .eq(kind.fields().iter().map(|field| field.name)),
        "the facts of {} are not in the order of their table",
        kind.word()
    );
    values.into_iter().map(|(_, value)| value).collect()
}

fn text(value: impl Into<Str>, trail: impl Into<Trail>) -> Resolved<Fact> {
    Resolved::known(Fact::Text(value.into()), trail)
}

fn flag(value: bool, trail: impl Into<Trail>) -> Resolved<Fact> {
    Resolved::known(Fact::Flag(value), trail)
}

fn absent(trail: impl Into<Trail>) -> Resolved<Fact> {
    Resolved::known(Fact::Absent, trail)
}

/// A text as a fact, in the notation of `Fn::Sub`; a lone reference by the name it refers to.
fn named_or_absent(property: &Property<Text>) -> Resolved<Fact> {
    property.map(|text| match text {
        Some(text) => Fact::Text(name_of(text)),
        None => Fact::Absent,
    })
}

/// How a text names something: the logical id of a reference, the name of an import, else the text itself.
pub fn name_of(text: &Text) -> Str {
    match text.target() {
        Some(Part::Ref(name) | Part::Attribute(name, _) | Part::Import(name)) => name.clone(),
        Some(Part::Literal(_) | Part::Unknown(_)) | None => text.to_string().into(),
    }
}

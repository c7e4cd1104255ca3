//! What policies say of a request, all of them together.
//!
//! An explicit deny wins, then an allow, then the implicit deny (IAM User Guide, "Policy evaluation logic"). Every
//! answer is three-valued: a statement that may apply can allow or deny, but not certainly. Reads no policy and knows
//! no endpoint; [`super::admission`] says what an endpoint's own authorization makes of it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::arn::{Arn, ExecuteApi};
use super::condition::{Condition, Context};
use super::matching::{Reading, Subject, same};
use super::principal::{Caller, Meant};
use super::statement::{Effect, Element, Pattern, Policy, Statement};
use crate::resolve::{Part, Text, Truth};
use crate::source::{Span, Str};
use crate::trail::Step;

/// The action of calling an endpoint of an API.
pub const INVOKE: &str = "execute-api:Invoke";

/// Someone asking for something.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is to be done: `execute-api:Invoke`.
    pub action: Str,
    /// On what: an ARN, of which parts may be unknown.
    pub resource: Text,
    /// By whom.
    pub caller: Caller,
    /// What else is known.
    pub context: Context,
    /// Logical ids whose `Ref`s are known to differ from one another: the APIs of the template.
    pub distinct: BTreeSet<Str>,
}

impl Request {
    /// A call of an endpoint, of which nothing but its ARN is known.
    pub fn invoke(endpoint: &ExecuteApi, caller: Caller) -> Self {
        Self {
            action: INVOKE.into(),
            resource: endpoint.text(),
            caller,
            context: Context::new(),
            distinct: BTreeSet::new(),
        }
    }

    /// Whether the caller belongs to the resource's account.
    pub fn same_account(&self) -> Truth {
        let owner = Arn::parse(&self.resource).map(|arn| arn.account);
        match (self.caller.account(), owner) {
            (Some(caller), Some(owner)) => same(&owner, caller),
            (Some(_), None) => Truth::Unknown,
            (None, _) => Truth::No,
        }
    }
}

/// The policies that have a say in a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attached<'a> {
    /// Those of the caller.
    pub identity: &'a [&'a Policy],
    /// The boundary of the caller's permissions.
    pub boundary: Option<&'a Policy>,
    /// That of the resource.
    pub resource: Option<&'a Policy>,
}

/// What all policies together say.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Whether the request is allowed.
    pub allowed: Truth,
    /// Whether it is refused explicitly, not for want of an allow.
    pub denied: Truth,
    /// The statement that decided: the deny, or the allow. `None` when nothing allows, and when it is not known.
    pub decided_by: Option<Span>,
    /// Why it is not known: one step for each statement that may or may not apply.
    pub doubts: Vec<Step>,
}

/// What one policy says of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Opinion {
    /// Whether it denies.
    pub denies: Truth,
    /// Whether it allows, leaving its own denials aside.
    pub allows: Truth,
    /// Whether it allows in a way that needs no policy of the caller beside it in the same account.
    pub suffices: Truth,
    /// The first statement that certainly denies.
    pub denied_by: Option<Span>,
    /// The first statement that certainly allows.
    pub allowed_by: Option<Span>,
    /// One step for each statement that may or may not apply.
    pub doubts: Vec<Step>,
}

impl Opinion {
    /// Nothing is said.
    pub const SILENT: Self = Self {
        denies: Truth::No,
        allows: Truth::No,
        suffices: Truth::No,
        denied_by: None,
        allowed_by: None,
        doubts: Vec::new(),
    };

    /// Both opinions.
    fn and(mut self, other: Self) -> Self {
        self.doubts.extend(other.doubts);
        Self {
            denies: self.denies.or(other.denies),
            allows: self.allows.or(other.allows),
            suffices: self.suffices.or(other.suffices),
            denied_by: self.denied_by.or(other.denied_by),
            allowed_by: self.allowed_by.or(other.allowed_by),
            doubts: self.doubts,
        }
    }
}

/// Decides a request.
pub fn decide(attached: &Attached<'_>, request: &Request) -> Decision {
    let of_identity = |policy: &&Policy| policy.opinion(request, Side::Identity);
    let identity = attached
        .identity
        .iter()
        .map(of_identity)
        .fold(Opinion::SILENT, Opinion::and);
    let boundary = attached
        .boundary
        .map(|policy| policy.opinion(request, Side::Identity));
    let resource = attached
        .resource
        .map(|policy| policy.opinion(request, Side::Resource));
    join(
        request,
        identity,
        boundary,
        resource.unwrap_or(Opinion::SILENT),
    )
}

fn join(
    request: &Request,
    identity: Opinion,
    boundary: Option<Opinion>,
    resource: Opinion,
) -> Decision {
    let within = boundary
        .as_ref()
        .map_or(Truth::Yes, |boundary| boundary.allows);
    let alone = resource.suffices;
    let cross = identity.allows.and(within).and(resource.allows);
    let granted = match &request.caller {
        Caller::Anonymous | Caller::Service(_) => resource.allows,
        // A grant to a role's ARN stays within the role's boundary; one to a user's does not.
        Caller::Role(_) => either(request, identity.allows.or(alone).and(within), cross),
        Caller::User(_) | Caller::Account(_) => {
            either(request, identity.allows.and(within).or(alone), cross)
        }
    };
    let allowing = identity.allowed_by.or(resource.allowed_by);
    let mut all = identity.and(Opinion {
        // A boundary allows nothing by itself.
        allows: Truth::No,
        suffices: Truth::No,
        allowed_by: None,
        ..boundary.unwrap_or(Opinion::SILENT)
    });
    all = all.and(resource);
    let allowed = granted.and(all.denies.negate());
    let decided_by = match (all.denies, allowed) {
        (Truth::Yes, _) => all.denied_by,
        (_, Truth::Yes) => allowing,
        (Truth::No | Truth::Unknown, Truth::No | Truth::Unknown) => None,
    };
    let unsure = allowed == Truth::Unknown;
    Decision {
        allowed,
        denied: all.denies,
        decided_by,
        doubts: if unsure { all.doubts } else { Vec::new() },
    }
}

/// The answer for the caller's own account or for another, or what both agree on.
fn either(request: &Request, same: Truth, cross: Truth) -> Truth {
    match request.same_account() {
        Truth::Yes => same,
        Truth::No => cross,
        Truth::Unknown => same.agree(cross),
    }
}

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The caller, who is the principal of every statement.
    Identity,
    /// The resource: statements say whom they mean, and may leave out the API's own ARN.
    Resource,
}

impl Policy {
    /// What this policy alone says of a request.
    pub fn opinion(&self, request: &Request, side: Side) -> Opinion {
        let action = Text::literal(request.action.clone());
        let endpoint = ExecuteApi::parse(&request.resource);
        let asked = Asked {
            action: Subject::folded(&action),
            resource: Subject::arn(&request.resource, &request.distinct),
            prefix: endpoint.map(|endpoint| endpoint.prefix()),
            request,
            side,
        };
        let mut opinion = Opinion::SILENT;
        for statement in &self.statements {
            if let Some(one) = asked.opinion(statement) {
                opinion = opinion.and(one);
            }
        }
        opinion
    }
}

/// A request, made ready to be compared with many statements.
struct Asked<'a> {
    action: Subject<'a>,
    resource: Subject<'a>,
    /// ARN of the API that is called.
    prefix: Option<Text>,
    request: &'a Request,
    side: Side,
}

/// How far a statement is about a request.
struct Fit {
    action: Truth,
    resource: Truth,
    meant: Meant,
    condition: Truth,
}

impl Asked<'_> {
    /// What one statement says; `None` when it is not about this request.
    fn opinion(&self, statement: &Statement) -> Option<Opinion> {
        let fit = self.fit(statement)?;
        let about = fit.action.and(fit.resource).and(fit.condition);
        let applies = about.and(fit.meant.at_all);
        if applies == Truth::No {
            return None;
        }
        let alone = about.and(fit.meant.directly);
        let certain = (applies == Truth::Yes).then_some(statement.span);
        let (denies, allows) = match statement.effect {
            Effect::Allow => (Truth::No, Truth::Yes),
            Effect::Deny => (Truth::Yes, Truth::No),
            Effect::Unknown => (Truth::Unknown, Truth::Unknown),
        };
        let unsure = statement.effect == Effect::Unknown || applies == Truth::Unknown;
        Some(Opinion {
            denies: denies.and(applies),
            allows: allows.and(applies),
            suffices: allows.and(alone),
            denied_by: certain.filter(|_| denies == Truth::Yes),
            allowed_by: certain.filter(|_| allows == Truth::Yes),
            doubts: if unsure {
                vec![self.doubt(statement, &fit)]
            } else {
                Vec::new()
            },
        })
    }

    fn fit(&self, statement: &Statement) -> Option<Fit> {
        let action = statement.actions.takes_action(&self.action);
        if action == Truth::No {
            return None;
        }
        let resource = statement
            .resources
            .takes(|pattern| self.resource(pattern, statement.variables));
        if resource == Truth::No {
            return None;
        }
        let meant = match self.side {
            Side::Identity => Meant::plainly(Truth::Yes),
            Side::Resource => statement.principals.mean(&self.request.caller),
        };
        let context = &self.request.context;
        let conditions = statement.conditions.iter();
        let condition = Truth::all(conditions.map(|one| one.holds(context, statement.variables)));
        Some(Fit {
            action,
            resource,
            meant,
            condition,
        })
    }

    /// Why it is not known whether a statement applies, with the place to look at.
    fn doubt(&self, statement: &Statement, fit: &Fit) -> Step {
        if statement.effect == Effect::Unknown {
            return Step::deferred("whether the statement allows or denies", statement.span);
        }
        if fit.action == Truth::Unknown {
            return named("whether the action is", &statement.actions, statement.span);
        }
        if fit.resource == Truth::Unknown {
            return named(
                "whether the resource is",
                &statement.resources,
                statement.span,
            );
        }
        let context = &self.request.context;
        let open = |one: &&Condition| one.holds(context, statement.variables) == Truth::Unknown;
        match statement.conditions.iter().find(open) {
            Some(one) => Step::deferred(format!("the condition on `{}`", one.key), one.span),
            None => Step::deferred("whom the statement means", statement.span),
        }
    }

    fn resource(&self, pattern: &Pattern, variables: bool) -> Truth {
        let text = match (&self.prefix, self.side) {
            (Some(prefix), Side::Resource) => expanded(&pattern.text, prefix),
            (Some(_) | None, _) => Cow::Borrowed(&pattern.text),
        };
        self.resource
            .matches(&text, Reading::RESOURCE.variables(variables))
    }
}

/// A resource as it is saved: `execute-api:/STAGE/METHOD/PATH` in the policy of an API is completed with the API's ARN
/// (API Gateway Developer Guide, "Control access to a REST API with API Gateway resource policies").
pub(super) fn expanded<'a>(pattern: &'a Text, prefix: &Text) -> Cow<'a, Text> {
    let Some((Part::Literal(first), rest)) = pattern.parts().split_first() else {
        return Cow::Borrowed(pattern);
    };
    let Some(path) = first
        .strip_prefix("execute-api:")
        .filter(|path| path.starts_with('/'))
    else {
        return Cow::Borrowed(pattern);
    };
    let mut whole = prefix.clone();
    whole.push(Part::Literal(path.into()));
    for part in rest {
        whole.push(part.clone());
    }
    Cow::Owned(whole)
}

/// The first entry of which parts are unknown; or else, what is asked for is unknown itself.
fn named(question: &str, element: &Element, statement: Span) -> Step {
    let hidden = element
        .patterns()
        .iter()
        .find(|one| one.text.known().is_none());
    match hidden {
        Some(pattern) => Step::deferred(format!("{question} `{}`", pattern.text), pattern.span),
        None => Step::deferred(format!("{question} one of the statement's"), statement),
    }
}

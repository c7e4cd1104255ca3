//! What one policy says of a request.

use std::borrow::Cow;

use super::super::arn::ExecuteApi;
use super::super::condition::Condition;
use super::super::matching::{Reading, Subject};
use super::super::principal::Meant;
use super::super::statement::{Effect, Element, Pattern, Policy, Statement};
use super::Request;
use crate::resolve::{Part, Text, Truth};
use crate::source::Span;
use crate::trail::Step;

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
    pub(super) fn and(mut self, other: Self) -> Self {
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
        of_all([self], request, side)
    }
}

/// What the policies of one side say together.
pub(super) fn of_all<'p>(
    policies: impl IntoIterator<Item = &'p Policy>,
    request: &Request,
    side: Side,
) -> Opinion {
    let action = Text::literal(request.action.clone());
    let asked = Asked::new(request, side, &action);
    let opinions = policies.into_iter().map(|policy| asked.of(policy));
    opinions.fold(Opinion::SILENT, Opinion::and)
}

/// A request, made ready to be compared with many statements.
struct Asked<'a> {
    action: Subject<'a>,
    resource: Subject<'a>,
    /// ARN of the API that is called, where policies may leave it out.
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

impl<'a> Asked<'a> {
    fn new(request: &'a Request, side: Side, action: &'a Text) -> Self {
        let prefix = || ExecuteApi::parse(&request.resource).map(|endpoint| endpoint.prefix());
        Self {
            action: Subject::folded(action),
            resource: Subject::arn(&request.resource, &request.distinct),
            prefix: (side == Side::Resource).then(prefix).flatten(),
            request,
            side,
        }
    }

    /// What one policy says. Each has as much time for it as if it were the only one.
    fn of(&self, policy: &Policy) -> Opinion {
        self.action.renew();
        self.resource.renew();
        let opinions = policy.statements.iter();
        let opinions = opinions.filter_map(|statement| self.opinion(statement));
        opinions.fold(Opinion::SILENT, Opinion::and)
    }

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
pub(in crate::iam) fn expanded<'a>(pattern: &'a Text, prefix: &Text) -> Cow<'a, Text> {
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

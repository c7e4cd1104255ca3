//! What a function's role allows: its own policies, those attached to it by name, and AWS's managed ones.

mod attached;
mod partition;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use self::attached::Attached;
use self::partition::InPartition;
use crate::caller::read;
use crate::document::Node;
use crate::endpoint::reach;
use crate::iam::{Pattern, Policy, Statement};
use crate::resolve::{Case, Property, Resolved, Scope, Text};
use crate::source::Span;
use crate::stack::{Api, Resource, Stack};
use crate::trail::Step;

/// Characters that IAM accepts in the policies of one role: 10,240 inline, and 6,144 in each of twenty managed ones
/// (IAM User Guide, "IAM and AWS STS quotas").
const LONGEST: usize = 10_240 + 20 * 6_144;

/// The role of a function.
pub(super) struct Role {
    /// Its logical id or ARN; `None` when the function names none.
    pub name: Option<Text>,
    /// Its policies; unknown when the role lies outside the template.
    pub policies: Policies,
    /// Its permissions boundary.
    pub boundary: Option<Policy>,
}

/// The policies of a role, in each of the worlds that they tell apart.
pub(crate) type Policies = Resolved<Vec<Rc<Policy>>>;

impl Role {
    /// That of something which has none, or none that the template describes.
    pub(super) fn unseen(name: Option<Text>, why: &str, span: Span) -> Self {
        Self {
            name,
            policies: Resolved::unknown(Step::deferred(why, span)),
            boundary: None,
        }
    }
}

/// The roles of a stack, each read once however many functions run under it.
pub(crate) struct Roles<'a> {
    stack: &'a Stack,
    attached: OnceCell<Attached<'a>>,
    read: RefCell<HashMap<Text, Rc<Role>>>,
}

impl<'a> Roles<'a> {
    /// Those of a stack; none is read yet.
    pub(crate) fn of(stack: &'a Stack) -> Self {
        Self {
            stack,
            attached: OnceCell::new(),
            read: RefCell::default(),
        }
    }

    /// The role that a function or a state machine runs under, by the property that names it.
    pub(super) fn under(&self, function: &Resource, property: &str) -> Rc<Role> {
        let name = self.stack.plain(function, property);
        let known = name
            .as_ref()
            .and_then(|name| self.read.borrow().get(name).cloned());
        if let Some(known) = known {
            return known;
        }
        let Some((name, resource)) = name
            .as_ref()
            .and_then(|name| Some((name, self.named(name)?)))
        else {
            let why = "the role lies outside the template";
            return Rc::new(Role::unseen(name, why, function.span));
        };
        let boundary = resource
            .properties
            .get("PermissionsBoundary")
            .map(|node| named(self.stack, node).agreed_policy(resource.span));
        let role = Rc::new(Role {
            name: Some(name.clone()),
            policies: self.policies(resource),
            boundary,
        });
        self.read
            .borrow_mut()
            .insert(name.clone(), Rc::clone(&role));
        role
    }

    /// The role of the template that a text refers to.
    pub(crate) fn named(&self, name: &Text) -> Option<&'a Resource> {
        let resource = self.stack.resource(name.refers_to()?)?;
        (resource.kind == "AWS::IAM::Role").then_some(resource)
    }

    /// Every policy of a role.
    pub(crate) fn policies(&self, role: &Resource) -> Policies {
        let attached = self.attached.get_or_init(|| Attached::of(self.stack));
        let attached = attached.to(self.stack, role);
        let attached = attached
            .into_iter()
            .filter_map(|policy| document(self.stack, policy));
        let found = own(self.stack, role).into_iter().chain(attached);
        let none = Resolved::known(Vec::new(), Step::written(role.span));
        let all = found.fold(none, |so_far, policy| {
            let shared = policy.map(|policy| Rc::new(policy.clone()));
            so_far.plus(&shared, |all, one| all.push(Rc::clone(one)))
        });
        all.map_case(|case| match &case.value {
            Some(all) if length(all) > LONGEST => Case {
                value: None,
                world: case.world,
                trail: case.trail.and(Step::deferred(
                    "its policies are longer than IAM accepts",
                    role.span,
                )),
            },
            Some(_) | None => case,
        })
    }
}

/// What the resource policy of an API says.
pub(super) fn of_api(stack: &Stack, api: &Api) -> Property<Policy> {
    match reach::policy_node(api) {
        None => Resolved::known(None, Step::written(api.span)),
        Some(node) => stack.scope.settle(&node).expand(|case| match &case.value {
            None => Resolved::unknown(case.trail.clone()),
            Some(None) => Resolved::known(None, case.trail.clone()),
            Some(Some(node)) => Policy::read(node, &InPartition(&stack.scope)).map_some(),
        }),
    }
}

/// Characters that the policies have at least, once deployed: the words of their statements, and what is known of each entry.
fn length(policies: &[Rc<Policy>]) -> usize {
    const WORDS: usize = r#"{"Effect":"Deny","Action":,"Resource":}"#.len();
    let entry = |pattern: &Pattern| r#""""#.len() + pattern.text.known_length();
    let statement = |one: &Statement| {
        let entries = one
            .actions
            .patterns()
            .iter()
            .chain(one.resources.patterns());
        WORDS + entries.map(entry).sum::<usize>()
    };
    let statements = policies.iter().flat_map(|policy| &policy.statements);
    statements.map(statement).sum()
}

/// The policies that a role writes out or names itself.
fn own(stack: &Stack, role: &Resource) -> Vec<Resolved<Policy>> {
    let items = |name| {
        stack
            .scope
            .read(&role.properties, name, Scope::items)
            .agreed_items()
    };
    let inline = |node: &Node| match read(&stack.scope, node, "PolicyDocument") {
        Some(document) => Policy::read(&document, &InPartition(&stack.scope)),
        None => Resolved::known(
            Policy::unreadable(node.span, "an inline policy"),
            node.trail(),
        ),
    };
    let named = |node: &Node| named(stack, node);
    let written = items("Policies").iter().map(inline).collect::<Vec<_>>();
    let managed = items("ManagedPolicyArns").iter().map(named).collect();
    [written, managed].concat()
}

/// What a policy that is a resource of its own says.
fn document(stack: &Stack, policy: &Resource) -> Option<Resolved<Policy>> {
    let document = read(&stack.scope, &policy.properties, "PolicyDocument")?;
    Some(Policy::read(&document, &InPartition(&stack.scope)))
}

/// A policy that is attached by its ARN.
fn named(stack: &Stack, node: &Node) -> Resolved<Policy> {
    let arn = stack.scope.text(node).agreed().cloned().flatten();
    let resource = arn
        .as_ref()
        .and_then(Text::refers_to)
        .and_then(|id| stack.resource(id));
    if let Some(policy) = resource.and_then(|policy| document(stack, policy)) {
        return policy;
    }
    let policy = match &arn {
        Some(arn) => Policy::managed(arn, node.span),
        None => Policy::unreadable(
            node.span,
            "a managed policy that is known only at deployment",
        ),
    };
    Resolved::known(policy, node.trail())
}

impl Resolved<Policy> {
    /// The policy in its first case; one of which nothing can be seen when that is unknown.
    fn agreed_policy(&self, span: Span) -> Policy {
        let first = self.cases().find_map(|case| case.value.clone());
        first.unwrap_or_else(|| {
            Policy::unreadable(span, "a policy that is known only at deployment")
        })
    }
}

impl Resolved<Option<Vec<Node>>> {
    /// The items in the first case that has some.
    fn agreed_items(&self) -> Vec<Node> {
        self.cases()
            .find_map(|case| case.value.clone().flatten())
            .unwrap_or_default()
    }
}

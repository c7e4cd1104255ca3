//! What a function's role allows: its own policies, those attached to it by name, and AWS's managed ones.

use crate::caller::read;
use crate::document::Node;
use crate::endpoint::reach;
use crate::iam::{Policy, Read};
use crate::resolve::{Part, Property, Resolved, Scope, Text};
use crate::source::{Span, Str};
use crate::stack::{Api, Resource, Stack};
use crate::trail::Step;

/// The role of a function.
pub(super) struct Role {
    /// Its logical id or ARN; `None` when the function names none.
    pub name: Option<Text>,
    /// Its policies; unknown when the role lies outside the template.
    pub policies: Resolved<Vec<Policy>>,
    /// Its permissions boundary.
    pub boundary: Option<Policy>,
}

impl Role {
    /// The role that a function or a state machine runs under, by the property that names it.
    pub fn of(stack: &Stack, function: &Resource, property: &str) -> Self {
        let name = stack.plain(function, property);
        let role = name
            .as_ref()
            .and_then(Text::refers_to)
            .and_then(|id| stack.resource(id));
        let Some(role) = role.filter(|role| role.kind == "AWS::IAM::Role") else {
            let why = Step::deferred("the role lies outside the template", function.span);
            return Self {
                name,
                policies: Resolved::unknown(why),
                boundary: None,
            };
        };
        let boundary = role
            .properties
            .get("PermissionsBoundary")
            .map(|node| named(stack, node));
        let boundary = boundary.map(|policy| policy.agreed_policy(role.span));
        Self {
            name,
            policies: policies(stack, role),
            boundary,
        }
    }

    /// That of something which has none.
    pub fn none(span: Span) -> Self {
        Self {
            name: None,
            policies: Resolved::unknown(Step::deferred("it has no role", span)),
            boundary: None,
        }
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

/// Every policy of a role, in each of the worlds that they tell apart.
pub(crate) fn policies(stack: &Stack, role: &Resource) -> Resolved<Vec<Policy>> {
    let mut found: Vec<Resolved<Policy>> = Vec::new();
    let items = |name| {
        stack
            .scope
            .read(&role.properties, name, Scope::items)
            .agreed_items()
    };
    for inline in items("Policies") {
        match read(&stack.scope, &inline, "PolicyDocument") {
            Some(document) => found.push(Policy::read(&document, &InPartition(&stack.scope))),
            None => found.push(Resolved::known(
                Policy::unreadable(inline.span, "an inline policy"),
                inline.trail(),
            )),
        }
    }
    found.extend(
        items("ManagedPolicyArns")
            .iter()
            .map(|node| named(stack, node)),
    );
    let kinds = [
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::RolePolicy",
    ];
    for attached in kinds
        .iter()
        .flat_map(|kind| stack.of_type(kind))
        .filter(|policy| names(stack, policy, role))
    {
        if let Some(document) = read(&stack.scope, &attached.properties, "PolicyDocument") {
            found.push(Policy::read(&document, &InPartition(&stack.scope)));
        }
    }
    let none = Resolved::known(Vec::new(), Step::written(role.span));
    found.into_iter().fold(none, |so_far, policy| {
        so_far.and_then(|policies| {
            policy.map(|policy| policies.iter().cloned().chain([policy.clone()]).collect())
        })
    })
}

/// Whether a policy resource attaches itself to a role.
fn names(stack: &Stack, policy: &Resource, role: &Resource) -> bool {
    let own = stack.plain(role, "RoleName");
    let is_role = |text: &Text| text.refers_to() == Some(&role.id) || own.as_ref() == Some(text);
    let roles = stack.scope.read(&policy.properties, "Roles", Scope::texts);
    let listed = roles
        .cases()
        .any(|case| case.value.iter().flatten().flatten().flatten().any(is_role));
    listed
        || stack
            .plain(policy, "RoleName")
            .as_ref()
            .is_some_and(is_role)
}

/// A policy that is attached by its ARN.
fn named(stack: &Stack, node: &Node) -> Resolved<Policy> {
    let arn = stack.scope.text(node).agreed().cloned().flatten();
    let document = arn
        .as_ref()
        .and_then(Text::refers_to)
        .and_then(|id| stack.resource(id));
    if let Some(document) =
        document.and_then(|policy| read(&stack.scope, &policy.properties, "PolicyDocument"))
    {
        return Policy::read(&document, &InPartition(&stack.scope));
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

/// A template's names, with every partition read as `aws`: whoever writes one out deploys to it, so that the partition is
/// never what a grant gets wrong.
struct InPartition<'a>(&'a Scope);

impl Read for InPartition<'_> {
    fn text(&self, node: &Node) -> Property<Text> {
        Scope::text(self.0, node).map(|text| text.as_ref().map(in_partition))
    }

    fn settle(&self, node: &Node) -> Property<Node> {
        Scope::settle(self.0, node)
    }

    fn items(&self, node: &Node) -> Property<Vec<Node>> {
        Scope::items(self.0, node)
    }
}

/// The text with its partition replaced by `aws`.
pub(super) fn in_partition(text: &Text) -> Text {
    let mut replaced = Text::default();
    for part in text.parts() {
        replaced.push(match part {
            Part::Ref(name) if name == "AWS::Partition" => Part::Literal(Str::from("aws")),
            Part::Literal(_)
            | Part::Ref(_)
            | Part::Attribute(..)
            | Part::Import(_)
            | Part::Unknown(_) => part.clone(),
        });
    }
    let other = |prefix: &str| match replaced.parts().split_first() {
        Some((Part::Literal(first), rest)) => {
            Some((Str::from(first.strip_prefix(prefix)?), rest.to_vec()))
        }
        _ => None,
    };
    let Some((behind, rest)) = other("arn:aws-cn:").or_else(|| other("arn:aws-us-gov:")) else {
        return replaced;
    };
    let mut text = Text::literal("arn:aws:");
    text.push(Part::Literal(behind));
    for part in rest {
        text.push(part);
    }
    text
}

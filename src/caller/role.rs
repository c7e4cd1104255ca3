//! What a function's role allows: its own policies, those attached to it by name, and AWS's managed ones.

use crate::caller::read;
use crate::document::Node;
use crate::iam::Policy;
use crate::resolve::{Part, Resolved, Scope, Text};
use crate::source::{Span, Str};
use crate::stack::{Resource, Stack};
use crate::trail::Step;

/// AWS's own policies that let their holder call API Gateway. Every other policy of AWS's that a Lambda role is
/// given does not mention `execute-api:Invoke`.
const GRANTING: [&str; 3] = [
    "AdministratorAccess",
    "PowerUserAccess",
    "AmazonAPIGatewayInvokeFullAccess",
];

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
    /// The role that a function runs under.
    pub fn of(stack: &Stack, function: &Resource) -> Self {
        let name = stack.plain(function, "Role");
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
}

/// Every policy of a role, in each of the worlds that they tell apart.
fn policies(stack: &Stack, role: &Resource) -> Resolved<Vec<Policy>> {
    let mut found: Vec<Resolved<Policy>> = Vec::new();
    let items = |name| {
        stack
            .scope
            .read(&role.properties, name, Scope::items)
            .agreed_items()
    };
    for inline in items("Policies") {
        match read(&stack.scope, &inline, "PolicyDocument") {
            Some(document) => found.push(Policy::read(&document, &*stack.scope)),
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
            found.push(Policy::read(&document, &*stack.scope));
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
        return Policy::read(&document, &*stack.scope);
    }
    let policy = match arn.as_ref().and_then(aws_managed) {
        Some(name) if !GRANTING.contains(&name.as_str()) => Policy {
            statements: Vec::new(),
            span: node.span,
        },
        Some(_) | None => Policy::unreadable(node.span, "a managed policy outside the template"),
    };
    Resolved::known(policy, node.trail())
}

/// The name of a policy that AWS itself keeps: `arn:aws:iam::aws:policy/service-role/Name`.
fn aws_managed(arn: &Text) -> Option<Str> {
    let pieces = arn.split(':');
    let owner = pieces.get(4)?.known()?;
    let Some(Part::Literal(last)) = pieces.get(5)?.parts().first() else {
        return None;
    };
    (owner == "aws").then(|| Str::from(last.rsplit('/').next().unwrap_or_default()))
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

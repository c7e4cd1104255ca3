//! `Policies` of a function or state machine: managed policies, statements, and SAM's policy templates.

use std::collections::HashSet;

use super::Lowering;
use super::logical_id::json;
use super::place::Place;
use super::policy_templates::actions;
use super::truthy::{if_arguments, is_intrinsic, is_no_value, truthy};
use crate::document::{Entry, Node};
use crate::source::Str;

/// Managed policies of AWS that stand under `service-role/`; SAM knows every managed policy by its name.
const SERVICE_ROLES: &[&str] = &[
    "AWSAppSyncPushToCloudWatchLogs",
    "AWSCodeDeployRoleForLambda",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AmazonAPIGatewayPushToCloudWatchLogs",
    "AmazonECSTaskExecutionRolePolicy",
];

/// What a role gets.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// ARNs of managed policies.
    pub(super) managed: Vec<Node>,
    seen: HashSet<String>,
    /// Policies written into the role.
    pub(super) inline: Vec<Node>,
}

/// What kind of thing an entry of `Policies` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Managed,
    Statements,
    Template,
    Unknown,
}

impl Grants {
    /// Adds a managed policy of AWS, unless it is there.
    pub(super) fn add_aws(&mut self, place: Place, name: &str) {
        let arn = place.text(format!("arn:aws:iam::aws:policy/{name}"));
        self.add_managed(arn);
    }

    /// Adds a managed policy, unless it is there.
    pub(super) fn add_managed(&mut self, arn: Node) {
        if self.seen.insert(json(&arn)) {
            self.managed.push(arn);
        }
    }

    /// One policy in the role.
    pub(super) fn only(policy: Node) -> Self {
        Self {
            inline: vec![policy],
            ..Self::default()
        }
    }

    /// Adds what `Policies` says.
    pub(super) fn add(&mut self, lowering: &mut Lowering<'_>, role: &str, policies: &Node) {
        let one = [policies.clone()];
        let list = policies.as_list().unwrap_or(&one);
        for (nth, policy) in list.iter().enumerate().filter(|_| truthy(policies)) {
            let name: Str = format!("{role}Policy{nth}").into();
            match kind(policy) {
                Kind::Managed => self.add_managed(managed(policy)),
                Kind::Statements | Kind::Template => {
                    self.inline.push(inline(&name, policy));
                }
                Kind::Unknown => {
                    let message =
                        "a policy is neither a name, nor statements, nor a template of SAM"
                            .to_owned();
                    lowering.unreadable(policy.span, message);
                    let unknown = Place(policy.span).unknown("a policy that cannot be read");
                    self.inline.push(named(&name, unknown));
                }
            }
        }
    }
}

fn kind(policy: &Node) -> Kind {
    if policy.as_text().is_some() {
        return Kind::Managed;
    }
    if let Some((_, then, otherwise)) = if_arguments(policy) {
        let arm = if is_no_value(then) { otherwise } else { then };
        return kind(arm);
    }
    if is_intrinsic(policy) {
        return Kind::Managed;
    }
    if policy.get("Statement").is_some() {
        return Kind::Statements;
    }
    let template = policy.single().is_some_and(|entry| is_template(&entry.key));
    if template {
        Kind::Template
    } else {
        Kind::Unknown
    }
}

fn is_template(name: &str) -> bool {
    name == "LambdaInvokePolicy" || actions(name).is_some()
}

/// The ARN of a managed policy; both arms of a condition.
fn managed(policy: &Node) -> Node {
    if let Some((condition, then, otherwise)) = if_arguments(policy) {
        let place = Place(policy.span);
        let arms = [condition.clone(), managed(then), managed(otherwise)];
        return place.one("Fn::If", place.list(arms));
    }
    let Some(name) = policy.as_text().filter(|name| !name.starts_with("arn:")) else {
        return policy.clone();
    };
    let folder = if SERVICE_ROLES.contains(&name.as_str()) {
        "service-role/"
    } else {
        ""
    };
    Node {
        via: policy.via.clone(),
        ..Node::text(
            policy.span,
            format!("arn:aws:iam::aws:policy/{folder}{name}"),
        )
    }
}

/// A policy in the role; both arms of a condition.
fn inline(name: &Str, policy: &Node) -> Node {
    if is_no_value(policy) {
        return policy.clone();
    }
    if let Some((condition, then, otherwise)) = if_arguments(policy) {
        let place = Place(policy.span);
        let then = inline(name, then);
        let otherwise = inline(name, otherwise);
        return place.one("Fn::If", place.list([condition.clone(), then, otherwise]));
    }
    match policy.single().filter(|entry| is_template(&entry.key)) {
        Some(template) => named(name, from_template(template)),
        None => named(name, policy.clone()),
    }
}

/// A named policy of a role.
pub(super) fn named(name: &str, document: Node) -> Node {
    let place = Place(document.span);
    place.map([
        ("PolicyName", place.text(name)),
        ("PolicyDocument", document),
    ])
}

/// The statements of a policy template.
fn from_template(template: &Entry) -> Node {
    let place = Place(template.span);
    if template.key == "LambdaInvokePolicy" {
        let function = template.value.get("FunctionName").cloned();
        let function = function.unwrap_or_else(|| place.unknown("`FunctionName` is missing"));
        let arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${functionName}*";
        let resource = place.sub_with(arn, [("functionName", function)]);
        let actions = place.texts(&["lambda:InvokeFunction"]);
        return place.one("Statement", place.list([allow(place, actions, resource)]));
    }
    let actions = actions(&template.key).unwrap_or_default();
    let actions = actions.into_iter().map(|action| place.text(action));
    let resource = place.unknown(format!(
        "the resources of policy template `{}`",
        template.key
    ));
    let statement = allow(place, place.list(actions), resource);
    place.one("Statement", place.list([statement]))
}

/// A statement that allows actions.
pub(super) fn allow(place: Place, actions: Node, resource: Node) -> Node {
    place.map([
        ("Effect", place.text("Allow")),
        ("Action", actions),
        ("Resource", resource),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, Span};

    fn place() -> Place {
        Place(Span::top(SourceId(0)))
    }

    #[test]
    fn a_name_becomes_the_arn_that_it_has() {
        let arn = |name: &str| managed(&place().text(name)).as_text().unwrap().to_string();
        assert_eq!(
            arn("AWSLambdaRole"),
            "arn:aws:iam::aws:policy/service-role/AWSLambdaRole"
        );
        assert_eq!(
            arn("AWSLambda_FullAccess"),
            "arn:aws:iam::aws:policy/AWSLambda_FullAccess"
        );
        assert_eq!(arn("arn:aws:iam::1:policy/x"), "arn:aws:iam::1:policy/x");
    }

    #[test]
    fn templates_give_their_actions() {
        let function = place().one("FunctionName", place().reference("Fn"));
        let entry =
            |name: &str, value: &Node| place().one(name, value.clone()).entries()[0].clone();
        let invoke = from_template(&entry("LambdaInvokePolicy", &function));
        let action = invoke.get("Statement").unwrap().items()[0]
            .get("Action")
            .unwrap()
            .items()[0]
            .clone();
        assert_eq!(action.as_text().unwrap(), "lambda:InvokeFunction");
        let read = from_template(&entry("DynamoDBReadPolicy", &place().map([])));
        let actions = read.get("Statement").unwrap().items()[0]
            .get("Action")
            .unwrap()
            .items()
            .len();
        assert_eq!(actions, 5);
    }
}

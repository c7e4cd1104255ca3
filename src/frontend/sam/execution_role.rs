//! The role of a function: SAM makes one unless the author names one.

use super::made::{Made, passed};
use super::place::{Place, is, present};
use super::policies::{Grants, named};
use super::role::{allowing, role, role_trusting};
use super::truthy::{if_arguments, is_no_value, true_at};
use super::{Declared, Lowering};
use crate::document::{Entry, Node};
use crate::source::Str;

/// Event sources that the role must be able to read, and the policy for it.
const SOURCES: &[(&str, &str)] = &[
    ("Kinesis", "service-role/AWSLambdaKinesisExecutionRole"),
    ("DynamoDB", "service-role/AWSLambdaDynamoDBExecutionRole"),
    ("SQS", "service-role/AWSLambdaSQSQueueExecutionRole"),
    ("MSK", "service-role/AWSLambdaMSKExecutionRole"),
];

/// Destinations of asynchronous calls: their type, the policy's name, and the action that it allows.
const DESTINATIONS: &[(&str, &str, &str)] = &[
    ("SQS", "SQSPolicy", "sqs:SendMessage"),
    ("SNS", "SNSPolicy", "sns:publish"),
    ("EventBridge", "EventBridgePolicy", "events:PutEvents"),
    ("Lambda", "LambdaPolicy", "lambda:InvokeFunction"),
];

/// Lowers the role, if the function has none of its own; gives what its `Role` is.
pub(super) fn lower(lowering: &mut Lowering<'_>, it: &Declared<'_>) -> Node {
    let written = present(&it.properties, "Role");
    let place = it.place();
    let id: Str = format!("{}Role", it.id).into();
    let Some(written) = written else {
        let made = construct(lowering, it, &id);
        lowering.emit(made);
        return place.attribute(id, "Arn");
    };
    let resolved = lowering.parameters.resolve(written);
    let Some((condition, then, otherwise)) = if_arguments(&resolved) else {
        return written.clone();
    };
    let own = place.attribute(id.clone(), "Arn");
    let name = condition.as_text().cloned().unwrap_or_default();
    let (value, made) = match (is_no_value(then), is_no_value(otherwise)) {
        (true, true) => (own, construct(lowering, it, &id)),
        (true, false) => (
            place.either(&name, own, otherwise.clone()),
            construct(lowering, it, &id).conditional(name),
        ),
        (false, true) => {
            let negated = format!("NOT{name}");
            let not = place.one("Condition", place.text(name.clone()));
            lowering.conditions.push(Entry {
                span: written.span,
                key: negated.as_str().into(),
                value: place.one("Fn::Not", place.list([not])),
            });
            (
                place.either(&name, then.clone(), own),
                construct(lowering, it, &id).conditional(negated),
            )
        }
        (false, false) => return written.clone(),
    };
    lowering.emit(made);
    value
}

fn construct(lowering: &mut Lowering<'_>, it: &Declared<'_>, id: &Str) -> Made {
    let (place, properties) = (it.place(), &it.properties);
    let mut grants = Grants::default();
    let durable = true_at(properties, "DurableConfig").is_some();
    grants.add_aws(
        place,
        if durable {
            "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
        } else {
            "service-role/AWSLambdaBasicExecutionRole"
        },
    );
    if tracing(lowering, it).is_some() {
        grants.add_aws(place, "AWSXrayWriteOnlyAccess");
    }
    if true_at(properties, "VpcConfig").is_some() {
        grants.add_aws(place, "service-role/AWSLambdaVPCAccessExecutionRole");
    }
    grants.inline.extend(dead_letters(properties));
    grants.inline.extend(destinations(it));
    if let Some(policies) = present(properties, "Policies") {
        grants.add(lowering, id, policies);
    }
    for event in properties
        .get("Events")
        .map(Node::entries)
        .unwrap_or_default()
    {
        let source = SOURCES
            .iter()
            .find(|(kind, _)| is(event.value.get("Type"), kind));
        if let Some((_, policy)) = source {
            grants.add_aws(Place(event.span), policy);
        }
    }
    let role = match present(properties, "AssumeRolePolicyDocument") {
        Some(trust) => role_trusting(id.clone(), it.at, trust.clone()),
        None => role(id.clone(), it.at, "lambda.amazonaws.com"),
    };
    role.with(passed(it.resource))
        .grant(grants, it.at)
        .copy(properties, &["PermissionsBoundary"])
        .copy_as(properties, "RolePath", "Path")
}

fn dead_letters(properties: &Node) -> Option<Node> {
    let queue = true_at(properties, "DeadLetterQueue")?;
    let action = if is(queue.get("Type"), "SNS") {
        "sns:Publish"
    } else {
        "sqs:SendMessage"
    };
    let target = queue.get("TargetArn")?.clone();
    Some(named(
        "DeadLetterQueuePolicy",
        allowing(Place(queue.span), action, target),
    ))
}

/// The policies for destinations of asynchronous calls that the author names.
fn destinations(it: &Declared<'_>) -> Vec<Node> {
    let mut policies = Vec::new();
    for event in ["OnSuccess", "OnFailure"] {
        let config = it
            .properties
            .at(&["EventInvokeConfig", "DestinationConfig", event]);
        let Some(config) = config else {
            continue;
        };
        let known = DESTINATIONS
            .iter()
            .find(|(kind, ..)| is(config.get("Type"), kind));
        let (Some((_, name, action)), Some(destination)) = (known, present(config, "Destination"))
        else {
            continue;
        };
        let name = format!("{}EventInvokeConfig{event}{name}", it.id);
        policies.push(named(
            &name,
            allowing(Place(config.span), action, destination.clone()),
        ));
    }
    policies
}

/// The mode of `Tracing`, unless it is switched off.
pub(super) fn tracing(lowering: &Lowering<'_>, it: &Declared<'_>) -> Option<Node> {
    let written = true_at(&it.properties, "Tracing")?;
    let off = is(Some(&lowering.parameters.resolve(written)), "Disabled");
    (!off).then(|| written.clone())
}

//! `AWS::Serverless::Function`: the function, its role, alias and URL, and what its events make.

use std::collections::HashMap;

use super::implicit::ApiEvent;
use super::made::{Made, own, passed};
use super::place::{Place, is, present};
use super::policies::{Grants, named};
use super::rest_event::Target;
use super::role::{allowing, role, role_trusting};
use super::truthy::{if_arguments, is_no_value, true_at, truthy};
use super::{Declared, Lowering, api::ApiKind, function_url, http_event, rest_event};
use crate::document::{Entry, Node};
use crate::source::Str;

/// Properties that the function takes over as they are.
const COPIED: &[&str] = &[
    "FunctionName",
    "Handler",
    "Runtime",
    "Description",
    "MemorySize",
    "Timeout",
    "VpcConfig",
    "Environment",
    "KmsKeyArn",
    "ReservedConcurrentExecutions",
    "Layers",
    "FileSystemConfigs",
    "ImageConfig",
    "PackageType",
    "Architectures",
    "SnapStart",
    "EphemeralStorage",
    "CodeSigningConfigArn",
    "RuntimeManagementConfig",
    "LoggingConfig",
    "TenancyConfig",
    "RecursiveLoop",
    "DurableConfig",
];

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

/// Lowers a function.
pub(super) fn lower(
    lowering: &mut Lowering<'_>,
    it: &Declared<'_>,
    events: &HashMap<Str, Vec<ApiEvent>>,
) {
    let target = Target {
        id: it.id.clone(),
        alias: alias(lowering, it),
        condition: it.condition().cloned(),
        attributes: passed(it.resource),
    };
    let role = execution_role(lowering, it);
    let place = it.place();
    let mut tags = vec![place.map([
        ("Key", place.text("lambda:createdBy")),
        ("Value", place.text("SAM")),
    ])];
    if let Some(own) = it.properties.get("Tags") {
        tags.extend(place.tags(own));
    }
    let code = present(&it.properties, "InlineCode");
    let made = Made::new(it.id.clone(), "AWS::Lambda::Function", it.at)
        .with(own(it.resource))
        .copy(&it.properties, COPIED)
        .maybe("Code", code.map(|code| place.one("ZipFile", code.clone())))
        .maybe("Role", role)
        .maybe(
            "TracingConfig",
            tracing(lowering, it).map(|mode| place.one("Mode", mode)),
        )
        .set("Tags", place.list(tags));
    lowering.emit(made);
    publish(lowering, it, &target);
    function_url::lower(lowering, it, &target);
    deployments(lowering, it);
    let mut own: Vec<&ApiEvent> = events.get(it.id).into_iter().flatten().collect();
    own.sort_by(|a, b| a.path.text.cmp(&b.path.text));
    for event in own {
        match event.kind {
            ApiKind::Rest => rest_event::lower(lowering, event, &target),
            ApiKind::Http => http_event::lower(lowering, event, &target),
        }
    }
    schedules(lowering, it, &target);
}

/// The id of the alias that SAM publishes.
fn alias(lowering: &mut Lowering<'_>, it: &Declared<'_>) -> Option<Str> {
    let written = true_at(&it.properties, "AutoPublishAlias")?;
    let Some(name) = lowering.word(written) else {
        let message = format!("`AutoPublishAlias` of `{}` is not text", it.id);
        lowering.unresolved(written.span, message);
        return None;
    };
    let name = name.text.replace('-', "D").replace('_', "U");
    Some(format!("{}Alias{name}", it.id).into())
}

/// Lowers version and alias. SAM appends a hash of the code to the version's id; nothing but the alias refers to it.
fn publish(lowering: &mut Lowering<'_>, it: &Declared<'_>, target: &Target) {
    let (Some(alias), Some(name)) = (&target.alias, true_at(&it.properties, "AutoPublishAlias"))
    else {
        return;
    };
    let place = Place(name.span);
    let version = format!("{}Version", it.id);
    lowering.emit(
        Made::new(version.clone(), "AWS::Lambda::Version", name.span)
            .with(target.attributes.clone())
            .set("FunctionName", place.reference(it.id.clone())),
    );
    let resolved = lowering.parameters.resolve(name);
    lowering.emit(
        Made::new(alias.clone(), "AWS::Lambda::Alias", name.span)
            .with(target.attributes.clone())
            .set("Name", resolved)
            .set("FunctionName", place.reference(it.id.clone()))
            .set(
                "FunctionVersion",
                place.attribute(version.clone(), "Version"),
            ),
    );
    lowering.derive(it.id, "Alias", alias.clone());
    lowering.derive(it.id, "Version", version);
}

/// Lowers the role, if the function has none of its own; gives what its `Role` is.
fn execution_role(lowering: &mut Lowering<'_>, it: &Declared<'_>) -> Option<Node> {
    let written = present(&it.properties, "Role");
    let place = it.place();
    let id: Str = format!("{}Role", it.id).into();
    let Some(written) = written else {
        let made = construct(lowering, it, &id);
        lowering.emit(made);
        return Some(place.attribute(id, "Arn"));
    };
    let resolved = lowering.parameters.resolve(written);
    let Some((condition, then, otherwise)) = if_arguments(&resolved) else {
        return Some(written.clone());
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
        (false, false) => return Some(written.clone()),
    };
    lowering.emit(made);
    Some(value)
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

/// The mode of `Tracing`, unless it is switched off.
fn tracing(lowering: &Lowering<'_>, it: &Declared<'_>) -> Option<Node> {
    let written = true_at(&it.properties, "Tracing")?;
    let off = is(Some(&lowering.parameters.resolve(written)), "Disabled");
    (!off).then(|| written.clone())
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

/// Lowers the role of CodeDeploy, when the function is deployed by it.
fn deployments(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    let Some(preference) = true_at(&it.properties, "DeploymentPreference") else {
        return;
    };
    let enabled = preference
        .get("Enabled")
        .map(|enabled| lowering.parameters.resolve(enabled));
    let enabled =
        enabled.is_none_or(|it| truthy(&it) && !is(Some(&it), "false") && !is(Some(&it), "False"));
    if !enabled || true_at(preference, "Role").is_some() {
        return;
    }
    let mut grants = Grants::default();
    grants.add_aws(
        Place(preference.span),
        "service-role/AWSCodeDeployRoleForLambda",
    );
    let made = role(
        "CodeDeployServiceRole",
        preference.span,
        "codedeploy.amazonaws.com",
    );
    lowering.emit(made.grant(grants, preference.span));
}

/// Lowers the roles of schedules that call the function.
fn schedules(lowering: &mut Lowering<'_>, it: &Declared<'_>, target: &Target) {
    for event in it
        .properties
        .get("Events")
        .map(Node::entries)
        .unwrap_or_default()
    {
        if !is(event.value.get("Type"), "ScheduleV2") {
            continue;
        }
        let place = Place(event.span);
        let id = format!("{}{}", it.id, event.key);
        let document = allowing(place, "lambda:InvokeFunction", target.arn(place));
        let policy = named(&format!("{id}LambdaPolicy"), document);
        lower_schedule(lowering, (&id, event), policy, &target.attributes);
    }
}

/// Lowers the role of one schedule, unless it has one of its own.
pub(super) fn lower_schedule(
    lowering: &mut Lowering<'_>,
    event: (&str, &Entry),
    policy: Node,
    attributes: &[Entry],
) {
    let (id, event) = event;
    let empty = Place(event.span).map([]);
    let properties = event.value.get("Properties").unwrap_or(&empty);
    if true_at(properties, "RoleArn").is_some() {
        return;
    }
    let grants = Grants {
        managed: Vec::new(),
        inline: vec![policy],
    };
    let made = role(format!("{id}Role"), event.span, "scheduler.amazonaws.com")
        .with(attributes.to_vec())
        .grant(grants, event.span)
        .copy(properties, &["PermissionsBoundary"]);
    lowering.emit(made);
}

//! `AWS::Serverless::Function`: the function, its role, alias and URL, and what its events make.

use std::collections::HashMap;

use super::implicit::ApiEvent;
use super::made::{Made, own, passed};
use super::place::{Place, is, present};
use super::policies::{Grants, named};
use super::role::{allowing, role};
use super::target::Target;
use super::truthy::{true_at, truthy};
use super::{
    Declared, Lowering, api::ApiKind, execution_role, function_url, http_event, rest_event,
};
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
    let role = execution_role::lower(lowering, it);
    let place = it.place();
    let mut tags = vec![place.map([
        ("Key", place.text("lambda:createdBy")),
        ("Value", place.text("SAM")),
    ])];
    if let Some(own) = it.properties.get("Tags") {
        tags.extend(Place::tags(own));
    }
    let code = present(&it.properties, "InlineCode");
    let made = Made::new(it.id.clone(), "AWS::Lambda::Function", it.at)
        .with(own(it.resource))
        .copy(&it.properties, COPIED)
        .maybe("Code", code.map(|code| place.one("ZipFile", code.clone())))
        .set("Role", role)
        .maybe(
            "TracingConfig",
            execution_role::tracing(lowering, it).map(|mode| place.one("Mode", mode)),
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
    let grants = Grants::only(policy);
    let made = role(format!("{id}Role"), event.span, "scheduler.amazonaws.com")
        .with(attributes.to_vec())
        .grant(grants, event.span)
        .copy(properties, &["PermissionsBoundary"]);
    lowering.emit(made);
}

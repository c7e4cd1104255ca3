//! `AWS::Serverless::StateMachine`: the state machine, its role, and what its events make.

use std::collections::HashMap;

use super::api::{Api, ApiKind};
use super::body::{self, INTEGRATION};
use super::draft::Draft;
use super::event::{self, Site};
use super::function::lower_schedule;
use super::implicit::ApiEvent;
use super::made::{Made, own, passed};
use super::place::{Place, is_true, present};
use super::policies::{Grants, named};
use super::policy::Document;
use super::rest_event::with_document;
use super::role::{allowing, role};
use super::truthy::true_at;
use super::{Declared, Lowering};
use crate::document::Node;
use crate::source::{Span, Str};

/// Events whose service takes on a role to start the state machine.
const STARTED_BY_RULE: &[&str] = &["Schedule", "CloudWatchEvent", "EventBridgeRule"];

/// What an event of type `Api` calls.
struct Call<'c> {
    event: &'c ApiEvent,
    /// The state machine, or its alias.
    machine: &'c Str,
    condition: Option<&'c Str>,
    role: &'c str,
}

/// Lowers a state machine.
pub(super) fn lower(
    lowering: &mut Lowering<'_>,
    it: &Declared<'_>,
    events: &HashMap<Str, Vec<ApiEvent>>,
) {
    let place = it.place();
    let written = true_at(&it.properties, "Role").cloned();
    let arn = match written {
        Some(written) => written,
        None => execution_role(lowering, it),
    };
    let made = Made::new(it.id.clone(), "AWS::StepFunctions::StateMachine", it.at)
        .with(own(it.resource))
        .set("RoleArn", arn)
        .copy(&it.properties, &["Definition", "DefinitionSubstitutions"])
        .copy_as(&it.properties, "Name", "StateMachineName")
        .copy_as(&it.properties, "Type", "StateMachineType")
        .copy_as(&it.properties, "Logging", "LoggingConfiguration")
        .copy_as(&it.properties, "Tracing", "TracingConfiguration");
    lowering.emit(made);
    let target = publish(lowering, it);
    for api_event in events.get(it.id).into_iter().flatten() {
        if api_event.kind == ApiKind::Rest {
            connect(lowering, it, &target, api_event);
        }
    }
    for event in it
        .properties
        .get("Events")
        .map(Node::entries)
        .unwrap_or_default()
    {
        let id = format!("{}{}", it.id, event.key);
        let kind = event.value.get("Type").and_then(Node::as_text);
        let arn = place.reference(target.clone());
        match kind.map(Str::as_str) {
            Some("ScheduleV2") => {
                let document = allowing(Place(event.span), "states:StartExecution", arn);
                let policy = named(&format!("{id}StartExecutionPolicy"), document);
                lower_schedule(lowering, (&id, event), policy, &passed(it.resource));
            }
            Some(kind) if STARTED_BY_RULE.contains(&kind) => {
                let own = event
                    .value
                    .at(&["Properties", "RoleArn"])
                    .filter(|it| !it.is_null());
                if kind != "Schedule" || own.is_none() {
                    let by = ("events.amazonaws.com", event.span);
                    starting_role(lowering, it, (&id, &target), by);
                }
            }
            _ => {}
        }
    }
}

/// Lowers version and alias, when SAM publishes one; gives what events start.
fn publish(lowering: &mut Lowering<'_>, it: &Declared<'_>) -> Str {
    let Some(name) = true_at(&it.properties, "AutoPublishAlias") else {
        return it.id.clone();
    };
    let place = Place(name.span);
    let alias: Str = format!("{}Alias{}", it.id, name.scalar().unwrap_or_default()).into();
    let version = format!("{}Version", it.id);
    let preference = place.map([
        ("Type", place.text("ALL_AT_ONCE")),
        ("StateMachineVersionArn", place.reference(version.as_str())),
    ]);
    lowering.emit(
        Made::new(version, "AWS::StepFunctions::StateMachineVersion", place.0)
            .with(passed(it.resource))
            .set("StateMachineArn", place.reference(it.id.clone())),
    );
    lowering.emit(
        Made::new(
            alias.clone(),
            "AWS::StepFunctions::StateMachineAlias",
            place.0,
        )
        .with(passed(it.resource))
        .set("Name", name.clone())
        .set("DeploymentPreference", preference),
    );
    if is_true(it.properties.get("UseAliasAsEventTarget")) {
        return alias;
    }
    it.id.clone()
}

fn execution_role(lowering: &mut Lowering<'_>, it: &Declared<'_>) -> Node {
    let id: Str = format!("{}Role", it.id).into();
    let mut grants = Grants::default();
    if let Some(policies) = true_at(&it.properties, "Policies") {
        grants.add(lowering, &id, policies);
    }
    if is_true(it.properties.at(&["Tracing", "Enabled"])) {
        grants.add_aws(it.place(), "AWSXrayWriteOnlyAccess");
    }
    let made = role(id.clone(), it.at, "states.amazonaws.com")
        .with(passed(it.resource))
        .grant(grants, it.at)
        .copy(&it.properties, &["PermissionsBoundary"])
        .copy_as(&it.properties, "RolePath", "Path");
    lowering.emit(made);
    it.place().attribute(id, "Arn")
}

/// Lowers the role that a service takes on to start the state machine; gives its id.
fn starting_role(
    lowering: &mut Lowering<'_>,
    it: &Declared<'_>,
    (event, target): (&str, &Str),
    (service, at): (&str, Span),
) -> String {
    let id = format!("{event}Role");
    let place = Place(at);
    let document = allowing(
        place,
        "states:StartExecution",
        place.reference(target.clone()),
    );
    let grants = Grants::only(named(&format!("{id}StartExecutionPolicy"), document));
    let made = role(id.clone(), at, service)
        .with(passed(it.resource))
        .grant(grants, at)
        .copy(&it.properties, &["PermissionsBoundary"]);
    lowering.emit(made);
    id
}

/// Lowers an event of type `Api`.
fn connect(lowering: &mut Lowering<'_>, it: &Declared<'_>, target: &Str, event: &ApiEvent) {
    let id = format!("{}{}", it.id, event.id);
    let role = starting_role(
        lowering,
        it,
        (&id, target),
        ("apigateway.amazonaws.com", event.at),
    );
    let Some(mut api) = lowering.apis.take(&event.api) else {
        return;
    };
    let call = Call {
        event,
        machine: target,
        condition: it.condition(),
        role: &role,
    };
    if api.managed {
        with_document(&mut api, &mut |api, document| {
            integrate(lowering, api, document, &call);
        });
    }
    lowering.apis.put(api);
}

fn integrate(lowering: &mut Lowering<'_>, api: &Api, document: &mut Document, call: &Call<'_>) {
    let event = call.event;
    let (path, method) = (&event.path, &event.method);
    if !body::is_swagger(&document.draft) {
        let message = format!(
            "the document of `{}` is not one that SAM can add event `{}` to",
            api.id, event.id
        );
        lowering.unreadable(event.at, message);
        return;
    }
    if body::has_integration(&mut document.draft, &path.text, &method.text) {
        let message = format!(
            "event `{}` adds `{} {}` a second time; SAM refuses the template",
            event.id, method.text, path.text
        );
        lowering.notice(event.at, message);
        return;
    }
    body::add_path(&mut document.draft, path, method);
    let place = Place(event.at);
    let integration = integration(call);
    body::each_raw(&mut document.draft, &path.text, &method.text, &mut |raw| {
        if !raw.is_map() {
            *raw = Draft::empty(event.at);
        }
        if let Some(definition) = raw.fields() {
            definition.set(INTEGRATION, event.at, integration.clone());
            definition.or_insert("responses", event.at, || {
                let described = |text: &str| place.one("description", place.text(text));
                place
                    .map([("200", described("OK")), ("400", described("Bad Request"))])
                    .into()
            });
        }
        if let Some(condition) = call.condition {
            raw.make_conditional(condition);
        }
    });
    let stage = present(&event.properties, "Stage").cloned();
    let site = Site {
        event,
        api_auth: api.properties.get("Auth"),
        stage: stage.unwrap_or_else(|| Node::null(event.at)),
    };
    event::apply(lowering, &site, document);
}

fn integration(call: &Call<'_>) -> Node {
    let place = Place(call.event.at);
    let uri =
        place.sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution");
    let uri = match call.condition {
        Some(condition) => place.when(condition, uri),
        None => uri,
    };
    let machine = call.machine;
    let template = if is_true(call.event.properties.get("UnescapeMappingTemplate")) {
        format!(
            "{{\"input\": \"$util.escapeJavaScript($input.json('$')).replaceAll(\"\\\\'\",\"'\")\", \"stateMachineArn\": \"${{{machine}}}\"}}"
        )
    } else {
        format!(
            "{{\"input\": \"$util.escapeJavaScript($input.json('$'))\", \"stateMachineArn\": \"${{{machine}}}\"}}"
        )
    };
    let answer = |code: &str| place.one("statusCode", place.text(code));
    place.map([
        ("type", place.text("aws")),
        ("httpMethod", place.text("POST")),
        ("uri", uri),
        (
            "responses",
            place.map([("200", answer("200")), ("400", answer("400"))]),
        ),
        ("credentials", place.attribute(call.role, "Arn")),
        (
            "requestTemplates",
            place.one("application/json", place.sub(template)),
        ),
    ])
}

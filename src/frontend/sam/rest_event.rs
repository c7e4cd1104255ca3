//! An event of type `Api`: a method of a REST API that calls a function.
//!
//! Adds to documents that SAM manages, or that are to be merged with; any other document must hold the method itself,
//! and the event only permits the call.

use super::Lowering;
use super::api::Api;
use super::body::{self, INTEGRATION, arn_path};
use super::draft::Draft;
use super::event::{self, Site};
use super::implicit::ApiEvent;
use super::logical_id::{hashed, is_alphanumeric};
use super::place::{Place, is};
use super::policy::{Document, Statements};
use super::remarks;
use super::request;
use super::rest::permission;
use super::target::Target;
use super::truthy::{true_at, truthy};
use crate::document::Node;
use crate::source::Str;

/// Lowers an event of a function.
pub(super) fn lower(lowering: &mut Lowering<'_>, event: &ApiEvent, target: &Target) {
    let stage = stage_name(lowering.apis.get(&event.api));
    permit(lowering, event, target, &stage);
    let Some(mut api) = lowering.apis.take(&event.api) else {
        return;
    };
    let merged = api.properties.get("MergeDefinitions").is_some_and(truthy);
    let stage = Place(event.at).text(stage);
    if api.managed && !merged {
        with_document(&mut api, &mut |api, document| {
            integrate(lowering, api, document, (event, target, &stage));
        });
    } else if merged {
        merge(lowering, &mut api, (event, target, &stage));
    } else {
        note_missing(lowering, &mut api, event);
    }
    let auth = event.properties.get("Auth");
    let overrides = auth.filter(|auth| true_at(auth, "OverrideApiAuth").is_some());
    if let Some(auth) = overrides.filter(|_| api.body.is_some()) {
        remarks::note_override(lowering, event, auth);
        with_document(&mut api, &mut |api, document| {
            remarks::note_undefined(lowering, event, auth, &mut document.draft);
            event::apply(lowering, &site(api, event, &stage), document);
        });
    }
    lowering.apis.put(api);
}

/// Says when a document of the author's does not hold the path that an event is for.
fn note_missing(lowering: &mut Lowering<'_>, api: &mut Api, event: &ApiEvent) {
    let readable = api.body.as_ref().is_some_and(body::is_swagger);
    let paths = api.body.as_mut().and_then(|body| body.under("paths"));
    let path = event.path.text.trim_end_matches('/');
    let known = |path: &str| {
        paths.is_none_or(|paths| {
            paths.get(path).is_some() || paths.get(&format!("{path}/")).is_some()
        })
    };
    if readable && !known(path) {
        let message = format!(
            "event `{}` adds nothing: the document of `{}` is the author's own, and has no `{}`",
            event.id, api.id, event.path.text
        );
        lowering.notice(event.at, message);
    }
}

/// The end of the permission's id, and the stage that an event's resource policy names.
fn stage_name(api: Option<&Api>) -> Str {
    let name = api.and_then(|api| api.properties.get("StageName"));
    let name = name.and_then(Node::as_text).filter(|name| !name.is_empty());
    name.cloned().unwrap_or_else(|| "Stage".into())
}

fn site<'e>(api: &'e Api, event: &'e ApiEvent, stage: &Node) -> Site<'e> {
    Site {
        event,
        api_auth: api.properties.get("Auth"),
        stage: stage.clone(),
    }
}

/// Works on an API's document while the API can be read.
pub(super) fn with_document(api: &mut Api, work: &mut dyn FnMut(&Api, &mut Document)) {
    let Some(draft) = api.body.take() else {
        return;
    };
    let mut document = Document {
        draft,
        statements: std::mem::take(&mut api.statements),
    };
    work(api, &mut document);
    api.body = Some(document.draft);
    api.statements = document.statements;
}

fn permit(lowering: &mut Lowering<'_>, event: &ApiEvent, target: &Target, stage: &str) {
    let place = Place(event.at);
    let text = event.path.text.as_str();
    let path = match text.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => bare,
        _ => text,
    };
    let upper = event.method.text.to_uppercase();
    let method = if upper == "ANY" { "*" } else { upper.as_str() };
    let arn = format!(
        "arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}/{method}{}",
        arn_path(path)
    );
    let source = place.sub_with(
        arn,
        [
            ("__ApiId__", event.reference.clone()),
            ("__Stage__", place.text("*")),
        ],
    );
    let prefix = format!("{}{}Permission", target.id, event.id);
    let id = if is_alphanumeric(stage) {
        format!("{prefix}{stage}")
    } else {
        hashed(&prefix, stage)
    };
    let made = permission(id, place, target.name(place), Some(source));
    lowering.emit(made.with(target.attributes.clone()));
}

/// Adds the event's method to a document.
fn integrate(
    lowering: &mut Lowering<'_>,
    api: &Api,
    document: &mut Document,
    with: (&ApiEvent, &Target, &Node),
) {
    let (event, target, stage) = with;
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
    if !body::add_path(&mut document.draft, path, method) {
        let message = format!(
            "`{}` in the document of `{}` is not a mapping",
            path.text, api.id
        );
        lowering.unreadable(event.at, message);
        return;
    }
    let integration = integration(api, event, target);
    body::each_raw(&mut document.draft, &path.text, &method.text, &mut |raw| {
        fill(raw, event, &integration);
        if let Some(condition) = &target.condition {
            raw.make_conditional(condition);
        }
    });
    event::apply(lowering, &site(api, event, stage), document);
    request::apply(document, event);
}

fn fill(raw: &mut Draft, event: &ApiEvent, integration: &Node) {
    if !raw.is_map() {
        *raw = Draft::empty(event.at);
    }
    if let Some(definition) = raw.fields() {
        definition.set(INTEGRATION, event.at, integration.clone());
        definition.or_insert("responses", event.at, || Draft::empty(event.at));
    }
}

fn integration(api: &Api, event: &ApiEvent, target: &Target) -> Node {
    let place = Place(event.at);
    let streamed = is(
        event.properties.get("ResponseTransferMode"),
        "RESPONSE_STREAM",
    );
    let mut integration = place.map([
        ("type", place.text("aws_proxy")),
        ("httpMethod", place.text("POST")),
        ("uri", target.uri(place, "aws", streamed)),
    ]);
    if streamed {
        integration = integration.with("responseTransferMode", place.text("STREAM"));
    }
    if let Some(credentials) = credentials(api, event) {
        integration = integration.with("credentials", credentials);
    }
    integration
}

/// Whose rights a method that asks for signed requests is called with: the caller's, unless a role is named.
fn credentials(api: &Api, event: &ApiEvent) -> Option<Node> {
    let auth = true_at(&event.properties, "Auth");
    let api_auth = api.properties.get("Auth");
    let default = is(
        api_auth.and_then(|it| it.get("DefaultAuthorizer")),
        "AWS_IAM",
    );
    let signed = is(auth.and_then(|it| it.get("Authorizer")), "AWS_IAM");
    if !signed && (!default || auth.is_some()) {
        return None;
    }
    let place = Place(event.at);
    let role = |auth: Option<&Node>| {
        let written = auth?.get("InvokeRole")?;
        Some(if truthy(written) {
            written.clone()
        } else {
            place.text("NONE")
        })
    };
    let role = role(auth).or_else(|| role(api_auth));
    match role {
        Some(role) if is(Some(&role), "NONE") => None,
        Some(role) if !is(Some(&role), "CALLER_CREDENTIALS") => Some(role),
        _ => Some(place.text("arn:aws:iam::*:user/*")),
    }
}

/// Merges the event's method into a document of the author's: what SAM generates wins, key by key.
fn merge(lowering: &mut Lowering<'_>, api: &mut Api, with: (&ApiEvent, &Target, &Node)) {
    let (event, target, stage) = with;
    let mut generated = Document {
        draft: body::swagger_skeleton(event.at),
        statements: Statements::default(),
    };
    integrate(lowering, api, &mut generated, (event, target, stage));
    let method = event.method.method();
    let item = generated
        .draft
        .read("paths")
        .and_then(|paths| paths.get(&event.path.text).cloned());
    let Some(made) = item.and_then(|item| item.get(&method.text).cloned()) else {
        return;
    };
    let paths = api.body.as_mut().and_then(|body| body.under("paths"));
    if paths.is_none_or(|paths| paths.is_empty()) {
        let message = format!(
            "the document of `{}` has no paths yet: SAM merges event `{}` into nothing, and it is not deployed",
            api.id, event.id
        );
        lowering.notice(event.at, message);
        return;
    }
    // SAM keeps the method as the event writes it, in lower case: `any` stays `any`.
    let key = event.method.text.to_lowercase();
    let paths = api.body.as_mut().and_then(|body| body.under("paths"));
    let item = paths.and_then(|paths| {
        paths.or_insert(event.path.text.clone(), event.path.at, || {
            Draft::empty(event.path.at)
        })
    });
    let Some(item) = item.and_then(Draft::fields) else {
        let message = format!(
            "event `{}` cannot be merged: the document has no mapping for `{}`",
            event.id, event.path.text
        );
        lowering.unreadable(event.at, message);
        return;
    };
    let slot = item.or_insert(key, method.at, || Draft::empty(event.at));
    if let Some(slot) = slot {
        if !slot.is_map() {
            *slot = Draft::empty(event.at);
        }
        if let Some(slot) = slot.fields() {
            for entry in made.entries() {
                slot.set(entry.key.clone(), entry.span, entry.value.clone());
            }
        }
    }
}

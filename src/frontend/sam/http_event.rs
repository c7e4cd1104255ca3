//! An event of type `HttpApi`: a route of an HTTP API that calls a function.

use std::collections::HashSet;

use super::Lowering;
use super::api::Api;
use super::body::{self, ANY, INTEGRATION, arn_path};
use super::draft::{Draft, Fields};
use super::event::overriding;
use super::globals::{inherit, inherit_true};
use super::implicit::ApiEvent;
use super::place::{Place, is_true};
use super::remarks;
use super::rest::permission;
use super::target::Target;
use super::truthy::{true_at, truthy};
use crate::document::Node;
use crate::source::Str;
use crate::trail::{How, Step};

/// The path of the catch-all route.
const DEFAULT: &str = "$default";

/// Lowers an event of a function.
pub(super) fn lower(lowering: &mut Lowering<'_>, event: &ApiEvent, target: &Target) {
    let Some(mut api) = lowering.apis.take(&event.api) else {
        permit(lowering, event, target);
        return;
    };
    let covered = event.path.text != DEFAULT
        && api
            .body
            .as_mut()
            .is_some_and(|body| serves_default(body, &target.id));
    if !covered {
        permit(lowering, event, target);
    }
    if let Some(mut draft) = api.body.take() {
        integrate(lowering, &api, &mut draft, (event, target));
        api.body = Some(draft);
    }
    lowering.apis.put(api);
}

/// Whether the catch-all route already calls this function: its permission covers every route.
fn serves_default(document: &mut Draft, function: &str) -> bool {
    if !body::is_openapi(document) || !body::has_integration(document, DEFAULT, ANY) {
        return false;
    }
    let mut serves = true;
    body::each_definition(document, DEFAULT, ANY, &mut |definition| {
        let uri = definition
            .read(INTEGRATION)
            .and_then(|it| it.get("uri").cloned());
        let mut uri = Draft::from(uri.unwrap_or_else(|| Node::null(definition.span())));
        let calls = uri.is_map()
            && uri.contents().into_iter().all(|uri| {
                let text = uri.read("Fn::Sub").and_then(|it| it.as_text().cloned());
                text.is_some_and(|text| text.contains(&format!("${{{function}.Arn}}")))
            });
        serves &= calls;
    });
    serves
}

fn permit(lowering: &mut Lowering<'_>, event: &ApiEvent, target: &Target) {
    let place = Place(event.at);
    let text = event.path.text.as_str();
    let path = match text.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => bare,
        _ => text,
    };
    let path = if path == DEFAULT {
        String::new()
    } else {
        arn_path(path)
    };
    let lower = event.method.text.to_lowercase();
    let method = if lower == "any" || lower == ANY {
        "*".to_owned()
    } else {
        lower.to_uppercase()
    };
    let rest = if lower == "any" && path == "/$default" {
        path
    } else {
        format!("/{method}{path}")
    };
    let arn = format!(
        "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}{rest}"
    );
    let source = place.sub_with(
        arn,
        [
            ("__ApiId__", event.reference.clone()),
            ("__Stage__", place.text("*")),
        ],
    );
    let id = format!("{}{}Permission", target.id, event.id);
    let made = permission(id, place, target.name(place), Some(source));
    lowering.emit(made.with(target.attributes.clone()));
}

/// Adds the event's route to the API's document.
fn integrate(
    lowering: &mut Lowering<'_>,
    api: &Api,
    document: &mut Draft,
    with: (&ApiEvent, &Target),
) {
    let (event, target) = with;
    let (path, method) = (&event.path, &event.method);
    if !body::is_openapi(document) {
        let message = format!(
            "the document of `{}` is not one that SAM can add event `{}` to",
            api.id, event.id
        );
        lowering.unreadable(event.at, message);
        return;
    }
    let known = body::has_integration(document, &path.text, &method.text);
    if known && api.managed {
        let message = format!(
            "event `{}` adds `{} {}` a second time; SAM refuses the template",
            event.id, method.text, path.text
        );
        lowering.notice(event.at, message);
        return;
    }
    if !known {
        body::add_path(document, path, method);
        let uri = target.uri(Place(event.at), "${AWS::Partition}", false);
        body::each_raw(document, &path.text, &method.text, &mut |raw| {
            fill(raw, event, &uri);
            if let Some(condition) = &target.condition {
                raw.make_conditional(condition);
            }
        });
    }
    authorize(lowering, api, document, event);
    body::each_definition(document, &path.text, &method.text, &mut |definition| {
        settle(definition, event);
    });
}

fn fill(raw: &mut Draft, event: &ApiEvent, uri: &Node) {
    let place = Place(event.at);
    if !raw.is_map() {
        *raw = Draft::empty(event.at);
    }
    let Some(definition) = raw.fields() else {
        return;
    };
    let integration = place.map([
        ("type", place.text("aws_proxy")),
        ("httpMethod", place.text("POST")),
        ("payloadFormatVersion", place.text("2.0")),
        ("uri", uri.clone()),
    ]);
    definition.set(INTEGRATION, event.at, integration);
    if event.path.text == DEFAULT && event.method.method().text == ANY {
        definition.set("isDefaultRoute", event.at, place.flag(true));
    }
    definition.or_insert("responses", event.at, || Draft::empty(event.at));
}

/// Timeout, path parameters and payload version of the route.
fn settle(definition: &mut Fields, event: &ApiEvent) {
    if let Some(integration) = definition.get_mut(INTEGRATION).and_then(Draft::fields) {
        for (property, key) in [
            ("TimeoutInMillis", "timeoutInMillis"),
            ("PayloadFormatVersion", "payloadFormatVersion"),
        ] {
            if let Some(value) = true_at(&event.properties, property) {
                integration.set(key, value.span, value.clone());
            }
        }
    }
    let place = Place(event.path.at);
    let mut missing: Vec<&str> = Vec::new();
    let mut names: HashSet<&str> = HashSet::new();
    for name in parameters(&event.path.text) {
        if names.insert(name) {
            missing.push(name);
        }
    }
    let items = definition.get_mut("parameters").and_then(Draft::items);
    for item in items.into_iter().flatten().filter_map(Draft::fields) {
        let name = item.read("name").and_then(|it| it.as_text().cloned());
        if name.is_some_and(|name| names.remove(name.as_str())) {
            item.set("in", place.0, place.text("path"));
            item.set("required", place.0, place.flag(true));
        }
    }
    for name in missing.into_iter().filter(|name| names.contains(name)) {
        let parameter = place.map([
            ("name", place.text(name)),
            ("in", place.text("path")),
            ("required", place.flag(true)),
        ]);
        body::append(definition, "parameters", parameter);
    }
}

/// The names in braces of a path.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|part| Some(part.split_once('}')?.0))
}

/// Applies the event's `Auth` to its route.
fn authorize(lowering: &mut Lowering<'_>, api: &Api, document: &mut Draft, event: &ApiEvent) {
    let Some(auth) = true_at(&event.properties, "Auth") else {
        return;
    };
    if !remarks::note_ignored(lowering, event, auth) {
        remarks::note_shapes(lowering, event, auth);
    }
    let api_auth = inherit(&api.properties, "Auth");
    let default = api_auth
        .as_ref()
        .and_then(|it| inherit_true(it, "DefaultAuthorizer"));
    let own = true_at(auth, "Authorizer");
    let Some(written) = own.or(default.as_ref()) else {
        let message = format!(
            "`Auth` of event `{}` names no authorizer, and the API has no default; SAM refuses the template",
            event.id
        );
        lowering.notice(auth.span, message);
        return;
    };
    let requirement = match requirement(lowering, api_auth.as_ref(), auth, written) {
        Ok(requirement) => requirement,
        Err(reason) => {
            let reason = format!("{reason} for event `{}`", event.id);
            lowering.unresolved(written.span, reason.clone());
            let unknown = Place(written.span).unknown(reason);
            set_security(document, event, &mut |_| Some(unknown.clone()));
            return;
        }
    };
    remarks::note_none(lowering, event, default.as_ref(), &requirement);
    let step = match own {
        Some(_) => overriding(default.as_ref(), "DefaultAuthorizer"),
        None => Some(Step::new(
            How::Inherited("DefaultAuthorizer".into()),
            event.at,
        )),
    };
    let requirement = match step {
        Some(step) => requirement.via(step),
        None => requirement,
    };
    set_security(document, event, &mut |existing| {
        if existing.is_some_and(|it| it.as_list().is_none()) {
            return None;
        }
        let mut items = existing.map(Node::items).unwrap_or_default().to_vec();
        items.push(requirement.clone());
        Some(Node::list(requirement.span, items).along(requirement.via.as_ref()))
    });
}

/// Sets what the event's route asks for, given what it asks for so far.
fn set_security(
    document: &mut Draft,
    event: &ApiEvent,
    security: &mut dyn FnMut(Option<&Node>) -> Option<Node>,
) {
    let (path, method) = (&event.path.text, &event.method.text);
    body::each_definition(document, path, method, &mut |definition| {
        let existing = definition.read("security");
        if let Some(security) = security(existing.as_ref()) {
            definition.set("security", security.span, security);
        }
    });
}

/// The entry of `security` for an event's authorizer, or why there is none.
fn requirement(
    lowering: &Lowering<'_>,
    api_auth: Option<&Node>,
    auth: &Node,
    written: &Node,
) -> Result<Node, String> {
    let Some(name) = lowering.word(written).map(|word| word.text) else {
        return Err("the authorizer cannot be known".to_owned());
    };
    let place = Place(written.span);
    let entry = |name: Str, scopes: Option<Node>| {
        let scopes = scopes.unwrap_or_else(|| place.list([]));
        place.one(name, scopes).along(written.via.as_ref())
    };
    let iam = is_true(api_auth.and_then(|it| it.get("EnableIamAuthorizer")));
    if name == "NONE" || (name == "AWS_IAM" && iam) {
        return Ok(entry(name, None));
    }
    let authorizer = api_auth.and_then(|it| it.at(&["Authorizers", &name]));
    let Some(authorizer) = authorizer.filter(|it| truthy(it)) else {
        return Err(format!(
            "authorizer `{name}` is not defined in the API's `Authorizers`"
        ));
    };
    let scopes =
        true_at(auth, "AuthorizationScopes").or_else(|| true_at(authorizer, "AuthorizationScopes"));
    let scopes = if name == "AWS_IAM" {
        None
    } else {
        scopes.cloned()
    };
    Ok(entry(name, scopes))
}

//! What SAM refuses or ignores of an event, which is said beside the endpoint that it would have been.

use super::Lowering;
use super::body;
use super::draft::Draft;
use super::implicit::ApiEvent;
use super::truthy::{is_intrinsic, true_at};
use crate::document::Node;

/// Says when a function stands where SAM takes a text only as it is written, not even from a parameter.
pub(super) fn note_function(lowering: &mut Lowering<'_>, event: &str, (key, node): (&str, &Node)) {
    if is_intrinsic(node) {
        let message = format!(
            "`{key}` of event `{event}` is a function, where only a text as it is written will do; SAM refuses the template"
        );
        lowering.notice(node.span, message);
    }
}

/// Whether `Auth` is a function, which SAM neither resolves nor refuses: it finds none of its keys there, and says nothing.
pub(super) fn note_ignored(lowering: &mut Lowering<'_>, event: &ApiEvent, auth: &Node) -> bool {
    let is_ignored = is_intrinsic(auth);
    if is_ignored {
        let message = format!(
            "SAM ignores `Auth` of event `{}`, because it is a function: what the API says holds",
            event.id
        );
        lowering.notice(auth.span, message);
    }
    is_ignored
}

/// Says when a key of an event's `Auth` holds what SAM does not take there.
pub(super) fn note_shapes(lowering: &mut Lowering<'_>, event: &ApiEvent, auth: &Node) {
    if let Some(authorizer) = true_at(auth, "Authorizer") {
        note_function(lowering, &event.id, ("Authorizer", authorizer));
    }
    let scopes = true_at(auth, "AuthorizationScopes");
    if let Some(scopes) = scopes.filter(|scopes| scopes.as_list().is_none()) {
        let message = format!(
            "`AuthorizationScopes` of event `{}` is no list; SAM refuses the template",
            event.id
        );
        lowering.notice(scopes.span, message);
    }
}

/// Says when an event switches off a default that is not there.
pub(super) fn note_none(
    lowering: &mut Lowering<'_>,
    event: &ApiEvent,
    default: Option<&Node>,
    requirement: &Node,
) {
    if requirement.get("NONE").is_some() && default.is_none() {
        let message = format!(
            "event `{}` names the authorizer `NONE`, but its API has no `DefaultAuthorizer`; SAM refuses the template",
            event.id
        );
        lowering.notice(requirement.span, message);
    }
}

/// Says when an event asks for scopes without an authorizer of its own.
pub(super) fn note_scopes(lowering: &mut Lowering<'_>, event: &ApiEvent, auth: &Node) {
    let scopes = true_at(auth, "AuthorizationScopes");
    if let Some(scopes) = scopes.filter(|_| true_at(auth, "Authorizer").is_none()) {
        let message = format!(
            "event `{}` asks for scopes, but names no `Authorizer`; SAM refuses the template",
            event.id
        );
        lowering.notice(scopes.span, message);
    }
}

/// Says when an event is to override its API's `Auth` with nothing.
pub(super) fn note_override(lowering: &mut Lowering<'_>, event: &ApiEvent, auth: &Node) {
    let said = ["Authorizer", "ApiKeyRequired", "ResourcePolicy"];
    if said.iter().all(|key| true_at(auth, key).is_none()) {
        let message = format!(
            "event `{}` overrides its API's `Auth`, but names neither `Authorizer`, `ApiKeyRequired` nor `ResourcePolicy`; SAM refuses the template",
            event.id
        );
        lowering.notice(auth.span, message);
    }
}

/// Says when an event is to override the `Auth` of a method that the document does not have. Merging adds `any` under that name,
/// and SAM then looks for the extension that stands for it.
pub(super) fn note_undefined(
    lowering: &mut Lowering<'_>,
    event: &ApiEvent,
    auth: &Node,
    document: &mut Draft,
) {
    let asks = true_at(auth, "Authorizer").is_some()
        || auth.get("ApiKeyRequired").is_some_and(|it| !it.is_null());
    let (path, method) = (&event.path.text, &event.method.text);
    if asks && body::lacks(document, path, method) {
        let message = format!(
            "event `{}` overrides the `Auth` of `{method} {path}`, which the API's document does not have; SAM refuses the template",
            event.id
        );
        lowering.notice(auth.span, message);
    }
}

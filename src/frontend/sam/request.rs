//! What a REST event says about its request: timeout, model, validator and parameters.

use super::body::{self, INTEGRATION};
use super::draft::{Draft, Fields};
use super::implicit::ApiEvent;
use super::place::{Place, present};
use super::policy::Document;
use super::truthy::{true_at, truthy};
use crate::document::Node;
use crate::source::Span;

/// Timeout, model and parameters of the event's request.
pub(super) fn apply(document: &mut Document, event: &ApiEvent) {
    let (path, method) = (&event.path.text, &event.method.text);
    let swagger = document
        .draft
        .read("swagger")
        .is_some_and(|it| !it.is_null());
    let model = event.properties.get("RequestModel").filter(|it| truthy(it));
    let name = model
        .and_then(|it| it.get("Model")?.as_text())
        .map(|it| it.to_lowercase());
    let validator = model.filter(|_| name.is_some()).and_then(validator);
    body::each_definition(&mut document.draft, path, method, &mut |definition| {
        if let Some(timeout) = true_at(&event.properties, "TimeoutInMillis")
            && let Some(integration) = definition.get_mut(INTEGRATION).and_then(Draft::fields)
        {
            integration.set("timeoutInMillis", timeout.span, timeout.clone());
        }
        if let (Some(name), Some(model)) = (&name, model) {
            set_model(definition, name, (model, swagger));
        }
        if let Some((name, at, _)) = &validator {
            let name = Place(*at).text(*name);
            definition.set("x-amazon-apigateway-request-validator", *at, name);
        }
        for parameter in event
            .properties
            .get("RequestParameters")
            .map(Node::items)
            .unwrap_or_default()
        {
            add_parameter(definition, parameter);
        }
    });
    if let Some((name, at, validator)) = validator {
        let validators = document.draft.fields().and_then(|fields| {
            let slot = fields.or_insert("x-amazon-apigateway-request-validators", at, || {
                Draft::empty(at)
            });
            slot?.fields()
        });
        if let Some(validators) = validators {
            validators.or_insert(name, at, || validator.into());
        }
    }
}

fn validator(model: &Node) -> Option<(&'static str, Span, Node)> {
    let (body, parameters) = (
        present(model, "ValidateBody"),
        present(model, "ValidateParameters"),
    );
    let at = body.or(parameters)?.span;
    let (body, parameters) = (body.is_some_and(truthy), parameters.is_some_and(truthy));
    let name = match (body, parameters) {
        (true, true) => "body-and-params",
        (true, false) => "body-only",
        (false, true) => "params-only",
        (false, false) => "no-validation",
    };
    let place = Place(at);
    let value = place.map([
        ("validateRequestBody", place.flag(body)),
        ("validateRequestParameters", place.flag(parameters)),
    ]);
    Some((name, at, value))
}

fn set_model(definition: &mut Fields, name: &str, (model, swagger): (&Node, bool)) {
    let place = Place(model.span);
    let required = present(model, "Required").cloned();
    let with_required = |node: Node| match required {
        Some(required) => node.with("required", required),
        None => node,
    };
    let reference = |folder: &str| place.one("$ref", place.text(format!("#/{folder}/{name}")));
    if swagger {
        let parameter = with_required(place.map([
            ("in", place.text("body")),
            ("name", place.text(name)),
            ("schema", reference("definitions")),
        ]));
        body::append(definition, "parameters", parameter);
        return;
    }
    let schema = place.one("schema", reference("components/schemas"));
    let content = place.one("application/json", schema);
    definition.set(
        "requestBody",
        place.0,
        with_required(place.one("content", content)),
    );
}

/// A parameter: its name alone, or with `Required` and `Caching`.
fn add_parameter(definition: &mut Fields, written: &Node) {
    let place = Place(written.span);
    let (full, settings) = match written.entries() {
        [entry, ..] => (entry.key.clone(), Some(&entry.value)),
        [] => (written.as_text().cloned().unwrap_or_default(), None),
    };
    let Some((location, name)) = full.trim_start_matches("method.request.").split_once('.') else {
        return;
    };
    let location = if location == "querystring" {
        "query"
    } else {
        location
    };
    let setting = |key: &str| settings.and_then(|it| it.get(key)).cloned();
    let parameter = place.map([
        ("in", place.text(location)),
        ("name", place.text(name)),
        (
            "required",
            setting("Required").unwrap_or_else(|| place.flag(false)),
        ),
        ("type", place.text("string")),
    ]);
    body::append(definition, "parameters", parameter);
    if setting("Caching").is_some_and(|it| truthy(&it))
        && let Some(integration) = definition.get_mut(INTEGRATION).and_then(Draft::fields)
    {
        body::append(integration, "cacheKeyParameters", place.text(full.clone()));
    }
}

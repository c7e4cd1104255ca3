//! What else SAM writes into the document of a REST API: gateway responses, models, media types, the default endpoint,
//! and the move to OpenAPI 3.

use super::Lowering;
use super::api::Api;
use super::body;
use super::draft::{Draft, Fields};
use super::place::{Place, present};
use super::truthy::{is_openapi_3, true_at, truthy};
use crate::document::{Entry, Node};
use crate::frontend::rewrite::rewrite;
use crate::source::Span;

/// Where a gateway response's parameters come from, and how the document names it.
const PARAMETERS: &[(&str, &str)] = &[
    ("Headers", "header."),
    ("Paths", "path."),
    ("QueryStrings", "querystring."),
];

/// Adds an API's gateway responses.
pub(super) fn gateway_responses(api: &Api, document: &mut Draft) {
    let Some(written) = true_at(&api.properties, "GatewayResponses") else {
        return;
    };
    let at = written.span;
    let Some(fields) = document.fields() else {
        return;
    };
    let key = "x-amazon-apigateway-gateway-responses";
    if fields.get(key).is_none_or(|known| !known.truthy()) {
        fields.set(key, at, Draft::empty(at));
    }
    if let Some(responses) = fields.get_mut(key).and_then(Draft::fields) {
        for entry in written.entries() {
            responses.set(
                entry.key.clone(),
                entry.span,
                gateway_response(&entry.value),
            );
        }
    }
}

fn gateway_response(written: &Node) -> Node {
    let place = Place(written.span);
    let mut parameters: Vec<Entry> = Vec::new();
    for (property, prefix) in PARAMETERS {
        let values = written.at(&["ResponseParameters", property]);
        for entry in values.map(Node::entries).unwrap_or_default() {
            parameters.push(Entry {
                key: format!("gatewayresponse.{prefix}{}", entry.key).into(),
                ..entry.clone()
            });
        }
    }
    let templates = true_at(written, "ResponseTemplates").cloned();
    let response = place.map([
        ("responseParameters", Node::map(place.0, parameters)),
        (
            "responseTemplates",
            templates.unwrap_or_else(|| place.map([])),
        ),
    ]);
    match true_at(written, "StatusCode").and_then(Node::scalar) {
        Some(code) => response.with("statusCode", place.text(code)),
        None => response,
    }
}

/// Sets the media types that are passed as they are.
pub(super) fn binary_media_types(api: &Api, document: &mut Draft) {
    let Some(types) = true_at(&api.properties, "BinaryMediaTypes") else {
        return;
    };
    let unescaped = rewrite(types, &mut |node| {
        let text = node.as_text().filter(|text| text.contains("~1"))?;
        Some(Node::text(node.span, text.replace("~1", "/")))
    });
    if let Some(fields) = document.fields() {
        fields.set(
            "x-amazon-apigateway-binary-media-types",
            types.span,
            unescaped,
        );
    }
}

/// Adds an API's models.
pub(super) fn models(lowering: &mut Lowering<'_>, api: &Api, document: &mut Draft) {
    let Some(models) = true_at(&api.properties, "Models") else {
        return;
    };
    if models.as_map().is_none() {
        let message = format!("`Models` of `{}` is not a mapping", api.id);
        lowering.notice(models.span, message);
        return;
    }
    if let Some(fields) = document.fields() {
        if fields
            .get("definitions")
            .is_none_or(|known| !known.truthy())
        {
            fields.set("definitions", models.span, Draft::empty(models.span));
        }
        if let Some(definitions) = fields.get_mut("definitions").and_then(Draft::fields) {
            for entry in models.entries() {
                definitions.set(entry.key.to_lowercase(), entry.span, entry.value.clone());
            }
        }
    }
    to_openapi_3(api, document);
}

/// Says whether the default endpoint answers.
pub(super) fn default_endpoint(api: &Api, document: &mut Draft) {
    const CONFIGURATION: &str = "x-amazon-apigateway-endpoint-configuration";
    let Some(disabled) = present(&api.properties, "DisableExecuteApiEndpoint") else {
        return;
    };
    let at = disabled.span;
    let servers = document.read("openapi").is_some_and(|it| is_openapi_3(&it));
    let Some(fields) = document.fields() else {
        return;
    };
    let set = |fields: &mut Fields| {
        let slot = fields.or_insert(CONFIGURATION, at, || Draft::empty(at));
        if let Some(slot) = slot.and_then(Draft::fields) {
            slot.set("disableExecuteApiEndpoint", at, disabled.clone());
        }
    };
    if !servers {
        set(fields);
        return;
    }
    let servers = fields.or_insert("servers", at, || Place(at).list([Place(at).map([])]).into());
    for server in servers.and_then(Draft::items).into_iter().flatten() {
        if let Some(server) = server.fields() {
            set(server);
        }
    }
}

/// Moves Swagger 2's parts to where OpenAPI 3 has them, when the document is to be OpenAPI 3.
pub(super) fn to_openapi_3(api: &Api, document: &mut Draft) {
    if document.read("swagger").is_some_and(|it| !it.is_null()) {
        return;
    }
    let asked = present(&api.properties, "OpenApiVersion").cloned();
    let own = document.read("openapi").filter(|it| !it.is_null());
    let version = if own.is_some() && asked.is_none() {
        own
    } else {
        asked
    };
    if !version.is_some_and(|version| truthy(&version) && is_openapi_3(&version)) {
        return;
    }
    for (from, to) in [
        ("securityDefinitions", "securitySchemes"),
        ("definitions", "schemas"),
    ] {
        move_part(document, from, to);
    }
    for path in body::paths(document) {
        let item = document
            .under("paths")
            .and_then(|paths| paths.get_mut(&path));
        if let Some(options) = item.and_then(|item| item.under("options")) {
            convert_preflight(options);
        }
    }
}

fn move_part(document: &mut Draft, from: &str, to: &str) {
    let Some(fields) = document.fields() else {
        return;
    };
    if fields.get(from).is_none_or(|part| !part.truthy()) {
        return;
    }
    let Some(part) = fields.remove(from) else {
        return;
    };
    let at: Span = part.span();
    if fields.get("components").is_none_or(|known| !known.truthy()) {
        fields.set("components", at, Draft::empty(at));
    }
    if let Some(components) = fields.get_mut("components").and_then(Draft::fields) {
        components.set(to, at, part);
    }
}

/// OpenAPI 3 has no `consumes` and `produces`, and headers with a schema.
fn convert_preflight(options: &mut Fields) {
    options.remove("produces");
    options.remove("consumes");
    let response = options.get_mut("responses").and_then(|it| it.under("200"));
    let headers = response.and_then(|it| it.get_mut("headers")?.fields());
    for (_, _, header) in headers.into_iter().flat_map(Fields::each) {
        let schema = header.view();
        *header = Draft::from(Place(schema.span).one("schema", schema));
    }
}

//! `AWS::Serverless::HttpApi`: an HTTP API with its document and stage.

use std::collections::HashMap;

use super::api::Api;
use super::body;
use super::draft::Draft;
use super::globals::inherit;
use super::logical_id::{hashed, is_alphanumeric};
use super::made::Made;
use super::place::{Place, is_true, present};
use super::rest::{attributes, outside, permission};
use super::truthy::{is_intrinsic, true_at, truthy};
use super::{Lowering, domain, http_auth};
use crate::document::{Entry, Node, Value};
use crate::frontend::rewrite::rewrite;
use crate::source::Str;

/// The tag that SAM puts on what it makes.
const TAG: &str = "httpapi:createdBy";

/// Properties of `CorsConfiguration`, and how the document names them.
const CORS: &[(&str, &str)] = &[
    ("AllowOrigins", "allowOrigins"),
    ("AllowHeaders", "allowHeaders"),
    ("AllowMethods", "allowMethods"),
    ("ExposeHeaders", "exposeHeaders"),
    ("MaxAge", "maxAge"),
    ("AllowCredentials", "allowCredentials"),
];

/// Lowers an HTTP API whose document its events have filled.
pub(super) fn lower(lowering: &mut Lowering<'_>, mut api: Api) {
    let body = fill(lowering, &mut api);
    let (whole, parts) = attributes(&api);
    let mut made = Made::new(api.id.clone(), "AWS::ApiGatewayV2::Api", api.at)
        .with(whole)
        .copy(&api.properties, &["FailOnWarnings"]);
    if let Some((key, body)) = body {
        made = made.set(key, body);
    }
    lowering.emit(made);
    permit_authorizers(lowering, &api, &parts);
    let domain = api.properties.get("Domain");
    domain::lower_v2(lowering, (&api.id, domain), Some(TAG), &parts);
    stage(lowering, &api, &parts);
}

fn fill(lowering: &mut Lowering<'_>, api: &mut Api) -> Option<(&'static str, Node)> {
    let Some(mut document) = api.body.take() else {
        return outside(lowering, api);
    };
    if let Some(cors) = true_at(&api.properties, "CorsConfiguration") {
        add_cors(&mut document, cors);
    }
    http_auth::apply(lowering, api, &mut document);
    if body::is_openapi(&document) {
        add_tags(&mut document, api);
        if let Some(disabled) = present(&api.properties, "DisableExecuteApiEndpoint") {
            disable_endpoint(&mut document, disabled);
        }
        describe(&mut document, api);
    }
    if true_at(&api.properties, "FailOnWarnings").is_some() {
        rename_default(&mut document);
    }
    Some(("Body", document.finish()))
}

/// Writes what API Gateway itself answers to preflights.
fn add_cors(document: &mut Draft, cors: &Node) {
    let place = Place(cors.span);
    let at = cors.span;
    let Some(fields) = document.fields() else {
        return;
    };
    let slot = fields.or_insert("x-amazon-apigateway-cors", at, || Draft::empty(at));
    let Some(slot) = slot.and_then(Draft::fields) else {
        return;
    };
    if matches!(cors.value, Value::Bool(_)) {
        slot.set("allowOrigins", at, place.texts(&["*"]));
        return;
    }
    let origins = if is_intrinsic(cors) {
        Some(cors)
    } else {
        true_at(cors, "AllowOrigins")
    };
    if let Some(origins) = origins.filter(|it| is_intrinsic(it)) {
        // SAM puts the function itself in place of the configuration, its words in lower case.
        for entry in lower_words(origins).entries() {
            slot.set(entry.key.clone(), entry.span, entry.value.clone());
        }
        return;
    }
    for (property, key) in CORS {
        let value = match *property {
            "MaxAge" => present(cors, property),
            "AllowCredentials" => cors.get(property).filter(|it| is_true(Some(*it))),
            _ => true_at(cors, property),
        };
        if let Some(value) = value {
            slot.set(*key, value.span, value.clone());
        }
    }
}

/// The same value with every word of `CorsConfiguration` as the document has it.
fn lower_words(node: &Node) -> Node {
    let lower = |text: &str| {
        let words = CORS.iter();
        words.fold(text.to_owned(), |text, (word, lower)| {
            text.replace(word, lower)
        })
    };
    rewrite(node, &mut |node| match &node.value {
        Value::Text(text) => Some(Node::text(node.span, lower(text))),
        Value::Map(map) => {
            let entry = |entry: &Entry| Entry {
                key: lower(&entry.key).into(),
                ..entry.clone()
            };
            Some(Node::map(
                node.span,
                map.entries.iter().map(entry).collect(),
            ))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) => None,
    })
}

fn add_tags(document: &mut Draft, api: &Api) {
    let place = Place(api.at);
    let mut tags: Vec<(Str, Node)> = Vec::new();
    for entry in api
        .properties
        .get("Tags")
        .map(Node::entries)
        .unwrap_or_default()
    {
        tags.push((entry.key.clone(), entry.value.clone()));
    }
    tags.push((TAG.into(), place.text("SAM")));
    let Some(fields) = document.fields() else {
        return;
    };
    let known = fields.or_insert("tags", api.at, || place.list([]).into());
    let Some(known) = known.and_then(Draft::items) else {
        return;
    };
    let mut places: HashMap<Str, usize> = HashMap::new();
    for (nth, tag) in known.iter().enumerate() {
        if let Some(name) = tag.read("name").and_then(|it| it.as_text().cloned()) {
            places.entry(name).or_insert(nth);
        }
    }
    for (name, value) in tags {
        let own = places.get(&name).and_then(|nth| known.get_mut(*nth));
        if let Some(own) = own.and_then(Draft::fields) {
            own.set("x-amazon-apigateway-tag-value", value.span, value);
            continue;
        }
        let tag = place.map([
            ("name", place.text(name)),
            ("x-amazon-apigateway-tag-value", value),
        ]);
        known.push(tag.into());
    }
}

fn disable_endpoint(document: &mut Draft, disabled: &Node) {
    let at = disabled.span;
    let Some(fields) = document.fields() else {
        return;
    };
    let servers = fields.or_insert("servers", at, || Place(at).list([Place(at).map([])]).into());
    for server in servers.and_then(Draft::items).into_iter().flatten() {
        let slot = server.fields().and_then(|server| {
            let key = "x-amazon-apigateway-endpoint-configuration";
            server.or_insert(key, at, || Draft::empty(at))?.fields()
        });
        if let Some(slot) = slot {
            slot.set("disableExecuteApiEndpoint", at, disabled.clone());
        }
    }
}

/// Title and description.
fn describe(document: &mut Draft, api: &Api) {
    for (property, key) in [("Name", "title"), ("Description", "description")] {
        let Some(value) = true_at(&api.properties, property) else {
            continue;
        };
        let slot = document.fields().and_then(|fields| {
            fields
                .or_insert("info", value.span, || Draft::empty(value.span))?
                .fields()
        });
        if let Some(slot) = slot {
            slot.set(key, value.span, value.clone());
        }
    }
}

/// With `FailOnWarnings` the catch-all path begins with a slash.
fn rename_default(document: &mut Draft) {
    if let Some(paths) = document.under("paths")
        && let Some(path) = paths.remove("$default")
    {
        paths.set("/$default", path.span(), path);
    }
}

fn permit_authorizers(lowering: &mut Lowering<'_>, api: &Api, attributes: &[Entry]) {
    let Some(auth) = inherit(&api.properties, "Auth") else {
        return;
    };
    for (name, function) in http_auth::permitted(&auth) {
        let place = Place(function.span);
        let arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
        let source = place.sub_with(arn, [("__ApiId__", place.reference(api.id.clone()))]);
        let id = format!("{}{name}AuthorizerPermission", api.id);
        lowering.emit(permission(id, place, function, Some(source)).with(attributes.to_vec()));
    }
}

fn stage(lowering: &mut Lowering<'_>, api: &Api, attributes: &[Entry]) {
    let place = Place(api.at);
    let written = api.properties.get("StageName").filter(|it| truthy(it));
    let name = written.cloned().unwrap_or_else(|| place.text("$default"));
    let id = match name.as_text().map_or("", |name| name) {
        "$default" => format!("{}ApiGatewayDefaultStage", api.id),
        text if is_alphanumeric(text) => format!("{}{text}Stage", api.id),
        text => hashed(&format!("{}Stage", api.id), text),
    };
    let tags = api
        .properties
        .get("Tags")
        .cloned()
        .unwrap_or_else(|| place.map([]));
    lowering.emit(
        Made::new(id.clone(), "AWS::ApiGatewayV2::Stage", api.at)
            .with(attributes.to_vec())
            .set("ApiId", place.reference(api.id.clone()))
            .set("StageName", name)
            .copy(
                &api.properties,
                &[
                    "StageVariables",
                    "AccessLogSettings",
                    "DefaultRouteSettings",
                    "RouteSettings",
                ],
            )
            .set("AutoDeploy", place.flag(true))
            .set("Tags", tags.with(TAG, place.text("SAM"))),
    );
    lowering.derive(&api.id, "Stage", id);
}

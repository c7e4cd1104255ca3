//! `Cors` of a REST API: the preflight that SAM adds to every path without an `OPTIONS` method.
//!
//! Asks for no auth here; whether preflights are authorized is for the API's `Auth`, which comes after.

use std::collections::HashSet;

use super::Lowering;
use super::api::Api;
use super::body::{self, ANY, INTEGRATION};
use super::draft::{Draft, Fields};
use super::globals::inherit_true;
use super::place::{Place, is_true, present};
use super::truthy::{is_intrinsic, true_at};
use crate::document::Node;
use crate::source::{Span, Str};
use crate::trail::{How, Step};

/// Methods that a catch-all method answers, as the header lists them.
const ALL_METHODS: &str = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT";

/// What the preflight answers.
struct Cors {
    at: Span,
    origin: Node,
    headers: Option<Node>,
    methods: Option<Node>,
    age: Option<Node>,
    credentials: bool,
}

/// Adds preflights to an API's document.
pub(super) fn apply(lowering: &mut Lowering<'_>, api: &Api, document: &mut Draft) {
    let Some(written) = inherit_true(&api.properties, "Cors") else {
        return;
    };
    if !body::is_swagger(document) {
        let message = format!(
            "`Cors` of `{}` has no document in the template to add preflights to",
            api.id
        );
        lowering.notice(written.span, message);
        return;
    }
    let cors = read(&written);
    let mut seen: HashSet<Str> = HashSet::new();
    for path in body::paths(document) {
        let bare: Str = match path.trim_end_matches('/') {
            "" => path.clone(),
            bare => bare.into(),
        };
        if !seen.insert(bare) {
            continue;
        }
        let mut methods = cors.methods.clone();
        body::each_item(document, &path, &mut |item| {
            add(item, &path, &cors, &mut methods);
        });
    }
}

fn read(written: &Node) -> Cors {
    let place = Place(written.span);
    let alone = written.as_map().is_none() || is_intrinsic(written);
    let origin = if alone {
        Some(written.clone())
    } else {
        written.get("AllowOrigin").cloned()
    };
    Cors {
        at: written.span,
        origin: origin.unwrap_or_else(|| place.text("'*'")),
        headers: true_at(written, "AllowHeaders").cloned(),
        methods: true_at(written, "AllowMethods").cloned(),
        age: present(written, "MaxAge").cloned(),
        credentials: is_true(written.get("AllowCredentials")),
    }
}

/// Adds the preflight to a path item. The methods that it lists are those of the first item of the path.
fn add(item: &mut Fields, path: &str, cors: &Cors, methods: &mut Option<Node>) {
    if item.get("options").is_some() {
        return;
    }
    let methods = methods
        .get_or_insert_with(|| allowed(item, cors.at))
        .clone();
    let how = How::Generated(format!("CORS preflight of `{path}`").into());
    let preflight = preflight(cors, methods).via(Step::new(how, cors.at));
    item.set("options", cors.at, preflight);
}

fn allowed(item: &Fields, at: Span) -> Node {
    let keys = item.keys();
    if keys.iter().any(|key| key == ANY) {
        return Place(at).text(format!("'{ALL_METHODS}'"));
    }
    let mut methods: Vec<String> = keys.iter().map(|key| key.to_uppercase()).collect();
    methods.push("OPTIONS".to_owned());
    methods.sort();
    methods.dedup();
    Place(at).text(format!("'{}'", methods.join(",")))
}

fn preflight(cors: &Cors, methods: Node) -> Node {
    let place = Place(cors.at);
    let mut parameters = place.map([]);
    let mut headers = place.map([]);
    let mut header = |name: &str, kind: &str, value: Option<Node>| {
        if let Some(value) = value {
            parameters = parameters.with(format!("method.response.header.{name}"), value);
            headers = headers.with(name, place.one("type", place.text(kind)));
        }
    };
    header(
        "Access-Control-Allow-Origin",
        "string",
        Some(cors.origin.clone()),
    );
    header(
        "Access-Control-Allow-Headers",
        "string",
        cors.headers.clone(),
    );
    header("Access-Control-Allow-Methods", "string", Some(methods));
    header("Access-Control-Max-Age", "integer", cors.age.clone());
    let credentials = cors.credentials.then(|| place.text("'true'"));
    header("Access-Control-Allow-Credentials", "string", credentials);
    let json = |text: &str| place.one("application/json", place.text(text));
    let response = place.map([
        ("statusCode", place.text("200")),
        ("responseParameters", parameters),
        ("responseTemplates", json("{}\n")),
    ]);
    let integration = place.map([
        ("type", place.text("mock")),
        ("requestTemplates", json("{\n  \"statusCode\" : 200\n}\n")),
        ("responses", place.one("default", response)),
    ]);
    let described = place.map([
        (
            "description",
            place.text("Default response for CORS method"),
        ),
        ("headers", headers),
    ]);
    place.map([
        ("summary", place.text("CORS support")),
        ("consumes", place.texts(&["application/json"])),
        ("produces", place.texts(&["application/json"])),
        (INTEGRATION, integration),
        ("responses", place.one("200", described)),
    ])
}

//! Events of type `Api` and `HttpApi`, and the APIs that SAM adds for those that name none.
//!
//! Puts paths and methods into the documents that SAM manages, and works out under which conditions they exist.
//! Does not say yet what a method calls or who may call it: that is each event's own lowering.

use std::collections::{BTreeSet, HashMap};

use super::Lowering;
use super::api::{Api, ApiKind};
use super::body::{self, ANY, Word};
use super::draft::Draft;
use super::keys::keep_stronger;
use super::place::Place;
use super::policy::Statements;
use super::remarks;
use super::truthy::{reference, true_at, truthy};
use crate::document::{Entry, Node};
use crate::source::{Span, Str};

/// An event that adds a method to an API.
#[derive(Clone, Debug)]
pub(super) struct ApiEvent {
    /// The event's id.
    pub(super) id: Str,
    /// Where it is declared.
    pub(super) at: Span,
    /// Which kind of API it is for.
    pub(super) kind: ApiKind,
    /// Its properties.
    pub(super) properties: Node,
    /// The API.
    pub(super) api: Str,
    /// The API as ARNs name it.
    pub(super) reference: Node,
    /// The path.
    pub(super) path: Word,
    /// The method, as written.
    pub(super) method: Word,
}

/// A function or state machine that has events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'n> {
    /// Its logical id.
    pub(super) id: &'n Str,
    /// The resource.
    pub(super) resource: &'n Node,
}

/// The events of every owner that add to an API of `kind`; their paths are put into the documents.
pub(super) fn register(
    lowering: &mut Lowering<'_>,
    kind: ApiKind,
    owners: &[Owner<'_>],
) -> HashMap<Str, Vec<ApiEvent>> {
    let mut found: HashMap<Str, Vec<ApiEvent>> = HashMap::new();
    for owner in owners {
        let events = owner.resource.at(&["Properties", "Events"]);
        for event in events.map(Node::entries).unwrap_or_default() {
            let typed = event.value.get("Type").and_then(Node::as_text);
            if typed.is_none_or(|it| it != kind.event()) {
                continue;
            }
            let Some(event) = read(lowering, kind, event) else {
                continue;
            };
            enter(lowering, *owner, &event);
            found.entry(owner.id.clone()).or_default().push(event);
        }
    }
    settle(lowering, kind);
    found
}

/// Reads an event; what cannot be read is said.
fn read(lowering: &mut Lowering<'_>, kind: ApiKind, event: &Entry) -> Option<ApiEvent> {
    let empty = Place(event.span).map([]);
    let properties = event.value.get("Properties").unwrap_or(&empty);
    if properties.as_map().is_none() || (kind == ApiKind::Rest && !truthy(properties)) {
        let message = format!(
            "event `{}` has no properties that can be read; its endpoint is not listed",
            event.key
        );
        lowering.unreadable(event.span, message);
        return None;
    }
    let (path, method) = route(lowering, kind, event, properties)?;
    let (api, reference) = target(lowering, kind, event, properties)?;
    Some(ApiEvent {
        id: event.key.clone(),
        at: event.span,
        kind,
        properties: properties.clone(),
        api,
        reference,
        path,
        method,
    })
}

fn route(
    lowering: &mut Lowering<'_>,
    kind: ApiKind,
    event: &Entry,
    properties: &Node,
) -> Option<(Word, Word)> {
    let (path, method) = (true_at(properties, "Path"), true_at(properties, "Method"));
    if kind == ApiKind::Http && path.is_none() && method.is_none() {
        let word = |text: &str| Word {
            text: text.into(),
            at: event.span,
        };
        return Some((word("$default"), word(ANY)));
    }
    let mut part = |name: &str, node: Option<&Node>| {
        let word = node.and_then(|node| lowering.word(node));
        if word.is_none() {
            let at = node.map_or(event.span, |node| node.span);
            let message = format!(
                "`{name}` of event `{}` is not text; its endpoint is not listed",
                event.key
            );
            lowering.unreadable(at, message);
        }
        if let Some(node) = node {
            remarks::note_function(lowering, &event.key, (name, node));
        }
        word
    };
    let (path, method) = (part("Path", path), part("Method", method));
    Some((path?, method?))
}

/// The API that the event names, or the implicit one.
fn target(
    lowering: &mut Lowering<'_>,
    kind: ApiKind,
    event: &Entry,
    properties: &Node,
) -> Option<(Str, Node)> {
    let Some(named) = properties.get(kind.reference()) else {
        let id = Str::from(kind.implicit_id());
        add_implicit(lowering, kind, event.span);
        let reference = Place(event.span).reference(id.clone());
        return Some((id, reference));
    };
    let id = reference(named).or_else(|| named.as_text()).cloned();
    let known = id.filter(|id| *id == kind.implicit_id() || lowering.is_declared(id));
    let Some(id) = known else {
        let message = format!(
            "`{}` of event `{}` does not name an API of this template; its endpoint is not listed",
            kind.reference(),
            event.key
        );
        lowering.unresolved(named.span, message);
        return None;
    };
    if id == kind.implicit_id() {
        add_implicit(lowering, kind, event.span);
    } else if kind == ApiKind::Rest
        && lowering
            .apis
            .get(&id)
            .is_some_and(|api| api.kind == ApiKind::Http)
    {
        let message = format!(
            "event `{}` is for a REST API, but `{id}` is an HTTP API; its endpoint is not listed",
            event.key
        );
        lowering.unresolved(named.span, message);
        return None;
    }
    Some((id, named.clone()))
}

/// Adds the implicit API, unless it is there; it replaces a resource of the author's with its id.
fn add_implicit(lowering: &mut Lowering<'_>, kind: ApiKind, at: Span) {
    let id = kind.implicit_id();
    if !lowering.implicit.insert(id) {
        return;
    }
    let place = Place(at);
    let (properties, body) = match kind {
        ApiKind::Rest => (
            place.one("StageName", place.text("Prod")),
            body::swagger_skeleton(at),
        ),
        ApiKind::Http => (place.map([]), body::openapi_skeleton(at)),
    };
    lowering.apis.put(Api {
        id: id.into(),
        at,
        kind,
        resource: place.one("Properties", properties.clone()),
        properties,
        body: Some(body),
        statements: Statements::default(),
        managed: true,
        condition: None,
        conditions: HashMap::new(),
        policies: Vec::new(),
        routes: Vec::new(),
    });
}

/// Puts an event's path and method into its API.
fn enter(lowering: &mut Lowering<'_>, owner: Owner<'_>, event: &ApiEvent) {
    let condition = owner.resource.get("Condition").and_then(Node::as_text);
    let Some(api) = lowering.apis.get_mut(&event.api) else {
        return;
    };
    let methods = api.conditions.entry(event.path.text.clone()).or_default();
    methods.insert(event.method.text.clone(), condition.cloned());
    if !api.managed {
        return;
    }
    if api.id == event.kind.implicit_id() {
        for entry in owner.resource.entries() {
            let decides = matches!(entry.key.as_str(), "DeletionPolicy" | "UpdateReplacePolicy");
            if decides {
                keep_stronger(&mut api.policies, entry);
            }
        }
    }
    let readable: fn(&Draft) -> bool = match event.kind {
        ApiKind::Rest => body::is_swagger,
        ApiKind::Http => body::is_openapi,
    };
    if let Some(document) = api.body.as_mut().filter(|document| readable(document)) {
        body::add_path(document, &event.path, &event.method);
    }
    if let Some(settings) = event.properties.get("RouteSettings") {
        add_route_settings(api, event, settings, condition);
    }
}

/// Puts an event's `RouteSettings` under its route.
fn add_route_settings(api: &mut Api, event: &ApiEvent, settings: &Node, condition: Option<&Str>) {
    if event.kind == ApiKind::Rest {
        return;
    }
    let route: Str = if event.method.text == ANY {
        event.path.text.clone()
    } else {
        format!("{} {}", event.method.text.to_uppercase(), event.path.text).into()
    };
    let settings = match condition {
        Some(condition) => Place(event.at).when(condition, settings.clone()),
        None => settings.clone(),
    };
    api.routes.push(Entry {
        span: event.at,
        key: route,
        value: settings,
    });
}

/// Wraps paths whose methods are all conditional, and makes the implicit API conditional when all of them are.
fn settle(lowering: &mut Lowering<'_>, kind: ApiKind) {
    let mut combined: Vec<(Span, String, BTreeSet<Str>)> = Vec::new();
    let implicit = kind.implicit_id();
    for api in lowering
        .apis
        .iter_mut()
        .filter(|api| api.kind == kind && api.managed)
    {
        if api.id == implicit && lowering.implicit.contains(implicit) {
            let name = format!("{implicit}Condition");
            api.condition = api
                .own_conditions()
                .map(|all| one_or_combined(all, api.at, name, &mut combined));
        }
        let id = api.id.clone();
        let names = api.body.as_mut().map(body::paths).unwrap_or_default();
        for path in names {
            let Some(all) = api.path_conditions(&path) else {
                continue;
            };
            let condition = one_or_combined(all, api.at, path_condition(&id, &path), &mut combined);
            let item = api
                .body
                .as_mut()
                .and_then(|body| body.under("paths")?.get_mut(&path));
            if let Some(item) = item {
                item.make_conditional(&condition);
            }
        }
    }
    for (at, name, all) in combined {
        lowering.add_any_of(at, &name, all.into_iter().collect());
    }
}

fn one_or_combined(
    all: BTreeSet<Str>,
    at: Span,
    name: String,
    combined: &mut Vec<(Span, String, BTreeSet<Str>)>,
) -> Str {
    let mut each = all.iter();
    if let (Some(only), None) = (each.next(), each.next()) {
        return only.clone();
    }
    combined.push((at, name.clone(), all));
    name.into()
}

fn path_condition(api: &str, path: &str) -> String {
    let path = path
        .replace('/', "SLASH")
        .replace('{', "OB")
        .replace('}', "CB");
    format!("{api}{path}PathCondition")
}

#[cfg(test)]
mod tests {
    use super::super::sample::{lowered, property};
    use crate::document::ProblemKind;

    fn function(condition: &str, event: &str) -> String {
        format!(
            "{{Type: AWS::Serverless::Function, {condition} Properties: {{Events: {{E: {event}}}}}}}"
        )
    }

    #[test]
    fn a_conditional_function_makes_its_path_conditional() {
        let one = function(
            "Condition: C,",
            "{Type: Api, Properties: {Path: /a, Method: get}}",
        );
        let two = function("", "{Type: Api, Properties: {Path: /b, Method: get}}");
        let out = lowered(&format!("Resources:\n  A: {one}\n  B: {two}\n"));
        let path = property(
            &out,
            "ServerlessRestApi",
            &["Body", "paths", "/a", "Fn::If"],
        );
        assert_eq!(path.items()[0].as_text().unwrap(), "C");
        property(&out, "ServerlessRestApi", &["Body", "paths", "/b", "get"]);
        assert!(
            out.template
                .at(&["Resources", "ServerlessRestApi", "Condition"])
                .is_none()
        );
    }

    #[test]
    fn an_event_without_route_is_the_catch_all() {
        let out = lowered(&format!(
            "Resources:\n  A: {}\n",
            function("", "{Type: HttpApi}")
        ));
        property(
            &out,
            "ServerlessHttpApi",
            &[
                "Body",
                "paths",
                "$default",
                "x-amazon-apigateway-any-method",
            ],
        );
    }

    #[test]
    fn an_api_of_another_stack_is_said() {
        let event = "{Type: Api, Properties: {Path: /a, Method: get, RestApiId: !ImportValue x}}";
        let out = lowered(&format!("Resources:\n  A: {}\n", function("", event)));
        assert_eq!(out.problems[0].kind, ProblemKind::UnresolvedReference);
        assert!(out.template.at(&["Resources", "A"]).is_some());
        assert!(
            out.template
                .at(&["Resources", "ServerlessRestApi"])
                .is_none()
        );
    }

    #[test]
    fn methods_stand_at_their_event() {
        let text = format!(
            "Resources:\n  A: {}\n",
            function("", "{Type: Api, Properties: {Path: /a, Method: GET}}")
        );
        let out = lowered(&text);
        let paths = property(&out, "ServerlessRestApi", &["Body", "paths"]);
        let slice =
            |span: crate::source::Span| text[span.start as usize..span.end as usize].to_owned();
        let path = &paths.entries()[0];
        assert_eq!(slice(path.span), "/a");
        let method = &path.value.entries()[0];
        assert_eq!(
            (method.key.as_str(), slice(method.span).as_str()),
            ("get", "GET")
        );
    }
}

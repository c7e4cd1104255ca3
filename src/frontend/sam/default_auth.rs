//! `Auth` of a REST API: authorizers, the default one, and keys, written onto every method.
//!
//! A method's own authorizer stays; `NONE` keeps the default away. Order is SAM's: preflights exist by now.

use std::collections::HashSet;

use super::Lowering;
use super::api::Api;
use super::authorizer::{defined, iam_scheme, key_scheme, scheme};
use super::body;
use super::draft::{Draft, Fields};
use super::event::overriding;
use super::globals::{inherit, inherit_true};
use super::place::{Place, is};
use super::policy::Document;
use super::truthy::{is_intrinsic, true_at, truthy};
use crate::document::{Entry, Node, Value};
use crate::source::{Span, Str};
use crate::trail::{How, Step};

/// Where Swagger 2 keeps its schemes. SAM writes them here for every version and moves them at the end.
const DEFINITIONS: &str = "securityDefinitions";

/// The default authorizer of an API.
struct Default {
    name: Str,
    /// The name where it is written.
    written: Node,
    scopes: Node,
    /// Names that count as authorizers.
    known: HashSet<Str>,
    preflight: bool,
}

/// Applies an API's `Auth` to its document.
pub(super) fn apply(lowering: &mut Lowering<'_>, api: &Api, target: &mut Document) {
    let document = &mut target.draft;
    let Some(auth) = inherit_true(&api.properties, "Auth") else {
        return;
    };
    if auth.as_map().is_none() || is_intrinsic(&auth) {
        let reason = format!("`Auth` of `{}` is decided at deployment", api.id);
        lowering.unresolved(auth.span, reason.clone());
        make_unknown(document, auth.span, &reason);
        return;
    }
    for authorizer in schemes(&auth) {
        let scheme = if authorizer.key == "AWS_IAM" && authorizer.value.is_null() {
            iam_scheme(Place(authorizer.span))
        } else {
            scheme(&authorizer.value)
        };
        define(document, &authorizer.key, authorizer.span, scheme);
    }
    apply_default(lowering, api, &auth, document);
    if let Some(required) = inherit_true(&auth, "ApiKeyRequired") {
        define(
            document,
            "api_key",
            required.span,
            key_scheme(Place(required.span)),
        );
        let preflight =
            inherit(&auth, "AddApiKeyRequiredToCorsPreflight").is_none_or(|it| truthy(&it));
        require_keys(document, &required, preflight);
    }
    target.apply_policy(lowering, api, &auth);
}

/// Applies the default authorizer. SAM does not look at it when there are no authorizers at all.
fn apply_default(lowering: &mut Lowering<'_>, api: &Api, auth: &Node, document: &mut Draft) {
    let Some(written) = inherit_true(auth, "DefaultAuthorizer") else {
        return;
    };
    let authorizers = true_at(auth, "Authorizers");
    if authorizers.is_none() && !is(Some(&written), "AWS_IAM") {
        let message = format!(
            "`{}` defines no `Authorizers`: SAM ignores its `DefaultAuthorizer`",
            api.id
        );
        lowering.notice(written.span, message);
        return;
    }
    if let Some(default) = default(lowering, auth, written.clone()) {
        set_default(document, &default);
        return;
    }
    let reason = format!(
        "`DefaultAuthorizer` of `{}` is not an authorizer that it defines",
        api.id
    );
    lowering.unresolved(written.span, reason.clone());
    make_unknown(document, written.span, &reason);
}

/// The authorizers that become schemes: those defined, and signed requests when they are the default.
fn schemes(auth: &Node) -> Vec<Entry> {
    let mut all = Vec::new();
    if let Some(default) = auth
        .get("DefaultAuthorizer")
        .filter(|it| is(Some(*it), "AWS_IAM"))
    {
        all.push(Entry {
            span: default.span,
            key: "AWS_IAM".into(),
            value: Node::null(default.span),
        });
    }
    all.extend(
        defined(auth)
            .into_iter()
            .filter(|it| it.value.as_map().is_some()),
    );
    all
}

/// Puts a scheme into the document; `api_key` and `AWS_IAM` that the author wrote there stay.
pub(super) fn define(document: &mut Draft, name: &str, at: Span, scheme: Node) {
    let Some(fields) = document.fields() else {
        return;
    };
    if fields.get(DEFINITIONS).is_none_or(|it| !it.truthy()) {
        fields.set(DEFINITIONS, at, Draft::empty(at));
    }
    let Some(definitions) = fields.get_mut(DEFINITIONS).and_then(Draft::fields) else {
        return;
    };
    let builtin = name == "api_key";
    if !builtin || definitions.get(name).is_none() {
        definitions.set(name, at, scheme);
    }
}

/// Puts the scheme for signed requests into the document, unless there is one.
pub(super) fn define_iam(document: &mut Draft, at: Span) {
    let known = document
        .fields()
        .and_then(|fields| fields.get_mut(DEFINITIONS));
    if known.is_none_or(|known| !known.holds("AWS_IAM")) {
        define(document, "AWS_IAM", at, iam_scheme(Place(at)));
    }
}

/// The default authorizer, when it is one that exists.
fn default(lowering: &Lowering<'_>, auth: &Node, written: Node) -> Option<Default> {
    let name = lowering.word(&written)?.text;
    let authorizers = defined(auth);
    let own = authorizers.iter().find(|it| it.key == name);
    if own.is_none() && name != "AWS_IAM" {
        return None;
    }
    let scopes = own.and_then(|it| it.value.get("AuthorizationScopes"));
    let scopes = scopes.filter(|it| !it.is_null()).cloned();
    let mut known: HashSet<Str> = HashSet::from(["AWS_IAM".into()]);
    known.extend(authorizers.iter().map(|it| it.key.clone()));
    let preflight = inherit(auth, "AddDefaultAuthorizerToCorsPreflight");
    Some(Default {
        name,
        scopes: scopes.unwrap_or_else(|| Place(written.span).list([])),
        written,
        known,
        preflight: preflight.is_none_or(|it| truthy(&it)),
    })
}

/// Writes the default authorizer onto every method that names none.
fn set_default(document: &mut Draft, default: &Default) {
    let mut signed = None;
    for path in body::paths(document) {
        body::each_method(document, &path, &mut |method, definition| {
            if method == "options" && !default.preflight {
                return;
            }
            if let Some(security) = with_default(definition, default) {
                let first = security.items().first();
                if first.is_some_and(|first| first.get("AWS_IAM").is_some()) {
                    signed = Some(security.span);
                }
                definition.set("security", security.span, security);
            }
        });
    }
    if let Some(at) = signed {
        define_iam(document, at);
    }
}

/// What a method asks for with the default authorizer; `None` where nothing changes.
fn with_default(definition: &Fields, default: &Default) -> Option<Node> {
    let existing = definition.read("security");
    let is_list = |node: &Node| node.as_list().is_some();
    if existing.as_ref().is_some_and(|node| !is_list(node)) {
        return None;
    }
    let items = existing.as_ref().map(Node::items).unwrap_or_default();
    let (own, others): (Vec<&Node>, Vec<&Node>) = items.iter().partition(|item| {
        let mut keys = item.entries().iter();
        keys.any(|entry| default.known.contains(&entry.key))
    });
    let none = others.iter().position(|item| item.get("NONE").is_some());
    let mut security: Vec<Node> = others.iter().map(|item| (*item).clone()).collect();
    let mut at = existing
        .as_ref()
        .map_or(definition.span(), |node| node.span);
    let mut via = existing.as_ref().and_then(|node| node.via.clone());
    if let Some(none) = none {
        security.remove(none);
    } else if own.is_empty() {
        let entry = inherited(default, definition.span());
        at = entry.span;
        via.clone_from(&entry.via);
        security.push(entry);
    } else {
        security.extend(own.into_iter().cloned());
    }
    if security.is_empty() {
        return None;
    }
    Some(Node {
        via,
        ..Node::list(at, security)
    })
}

/// The requirement that the default authorizer puts onto a method at `method`.
fn inherited(default: &Default, method: Span) -> Node {
    let at = default.written.span;
    let entry = Place(at).one(default.name.clone(), default.scopes.clone());
    let how = How::Inherited("DefaultAuthorizer".into());
    entry
        .along(default.written.via.as_ref())
        .via(Step::new(how, method))
}

/// Asks for a key on every method that does not say otherwise.
fn require_keys(document: &mut Draft, required: &Node, preflight: bool) {
    for path in body::paths(document) {
        body::each_method(document, &path, &mut |method, definition| {
            let wanted = preflight || method != "options";
            if let Some(security) = with_key(definition, required, wanted) {
                definition.set("security", security.span, security);
            }
        });
    }
}

fn with_key(definition: &Fields, required: &Node, wanted: bool) -> Option<Node> {
    let existing = definition.read("security");
    if existing
        .as_ref()
        .is_some_and(|node| node.as_list().is_none())
    {
        return None;
    }
    let items = existing.as_ref().map(Node::items).unwrap_or_default();
    let about_keys =
        |item: &&Node| item.get("api_key").is_some() || item.get("api_key_false").is_some();
    let refused = items.iter().any(|item| item.get("api_key_false").is_some());
    let mut security: Vec<Node> = items
        .iter()
        .filter(|item| !about_keys(item))
        .cloned()
        .collect();
    if wanted && !refused {
        let how = How::Inherited("ApiKeyRequired".into());
        let entry = key_requirement(required).via(Step::new(how, definition.span()));
        security.push(entry);
    }
    let at = existing.as_ref().map_or(required.span, |node| node.span);
    let changed = Node {
        via: existing.as_ref().and_then(|node| node.via.clone()),
        ..Node::list(at, security)
    };
    let same = existing
        .as_ref()
        .map_or(changed.items().is_empty(), |node| node.same(&changed));
    (!same).then_some(changed)
}

/// The requirement of a key, because of this value.
pub(super) fn key_requirement(required: &Node) -> Node {
    let place = Place(required.span);
    let entry = place
        .one("api_key", place.list([]))
        .along(required.via.as_ref());
    if matches!(required.value, Value::Bool(_)) {
        return entry;
    }
    let shown = required
        .scalar()
        .unwrap_or_else(|| "an intrinsic function".into());
    let how = How::Coerced(
        format!("`ApiKeyRequired: {shown}` is not a boolean: SAM takes it for true").into(),
    );
    entry.via(Step::new(how, required.span))
}

/// What every method without an authorizer of its own asks for cannot be known.
fn make_unknown(document: &mut Draft, at: Span, reason: &str) {
    for path in body::paths(document) {
        body::each_method(document, &path, &mut |_, definition| {
            if definition.get("security").is_none() {
                definition.set("security", at, Place(at).unknown(reason));
            }
        });
    }
}

/// The step of a value that an event sets over the default authorizer, when there is one.
pub(super) fn over_default(auth: Option<&Node>) -> Option<Step> {
    overriding(auth?.get("DefaultAuthorizer"), "DefaultAuthorizer")
}

#[cfg(test)]
mod tests {
    use super::super::sample::{asked, hows, lowered, property};
    use super::*;

    const GLOBALS: &str = "
Globals:
  Api:
    Cors: \"'*'\"
    Auth:
      DefaultAuthorizer: A
      Authorizers: {A: {UserPoolArn: x, AuthorizationScopes: [s]}, B: {FunctionArn: y}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Plain: {Type: Api, Properties: {Path: /plain, Method: get}}
        Open: {Type: Api, Properties: {Path: /open, Method: get, Auth: {Authorizer: NONE}}}
        Other: {Type: Api, Properties: {Path: /other, Method: get, Auth: {Authorizer: B}}}
";

    fn security(route: &[&str]) -> Node {
        let path = [&["Body", "paths"], route, &["security"]].concat();
        property(&lowered(GLOBALS), "ServerlessRestApi", &path)
    }

    #[test]
    fn the_default_comes_from_globals_to_every_method() {
        let security = security(&["/plain", "get"]);
        let scopes = security.items()[0].get("A").unwrap();
        assert_eq!(scopes.items().len(), 1);
        let expected = [
            How::Written,
            How::Inherited("Globals.Api.Auth".into()),
            How::Inherited("DefaultAuthorizer".into()),
        ];
        assert_eq!(hows(&security.items()[0]), expected);
        assert_eq!(hows(&security), expected);
    }

    #[test]
    fn none_overrides_the_default() {
        let security = security(&["/open", "get"]);
        assert!(security.items()[0].get("NONE").is_some());
        let expected = [How::Written, How::Overrides("DefaultAuthorizer".into())];
        assert_eq!(hows(&security), expected);
    }

    #[test]
    fn an_event_may_name_another_authorizer() {
        let security = security(&["/other", "get"]);
        assert!(security.items()[0].get("B").is_some());
        assert_eq!(
            hows(&security)[1],
            How::Overrides("DefaultAuthorizer".into())
        );
    }

    #[test]
    fn preflights_get_the_default_and_say_what_they_are() {
        let out = lowered(GLOBALS);
        assert_eq!(
            asked(&out, "ServerlessRestApi", &["/plain", "options"]),
            ["A"]
        );
        let preflight = property(
            &out,
            "ServerlessRestApi",
            &["Body", "paths", "/plain", "options"],
        );
        let generated = How::Generated("CORS preflight of `/plain`".into());
        assert!(hows(&preflight).contains(&generated));
        let off = GLOBALS.replace(
            "DefaultAuthorizer: A",
            "DefaultAuthorizer: A\n      AddDefaultAuthorizerToCorsPreflight: false",
        );
        let preflight = property(
            &lowered(&off),
            "ServerlessRestApi",
            &["Body", "paths", "/plain", "options"],
        );
        assert!(preflight.get("security").is_none());
    }

    #[test]
    fn the_text_false_asks_for_a_key() {
        let template = GLOBALS.replace(
            "DefaultAuthorizer: A",
            "DefaultAuthorizer: A\n      ApiKeyRequired: \"false\"",
        );
        let out = lowered(&template);
        assert_eq!(
            asked(&out, "ServerlessRestApi", &["/plain", "get"]),
            ["A", "api_key"]
        );
        assert_eq!(
            asked(&out, "ServerlessRestApi", &["/open", "get"]),
            ["NONE", "api_key"]
        );
        let security = property(
            &out,
            "ServerlessRestApi",
            &["Body", "paths", "/plain", "get", "security"],
        );
        assert!(
            hows(&security.items()[1])
                .iter()
                .any(|how| matches!(how, How::Coerced(_)))
        );
    }

    #[test]
    fn a_default_that_is_not_defined_leaves_the_auth_unknown() {
        let template = GLOBALS.replace("DefaultAuthorizer: A", "DefaultAuthorizer: Missing");
        let out = lowered(&template);
        let get = [
            "Body",
            "paths",
            "/plain",
            "get",
            "security",
            "Fn::GateLintUnknown",
        ];
        assert!(
            property(&out, "ServerlessRestApi", &get)
                .as_text()
                .is_some()
        );
        assert_eq!(asked(&out, "ServerlessRestApi", &["/other", "get"]), ["B"]);
        assert_eq!(out.problems.len(), 1);
    }

    #[test]
    fn a_default_is_ignored_when_there_are_no_authorizers() {
        let template = GLOBALS
            .replace("Authorizers:", "# ")
            .replace("Authorizer: B", "ApiKeyRequired: true");
        let out = lowered(&template);
        let get = property(
            &out,
            "ServerlessRestApi",
            &["Body", "paths", "/plain", "get"],
        );
        assert!(get.get("security").is_none());
    }

    #[test]
    fn a_parameter_may_name_the_default() {
        let template = GLOBALS.replace("DefaultAuthorizer: A", "DefaultAuthorizer: !Ref P");
        let out = lowered(&format!(
            "Parameters: {{P: {{Type: String, Default: B}}}}{template}"
        ));
        let security = property(
            &out,
            "ServerlessRestApi",
            &["Body", "paths", "/plain", "get", "security"],
        );
        assert!(security.items()[0].get("B").is_some());
        assert!(hows(&security).contains(&How::Parameter("P".into())));
    }
}

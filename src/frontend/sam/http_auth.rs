//! `Auth` of an HTTP API: authorizers, and the default one for every route that names none.
//!
//! `OPTIONS` routes never get the default; `security` that names `NONE` stays and keeps it away.

use super::Lowering;
use super::api::Api;
use super::authorizer::{AUTHORIZER, function_uri, iam_scheme, invoke_role};
use super::body;
use super::draft::{Draft, Fields};
use super::globals::{inherit, inherit_true};
use super::place::{Place, is_true, present};
use super::truthy::{is_intrinsic, is_no_value, true_at, truthy};
use crate::document::{Entry, Node};
use crate::source::Str;
use crate::trail::{How, Step};

/// Where an identity may come from, and how the document names it.
const SOURCES: &[(&str, &str)] = &[
    ("Headers", "$request.header."),
    ("QueryStrings", "$request.querystring."),
    ("StageVariables", "$stageVariables."),
    ("Context", "$context."),
];

/// Applies an API's `Auth` to its document.
pub(super) fn apply(lowering: &mut Lowering<'_>, api: &Api, document: &mut Draft) {
    let Some(auth) = inherit_true(&api.properties, "Auth") else {
        return;
    };
    if !body::is_openapi(document) {
        let message = format!(
            "`Auth` of `{}` cannot be applied: its document is not in the template",
            api.id
        );
        lowering.notice(auth.span, message);
        return;
    }
    if auth.as_map().is_none() || is_intrinsic(&auth) {
        let reason = format!("`Auth` of `{}` is decided at deployment", api.id);
        lowering.unresolved(auth.span, reason.clone());
        make_unknown(document, &auth, &reason);
        return;
    }
    let schemes = schemes(&auth);
    define(document, &schemes);
    let Some(written) = inherit_true(&auth, "DefaultAuthorizer").filter(|it| !is_no_value(it))
    else {
        return;
    };
    let name = lowering.word(&written).map(|word| word.text);
    let Some(name) = name.filter(|name| schemes.iter().any(|scheme| scheme.key == *name)) else {
        let reason = format!(
            "`DefaultAuthorizer` of `{}` is not an authorizer that it defines",
            api.id
        );
        lowering.unresolved(written.span, reason.clone());
        make_unknown(document, &written, &reason);
        return;
    };
    let scopes = auth
        .at(&["Authorizers", &name, "AuthorizationScopes"])
        .filter(|it| !it.is_null());
    let scopes = scopes
        .cloned()
        .unwrap_or_else(|| Place(written.span).list([]));
    for path in body::paths(document) {
        body::each_method(document, &path, &mut |method, definition| {
            if method != "options" && definition.get("security").is_none_or(|it| !it.truthy()) {
                set_default(definition, (&name, &scopes), &written);
            }
        });
    }
}

fn set_default(definition: &mut Fields, (name, scopes): (&Str, &Node), written: &Node) {
    let place = Place(written.span);
    let how = How::Inherited("DefaultAuthorizer".into());
    let entry = place
        .one(name.clone(), scopes.clone())
        .along(written.via.as_ref())
        .via(Step::new(how, definition.span()));
    let via = entry.via.clone();
    let security = Node {
        via,
        ..place.list([entry])
    };
    definition.set("security", place.0, security);
}

/// The schemes of an API's authorizers, signed requests among them when they are enabled.
fn schemes(auth: &Node) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    if let Some(enabled) = auth
        .get("EnableIamAuthorizer")
        .filter(|it| is_true(Some(*it)))
    {
        all.push(Entry {
            span: enabled.span,
            key: "AWS_IAM".into(),
            value: iam_scheme(Place(enabled.span)),
        });
    }
    let authorizers = inherit(auth, "Authorizers");
    for entry in authorizers.as_ref().map(Node::entries).unwrap_or_default() {
        if entry.value.as_map().is_some() {
            let via = authorizers.as_ref().and_then(|it| it.via.as_ref());
            all.push(Entry {
                value: scheme(&entry.value).along(via),
                ..entry.clone()
            });
        }
    }
    all
}

fn scheme(authorizer: &Node) -> Node {
    let place = Place(authorizer.span);
    let Some(configuration) = true_at(authorizer, "JwtConfiguration") else {
        return place
            .map([
                ("type", place.text("apiKey")),
                ("name", place.text("Unused")),
                ("in", place.text("header")),
                (AUTHORIZER, request(authorizer)),
            ])
            .along(authorizer.via.as_ref());
    };
    let source = authorizer.get("IdentitySource").cloned();
    let details = place.map([
        ("jwtConfiguration", lower_keys(configuration)),
        (
            "identitySource",
            source.unwrap_or_else(|| Node::null(place.0)),
        ),
        ("type", place.text("jwt")),
    ]);
    place
        .map([("type", place.text("oauth2")), (AUTHORIZER, details)])
        .along(authorizer.via.as_ref())
}

/// The same mapping with keys in lower case; an intrinsic function stays what it is.
fn lower_keys(configuration: &Node) -> Node {
    if configuration.as_map().is_none() || is_intrinsic(configuration) {
        return configuration.clone();
    }
    let entry = |entry: &Entry| Entry {
        key: entry.key.to_lowercase().into(),
        ..entry.clone()
    };
    let entries = configuration.entries().iter().map(entry).collect();
    Node {
        via: configuration.via.clone(),
        ..Node::map(configuration.span, entries)
    }
}

/// An authorizer that is a function.
fn request(authorizer: &Node) -> Node {
    let place = Place(authorizer.span);
    let mut details = place.map([
        ("type", place.text("request")),
        (
            "authorizerUri",
            function_uri(place, authorizer.get("FunctionArn")),
        ),
    ]);
    if let Some(role) = invoke_role(authorizer) {
        details = details.with("authorizerCredentials", role.clone());
    }
    if let Some(identity) = true_at(authorizer, "Identity") {
        if let Some(every) = present(identity, "ReauthorizeEvery") {
            details = details.with("authorizerResultTtlInSeconds", every.clone());
        }
        let mut sources: Vec<Node> = Vec::new();
        for (property, prefix) in SOURCES {
            for value in identity.get(property).map(Node::items).unwrap_or_default() {
                let name = value.as_text().cloned().unwrap_or_else(|| "unknown".into());
                sources.push(Node::text(value.span, format!("{prefix}{name}")));
            }
        }
        details = details.with("identitySource", Node::list(identity.span, sources));
    }
    if let Some(version) = authorizer.get("AuthorizerPayloadFormatVersion") {
        details = details.with("authorizerPayloadFormatVersion", version.clone());
    }
    match true_at(authorizer, "EnableSimpleResponses") {
        Some(simple) => details.with("enableSimpleResponses", simple.clone()),
        None => details,
    }
}

/// Puts the schemes under `components`.
fn define(document: &mut Draft, schemes: &[Entry]) {
    let Some(first) = schemes.first() else {
        return;
    };
    let at = first.span;
    let mut slot = document.fields();
    for key in ["components", "securitySchemes"] {
        slot = slot.and_then(|fields| {
            if fields.get(key).is_none_or(|known| !known.truthy()) {
                fields.set(key, at, Draft::empty(at));
            }
            fields.get_mut(key)?.fields()
        });
    }
    if let Some(known) = slot {
        for scheme in schemes {
            known.set(scheme.key.clone(), scheme.span, scheme.value.clone());
        }
    }
}

/// What every route without an authorizer of its own asks for cannot be known.
fn make_unknown(document: &mut Draft, because: &Node, reason: &str) {
    for path in body::paths(document) {
        body::each_method(document, &path, &mut |method, definition| {
            if method != "options" && definition.get("security").is_none_or(|it| !it.truthy()) {
                let unknown = Place(because.span).unknown(reason);
                definition.set("security", because.span, unknown);
            }
        });
    }
}

/// The functions of authorizers that API Gateway may call, with the authorizers' names.
pub(super) fn permitted(auth: &Node) -> Vec<(Str, Node)> {
    let authorizers = auth
        .get("Authorizers")
        .map(Node::entries)
        .unwrap_or_default();
    let permitted = authorizers.iter().filter(|entry| {
        entry
            .value
            .get("EnableFunctionDefaultPermissions")
            .is_some_and(truthy)
    });
    permitted
        .filter_map(|entry| {
            Some((
                entry.key.clone(),
                true_at(&entry.value, "FunctionArn")?.clone(),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{asked, hows, lowered, property};
    use super::*;

    const TEMPLATE: &str = "
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: J
        Authorizers: {J: {IdentitySource: s, JwtConfiguration: {Issuer: i}, AuthorizationScopes: [a]}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Plain: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /plain, Method: get}}
        Options: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /plain, Method: options}}
        Open: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /open, Method: get, Auth: {Authorizer: NONE}}}
        Scoped: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /scoped, Method: get, Auth: {AuthorizationScopes: [b]}}}
        All: {Type: HttpApi, Properties: {ApiId: !Ref Api}}
";

    #[test]
    fn the_default_goes_to_every_route_but_options() {
        let out = lowered(TEMPLATE);
        assert_eq!(asked(&out, "Api", &["/plain", "get"]), ["J"]);
        assert_eq!(asked(&out, "Api", &["$default", body::ANY]), ["J"]);
        let options = property(&out, "Api", &["Body", "paths", "/plain", "options"]);
        assert!(options.get("security").is_none());
    }

    #[test]
    fn none_stays_and_overrides_the_default() {
        let out = lowered(TEMPLATE);
        assert_eq!(asked(&out, "Api", &["/open", "get"]), ["NONE"]);
        let security = property(&out, "Api", &["Body", "paths", "/open", "get", "security"]);
        assert!(hows(&security).contains(&How::Overrides("DefaultAuthorizer".into())));
    }

    #[test]
    fn none_without_a_default_is_refused() {
        let refused = |text: &str| {
            let said = lowered(text).problems.into_iter();
            said.filter(|it| it.message.contains("SAM refuses")).count()
        };
        assert_eq!(refused(TEMPLATE), 0);
        let without = TEMPLATE.replace("        DefaultAuthorizer: J\n", "");
        // `Scoped` names none, `Open` names `NONE`.
        assert_eq!(refused(&without), 2);
    }

    #[test]
    fn an_event_may_ask_for_other_scopes() {
        let security = property(
            &lowered(TEMPLATE),
            "Api",
            &["Body", "paths", "/scoped", "get", "security"],
        );
        let scopes = security.items()[0].get("J").unwrap().items();
        assert_eq!(scopes[0].as_text().unwrap(), "b");
        assert!(hows(&security).contains(&How::Inherited("DefaultAuthorizer".into())));
    }

    #[test]
    fn keys_of_a_jwt_configuration_are_lower_case() {
        let path = [
            "Body",
            "components",
            "securitySchemes",
            "J",
            AUTHORIZER,
            "jwtConfiguration",
            "issuer",
        ];
        assert!(
            property(&lowered(TEMPLATE), "Api", &path)
                .as_text()
                .is_some()
        );
    }

    #[test]
    fn iam_must_be_enabled_by_a_boolean() {
        let iam = TEMPLATE.replace(
            "DefaultAuthorizer: J",
            "DefaultAuthorizer: AWS_IAM\n        EnableIamAuthorizer: true",
        );
        assert_eq!(
            asked(&lowered(&iam), "Api", &["/plain", "get"]),
            ["AWS_IAM"]
        );
        let text = iam.replace("EnableIamAuthorizer: true", "EnableIamAuthorizer: \"true\"");
        let out = lowered(&text);
        let get = [
            "Body",
            "paths",
            "/plain",
            "get",
            "security",
            "Fn::GateLintUnknown",
        ];
        assert!(property(&out, "Api", &get).as_text().is_some());
        assert!(!out.problems.is_empty());
    }
}

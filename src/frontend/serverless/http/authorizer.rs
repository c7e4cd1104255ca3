//! `authorizer:` of an `httpApi` event, and `provider.httpApi.authorizers`, which are no defaults.

use std::collections::HashMap;

use super::{api_id, external};
use crate::document::Node;
use crate::frontend::serverless::coerce;
use crate::frontend::serverless::naming;
use crate::frontend::serverless::service::{Output, Service};
use crate::frontend::serverless::template::{At, permission};
use crate::frontend::serverless::tree;
use crate::source::Str;
use crate::trail::{How, Step};

/// Where the framework documents HTTP APIs.
const DOCS: &str = "https://www.serverless.com/framework/docs/providers/aws/events/http-api";

/// What a route asks for.
#[derive(Default)]
pub(super) struct Asked {
    /// `AuthorizationType`.
    pub(super) kind: Option<Node>,
    /// `AuthorizerId`.
    pub(super) authorizer: Option<Node>,
    /// `AuthorizationScopes`.
    pub(super) scopes: Option<Node>,
}

/// An entry of `provider.httpApi.authorizers`.
pub(super) struct Authorizer {
    /// Its settings.
    pub(super) config: Node,
    name: Node,
    /// Its logical id.
    pub(super) id: Str,
}

/// What a route asks for. Authorizers of the provider are no defaults.
pub(super) fn asked(
    event: &Node,
    (service, authorizers): (&Service, &HashMap<Str, Authorizer>),
    out: &mut Output,
) -> Asked {
    let Some(written) = tree::child(event, "authorizer").filter(tree::is_truthy) else {
        let what = "a route without `authorizer` asks for none";
        let at = At::of(event).via(Step::default(what, DOCS));
        return Asked {
            kind: Some(at.text("NONE")),
            ..Asked::default()
        };
    };
    let node = coerce::text(&written, "authorizer");
    if let Some(reason) = tree::unknown(&node) {
        return unknown(&At::of(&node), reason);
    }
    let is_short = node.as_text().is_some() || tree::joined(&node).is_some();
    let setting = |key| tree::child(&node, key).filter(tree::is_truthy);
    let name = if is_short {
        Some(node.clone())
    } else {
        setting("name")
    };
    let kind = setting("type");
    let id = setting("id");
    let scopes = setting("scopes").map(|scopes| coerce::list(&scopes, "scopes"));
    if let Some(kind) = kind.as_ref().filter(|kind| is(kind, "aws_iam")) {
        if name.is_some() || id.is_some() || scopes.is_some() {
            out.fatal(
                node.span,
                "an authorizer of `type: aws_iam` takes no other settings",
            );
        }
        return Asked {
            kind: Some(At::of(kind).text("AWS_IAM")),
            ..Asked::default()
        };
    }
    if let Some(id) = id {
        if external(service).is_none() {
            out.fatal(id.span, "an authorizer's `id` needs `provider.httpApi.id`");
        }
        return by_id(&node, kind.as_ref(), id, scopes);
    }
    by_name(&node, name, scopes, (authorizers, out))
}

fn by_id(node: &Node, kind: Option<&Node>, id: Node, scopes: Option<Node>) -> Asked {
    let at = At::of(kind.unwrap_or(node));
    let deployed = match kind {
        Some(kind) if tree::unknown(kind).is_some() => kind.clone(),
        Some(kind) if is(kind, "request") => at.text("CUSTOM"),
        _ => at.text("JWT"),
    };
    Asked {
        kind: Some(deployed),
        authorizer: Some(id),
        scopes,
    }
}

fn by_name(
    node: &Node,
    name: Option<Node>,
    scopes: Option<Node>,
    (authorizers, out): (&HashMap<Str, Authorizer>, &mut Output),
) -> Asked {
    let Some(name) = name else {
        let message = "an authorizer needs a `name` or an `id`";
        out.fatal(node.span, message);
        return unknown(&At::of(node), &Str::from(message));
    };
    let at = At::of(&name);
    let key = name.scalar().unwrap_or_default();
    let Some(authorizer) = authorizers.get(&key) else {
        if let Some(reason) = tree::unknown(&name) {
            return unknown(&at, reason);
        }
        let message = format!("there is no authorizer `{key}` in `provider.httpApi.authorizers`");
        out.fatal(name.span, message.clone());
        return unknown(&at, &Str::from(message));
    };
    let declared = At::of(&authorizer.config);
    let at = at.via(Step::new(How::Reference(key), declared.span));
    Asked {
        kind: Some(match kind(&authorizer.config) {
            Kind::Request => at.text("CUSTOM"),
            Kind::Jwt => at.text("JWT"),
            Kind::Unknown(node) => node,
        }),
        authorizer: Some(at.refer(authorizer.id.clone())),
        scopes,
    }
}

fn unknown(at: &At, reason: &Str) -> Asked {
    Asked {
        kind: Some(at.unknown(reason.clone())),
        authorizer: Some(at.unknown(reason.clone())),
        scopes: None,
    }
}

fn is(node: &Node, word: &str) -> bool {
    node.as_text().is_some_and(|text| text == word)
}

/// The kinds of a named authorizer.
enum Kind {
    Request,
    Jwt,
    Unknown(Node),
}

fn kind(config: &Node) -> Kind {
    match tree::child(config, "type") {
        Some(kind) if tree::unknown(&kind).is_some() => Kind::Unknown(kind),
        Some(kind) if is(&kind, "request") => Kind::Request,
        _ => Kind::Jwt,
    }
}

/// `provider.httpApi.authorizers`, by key.
pub(super) fn declared(service: &Service, out: &mut Output) -> HashMap<Str, Authorizer> {
    let section = service.setting(&["httpApi", "authorizers"]);
    let mut found = HashMap::new();
    let Some(section) = section else {
        return found;
    };
    if let Some(reason) = tree::unknown(&section) {
        out.notice(
            section.span,
            format!("authorizers are not known, because {reason} is not"),
        );
        return found;
    }
    for (span, key, config) in tree::entries(&section) {
        let at = At {
            span,
            via: config.via.clone(),
        };
        let name = tree::child(&config, "name").filter(tree::is_truthy);
        let name = name.unwrap_or_else(|| at.text(key.clone()));
        let id = naming::http_authorizer(&tree::sketch(&name).unwrap_or_default());
        found.insert(key, Authorizer { config, name, id });
    }
    found
}

/// Makes an authorizer of the API.
pub(super) fn compile(authorizer: &Authorizer, service: &Service, out: &mut Output) {
    let config = &authorizer.config;
    let at = At::of(config);
    let source = tree::child(config, "identitySource").filter(tree::is_truthy);
    let source = source.map(|node| coerce::list(&node, "identitySource"));
    let common = at.object([
        ("ApiId", api_id(&at, service)),
        ("Name", authorizer.name.clone()),
        (
            "IdentitySource",
            source.unwrap_or_else(|| at.list(Vec::new())),
        ),
    ]);
    let own = match kind(config) {
        Kind::Request => request(authorizer, service, out),
        Kind::Jwt => jwt(config, at.text("JWT")),
        Kind::Unknown(kind) => jwt(config, kind),
    };
    let properties = tree::entries(&own).fold(common, |all, (_, key, value)| all.with(key, value));
    let resource = at.resource("AWS::ApiGatewayV2::Authorizer", properties);
    let id = &authorizer.id;
    out.resources.replace(id.clone(), resource, id);
}

/// What only a Lambda authorizer has.
fn request(authorizer: &Authorizer, service: &Service, out: &mut Output) -> Node {
    let config = &authorizer.config;
    let at = At::of(config);
    let function = invoked(authorizer, service, out);
    let version = tree::child(config, "payloadVersion").filter(tree::is_truthy);
    at.sparse([
        ("AuthorizerType", Some(at.text("REQUEST"))),
        (
            "EnableSimpleResponses",
            tree::child(config, "enableSimpleResponses"),
        ),
        (
            "AuthorizerResultTtlInSeconds",
            tree::child(config, "resultTtlInSeconds"),
        ),
        (
            "AuthorizerPayloadFormatVersion",
            Some(version.unwrap_or_else(|| at.text("2.0"))),
        ),
        ("AuthorizerUri", Some(at.invocation(vec![function]))),
    ])
}

/// What only a JWT authorizer has.
fn jwt(config: &Node, kind: Node) -> Node {
    let at = At::of(config);
    let audience = tree::child(config, "audience").filter(tree::is_truthy);
    let audience = audience.map(|node| coerce::list(&node, "audience"));
    let jwt = at.sparse([
        ("Audience", audience),
        ("Issuer", tree::child(config, "issuerUrl")),
    ]);
    at.object([("AuthorizerType", kind), ("JwtConfiguration", jwt)])
}

/// The function of a request authorizer, which API Gateway is let invoke.
fn invoked(authorizer: &Authorizer, service: &Service, out: &mut Output) -> Node {
    let config = &authorizer.config;
    let at = At::of(config);
    let setting = |key| tree::child(config, key).filter(tree::is_truthy);
    let (arn, name) = (setting("functionArn"), setting("functionName"));
    let both = match (&arn, &name) {
        (Some(_), Some(_)) => {
            Some("a request authorizer takes `functionName` or `functionArn`, not both")
        }
        (None, None) => Some("a request authorizer needs `functionName` or `functionArn`"),
        (Some(_), None) | (None, Some(_)) => None,
    };
    if let Some(message) = both {
        out.fatal(config.span, message);
    }
    if setting("resultTtlInSeconds").is_some() && setting("identitySource").is_none() {
        out.fatal(
            config.span,
            "a request authorizer that caches needs `identitySource`",
        );
    }
    let function = match (arn, name) {
        (Some(arn), _) => arn,
        (None, Some(name)) => {
            let key = name.scalar().unwrap_or_default();
            match service.function(&key) {
                Some(function) => function.target(&At::of(&name)),
                None if tree::unknown(&name).is_some() => name,
                None => {
                    out.fatal(
                        name.span,
                        format!("there is no function `{key}` for this authorizer"),
                    );
                    At::of(&name).unknown(format!("function `{key}` does not exist"))
                }
            }
        }
        (None, None) => at.unknown("no function is named"),
    };
    if setting("managedExternally").is_none() {
        let source = at.execute_api(api_id(&at, service), "/*");
        let principal = "apigateway.amazonaws.com";
        let resource = permission(&at, function.clone(), principal, Some(source));
        let name = tree::sketch(&authorizer.name).unwrap_or_default();
        out.resources
            .set(naming::http_authorizer_permission(&name), resource);
    }
    function
}

//! serverless-appsync-plugin, and `appSync:` of version 4: a GraphQL API.
//!
//! Version 2 of the plugin reads `appSync`, version 1 read `custom.appSync`.

use crate::document::Node;
use crate::frontend::serverless::naming;
use crate::frontend::serverless::service::{Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;
use crate::frontend::serverless::variables::Generation;
use crate::source::Str;

/// Compiles the API, when there is one.
pub(super) fn events(service: &Service, out: &mut Output) {
    let has_plugin = service.plugin("serverless-appsync-plugin").is_some();
    if let Some(config) = &service.app_sync {
        if has_plugin || service.generation != Generation::Three {
            api(config, service, out);
        }
        return;
    }
    let Some(config) = tree::child(&service.custom, "appSync").filter(|_| has_plugin) else {
        return;
    };
    match config.as_list() {
        None => old_api(&config, "GraphQlApi".into(), out),
        Some(_) => {
            for config in tree::items(&config) {
                let name = tree::child(&config, "name").and_then(|name| tree::sketch(&name));
                let name: String = name
                    .iter()
                    .flat_map(|name| name.chars())
                    .filter(char::is_ascii_alphanumeric)
                    .collect();
                old_api(&config, Str::from(format!("{name}GraphQlApi")), out);
            }
        }
    }
}

fn lost(config: &Node, out: &mut Output) -> bool {
    let reason = tree::unknown(config);
    if let Some(reason) = reason {
        out.lost(
            config.span,
            format!("the GraphQL API is not known, because {reason} is not"),
        );
    }
    reason.is_some()
}

/// The API as version 2 of the plugin describes it.
fn api(config: &Node, service: &Service, out: &mut Output) {
    if lost(config, out) {
        return;
    }
    let at = At::of(config);
    let setting = |key| tree::child(config, key);
    let authentication = setting("authentication");
    let Some(authentication) = authentication else {
        out.fatal(config.span, "the GraphQL API has no `authentication`");
        return;
    };
    let [kind, pool, oidc, lambda] = provider(&authentication, service);
    let more = setting("additionalAuthentications").map(|more| {
        let providers =
            tree::items(&more).map(|item| At::of(&item).sparse(provider(&item, service)));
        At::of(&more).list(providers.collect())
    });
    let introspection = setting("introspection").map(|node| match node.scalar() {
        Some(text) if text == "false" => At::of(&node).text("DISABLED"),
        Some(_) => At::of(&node).text("ENABLED"),
        None => node,
    });
    let properties = at.sparse([
        ("Name", setting("name")),
        kind,
        pool,
        oidc,
        lambda,
        (
            "AdditionalAuthenticationProviders",
            more.filter(|more| !more.items().is_empty()),
        ),
        ("Visibility", setting("visibility")),
        ("IntrospectionConfig", introspection),
        (
            "LogConfig",
            setting("logging")
                .filter(tree::is_truthy)
                .map(|node| At::of(&node).object([])),
        ),
    ]);
    out.resources.set(
        "GraphQlApi",
        at.resource("AWS::AppSync::GraphQLApi", properties),
    );
    for key in setting("apiKeys").iter().flat_map(tree::items) {
        api_key(&key, out);
    }
    if let Some(waf) = setting("waf").filter(tree::is_truthy) {
        firewall(&waf, out);
    }
}

/// The type of an authentication provider, and its settings.
fn provider(node: &Node, service: &Service) -> [(&'static str, Option<Node>); 4] {
    let kind = tree::child(node, "type");
    let config = tree::child(node, "config");
    let word = kind
        .as_ref()
        .and_then(Node::as_text)
        .cloned()
        .unwrap_or_default();
    let config = config.as_ref();
    let of = |name: &str| config.filter(|_| word == name);
    [
        ("AuthenticationType", kind),
        ("UserPoolConfig", of("AMAZON_COGNITO_USER_POOLS").map(pool)),
        ("OpenIDConnectConfig", of("OPENID_CONNECT").map(oidc)),
        (
            "LambdaAuthorizerConfig",
            of("AWS_LAMBDA").map(|config| lambda(config, service)),
        ),
    ]
}

fn pool(config: &Node) -> Node {
    let at = At::of(config);
    let region = tree::child(config, "awsRegion");
    at.sparse([
        (
            "AwsRegion",
            Some(region.unwrap_or_else(|| at.sub("${AWS::Region}"))),
        ),
        ("UserPoolId", tree::child(config, "userPoolId")),
        ("AppIdClientRegex", tree::child(config, "appIdClientRegex")),
        ("DefaultAction", tree::child(config, "defaultAction")),
    ])
}

fn oidc(config: &Node) -> Node {
    At::of(config).sparse([
        ("Issuer", tree::child(config, "issuer")),
        ("ClientId", tree::child(config, "clientId")),
        ("IatTTL", tree::child(config, "iatTTL")),
        ("AuthTTL", tree::child(config, "authTTL")),
    ])
}

fn lambda(config: &Node, service: &Service) -> Node {
    let at = At::of(config);
    let by_name = || {
        let name = tree::child(config, "functionName")?;
        let key = name.scalar()?;
        let at = At::of(&name);
        Some(match service.function(&key) {
            Some(function) => function.target(&at),
            None => at.attribute(naming::function(&key), "Arn"),
        })
    };
    let embedded = || {
        tree::child(config, "function")
            .map(|node| At::of(&node).unknown("a function of the plugin"))
    };
    at.sparse([
        (
            "AuthorizerUri",
            tree::child(config, "functionArn")
                .or_else(by_name)
                .or_else(embedded),
        ),
        (
            "IdentityValidationExpression",
            tree::child(config, "identityValidationExpression"),
        ),
        (
            "AuthorizerResultTtlInSeconds",
            tree::child(config, "authorizerResultTtlInSeconds"),
        ),
    ])
}

fn api_key(key: &Node, out: &mut Output) {
    let at = At::of(key);
    let name = match key.as_map() {
        Some(_) => tree::child(key, "name"),
        None => Some(key.clone()),
    };
    let id = name.as_ref().and_then(tree::sketch).unwrap_or_default();
    let id: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let properties = at.sparse([
        ("ApiId", Some(at.attribute("GraphQlApi", "ApiId"))),
        ("Description", tree::child(key, "description").or(name)),
    ]);
    out.resources.set(
        format!("GraphQlApi{id}"),
        at.resource("AWS::AppSync::ApiKey", properties),
    );
}

fn firewall(waf: &Node, out: &mut Output) {
    let is_off = tree::child(waf, "enabled").is_some_and(|node| !tree::is_truthy(&node));
    if is_off {
        return;
    }
    let at = At::of(waf);
    let acl = tree::child(waf, "arn").unwrap_or_else(|| at.attribute("GraphQlWaf", "Arn"));
    let properties = at.object([
        ("ResourceArn", at.attribute("GraphQlApi", "Arn")),
        ("WebACLArn", acl),
    ]);
    let resource = at.resource("AWS::WAFv2::WebACLAssociation", properties);
    out.resources.set("GraphQlWafAssoc", resource);
}

/// The API as version 1 of the plugin described it.
fn old_api(config: &Node, id: Str, out: &mut Output) {
    if lost(config, out) {
        return;
    }
    let at = At::of(config);
    let more = tree::child(config, "additionalAuthenticationProviders").map(|more| {
        let providers = tree::items(&more).map(|item| At::of(&item).sparse(old_provider(&item)));
        At::of(&more).list(providers.collect())
    });
    let [kind, pool, oidc] = old_provider(config);
    let properties = at.sparse([
        ("Name", tree::child(config, "name")),
        kind,
        pool,
        oidc,
        (
            "AdditionalAuthenticationProviders",
            more.filter(|more| !more.items().is_empty()),
        ),
    ]);
    out.resources
        .set(id, at.resource("AWS::AppSync::GraphQLApi", properties));
}

fn old_provider(node: &Node) -> [(&'static str, Option<Node>); 3] {
    [
        (
            "AuthenticationType",
            tree::child(node, "authenticationType"),
        ),
        (
            "UserPoolConfig",
            tree::child(node, "userPoolConfig").as_ref().map(pool),
        ),
        (
            "OpenIDConnectConfig",
            tree::child(node, "openIdConnectConfig").as_ref().map(oidc),
        ),
    ]
}

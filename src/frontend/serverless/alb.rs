//! `alb` events: rules of a load balancer's listener that forward to a function.
//!
//! A rule is no endpoint of the inventory; what stands before its forward is a fact of the rule. Only what decides who gets
//! through is made: conditions, health checks and the permission of the load balancer are not.

use super::coerce;
use super::naming;
use super::service::{Function, Output, Service};
use super::template::At;
use super::tree;
use crate::document::Node;
use crate::source::Str;
use crate::trail::{How, Step};

/// Where the framework documents the event.
const DOCS: &str = "https://www.serverless.com/framework/docs/providers/aws/events/alb";

/// The settings of an authorizer, as the framework and as AWS name them.
const SETTINGS: [(&str, &str); 9] = [
    ("userPoolArn", "UserPoolArn"),
    ("userPoolClientId", "UserPoolClientId"),
    ("userPoolDomain", "UserPoolDomain"),
    ("issuer", "Issuer"),
    ("clientId", "ClientId"),
    ("authorizationEndpoint", "AuthorizationEndpoint"),
    ("tokenEndpoint", "TokenEndpoint"),
    ("userInfoEndpoint", "UserInfoEndpoint"),
    ("scope", "Scope"),
];

/// Makes the rules of all functions.
pub(super) fn lower(service: &Service, out: &mut Output) {
    for function in &service.functions {
        for event in &function.events {
            let config = tree::child(event, "alb").filter(tree::is_truthy);
            if let Some(config) = config {
                rule(function, &config, service, out);
            }
        }
    }
}

fn rule(function: &Function, config: &Node, service: &Service, out: &mut Output) {
    if let Some(reason) = tree::unknown(config) {
        let message = format!("a listener rule is not known, because {reason} is not");
        out.lost(config.span, message);
        return;
    }
    let at = At::of(config);
    let setting = |key| tree::child(config, key);
    let (Some(listener), Some(priority)) = (setting("listenerArn"), setting("priority")) else {
        let message =
            "the framework refuses an `alb` event without a `listenerArn` and a `priority`";
        out.fatal(config.span, message);
        return;
    };
    let mut actions = authorizers(config, service, out);
    let key = naming::normalized(&function.key);
    let group = Str::from(format!("{key}AlbTargetGroup"));
    let target = at.object([("Id", function.target(&at))]);
    let targets = at.object([
        ("TargetType", at.text("lambda")),
        ("Targets", at.list(vec![target])),
    ]);
    let forward = at.sparse([
        ("Type", Some(at.text("forward"))),
        ("TargetGroupArn", Some(at.refer(group.clone()))),
        (
            "Order",
            (!actions.is_empty()).then(|| order(&at, actions.len())),
        ),
    ]);
    actions.push(forward);
    let properties = at.object([
        ("Actions", at.list(actions)),
        ("ListenerArn", listener),
        ("Priority", priority.clone()),
    ]);
    let nth = tree::sketch(&priority).unwrap_or_default();
    let rule = at.resource("AWS::ElasticLoadBalancingV2::ListenerRule", properties);
    out.resources
        .set(format!("{key}AlbListenerRule{nth}"), rule);
    let group_kind = "AWS::ElasticLoadBalancingV2::TargetGroup";
    out.resources.set(group, at.resource(group_kind, targets));
}

/// The actions that ask who calls, in the order in which the event names them.
fn authorizers(config: &Node, service: &Service, out: &mut Output) -> Vec<Node> {
    let Some(named) = tree::child(config, "authorizer").filter(tree::is_truthy) else {
        return Vec::new();
    };
    let mut actions = Vec::new();
    for name in tree::items(&coerce::list(&named, "authorizer")) {
        let written = name.as_text();
        let declared = written.and_then(|name| service.setting(&["alb", "authorizers", name]));
        let nth = actions.len();
        match (declared, written) {
            (Some(declared), Some(written)) => {
                let from = Str::from(format!("provider.alb.authorizers.{written}"));
                let step = Step::new(How::Inherited(from), name.span);
                actions.push(action(&declared.via(step), nth));
            }
            (None, Some(written)) => {
                let message = format!("there is no `{written}` in `provider.alb.authorizers`");
                out.fatal(name.span, message);
            }
            (_, None) => actions.push(At::of(&name).unknown("the authorizer of a listener rule")),
        }
    }
    actions
}

fn action(authorizer: &Node, nth: usize) -> Node {
    if tree::unknown(authorizer).is_some() {
        return authorizer.clone();
    }
    let at = At::of(authorizer);
    let unauthenticated = tree::child(authorizer, "onUnauthenticatedRequest");
    let unauthenticated = unauthenticated.filter(tree::is_truthy).unwrap_or_else(|| {
        let what = "the framework refuses who is not logged in when nothing is written";
        at.via(Step::default(what, DOCS)).text("deny")
    });
    let settings = SETTINGS.into_iter();
    let settings =
        settings.filter_map(|(key, name)| Some((Str::from(name), tree::child(authorizer, key)?)));
    let settings = settings.chain([(Str::from("OnUnauthenticatedRequest"), unauthenticated)]);
    let settings = at.map(settings);
    let kind = tree::child(authorizer, "type").and_then(|kind| kind.scalar());
    let is_cognito = kind.as_deref() == Some("cognito");
    at.sparse([
        (
            "Type",
            Some(at.text(if is_cognito {
                "authenticate-cognito"
            } else {
                "authenticate-oidc"
            })),
        ),
        ("Order", Some(order(&at, nth))),
        (
            "AuthenticateCognitoConfig",
            is_cognito.then(|| settings.clone()),
        ),
        ("AuthenticateOidcConfig", (!is_cognito).then_some(settings)),
    ])
}

/// `Order` counts from one.
fn order(at: &At, nth: usize) -> Node {
    at.text((nth + 1).to_string())
}

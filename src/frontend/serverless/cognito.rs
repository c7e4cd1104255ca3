//! `cognitoUserPool` events: user pools that the framework makes, and the functions that they trigger.

use super::naming;
use super::service::{Function, Output, Service};
use super::template::{At, permission};
use super::tree;
use crate::document::Node;
use crate::source::Str;

/// Triggers that need a key and a version beside the function.
const SENDERS: [&str; 2] = ["CustomSMSSender", "CustomEmailSender"];

/// Makes the pools of all functions; a pool that exists already is changed beside the stack, and not made.
pub(super) fn lower(service: &Service, out: &mut Output) {
    for function in &service.functions {
        for event in &function.events {
            let event = tree::child(event, "cognitoUserPool").filter(tree::is_truthy);
            if let Some(event) = event {
                one(function, &event, out);
            }
        }
    }
}

fn one(function: &Function, event: &Node, out: &mut Output) {
    let exists = tree::child(event, "existing").is_some_and(|node| tree::is_truthy(&node));
    let pool = tree::child(event, "pool").filter(|_| !exists);
    let trigger = tree::child(event, "trigger").and_then(|node| node.scalar());
    let (Some(pool), Some(trigger)) = (pool, trigger) else {
        return;
    };
    let at = At::of(event);
    let name = naming::alphanumeric(&tree::sketch(&pool).unwrap_or_default());
    let id = Str::from(format!("CognitoUserPool{name}"));
    let target = function.target(&at);
    let config = if SENDERS.contains(&trigger.as_str()) {
        let version = tree::child(event, "lambdaVersion");
        let sender = at.object([
            ("LambdaArn", target.clone()),
            ("LambdaVersion", version.unwrap_or_else(|| at.text("V1_0"))),
        ]);
        let key = tree::child(event, "kmsKeyId").map(|key| (Str::from("KMSKeyID"), key));
        at.map([(trigger.clone(), sender)].into_iter().chain(key))
    } else {
        at.map([(trigger.clone(), target.clone())])
    };
    let properties = at.object([("UserPoolName", pool), ("LambdaConfig", config)]);
    let resource = at.resource("AWS::Cognito::UserPool", properties);
    let merged = match out.resources.get(&id) {
        Some(before) => super::merge::over(before, &resource),
        None => resource,
    };
    let arn = at.attribute(id.clone(), "Arn");
    out.resources.set(id, merged);
    let caller = format!(
        "CognitoUserPool{name}TriggerSource{}",
        naming::alphanumeric(&trigger)
    );
    let permission = permission(&at, target, "cognito-idp.amazonaws.com", Some(arn));
    out.resources
        .set(naming::permission(&function.key, &caller), permission);
}

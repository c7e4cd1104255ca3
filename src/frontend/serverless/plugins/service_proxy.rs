//! serverless-apigateway-service-proxy: methods of the REST API that call an AWS service without a function.

use crate::document::Node;
use crate::frontend::serverless::rest::{self, Asked, HttpEvent, RestPath, Target};
use crate::frontend::serverless::service::{Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;
use crate::trail::Step;

/// Where the plugin documents its settings.
const DOCS: &str = "https://github.com/serverless-operations/serverless-apigateway-service-proxy#customizing-the-authorization";

/// Compiles `custom.apiGatewayServiceProxies`.
pub(super) fn events(service: &Service, out: &mut Output) {
    let Some(proxies) = tree::child(&service.custom, "apiGatewayServiceProxies") else {
        return;
    };
    if let Some(reason) = tree::unknown(&proxies) {
        out.lost(
            proxies.span,
            format!("service proxies are not known, because {reason} is not"),
        );
        return;
    }
    let mut events = Vec::new();
    for proxy in tree::items(&proxies) {
        let Some((_, name, config)) = tree::entries(&proxy).next() else {
            continue;
        };
        match tree::unknown(&config) {
            Some(reason) => out.lost(
                config.span,
                format!("a service proxy is not known, because {reason} is not"),
            ),
            None => match event(&name, config.clone()) {
                Some(event) => events.push(event),
                None => out.lost(config.span, "a service proxy needs a `path` and a `method`"),
            },
        }
    }
    let Some(first) = events.first() else {
        return;
    };
    rest::compile(&events, service, out);
    rest::deployment(&first.at, service, out);
}

fn event(name: &str, config: Node) -> Option<HttpEvent> {
    let at = At::of(&config);
    let setting = |key| tree::child(&config, key);
    let method = setting("method")?;
    let method = match method.as_text() {
        Some(text) => At::of(&method).text(text.to_uppercase()),
        None => method,
    };
    let kind = setting("authorizationType")
        .filter(tree::is_truthy)
        .unwrap_or_else(|| {
            let what = "a service proxy without `authorizationType` asks for none";
            at.via(Step::default(what, DOCS)).text("NONE")
        });
    let private = setting("private").map_or_else(
        || at.bool(false),
        |private| match tree::unknown(&private) {
            Some(_) => private,
            None => At::of(&private).bool(tree::is_truthy(&private)),
        },
    );
    let uri = uri(name, &config);
    Some(HttpEvent {
        path: RestPath::read(&setting("path")?)?,
        method,
        private,
        asked: Asked::given(
            kind,
            setting("authorizerId"),
            setting("authorizationScopes"),
        ),
        integration: at.text("AWS"),
        target: Target::Service(uri),
        at,
        config,
    })
}

/// The action that the method stands for.
fn uri(name: &str, config: &Node) -> Node {
    let at = At::of(config);
    let action = match name {
        "kinesis" => "kinesis:action/PutRecord",
        "sqs" => "sqs:path//${AWS::AccountId}/${queueName}",
        "s3" => "s3:path/",
        "sns" => "sns:path//",
        "dynamodb" => "dynamodb:action/${action}",
        _ => "events:action/PutEvents",
    };
    let text = at.text(format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:{action}"
    ));
    let filled = match name {
        "sqs" => "queueName",
        "dynamodb" => "action",
        _ => return at.object([("Fn::Sub", text)]),
    };
    let value = tree::child(config, filled).unwrap_or_else(|| at.text(""));
    let arguments = vec![text, at.object([(filled, value)])];
    at.object([("Fn::Sub", at.list(arguments))])
}

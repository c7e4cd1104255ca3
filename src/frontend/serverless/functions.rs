//! Functions: `AWS::Lambda::Function`, its alias, log group and URL.

use super::coerce;
use super::naming;
use super::role;
use super::service::{Function, Output, Service};
use super::template::{At, permission};
use super::tree;
use super::variables::Generation;
use crate::document::Node;
use crate::source::Str;
use crate::trail::{How, Step};

/// Variables of the provider that each function gets; Lambda takes 4 KB of them.
const VARIABLES: usize = 1_000;

/// Makes every function.
pub(super) fn lower(service: &Service, out: &mut Output) {
    for function in &service.functions {
        one(function, service, out);
        url(function, service, out);
    }
}

fn one(function: &Function, service: &Service, out: &mut Output) {
    let config = &function.config;
    let at = place(function);
    let id = naming::function(&function.key);
    let name = service.function_name(function);
    out.notes.entry(id.clone()).or_default().name = Some(function.key.clone());
    let runtime = tree::child(config, "runtime").or_else(|| service.setting(&["runtime"]));
    let properties = at.sparse([
        ("FunctionName", Some(name.clone())),
        ("Handler", tree::child(config, "handler")),
        (
            "PackageType",
            tree::child(config, "image").map(|image| At::of(&image).text("Image")),
        ),
        ("Runtime", runtime),
        ("Role", Some(role::of_function(function, service))),
        ("Environment", environment(function, service)),
    ]);
    let resource = conditional(function, at.resource("AWS::Lambda::Function", properties));
    out.resources.replace(id.clone(), resource, &function.key);
    if !tree::child(config, "disableLogs")
        .is_some_and(|node| tree::is_truthy(&coerce::boolean(&node, "disableLogs")))
    {
        let group = at.concat(&[at.text("/aws/lambda/"), name]);
        let group = at.object([("LogGroupName", group)]);
        let group = conditional(function, at.resource("AWS::Logs::LogGroup", group));
        out.resources.set(naming::log_group(&function.key), group);
    }
    if let Some((name, alias)) = function.alias() {
        let properties = at.object([("FunctionName", at.refer(id)), ("Name", at.text(name))]);
        let resource = conditional(function, at.resource("AWS::Lambda::Alias", properties));
        out.resources.set(alias, resource);
    }
}

/// With the function's `condition`, which is one of everything that is made for the function alone.
fn conditional(function: &Function, made: Node) -> Node {
    match tree::child(&function.config, "condition") {
        Some(condition) => made.with("Condition", condition),
        None => made,
    }
}

/// Where a function is declared.
pub(super) fn place(function: &Function) -> At {
    At {
        span: function.span,
        via: function.config.via.clone(),
    }
}

/// `environment` of the provider, with the function's own laid over it.
fn environment(function: &Function, service: &Service) -> Option<Node> {
    let inherited = service.setting(&["environment"]);
    let own = tree::child(&function.config, "environment");
    let place = own.as_ref().or(inherited.as_ref())?;
    let at = At::of(place);
    for part in [&own, &inherited].into_iter().flatten() {
        if tree::unknown(part).is_some() {
            return Some(at.object([("Variables", part.clone())]));
        }
    }
    let mut variables = super::template::Section::default();
    let shared = inherited.iter().flat_map(tree::entries).take(VARIABLES);
    for (span, key, value) in shared {
        let step = How::Inherited(Str::from("provider.environment"));
        variables.set(key, value.via(Step::new(step, span)));
    }
    for (_, key, value) in own.iter().flat_map(tree::entries) {
        variables.replace(key, value, "provider.environment");
    }
    Some(at.object([("Variables", variables.into_node(place.span))]))
}

/// `url:` gives a function an address of its own.
fn url(function: &Function, service: &Service, out: &mut Output) {
    let written = tree::child(&function.config, "url");
    let url = written
        .map(|node| coerce::boolean(&node, "url"))
        .filter(tree::is_truthy);
    let Some(url) = url else {
        return;
    };
    if service.generation == Generation::Old {
        let message = "versions 1 and 2 of the framework know no `url`: the function gets none";
        out.notice(url.span, message);
        return;
    }
    let at = At::of(&url);
    let auth = auth_type(&url, &at);
    let is_public = auth.as_text().is_some_and(|text| text == "NONE");
    let target = function.target(&at);
    let properties = at.sparse([
        ("AuthType", Some(auth)),
        ("TargetFunctionArn", Some(target.clone())),
        ("Cors", cors(&url)),
        ("InvokeMode", tree::child(&url, "invokeMode")),
    ]);
    let id = naming::function_url(&function.key);
    let value = at.attribute(id.clone(), "FunctionUrl");
    let output = conditional(function, at.object([("Value", value)]));
    out.outputs.set(id.clone(), output);
    let resource = conditional(function, at.resource("AWS::Lambda::Url", properties));
    out.resources.replace(id, resource, &function.key);
    if !is_public {
        return;
    }
    let permission = at.object([
        ("FunctionName", target),
        ("Action", at.text("lambda:InvokeFunctionUrl")),
        ("Principal", at.text("*")),
        ("FunctionUrlAuthType", at.text("NONE")),
    ]);
    let permission = at.resource("AWS::Lambda::Permission", permission);
    let permission = conditional(function, permission);
    out.resources
        .set(naming::permission(&function.key, "FnUrl"), permission);
}

/// `AWS_IAM` only for exactly `aws_iam`: whatever else is written leaves the URL open.
fn auth_type(url: &Node, at: &At) -> Node {
    if tree::unknown(url).is_some() {
        return url.clone();
    }
    let written = tree::child(url, "authorizer");
    let written = written.map(|node| coerce::text(&node, "authorizer"));
    let Some(written) = written else {
        let what = "a function URL without `authorizer` is open";
        let docs = "https://www.serverless.com/framework/docs/providers/aws/guide/functions#lambda-function-urls";
        return at.via(Step::default(what, docs)).text("NONE");
    };
    let place = At::of(&written);
    match (written.as_text(), tree::unknown(&written)) {
        (_, Some(_)) => written,
        (Some(text), None) if text == "aws_iam" => place.text("AWS_IAM"),
        (text, None) => {
            let text = text.cloned().unwrap_or_default();
            let note = format!("`authorizer: {text}` is not `aws_iam`, so that the URL is open");
            place
                .via(Step::new(How::Note(note.into()), written.span))
                .text("NONE")
        }
    }
}

fn cors(url: &Node) -> Option<Node> {
    let cors = tree::child(url, "cors").filter(tree::is_truthy)?;
    let at = At::of(&cors);
    let list = |key: &str, default: Option<&'static str>| {
        if cors.get(key).is_some_and(Node::is_null) {
            return None;
        }
        let written = tree::child(&cors, key).map(|node| coerce::list(&node, key));
        written.or_else(|| Some(at.list(vec![at.text(default?)])))
    };
    Some(at.sparse([
        (
            "AllowCredentials",
            tree::child(&cors, "allowCredentials").filter(tree::is_truthy),
        ),
        ("AllowHeaders", list("allowedHeaders", None)),
        ("AllowMethods", list("allowedMethods", Some("*"))),
        ("AllowOrigins", list("allowedOrigins", Some("*"))),
        ("MaxAge", tree::child(&cors, "maxAge")),
    ]))
}

/// Lets somebody invoke a function.
pub(super) fn invocable(
    function: &Function,
    caller: (&'static str, &'static str),
    source: Option<Node>,
    out: &mut Output,
) {
    let (suffix, principal) = caller;
    let at = place(function);
    let resource = permission(&at, function.target(&at), principal, source);
    out.resources
        .set(naming::permission(&function.key, suffix), resource);
}

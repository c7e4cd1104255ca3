//! Roles: the one that functions share (`IamRoleLambdaExecution`), and which role each function has.
//!
//! Decides nothing about what the statements allow.

mod sources;

pub(super) use self::sources::{of_queues, of_streams};
use super::coerce;
use super::service::{Function, Output, Service};
use super::template::At;
use super::tree;
use super::variables::Generation;
use crate::document::Node;
use crate::source::Str;
use crate::trail::{How, Step};

/// Logical id of the shared role.
pub(super) const SHARED: &str = "IamRoleLambdaExecution";

/// How far back a statement for a function's setting is looked for before it is repeated.
const SETTINGS: usize = 64;

/// The policy that lets functions join a VPC.
const VPC_POLICY: &str = ":iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";

/// `Role` of a function: its own, the provider's, or the shared one.
pub(super) fn of_function(function: &Function, service: &Service) -> Node {
    let own = tree::child(&function.config, "role").filter(tree::is_truthy);
    let inherited = |role: Node, from: &str| {
        let span = role.span;
        role.via(Step::new(How::Inherited(Str::from(from)), span))
    };
    let role = own
        .or_else(|| Some(inherited(existing(service)?, "provider.iam.role")))
        .or_else(|| Some(inherited(service.setting(&["role"])?, "provider.role")));
    let Some(role) = role.filter(tree::is_truthy) else {
        let at = super::functions::place(function);
        return differs(at.attribute(SHARED, "Arn"), function, service);
    };
    match role.as_text() {
        Some(id) if !id.starts_with("arn:") => At::of(&role).attribute(id.clone(), "Arn"),
        _ => role,
    }
}

/// Where nothing says which version deploys, and version 4 would give the function a role of its own, the role says so.
fn differs(shared: Node, function: &Function, service: &Service) -> Node {
    let own = |path: &[&str]| tree::at(&function.config, path);
    let written = own(&["iamRoleStatements"])
        .or_else(|| own(&["iam", "role"]))
        .or_else(|| service.setting(&["iam", "role", "mode"]));
    let Some(written) = written.filter(|_| service.generation == Generation::Open) else {
        return shared;
    };
    let note = "version 4 gives this function a role of its own; version 3 does not";
    shared.via(Step::new(How::Note(Str::from(note)), written.span))
}

/// Whether roles of single functions are read without a plugin.
pub(super) fn has_built_in(service: &Service) -> bool {
    service.generation == Generation::Four && existing(service).is_none()
}

/// Whether every function has a role of its own.
pub(super) fn is_per_function(service: &Service) -> bool {
    let mode = service.setting(&["iam", "role", "mode"]);
    let mode = mode.and_then(|mode| mode.scalar());
    has_built_in(service) && mode.as_deref() == Some("perFunction")
}

/// `provider.iam.role`, when it is a role that exists and not the settings of one to make.
fn existing(service: &Service) -> Option<Node> {
    let role = service.setting(&["iam", "role"])?;
    let is_function = role.entries().iter().any(|entry| entry.key.contains("::"));
    (role.as_text().is_some() || is_function).then_some(role)
}

/// A setting of the shared role, under its name of today or an older one.
fn setting(service: &Service, key: &str, old: &str) -> Option<Node> {
    let role = service.setting(&["iam", "role", key]);
    role.or_else(|| service.setting(&[old]))
}

/// A statement as written; the framework's validation makes lists of single actions, and single resources of lists of one.
pub(super) fn statement(node: &Node) -> Node {
    let read = |node: Node, key: &'static str, coerced: fn(&Node, &str) -> Node| {
        let Some(written) = node.get(key) else {
            return node;
        };
        let value = coerced(written, key);
        if value.same(written) {
            return node;
        }
        node.with(key, value)
    };
    let node = read(node.clone(), "Action", coerce::list);
    let node = read(node, "NotAction", coerce::list);
    let node = read(node, "Resource", resource);
    read(node, "NotResource", resource)
}

/// One ARN or name in a list is read as a text; `*` is not.
fn resource(node: &Node, key: &str) -> Node {
    let is_name = |text: &str| {
        let name = text.strip_suffix('*').unwrap_or(text);
        let is_word = |c: char| c.is_ascii_alphanumeric() || "#-_./".contains(c);
        text.starts_with("arn:") || (!name.is_empty() && name.chars().all(is_word))
    };
    match node.items() {
        [only] if tree::sketch(only).is_some_and(|text| is_name(&text)) => {
            let step = How::Coerced(Str::from(format!("`{key}` of one is read as a text")));
            let only = only.clone().along(node.via.as_ref());
            let span = only.span;
            only.via(Step::new(step, span))
        }
        _ => node.clone(),
    }
}

/// Makes the shared role, unless no function has it.
pub(super) fn lower(service: &Service, out: &mut Output) {
    let has_role = |function: &Function| function.config.get("role").is_some();
    let is_needless = service.functions.iter().all(has_role)
        || existing(service).is_some()
        || is_per_function(service)
        || service.provider.get("role").is_some();
    if is_needless {
        return;
    }
    let settings = service.setting(&["iam", "role"]);
    let at = At::of(settings.as_ref().unwrap_or(&service.provider));
    let resource = role(&at, service, out);
    out.resources.merge(SHARED, resource, SHARED);
}

fn role(at: &At, service: &Service, out: &mut Output) -> Node {
    let mut statements = logs(at, service);
    let shared = setting(service, "statements", "iamRoleStatements");
    let shared: Vec<Node> = shared.iter().flat_map(flattened).collect();
    statements.extend(shared.iter().map(statement));
    for function in &service.functions {
        for statement in sources::of_settings(function, service) {
            if !statements
                .iter()
                .rev()
                .take(SETTINGS)
                .any(|known| known.same(&statement))
            {
                statements.push(statement);
            }
        }
    }
    statements.extend(sources::of_events(service));
    statements.append(&mut out.statements);
    let name = setting(service, "name", "").unwrap_or_else(|| {
        let parts = vec![
            service.name.clone(),
            service.stage.clone(),
            at.refer("AWS::Region"),
            at.text("lambdaRole"),
        ];
        at.joined("-", parts)
    });
    let boundary = setting(service, "permissionsBoundary", "rolePermissionsBoundary");
    let boundary = service
        .setting(&["iam", "role", "permissionBoundary"])
        .or(boundary);
    let properties = at.sparse([
        ("AssumeRolePolicyDocument", Some(assume(at))),
        (
            "Policies",
            Some(at.list(vec![policy(at, service, statements)])),
        ),
        ("Path", setting(service, "path", "")),
        ("RoleName", Some(name)),
        ("PermissionsBoundary", boundary),
        ("ManagedPolicyArns", managed(at, service)),
    ]);
    at.resource("AWS::IAM::Role", properties)
}

/// Items of a list; what cannot be known stands for itself.
pub(super) fn flattened(node: &Node) -> Vec<Node> {
    match node.as_list() {
        Some(_) => tree::items(node).collect(),
        None => vec![node.clone()],
    }
}

/// The policy document that lets Lambda assume a role.
pub(super) fn assume(at: &At) -> Node {
    let service = at.list(vec![at.text("lambda.amazonaws.com")]);
    let statement = at.object([
        ("Effect", at.text("Allow")),
        ("Principal", at.object([("Service", service)])),
        ("Action", at.list(vec![at.text("sts:AssumeRole")])),
    ]);
    document(at, vec![statement])
}

/// A policy document.
pub(super) fn document(at: &At, statements: Vec<Node>) -> Node {
    at.object([
        ("Version", at.text("2012-10-17")),
        ("Statement", at.list(statements)),
    ])
}

/// The inline policy of a role.
pub(super) fn policy(at: &At, service: &Service, statements: Vec<Node>) -> Node {
    let parts = vec![
        service.name.clone(),
        service.stage.clone(),
        at.text("lambda"),
    ];
    at.object([
        ("PolicyName", at.joined("-", parts)),
        ("PolicyDocument", document(at, statements)),
    ])
}

/// A statement that allows these actions.
pub(super) fn allow(at: &At, actions: &[&'static str], resources: Vec<Node>) -> Node {
    let actions = actions.iter().map(|action| at.text(*action)).collect();
    at.object([
        ("Effect", at.text("Allow")),
        ("Action", at.list(actions)),
        ("Resource", at.list(resources)),
    ])
}

/// The ARN of log groups that begin with a name.
pub(super) fn log_groups(at: &At, name: &Node, tail: &str) -> Node {
    let head = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/";
    match name.scalar() {
        Some(name) => at.sub(format!("{head}{name}{tail}")),
        None => at.concat(&[at.sub(head), name.clone(), at.text(tail)]),
    }
}

/// Statements by which functions write their logs.
fn logs(at: &At, service: &Service) -> Vec<Node> {
    let prefix = service.prefixed(at, "");
    let known = prefix.scalar();
    let (mut create, mut put, mut denied) = (Vec::new(), Vec::new(), Vec::new());
    let mut has_usual_names = false;
    for function in &service.functions {
        let name = service.function_name(function);
        let is_off = tree::child(&function.config, "disableLogs")
            .is_some_and(|node| tree::is_truthy(&coerce::boolean(&node, "disableLogs")));
        let own = tree::child(&function.config, "name");
        let is_usual = match (own, &known) {
            (None, _) => true,
            (Some(own), Some(prefix)) => {
                tree::sketch(&own).is_some_and(|own| own.starts_with(prefix.as_str()))
            }
            (Some(_), None) => false,
        };
        match (is_usual, is_off) {
            (true, true) => denied.push(log_groups(at, &name, ":*")),
            (true, false) => has_usual_names = true,
            (false, true) => {}
            (false, false) => {
                create.push(log_groups(at, &name, ":*"));
                put.push(log_groups(at, &name, ":*:*"));
            }
        }
    }
    if has_usual_names {
        create.push(log_groups(at, &prefix, "*:*"));
        put.push(log_groups(at, &prefix, "*:*:*"));
    }
    let creates = [
        "logs:CreateLogStream",
        "logs:CreateLogGroup",
        "logs:TagResource",
    ];
    let mut statements = vec![
        allow(at, &creates, create),
        allow(at, &["logs:PutLogEvents"], put),
    ];
    if has_usual_names && !denied.is_empty() {
        statements.push(at.object([
            ("Effect", at.text("Deny")),
            ("Action", at.text("logs:PutLogEvents")),
            ("Resource", at.list(denied)),
        ]));
    }
    statements
}

/// `ManagedPolicyArns`, the one for VPCs among them.
fn managed(at: &At, service: &Service) -> Option<Node> {
    let written = setting(service, "managedPolicies", "iamManagedPolicies");
    let mut policies: Vec<Node> = written.iter().flat_map(flattened).collect();
    let in_vpc = |function: &Function| function.config.get("vpc").is_some();
    if service.functions.iter().any(in_vpc) || service.setting(&["vpc"]).is_some() {
        policies.push(vpc_policy(at));
    }
    (!policies.is_empty()).then(|| at.list(policies))
}

/// The managed policy that a role needs in a VPC.
pub(super) fn vpc_policy(at: &At) -> Node {
    at.join(vec![
        at.text("arn:"),
        at.refer("AWS::Partition"),
        at.text(VPC_POLICY),
    ])
}

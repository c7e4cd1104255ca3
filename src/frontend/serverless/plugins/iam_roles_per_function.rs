//! serverless-iam-roles-per-function: a role of its own for each function with `iamRoleStatements`.
//!
//! Version 4 of the framework does the same, also reads `iam.role` of a function, and with `provider.iam.role.mode: perFunction`
//! gives every function a role of its own, with the provider's statements in it.

use crate::document::Node;
use crate::frontend::serverless::coerce;
use crate::frontend::serverless::functions::place;
use crate::frontend::serverless::naming;
use crate::frontend::serverless::role;
use crate::frontend::serverless::service::{Function, Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;
use crate::frontend::serverless::variables::Generation;
use crate::source::Str;
use crate::trail::{How, Step};

const PLUGIN: &str = "serverless-iam-roles-per-function";

/// Where version 4 documents its roles.
const DOCS: &str = "https://www.serverless.com/framework/docs/providers/aws/guide/iam";

/// Makes the roles and gives them to their functions.
pub(super) fn finalize(service: &Service, out: &mut Output) {
    let is_plugged = service.generation == Generation::Four || service.plugin(PLUGIN).is_some();
    let for_all = role::is_per_function(service);
    for function in &service.functions {
        let setting = |path: &[&str]| tree::at(&function.config, path);
        let own = setting(&["iamRoleStatements"]).filter(|_| is_plugged);
        let built_in = || setting(&["iam", "role", "statements"]);
        let managed = || setting(&["iam", "role", "managedPolicies"]);
        let is_read = role::has_built_in(service);
        let statements = own.or_else(|| built_in().filter(|_| is_read));
        let has_own = statements.is_some() || (is_read && managed().is_some());
        if !has_own && !for_all {
            continue;
        }
        if let Some(own) = setting(&["role"]).filter(tree::is_truthy) {
            if has_own {
                let message = "a function has `role` or `iamRoleStatements`, not both";
                out.fatal(own.span, message);
            }
            continue;
        }
        one(function, statements.as_ref(), service, out);
    }
}

fn one(function: &Function, statements: Option<&Node>, service: &Service, out: &mut Output) {
    let at = statements.map_or_else(|| place(function), At::of);
    let id = Str::from(format!(
        "{}{}",
        naming::normalized(&function.key),
        role::SHARED
    ));
    let mut all = vec![logs(&at, function, service)];
    all.extend(sources(function));
    all.extend(inherited(function, service));
    let own = statements.map(role::flattened);
    all.extend(own.iter().flatten().map(role::statement));
    let custom = |key: &str| tree::at(&service.custom, &[PLUGIN, key]);
    let own = |key: &str| tree::child(&function.config, key);
    let built_in = |key: &str| tree::at(&function.config, &["iam", "role", key]);
    let name = own("iamRoleStatementsName").or_else(|| built_in("name"));
    let name = name.unwrap_or_else(|| role_name(&at, function, service));
    let is_in_vpc = own("vpc").or_else(|| service.setting(&["vpc"])).is_some();
    let mut policies = managed(function, service);
    policies.extend(is_in_vpc.then(|| role::vpc_policy(&at)));
    let boundary = own("iamPermissionsBoundary").or_else(|| custom("iamGlobalPermissionsBoundary"));
    let boundary = boundary.or_else(|| built_in("permissionsBoundary"));
    let shared = || service.setting(&["iam", "role", "permissionsBoundary"]);
    let boundary = boundary.or_else(|| shared().filter(|_| role::is_per_function(service)));
    let properties = at.sparse([
        ("AssumeRolePolicyDocument", Some(role::assume(&at))),
        (
            "Policies",
            Some(at.list(vec![role::policy(&at, service, all)])),
        ),
        ("RoleName", Some(name)),
        ("PermissionsBoundary", boundary),
        ("ManagedPolicyArns", Some(at.list(policies))),
    ]);
    out.resources
        .set(id.clone(), at.resource("AWS::IAM::Role", properties));
    let function_id = naming::function(&function.key);
    let Some(resource) = out.resources.get(&function_id) else {
        return;
    };
    let given = at.attribute(id, "Arn");
    let properties = resource
        .get("Properties")
        .map(|node| node.with("Role", given));
    if let Some(properties) = properties {
        let resource = resource.with("Properties", properties);
        out.resources.set(function_id, resource);
    }
}

/// Managed policies that version 4 attaches: the provider's where every function has a role, then the function's own.
fn managed(function: &Function, service: &Service) -> Vec<Node> {
    let shared = service.setting(&["iam", "role", "managedPolicies"]);
    let shared = shared.filter(|_| role::is_per_function(service));
    let own = tree::at(&function.config, &["iam", "role", "managedPolicies"]);
    let own = own.filter(|_| role::has_built_in(service));
    let all = shared.iter().chain(&own);
    all.flat_map(role::flattened).collect()
}

/// The role's name; where it would be too long, its last word goes.
fn role_name(at: &At, function: &Function, service: &Service) -> Node {
    let mut parts = vec![
        service.name.clone(),
        service.stage.clone(),
        at.text(function.key.clone()),
        at.refer("AWS::Region"),
        at.text("lambdaRole"),
    ];
    let region = service.region.scalar().unwrap_or_default().len();
    let length = |part: &Node| part.scalar().map_or(region, |text| text.len());
    let total: usize = parts.iter().map(length).sum::<usize>() + parts.len() - 1;
    if total > 64 {
        parts.pop();
    }
    at.joined("-", parts)
}

fn logs(at: &At, function: &Function, service: &Service) -> Node {
    let groups = role::log_groups(at, &service.function_name(function), ":*:*");
    let actions = [
        "logs:CreateLogStream",
        "logs:CreateLogGroup",
        "logs:PutLogEvents",
    ];
    role::allow(at, &actions, vec![groups])
}

/// Statements for event sources and dead letters.
fn sources(function: &Function) -> Vec<Node> {
    let mut statements = role::of_streams(function);
    statements.extend(role::of_queues(function));
    let topic = tree::child(&function.config, "onError").filter(tree::is_truthy);
    statements.extend(
        topic.map(|topic| role::allow(&At::of(&topic), &["sns:Publish"], vec![topic.clone()])),
    );
    statements
}

/// The provider's statements, for functions that inherit them.
fn inherited(function: &Function, service: &Service) -> Vec<Node> {
    let own = tree::child(&function.config, "iamRoleStatementsInherit");
    let own = own.or_else(|| tree::at(&function.config, &["iam", "inheritStatements"]));
    let own = own.map(|node| coerce::boolean(&node, "iamRoleStatementsInherit"));
    let default = tree::at(&service.custom, &[PLUGIN, "defaultInherit"]);
    let default = default.map(|node| coerce::boolean(&node, "defaultInherit"));
    let for_all = role::is_per_function(service);
    let inherits = own.or(default);
    let inherits = inherits.map_or(for_all, |node| tree::is_truthy(&node));
    let path: &[&str] = match service.setting(&["iam"]) {
        Some(_) => &["iam", "role", "statements"],
        None => &["iamRoleStatements"],
    };
    let Some(statements) = service.setting(path).filter(|_| inherits) else {
        return Vec::new();
    };
    let step = Step::new(
        How::Inherited(Str::from("provider.iam.role.statements")),
        place(function).span,
    );
    let by_default = Step::default(
        "with `mode: perFunction` each function's role has the provider's statements",
        DOCS,
    );
    let statements = role::flattened(&statements);
    let statements = statements.iter().map(role::statement);
    let statements = statements.map(|statement| {
        if for_all {
            statement.via(by_default.clone())
        } else {
            statement
        }
    });
    statements
        .map(|statement| statement.via(step.clone()))
        .collect()
}

//! Plugins that change who may call what, one file each.
//!
//! No plugin is run. Each file does what one widely used plugin does to the service; a plugin that is not known here is named,
//! because it may change anything.

mod add_api_key;
mod appsync;
mod associate_waf;
mod domain_manager;
mod dotenv;
mod iam_roles_per_function;
mod pseudo_parameters;
mod service_proxy;
mod step_functions;
mod throttling;

use super::service::{Output, Service};
use super::variables::{Generation, Variables};
use crate::document::Node;

/// Plugins whose work is compiled here.
const COMPILED: [&str; 10] = [
    "serverless-add-api-key",
    "serverless-api-gateway-throttling",
    "serverless-apigateway-service-proxy",
    "serverless-appsync-plugin",
    "serverless-associate-waf",
    "serverless-domain-manager",
    "serverless-dotenv-plugin",
    "serverless-iam-roles-per-function",
    "serverless-pseudo-parameters",
    "serverless-step-functions",
];

/// Plugins that package, run locally or watch, and leave endpoints and roles alone.
const HARMLESS: [&str; 48] = [
    "serverless-api-compression",
    "serverless-api-gateway-caching",
    "serverless-aws-documentation",
    "serverless-bundle",
    "serverless-cloudside-plugin",
    "serverless-deployment-bucket",
    "serverless-disable-request-validators",
    "serverless-dynamodb",
    "serverless-dynamodb-local",
    "serverless-dynamodb-seed",
    "serverless-esbuild",
    "serverless-export-env",
    "serverless-finch",
    "serverless-go-plugin",
    "serverless-hooks-plugin",
    "serverless-jest-plugin",
    "serverless-kms-grants",
    "serverless-latest-layer-version",
    "serverless-layers",
    "serverless-localstack",
    "serverless-mocha-plugin",
    "serverless-nest",
    "serverless-offline",
    "serverless-offline-dynamodb-streams",
    "serverless-offline-lambda",
    "serverless-offline-sns",
    "serverless-offline-sqs",
    "serverless-offline-ssm",
    "serverless-offline-watcher",
    "serverless-openapi-documenter",
    "serverless-optimizer-plugin",
    "serverless-plugin-canary-deployments",
    "serverless-plugin-common-excludes",
    "serverless-plugin-datadog",
    "serverless-plugin-include-dependencies",
    "serverless-plugin-lambda-insights",
    "serverless-plugin-log-retention",
    "serverless-plugin-optimize",
    "serverless-plugin-resource-tagging",
    "serverless-plugin-scripts",
    "serverless-plugin-tracing",
    "serverless-plugin-typescript",
    "serverless-plugin-warmup",
    "serverless-prune-plugin",
    "serverless-python-requirements",
    "serverless-s3-local",
    "serverless-s3-sync",
    "serverless-webpack",
];

/// Before anything is compiled: what plugins add to the configuration.
pub(super) fn prepare(service: &mut Service, variables: &Variables<'_>, out: &mut Output) {
    for (name, span) in service.plugins.clone() {
        let is_known = COMPILED.contains(&name.as_str()) || HARMLESS.contains(&name.as_str());
        if !is_known {
            let message = format!("plugin `{name}` is not known here: what it changes is not seen");
            out.notice(span, message);
        }
    }
    if service.plugin("serverless-dotenv-plugin").is_some() {
        dotenv::prepare(service, variables);
    }
}

/// Endpoints that plugins add.
pub(super) fn events(service: &Service, out: &mut Output) {
    if service.plugin("serverless-step-functions").is_some() {
        step_functions::events(service, out);
    }
    let has_proxies = service.plugin("serverless-apigateway-service-proxy");
    if has_proxies.is_some() || service.generation == Generation::Four {
        service_proxy::events(service, out);
    }
    appsync::events(service, out);
}

/// What plugins do when everything is compiled, before `resources` are laid over it.
pub(super) fn finalize(service: &Service, out: &mut Output) {
    iam_roles_per_function::finalize(service, out);
    if service.plugin("serverless-domain-manager").is_some() {
        domain_manager::finalize(service, out);
    }
    if service.generation == Generation::Four {
        domain_manager::built_in(service, out);
    }
    if service.plugin("serverless-associate-waf").is_some() {
        associate_waf::finalize(service, out);
    }
    if service.plugin("serverless-add-api-key").is_some() {
        add_api_key::finalize(service, out);
    }
    if service
        .plugin("serverless-api-gateway-throttling")
        .is_some()
    {
        throttling::finalize(service, out);
    }
}

/// What plugins do to the finished template.
pub(super) fn rewrite(service: &Service, template: Node) -> Node {
    match service.plugin("serverless-pseudo-parameters") {
        Some(_) => pseudo_parameters::rewrite(service, &template),
        None => template,
    }
}

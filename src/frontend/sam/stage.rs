//! Deployment and stage of a REST API.

use super::Lowering;
use super::api::Api;
use super::logical_id::{hashed, is_alphanumeric};
use super::made::Made;
use super::place::Place;
use super::truthy::true_at;
use crate::document::{Entry, Node};
use crate::source::Str;

/// Properties that the stage takes over as they are.
const COPIED: &[&str] = &[
    "StageName",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "Variables",
    "MethodSettings",
    "AccessLogSetting",
    "CanarySetting",
    "TracingEnabled",
];

/// Lowers the deployment and the stage; gives the stage's id.
///
/// SAM appends a hash of the document to the deployment's id. Nothing but the stage refers to it, so we do not.
pub(super) fn lower(lowering: &mut Lowering<'_>, api: &Api, attributes: &[Entry]) -> Str {
    let place = Place(api.at);
    let name = api.properties.get("StageName").and_then(Node::as_text);
    let id = stage_id(&api.id, name.map_or("", |name| name));
    let deployment: Str = format!("{}Deployment", api.id).into();
    let mut made = Made::new(deployment.clone(), "AWS::ApiGateway::Deployment", api.at)
        .with(attributes.to_vec())
        .set("RestApiId", place.reference(api.id.clone()));
    if true_at(&api.properties, "OpenApiVersion").is_none() {
        made = made.set("StageName", place.text("Stage"));
    }
    lowering.emit(made);
    let tags = api
        .properties
        .get("Tags")
        .map(|tags| place.list(Place::tags(tags)));
    let made = Made::new(id.clone(), "AWS::ApiGateway::Stage", api.at)
        .with(attributes.to_vec())
        .set("RestApiId", place.reference(api.id.clone()))
        .set("DeploymentId", place.reference(deployment.clone()))
        .copy(&api.properties, COPIED)
        .maybe("Tags", tags);
    lowering.emit(made);
    lowering.derive(&api.id, "Stage", id.clone());
    lowering.derive(&api.id, "Deployment", deployment);
    id
}

fn stage_id(api: &str, name: &str) -> Str {
    if is_alphanumeric(name) {
        return format!("{api}{name}Stage").into();
    }
    hashed(&format!("{api}Stage"), name).into()
}

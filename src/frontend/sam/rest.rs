//! `AWS::Serverless::Api`: a REST API with its document, deployment and stage.
//!
//! The order of the steps is SAM's, and it matters: preflights exist before the default authorizer is applied.

use super::api::Api;
use super::authorizer::defined;
use super::draft::Draft;
use super::globals::{inherit, inherit_true};
use super::made::{Made, own, passed};
use super::place::{Place, is_true, present};
use super::policy::Document;
use super::truthy::{is_openapi_3, true_at, truthy};
use super::{Lowering, cors, default_auth, domain, extras, keys, stage};
use crate::document::{Entry, Node};
use crate::frontend::include;
use crate::source::Str;

/// Properties that the REST API takes over when they are true for Python.
const COPIED: &[&str] = &[
    "FailOnWarnings",
    "Name",
    "Description",
    "Mode",
    "ApiKeySourceType",
    "Policy",
    "SecurityPolicy",
    "EndpointAccessMode",
];

/// Lowers a REST API whose document its events have filled.
pub(super) fn lower(lowering: &mut Lowering<'_>, mut api: Api) {
    let body = fill(lowering, &mut api);
    let attributes = attributes(&api);
    let mut made = Made::new(api.id.clone(), "AWS::ApiGateway::RestApi", api.at)
        .with(attributes.0)
        .copy(
            &api.properties,
            &["BinaryMediaTypes", "MinimumCompressionSize"],
        )
        .copy_true(&api.properties, COPIED);
    if let Some(endpoint) = true_at(&api.properties, "EndpointConfiguration") {
        let (configuration, parameters) = endpoint_configuration(endpoint);
        made = made
            .set("EndpointConfiguration", configuration)
            .set("Parameters", parameters);
    }
    made = match body {
        Some((key, body)) => made.set(key, body),
        None => made,
    };
    lowering.emit(made);
    let stage = stage::lower(lowering, &api, &attributes.1);
    permit_authorizers(lowering, &api, &attributes.1);
    domain::lower_rest(lowering, &api, &attributes.1);
    keys::lower(lowering, &api, &stage, &attributes.1);
}

/// The attributes of the API itself, and those of what is made for it.
pub(super) fn attributes(api: &Api) -> (Vec<Entry>, Vec<Entry>) {
    let (mut whole, mut parts) = (own(&api.resource), passed(&api.resource));
    whole.extend(api.policies.iter().cloned());
    parts.extend(api.policies.iter().cloned());
    if let Some(condition) = &api.condition {
        let entry = Entry {
            span: api.at,
            key: "Condition".into(),
            value: Place(api.at).text(condition.clone()),
        };
        whole.push(entry.clone());
        parts.push(entry);
    }
    (whole, parts)
}

/// Turns the document of an API that SAM manages into the version that is asked for.
pub(super) fn use_openapi_version(api: &mut Api) {
    let Some(version) = present(&api.properties, "OpenApiVersion").cloned() else {
        return;
    };
    if !is_openapi_3(&version) {
        return;
    }
    let text = version.scalar().unwrap_or_default();
    let fields = api.body.as_mut().and_then(Draft::fields);
    if let Some(fields) = fields {
        fields.set("openapi", version.span, Node::text(version.span, text));
        fields.remove("swagger");
    }
}

/// Applies everything that goes into the document; gives the property that holds it.
fn fill(lowering: &mut Lowering<'_>, api: &mut Api) -> Option<(&'static str, Node)> {
    let Some(draft) = api.body.take() else {
        return outside(lowering, api);
    };
    let mut document = Document {
        draft,
        statements: std::mem::take(&mut api.statements),
    };
    cors::apply(lowering, api, &mut document.draft);
    if super::body::is_swagger(&document.draft) {
        if inherit_true(&api.properties, "Auth").is_some() {
            default_auth::apply(lowering, api, &mut document);
            extras::to_openapi_3(api, &mut document.draft);
        }
        extras::gateway_responses(api, &mut document.draft);
        extras::binary_media_types(api, &mut document.draft);
        extras::models(lowering, api, &mut document.draft);
        extras::default_endpoint(api, &mut document.draft);
    } else if let Some(auth) = inherit_true(&api.properties, "Auth") {
        let message = format!(
            "`Auth` of `{}` cannot be applied: its document is not in the template",
            api.id
        );
        lowering.notice(auth.span, message);
    }
    extras::to_openapi_3(api, &mut document.draft);
    Some(("Body", document.draft.finish()))
}

/// A document that lies in a file or in a bucket.
pub(super) fn outside(lowering: &mut Lowering<'_>, api: &Api) -> Option<(&'static str, Node)> {
    let uri = inherit(&api.properties, "DefinitionUri")?;
    if let Some(auth) = inherit_true(&api.properties, "Auth") {
        let message = format!(
            "`Auth` of `{}` cannot be applied to a document outside of the template; SAM refuses it",
            api.id
        );
        lowering.notice(auth.span, message);
    }
    let (source, env) = (lowering.source, lowering.env);
    Some(
        match include::definition(&uri, source, env, &mut lowering.problems) {
            Some(body) => ("Body", body),
            None => ("BodyS3Location", location(&uri)),
        },
    )
}

/// A place in S3, from its URI or its parts.
fn location(uri: &Node) -> Node {
    let place = Place(uri.span);
    let parts = uri
        .as_text()
        .and_then(|text| text.strip_prefix("s3://")?.split_once('/'));
    match parts {
        Some((bucket, key)) => {
            place.map([("Bucket", place.text(bucket)), ("Key", place.text(key))])
        }
        None => uri.clone(),
    }
}

/// `EndpointConfiguration` of the API, and the import parameter that goes with it.
fn endpoint_configuration(written: &Node) -> (Node, Node) {
    let place = Place(written.span);
    let kind = true_at(written, "Type");
    let types = place.list([kind.unwrap_or(written).clone()]);
    let parameters = place.one(
        "endpointConfigurationTypes",
        kind.unwrap_or(written).clone(),
    );
    let mut configuration = place.one("Types", types).along(written.via.as_ref());
    if kind.is_some() {
        let endpoints =
            true_at(written, "VPCEndpointIds").or_else(|| written.get("VpcEndpointIds"));
        if let Some(endpoints) = endpoints {
            configuration = configuration.with("VpcEndpointIds", endpoints.clone());
        }
        if let Some(address) = written.get("IpAddressType") {
            configuration = configuration.with("IpAddressType", address.clone());
        }
    }
    (configuration, parameters)
}

/// Lets API Gateway call the functions of authorizers.
fn permit_authorizers(lowering: &mut Lowering<'_>, api: &Api, attributes: &[Entry]) {
    let Some(auth) = inherit_true(&api.properties, "Auth") else {
        return;
    };
    for authorizer in defined(&auth) {
        let value = &authorizer.value;
        let Some(function) = true_at(value, "FunctionArn") else {
            continue;
        };
        if is_true(value.get("DisableFunctionDefaultPermissions")) {
            continue;
        }
        let id = format!("{}{}AuthorizerPermission", api.id, authorizer.key);
        let place = Place(authorizer.span);
        let arn = "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
        let source = place.sub_with(arn, [("__ApiId__", place.reference(api.id.clone()))]);
        lowering
            .emit(permission(id, place, function.clone(), Some(source)).with(attributes.to_vec()));
    }
}

/// A permission for API Gateway to call a function.
pub(super) fn permission(
    id: impl Into<Str>,
    place: Place,
    function: Node,
    source: Option<Node>,
) -> Made {
    Made::new(id, "AWS::Lambda::Permission", place.0)
        .set("Action", place.text("lambda:InvokeFunction"))
        .set("FunctionName", function)
        .set("Principal", place.text("apigateway.amazonaws.com"))
        .maybe("SourceArn", source)
}

/// What an API's `Auth` says under `key`, when it says anything that is true for Python.
pub(super) fn auth_of(api: &Api, key: &str) -> Option<Node> {
    let auth = inherit(&api.properties, "Auth")?;
    inherit(&auth, key).filter(truthy)
}

//! SAM's types that have no API: nested applications, tables, layers, and where functions run.

use super::made::{Made, own, passed};
use super::place::{Place, is, present};
use super::policies::Grants;
use super::role::role;
use super::truthy::true_at;
use super::{Declared, Lowering};
use crate::document::Node;

/// Lowers `AWS::Serverless::Application` to a nested stack.
pub(super) fn application(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    let location = it.properties.get("Location");
    let url = location
        .filter(|location| location.as_text().is_some())
        .cloned();
    let url = url.unwrap_or_else(|| {
        it.place()
            .unknown("an application of the Serverless Application Repository")
    });
    let made = Made::new(it.id.clone(), "AWS::CloudFormation::Stack", it.at)
        .with(passed(it.resource))
        .set("TemplateURL", url)
        .copy(
            &it.properties,
            &["Parameters", "NotificationARNs", "TimeoutInMinutes"],
        );
    lowering.emit(made);
}

/// Lowers `AWS::Serverless::SimpleTable`.
pub(super) fn simple_table(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    let key = true_at(&it.properties, "PrimaryKey");
    let place = key.map_or(it.place(), |key| Place(key.span));
    let name = key.and_then(|key| key.get("Name")).cloned();
    let name = name.unwrap_or_else(|| place.text("id"));
    let kind = match key.and_then(|key| key.get("Type")) {
        Some(kind) if is(Some(kind), "Number") => "N",
        Some(kind) if is(Some(kind), "Binary") => "B",
        _ => "S",
    };
    let attribute = place.map([
        ("AttributeName", name.clone()),
        ("AttributeType", place.text(kind)),
    ]);
    let schema = place.map([("AttributeName", name), ("KeyType", place.text("HASH"))]);
    let made = Made::new(it.id.clone(), "AWS::DynamoDB::Table", it.at)
        .with(own(it.resource))
        .set("AttributeDefinitions", place.list([attribute]))
        .set("KeySchema", place.list([schema]))
        .copy(
            &it.properties,
            &["TableName", "ProvisionedThroughput", "SSESpecification"],
        );
    lowering.emit(made);
}

/// Lowers `AWS::Serverless::LayerVersion`. SAM appends a hash to its id, here and wherever it is referred to.
pub(super) fn layer_version(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    let name = present(&it.properties, "LayerName").cloned();
    let made = Made::new(it.id.clone(), "AWS::Lambda::LayerVersion", it.at)
        .with(own(it.resource))
        .set(
            "LayerName",
            name.unwrap_or_else(|| it.place().text(it.id.clone())),
        )
        .copy(
            &it.properties,
            &[
                "Description",
                "CompatibleArchitectures",
                "CompatibleRuntimes",
                "LicenseInfo",
            ],
        );
    lowering.emit(made);
}

/// Lowers `AWS::Serverless::CapacityProvider`.
pub(super) fn capacity_provider(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    let arn = operator(lowering, it, "AWSLambdaManagedEC2ResourceOperator");
    let permissions = it.place().one("CapacityProviderOperatorRoleArn", arn);
    let made = Made::new(it.id.clone(), "AWS::Lambda::CapacityProvider", it.at)
        .with(own(it.resource))
        .copy(&it.properties, &["CapacityProviderName", "KmsKeyArn"])
        .set("PermissionsConfig", permissions);
    lowering.emit(made);
}

/// Lowers `AWS::Serverless::NetworkConnector`.
pub(super) fn network_connector(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    let arn = operator(lowering, it, "AWSLambdaNetworkConnectorOperatorPolicy");
    let made = Made::new(it.id.clone(), "AWS::Lambda::NetworkConnector", it.at)
        .with(own(it.resource))
        .copy(&it.properties, &["Name"])
        .set("OperatorRole", arn);
    lowering.emit(made);
}

/// Lowers `AWS::Serverless::MicrovmImage`.
pub(super) fn microvm_image(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    let written = true_at(&it.properties, "BuildRoleArn").cloned();
    let arn = written.unwrap_or_else(|| {
        let id = format!("{}BuildRole", it.id);
        let made = role(id.clone(), it.at, "lambda.amazonaws.com");
        lowering.emit(made.with(passed(it.resource)));
        it.place().attribute(id, "Arn")
    });
    let made = Made::new(it.id.clone(), "AWS::Lambda::MicrovmImage", it.at)
        .with(own(it.resource))
        .copy(&it.properties, &["Name"])
        .set("BuildRoleArn", arn);
    lowering.emit(made);
}

/// The role by which AWS operates a resource: the author's, or one that SAM makes.
fn operator(lowering: &mut Lowering<'_>, it: &Declared<'_>, policy: &str) -> Node {
    if let Some(written) = true_at(&it.properties, "OperatorRole") {
        return written.clone();
    }
    let id = format!("{}OperatorRole", it.id);
    let mut grants = Grants::default();
    grants.add_aws(it.place(), policy);
    let made = role(id.clone(), it.at, "lambda.amazonaws.com");
    lowering.emit(made.with(passed(it.resource)).grant(grants, it.at));
    it.place().attribute(id, "Arn")
}

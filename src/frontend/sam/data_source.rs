//! Data sources of a GraphQL API, and the roles by which it reads tables and calls functions.

use super::made::{Made, own};
use super::place::{Place, present};
use super::policies::allow;
use super::role::role;
use super::truthy::true_at;
use super::{Declared, Lowering};
use crate::document::{Entry, Node};
use crate::source::Str;

/// Data sources that need a role: tables, and functions that they call.
pub(super) fn lower(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    let sources = it.properties.get("DataSources");
    for (section, kind) in [("DynamoDb", "DynamoDB"), ("Lambda", "Lambda")] {
        let named = sources.and_then(|sources| sources.get(section));
        for entry in named.map(Node::entries).unwrap_or_default() {
            data_source(lowering, it, kind, entry);
        }
    }
}

fn data_source(lowering: &mut Lowering<'_>, it: &Declared<'_>, kind: &str, entry: &Entry) {
    let place = Place(entry.span);
    let id: Str = format!("{}{}{kind}DataSource", it.id, entry.key).into();
    let role_id = format!("{id}Role");
    let own_role = true_at(&entry.value, "ServiceRoleArn").cloned();
    let lambda = kind == "Lambda";
    let name = present(&entry.value, "Name").cloned();
    let function = present(&entry.value, "FunctionArn").filter(|_| lambda);
    let made = Made::new(id.clone(), "AWS::AppSync::DataSource", entry.span)
        .with(own(it.resource))
        .set("ApiId", it.place().attribute(it.id.clone(), "ApiId"))
        .set(
            "Name",
            name.unwrap_or_else(|| place.text(entry.key.clone())),
        )
        .set(
            "Type",
            place.text(if lambda {
                "AWS_LAMBDA"
            } else {
                "AMAZON_DYNAMODB"
            }),
        )
        .maybe(
            "LambdaConfig",
            function.map(|arn| place.one("LambdaFunctionArn", arn.clone())),
        )
        .set(
            "ServiceRoleArn",
            own_role
                .clone()
                .unwrap_or_else(|| place.attribute(role_id.as_str(), "Arn")),
        );
    lowering.emit(made);
    if own_role.is_some() {
        return;
    }
    lowering
        .emit(role(role_id.clone(), entry.span, "appsync.amazonaws.com").with(own(it.resource)));
    if let Some(function) = function {
        call(lowering, (&id, &role_id), function);
    }
}

/// Lets a data source call its function.
fn call(lowering: &mut Lowering<'_>, (id, role): (&Str, &str), function: &Node) {
    let place = Place(function.span);
    let versions = place.sub_with(
        "${DestinationArn}:*",
        [("DestinationArn", function.clone())],
    );
    let actions = place.texts(&["lambda:InvokeAsync", "lambda:InvokeFunction"]);
    let statement = allow(place, actions, place.list([function.clone(), versions]));
    let document = place.map([
        ("Version", place.text("2012-10-17")),
        ("Statement", place.list([statement])),
    ]);
    let policy = format!("{id}ToLambdaConnectorPolicy");
    lowering.emit(
        Made::new(policy, "AWS::IAM::ManagedPolicy", place.0)
            .set("PolicyDocument", document)
            .set("Roles", place.list([place.reference(role)])),
    );
}

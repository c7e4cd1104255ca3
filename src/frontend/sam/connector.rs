//! `AWS::Serverless::Connector`, and `Connectors` on a resource: rights that one resource gets on another.
//!
//! Only those that let somebody call a function are lowered; no connector lets anybody call an API.

use std::collections::HashMap;

use super::Lowering;
use super::made::{Made, own};
use super::place::{Place, present};
use super::policies::allow;
use super::section;
use super::truthy::logical_id;
use crate::document::{Entry, Node};
use crate::source::Str;

/// Sources whose own role is given the right to call a function, and the property that names the role.
const ROLES: &[(&str, &str)] = &[
    ("AWS::Lambda::Function", "Role"),
    ("AWS::StepFunctions::StateMachine", "RoleArn"),
    ("AWS::AppSync::DataSource", "ServiceRoleArn"),
];

/// Sources that the function must permit, and the service that calls.
const SERVICES: &[(&str, &str)] = &[
    ("AWS::ApiGateway::RestApi", "apigateway.amazonaws.com"),
    ("AWS::ApiGatewayV2::Api", "apigateway.amazonaws.com"),
    ("AWS::AppSync::GraphQLApi", "appsync.amazonaws.com"),
    ("AWS::Events::Rule", "events.amazonaws.com"),
    ("AWS::SNS::Topic", "sns.amazonaws.com"),
    ("AWS::S3::Bucket", "s3.amazonaws.com"),
];

/// One connection.
struct Connection<'c> {
    id: Str,
    /// The connector, for its attributes.
    connector: &'c Node,
    at: Place,
    source: Node,
    destination: &'c Node,
    /// The end of ids when there are several destinations.
    end: String,
}

/// What a connection's ends are.
type Resources = HashMap<Str, Node>;

/// Lowers every connector. Runs last: a connection is between resources as they are deployed.
pub(super) fn lower(lowering: &mut Lowering<'_>, entries: &[Entry]) {
    let wanted = entries.iter().any(|entry| {
        section(&entry.value) == Some("Connector") || entry.value.get("Connectors").is_some()
    });
    if !wanted {
        return;
    }
    let made = lowering.made.values().flatten();
    let resources: Resources = made
        .map(|entry| (entry.key.clone(), entry.value.clone()))
        .collect();
    for (position, entry) in entries.iter().enumerate() {
        lowering.position = position;
        if section(&entry.value) == Some("Connector") {
            let source = entry.value.at(&["Properties", "Source"]).cloned();
            connect(lowering, &resources, (entry.key.clone(), entry), source);
        }
        for inner in entry
            .value
            .get("Connectors")
            .map(Node::entries)
            .unwrap_or_default()
        {
            let id = format!("{}{}", entry.key, inner.key);
            let place = Place(inner.span);
            let mut source = place.one("Id", place.text(entry.key.clone()));
            let reference = inner.value.at(&["Properties", "SourceReference"]);
            for part in reference.map(Node::entries).unwrap_or_default() {
                source = source.with(part.key.clone(), part.value.clone());
            }
            connect(lowering, &resources, (id.into(), inner), Some(source));
        }
    }
}

fn connect(
    lowering: &mut Lowering<'_>,
    resources: &Resources,
    (id, entry): (Str, &Entry),
    source: Option<Node>,
) {
    let destination = entry.value.at(&["Properties", "Destination"]);
    let (Some(source), Some(destination)) = (source, destination) else {
        return;
    };
    let one = [destination.clone()];
    let destinations = destination.as_list().unwrap_or(&one);
    let writes = entry
        .value
        .at(&["Properties", "Permissions"])
        .map(Node::items)
        .unwrap_or_default();
    if !writes
        .iter()
        .any(|it| it.as_text().is_some_and(|it| it == "Write"))
    {
        return;
    }
    for (nth, each) in destinations.iter().enumerate() {
        let end = match destination.as_list() {
            Some(_) => format!("Destination{nth}"),
            None => String::new(),
        };
        let connection = Connection {
            id: id.clone(),
            connector: &entry.value,
            at: Place(entry.span),
            source: source.clone(),
            destination: each,
            end,
        };
        allow_calls(lowering, resources, &connection);
    }
}

/// Lowers a connection whose destination is a function.
fn allow_calls(lowering: &mut Lowering<'_>, resources: &Resources, it: &Connection<'_>) {
    let place = it.at;
    let (Some(from), Some(to)) = (kind(resources, &it.source), kind(resources, it.destination))
    else {
        return;
    };
    if to != "AWS::Lambda::Function" {
        return;
    }
    let Some(function) = arn(place, it.destination) else {
        return;
    };
    if let Some((_, property)) = ROLES.iter().find(|(kind, _)| *kind == from) {
        let Some(role) = role(resources, place, &it.source, property) else {
            return;
        };
        let actions = place.texts(&["lambda:InvokeAsync", "lambda:InvokeFunction"]);
        let statement = allow(place, actions, place.list([function]));
        let document = place.map([
            ("Version", place.text("2012-10-17")),
            ("Statement", place.list([statement])),
        ]);
        let made = Made::new(
            format!("{}Policy{}", it.id, it.end),
            "AWS::IAM::ManagedPolicy",
            place.0,
        )
        .with(own(it.connector))
        .set("PolicyDocument", document)
        .set("Roles", place.list([role]));
        lowering.emit(made);
    } else if let Some((_, service)) = SERVICES.iter().find(|(kind, _)| *kind == from) {
        let made = Made::new(
            format!("{}WriteLambdaPermission{}", it.id, it.end),
            "AWS::Lambda::Permission",
            place.0,
        )
        .with(own(it.connector))
        .set("Action", place.text("lambda:InvokeFunction"))
        .set("FunctionName", function)
        .set("Principal", place.text(*service))
        .maybe("SourceArn", source_arn(place, from.as_str(), &it.source));
        lowering.emit(made);
    }
}

/// The deployed type of an end.
fn kind(resources: &Resources, end: &Node) -> Option<Str> {
    if let Some(id) = present(end, "Id") {
        return resources
            .get(id.as_text()?)?
            .get("Type")?
            .as_text()
            .cloned();
    }
    let kind = end.get("Type")?.as_text()?;
    Some(match kind.as_str() {
        "AWS::Serverless::Function" => "AWS::Lambda::Function".into(),
        "AWS::Serverless::StateMachine" => "AWS::StepFunctions::StateMachine".into(),
        "AWS::Serverless::Api" => "AWS::ApiGateway::RestApi".into(),
        "AWS::Serverless::HttpApi" => "AWS::ApiGatewayV2::Api".into(),
        _ => kind.clone(),
    })
}

fn arn(place: Place, end: &Node) -> Option<Node> {
    match present(end, "Id").and_then(Node::as_text) {
        Some(id) => Some(place.attribute(id.clone(), "Arn")),
        None => present(end, "Arn").cloned(),
    }
}

/// The role of a source, by name.
fn role(resources: &Resources, place: Place, source: &Node, property: &str) -> Option<Node> {
    let Some(id) = present(source, "Id").and_then(Node::as_text) else {
        return present(source, "RoleName").cloned();
    };
    let role = resources.get(id)?.at(&["Properties", property])?;
    Some(place.reference(logical_id(role)?))
}

fn source_arn(place: Place, kind: &str, source: &Node) -> Option<Node> {
    let id = present(source, "Id").and_then(Node::as_text);
    match kind {
        "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" => {
            let api = match id {
                Some(id) => place.reference(id.clone()),
                None => present(source, "ResourceId")?.clone(),
            };
            let qualifier = present(source, "Qualifier").cloned();
            let arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${SourceResourceId}/${SourceQualifier}";
            Some(place.sub_with(
                arn,
                [
                    ("SourceResourceId", api),
                    (
                        "SourceQualifier",
                        qualifier.unwrap_or_else(|| place.text("*")),
                    ),
                ],
            ))
        }
        "AWS::AppSync::GraphQLApi" => {
            let api = match id {
                Some(id) => place.attribute(id.clone(), "ApiId"),
                None => present(source, "ResourceId")?.clone(),
            };
            let arn = "arn:${AWS::Partition}:appsync:${AWS::Region}:${AWS::AccountId}:apis/${SourceResourceId}";
            Some(place.sub_with(arn, [("SourceResourceId", api)]))
        }
        "AWS::SNS::Topic" => id
            .map(|id| place.reference(id.clone()))
            .or_else(|| present(source, "Arn").cloned()),
        _ => arn(place, source),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{lowered, property};

    #[test]
    fn a_function_is_given_the_right_to_call_another() {
        let out = lowered(
            "
Resources:
  A:
    Type: AWS::Serverless::Function
    Connectors: {Calls: {Properties: {Destination: {Id: B}, Permissions: [Write]}}}
  B: {Type: AWS::Serverless::Function}
",
        );
        let policy = property(&out, "ACallsPolicy", &["PolicyDocument", "Statement"]);
        let resource = &policy.items()[0].get("Resource").unwrap().items()[0];
        assert_eq!(
            resource.get("Fn::GetAtt").unwrap().items()[0]
                .as_text()
                .unwrap(),
            "B"
        );
        let role = property(&out, "ACallsPolicy", &["Roles"]);
        assert_eq!(
            role.items()[0].get("Ref").unwrap().as_text().unwrap(),
            "ARole"
        );
    }
}

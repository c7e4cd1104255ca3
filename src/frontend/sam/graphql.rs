//! `AWS::Serverless::GraphQLApi`: an AppSync API with its auth, keys, schema and data sources.

use super::made::{Made, own};
use super::place::{Place, present, without_nulls};
use super::policies::Grants;
use super::role::role;
use super::truthy::true_at;
use super::{Declared, Lowering, data_source};
use crate::document::{Entry, Node, Value};

/// A kind of auth: its type, where SAM has its settings, and where AppSync has them.
const KINDS: &[(&str, &str, &str)] = &[
    ("AWS_LAMBDA", "LambdaAuthorizer", "LambdaAuthorizerConfig"),
    ("OPENID_CONNECT", "OpenIDConnect", "OpenIDConnectConfig"),
    ("AMAZON_COGNITO_USER_POOLS", "UserPool", "UserPoolConfig"),
];

/// Properties that the API takes over as they are.
const COPIED: &[&str] = &[
    "XrayEnabled",
    "Visibility",
    "OwnerContact",
    "IntrospectionConfig",
    "QueryDepthLimit",
    "ResolverCountLimit",
];

/// Lowers a GraphQL API.
pub(super) fn lower(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    let place = it.place();
    let name = present(&it.properties, "Name").cloned();
    let mut made = Made::new(it.id.clone(), "AWS::AppSync::GraphQLApi", it.at)
        .with(own(it.resource))
        .set("Name", name.unwrap_or_else(|| place.text(it.id.clone())))
        .copy(&it.properties, COPIED);
    let mut functions: Vec<Node> = Vec::new();
    let auth = it.properties.get("Auth");
    if let Some(auth) = auth.filter(|auth| auth.as_map().is_some()) {
        made = authenticate(made, auth, &mut functions);
    } else {
        let reason = format!("`Auth` of `{}` is missing or not a mapping", it.id);
        lowering.unresolved(it.at, reason.clone());
        made = made.set("AuthenticationType", place.unknown(reason));
    }
    made = made.maybe("LogConfig", logs(lowering, it));
    let mut tags = it
        .properties
        .get("Tags")
        .map(Place::tags)
        .unwrap_or_default();
    tags.push(place.map([
        ("Key", place.text("graphqlapi:createdBy")),
        ("Value", place.text("SAM")),
    ]));
    lowering.emit(made.set("Tags", place.list(tags)));
    schema(lowering, it);
    for (nth, function) in functions.into_iter().enumerate() {
        permit(lowering, it, function, nth + 1);
    }
    for entry in it
        .properties
        .get("ApiKeys")
        .map(Node::entries)
        .unwrap_or_default()
    {
        key(lowering, it, entry);
    }
    data_source::lower(lowering, it);
}

fn schema(lowering: &mut Lowering<'_>, it: &Declared<'_>) {
    let place = it.place();
    let schema = Made::new(
        format!("{}Schema", it.id),
        "AWS::AppSync::GraphQLSchema",
        it.at,
    )
    .with(own(it.resource))
    .set("ApiId", place.attribute(it.id.clone(), "ApiId"))
    .copy_as(&it.properties, "SchemaInline", "Definition")
    .copy_as(&it.properties, "SchemaUri", "DefinitionS3Location");
    lowering.emit(schema);
}

/// The default mode, and those that fields may ask for.
fn authenticate(made: Made, auth: &Node, functions: &mut Vec<Node>) -> Made {
    let mut made = made.maybe("AuthenticationType", auth.get("Type").cloned());
    if let Some((key, settings)) = settings(auth, functions) {
        made = made.set(key, settings);
    }
    let Some(additional) = true_at(auth, "Additional") else {
        return made;
    };
    let providers = additional.items().iter().map(|provider| {
        let place = Place(provider.span);
        let kind = provider.get("Type").cloned();
        let kind = kind.unwrap_or_else(|| place.unknown("an additional provider without `Type`"));
        let node = place.map([("AuthenticationType", kind)]);
        match settings(provider, functions) {
            // Only the default mode has a default action.
            Some((key, settings)) => node.with(key, settings.without("DefaultAction")),
            None => node,
        }
    });
    made.set(
        "AdditionalAuthenticationProviders",
        Place(additional.span).list(providers),
    )
}

fn settings(auth: &Node, functions: &mut Vec<Node>) -> Option<(&'static str, Node)> {
    let kind = auth.get("Type")?.as_text()?;
    let (_, written, key) = KINDS.iter().find(|(name, ..)| kind == name)?;
    let settings = without_nulls(auth.get(written)?);
    if *key == "LambdaAuthorizerConfig" {
        functions.extend(settings.get("AuthorizerUri").cloned());
    }
    Some((key, settings))
}

/// Where the API logs to; SAM switches logging on unless it is `false`.
fn logs(lowering: &mut Lowering<'_>, it: &Declared<'_>) -> Option<Node> {
    let written = it.properties.get("Logging");
    if written.is_some_and(|it| matches!(it.value, Value::Bool(false))) {
        return None;
    }
    let place = written.map_or(it.place(), |it| Place(it.span));
    let settings = written.filter(|it| it.as_map().is_some());
    let level = settings
        .and_then(|it| present(it, "FieldLogLevel"))
        .cloned();
    let own_role = settings
        .and_then(|it| true_at(it, "CloudWatchLogsRoleArn"))
        .cloned();
    let arn = own_role.unwrap_or_else(|| {
        let id = format!("{}CloudWatchRole", it.id);
        let policy = place.sub(
            "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs",
        );
        let mut grants = Grants::default();
        grants.add_managed(policy);
        let made = role(id.clone(), place.0, "appsync.amazonaws.com");
        lowering.emit(made.with(own(it.resource)).grant(grants, place.0));
        place.attribute(id, "Arn")
    });
    let mut config = place.map([
        ("FieldLogLevel", level.unwrap_or_else(|| place.text("ALL"))),
        ("CloudWatchLogsRoleArn", arn),
    ]);
    if let Some(exclude) = settings.and_then(|it| true_at(it, "ExcludeVerboseContent")) {
        config = config.with("ExcludeVerboseContent", exclude.clone());
    }
    Some(config)
}

/// Lets AppSync call an authorizer's function.
fn permit(lowering: &mut Lowering<'_>, it: &Declared<'_>, function: Node, nth: usize) {
    let place = Place(function.span);
    let arn =
        "arn:${AWS::Partition}:appsync:${AWS::Region}:${AWS::AccountId}:apis/${SourceResourceId}";
    let source = place.sub_with(
        arn,
        [("SourceResourceId", place.attribute(it.id.clone(), "ApiId"))],
    );
    let id = format!("{}ToLambdaAuthConnector{nth}WriteLambdaPermission", it.id);
    lowering.emit(
        Made::new(id, "AWS::Lambda::Permission", place.0)
            .set("Action", place.text("lambda:InvokeFunction"))
            .set("FunctionName", function)
            .set("Principal", place.text("appsync.amazonaws.com"))
            .set("SourceArn", source),
    );
}

fn key(lowering: &mut Lowering<'_>, it: &Declared<'_>, entry: &Entry) {
    let id = format!("{}{}", it.id, entry.key);
    let made = Made::new(id, "AWS::AppSync::ApiKey", entry.span)
        .with(own(it.resource))
        .set("ApiId", it.place().attribute(it.id.clone(), "ApiId"))
        .copy(&entry.value, &["ApiKeyId", "Description"])
        .copy_as(&entry.value, "ExpiresOn", "Expires");
    lowering.emit(made);
}

#[cfg(test)]
mod tests {
    use super::super::sample::{lowered, property};

    #[test]
    fn the_default_and_additional_modes_take_appsyncs_names() {
        let out = lowered(
            "
Resources:
  Api:
    Type: AWS::Serverless::GraphQLApi
    Properties:
      SchemaInline: x
      Auth:
        Type: AMAZON_COGNITO_USER_POOLS
        UserPool: {UserPoolId: p, AwsRegion: null}
        Additional: [{Type: API_KEY}, {Type: AWS_LAMBDA, LambdaAuthorizer: {AuthorizerUri: u}}]
      ApiKeys: {Key: {Description: d}}
",
        );
        let kind = property(&out, "Api", &["AuthenticationType"]);
        assert_eq!(kind.as_text().unwrap(), "AMAZON_COGNITO_USER_POOLS");
        assert_eq!(
            property(&out, "Api", &["UserPoolConfig"]).entries().len(),
            1
        );
        let additional = property(&out, "Api", &["AdditionalAuthenticationProviders"]);
        assert_eq!(additional.items().len(), 2);
        property(&out, "ApiKey", &["Description"]);
        property(
            &out,
            "ApiToLambdaAuthConnector1WriteLambdaPermission",
            &["FunctionName"],
        );
    }

    #[test]
    fn auth_that_is_missing_is_unknown() {
        let out = lowered(
            "Resources: {Api: {Type: AWS::Serverless::GraphQLApi, Properties: {SchemaInline: x}}}",
        );
        property(&out, "Api", &["AuthenticationType", "Fn::GateLintUnknown"]);
        assert_eq!(out.problems.len(), 1);
    }
}

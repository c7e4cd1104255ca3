//! Generated inputs: the same kinds of resources in the same proportions at every size.

use std::fmt::Write;

use serde_json::{Map, Value, json};

/// Resources that each unit of a template has.
const UNIT: usize = 10;

/// A `CloudFormation` template with about this many resources: an API, its pool and authorizer, and units of a path with
/// three methods, the function behind it, and what a function usually brings along.
pub fn template(resources: usize) -> Value {
    let mut all = Map::new();
    all.insert(
        "Api".into(),
        json!({"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "orders"}}),
    );
    all.insert("Pool".into(), json!({"Type": "AWS::Cognito::UserPool", "Properties": {"AutoVerifiedAttributes": ["email"]}}));
    all.insert(
        "Users".into(),
        json!({"Type": "AWS::ApiGateway::Authorizer", "Properties": {
            "Name": "users", "Type": "COGNITO_USER_POOLS", "RestApiId": {"Ref": "Api"},
            "IdentitySource": "method.request.header.Authorization",
            "ProviderARNs": [{"Fn::GetAtt": ["Pool", "Arn"]}],
        }}),
    );
    for n in 0..(resources / UNIT).max(1) {
        all.append(&mut routes(n));
        all.append(&mut function(n));
    }
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
        "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": all,
    })
}

fn method(n: usize, verb: &str, auth: Value) -> Value {
    let uri = format!(
        "arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{Function{n}.Arn}}/invocations"
    );
    let mut properties = json!({
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Ref": format!("Path{n}")},
        "HttpMethod": verb,
        "Integration": {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Sub": uri}},
    });
    if let (Some(properties), Value::Object(mut auth)) = (properties.as_object_mut(), auth) {
        properties.append(&mut auth);
    }
    json!({"Type": "AWS::ApiGateway::Method", "Properties": properties})
}

fn routes(n: usize) -> Map<String, Value> {
    let users =
        json!({"AuthorizationType": "COGNITO_USER_POOLS", "AuthorizerId": {"Ref": "Users"}});
    let signed = json!({"AuthorizationType": {"Fn::If": ["IsProd", "AWS_IAM", "NONE"]}});
    Map::from_iter([
        (
            format!("Path{n}"),
            json!({"Type": "AWS::ApiGateway::Resource", "Properties": {
                "RestApiId": {"Ref": "Api"}, "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "PathPart": format!("orders-{n}"),
            }}),
        ),
        (format!("Post{n}"), method(n, "POST", users)),
        (format!("Get{n}"), method(n, "GET", signed)),
        (
            format!("Delete{n}"),
            method(n, "DELETE", json!({"AuthorizationType": "NONE"})),
        ),
    ])
}

fn function(n: usize) -> Map<String, Value> {
    let other = format!(
        "https://${{Api}}.execute-api.${{AWS::Region}}.amazonaws.com/${{Stage}}/orders-{}",
        n / 2
    );
    Map::from_iter([
        (
            format!("Function{n}"),
            json!({"Type": "AWS::Lambda::Function", "Properties": {
                "Runtime": "nodejs22.x", "Handler": "orders.handler", "Role": {"Fn::GetAtt": [format!("Role{n}"), "Arn"]},
                "Code": {"S3Bucket": "artifacts", "S3Key": format!("orders-{n}.zip")},
                "Environment": {"Variables": {"ORDERS_URL": {"Fn::Sub": other}, "TABLE": {"Ref": format!("Table{n}")}}},
            }}),
        ),
        (
            format!("Role{n}"),
            json!({"Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
                "Policies": [{"PolicyName": "orders", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Action": ["execute-api:Invoke"],
                    "Resource": {"Fn::Sub": format!("arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{Api}}/*/GET/orders-{}", n / 2)},
                }]}}],
            }}),
        ),
        (
            format!("Permission{n}"),
            json!({"Type": "AWS::Lambda::Permission", "Properties": {
                "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com", "FunctionName": {"Ref": format!("Function{n}")},
            }}),
        ),
        (
            format!("Table{n}"),
            json!({"Type": "AWS::DynamoDB::Table", "Properties": {"BillingMode": "PAY_PER_REQUEST"}}),
        ),
        (
            format!("Logs{n}"),
            json!({"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}}),
        ),
        (
            format!("Queue{n}"),
            json!({"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}}),
        ),
    ])
}

/// A `serverless.yml` with eight functions behind every kind of authorizer; `n` tells services apart.
pub fn service(n: usize) -> String {
    let mut text = format!(
        "service: shop-{n}\nframeworkVersion: '4'\n\nprovider:\n  name: aws\n  runtime: nodejs22.x\n  stage: ${{opt:stage, 'dev'}}\n\
         \x20 environment:\n    TABLE: ${{self:service}}-${{sls:stage}}\n\nfunctions:\n"
    );
    let authorizers = ["aws_iam", "check", "", "aws_iam"];
    for (i, authorizer) in authorizers.iter().cycle().take(8).enumerate() {
        let method = ["get", "post"].get(i % 2).unwrap_or(&"get");
        let function = format!(
            "  handle-{i}:\n    handler: src/orders.handle{i}\n    events:\n      - http:\n          path: /orders/{i}/{{id}}\n          method: {method}\n"
        );
        text.push_str(&function);
        if !authorizer.is_empty() {
            writeln!(text, "          authorizer: {authorizer}").expect("writing to a string");
        }
    }
    text.push_str("  check:\n    handler: src/check.handler\n");
    text
}

/// The same value as block-style YAML.
pub fn yaml(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn block(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                write!(text, "\n{:indent$}{key}:", "").expect("writing to a string");
                block(value, indent + 2, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                write!(text, "\n{:indent$}-", "").expect("writing to a string");
                block(item, indent + 2, text);
            }
        }
        Value::String(word) if is_plain(word) => {
            write!(text, " {word}").expect("writing to a string");
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => write!(text, " {value}").expect("writing to a string"),
    }
}

/// Whether a text can stand without quotes, as authors write most of them.
fn is_plain(text: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(safe)
}

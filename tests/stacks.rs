//! What several files come to together: nested stacks, modules and macros.

use std::fmt::Write;
use std::sync::Arc;

use gatelint::finding::Report;
use gatelint::frontend::{Env, MapReader, Options};
use gatelint::rule::RuleSet;
use gatelint::source::Sources;

/// Checks `files`, each of which is an input.
fn check(files: &[(&str, &str)]) -> Report {
    let sources = Arc::new(Sources::default());
    let entries: Vec<_> = files
        .iter()
        .map(|(path, text)| sources.add(path, *text))
        .collect();
    let (reader, options) = (MapReader::default(), Options::default());
    let env = Env {
        sources: &sources,
        reader: &reader,
        options: &options,
    };
    gatelint::check(&sources, &entries, &RuleSet::built_in(), &env)
}

/// File, label and authorization of every endpoint.
fn endpoints(report: &Report) -> Vec<(String, String, String)> {
    let all = report
        .stacks
        .iter()
        .flat_map(|stack| stack.endpoints.iter().map(|one| (stack.file.clone(), one)));
    let auth = |one: &gatelint::endpoint::Endpoint| {
        one.auth
            .agreed()
            .map_or("unknown".to_owned(), |auth| auth.kind.to_string())
    };
    all.map(|(file, one)| (file, one.label(), auth(one)))
        .collect()
}

const CHILD: &str = "
Parameters: {Auth: {Type: String, Default: NONE}}
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  Post:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: POST, AuthorizationType: !Ref Auth}
";

#[test]
fn a_nested_stack_is_judged_with_what_its_parent_gives_it() {
    let parent = "
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./child.yaml, Parameters: {Auth: AWS_IAM}}
";
    let report = check(&[("a/child.yaml", CHILD), ("a/parent.yaml", parent)]);
    let expected = (
        "a/child.yaml".to_owned(),
        "POST /".to_owned(),
        "iam".to_owned(),
    );
    assert_eq!(endpoints(&report), [expected]);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[test]
fn a_template_on_its_own_keeps_its_defaults() {
    let report = check(&[("a/child.yaml", CHILD)]);
    assert_eq!(
        endpoints(&report)
            .first()
            .map(|row| row.2.clone())
            .as_deref(),
        Some("none")
    );
}

#[test]
fn templates_that_nest_each_other_end() {
    let nest = |other: &str| {
        format!(
            "Resources:\n  N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {other}}}}}\n"
        )
    };
    let report = check(&[("a.yaml", &nest("b.yaml")), ("b.yaml", &nest("a.yaml"))]);
    assert!(!report.stacks.is_empty());
}

#[test]
fn a_missing_nested_template_is_said() {
    let report = check(&[(
        "a.yaml",
        "Resources:\n  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: gone.yaml}}\n",
    )]);
    assert!(
        report
            .problems
            .iter()
            .any(|problem| problem.message.contains("`gone.yaml`"))
    );
}

#[test]
fn sixty_conditions_are_told_apart_six_at_a_time() {
    let mut text = String::from("Parameters: {P: {Type: String}}\nConditions:\n");
    for n in 0..60 {
        let _ = writeln!(text, "  C{n}: !Equals [!Ref P{n}, x]");
    }
    text.push_str("Resources:\n  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}\n  Post:\n    Type: AWS::ApiGateway::Method\n    Properties:\n      RestApiId: !Ref Api\n      ResourceId: !GetAtt Api.RootResourceId\n      HttpMethod: POST\n      AuthorizationType: ");
    for n in 0..60 {
        let _ = write!(text, "{{'Fn::If': [C{n}, AWS_IAM, ");
    }
    text.push_str("NONE");
    text.push_str(&"]}".repeat(60));
    text.push('\n');
    let report = check(&[("t.yaml", &text)]);
    let endpoint = &report.stacks[0].endpoints[0];
    let most = gatelint::resolve::World::MOST;
    assert!(
        endpoint
            .auth
            .worlds()
            .all(|world| world.conditions().count() <= most)
    );
    assert!(
        endpoint.auth.cases().any(|case| case.value.is_none()),
        "beyond the sixth it is not known"
    );
}

#[test]
fn a_nested_template_that_lies_elsewhere_is_said() {
    let of = |url: &str| {
        let text = format!(
            "Parameters: {{Where: {{Type: String}}}}\nResources:\n  N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url}}}}}\n"
        );
        let report = check(&[("a.yaml", &text)]);
        let said: Vec<String> = report
            .problems
            .iter()
            .map(|it| it.message.clone())
            .collect();
        said
    };
    let elsewhere = of("'https://bucket.s3.amazonaws.com/child.yaml'");
    assert_eq!(
        elsewhere,
        [
            "the template of nested stack `N` lies outside of this repository: its endpoints are not listed"
        ]
    );
    assert_eq!(
        of("!Ref Where"),
        [
            "the template of nested stack `N` is named only at deployment: its endpoints are not listed"
        ]
    );
}

#[test]
fn a_loop_makes_functions_and_events_of_sam() {
    let report = check(&[(
        "a.yaml",
        "
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::Functions:
    - Name
    - [orders, stock]
    - Function${Name}:
        Type: AWS::Serverless::Function
        Properties:
          Handler: index.handler
          Runtime: nodejs22.x
          CodeUri: .
          Events:
            Get: {Type: Api, Properties: {Path: !Sub '/${Name}', Method: get}}
",
    )]);
    let labels: Vec<String> = endpoints(&report).into_iter().map(|row| row.1).collect();
    assert_eq!(labels, ["GET /orders", "GET /stock"]);
}

#[test]
fn a_nested_stack_of_the_cdk_is_found_by_its_asset() {
    let parent = r#"{"Resources": {"Child": {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/bucket/1.json"}},
        "Metadata": {"aws:cdk:path": "shop/Child", "aws:asset:path": "child.nested.template.json", "aws:asset:property": "TemplateURL"}
    }}}"#;
    let child = r#"{"Resources": {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}, "Metadata": {"aws:cdk:path": "shop/Child/Api"}},
        "Post": {"Type": "AWS::ApiGateway::Method", "Metadata": {"aws:cdk:path": "shop/Child/Api/Default/POST/Resource"},
            "Properties": {"RestApiId": {"Ref": "Api"}, "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "HttpMethod": "POST", "AuthorizationType": "NONE"}}
    }}"#;
    let report = check(&[
        ("cdk.out/child.nested.template.json", child),
        ("cdk.out/shop.template.json", parent),
    ]);
    let expected = (
        "cdk.out/child.nested.template.json".to_owned(),
        "POST /".to_owned(),
        "none".to_owned(),
    );
    assert_eq!(endpoints(&report), [expected]);
    let mut findings = report.findings.iter();
    let write = findings.find(|finding| finding.rule == "public-write");
    let construct = write.and_then(|finding| finding.construct.as_deref());
    assert_eq!(construct, Some("shop/Child/Api/Default/POST/Resource"));
}

#[test]
fn a_macro_is_named_and_what_it_adds_is_unknown() {
    let template = "
Transform: [AWS::LanguageExtensions, {Name: Company::Harden}]
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  Get:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET, Fn::Transform: {Name: Auth}}
  Put:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: PUT, AuthorizationType: AWS_IAM}
  Fn::Transform: {Name: More}
";
    let report = check(&[("a.yaml", template)]);
    let auth: Vec<_> = endpoints(&report).into_iter().map(|row| row.2).collect();
    assert_eq!(auth, ["unknown", "iam"]);
    let said: Vec<_> = report
        .problems
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(said.len(), 3, "{said:?}");
    for name in ["`Company::Harden`", "`Auth`", "`More`"] {
        assert!(
            said.iter().any(|message| message.contains(name)),
            "{name}: {said:?}"
        );
    }
}

#[test]
fn a_module_is_named_and_the_rest_is_listed() {
    let template = "
Resources:
  Shared: {Type: Company::Web::Api::MODULE, Properties: {Name: x}}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  Put:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: PUT, AuthorizationType: AWS_IAM}
";
    let report = check(&[("a.yaml", template)]);
    assert_eq!(endpoints(&report).len(), 1);
    let said: Vec<_> = report
        .problems
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    assert!(
        said.len() == 1 && said[0].contains("Company::Web::Api::MODULE"),
        "{said:?}"
    );
}

#[test]
fn transforms_of_aws_that_answer_no_calls_need_no_notice() {
    let template = "
Transform: [AWS::SecretsManager-2020-07-23, AWS::CodeDeployBlueGreen, AWS::LanguageExtensions]
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
";
    assert!(check(&[("a.yaml", template)]).problems.is_empty());
}

/// An endpoint that only a VPC, a certificate or nobody reaches is not public.
#[test]
fn public_rules_say_nothing_of_what_the_internet_does_not_reach() {
    let api = |properties: &str| {
        format!(
            "
Resources:
  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a{properties}}}}}
  Proxy: {{Type: AWS::ApiGateway::Resource, Properties: {{RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: '{{proxy+}}'}}}}
  Any: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !Ref Proxy, HttpMethod: ANY, AuthorizationType: NONE}}}}
  Get: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET, AuthorizationType: NONE}}}}
  Post: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: POST, AuthorizationType: NONE}}}}
  Domain: {{Type: AWS::ApiGateway::DomainName, Properties: {{DomainName: a.example.com, MutualTlsAuthentication: {{TruststoreUri: 's3://b/k'}}}}}}
  Mapping: {{Type: AWS::ApiGateway::BasePathMapping, Properties: {{DomainName: !Ref Domain, RestApiId: !Ref Api}}}}
"
        )
    };
    let public = |properties: &str| {
        let report = check(&[("a.yaml", &api(properties))]);
        let rules = report
            .findings
            .iter()
            .map(|finding| finding.rule.to_string());
        rules.filter(|rule| rule.starts_with("public-")).count()
    };
    let statement = |more: &str| {
        format!(
            "Policy: {{Statement: [{{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'{more}}}]}}"
        )
    };
    let private = "EndpointConfiguration: {Types: [PRIVATE]}";
    assert_eq!(public(""), 3);
    assert_eq!(public(&format!(", {private}")), 0);
    assert_eq!(public(&format!(", {private}, {}", statement(""))), 0);
    let vpc = ", Condition: {StringEquals: {'aws:SourceVpce': vpce-1}}";
    assert_eq!(public(&format!(", {}", statement(vpc))), 0);
    assert_eq!(public(&format!(", {}", statement(""))), 3);
    assert_eq!(public(", DisableExecuteApiEndpoint: true"), 0);
}

#[test]
fn a_tree_of_resources_that_hangs_on_itself_is_said() {
    let report = check(&[(
        "a.yaml",
        "
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  A: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !Ref B, PathPart: a}}
  B: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !Ref A, PathPart: b}}
  Get: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: !Ref A, HttpMethod: GET, AuthorizationType: NONE}}
",
    )]);
    let said: Vec<&str> = report
        .problems
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    assert_eq!(said, ["`A` is below itself: its path cannot be known"]);
    assert_eq!(endpoints(&report).len(), 1);
}

//! Facts of stages, APIs, domains and listeners, and who can reach an endpoint: what AWS documents, read from templates.
#![allow(clippy::panic, clippy::wildcard_enum_match_arm)]

use gatelint::facts::{Kind, Subject};
use gatelint::frontend::{Env, MapReader, Options};
use gatelint::source::Sources;

fn analyse(template: &str) -> Vec<Subject> {
    let sources = Sources::default();
    let source = sources.add("template.yaml", template);
    let (reader, options) = (MapReader::default(), Options::default());
    let env = Env {
        sources: &sources,
        reader: &reader,
        options: &options,
    };
    let subjects = gatelint::subjects(source, &env);
    let problem = subjects.iter().find(|one| one.kind == Kind::Input);
    assert!(problem.is_none(), "{problem:?}");
    subjects
}

/// A fact as text: its value, `unknown`, or each case with its world.
fn shown(subject: &Subject, field: &str) -> String {
    let fields = subject.kind.fields();
    let column = fields.iter().position(|one| one.name == field);
    let fact = column.and_then(|column| subject.fact(column));
    let fact = fact.unwrap_or_else(|| panic!("no field {field}"));
    let value = |value: &Option<gatelint::facts::Fact>| {
        value
            .as_ref()
            .map_or("unknown".to_owned(), ToString::to_string)
    };
    let cases: Vec<_> = fact.cases().collect();
    match cases.as_slice() {
        [only] => value(&only.value),
        several => {
            let each = several
                .iter()
                .map(|case| format!("{} if {}", value(&case.value), case.world));
            each.collect::<Vec<_>>().join("; ")
        }
    }
}

/// Fields of the first subject of this kind whose label has `name` in it.
fn facts<const N: usize>(template: &str, kind: Kind, name: &str, fields: [&str; N]) -> [String; N] {
    let analysis = analyse(template);
    let mut subjects = analysis.iter();
    let subject = subjects.find(|one| one.kind == kind && one.label.contains(name));
    let subject = subject.unwrap_or_else(|| panic!("no {kind:?} {name}"));
    fields.map(|field| shown(subject, field))
}

/// The pages that the trail of a field cites.
fn pages(template: &str, kind: Kind, field: &str) -> Vec<&'static str> {
    let analysis = analyse(template);
    let subject = analysis.iter().find(|one| one.kind == kind);
    let subject = subject.expect("a subject");
    let column = kind.fields().iter().position(|one| one.name == field);
    let fact = column
        .and_then(|column| subject.fact(column))
        .expect("a field");
    let page = |step: gatelint::trail::Step| match step.how {
        gatelint::trail::How::PlatformDefault { docs, .. } => Some(docs),
        _ => None,
    };
    fact.trail().steps().filter_map(page).collect()
}

const API: &str = "
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop}}
  Get: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET, AuthorizationType: NONE}}
  Orders: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: orders}}
  Post: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: !Ref Orders, HttpMethod: POST, AuthorizationType: NONE, ApiKeyRequired: true}}
";

fn api_with(more: &str) -> String {
    format!("{API}{more}")
}

mod stages {
    use super::*;

    const BARE: &str = "  Live: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: live}}\n";

    #[test]
    fn what_is_not_written_is_the_default_of_aws() {
        let fields = [
            "name",
            "api",
            "protocol",
            "throttled",
            "throttle_rate",
            "throttle_burst",
            "cached",
            "cached_without_encryption",
            "data_trace",
            "access_logs",
            "access_log_format",
            "tracing",
            "waf",
            "client_certificate",
        ];
        let expected = [
            "live", "Api", "rest", "false", "nothing", "nothing", "false", "false", "false",
            "false", "nothing", "false", "false", "false",
        ];
        assert_eq!(
            facts(&api_with(BARE), Kind::Stage, "live", fields),
            expected
        );
        for field in [
            "throttled",
            "cached",
            "data_trace",
            "access_logs",
            "tracing",
        ] {
            assert_eq!(
                pages(&api_with(BARE), Kind::Stage, field).len(),
                1,
                "{field}"
            );
        }
    }

    #[test]
    fn what_is_written_counts() {
        let template = api_with(
            "
  Live:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      StageName: live
      TracingEnabled: true
      CacheClusterEnabled: true
      ClientCertificateId: abc
      AccessLogSetting: {DestinationArn: 'arn:aws:logs:eu-west-1:1:log-group:x', Format: '$context.requestId'}
      MethodSettings:
        - {ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20, CachingEnabled: true}
        - {ResourcePath: /~1orders, HttpMethod: POST, DataTraceEnabled: true}
  Firewall:
    Type: AWS::WAFv2::WebACLAssociation
    Properties:
      ResourceArn: !Sub 'arn:aws:apigateway:${AWS::Region}::/restapis/${Api}/stages/${Live}'
      WebACLArn: 'arn:aws:wafv2:eu-west-1:1:regional/webacl/x/y'
",
        );
        let fields = [
            "throttled",
            "throttle_rate",
            "throttle_burst",
            "cached",
            "cached_without_encryption",
            "data_trace",
            "access_logs",
            "access_log_format",
            "tracing",
            "waf",
            "client_certificate",
        ];
        let expected = [
            "true",
            "10",
            "20",
            "true",
            "true",
            "true",
            "true",
            "$context.requestId",
            "true",
            "true",
            "true",
        ];
        assert_eq!(facts(&template, Kind::Stage, "live", fields), expected);
        assert_eq!(facts(&template, Kind::Api, "Api", ["waf"]), ["true"]);
    }

    #[test]
    fn an_encrypted_cache_and_one_that_no_cluster_backs_are_not_in_the_clear() {
        let with = |cluster: bool, encrypted: bool| {
            let template = api_with(&format!(
                "  Live: {{Type: AWS::ApiGateway::Stage, Properties: {{RestApiId: !Ref Api, StageName: live, \
                 CacheClusterEnabled: {cluster}, MethodSettings: [{{ResourcePath: '/*', HttpMethod: '*', \
                 CachingEnabled: true, CacheDataEncrypted: {encrypted}}}]}}}}\n"
            ));
            facts(
                &template,
                Kind::Stage,
                "live",
                ["cached", "cached_without_encryption"],
            )
        };
        assert_eq!(with(true, true), ["true", "false"]);
        assert_eq!(with(true, false), ["true", "true"]);
        assert_eq!(with(false, false), ["false", "false"]);
    }

    #[test]
    fn a_deployment_describes_the_stage_that_it_makes() {
        let template = api_with(
            "
  Deployment:
    Type: AWS::ApiGateway::Deployment
    Properties:
      RestApiId: !Ref Api
      StageName: dev
      StageDescription: {ThrottlingRateLimit: 5, TracingEnabled: true, DataTraceEnabled: true}
",
        );
        let fields = [
            "name",
            "throttled",
            "throttle_rate",
            "tracing",
            "data_trace",
            "access_logs",
        ];
        assert_eq!(
            facts(&template, Kind::Stage, "dev", fields),
            ["dev", "true", "5", "true", "true", "false"]
        );
    }

    #[test]
    fn the_extra_stage_of_a_deployment_that_a_stage_uses_is_not_counted() {
        let template = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: {Type: AWS::Serverless::Api, Properties: {StageName: live, MethodSettings: [{ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 1}]}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: a.b
      InlineCode: x
      Events: {Get: {Type: Api, Properties: {Path: /a, Method: get, RestApiId: !Ref Api}}}
";
        let analysis = analyse(template);
        let stages = analysis.iter().filter(|one| one.kind == Kind::Stage);
        let labels: Vec<_> = stages.map(|one| one.label.as_str()).collect();
        assert_eq!(labels, ["stage live of Api"]);
        assert_eq!(
            facts(template, Kind::Endpoint, "GET /a", ["throttled"]),
            ["true"]
        );
    }

    #[test]
    fn an_http_stage_has_routes_and_no_cache() {
        let template = "
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: shop, ProtocolType: HTTP}}
  Get: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: GET /a}}
  Post: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: POST /a}}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      ApiId: !Ref Api
      StageName: $default
      AccessLogSettings: {DestinationArn: x, Format: y}
      RouteSettings: {POST /a: {ThrottlingRateLimit: 5}}
";
        let fields = [
            "protocol",
            "throttled",
            "access_logs",
            "access_log_format",
            "cached",
            "data_trace",
        ];
        assert_eq!(
            facts(template, Kind::Stage, "$default", fields),
            ["http", "false", "true", "y", "nothing", "nothing"]
        );
        assert_eq!(
            facts(template, Kind::Endpoint, "GET /a", ["throttled"]),
            ["false"]
        );
        assert_eq!(
            facts(template, Kind::Endpoint, "POST /a", ["throttled"]),
            ["true"]
        );
        let all = template
            .replace("RouteSettings: {POST /a: ", "DefaultRouteSettings: {x: ")
            .replace("{x: {", "{")
            .replace("5}}", "5}");
        assert_eq!(
            facts(&all, Kind::Endpoint, "GET /a", ["throttled"]),
            ["true"]
        );
    }

    #[test]
    fn a_condition_makes_two_cases() {
        let template = format!(
            "Parameters: {{Env: {{Type: String}}}}\nConditions: {{Prod: !Equals [!Ref Env, prod]}}{}",
            api_with(
                "  Live: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: live, TracingEnabled: !If [Prod, true, false]}}\n"
            )
        );
        assert_eq!(
            facts(&template, Kind::Stage, "live", ["tracing"]),
            ["true if Prod; false if not Prod"]
        );
    }

    #[test]
    fn a_limit_for_one_method_is_that_methods() {
        let template = api_with(
            "  Live: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: live, MethodSettings: [{ResourcePath: /~1orders, HttpMethod: POST, ThrottlingRateLimit: 1}]}}\n",
        );
        assert_eq!(
            facts(&template, Kind::Stage, "live", ["throttled"]),
            ["false"]
        );
        assert_eq!(
            facts(&template, Kind::Endpoint, "GET /", ["throttled"]),
            ["false"]
        );
        assert_eq!(
            facts(&template, Kind::Endpoint, "POST /orders", ["throttled"]),
            ["true"]
        );
    }

    #[test]
    fn every_stage_has_to_limit_and_without_a_stage_nothing_is_said() {
        let limited = "  A: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: a, MethodSettings: [{ResourcePath: '/*', HttpMethod: '*', ThrottlingBurstLimit: 1}]}}\n";
        let one = |more: &str| facts(&api_with(more), Kind::Endpoint, "GET /", ["throttled"]);
        assert_eq!(one(limited), ["true"]);
        assert_eq!(one(&format!("{limited}{BARE}")), ["false"]);
        assert_eq!(one(""), ["nothing"]);
    }

    #[test]
    fn a_quota_counts_where_a_key_is_asked_for() {
        let plan = "  Plan: {Type: AWS::ApiGateway::UsagePlan, Properties: {ApiStages: [{ApiId: !Ref Api, Stage: live}], Quota: {Limit: 10, Period: DAY}}}\n";
        let template = api_with(plan);
        assert_eq!(
            facts(&template, Kind::Endpoint, "POST /orders", ["quota"]),
            ["true"]
        );
        assert_eq!(
            facts(&template, Kind::Endpoint, "GET /", ["quota"]),
            ["false"]
        );
    }
}

mod apis {
    use super::*;

    fn rest(properties: &str, fields: [&str; 4]) -> [String; 4] {
        let template = format!(
            "Resources:\n  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a{properties}}}}}\n"
        );
        facts(&template, Kind::Api, "Api", fields)
    }

    #[test]
    fn a_rest_api_that_says_nothing_is_at_the_edge_and_takes_tls_1_0() {
        let fields = [
            "endpoint_type",
            "default_endpoint",
            "resource_policy",
            "tls_policy",
        ];
        assert_eq!(rest("", fields), ["edge", "true", "false", "TLS_1_0"]);
        let private =
            ", EndpointConfiguration: {Types: [PRIVATE]}, DisableExecuteApiEndpoint: true";
        assert_eq!(
            rest(private, fields),
            ["private", "false", "false", "TLS_1_2"]
        );
        let strict = ", EndpointConfiguration: {Types: [REGIONAL]}, SecurityPolicy: SecurityPolicy_TLS13_1_3_2025_09";
        assert_eq!(
            rest(strict, fields),
            [
                "regional",
                "true",
                "false",
                "SecurityPolicy_TLS13_1_3_2025_09"
            ]
        );
    }

    #[test]
    fn an_open_api_body_can_disable_the_default_endpoint() {
        let body = |body: &str| {
            let properties = format!(", Body: {body}");
            let [open, ..] = rest(&properties, ["default_endpoint", "name", "name", "name"]);
            open
        };
        let extension =
            "x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true}";
        assert_eq!(
            body(&format!("{{swagger: '2.0', {extension}, paths: {{}}}}")),
            "false"
        );
        assert_eq!(
            body(&format!(
                "{{openapi: 3.0.1, servers: [{{url: x, {extension}}}], paths: {{}}}}"
            )),
            "false"
        );
        assert_eq!(body("{openapi: 3.0.1, paths: {}}"), "true");
    }

    fn policy(statements: &str, kind: &str) -> String {
        let template = format!(
            "Resources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Name: a\n      \
             EndpointConfiguration: {{Types: [{kind}]}}\n      Policy: {{Version: '2012-10-17', Statement: {statements}}}\n"
        );
        let [everyone] = facts(&template, Kind::Api, "Api", ["policy_allows_everyone"]);
        everyone
    }

    #[test]
    fn a_policy_allows_everyone_unless_something_limits_it() {
        let allow = "{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'";
        assert_eq!(policy(&format!("[{allow}}}]"), "REGIONAL"), "true");
        let office = ", Condition: {IpAddress: {'aws:SourceIp': [203.0.113.0/24]}}";
        assert_eq!(policy(&format!("[{allow}{office}}}]"), "REGIONAL"), "false");
        let account = "{Effect: Allow, Principal: {AWS: '111122223333'}, Action: 'execute-api:Invoke', Resource: '*'}";
        assert_eq!(policy(&format!("[{account}]"), "REGIONAL"), "false");
        let vpce = "{Effect: Deny, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*', Condition: {StringNotEquals: {'aws:SourceVpce': vpce-1}}}";
        assert_eq!(policy(&format!("[{allow}}}, {vpce}]"), "REGIONAL"), "false");
        assert_eq!(policy(&format!("[{allow}}}]"), "PRIVATE"), "true");
        assert_eq!(policy(&format!("[{allow}}}, {vpce}]"), "PRIVATE"), "false");
        assert_eq!(
            facts(API, Kind::Api, "Api", ["policy_allows_everyone"]),
            ["nothing"]
        );
    }

    #[test]
    fn cors_of_http_apis_and_function_urls() {
        let template = "
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: HTTP, CorsConfiguration: {AllowOrigins: ['https://*'], AllowCredentials: true}}}
  Fn: {Type: AWS::Lambda::Function, Properties: {Role: x}}
  Url: {Type: AWS::Lambda::Url, Properties: {AuthType: AWS_IAM, TargetFunctionArn: !Ref Fn, Cors: {AllowOrigins: ['*']}}}
";
        let fields = ["cors_any_origin", "cors_any_origin_with_credentials"];
        assert_eq!(facts(template, Kind::Api, "Api", fields), ["true", "true"]);
        assert_eq!(
            facts(template, Kind::Api, "function URL of Fn", fields),
            ["true", "false"]
        );
    }

    #[test]
    fn cors_of_a_rest_api_is_what_its_preflights_answer() {
        let options = |origin: &str, credentials: &str| {
            let template = api_with(&format!(
                "  Options: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !Ref Orders, HttpMethod: OPTIONS, AuthorizationType: NONE, Integration: {{Type: MOCK, IntegrationResponses: [{{StatusCode: 200, ResponseParameters: {{method.response.header.Access-Control-Allow-Origin: \"{origin}\", method.response.header.Access-Control-Allow-Credentials: \"{credentials}\"}}}}]}}}}}}\n"
            ));
            facts(
                &template,
                Kind::Api,
                "Api",
                ["cors_any_origin", "cors_any_origin_with_credentials"],
            )
        };
        assert_eq!(options("'*'", "'true'"), ["true", "true"]);
        assert_eq!(options("'*'", "'false'"), ["true", "false"]);
        assert_eq!(
            options("'https://example.com'", "'true'"),
            ["false", "false"]
        );
        assert_eq!(facts(API, Kind::Api, "Api", ["cors_any_origin"]), ["false"]);
    }
}

mod domains {
    use super::*;

    fn domain(api: &str, domain: &str) -> String {
        format!(
            "
Resources:
  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a{api}}}}}
  Post: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: POST, AuthorizationType: NONE}}}}
  Domain: {{Type: AWS::ApiGateway::DomainName, Properties: {{DomainName: api.example.com{domain}}}}}
  Mapping: {{Type: AWS::ApiGateway::BasePathMapping, Properties: {{DomainName: !Ref Domain, RestApiId: !Ref Api}}}}
"
        )
    }

    const STORE: &str = ", MutualTlsAuthentication: {TruststoreUri: 's3://bucket/store.pem'}";

    #[test]
    fn a_certificate_counts_only_when_the_default_endpoint_is_disabled() {
        let exposure = |api: &str, more: &str| {
            let [exposure] = facts(&domain(api, more), Kind::Endpoint, "POST", ["exposure"]);
            exposure
        };
        assert_eq!(exposure("", STORE), "internet");
        assert_eq!(
            exposure(", DisableExecuteApiEndpoint: true", STORE),
            "restricted"
        );
        assert_eq!(
            exposure(", DisableExecuteApiEndpoint: true", ""),
            "internet"
        );
    }

    #[test]
    fn the_trail_says_that_the_default_endpoint_is_left_open() {
        let analysis = analyse(&domain("", STORE));
        let subject = analysis
            .iter()
            .find(|one| one.label == "POST /")
            .expect("listed");
        let column = Kind::Endpoint
            .fields()
            .iter()
            .position(|one| one.name == "exposure");
        let fact = column
            .and_then(|column| subject.fact(column))
            .expect("known");
        let said: Vec<_> = fact
            .trail()
            .steps()
            .map(|step| step.how.to_string())
            .collect();
        assert!(
            said.iter().any(|step| step.contains("left open")),
            "{said:?}"
        );
    }

    #[test]
    fn a_second_domain_without_certificates_is_another_way_in() {
        let template = domain(", DisableExecuteApiEndpoint: true", STORE);
        let template = format!(
            "{template}  Other: {{Type: AWS::ApiGateway::DomainName, Properties: {{DomainName: b.example.com}}}}\n  \
             Second: {{Type: AWS::ApiGateway::BasePathMapping, Properties: {{DomainName: b.example.com, RestApiId: !Ref Api}}}}\n"
        );
        assert_eq!(
            facts(&template, Kind::Endpoint, "POST", ["exposure"]),
            ["internet"]
        );
    }

    #[test]
    fn domains_have_their_own_facts() {
        let fields = ["name", "tls_policy", "mutual_tls", "default_endpoint_open"];
        let old = domain("", ", SecurityPolicy: TLS_1_0");
        assert_eq!(
            facts(&old, Kind::Domain, "example", fields),
            ["api.example.com", "TLS_1_0", "false", "true"]
        );
        let mutual = domain(", DisableExecuteApiEndpoint: true", STORE);
        assert_eq!(
            facts(&mutual, Kind::Domain, "example", fields),
            ["api.example.com", "unknown", "true", "false"]
        );
        let http = "
Resources:
  Domain: {Type: AWS::ApiGatewayV2::DomainName, Properties: {DomainName: api.example.com, DomainNameConfigurations: [{EndpointType: REGIONAL}]}}
";
        assert_eq!(
            facts(http, Kind::Domain, "example", fields),
            ["api.example.com", "TLS_1_2", "false", "nothing"]
        );
    }
}

mod exposure {
    use super::*;

    fn of(policy: &str, authorization: &str) -> String {
        let template = format!(
            "
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {{Name: a, Policy: {{Version: '2012-10-17', Statement: {policy}}}}}
  Post: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: POST, AuthorizationType: {authorization}}}}}
"
        );
        let [exposure] = facts(&template, Kind::Endpoint, "POST", ["exposure"]);
        exposure
    }

    const ALL: &str =
        "{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'}";

    #[test]
    fn the_table_of_policy_and_authorizer() {
        let account = "[{Effect: Allow, Principal: {AWS: '111122223333'}, Action: 'execute-api:Invoke', Resource: '*'}]";
        let deny = "[{Effect: Deny, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'}]";
        let all = format!("[{ALL}]");
        for authorization in ["NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"] {
            assert_eq!(of(&all, authorization), "internet", "{authorization}");
            assert_ne!(of(deny, authorization), "internet", "{authorization}");
        }
        // A silent policy refuses who needs its allowance, and leaves the others to IAM and the authorizer.
        assert_eq!(of(account, "NONE"), "restricted");
        assert_eq!(of(account, "COGNITO_USER_POOLS"), "restricted");
        assert_eq!(of(account, "AWS_IAM"), "internet");
        assert_eq!(of(account, "CUSTOM"), "internet");
        assert_eq!(of(deny, "NONE"), "nobody");
    }

    #[test]
    fn a_policy_that_asks_for_a_vpc_endpoint_lets_only_a_vpc_in() {
        let deny = "{Effect: Deny, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*', Condition: {StringNotEquals: {'aws:SourceVpce': vpce-1}}}";
        assert_eq!(of(&format!("[{ALL}, {deny}]"), "NONE"), "vpc");
        let allow = "[{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*', Condition: {StringEquals: {'aws:SourceVpc': vpc-1}}}]";
        assert_eq!(of(allow, "NONE"), "vpc");
        let office = "[{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*', Condition: {IpAddress: {'aws:SourceIp': 203.0.113.0/24}}}]";
        assert_eq!(of(office, "NONE"), "restricted");
    }

    #[test]
    fn a_private_type_given_to_an_import_counts() {
        let template = "
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Parameters: {endpointConfigurationTypes: PRIVATE}
      Policy: {Statement: [{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'}]}
      Body: {swagger: '2.0', info: {}, paths: {/a: {post: {}}}}
";
        assert_eq!(
            facts(template, Kind::Endpoint, "POST /a", ["exposure"]),
            ["vpc"]
        );
    }

    #[test]
    fn a_function_url_that_only_an_organisation_may_call_refuses_who_does_not_sign() {
        let url = |more: &str| {
            let template = format!(
                "
Resources:
  Fn: {{Type: AWS::Lambda::Function, Properties: {{Role: x}}}}
  Url: {{Type: AWS::Lambda::Url, Properties: {{AuthType: NONE, TargetFunctionArn: !Ref Fn}}}}
  Allow: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: !Ref Fn, Action: 'lambda:InvokeFunctionUrl', Principal: '*'{more}}}}}
"
            );
            let [exposure] = facts(&template, Kind::Endpoint, "function URL", ["exposure"]);
            exposure
        };
        assert_eq!(url(", FunctionUrlAuthType: NONE"), "internet");
        assert_eq!(url(", FunctionUrlAuthType: AWS_IAM"), "nobody");
        assert_eq!(
            url(", FunctionUrlAuthType: NONE, PrincipalOrgID: o-1"),
            "nobody"
        );
    }
}

mod listeners {
    use super::*;

    fn listener(scheme: &str, properties: &str) -> String {
        format!(
            "
Resources:
  Balancer: {{Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {{Subnets: [a, b]{scheme}}}}}
  Https:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 443
      Protocol: HTTPS
      {properties}
  Rule:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Properties:
      ListenerArn: !Ref Https
      Priority: 1
      Conditions: [{{Field: path-pattern, Values: [/admin]}}]
      Actions: [{{Type: forward, TargetGroupArn: x}}]
"
        )
    }

    const FIELDS: [&str; 5] = [
        "protocol",
        "exposure",
        "forwards",
        "authenticates",
        "on_unauthenticated",
    ];

    #[test]
    fn an_action_that_asks_for_a_login_authenticates_its_listener_and_no_rule_of_it() {
        let template = listener(
            "",
            "DefaultActions: [{Type: forward, Order: 2, TargetGroupArn: x}, {Type: authenticate-cognito, Order: 1, AuthenticateCognitoConfig: {UserPoolArn: x}}]",
        );
        assert_eq!(
            facts(&template, Kind::Listener, "listener Https", FIELDS),
            ["HTTPS", "internet", "true", "true", "authenticate"]
        );
        assert_eq!(
            facts(&template, Kind::Listener, "listener rule Rule", FIELDS),
            ["HTTPS", "internet", "true", "false", "nothing"]
        );
    }

    #[test]
    fn allowing_the_unauthenticated_is_no_authentication() {
        let asked = |done: &str| {
            let template = listener(
                ", Scheme: internal",
                &format!(
                    "DefaultActions: [{{Type: authenticate-oidc, Order: 1, AuthenticateOidcConfig: {{OnUnauthenticatedRequest: {done}}}}}, {{Type: forward, Order: 2}}]"
                ),
            );
            facts(&template, Kind::Listener, "listener Https", FIELDS)
        };
        assert_eq!(asked("allow"), ["HTTPS", "vpc", "true", "false", "allow"]);
        assert_eq!(asked("deny"), ["HTTPS", "vpc", "true", "true", "deny"]);
    }

    #[test]
    fn tokens_and_certificates_authenticate_and_a_redirect_forwards_nothing() {
        let token = listener(
            "",
            "DefaultActions: [{Type: jwt-validation, Order: 1}, {Type: forward, Order: 2}]",
        );
        assert_eq!(
            facts(
                &token,
                Kind::Listener,
                "listener Https",
                ["authenticates", "on_unauthenticated"]
            ),
            ["true", "deny"]
        );
        let certificate = |mode: &str| {
            let more = format!(
                "MutualAuthentication: {{Mode: {mode}}}\n      DefaultActions: [{{Type: redirect}}]"
            );
            let template = listener("", &more);
            facts(
                &template,
                Kind::Listener,
                "listener Https",
                ["mutual_tls", "forwards"],
            )
        };
        assert_eq!(certificate("verify"), ["true", "false"]);
        assert_eq!(certificate("passthrough"), ["false", "false"]);
    }
}

mod backends {
    use super::*;

    fn over(integration: &str) -> String {
        let method = format!(
            "  Put: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !Ref Orders, HttpMethod: PUT, AuthorizationType: NONE, Integration: {integration}}}}}\n"
        );
        facts(
            &api_with(&method),
            Kind::Endpoint,
            "PUT",
            ["cleartext_backend"],
        )
        .concat()
    }

    #[test]
    fn http_without_tls_is_in_the_clear() {
        assert_eq!(
            over("{Type: HTTP_PROXY, Uri: 'http://example.com/x'}"),
            "internet"
        );
        assert_eq!(
            over("{Type: HTTP_PROXY, Uri: 'https://example.com/x'}"),
            "nothing"
        );
        assert_eq!(
            over("{Type: HTTP, ConnectionType: VPC_LINK, Uri: 'http://example.com/x'}"),
            "vpc"
        );
        assert_eq!(over("{Type: MOCK, Uri: 'http://example.com/x'}"), "nothing");
        assert_eq!(over("{Type: HTTP_PROXY, Uri: !ImportValue x}"), "unknown");
        assert_eq!(
            over("{Type: HTTP_PROXY, Uri: !Sub 'http://${Host}/x'}"),
            "internet"
        );
    }
}

mod caches {
    use super::*;

    fn cached(settings: &str, cluster: &str, method: &str) -> String {
        let stage = format!(
            "  Live: {{Type: AWS::ApiGateway::Stage, Properties: {{RestApiId: !Ref Api, StageName: live{cluster}, MethodSettings: [{settings}]}}}}\n"
        );
        facts(&api_with(&stage), Kind::Endpoint, method, ["cached"]).concat()
    }

    const CLUSTER: &str = ", CacheClusterEnabled: true";
    const ALL: &str = "{ResourcePath: '/*', HttpMethod: '*', CachingEnabled: true}";

    #[test]
    fn a_cache_is_for_get_unless_a_setting_says_otherwise() {
        assert_eq!(cached(ALL, CLUSTER, "GET /"), "true");
        assert_eq!(cached(ALL, CLUSTER, "POST /orders"), "false");
        let own = "{ResourcePath: /~1orders, HttpMethod: POST, CachingEnabled: true}";
        assert_eq!(cached(own, CLUSTER, "POST /orders"), "true");
        assert_eq!(cached(own, CLUSTER, "GET /"), "false");
        let off = format!("{ALL}, {{ResourcePath: /, HttpMethod: GET, CachingEnabled: false}}");
        assert_eq!(cached(&off, CLUSTER, "GET /"), "false");
        let silent = format!("{ALL}, {{ResourcePath: /, HttpMethod: GET, MetricsEnabled: true}}");
        assert_eq!(cached(&silent, CLUSTER, "GET /"), "unknown");
    }

    #[test]
    fn without_a_cluster_nothing_is_cached() {
        assert_eq!(cached(ALL, "", "GET /"), "false");
        assert_eq!(
            cached(ALL, ", CacheClusterEnabled: !ImportValue x", "GET /"),
            "unknown"
        );
    }
}

mod twins {
    use super::*;

    #[test]
    fn another_declaration_of_the_route_is_found_in_the_same_deployment_only() {
        let twin = |more: &str| {
            let method = format!(
                "  Twin: {{Type: AWS::ApiGateway::Method{more}, Properties: {{RestApiId: !Ref Api, ResourceId: !Ref Orders, HttpMethod: POST, AuthorizationType: AWS_IAM}}}}\n"
            );
            let fields = ["twin_authorization"];
            facts(&api_with(&method), Kind::Endpoint, "POST", fields).concat()
        };
        assert_eq!(twin(""), "iam");
        let other = |path: &str| {
            let method = format!(
                "  Twin: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: {path}, HttpMethod: POST, AuthorizationType: AWS_IAM}}}}\n"
            );
            facts(
                &api_with(&method),
                Kind::Endpoint,
                "POST /orders",
                ["twin_authorization"],
            )
            .concat()
        };
        assert_eq!(other("!GetAtt Api.RootResourceId"), "nothing");
    }
}

mod grants {
    use super::*;

    fn granted(resource: &str) -> String {
        let more = format!("  Put: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !Ref Orders, HttpMethod: PUT, AuthorizationType: AWS_IAM}}}}
  Grant: {{Type: AWS::IAM::UserPolicy, Properties: {{UserName: a, PolicyName: a, PolicyDocument: {{Statement: [{{Effect: Allow, Action: 'execute-api:Invoke', Resource: {resource}}}]}}}}}}\n");
        facts(&api_with(&more), Kind::Endpoint, "PUT", ["granted"]).concat()
    }

    #[test]
    fn a_policy_for_the_api_or_for_all_grants() {
        let arn = |api: &str| {
            format!("!Sub 'arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:{api}/*'")
        };
        assert_eq!(granted(&arn("${Api}")), "true");
        assert_eq!(granted("'*'"), "true");
        assert_eq!(granted(&arn("abcdefghij")), "false");
        assert_eq!(granted("!ImportValue x"), "unknown");
    }
}

mod ways_past_a_login {
    use super::*;

    fn bypasses(second: &str) -> String {
        let template = format!(
            "
Resources:
  Lb: {{Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {{Scheme: internet-facing}}}}
  Https:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Lb
      Protocol: HTTPS
      DefaultActions:
        - {{Type: authenticate-oidc, Order: 1, AuthenticateOidcConfig: {{ClientId: a}}}}
        - {{Type: forward, Order: 2, TargetGroupArn: !Ref App}}
{second}"
        );
        facts(&template, Kind::Listener, "Second", ["bypasses"]).concat()
    }

    fn listener(action: &str) -> String {
        format!(
            "  Second: {{Type: AWS::ElasticLoadBalancingV2::Listener, Properties: {{LoadBalancerArn: !Ref Lb, Protocol: HTTP, DefaultActions: [{action}]}}}}\n"
        )
    }

    #[test]
    fn another_listener_to_the_same_target_is_one() {
        let to = |target: &str| bypasses(&listener(&format!("{{Type: forward, {target}}}")));
        assert_eq!(to("TargetGroupArn: !Ref App"), "Https");
        assert_eq!(
            to("ForwardConfig: {TargetGroups: [{TargetGroupArn: !Ref App}]}"),
            "Https"
        );
        assert_eq!(to("TargetGroupArn: !Ref Other"), "nothing");
        assert_eq!(bypasses(&listener("{Type: redirect}")), "nothing");
    }

    #[test]
    fn a_rule_for_some_paths_is_none() {
        let rule = |listener: &str, condition: &str| {
            bypasses(&format!(
                "  Http: {{Type: AWS::ElasticLoadBalancingV2::Listener, Properties: {{LoadBalancerArn: !Ref Lb, Protocol: HTTP, DefaultActions: [{{Type: redirect}}]}}}}
  Second: {{Type: AWS::ElasticLoadBalancingV2::ListenerRule, Properties: {{ListenerArn: !Ref {listener}, Conditions: [{condition}], Actions: [{{Type: forward, TargetGroupArn: !Ref App}}]}}}}\n"
            ))
        };
        let every = "{Field: path-pattern, Values: ['/*']}";
        assert_eq!(rule("Http", every), "Https");
        assert_eq!(rule("Http", "{Field: host-header, Values: [a.b]}"), "Https");
        assert_eq!(
            rule("Http", "{Field: path-pattern, Values: [/health]}"),
            "nothing"
        );
        assert_eq!(rule("Https", every), "nothing");
    }
}

#[test]
fn a_function_knows_who_leads_to_it() {
    let template = "
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  Get:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET, AuthorizationType: NONE, Integration: &to {Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: !Sub 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}}
  Post:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: POST, AuthorizationType: AWS_IAM, Integration: *to}
  F:
    Type: AWS::Lambda::Function
    Properties: {Code: {ZipFile: x}, Handler: i.h, Runtime: nodejs22.x, Role: !GetAtt R.Arn, Environment: {Variables: {TABLE: t, STAGE: dev}}}
  G: {Type: AWS::Lambda::Function, Properties: {Code: {ImageUri: x}, PackageType: Image, Role: 'arn:aws:iam::111122223333:role/r'}}
";
    let fields = [
        "runtime",
        "role",
        "environment",
        "endpoints",
        "open_endpoints",
        "has_url",
    ];
    let facts_of = |name| facts(template, Kind::Function, name, fields);
    let expected = [
        "nodejs22.x",
        "R",
        "TABLE, STAGE",
        "GET /, POST /",
        "GET /",
        "false",
    ];
    assert_eq!(facts_of("F"), expected);
    let expected = [
        "nothing",
        "arn:aws:iam::111122223333:role/r",
        "",
        "",
        "",
        "false",
    ];
    assert_eq!(facts_of("G"), expected);
}

/// Source: "API keys" and "x-amazon-apigateway-api-key-source" in the API Gateway developer guide: keys are read from the
/// header `x-api-key`, and only of REST and WebSocket APIs.
mod api_keys_of_definitions {
    use super::*;

    fn required(kind: &str, version: &str, scheme: &str) -> String {
        let schemes = if version.starts_with("swagger") {
            format!("securityDefinitions: {{key: {scheme}}}")
        } else {
            format!("components: {{securitySchemes: {{key: {scheme}}}}}")
        };
        let template = format!(
            "
Resources:
  Api:
    Type: {kind}
    Properties:
      Body:
        {version}
        info: {{title: shop, version: '1'}}
        {schemes}
        paths:
          /stores:
            get:
              security: [{{key: []}}]
              x-amazon-apigateway-integration: {{type: http_proxy, httpMethod: GET, uri: 'https://example.com'}}
"
        );
        let [required] = facts(&template, Kind::Endpoint, "/stores", ["api_key_required"]);
        required
    }

    #[test]
    fn only_the_header_of_api_gateway_is_a_key() {
        let rest = "AWS::ApiGateway::RestApi";
        let key = "{type: apiKey, name: x-api-key, in: header}";
        for version in ["openapi: 3.0.1", "swagger: '2.0'"] {
            assert_eq!(required(rest, version, key), "true", "{version}");
            for other in [
                "{type: apiKey, name: token, in: header}",
                "{type: apiKey, name: x-api-key, in: query}",
                "{type: apiKey, name: token, in: query}",
                "{type: http, scheme: bearer, name: x-api-key, in: header}",
            ] {
                assert_eq!(required(rest, version, other), "false", "{other}");
            }
        }
        let http = "AWS::ApiGatewayV2::Api";
        assert_eq!(required(http, "openapi: 3.0.1", key), "false");
    }
}

/// Source: "x-amazon-apigateway-auth object" in the API Gateway developer guide; what a contradicting `security` comes to is not
/// documented.
#[test]
fn an_operation_says_how_its_callers_are_authorized() {
    let said = |operation: &str| {
        let template = format!(
            "
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        openapi: 3.0.1
        info: {{title: shop, version: '1'}}
        components:
          securitySchemes:
            signed: {{type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}}
        paths:
          /stores:
            get:
              {operation}
              x-amazon-apigateway-integration: {{type: http_proxy, httpMethod: GET, uri: 'https://example.com'}}
"
        );
        let [authorization] = facts(&template, Kind::Endpoint, "/stores", ["authorization"]);
        authorization
    };
    assert_eq!(said("x-amazon-apigateway-auth: {type: aws_iam}"), "iam");
    assert_eq!(said("x-amazon-apigateway-auth: {type: NONE}"), "none");
    assert_eq!(said("security: [{signed: []}]"), "iam");
    let both = |kind: &str| {
        let line = "security: [{signed: []}]\n              x-amazon-apigateway-auth";
        said(&format!("{line}: {{type: {kind}}}"))
    };
    assert_eq!(both("AWS_IAM"), "iam");
    assert_eq!(both("NONE"), "unknown");
}

/// Resources of which no two exist together are one endpoint, whatever their order; one that is there beside another is its own.
#[test]
fn the_arms_of_a_condition_are_one_endpoint() {
    let authorizations = |methods: &[(&str, &str, &str)]| {
        let mut template = "
Parameters: {Stage: {Type: String}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Equals [!Ref Stage, dev]
  IsTest: !Equals [!Ref Stage, test]
  IsOther: !Not [!Condition IsProd]
  IsSmall: !Equals [!Ref AWS::Region, eu-west-3]
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop}}
"
        .to_owned();
        for (nth, (condition, verb, auth)) in methods.iter().enumerate() {
            let method = format!(
                "  Method{nth}:
    Type: AWS::ApiGateway::Method
    Condition: {condition}
    Properties: {{RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: {verb}, AuthorizationType: {auth}}}"
            );
            template = template + &method + "\n";
        }
        let endpoints = analyse(&template).into_iter();
        let endpoints = endpoints.filter(|one| one.kind == Kind::Endpoint);
        let mut all: Vec<String> = endpoints.map(|one| shown(&one, "authorization")).collect();
        all.sort();
        all
    };
    let prod = ("IsProd", "GET", "AWS_IAM");
    let other = ("IsOther", "GET", "NONE");
    assert_eq!(
        authorizations(&[prod, other]),
        ["iam if IsProd; none if IsOther"]
    );
    assert_eq!(
        authorizations(&[prod, ("IsOther", "POST", "NONE")]).len(),
        2
    );
    let [dev, test] = [("IsDev", "GET", "NONE"), ("IsTest", "GET", "AWS_IAM")];
    assert_eq!(
        authorizations(&[prod, dev, test]),
        ["iam if IsProd; none if IsDev; iam if IsTest"]
    );
    let small = ("IsSmall", "GET", "NONE");
    assert_eq!(authorizations(&[prod, other, small]).len(), 3);
    assert_eq!(authorizations(&[prod, small, other]).len(), 3);
    assert_eq!(authorizations(&[small, prod, other]).len(), 3);
}

/// A scheme that API Gateway does nothing about is told; signatures and its own keys are no authorizers.
#[test]
fn schemes_that_are_enforced_and_those_that_are_not() {
    let told = |scheme: &str| {
        let template = format!(
            "
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        openapi: 3.0.1
        info: {{title: shop, version: '1'}}
        components: {{securitySchemes: {{one: {scheme}}}}}
        paths:
          /stores:
            get:
              security: [{{one: []}}]
              x-amazon-apigateway-integration: {{type: http_proxy, httpMethod: GET, uri: 'https://example.com'}}
"
        );
        let subjects = analyse(&template).into_iter();
        let authorizers = subjects.filter(|one| one.kind == Kind::Authorizer);
        authorizers
            .map(|one| shown(&one, "enforced"))
            .collect::<Vec<_>>()
    };
    let signed =
        "{type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}";
    assert!(told(signed).is_empty());
    assert!(told("{type: apiKey, name: x-api-key, in: header}").is_empty());
    assert_eq!(told("{type: http, scheme: bearer}"), ["false"]);
}

/// `AuthorizationType` is what counts. What an authorizer without one does is not documented, and no authorizer is `NONE`.
#[test]
fn a_method_without_a_type_asks_nobody_unless_it_names_an_authorizer() {
    let authorization = |more: &str| {
        let template = format!(
            "
Resources:
  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: shop}}}}
  Get:
    Type: AWS::ApiGateway::Method
    Properties: {{RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET{more}}}
"
        );
        let [authorization] = facts(&template, Kind::Endpoint, "GET", ["authorization"]);
        authorization
    };
    assert_eq!(authorization(""), "none");
    assert_eq!(authorization(", AuthorizerId: abc123"), "unknown");
    assert_eq!(authorization(", AuthorizationType: AWS_IAM"), "iam");
}

/// AWS: an identity pool has one set of roles; here each of two deployments attaches its own, and the order of writing says nothing.
#[test]
fn a_pool_has_the_guests_of_each_deployment_whatever_the_order() {
    let attached = |id: &str, condition: &str, role: &str| {
        format!(
            "  {id}: {{Type: AWS::Cognito::IdentityPoolRoleAttachment, Condition: {condition}, Properties: {{IdentityPoolId: !Ref Pool, Roles: {{unauthenticated: '{role}'}}}}}}\n"
        )
    };
    let live = attached("OfLive", "IsLive", "arn:aws:iam::123456789012:role/live");
    let test = attached("OfTest", "IsTest", "arn:aws:iam::123456789012:role/test");
    let expected = "arn:aws:iam::123456789012:role/live if IsLive; arn:aws:iam::123456789012:role/test if IsTest";
    for both in [format!("{live}{test}"), format!("{test}{live}")] {
        let template = format!(
            "
Parameters:
  Stage: {{Type: String}}
Conditions:
  IsLive: !Equals [!Ref Stage, live]
  IsTest: !Not [!Condition IsLive]
Resources:
  Pool: {{Type: AWS::Cognito::IdentityPool, Properties: {{AllowUnauthenticatedIdentities: true}}}}
{both}"
        );
        let found = facts(&template, Kind::IdentityPool, "Pool", ["guest_role"]);
        assert_eq!(found, [expected]);
    }
}

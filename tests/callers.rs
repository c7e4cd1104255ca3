//! Which function calls which endpoint, and whether IAM lets it: what AWS documents, read from templates.
#![allow(clippy::panic, clippy::wildcard_enum_match_arm)]

use gatelint::facts::{Kind, Subject};
use gatelint::frontend::{Env, MapReader, Options};
use gatelint::source::Sources;

/// The calls of a template, beside these files: caller, target and a few facts of each.
fn calls<const N: usize>(
    template: &str,
    files: &[(&str, &str)],
    fields: [&str; N],
) -> Vec<[String; N]> {
    let sources = Sources::default();
    let source = sources.add("template.yaml", template);
    let files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).into()));
    let (reader, options) = (MapReader(files.collect()), Options::default());
    let env = Env {
        sources: &sources,
        reader: &reader,
        options: &options,
    };
    let subjects = gatelint::subjects(source, &env);
    let problem = subjects.iter().find(|one| one.kind == Kind::Input);
    assert!(problem.is_none(), "{problem:?}");
    let subjects = subjects.iter();
    let calls = subjects.filter(|subject| subject.kind == Kind::Call);
    calls
        .map(|call| fields.map(|field| shown(call, field)))
        .collect()
}

fn shown(subject: &Subject, field: &str) -> String {
    let fields = subject.kind.fields();
    let column = fields.iter().position(|one| one.name == field);
    let fact = column.and_then(|column| subject.fact(column));
    let fact = fact.unwrap_or_else(|| panic!("no field {field}"));
    let values = fact.cases().map(|case| {
        case.value
            .as_ref()
            .map_or("unknown".to_owned(), ToString::to_string)
    });
    values.collect::<Vec<_>>().join(" or ")
}

/// An IAM-protected `GET /stores`, a role without a grant, and more.
fn stores(policy: &str, more: &str) -> String {
    format!(
        "
Resources:
  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: shop{policy}}}}}
  Stores: {{Type: AWS::ApiGateway::Resource, Properties: {{RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: stores}}}}
  Get: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !Ref Stores, HttpMethod: GET, AuthorizationType: AWS_IAM, Integration: {{Type: MOCK}}}}}}
  Role: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {{Statement: []}}}}}}
{more}"
    )
}

fn caller(value: &str) -> String {
    format!(
        "  Caller: {{Type: AWS::Lambda::Function, Properties: {{Handler: index.handler, Runtime: nodejs22.x, Role: !GetAtt Role.Arn, Environment: {{Variables: {{STORES: {value}}}}}}}}}\n"
    )
}

const URL: &str = "!Sub 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/dev/stores'";

mod parameters {
    use super::*;

    fn through(value: &str) -> Vec<[String; 3]> {
        let parameter = format!(
            "  Url: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Name: /shop/url, Value: {URL}}}}}\n"
        );
        let template = stores("", &format!("{}{parameter}", caller(value)));
        calls(&template, &[], ["caller", "target", "allowed"])
    }

    #[test]
    fn a_parameter_set_here_leads_to_its_url() {
        let expected = [["Caller", "GET /stores", "false"].map(str::to_owned)];
        for value in [
            "'{{resolve:ssm:/shop/url}}'",
            "'{{resolve:ssm:/shop/url:1}}'",
            "/shop/url",
            "!Ref Url",
            "!GetAtt Url.Value",
        ] {
            assert_eq!(through(value), expected, "{value}");
        }
    }

    #[test]
    fn other_parameters_lead_nowhere() {
        for value in ["'{{resolve:ssm:/shop/other}}'", "/shop", "!GetAtt Url.Type"] {
            assert!(through(value).is_empty(), "{value}");
        }
    }
}

mod resource_policies {
    use super::*;

    fn allowed(statements: &str) -> String {
        let policy = format!(", Policy: {{Version: '2012-10-17', Statement: [{statements}]}}");
        let template = stores(&policy, &caller(URL));
        let found = calls(&template, &[], ["allowed"]);
        found.concat().concat()
    }

    const ROLE: &str = "{AWS: !GetAtt Role.Arn}";

    #[test]
    fn the_policy_of_the_api_is_enough_for_a_role_that_it_names() {
        let statement = |principal: &str, resource: &str| {
            format!(
                "{{Effect: Allow, Principal: {principal}, Action: 'execute-api:Invoke', Resource: '{resource}'}}"
            )
        };
        assert_eq!(allowed(&statement(ROLE, "execute-api:/*")), "true");
        assert_eq!(
            allowed(&statement("'*'", "execute-api:/dev/GET/stores")),
            "true"
        );
        assert_eq!(
            allowed(&statement(ROLE, "execute-api:/dev/GET/shops")),
            "false"
        );
        let other = "{AWS: 'arn:aws:iam::111122223333:role/other'}";
        assert_ne!(allowed(&statement(other, "execute-api:/*")), "true");
    }

    #[test]
    fn its_deny_wins_over_the_grant_of_the_role() {
        let grant = "  Grant: {Type: AWS::IAM::Policy, Properties: {PolicyName: a, Roles: [!Ref Role], PolicyDocument: {Statement: [{Effect: Allow, Action: 'execute-api:Invoke', Resource: '*'}]}}}\n";
        let with = |statements: &str| {
            let policy = format!(", Policy: {{Statement: [{statements}]}}");
            let template = stores(&policy, &format!("{}{grant}", caller(URL)));
            calls(&template, &[], ["allowed"]).concat().concat()
        };
        let deny = "{Effect: Deny, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'}";
        assert_eq!(with(deny), "false");
        let elsewhere = "{Effect: Deny, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*/POST/*'}";
        assert_eq!(with(elsewhere), "true");
        let network = "{Effect: Deny, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*', Condition: {NotIpAddress: {'aws:SourceIp': 203.0.113.0/24}}}";
        assert_eq!(with(network), "unknown");
    }

    #[test]
    fn where_it_refuses_all_the_same_no_statement_is_needed() {
        let needed = |statements: &str| {
            let policy = format!(", Policy: {{Statement: [{statements}]}}");
            let template = stores(&policy, &caller(URL));
            calls(&template, &[], ["needed"]).concat().concat()
        };
        let deny = "{Effect: Deny, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'}";
        assert_eq!(needed(deny), "nothing");
        let elsewhere = "{Effect: Deny, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*/POST/*'}";
        assert!(needed(elsewhere).ends_with("/dev/GET/stores"));
    }
}

mod roles {
    use super::*;

    /// What a role of these properties is allowed.
    fn allowed(properties: &str, more: &str) -> String {
        let template = stores("", &format!("{}{more}", caller(URL)));
        let bare = "{AssumeRolePolicyDocument: {Statement: []}}";
        let with = format!("{{AssumeRolePolicyDocument: {{Statement: []}}, {properties}}}");
        calls(&template.replace(bare, &with), &[], ["allowed"])
            .concat()
            .concat()
    }

    const ALL: &str = "Policies: [{PolicyName: a, PolicyDocument: {Statement: [{Effect: Allow, Action: 'execute-api:*', Resource: '*'}]}}]";

    #[test]
    fn policies_count_wherever_they_are_attached() {
        assert_eq!(allowed(ALL, ""), "true");
        let managed = |name: &str| {
            allowed(
                &format!("ManagedPolicyArns: ['arn:aws:iam::aws:policy/{name}']"),
                "",
            )
        };
        assert_eq!(managed("AmazonAPIGatewayInvokeFullAccess"), "true");
        assert_eq!(managed("service-role/AWSLambdaBasicExecutionRole"), "false");
        let own = "  Calls: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {Statement: [{Effect: Allow, Action: 'execute-api:Invoke', Resource: '*'}]}}}\n";
        assert_eq!(allowed("ManagedPolicyArns: [!Ref Calls]", own), "true");
        let of_another_account = "ManagedPolicyArns: ['arn:aws:iam::111122223333:policy/calls']";
        assert_eq!(allowed(of_another_account, ""), "unknown");
    }

    #[test]
    fn a_boundary_limits_what_policies_allow() {
        let boundary = |action: &str| {
            let policy = format!(
                "  Limit: {{Type: AWS::IAM::ManagedPolicy, Properties: {{PolicyDocument: {{Statement: [{{Effect: Allow, Action: '{action}', Resource: '*'}}]}}}}}}\n"
            );
            allowed(&format!("{ALL}, PermissionsBoundary: !Ref Limit"), &policy)
        };
        assert_eq!(boundary("s3:*"), "false");
        assert_eq!(boundary("execute-api:*"), "true");
        let elsewhere = "PermissionsBoundary: 'arn:aws:iam::111122223333:policy/limit'";
        assert_eq!(allowed(&format!("{ALL}, {elsewhere}"), ""), "unknown");
    }

    #[test]
    fn a_role_of_another_stack_is_not_known() {
        let template = stores("", &caller(URL)).replace(
            "Role: !GetAtt Role.Arn",
            "Role: 'arn:aws:iam::111122223333:role/calls'",
        );
        assert_eq!(calls(&template, &[], ["allowed"]), [["unknown".to_owned()]]);
    }
}

mod state_machines {
    use super::*;

    fn task(arguments: &str) -> Vec<[String; 3]> {
        let machine = format!(
            "  Machine: {{Type: AWS::StepFunctions::StateMachine, Properties: {{RoleArn: !GetAtt Role.Arn, Definition: {{StartAt: Call, States: {{Call: {{Type: Task, End: true, {arguments}}}}}}}}}}}\n"
        );
        calls(&stores("", &machine), &[], ["caller", "signed", "allowed"])
    }

    const HOST: &str = "ApiEndpoint: !Sub '${Api}.execute-api.${AWS::Region}.amazonaws.com', Stage: dev, Path: /stores";

    #[test]
    fn a_task_signs_where_it_says_so() {
        let invoke = "Resource: 'arn:aws:states:::apigateway:invoke'";
        let with = |more: &str| {
            task(&format!(
                "{invoke}, Parameters: {{{HOST}, Method: GET{more}}}"
            ))
        };
        let expected = |signed: &str| [["Machine", signed, "false"].map(str::to_owned)];
        assert_eq!(with(""), expected("false"));
        assert_eq!(with(", AuthType: NO_AUTH"), expected("false"));
        assert_eq!(with(", AuthType: IAM_ROLE"), expected("true"));
    }

    #[test]
    fn an_http_task_never_signs() {
        let arguments = format!(
            "Resource: 'arn:aws:states:::http:invoke', Arguments: {{ApiEndpoint: {URL}, Method: GET}}"
        );
        assert_eq!(task(&arguments).concat()[1], "false");
    }

    #[test]
    fn another_method_is_another_endpoint() {
        let arguments = format!(
            "Resource: 'arn:aws:states:::apigateway:invoke', Parameters: {{{HOST}, Method: POST}}"
        );
        assert!(task(&arguments).is_empty());
    }

    #[test]
    fn a_broken_definition_says_nothing() {
        let machine = "  Machine: {Type: AWS::StepFunctions::StateMachine, Properties: {RoleArn: !GetAtt Role.Arn, DefinitionString: '{\"States\": {'}}\n";
        assert!(calls(&stores("", machine), &[], ["caller"]).is_empty());
    }
}

mod code {
    use super::*;

    fn signed(handler: &str) -> String {
        let template = stores("", &caller(URL)).replace("Runtime:", "Code: src, Runtime:");
        let files = [("src/index.js", handler)];
        calls(&template, &files, ["signed"]).concat().concat()
    }

    #[test]
    fn imports_tell_whether_requests_are_signed() {
        assert_eq!(
            signed("const aws4 = require('aws4'); fetch(process.env.STORES)"),
            "true"
        );
        assert_eq!(signed("fetch(process.env.STORES)"), "false");
        assert_eq!(
            signed("require('./client').get(process.env.STORES)"),
            "nothing"
        );
        assert_eq!(signed("fetch(process.env.OTHER)"), "nothing");
    }

    #[test]
    fn a_url_in_code_leads_to_the_api_with_that_id() {
        let template = "
Resources:
  Get: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: abcdefghij, ResourceId: klmnopqrst, HttpMethod: GET, AuthorizationType: AWS_IAM, Integration: {Type: MOCK}}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}
  Caller: {Type: AWS::Lambda::Function, Properties: {Handler: index.handler, Runtime: nodejs22.x, Code: src, Role: !GetAtt Role.Arn}}
";
        let url = |id: &str| {
            let text = format!("fetch('https://{id}.execute-api.eu-west-1.amazonaws.com/dev/x')");
            calls(template, &[("src/index.js", &text)], ["caller"]).len()
        };
        assert_eq!(url("abcdefghij"), 1);
        assert_eq!(url("0123456789"), 0);
    }
}

mod shared_roles {
    use super::*;

    #[test]
    fn only_a_function_that_anyone_can_run_and_that_does_not_call_counts() {
        let open = |function: &str| {
            format!(
                "  Other: {{Type: AWS::Lambda::Function, Properties: {{Handler: a.b, Role: !GetAtt Role.Arn{function}}}}}
  Post: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: POST, AuthorizationType: NONE, Integration: {{Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: !Sub 'arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{Other.Arn}}/invocations'}}}}}}\n"
            )
        };
        let shared = |more: &str| {
            let found = calls(
                &stores("", &format!("{}{more}", caller(URL))),
                &[],
                ["shared_with"],
            );
            found.first().cloned().unwrap_or_default().concat()
        };
        assert_eq!(shared(""), "nothing");
        assert_eq!(shared(&open("")), "Other");
        let calls_too = format!(", Environment: {{Variables: {{U: {URL}}}}}");
        assert_eq!(shared(&open(&calls_too)), "nothing");
    }
}

/// Under `https` a WebSocket API is managed: that is `execute-api:ManageConnections`, and no call of `$connect`.
#[test]
fn clients_connect_to_a_web_socket_under_wss_only() {
    let template = "
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: WEBSOCKET}}
  Connect: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $connect, AuthorizationType: AWS_IAM}}
  Prod: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: prod}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}
";
    let count = |scheme: &str| {
        let url =
            format!("!Sub '{scheme}://${{Api}}.execute-api.${{AWS::Region}}.amazonaws.com/prod'");
        calls(&format!("{template}{}", caller(&url)), &[], ["caller"]).len()
    };
    assert_eq!((count("https"), count("wss")), (0, 1));
}

/// Of two endpoints whose paths nobody can know, neither is surely meant: that the call is refused would be a guess.
#[test]
fn which_of_two_unknown_paths_is_meant_does_not_hang_on_their_order() {
    let method = |id: &str, auth: &str| {
        format!(
            "  {id}: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !ImportValue {id}, HttpMethod: GET, AuthorizationType: {auth}, Integration: {{Type: MOCK}}}}}}\n"
        )
    };
    let url = "!Sub 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/dev/shops'";
    let (open, signed) = (method("Open", "NONE"), method("Signed", "AWS_IAM"));
    for both in [format!("{open}{signed}"), format!("{signed}{open}")] {
        let template = stores("", &format!("{}{both}", caller(url)));
        let found = calls(&template, &[], ["target", "authorization"]);
        assert_eq!(found, [["GET unknown", "none"].map(str::to_owned)]);
    }
}

mod attached_policies {
    use super::*;

    const ALL: &str = "PolicyDocument: {Statement: [{Effect: Allow, Action: 'execute-api:Invoke', Resource: '*'}]}";

    fn allowed(policy: &str) -> String {
        let more = format!("{}  Grant: {{{policy}}}\n", caller(URL));
        calls(&stores("", &more), &[], ["allowed"])
            .concat()
            .concat()
    }

    #[test]
    fn a_policy_attaches_itself_by_naming_the_role() {
        for kind in ["Policy", "ManagedPolicy"] {
            let roles = |roles: &str| {
                allowed(&format!(
                    "Type: AWS::IAM::{kind}, Properties: {{PolicyName: a, Roles: [{roles}], {ALL}}}"
                ))
            };
            assert_eq!(roles("other, !Ref Role"), "true", "{kind}");
            assert_eq!(roles("!Ref Role, !Ref Role"), "true", "{kind}");
            assert_eq!(roles("other"), "false", "{kind}");
        }
        let of_role =
            "Type: AWS::IAM::RolePolicy, Properties: {PolicyName: a, RoleName: !Ref Role, ";
        assert_eq!(allowed(&format!("{of_role}{ALL}}}")), "true");
    }

    #[test]
    fn a_role_is_found_by_the_name_that_it_gives_itself() {
        let named = |policy: &str| {
            let more = format!(
                "{}  Grant: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: a, Roles: [{policy}], {ALL}}}}}\n",
                caller(URL)
            );
            let template = stores("", &more).replace(
                "AssumeRolePolicyDocument",
                "RoleName: shop, AssumeRolePolicyDocument",
            );
            calls(&template, &[], ["allowed"]).concat().concat()
        };
        assert_eq!(named("shop"), "true");
        assert_eq!(named("store"), "false");
    }
}

mod many {
    use super::*;

    /// A role with so many policies, each of which allows these resources.
    fn granting(policies: usize, resources: &str) -> String {
        let policy = format!(
            "{{PolicyName: a, PolicyDocument: {{Statement: [{{Effect: Allow, Action: 'execute-api:Invoke', Resource: [{resources}]}}]}}}}"
        );
        let policies = vec![policy; policies].join(", ");
        format!(
            "  Role: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {{Statement: []}}, Policies: [{policies}]}}}}\n"
        )
    }

    #[test]
    fn callers_under_one_role_are_told_each_for_itself() {
        let second = caller(URL).replace("  Caller:", "  Second:");
        let third =
            caller("!Sub 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/dev/shops'")
                .replace("  Caller:", "  Third:");
        let own = caller(URL)
            .replace("  Caller:", "  Fourth:")
            .replace("Role.Arn", "Own.Arn");
        let role = granting(1, "'*'").replace("  Role:", "  Own:");
        let more = [caller(URL), second, third, own, role].concat();
        let found = calls(&stores("", &more), &[], ["caller", "allowed"]);
        let expected = [["Caller", "false"], ["Second", "false"], ["Fourth", "true"]];
        assert_eq!(found, expected.map(|one| one.map(str::to_owned)));
    }

    #[test]
    fn a_role_with_more_than_iam_accepts_is_unknown() {
        let allowed = |policies: usize| {
            let resources = vec!["a".repeat(100); 600].join(", ");
            let template = stores("", &caller(URL));
            let (before, _) = template.split_once("  Role:").expect("a role");
            let role = granting(policies, &resources);
            let template = format!("{before}{role}{}", caller(URL));
            calls(&template, &[], ["allowed"]).concat().concat()
        };
        assert_eq!(allowed(2), "false");
        assert_eq!(allowed(3), "unknown");
    }

    #[test]
    fn a_url_that_could_mean_very_many_endpoints_is_refused_by_none() {
        let allowed = |count: usize, resource: &str| {
            let endpoint = |n: usize| {
                format!(
                    "  S{n}: {{Type: AWS::ApiGateway::Resource, Properties: {{RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: s{n}}}}}\n  G{n}: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: !Ref S{n}, HttpMethod: GET, AuthorizationType: AWS_IAM, Integration: {{Type: MOCK}}}}}}\n"
                )
            };
            let endpoints: String = (0..count).map(endpoint).collect();
            let base = caller("!Sub 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/dev'");
            let template = stores("", "");
            let (before, _) = template.split_once("  Role:").expect("a role");
            let template = format!("{before}{}{base}{endpoints}", granting(1, resource));
            calls(&template, &[], ["allowed"]).concat().concat()
        };
        assert_eq!(allowed(10, "a"), "false");
        assert_eq!(allowed(1_024, "a"), "unknown");
        assert_eq!(allowed(1_024, "'*'"), "true");
    }
}

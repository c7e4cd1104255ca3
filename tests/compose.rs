//! Services that are deployed together, and calls from one stack to another.

use std::sync::Arc;

use gatelint::finding::{Finding, Report, Verdict};
use gatelint::frontend::{Env, MapReader, Options};
use gatelint::rule::RuleSet;
use gatelint::source::Sources;

type File<'a> = (&'a str, &'a str);

/// Checks the files named in `entries`; the others are there to be read.
fn check_with(files: &[File<'_>], entries: &[&str], options: &Options) -> Report {
    let sources = Arc::new(Sources::default());
    let named = files.iter().filter(|(path, _)| entries.contains(path));
    let entries: Vec<_> = named.map(|(path, text)| sources.add(path, *text)).collect();
    let texts = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).into()));
    let reader = MapReader(texts.collect());
    let env = Env {
        sources: &sources,
        reader: &reader,
        options,
    };
    gatelint::check(&sources, &entries, &RuleSet::built_in(), &env)
}

/// Checks all of them, in this order.
fn check(files: &[File<'_>]) -> Report {
    let entries: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
    check_with(files, &entries, &Options::default())
}

/// What is wrong, and where.
fn problems(report: &Report) -> Vec<(u32, String)> {
    let line = |span| report.sources.locate(span).line;
    let problems = report.problems.iter();
    problems
        .map(|problem| (line(problem.span), problem.message.clone()))
        .collect()
}

/// Calls that their role refuses: where, and what is said.
fn refused(report: &Report) -> Vec<(String, String)> {
    let is_refused = |finding: &&Finding| {
        finding.rule == "caller-missing-execute-api-invoke" && finding.verdict != Verdict::Undecided
    };
    let found = report.findings.iter().filter(is_refused);
    found
        .map(|finding| {
            let file = report.sources.locate(finding.primary).file;
            (file, finding.message.clone())
        })
        .collect()
}

const API: &str = "\
service: api
provider: { name: aws, runtime: nodejs20.x }
functions:
  create: { handler: h, events: [{ http: { path: orders, method: post, authorizer: aws_iam } }] }
";

/// A service with a function that calls `url` under a role with `policy`.
fn caller(url: &str, policy: &str) -> String {
    format!(
        "\
service: worker
provider:
  name: aws
  runtime: nodejs20.x
  iam: {{ role: {{ statements: [{policy}] }} }}
functions:
  work: {{ handler: h, environment: {{ URL: {url} }}, events: [{{ http: {{ path: own, method: get, authorizer: aws_iam }} }}] }}
"
    )
}

const READS: &str = "{ Effect: Allow, Action: s3:GetObject, Resource: '*' }";

const BOTH: &str = "\
services:
  api: { path: services/api }
  worker:
    path: services/worker
    params:
      apiUrl: ${api.ServiceEndpoint}
      apiId: ${api.Id}
      level: ${sls:stage}-info
";

#[test]
fn a_call_through_an_output_of_a_composition_is_judged() {
    let text = caller("'${param:apiUrl}/orders'", READS);
    let files = [
        ("serverless-compose.yml", BOTH),
        ("services/api/serverless.yml", API),
        ("services/worker/serverless.yml", text.as_str()),
    ];
    let report = check(&files);
    assert_eq!(report.stacks.len(), 2, "each service is judged once");
    assert_eq!(report.problems, []);
    let found = refused(&report);
    let [(file, message)] = found.as_slice() else {
        unreachable!("{:?}", report.findings)
    };
    assert_eq!(file, "services/worker/serverless.yml");
    assert!(
        message.contains("work") && message.contains("POST /orders"),
        "{message}"
    );
    // The same, whoever is first, and when only the composition is named.
    let mut back = files;
    back.reverse();
    assert_eq!(refused(&check(&back)), found);
    let alone = check_with(&files, &["serverless-compose.yml"], &Options::default());
    assert_eq!(refused(&alone), found);
}

#[test]
fn a_grant_in_the_words_of_the_composition_allows_the_call() {
    let outputs = "resources: { Outputs: { Id: { Value: !Ref ApiGatewayRestApi } } }\n";
    let grants = |id: &str| {
        format!(
            "{{ Effect: Allow, Action: execute-api:Invoke, Resource: !Sub 'arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:{id}/dev/POST/orders' }}"
        )
    };
    let judged = |id: &str| {
        let text = caller("'${param:apiUrl}/orders'", &grants(id));
        refused(&check(&[
            ("serverless-compose.yml", BOTH),
            ("services/api/serverless.yml", &format!("{API}{outputs}")),
            ("services/worker/serverless.yml", &text),
        ]))
    };
    assert_eq!(judged("*"), []);
    assert_eq!(
        judged("${ApiGatewayRestApi}").len(),
        1,
        "that is an API of its own"
    );
    let text = caller(
        "'${param:apiUrl}/orders'",
        "{ Effect: Allow, Action: execute-api:Invoke, Resource: 'arn:aws:execute-api:*:*:${param:apiId}/dev/POST/orders' }",
    );
    let report = check(&[
        ("serverless-compose.yml", BOTH),
        ("services/api/serverless.yml", &format!("{API}{outputs}")),
        ("services/worker/serverless.yml", &text),
    ]);
    let about = |finding: &Finding| finding.rule == "caller-missing-execute-api-invoke";
    assert!(!report.findings.iter().any(about), "it is certain");
}

#[test]
fn an_output_that_does_not_exist_is_no_call() {
    let compose = BOTH.replace("api.ServiceEndpoint", "api.Nothing");
    let text = caller("'${param:apiUrl}/orders'", READS);
    let report = check(&[
        ("serverless-compose.yml", &compose),
        ("services/api/serverless.yml", API),
        ("services/worker/serverless.yml", &text),
    ]);
    assert_eq!(refused(&report), []);
}

#[test]
fn a_composition_says_the_stage() {
    let api = API.replace("runtime", "stage: live, runtime");
    let compose = "services: { api: { path: api } }\n";
    let files = [
        ("serverless-compose.yml", compose),
        ("api/serverless.yml", &api),
    ];
    let stages = |options: &Options| -> Vec<String> {
        let report = check_with(&files, &["serverless-compose.yml"], options);
        let stages = report.stacks.iter().filter_map(|stack| stack.stage.clone());
        stages.map(|stage| stage.to_string()).collect()
    };
    assert_eq!(stages(&Options::default()), ["dev"]);
    let options = Options {
        stages: vec!["prod".into(), "qa".into()],
        ..Options::default()
    };
    assert_eq!(stages(&options), ["prod", "qa"]);
}

#[test]
fn parameters_of_a_composition_are_traced_to_it() {
    let compose = "services:\n  api:\n    path: api\n    params:\n      auth: aws_iam\n";
    let api = API.replace("authorizer: aws_iam", "authorizer: '${param:auth}'");
    let report = check(&[
        ("serverless-compose.yml", compose),
        ("api/serverless.yml", &api),
    ]);
    let endpoint = report
        .stacks
        .first()
        .and_then(|stack| stack.endpoints.first());
    let auth = &endpoint.expect("is there").auth;
    assert_eq!(auth.agreed().map(|auth| auth.kind.word()), Some("iam"));
    let places = auth.trail().steps().filter_map(|step| step.at);
    let places: Vec<_> = places.map(|at| report.sources.locate(at)).collect();
    assert!(
        places
            .iter()
            .any(|at| at.file == "serverless-compose.yml" && at.line == 5),
        "{places:?}"
    );
}

#[test]
fn what_is_wrong_with_a_composition_is_said_at_its_place() {
    let compose = "\
services:
  up: { path: ../../up }
  gone: { path: gone }
  a: { path: a, dependsOn: b }
  b:
    path: b
    params: { x: '${a.Url}', y: '${none.Url}' }
  again: { path: ./a }
  odd: { path: c, config: odd.yml }
  bare: {}
";
    let report = check_with(
        &[
            ("serverless-compose.yml", compose),
            ("a/serverless.yml", API),
            ("b/serverless.yml", API),
            ("c/odd.yml", "a: 1\n"),
        ],
        &["serverless-compose.yml"],
        &Options::default(),
    );
    let expected = [
        (
            2,
            "`../../up` of service `up` lies outside the project root and is not read",
        ),
        (
            3,
            "there is no `serverless.yml` in `gone` of service `gone`",
        ),
        (4, "services `a`, `b` wait for each other"),
        (7, "there is no service `none`"),
        (
            8,
            "service `again` is `a/serverless.yml`, as another service is already",
        ),
        (
            9,
            "`c/odd.yml` is not a serverless.yml, SAM or CloudFormation template",
        ),
        (10, "service `bare` has no `path`"),
    ];
    let expected = expected.map(|(line, message)| (line, message.to_owned()));
    assert_eq!(problems(&report), expected);
    assert_eq!(report.stacks.len(), 2);
}

#[test]
fn a_long_chain_of_services_is_no_circle_and_ends_in_time() {
    let service = |nth: usize| format!("  s{nth}: {{path: s, dependsOn: [s{}]}}\n", nth + 1);
    let services: String = (0..900).map(service).collect();
    let compose = format!("services:\n{services}  s900: {{path: s}}\n");
    let report = check_with(
        &[
            ("serverless-compose.yml", &compose),
            ("s/serverless.yml", API),
        ],
        &["serverless-compose.yml"],
        &Options::default(),
    );
    let waits = problems(&report);
    assert!(
        !waits
            .iter()
            .any(|(_, message)| message.contains("wait for"))
    );
}

#[test]
fn other_files_with_services_are_none_of_ours() {
    let gateway = "services:\n  web: { path: /web }\n";
    let report = check(&[("gateway.yml", gateway)]);
    assert!(report.stacks.is_empty() && report.problems.is_empty());
    let docker = "services:\n  web: { image: nginx, path: x }\n  db: { image: postgres }\n";
    let report = check(&[("docker-compose.yml", docker)]);
    assert!(report.stacks.is_empty() && report.problems.is_empty());
}

/// Every way by which a function of one stack can name an API of another.
#[test]
fn calls_are_tied_by_stack_names_exports_and_nesting() {
    let urls = [
        "'${cf:api-${sls:stage}.ServiceEndpoint}/orders'",
        "'${cf(eu-west-1):api-dev.ServiceEndpoint}/orders'",
        "{ 'Fn::ImportValue': 'sls-api-${sls:stage}-ServiceEndpoint' }",
        "!Join ['', [!ImportValue sls-api-dev-ServiceEndpoint, /orders]]",
    ];
    for url in urls {
        let text = caller(url, READS);
        let report = check(&[
            ("api/serverless.yml", API),
            ("worker/serverless.yml", &text),
        ]);
        assert_eq!(refused(&report).len(), 1, "{url}");
    }
    for url in [
        "'${cf:api-prod.ServiceEndpoint}/orders'",
        "!ImportValue other",
    ] {
        let text = caller(url, READS);
        let report = check(&[
            ("api/serverless.yml", API),
            ("worker/serverless.yml", &text),
        ]);
        assert_eq!(refused(&report), [], "{url}");
    }
}

const SIGNED: &str = "
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  Post:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: POST, AuthorizationType: AWS_IAM}
Outputs:
  Url:
    Value: !Sub 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/dev'
    Export: {Name: orders-url}
";

/// A function that calls `url`, whose role allows nothing.
fn function(url: &str) -> String {
    format!(
        "
  Role: {{Type: AWS::IAM::Role, Properties: {{Policies: []}}}}
  Work:
    Type: AWS::Lambda::Function
    Properties: {{Role: !GetAtt Role.Arn, Environment: {{Variables: {{URL: {url}}}}}}}
"
    )
}

#[test]
fn templates_call_each_other_too() {
    let importer = format!("Resources:{}", function("!ImportValue orders-url"));
    let report = check(&[("api.yaml", SIGNED), ("worker.yaml", &importer)]);
    assert_eq!(refused(&report).len(), 1);
    let nests = "\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: ./api.yaml}\n";
    let parent = format!("Resources:{nests}{}", function("!GetAtt Child.Outputs.Url"));
    let report = check(&[("api.yaml", SIGNED), ("parent.yaml", &parent)]);
    assert_eq!(refused(&report).len(), 1);
    let sibling = format!(
        "Parameters: {{Url: {{Type: String}}}}\nResources:{}",
        function("!Ref Url")
    );
    let parent = format!(
        "Resources:{nests}\n  Worker:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: ./worker.yaml, Parameters: {{Url: !GetAtt Child.Outputs.Url}}}}\n"
    );
    let report = check(&[
        ("api.yaml", SIGNED),
        ("parent.yaml", &parent),
        ("worker.yaml", &sibling),
    ]);
    assert_eq!(refused(&report).len(), 1, "{:?}", report.problems);
}

#[test]
fn outputs_that_lead_in_a_circle_end() {
    let template = |own: &str, other: &str| {
        format!(
            "Outputs: {{Url: {{Value: !Sub ['${{A}}${{A}}', {{A: !ImportValue {other}}}], Export: {{Name: {own}}}}}}}\nResources:{}",
            function(&format!("!ImportValue {other}"))
        )
    };
    let report = check(&[
        ("a.yaml", &template("a", "b")),
        ("b.yaml", &template("b", "a")),
        ("api.yaml", SIGNED),
    ]);
    assert_eq!(refused(&report), []);
}

#[test]
fn each_stage_calls_its_own() {
    let text = caller("'${cf:api-${sls:stage}.ServiceEndpoint}/orders'", READS);
    let files = [
        ("api/serverless.yml", API),
        ("worker/serverless.yml", &text),
    ];
    let options = Options {
        stages: vec!["dev".into(), "prod".into()],
        ..Options::default()
    };
    let entries = files.map(|(path, _)| path);
    let report = check_with(&files, &entries, &options);
    assert_eq!(
        refused(&report).len(),
        1,
        "it holds for both, and is one finding"
    );
}

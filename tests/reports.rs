//! One report in every format, byte for byte.
//!
//! The report is built by hand, so that these tests say what the formats do and nothing about the analysis.
//! `GATELINT_WRITE=1 cargo test --test reports` writes the snapshots again; read the difference before it is kept.

#![allow(clippy::too_many_lines, clippy::indexing_slicing, clippy::print_stderr)]

mod schema;

use std::{env, fs, path::PathBuf, sync::Arc, time::Duration};

use gatelint::diff::{State, compare};
use gatelint::document::{Problem, ProblemKind};
use gatelint::endpoint::{Auth, Authorization, Endpoint, Exposure, Protocol};
use gatelint::facts::Kind;
use gatelint::finding::{CallReport, Finding, Report, Severity, StackReport, Suppression, Verdict};
use gatelint::frontend;
use gatelint::report::diff::{DiffView, Differences, SideView};
use gatelint::report::endpoints::{Inventory, why};
use gatelint::report::{Detail, Format, Look, View, statistics};
use gatelint::resolve::{Case, Part, Resolved, Text, World};
use gatelint::rule::RuleSet;
use gatelint::source::{SourceId, Sources, Span, Str};
use gatelint::trail::{How, Step, Trail};

const TEMPLATE: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals:
  Api:
    Auth:
      DefaultAuthorizer: Pool
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Create:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Post:
          Type: Api
          Properties:
            Path: /orders
            Method: post
            Auth: { Authorizer: NONE }
        Get:
          Type: Api
          Properties: { Path: '/orders/{id}', Method: get }
";

const SERVICE: &str = "\
service: shop
provider:
  name: aws
  iam:
    role:
      statements:
        - Effect: Allow
          Action: execute-api:Invoke
          Resource: arn:aws:execute-api:*:*:*/dev/GET/shops
functions:
  get-index:
    handler: index.get
    environment:
      stores_api: https://#{ApiGatewayRestApi}.execute-api.eu-west-1.amazonaws.com/dev/stores
    events:
      - http: GET /
  get-stores:
    handler: stores.get
    events:
      - http:
          path: stores
          method: get
          authorizer: aws_iam
  admin:
    handler: admin.any
    events:
      - http:
          path: admin/{proxy+}
          method: any
          authorizer: ${ssm:/auth/arn}
";

/// The place of the `nth` time that this text stands in a source.
fn at(sources: &Sources, source: SourceId, text: &str, nth: usize) -> Span {
    let file = sources.get(source).expect("added");
    let (start, found) = file
        .text
        .match_indices(text)
        .nth(nth)
        .expect("written there");
    let start = u32::try_from(start).expect("short");
    let end = start + u32::try_from(found.len()).expect("short");
    Span { source, start, end }
}

fn known<T>(value: T, span: Span) -> Resolved<T> {
    Resolved::known(value, Step::written(span))
}

/// A REST endpoint that asks for nothing and exists always.
fn endpoint(span: Span, method: &str, path: &str, function: &str) -> Endpoint {
    Endpoint {
        api: Some(Text::part(Part::Ref("Api".into()))),
        protocol: Protocol::Rest,
        method: known(Some(method.into()), span),
        path: known(path.into(), span),
        auth: known(Auth::plain(Authorization::None), span),
        api_key_required: known(false, span),
        function: known(Some(function.into()), span),
        function_name: None,
        cors_preflight: known(false, span),
        cleartext: known(None, span),
        cache_keys: known(None, span),
        exposure: known(Exposure::Internet, span),
        world: World::default(),
        span,
        arms: Vec::new(),
    }
}

fn finding(rule: &'static str, severity: Severity, subject: &str, primary: Span) -> Finding {
    Finding {
        rule: Str::from(rule),
        severity,
        verdict: Verdict::Holds,
        kind: Kind::Endpoint,
        about: primary,
        construct: None,
        subject: subject.to_owned(),
        facts: vec![("authorization", "none".to_owned())],
        message: format!("`{subject}` accepts writes from anyone"),
        help: format!(
            "set an authorizer on the event, or declare the endpoint public: gatelint explain {rule}"
        ),
        primary,
        evidence: vec![Step::written(primary)],
        labels: Vec::new(),
        fingerprint: format!("{rule}-0123456789abcdef"),
        moved: String::new(),
        suppressed: None,
        cure: None,
        fix: None,
    }
}

/// A SAM template: an event that opts out, and an authorizer that a condition decides.
fn template(sources: &Sources) -> (StackReport, Vec<Finding>) {
    let source = sources.add("services/orders/template.yaml", TEMPLATE);
    let none = at(sources, source, "NONE", 0);
    let pool = at(sources, source, "Pool", 0);
    let trail = Trail::from(Step::written(none))
        .and(Step::new(How::Overrides("DefaultAuthorizer".into()), pool))
        .and(Step::new(
            How::Inherited("Globals.Api.Auth".into()),
            at(sources, source, "Auth:", 0),
        ));
    let post = at(sources, source, "Post:\n          Type: Api", 0);
    let create = Endpoint {
        auth: Resolved::known(Auth::plain(Authorization::None), trail.clone()),
        ..endpoint(post, "POST", "/orders", "Create")
    };
    let get = at(sources, source, "Get:\n          Type: Api", 0);
    let prod = at(sources, source, "IsProd", 0);
    let cognito = Auth {
        kind: Authorization::Cognito,
        authorizer: Some(Text::part(Part::Attribute("Pool".into(), "Arn".into()))),
        scopes: vec![Text::literal("orders.read")],
    };
    let case = |value, holds| Case {
        value: Some(value),
        world: World::when("IsProd", holds),
        trail: Trail::from(Step::written(pool))
            .and(Step::new(How::Condition("IsProd".into(), holds), prod)),
    };
    let cases = [
        case(cognito, true),
        case(Auth::plain(Authorization::None), false),
    ];
    let read = Endpoint {
        auth: Resolved::cases_of(cases).expect("two"),
        ..endpoint(get, "GET", "/orders/{id}", "Create")
    };
    let open = Finding {
        about: post,
        evidence: trail.steps().collect(),
        ..finding("open-write", Severity::High, "POST /orders", none)
    };
    let varies = Finding {
        verdict: Verdict::HoldsWhen(vec![World::when("IsProd", false)]),
        message: "`GET /orders/{id}` asks for nothing in some deployments".to_owned(),
        evidence: vec![Step::new(How::Condition("IsProd".into(), false), prod)],
        ..finding(
            "auth-varies-by-condition",
            Severity::Medium,
            "GET /orders/{id}",
            get,
        )
    };
    let stack = StackReport {
        source,
        file: "services/orders/template.yaml".to_owned(),
        format: frontend::Format::Sam,
        stage: None,
        others: Vec::new(),
        endpoints: vec![create, read],
        calls: Vec::new(),
        throttled: Vec::new(),
    };
    (stack, vec![open, varies])
}

/// A service: a public page, a signed list, an authorizer that only deployment knows, and a call that is refused.
fn service(sources: &Sources) -> (StackReport, Vec<Finding>) {
    let source = sources.add("services/shop/serverless.yml", SERVICE);
    let named = |function: &str, name: &'static str, endpoint: Endpoint| Endpoint {
        api: Some(Text::part(Part::Ref("ApiGatewayRestApi".into()))),
        function: known(Some(Str::from(function)), endpoint.span),
        function_name: Some(name.into()),
        ..endpoint
    };
    let index = at(sources, source, "GET /", 0);
    let default = Step::default(
        "a route without an authorizer asks for none",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-to-api.html",
    );
    let iam = at(sources, source, "aws_iam", 0);
    let ssm = at(sources, source, "${ssm:/auth/arn}", 0);
    let stores = at(sources, source, "http:\n          path: stores", 0);
    let admin = at(sources, source, "http:\n          path: admin", 0);
    let endpoints = vec![
        named(
            "GetDashindexLambdaFunction",
            "get-index",
            Endpoint {
                auth: Resolved::known(Auth::plain(Authorization::None), default.clone()),
                ..endpoint(index, "GET", "/", "")
            },
        ),
        named(
            "AdminLambdaFunction",
            "admin",
            Endpoint {
                auth: Resolved::unknown(Step::deferred("`${ssm:/auth/arn}`", ssm)),
                api_key_required: known(true, admin),
                ..endpoint(admin, "ANY", "/admin/{proxy+}", "")
            },
        ),
        named(
            "GetDashstoresLambdaFunction",
            "get-stores",
            Endpoint {
                auth: known(Auth::plain(Authorization::Iam), iam),
                ..endpoint(stores, "GET", "/stores", "")
            },
        ),
    ];
    let call = at(
        sources,
        source,
        "https://#{ApiGatewayRestApi}.execute-api.eu-west-1.amazonaws.com/dev/stores",
        0,
    );
    let grant = at(
        sources,
        source,
        "arn:aws:execute-api:*:*:*/dev/GET/shops",
        0,
    );
    let refused = Finding {
        kind: Kind::Call,
        message: "`get-index` calls `GET /stores` and is refused".to_owned(),
        help: "grant `arn:aws:execute-api:*:*:*/dev/GET/stores`".to_owned(),
        evidence: Vec::new(),
        labels: vec![
            (call, "the call".to_owned()),
            (iam, "`GET /stores` asks for a signed request".to_owned()),
            (
                grant,
                "the grant: path `shops`, the call needs `stores`".to_owned(),
            ),
        ],
        facts: vec![("allowed", "no".to_owned())],
        ..finding(
            "call-refused",
            Severity::Medium,
            "get-index → GET /stores",
            call,
        )
    };
    let page = Finding {
        message: "`GET /` is readable by anyone".to_owned(),
        evidence: vec![default],
        ..finding("open-read", Severity::Low, "GET /", index)
    };
    let declared = Finding {
        suppressed: Some(Suppression {
            cause: gatelint::finding::Cause::Ignored,
            expires: None,
            at: Some(at(sources, source, "service", 0)),
            reason: "the landing page".to_owned(),
        }),
        ..finding("open-catch-all", Severity::High, "GET /", index)
    };
    let unknown = Finding {
        verdict: Verdict::Undecided,
        message: "`ANY /admin/{proxy+}` may be called by whoever `${ssm:/auth/arn}` lets through"
            .to_owned(),
        evidence: vec![Step::deferred("`${ssm:/auth/arn}`", ssm)],
        ..finding(
            "open-sensitive-path",
            Severity::High,
            "ANY /admin/{proxy+}",
            admin,
        )
    };
    let stack = StackReport {
        source,
        file: "services/shop/serverless.yml".to_owned(),
        format: frontend::Format::Serverless,
        stage: Some("dev".into()),
        others: vec!["prod".into()],
        endpoints,
        calls: vec![CallReport {
            caller: "get-index".into(),
            target: "GET /stores".into(),
            allowed: Some(false),
            span: call,
        }],
        throttled: Vec::new(),
    };
    (stack, vec![declared, unknown, refused, page])
}

fn sample() -> Report {
    let sources = Arc::new(Sources::default());
    let (orders, mut findings) = template(&sources);
    let (shop, more) = service(&sources);
    findings.extend(more);
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.primary));
    let broken = sources.add("services/old/template.yaml", "Resources: [\n");
    let problems = vec![
        Problem::new(
            ProblemKind::UnreadableInput,
            at(&sources, broken, "[", 0),
            "unclosed bracket `[`",
        ),
        Problem::new(
            ProblemKind::Notice,
            at(&sources, orders.endpoints[0].span.source, "Transform", 0),
            "the transform is not run",
        ),
    ];
    Report {
        today: None,
        sources,
        stacks: vec![orders.into(), shop.into()],
        findings,
        problems,
        files: 3,
    }
}

/// The rules that come with the program, and one whose page is known here.
fn rules(sources: &Sources) -> RuleSet {
    let page = "---
id: open-write
title: anyone may change data
severity: high
since: 0.1.0
subject: endpoint
when:
  authorization: none
message: \"`{subject}` accepts writes from anyone\"
help: \"set an authorizer on the event\"
references:
  - https://cwe.mitre.org/data/definitions/306.html
---

A caller needs no identity to reach this endpoint,
and its method is one that changes state.

## Reported

An example.
";
    let pages = [(".gatelint/rules/open-write.md".to_owned(), page.into())];
    let (rules, problems) = RuleSet::load(sources, &pages);
    assert_eq!(problems, []);
    rules
}

/// Compares with a file under `tests/snapshots/`, or writes it.
fn snapshot(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(name);
    if env::var_os("GATELINT_WRITE").is_some() {
        fs::write(&path, text).expect("snapshots can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text, kept,
        "{name} differs; GATELINT_WRITE=1 writes it again"
    );
}

fn view<'a>(report: &'a Report, rules: &'a RuleSet) -> View<'a> {
    View {
        elapsed: Some(Duration::from_millis(38)),
        ..View::new(report, rules)
    }
}

#[test]
fn findings_in_every_format() {
    let report = sample();
    let rules = rules(&report.sources);
    for format in Format::ALL {
        let text = format.render(&view(&report, &rules));
        assert!(text.ends_with('\n'), "{format:?}");
        snapshot(&format!("check.{}", format.word()), &text);
    }
}

#[test]
fn the_inventory_in_every_format() {
    let report = sample();
    let rules = rules(&report.sources);
    for format in Inventory::ALL {
        snapshot(
            &format!("endpoints.{}", format.word()),
            &format.render(&view(&report, &rules)),
        );
    }
}

/// A shop before and after a change of every kind.
fn shop(file: &str, text: String) -> Report {
    let sources = Arc::new(Sources::default());
    let entry = sources.add(file, text);
    let reader = frontend::MapReader::default();
    let options = frontend::Options::default();
    let env = frontend::Env {
        sources: &sources,
        reader: &reader,
        options: &options,
    };
    gatelint::check(&sources, &[entry], &RuleSet::built_in(), &env)
}

const SHOP: &str = "\
service: shop
provider: { name: aws }
functions:
  list:
    handler: a.list
    events:
      - http: { path: orders, method: get, authorizer: aws_iam }
      - http: { path: stores, method: get }
  create:
    handler: a.create
    events:
      - http: { path: orders, method: post, authorizer: aws_iam }
  old:
    handler: a.old
    events:
      - http: GET /old
";

#[test]
fn a_difference_in_every_format() {
    let old = shop("shop/serverless.yml", SHOP.to_owned());
    let text = SHOP
        .replace("post, authorizer: aws_iam", "post")
        .replace(
            "path: stores, method: get",
            "path: stores, method: get, authorizer: '${ssm:/a|b}'",
        )
        .replace("  list:", "  listing:")
        .replace("GET /old", "GET /new|\u{202e}@me");
    let probe = "\n      # gatelint: ignore[public-read] a `probe` of @the|balancer\n      - http: GET /health\n";
    let new = shop("shop/serverless.yml", text.trim_end().to_owned() + probe);
    let rules = RuleSet::built_in();
    let states = [&old, &new].map(|report| State { report, folder: "" });
    let diff = compare(states[0], states[1]);
    let side = |report, name| SideView {
        view: View::new(report, &rules),
        name,
        is_revision: true,
    };
    let view = DiffView {
        diff: &diff,
        old: side(&old, "main"),
        new: side(&new, "HEAD"),
        hide: &|text| text.to_owned(),
    };
    for format in Differences::ALL {
        snapshot(&format!("diff.{}", format.word()), &format.render(&view));
    }
}

#[test]
fn a_person_sees_everything_on_request() {
    let report = sample();
    let rules = rules(&report.sources);
    let mut view = view(&report, &rules);
    view.show.suppressed = true;
    view.show.undecided = true;
    view.show.detail = Detail::Full;
    view.look = Look {
        color: true,
        unicode: true,
        width: 80,
    };
    snapshot("check.full-color", &Format::Human.render(&view));
    view.look = Look {
        color: false,
        unicode: false,
        width: 80,
    };
    snapshot("check.full-ascii", &Format::Human.render(&view));
    snapshot("check.statistics", &statistics(&view));
    snapshot("check.full-sarif", &Format::Sarif.render(&view));
}

#[test]
fn why_an_endpoint_is_open() {
    let report = sample();
    let rules = rules(&report.sources);
    let view = view(&report, &rules);
    let mut out = String::new();
    for stack in &report.stacks {
        for endpoint in &stack.endpoints {
            out += &why(&view, stack, endpoint);
            out.push('\n');
        }
    }
    snapshot("explain.endpoints", &out);
}

/// GitHub refuses more than 25,000 results, and shows the 5,000 worst.
#[test]
fn sarif_holds_the_worst_results_and_says_how_many_it_leaves_out() {
    let mut report = sample();
    let rules = rules(&report.sources);
    let open = report.findings[0].clone();
    assert_eq!(open.severity, Severity::High);
    let mild = Finding {
        severity: Severity::Low,
        ..open.clone()
    };
    report.findings = vec![mild; 6000];
    report.findings.insert(0, open.clone());
    let log = |report: &Report| -> serde_json::Value {
        serde_json::from_str(&Format::Sarif.render(&view(report, &rules))).expect("JSON")
    };
    let text = "/runs/0/invocations/0/toolExecutionNotifications/2/message/text";
    let many = log(&report);
    let results = many.pointer("/runs/0/results").expect("results");
    assert_eq!(results.as_array().map(Vec::len), Some(5000));
    assert_eq!(results[0]["level"], "error");
    let said = many.pointer(text).and_then(serde_json::Value::as_str);
    assert_eq!(
        said,
        Some("1001 more results were left out: the worst 5000 are here")
    );

    // What is told of each is bounded too: a file of ten million compressed bytes is refused as a whole.
    let step = Step::new(How::Note("x".repeat(1000).as_str().into()), open.primary);
    let long = Finding {
        evidence: vec![step; 100],
        ..open
    };
    report.findings = vec![long; 100];
    let heavy = log(&report);
    let results = heavy.pointer("/runs/0/results").expect("results");
    let shown = results.as_array().expect("a list");
    assert_eq!(shown.len(), 100);
    let whole = |row: &&serde_json::Value| row.get("codeFlows").is_some();
    assert!((10..100).contains(&shown.iter().filter(whole).count()));
    assert!(results.to_string().len() < 9_000_000);
}

#[test]
fn sarif_keeps_its_schema() {
    let report = sample();
    let rules = rules(&report.sources);
    let mut view = view(&report, &rules);
    view.show.suppressed = true;
    view.show.undecided = true;
    let log = serde_json::from_str(&Format::Sarif.render(&view)).expect("JSON");
    let errors = schema::sarif_errors(&log);
    assert!(errors.is_empty(), "{errors:#?}");
}

//! Whole sessions with the language server, as an editor has them.
#![cfg(feature = "lsp")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::needless_pass_by_value
)]

#[path = "lsp/client.rs"]
mod client;

use client::{Client, applied, range};
use serde_json::{Value, json};

/// Two events: one that anyone may call, and one that a pool guards.
const SERVICE: &str = "\
service: shop
provider:
  name: aws
  httpApi:
    authorizers:
      pool:
        type: jwt
        identitySource: $request.header.Authorization
        issuerUrl: https://issuer.example/
        audience: [shop]
functions:
  create:
    handler: a.b
    events:
      - httpApi:
          method: POST
          path: /orders
  list:
    handler: a.b
    events:
      - httpApi:
          method: GET
          path: /orders
          authorizer:
            name: pool
";

fn shop() -> Client {
    Client::new(&[("serverless.yml", SERVICE)])
}

fn opened() -> Client {
    let mut client = shop();
    client.open("serverless.yml");
    client
}

fn hint_texts(client: &mut Client) -> Vec<String> {
    client
        .hints("serverless.yml")
        .into_iter()
        .map(|(_, text)| text)
        .collect()
}

#[test]
fn a_session_from_opening_to_the_end() {
    let mut client = opened();
    assert!(
        client
            .rules("serverless.yml")
            .contains(&"public-write".to_owned())
    );
    let hints = client.hints("serverless.yml");
    assert_eq!(hints.len(), 2, "{hints:?}");
    assert_eq!(hints[0].0, 14);
    assert!(hints[0].1.starts_with("auth: none"), "{hints:?}");
    assert_eq!(hints[1].0, 20);
    assert!(hints[1].1.starts_with("auth: jwt"), "{hints:?}");
    client.close("serverless.yml");
    assert!(client.rules("serverless.yml").is_empty());
    assert_eq!(client.end(), Some(0));
}

#[test]
fn an_editor_that_goes_away_is_no_success() {
    assert_eq!(opened().vanish(), Some(1));
    let mut client = shop();
    client.tell("exit", Value::Null);
    assert_eq!(client.vanish(), Some(1));
}

#[test]
fn a_diagnostic_has_its_places_and_its_page() {
    let mut client = opened();
    let shown = client.diagnostics("serverless.yml");
    let shown = shown.as_array().unwrap();
    let write = shown
        .iter()
        .find(|one| one["code"] == "public-write")
        .expect("shown");
    assert_eq!(write["source"], "gatelint");
    assert_eq!(write["severity"], 1);
    assert_eq!(
        write["range"]["start"]["line"],
        write["range"]["end"]["line"]
    );
    assert!(
        write["codeDescription"]["href"]
            .as_str()
            .unwrap()
            .starts_with("https://")
    );
}

#[test]
fn the_places_that_decided_it_belong_to_a_diagnostic() {
    let template = "Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: a
      Auth:
        DefaultAuthorizer: NONE
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        E: {Type: Api, Properties: {Path: /a, Method: post, RestApiId: !Ref Api, Auth: {Authorizer: NONE}}}
";
    let mut client = Client::new(&[("template.yaml", template)]);
    client.open("template.yaml");
    let shown = client.diagnostics("template.yaml");
    let mut all = shown.as_array().unwrap().iter();
    let related = all.find_map(|one| one.get("relatedInformation"));
    let related = related
        .unwrap_or_else(|| panic!("no places in {shown}"))
        .as_array()
        .unwrap();
    let is_here = |one: &Value| {
        one["location"]["uri"]
            .as_str()
            .unwrap()
            .ends_with("template.yaml")
    };
    assert!(related.iter().all(is_here), "{shown}");
}

#[test]
fn typing_an_authorizer_in_takes_the_finding_away() {
    let mut client = opened();
    assert!(
        client
            .rules("serverless.yml")
            .contains(&"public-write".to_owned())
    );
    client.edit(
        "serverless.yml",
        ((17, 0), (17, 0)),
        "          authorizer: {name: pool}\n",
    );
    assert!(
        !client
            .rules("serverless.yml")
            .contains(&"public-write".to_owned())
    );
    assert!(
        hint_texts(&mut client)
            .iter()
            .all(|hint| hint.starts_with("auth: jwt"))
    );
}

#[test]
fn hover_tells_the_trail_of_an_endpoint_and_the_page_of_a_rule() {
    let mut client = opened();
    let told = |client: &mut Client, at| {
        let hover = client.ask_at("hover", "serverless.yml", at);
        hover["contents"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let list = told(&mut client, (22, 14));
    assert!(
        list.contains("GET /orders") && list.contains("jwt"),
        "{list}"
    );
    let create = told(&mut client, (14, 10));
    assert!(
        create.contains("POST /orders") && create.contains("`public-write`"),
        "{create}"
    );
    assert!(
        create.starts_with("**`POST /orders`: none**\n\n"),
        "{create}"
    );
    let (trail, _) = create.split_once("\n---\n").unwrap();
    assert!(
        trail.contains("\n1. `serverless.yml:16` written here: `method: POST`\n"),
        "{trail}"
    );
    assert!(!trail.contains("```"), "no table in a block: {trail}");
    let title = "anyone on the internet can change data";
    assert_eq!(create.matches(title).count(), 1, "{create}");
    assert_eq!(told(&mut client, (0, 0)), "");
}

#[test]
fn what_hover_tells_of_the_input_is_no_markup() {
    let text = "service: s\nprovider: {name: aws}\nfunctions:\n  a:\n    handler: a.b\n    events:\n      - httpApi: {method: POST, path: '/a`**<img/src=x>[b](https://c.example)'}\n";
    let mut client = Client::new(&[("serverless.yml", text)]);
    client.open("serverless.yml");
    let hover = client.ask_at("hover", "serverless.yml", (6, 20));
    let told = hover["contents"]["value"].as_str().unwrap();
    let begins = "**``POST /a`**<img/src=x>[b](https://c.example)``: none**\n";
    assert!(told.starts_with(begins), "{told}");
    let (trail, _) = told.split_once("\n---\n").unwrap();
    let outside: String = trail
        .lines()
        .flat_map(|line| line.split("``").step_by(2))
        .collect();
    assert!(
        !outside.contains("<img") && !outside.contains("[b]("),
        "{told}"
    );
}

#[test]
fn endpoints_are_symbols() {
    let mut client = opened();
    let symbols = client.ask_of("documentSymbol", "serverless.yml");
    let names: Vec<&str> = symbols
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["POST /orders", "GET /orders"]);
    assert!(symbols[1]["detail"].as_str().unwrap().contains("jwt"));
    let found = client
        .ask("workspace/symbol", json!({ "query": "post" }))
        .unwrap();
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["location"]["range"]["start"]["line"], 15);
}

/// The edit of the first action whose title begins like this.
fn edit(client: &mut Client, title: &str, name: &str) -> Value {
    let actions = client.ask_of("codeAction", name);
    let uri = client.uri(name);
    let fitting = actions
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["title"].as_str().unwrap().starts_with(title));
    let fitting = fitting.unwrap_or_else(|| panic!("no `{title}` in {actions}"));
    fitting["edit"]["changes"][uri][0].clone()
}

#[test]
fn ignoring_with_a_reason_takes_the_finding_away_and_keeps_the_indentation() {
    let mut client = opened();
    let edit = edit(&mut client, "Ignore `public-write`", "serverless.yml");
    let text = applied(SERVICE, &edit);
    assert!(
        text.contains(
            "\n          # gatelint: ignore[public-write] TODO: say why\n          method: POST\n"
        ),
        "{text}"
    );
    client.replace("serverless.yml", &text);
    let rules = client.rules("serverless.yml");
    assert!(!rules.contains(&"public-write".to_owned()), "{rules:?}");
    assert!(
        !rules.contains(&"unused-suppression".to_owned()),
        "{rules:?}"
    );
}

#[test]
fn a_second_rule_joins_the_list_of_the_first() {
    let mut client = opened();
    let mut text = SERVICE.to_owned();
    let mut rules = client.rules("serverless.yml");
    rules.dedup();
    for rule in ["public-write", "public-without-throttling"] {
        if !rules.contains(&rule.to_owned()) {
            continue;
        }
        let edit = edit(&mut client, &format!("Ignore `{rule}`"), "serverless.yml");
        text = applied(&text, &edit);
        client.replace("serverless.yml", &text);
        let left = client.rules("serverless.yml");
        assert!(!left.contains(&"invalid-suppression".to_owned()), "{text}");
    }
}

#[test]
fn a_fix_takes_the_finding_away_and_changes_nothing_else() {
    let mut client = opened();
    let pool = "resources:\n  Resources:\n    Users: { Type: AWS::Cognito::UserPool, Properties: { UserPoolName: u } }\n    Client:\n      Type: AWS::Cognito::UserPoolClient\n      Properties:\n        UserPoolId: !Ref Users # theirs\n";
    let text = format!("{SERVICE}{pool}");
    client.replace("serverless.yml", &text);
    let rule = "cognito-user-enumeration".to_owned();
    assert!(client.rules("serverless.yml").contains(&rule));
    let edit = edit(&mut client, "Fix: ", "serverless.yml");
    let fixed = applied(&text, &edit);
    assert!(
        fixed.contains("PreventUserExistenceErrors: ENABLED"),
        "{fixed}"
    );
    assert!(fixed.contains("# theirs"), "{fixed}");
    client.replace("serverless.yml", &fixed);
    assert!(!client.rules("serverless.yml").contains(&rule));
}

#[test]
fn nothing_is_offered_that_json_cannot_hold() {
    let template = json!({ "Resources": {
        "Api": { "Type": "AWS::ApiGateway::RestApi", "Properties": { "Name": "shop" } },
        "Post": { "Type": "AWS::ApiGateway::Method", "Properties": {
            "RestApiId": { "Ref": "Api" }, "ResourceId": { "Fn::GetAtt": ["Api", "RootResourceId"] },
            "HttpMethod": "POST", "AuthorizationType": "NONE", "Integration": { "Type": "MOCK" } } },
    } });
    let text = serde_json::to_string_pretty(&template).unwrap();
    let mut client = Client::new(&[("template.json", &text)]);
    client.open("template.json");
    let shown = client.diagnostics("template.json");
    let write = shown.as_array().unwrap().iter();
    let write = write
        .filter(|one| one["code"] == "public-write")
        .cloned()
        .collect::<Vec<_>>();
    assert_eq!(write.len(), 1);
    let params = json!({
        "textDocument": { "uri": client.uri("template.json") },
        "range": write[0]["range"],
        "context": { "diagnostics": write },
    });
    let actions = client.ask("textDocument/codeAction", params).unwrap();
    let titles = actions.as_array().unwrap().iter();
    let titles: Vec<&str> = titles.map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Open the page of `public-write`"]);
}

#[test]
fn declaring_public_takes_the_finding_away() {
    let mut client = opened();
    let edit = edit(
        &mut client,
        "Declare this endpoint public",
        "serverless.yml",
    );
    let text = applied(SERVICE, &edit);
    assert!(text.contains("# gatelint: public TODO: say why"), "{text}");
    client.replace("serverless.yml", &text);
    assert!(
        !client
            .rules("serverless.yml")
            .contains(&"public-write".to_owned())
    );
}

/// A template in JSON: a method that anyone may call, and a client whose errors tell who has an account.
const JSON: &str = r#"{
  "Resources": {
    "Api": { "Type": "AWS::ApiGateway::RestApi", "Properties": { "Name": "shop" } },
    "Orders": {
      "Type": "AWS::ApiGateway::Resource",
      "Properties": { "RestApiId": { "Ref": "Api" }, "ParentId": { "Fn::GetAtt": ["Api", "RootResourceId"] }, "PathPart": "orders" }
    },
    "Create": {
      "Type": "AWS::ApiGateway::Method",
      "Properties": {
        "RestApiId": { "Ref": "Api" },
        "ResourceId": { "Ref": "Orders" },
        "HttpMethod": "POST",
        "AuthorizationType": "NONE",
        "Integration": { "Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:f/invocations" }
      }
    },
    "Users": { "Type": "AWS::Cognito::UserPool", "Properties": { "UserPoolName": "u" } },
    "Client": { "Type": "AWS::Cognito::UserPoolClient", "Properties": { "UserPoolId": { "Ref": "Users" } } }
  }
}
"#;

#[test]
fn json_stays_json_whatever_is_done_about_a_finding() {
    let mut client = Client::new(&[("template.json", JSON)]);
    client.open("template.json");
    let rules = client.rules("template.json");
    assert!(rules.contains(&"public-write".to_owned()), "{rules:?}");
    let actions = client.ask_of("codeAction", "template.json");
    let uri = client.uri("template.json");
    let mut mended = 0;
    for action in actions.as_array().unwrap() {
        let title = action["title"].as_str().unwrap();
        assert!(
            !title.starts_with("Ignore"),
            "there are no comments: {title}"
        );
        assert!(!title.starts_with("Declare"), "there is no configuration");
        // From the last to the first: none moves another.
        let edits = action["edit"]["changes"][&uri].as_array().cloned();
        let edits = edits.unwrap_or_default();
        let text = edits
            .iter()
            .rev()
            .fold(JSON.to_owned(), |text, edit| applied(&text, edit));
        serde_json::from_str::<Value>(&text).unwrap_or_else(|_| panic!("{title}: {text}"));
        mended += usize::from(!edits.is_empty());
    }
    assert!(mended > 0, "{actions}");
}

#[test]
fn an_endpoint_in_json_is_declared_public_in_the_configuration() {
    for config in [
        "",
        "[rules]\npublic-read = \"off\"",
        "[rules]\r\npublic-read = \"off\"\r\n",
    ] {
        let mut client = Client::new(&[("api/template.json", JSON), ("gatelint.toml", config)]);
        client.open("api/template.json");
        let rules = client.rules("api/template.json");
        assert!(rules.contains(&"public-write".to_owned()), "{rules:?}");
        let actions = client.ask_of("codeAction", "api/template.json");
        let mut all = actions.as_array().unwrap().iter();
        let declare = all.find(|one| one["title"].as_str().unwrap().starts_with("Declare"));
        let declare = declare.unwrap_or_else(|| panic!("not in {actions}"));
        let changes = declare["edit"]["changes"].as_object().unwrap();
        assert_eq!(
            changes.keys().collect::<Vec<_>>(),
            [&client.uri("gatelint.toml")]
        );
        let edit = &changes[&client.uri("gatelint.toml")][0];
        let text = applied(config, edit);
        assert!(text.starts_with(config), "{text}");
        assert_eq!(
            text.matches('\r').count() > 0,
            config.contains('\r'),
            "{text:?}"
        );
        client.write("gatelint.toml", &text);
        client.save("api/template.json");
        let rules = client.rules("api/template.json");
        assert!(
            !rules.contains(&"public-write".to_owned()),
            "{rules:?}\n{text}"
        );
        assert!(
            !rules.contains(&"unused-suppression".to_owned()),
            "{rules:?}"
        );
        client.open("gatelint.toml");
        assert!(client.rules("gatelint.toml").is_empty(), "{text}");
    }
}

#[test]
fn a_configuration_that_cannot_be_added_to_is_left_alone() {
    let inline = "public = [{endpoint = \"/health\", reason = \"a probe\"}]\n";
    for config in [inline, "[rules\n"] {
        let mut client = Client::new(&[("template.json", JSON), ("gatelint.toml", config)]);
        client.open("template.json");
        let _ = client.rules("template.json");
        let actions = client.ask_of("codeAction", "template.json");
        assert!(!actions.to_string().contains("Declare"), "{actions}");
    }
}

#[test]
fn the_page_of_a_rule_opens() {
    let mut client = opened();
    let _ = client.rules("serverless.yml");
    let actions = client.ask_of("codeAction", "serverless.yml");
    let open = actions
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["title"].as_str().unwrap().starts_with("Open the page"));
    let command = open.expect("offered")["command"].clone();
    let params = json!({ "command": command["command"], "arguments": command["arguments"] });
    let page = client.ask("workspace/executeCommand", params).unwrap();
    assert!(page["markdown"].as_str().unwrap().contains("###"), "{page}");
    assert!(
        client
            .ask("workspace/executeCommand", json!({ "command": "rm" }))
            .is_err()
    );
}

#[test]
fn what_was_known_stays_while_the_text_is_broken() {
    let mut client = opened();
    let before = client.hints("serverless.yml");
    assert!(
        client
            .rules("serverless.yml")
            .contains(&"public-write".to_owned())
    );
    client.edit("serverless.yml", ((0, 0), (0, 0)), "x: [\n");
    let rules = client.rules("serverless.yml");
    assert!(rules.contains(&"unreadable-input".to_owned()), "{rules:?}");
    assert!(rules.contains(&"public-write".to_owned()), "{rules:?}");
    let during = client.hints("serverless.yml");
    let moved: Vec<_> = before
        .iter()
        .map(|(line, text)| (line + 1, text.clone()))
        .collect();
    assert_eq!(
        during, moved,
        "the hints are on their lines, which are one further down"
    );
    client.edit("serverless.yml", ((0, 0), (1, 0)), "");
    assert!(
        !client
            .rules("serverless.yml")
            .contains(&"unreadable-input".to_owned())
    );
    assert_eq!(client.hints("serverless.yml"), before);
}

const INCLUDING: &str = "service: s\nprovider: {name: aws}\nfunctions: ${file(functions.yml)}\n";
const INCLUDED: &str = "a:\n  handler: a.b\n  events:\n    - httpApi: {method: POST, path: /a}\n";

#[test]
fn an_include_that_changes_on_the_disk_is_read_again() {
    let mut client = Client::new(&[("serverless.yml", INCLUDING), ("functions.yml", INCLUDED)]);
    client.open("serverless.yml");
    let labels = |client: &mut Client| {
        let symbols = client
            .ask("workspace/symbol", json!({ "query": "" }))
            .unwrap();
        let names: Vec<String> = symbols
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect();
        names
    };
    assert_eq!(labels(&mut client), ["POST /a"]);
    client.write("functions.yml", &INCLUDED.replace("/a}", "/bb}"));
    client.save("serverless.yml");
    assert_eq!(labels(&mut client), ["POST /bb"]);
    // Opened with another text than the file has, the editor's text counts.
    client.open_as(
        "functions.yml",
        &INCLUDED.replace("POST, path: /a", "PUT, path: /c"),
    );
    assert_eq!(labels(&mut client), ["PUT /c"]);
    assert!(
        client
            .rules("functions.yml")
            .contains(&"public-write".to_owned())
    );
    assert_eq!(
        client.hints("functions.yml").len(),
        1,
        "hints are shown where events are written"
    );
    client.close("functions.yml");
    assert_eq!(labels(&mut client), ["POST /bb"]);
    // An include that goes away, and comes back.
    std::fs::remove_file(client.path("functions.yml")).unwrap();
    client.save("serverless.yml");
    assert!(labels(&mut client).is_empty());
    client.write("functions.yml", INCLUDED);
    client.save("serverless.yml");
    assert_eq!(labels(&mut client), ["POST /a"]);
}

#[test]
fn columns_count_utf_16_unless_the_editor_offers_utf_8() {
    let text = "service: s # 😀\nprovider: {name: aws}\nfunctions:\n  a: {description: '😀😀', handler: a.b, events: [httpApi: {method: POST, path: /a}]}\n";
    let start = |capabilities: Value| {
        let mut client = Client::with(&[("serverless.yml", text)], capabilities, Value::Null);
        client.open("serverless.yml");
        let shown = client.diagnostics("serverless.yml");
        let write = shown
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["code"] == "public-write")
            .expect("shown");
        let column = write["range"]["start"]["character"].as_u64().unwrap();
        // The same edit in each encoding: the two faces go.
        let width = if client.told["capabilities"]["positionEncoding"] == "utf-8" {
            8
        } else {
            4
        };
        client.edit("serverless.yml", ((3, 20), (3, 20 + width)), "x");
        let hover = client.ask_at("hover", "serverless.yml", (3, 68));
        assert!(
            hover["contents"]["value"]
                .as_str()
                .unwrap()
                .contains("POST /a")
        );
        (
            client.told["capabilities"]["positionEncoding"].clone(),
            column,
        )
    };
    let bytes = text.lines().nth(3).unwrap().find("{method").unwrap() as u64;
    let (encoding, column) = start(json!({}));
    assert_eq!((encoding, column), (json!("utf-16"), bytes - 4));
    let (encoding, column) =
        start(json!({ "general": { "positionEncodings": ["utf-16", "utf-8"] } }));
    assert_eq!((encoding, column), (json!("utf-8"), bytes));
}

#[test]
fn mistakes_in_the_configuration_are_shown_and_the_last_good_one_counts() {
    let config = "[rules]\npublic-write = \"off\"\n";
    let mut client = Client::new(&[("serverless.yml", SERVICE), ("gatelint.toml", config)]);
    client.open("serverless.yml");
    assert!(
        !client
            .rules("serverless.yml")
            .contains(&"public-write".to_owned())
    );
    client.open("gatelint.toml");
    assert!(
        client
            .diagnostics("gatelint.toml")
            .as_array()
            .unwrap()
            .is_empty()
    );
    client.replace(
        "gatelint.toml",
        "[rules]\npublic-write = \"off\"\nno-such-rule = \"high\"\n",
    );
    let shown = client.diagnostics("gatelint.toml");
    assert_eq!(shown[0]["range"]["start"]["line"], 2, "{shown}");
    client.save("serverless.yml");
    assert!(!client.hints("serverless.yml").is_empty());
    client.replace("gatelint.toml", "");
    assert!(
        client
            .diagnostics("gatelint.toml")
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert!(
        client
            .rules("serverless.yml")
            .contains(&"public-write".to_owned())
    );
}

#[test]
fn a_wrong_rule_page_is_shown_where_it_is_wrong() {
    let mut client = Client::new(&[
        ("serverless.yml", SERVICE),
        (".gatelint/rules/mine.md", "---\nid: mine\n---\n"),
    ]);
    client.open("serverless.yml");
    let shown = client.diagnostics(".gatelint/rules/mine.md");
    assert!(!shown.as_array().unwrap().is_empty());
}

#[test]
fn names_lead_to_where_they_are_declared() {
    let template = "Resources:\n  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}\n  M:\n    Type: AWS::ApiGateway::Method\n    Properties:\n      RestApiId: !Ref Api\n      ResourceId: !GetAtt Api.RootResourceId\n      HttpMethod: GET\n      AuthorizationType: NONE\n";
    let service = "service: s\ncustom:\n  path: /a\nprovider: {name: aws}\nfunctions: ${file(functions.yml)}\nx: ${self:custom.path}\n";
    let files = [
        ("template.yaml", template),
        ("serverless.yml", service),
        ("functions.yml", INCLUDED),
        ("shop/serverless.yml", SERVICE),
    ];
    let mut client = Client::new(&files);
    for (name, _) in files {
        client.open(name);
    }
    let mut line = |name: &str, at| {
        let found = client.ask_at("definition", name, at);
        let uri = found[0]["uri"]
            .as_str()
            .map(|uri| uri.rsplit('/').next().unwrap().to_owned());
        (
            uri.unwrap_or_default(),
            found[0]["range"]["start"]["line"].as_u64(),
        )
    };
    assert_eq!(
        line("template.yaml", (5, 24)),
        ("template.yaml".to_owned(), Some(1))
    );
    assert_eq!(
        line("template.yaml", (6, 28)),
        ("template.yaml".to_owned(), Some(1))
    );
    assert_eq!(
        line("serverless.yml", (4, 20)),
        ("functions.yml".to_owned(), Some(0))
    );
    assert_eq!(
        line("serverless.yml", (5, 12)),
        ("serverless.yml".to_owned(), Some(2))
    );
    assert_eq!(
        line("shop/serverless.yml", (24, 20)),
        ("serverless.yml".to_owned(), Some(5))
    );
    assert_eq!(line("template.yaml", (8, 30)), (String::new(), None));
}

#[test]
fn authorizers_and_rules_are_completed() {
    let mut client = opened();
    let _ = client.rules("serverless.yml");
    let mut labels = |line: u32, text: &str| {
        let width = u32::try_from(text.len()).unwrap();
        client.edit(
            "serverless.yml",
            ((line, 0), (line, 0)),
            &format!("{text}\n"),
        );
        let found = client.ask_at("completion", "serverless.yml", (line, width));
        client.edit("serverless.yml", ((line, 0), (line + 1, 0)), "");
        let labels: Vec<String> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["label"].as_str().unwrap().to_owned())
            .collect();
        labels
    };
    assert_eq!(labels(17, "          authorizer: "), ["pool"]);
    assert!(labels(14, "      # gatelint: ignore[pub").contains(&"public-write".to_owned()));
    assert!(labels(0, "x: ").is_empty());
}

#[test]
fn hints_and_diagnostics_can_be_switched_off_and_lenses_on() {
    let options = json!({ "inlayHints": false, "diagnostics": "off", "codeLens": true });
    let mut client = Client::with(&[("serverless.yml", SERVICE)], json!({}), options);
    client.open("serverless.yml");
    assert!(client.hints("serverless.yml").is_empty());
    assert!(client.ask_of("codeLens", "serverless.yml").is_array());
    client.forget("serverless.yml");
    client.tell(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "gatelint": { "inlayHints": true, "diagnostics": "onType" } } }),
    );
    assert_eq!(client.hints("serverless.yml").len(), 2);
    assert!(
        client
            .rules("serverless.yml")
            .contains(&"public-write".to_owned())
    );
}

#[test]
fn what_is_not_known_is_answered_politely() {
    let mut client = opened();
    let nowhere = json!({ "textDocument": { "uri": "untitled:Untitled-1" }, "position": { "line": 0, "character": 0 } });
    assert_eq!(client.ask("textDocument/hover", nowhere), Ok(Value::Null));
    let elsewhere = json!({ "textDocument": { "uri": "file:///nowhere/x.yml" }, "range": range((0, 0), (1, 0)) });
    assert_eq!(
        client.ask("textDocument/inlayHint", elsewhere),
        Ok(Value::Null)
    );
    let error = client.ask("textDocument/rename", json!({})).unwrap_err();
    assert_eq!(error["code"], -32601);
    let error = client
        .ask("textDocument/hover", json!({ "textDocument": 7 }))
        .unwrap_err();
    assert_eq!(error["code"], -32602);
    client.tell("textDocument/didChange", json!({ "textDocument": { "uri": "file:///nowhere/x.yml", "version": 1 }, "contentChanges": [] }));
    client.tell("textDocument/didOpen", json!("what"));
    client.tell("$/setTrace", json!({ "value": "off" }));
    assert_eq!(client.end(), Some(0));
}

#[test]
fn a_question_can_be_taken_back() {
    let mut client = opened();
    client.edit("serverless.yml", ((0, 0), (0, 0)), "# x\n");
    let id = client.begin("textDocument/inlayHint", json!({ "textDocument": { "uri": client.uri("serverless.yml") }, "range": range((0, 0), (99, 0)) }));
    client.tell("$/cancelRequest", json!({ "id": id }));
    match client.answer(id) {
        // It was faster than the second thought.
        Ok(hints) => assert_eq!(hints.as_array().unwrap().len(), 2),
        Err(error) => assert_eq!(error["code"], -32800),
    }
}

#[test]
fn hints_of_a_large_service_do_not_wait_and_are_asked_for_again() {
    let event =
        |n: u32| format!("  f{n}:\n    handler: a.b\n    events:\n      - httpApi: GET /{n}\n");
    let events = (0..300).map(event).collect::<Vec<_>>().concat();
    let service = format!("{SERVICE}{events}");
    let can = json!({ "workspace": { "inlayHint": { "refreshSupport": true } } });
    let mut client = Client::with(&[("serverless.yml", &service)], can, Value::Null);
    client.open("serverless.yml");
    client.rules("serverless.yml");
    let guarded = |client: &mut Client| {
        let hints = hint_texts(client);
        assert_eq!(hints.len(), 302, "no hint is lost while it is analysed");
        hints
            .iter()
            .filter(|hint| hint.starts_with("auth: jwt"))
            .count()
    };
    assert_eq!(guarded(&mut client), 1);
    client.edit("serverless.yml", ((23, 0), (25, 0)), "");
    if guarded(&mut client) == 1 {
        client.wait_for("workspace/inlayHint/refresh");
        assert_eq!(guarded(&mut client), 0);
    }
}

/// Kilobytes that a process holds; `None` where the system does not say.
fn held(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

#[test]
fn memory_does_not_grow_with_the_number_of_edits() {
    let mut client = opened();
    let mut type_on = |edits: u32| {
        for nth in 0..edits {
            client.edit("serverless.yml", ((0, 0), (0, 0)), &format!("# {nth}\n"));
            client.edit("serverless.yml", ((0, 0), (1, 0)), "");
            if nth % 10 == 0 {
                assert_eq!(client.hints("serverless.yml").len(), 2);
            }
        }
        held(client.process())
    };
    let before = type_on(500);
    let after = type_on(4500);
    if let Some((before, after)) = before.zip(after) {
        assert!(after < before + 16 * 1024, "{before} kB grew to {after} kB");
    }
}

//! serverless.yml: from the configuration to the template that the Serverless Framework would deploy.
//!
//! Does what the framework's compiler does, in its order: variables, functions, events, roles, `resources` over it all.
//! Runs no code and asks nobody; what cannot be known stays unknown with its reason, and what the framework would refuse is a
//! problem at its place while the rest is compiled. Every generated node points at what the author wrote.

mod alb;
mod coerce;
mod cognito;
pub mod compose;
mod functions;
mod http;
mod keys;
mod merge;
mod naming;
mod plugins;
mod remarks;
mod resources;
mod rest;
mod rewrite;
mod role;
mod service;
mod template;
mod tree;
mod variables;
mod websocket;

use std::collections::BTreeSet;

use self::compose::Passed;
use self::service::{Output, Service};
use self::variables::Variables;
use crate::document::Node;
use crate::frontend::{Env, Lowered, folder};
use crate::source::{SourceId, Str};

/// Whether this is a service: it has a name, and says what it deploys or with whom.
pub fn is_service(root: &Node) -> bool {
    let has = |key| root.get(key).is_some_and(|node: &Node| !node.is_null());
    let provider = root.get("provider");
    let named = provider.is_some_and(|node| {
        node.as_text().is_some() || node.get("name").is_some() || node.get("runtime").is_some()
    });
    let is_template = has("AWSTemplateFormatVersion") || has("Resources");
    let is_ours =
        (has("service") && (has("provider") || has("functions"))) || (named && has("functions"));
    is_ours && !is_template
}

/// Stages that the file itself names: under `params` and `stages`, and as keys of settings that are looked up by stage.
pub fn stages(root: &Node) -> Vec<Str> {
    let mut found = BTreeSet::new();
    for key in ["params", "stages"] {
        for entry in root.get(key).map_or(&[][..], Node::entries) {
            if entry.key != "default" {
                found.insert(entry.key.clone());
            }
        }
    }
    let mut texts = Vec::new();
    collect_texts(root, &mut texts);
    for text in texts {
        for address in looked_up_by_stage(text) {
            let path: Vec<&str> = address.split('.').collect();
            let map = root.at(&path).map_or(&[][..], Node::entries);
            let is_stage = |key: &str| key != "default" && key != "other";
            let keys = map.iter().map(|entry| &entry.key);
            found.extend(keys.filter(|key| is_stage(key)).cloned());
        }
    }
    found.into_iter().collect()
}

/// Every text with a variable in it; shared parts of the tree once.
fn collect_texts<'a>(root: &'a Node, texts: &mut Vec<&'a Str>) {
    let mut left = vec![root];
    let mut seen = 0_usize;
    while let Some(node) = left.pop() {
        seen += 1;
        if seen > crate::document::limits::NODES {
            return;
        }
        texts.extend(node.as_text().filter(|text| text.contains("${self:")));
        left.extend(node.items());
        left.extend(node.entries().iter().map(|entry| &entry.value));
    }
}

/// Addresses of `${self:custom.x.${opt:stage}…}`: what stands before the inner variable, when that is about the stage.
fn looked_up_by_stage(text: &str) -> impl Iterator<Item = &str> {
    text.split("${self:").skip(1).filter_map(|rest| {
        let (address, inner) = rest.split_once(".${")?;
        let is_plain = !address.contains(['}', '$', ',']);
        let about = inner.split('}').next().unwrap_or_default();
        (is_plain && about.contains("stage")).then_some(address)
    })
}

/// The template that `sls deploy` would deploy; `stage` is what `--stage` says.
pub fn lower(root: &Node, source: SourceId, env: &Env<'_>, stage: Option<&Str>) -> Lowered {
    lower_passed(root, source, env, (stage, Passed::new()))
}

/// The same for a service of a composition, with the parameters that it is deployed with.
pub fn lower_passed(
    root: &Node,
    source: SourceId,
    env: &Env<'_>,
    (stage, passed): (Option<&Str>, Passed),
) -> Lowered {
    let path = env.sources.get(source);
    let path = path.map(|file| file.path.clone()).unwrap_or_default();
    let mut out = Output::default();
    let mut variables = Variables::new(root, folder(&path).to_owned(), env, stage);
    variables.pass(passed);
    let mut service = Service::new(root, source, &mut variables, &mut out);
    plugins::prepare(&mut service, &variables, &mut out);
    let template = compile(&service, &mut out);
    let mut problems = variables.into_problems();
    problems.append(&mut out.problems);
    Lowered {
        template,
        name: service.stack_name(),
        stage: service.stage.as_text().cloned(),
        notes: out.notes,
        settings: out.settings,
        problems,
    }
}

fn compile(service: &Service, out: &mut Output) -> Node {
    let name = service.setting(&["name"]);
    let other = name
        .as_ref()
        .and_then(Node::as_text)
        .filter(|name| *name != "aws");
    if let (Some(other), Some(node)) = (other, &name) {
        out.notice(
            node.span,
            format!("provider `{other}`: only services for `aws` are analysed"),
        );
        return service.at.object([("Resources", service.at.object([]))]);
    }
    if name.is_none() {
        out.lost(
            service.provider.span,
            "the framework refuses a service without `provider.name`",
        );
    }
    resources::bucket(service, out);
    functions::lower(service, out);
    rest::lower(service, out);
    http::lower(service, out);
    websocket::lower(service, out);
    alb::lower(service, out);
    cognito::lower(service, out);
    plugins::events(service, out);
    role::lower(service, out);
    plugins::finalize(service, out);
    remarks::note(service, out);
    let template = resources::lower(service, out);
    plugins::rewrite(service, template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Dialect, ProblemKind, parse};
    use crate::frontend::{MapReader, Options};
    use crate::source::Sources;
    use crate::trail::How;

    const HEAD: &str = "service: shop\nprovider: {name: aws, runtime: nodejs20.x}\n";

    /// A service that has been lowered, and its files.
    struct Done {
        lowered: Lowered,
        sources: Sources,
    }

    impl Done {
        fn resource(&self, id: &str) -> &Node {
            let found = self.lowered.template.at(&["Resources", id]);
            found.unwrap_or_else(|| panic!("{id} is missing"))
        }

        fn property(&self, id: &str, key: &str) -> &Node {
            let found = self.resource(id).at(&["Properties", key]);
            found.unwrap_or_else(|| panic!("{id}.{key} is missing"))
        }

        fn text(&self, id: &str, key: &str) -> String {
            let node = self.property(id, key);
            node.scalar()
                .map_or_else(|| format!("{node:?}"), |text| text.to_string())
        }

        fn steps(&self, id: &str, key: &str) -> Vec<How> {
            let trail = self.property(id, key).trail();
            trail.steps().map(|step| step.how.clone()).collect()
        }

        fn file_of(&self, node: &Node) -> String {
            self.sources.locate(node.span).file
        }

        fn line_of(&self, node: &Node) -> u32 {
            self.sources.locate(node.span).line
        }

        fn of_kind(&self, kind: ProblemKind) -> Vec<&str> {
            let problems = self.lowered.problems.iter();
            problems
                .filter(|problem| problem.kind == kind)
                .map(|problem| problem.message.as_str())
                .collect()
        }
    }

    fn files(files: &[(&str, &str)]) -> Done {
        let reader = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).into()));
        let (reader, options) = (MapReader(reader.collect()), Options::default());
        let sources = Sources::default();
        let env = Env {
            sources: &sources,
            reader: &reader,
            options: &options,
        };
        let source = crate::frontend::open(&env, "serverless.yml").expect("is given");
        let root = parse(&sources, source, Dialect::Core).root;
        let lowered = lower(&root, source, &env, None);
        Done { lowered, sources }
    }

    fn service(rest: &str) -> Done {
        files(&[("serverless.yml", &format!("{HEAD}{rest}"))])
    }

    fn event(event: &str) -> Done {
        service(&format!(
            "functions:\n  list:\n    handler: h\n    events:\n      - {event}\n"
        ))
    }

    #[test]
    fn a_service_is_known_by_its_content() {
        let root = |text: &str| {
            let sources = Sources::default();
            let source = sources.add("x.yml", text);
            parse(&sources, source, Dialect::Core).root
        };
        assert!(is_service(&root("service: a\nprovider: {name: aws}\n")));
        assert!(is_service(&root("provider: aws\nfunctions: {}\n")));
        assert!(!is_service(&root("services: {a: {image: b}}\n")));
        assert!(!is_service(&root(
            "AWSTemplateFormatVersion: x\nResources: {}\n"
        )));
        assert!(!is_service(&root("- service\n")));
    }

    #[test]
    fn stages_are_those_that_the_file_names() {
        let sources = Sources::default();
        let text = "params: {default: {}, prod: {}}\ncustom:\n  m: {dev: 1, live: 2}\n  x: ${self:custom.m.${opt:stage, 'dev'}}\n";
        let source = sources.add("x.yml", text);
        let root = parse(&sources, source, Dialect::Core).root;
        assert_eq!(stages(&root), ["dev", "live", "prod"]);
    }

    #[test]
    fn an_event_without_an_authorizer_asks_for_none_by_default() {
        let done = event("http: GET /a");
        assert_eq!(
            done.text("ApiGatewayMethodAGet", "AuthorizationType"),
            "NONE"
        );
        let steps = done.steps("ApiGatewayMethodAGet", "AuthorizationType");
        assert!(matches!(steps.last(), Some(How::PlatformDefault { .. })));
        assert_eq!(
            done.line_of(done.property("ApiGatewayMethodAGet", "AuthorizationType")),
            7
        );
    }

    #[test]
    fn values_from_files_point_into_the_file_and_tell_their_way() {
        let done = files(&[
            (
                "serverless.yml",
                &format!(
                    "{HEAD}custom: {{auth: '${{file(auth.yml):kind}}'}}\nfunctions: ${{file(f.yml)}}\n"
                ),
            ),
            (
                "f.yml",
                "list:\n  handler: h\n  events:\n    - http: {path: a, method: get, authorizer: '${self:custom.auth}'}\n",
            ),
            ("auth.yml", "kind: aws_iam\n"),
        ]);
        let kind = done.property("ApiGatewayMethodAGet", "AuthorizationType");
        assert_eq!(kind.as_text().map(Str::as_str), Some("AWS_IAM"));
        assert_eq!(done.file_of(kind), "auth.yml");
        let steps = done.steps("ApiGatewayMethodAGet", "AuthorizationType");
        assert!(steps.contains(&How::File("auth.yml".into())));
        assert!(steps.contains(&How::Variable("${self:custom.auth}".into())));
        assert_eq!(done.file_of(done.resource("ApiGatewayMethodAGet")), "f.yml");
        assert_eq!(done.lowered.problems, []);
    }

    #[test]
    fn what_validation_changes_is_told() {
        let done = event("http: {path: a, method: get, private: \"false\"}");
        assert_eq!(done.text("ApiGatewayMethodAGet", "ApiKeyRequired"), "false");
        let steps = done.steps("ApiGatewayMethodAGet", "ApiKeyRequired");
        assert!(steps.iter().any(|how| matches!(how, How::Coerced(_))));
    }

    #[test]
    fn the_last_of_two_events_in_one_method_wins_and_remembers_the_other() {
        let done = service(
            "functions:\n  a:\n    handler: h\n    events:\n      - http: {path: foo_bar, method: get, authorizer: aws_iam}\n      - http: {path: foobar, method: get}\n",
        );
        let method = done.resource("ApiGatewayMethodFoobarGet");
        assert_eq!(
            done.text("ApiGatewayMethodFoobarGet", "AuthorizationType"),
            "NONE"
        );
        assert_eq!(done.line_of(method), 8);
        let resources = done.lowered.template.get("Resources").expect("is there");
        let entry = resources.as_map().expect("a mapping");
        let entry = entry.entry("ApiGatewayMethodFoobarGet").expect("is there");
        assert_eq!(done.sources.locate(entry.span).line, 8);
        let over = method
            .trail()
            .steps()
            .find(|step| matches!(step.how, How::Overrides(_)));
        let place = over.and_then(|step| step.at).expect("has a place");
        assert_eq!(done.sources.locate(place).line, 7);
    }

    #[test]
    fn a_preflight_is_generated_from_its_cors() {
        let done = event("http: {path: a, method: get, cors: true}");
        let method = done.resource("ApiGatewayMethodAOptions");
        let trail = method.trail();
        assert!(
            trail
                .steps()
                .any(|step| matches!(step.how, How::Generated(_)))
        );
        assert_eq!(done.line_of(method), 7);
    }

    #[test]
    fn an_unknown_value_is_lost_alone() {
        let done = event("http: {path: a, method: get, authorizer: '${ssm:/x}', private: true}");
        let kind = done.property("ApiGatewayMethodAGet", "AuthorizationType");
        assert_eq!(tree::unknown(kind).map(Str::as_str), Some("`${ssm:/x}`"));
        assert_eq!(done.text("ApiGatewayMethodAGet", "ApiKeyRequired"), "true");
        let done = event(
            "http: {path: 'a/${ssm:/x}/b', method: get, authorizer: {type: COGNITO_USER_POOLS, authorizerId: '${cf:s.x}'}}",
        );
        let id = "ApiGatewayMethodASsmDashxBGet";
        assert_eq!(done.text(id, "AuthorizationType"), "COGNITO_USER_POOLS");
        let part = done.property("ApiGatewayResourceASsmDashx", "PathPart");
        assert!(tree::unknown(part).is_some());
    }

    #[test]
    fn endpoints_that_cannot_be_listed_are_named() {
        let done = service(
            "functions:\n  a: ${file(a.js)}\n  b: {handler: h, events: ['${ssm:/e}', {http: GET /b}]}\n",
        );
        assert_eq!(done.of_kind(ProblemKind::UnreadableInput).len(), 2);
        assert_eq!(done.text("ApiGatewayMethodBGet", "HttpMethod"), "GET");
        let missing = done.of_kind(ProblemKind::UnresolvedReference);
        assert_eq!(
            missing,
            ["`${file(a.js)}` has no value: `a.js` does not exist"]
        );
    }

    #[test]
    fn what_the_framework_refuses_is_a_problem_and_loses_nothing_else() {
        let done = service(
            "functions:\n  a:\n    handler: h\n    events:\n      - http: {path: a, method: get, authorizer: nosuch}\n      - http: {path: b, method: get}\n      - httpApi: GET /c\n      - httpApi: GET /c\n",
        );
        let problems = done.of_kind(ProblemKind::UnresolvedReference);
        assert_eq!(
            problems,
            [
                "there is no function `nosuch` for this authorizer",
                "the route `GET /c` is declared twice"
            ]
        );
        assert_eq!(
            done.text("ApiGatewayMethodBGet", "AuthorizationType"),
            "NONE"
        );
    }

    #[test]
    fn a_listener_rule_asks_before_it_forwards() {
        let text = "service: s
provider:
  name: aws
  alb:
    authorizers:
      staff: {type: oidc, issuer: 'https://i', clientId: c}
      guests: {type: cognito, userPoolArn: a, onUnauthenticatedRequest: allow}
functions:
  f:
    handler: h
    events:
      - alb: {listenerArn: !Ref L, priority: 1, conditions: {path: /a}, authorizer: [staff, guests]}
      - alb: {listenerArn: !Ref L, priority: 2, conditions: {path: /b}}
      - alb: {listenerArn: !Ref L, priority: 3, conditions: {path: /c}, authorizer: nobody}
";
        let done = files(&[("serverless.yml", text)]);
        let actions = |id: &str| done.property(id, "Actions").items().to_vec();
        let [staff, guests, forward] = &actions("FAlbListenerRule1")[..] else {
            panic!("three actions");
        };
        let kind = |action: &Node| action.get("Type").and_then(Node::scalar);
        assert_eq!(kind(staff).as_deref(), Some("authenticate-oidc"));
        assert_eq!(kind(guests).as_deref(), Some("authenticate-cognito"));
        assert_eq!(kind(forward).as_deref(), Some("forward"));
        let done_with = |action: &Node, section| {
            let found = action.at(&[section, "OnUnauthenticatedRequest"]);
            found.and_then(Node::scalar)
        };
        let staffed = done_with(staff, "AuthenticateOidcConfig");
        assert_eq!(staffed.as_deref(), Some("deny"));
        let open = done_with(guests, "AuthenticateCognitoConfig");
        assert_eq!(open.as_deref(), Some("allow"));
        assert_eq!(done.line_of(staff), 6);
        assert_eq!(actions("FAlbListenerRule2").len(), 1);
        assert_eq!(
            done.of_kind(ProblemKind::UnresolvedReference),
            ["there is no `nobody` in `provider.alb.authorizers`"]
        );
    }

    const FOUR: &str = "service: s\nframeworkVersion: '4'\n";

    /// The role of a function: logical id and the actions of its statements.
    fn role_of(done: &Done, function: &str) -> (String, String) {
        let role = done.property(&format!("{function}LambdaFunction"), "Role");
        let id = role.get("Fn::GetAtt").and_then(|path| path.items().first());
        let id = id.and_then(Node::scalar).expect("is a reference");
        let policies = done.property(&id, "Policies");
        (id.to_string(), format!("{policies:?}"))
    }

    #[test]
    fn version_4_gives_every_function_a_role_when_asked_to() {
        let text = format!(
            "{FOUR}provider:
  name: aws
  iam: {{role: {{mode: perFunction, statements: [{{Effect: Allow, Action: s3:Shared, Resource: '*'}}]}}}}
functions:
  a: {{handler: h}}
  b: {{handler: h, iam: {{inheritStatements: false, role: {{statements: [{{Effect: Allow, Action: s3:Own, Resource: '*'}}]}}}}}}
"
        );
        let done = files(&[("serverless.yml", &text)]);
        let (id, policies) = role_of(&done, "A");
        assert_eq!(id, "AIamRoleLambdaExecution");
        assert!(policies.contains("s3:Shared"));
        let (_, policies) = role_of(&done, "B");
        assert!(policies.contains("s3:Own") && !policies.contains("s3:Shared"));
        let shared = ["Resources", "IamRoleLambdaExecution"];
        assert!(done.lowered.template.at(&shared).is_none());
        // Version 3 does not know the word.
        let done = files(&[("serverless.yml", &text.replace("'4'", "'3'"))]);
        assert_eq!(role_of(&done, "A").0, "IamRoleLambdaExecution");
    }

    #[test]
    fn where_versions_disagree_about_a_role_its_trail_says_so() {
        let text = "functions:\n  a: {handler: h, iamRoleStatements: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}\n";
        let steps = service(text).steps("ALambdaFunction", "Role");
        let told = |how: &How| matches!(how, How::Note(note) if note.starts_with("version 4"));
        assert!(steps.iter().any(told));
        let third = format!("service: s\nframeworkVersion: '3'\nprovider: aws\n{text}");
        let steps = files(&[("serverless.yml", &third)]).steps("ALambdaFunction", "Role");
        assert!(!steps.iter().any(told));
    }

    #[test]
    fn version_4_has_domains_of_its_own() {
        let text = "provider: {name: aws, domains: [api.shop.com, {name: ws.shop.com, apiType: websocket, tlsTruststoreUri: 's3://b/k'}]}\nfunctions: {f: {handler: h, events: [{http: GET /a}]}}\n";
        let done = files(&[("serverless.yml", &format!("{FOUR}{text}"))]);
        assert_eq!(
            done.text("CustomDomainApishopcom", "DomainName"),
            "api.shop.com"
        );
        let mapping = done.property("CustomDomainApishopcomMappingRest", "RestApiId");
        assert!(mapping.get("Ref").is_some());
        let trust = done.property("CustomDomainWsshopcom", "MutualTlsAuthentication");
        assert!(trust.get("TruststoreUri").is_some());
    }

    #[test]
    fn the_first_versions_have_no_function_urls() {
        let text = "service: s\nframeworkVersion: '2'\nprovider: {name: aws}\nfunctions: {f: {handler: h, url: true}}\n";
        let done = files(&[("serverless.yml", text)]);
        let url = ["Resources", "FLambdaFunctionUrl"];
        assert!(done.lowered.template.at(&url).is_none());
        assert_eq!(done.of_kind(ProblemKind::Notice).len(), 1);
    }

    #[test]
    fn null_functions_and_lists_for_texts_are_not_silent() {
        let done = service(
            "functions:\n  gone: ~\n  f: {handler: h, events: [{http: {path: [a], method: [post]}}, {http: {path: b, method: [get, post]}}]}\n",
        );
        let notices = done.of_kind(ProblemKind::Notice);
        assert_eq!(
            notices,
            [
                "function `gone` is null: the framework leaves it out",
                "`path` is a list of one, read as its item",
                "`method` is a list of one, read as its item",
            ]
        );
        assert_eq!(done.text("ApiGatewayMethodAPost", "HttpMethod"), "POST");
        let steps = done.steps("ApiGatewayMethodAPost", "HttpMethod");
        assert!(steps.iter().any(|how| matches!(how, How::Coerced(_))));
        assert_eq!(
            done.of_kind(ProblemKind::UnreadableInput),
            ["the framework refuses a list as `method`"]
        );
    }

    #[test]
    fn a_circle_of_variables_is_one_problem_with_its_places() {
        let done = service(
            "custom:\n  a: ${self:custom.b}\n  b: ${self:custom.a}\nfunctions:\n  f: {handler: h, events: [{http: {path: a, method: get, authorizer: '${self:custom.a}'}}, {http: GET /b}]}\n",
        );
        assert_eq!(
            done.of_kind(ProblemKind::UnresolvedReference),
            ["`${self:custom.b}` refers back to itself; the framework refuses the service"]
        );
        assert!(
            done.lowered
                .problems
                .iter()
                .any(|problem| !problem.related.is_empty())
        );
        assert_eq!(
            done.text("ApiGatewayMethodBGet", "AuthorizationType"),
            "NONE"
        );
    }

    #[test]
    fn a_file_that_includes_itself_ends() {
        let done = files(&[
            (
                "serverless.yml",
                &format!("{HEAD}custom: ${{file(a.yml)}}\nfunctions: {{}}\n"),
            ),
            ("a.yml", "x: ${file(a.yml)}\ny: ${file(../../up.yml)}\n"),
        ]);
        assert_eq!(done.of_kind(ProblemKind::UnresolvedReference).len(), 1);
        assert_eq!(
            done.of_kind(ProblemKind::Notice),
            ["`../../up.yml` lies outside the project root and is not read"]
        );
    }

    #[test]
    fn variables_that_multiply_end_in_time() {
        let level = |level: usize| {
            let list = format!("'${{self:custom.l{level}}}'");
            let text = format!("${{self:custom.t{level}}}");
            let next = level + 1;
            format!("  l{next}: [{list}, {list}]\n  t{next}: '{text}{text}'\n")
        };
        let levels: String = (0..60).map(level).collect();
        let custom = format!("custom:\n  l0: [x, x]\n  t0: xxxxxxxxxxxxxxxx\n{levels}");
        let done = service(&format!("{custom}functions: {{}}\n"));
        assert!(!done.of_kind(ProblemKind::UnreadableInput).is_empty());
    }

    #[test]
    fn a_long_chain_of_variables_is_refused_not_followed() {
        let link = |nth: usize| format!("  c{}: ${{self:custom.c{nth}}}\n", nth + 1);
        let links: String = (0..5_000).map(link).collect();
        let custom = format!("custom:\n  c0: x\n{links}");
        let done = service(&format!(
            "{custom}  last: ${{self:custom.c5000}}\nfunctions: {{}}\n"
        ));
        assert!(done.lowered.template.get("Resources").is_some());
    }

    #[test]
    fn paths_of_an_external_api_are_noted() {
        let text = "service: s\nprovider: {name: aws, apiGateway: {restApiId: x, restApiRootResourceId: r, restApiResources: {a: ra}}}\nfunctions:\n  f: {handler: h, events: [{http: GET /a/b}]}\n";
        let done = files(&[("serverless.yml", text)]);
        let note = |id: &str| {
            done.lowered
                .notes
                .get(id)
                .and_then(|note| note.path.clone())
        };
        assert_eq!(note("ApiGatewayMethodABGet").as_deref(), Some("/a/b"));
        assert_eq!(note("ApiGatewayResourceAB").as_deref(), Some("/a/b"));
        assert!(
            done.lowered
                .template
                .at(&["Resources", "ApiGatewayResourceA"])
                .is_none()
        );
        let name = done
            .lowered
            .notes
            .get("FLambdaFunction")
            .and_then(|note| note.name.clone());
        assert_eq!(name.as_deref(), Some("f"));
    }

    #[test]
    fn resources_are_laid_over_what_is_generated() {
        let done = service(
            "functions:\n  f: {handler: h, events: [{http: {path: a, method: get, authorizer: aws_iam}}]}\nresources:\n  Resources:\n    ApiGatewayMethodAGet:\n      Properties: {AuthorizationType: NONE, ApiKeyRequired: null}\n",
        );
        assert_eq!(
            done.text("ApiGatewayMethodAGet", "AuthorizationType"),
            "NONE"
        );
        let steps = done.steps("ApiGatewayMethodAGet", "AuthorizationType");
        assert!(steps.contains(&How::Overrides("AWS_IAM".into())));
        let properties = done.resource("ApiGatewayMethodAGet").get("Properties");
        assert!(properties.is_some_and(|node| node.get("ApiKeyRequired").is_none()));
    }

    #[test]
    fn plugins_that_are_not_known_are_named() {
        let done = service("plugins: [serverless-offline, some-auth-plugin]\nfunctions: {}\n");
        let notices = done.of_kind(ProblemKind::Notice);
        assert_eq!(
            notices,
            ["plugin `some-auth-plugin` is not known here: what it changes is not seen"]
        );
    }

    #[test]
    fn another_provider_deploys_nothing_here() {
        let done = files(&[(
            "serverless.yml",
            "service: s\nprovider: google\nfunctions: {f: {handler: h, events: [{http: x}]}}\n",
        )]);
        assert_eq!(done.of_kind(ProblemKind::Notice).len(), 1);
        assert!(
            done.lowered
                .template
                .get("Resources")
                .is_some_and(|node| node.entries().is_empty())
        );
    }

    #[test]
    fn plugins_leave_their_mark_on_the_template() {
        let done = service(
            r"plugins: [serverless-domain-manager, serverless-associate-waf, serverless-add-api-key, serverless-api-gateway-throttling]
custom:
  customDomain: {domainName: api.shop.com, endpointType: regional, securityPolicy: tls_1_0, tlsTruststoreUri: 's3://b/k', basePath: v1}
  associateWaf: {name: wall, version: V2}
  apiKeys: [{name: partner, usagePlan: {name: gold, quota: {limit: 5, period: DAY}}}]
  apiGatewayThrottling: {maxRequestsPerSecond: 10}
functions:
  f: {handler: h, events: [{http: {path: a, method: get, private: true, throttling: {disabled: true}}}]}
",
        );
        assert_eq!(
            done.text("CustomDomainApishopcom", "SecurityPolicy"),
            "TLS_1_0"
        );
        let trust = done.property("CustomDomainApishopcom", "MutualTlsAuthentication");
        assert!(trust.get("TruststoreUri").is_some());
        assert_eq!(
            done.text("CustomDomainApishopcomMappingRest", "BasePath"),
            "v1"
        );
        assert!(tree::unknown(done.property("AssociatedWaf", "WebACLArn")).is_some());
        let quota = done.property("AddedUsagePlanGold", "Quota");
        assert!(quota.get("Limit").is_some());
        let stage = done.property("ApiGatewayDeployment", "StageDescription");
        let rate = stage.get("ThrottlingRateLimit").and_then(Node::scalar);
        assert_eq!(rate.as_deref(), Some("10"));
        let own = stage.get("MethodSettings").expect("is there");
        assert_eq!(own.items().len(), 1);
        assert_eq!(done.lowered.problems, []);
    }

    #[test]
    fn a_graphql_api_of_the_plugin_is_an_api() {
        let done = service(
            r"plugins: [serverless-appsync-plugin]
appSync:
  name: shop
  authentication: {type: AMAZON_COGNITO_USER_POOLS, config: {userPoolId: !Ref Pool}}
  additionalAuthentications: [{type: API_KEY}, {type: AWS_LAMBDA, config: {functionName: f}}]
  apiKeys: [web]
functions:
  f: {handler: h}
",
        );
        let kind = done.text("GraphQlApi", "AuthenticationType");
        assert_eq!(kind, "AMAZON_COGNITO_USER_POOLS");
        let more = done.property("GraphQlApi", "AdditionalAuthenticationProviders");
        assert_eq!(more.items().len(), 2);
        let resources = done.lowered.template.get("Resources");
        assert!(resources.is_some_and(|all| all.get("GraphQlApiweb").is_some()));
    }

    #[test]
    fn version_1_reads_keys_directly_under_the_provider() {
        let text = "service: {name: s}\nframeworkVersion: '1'\nprovider: {name: aws, apiKeys: [a]}\nfunctions: {f: {handler: h, events: [{http: {path: '${self:service.name}', method: get, private: true}}]}}\n";
        let done = files(&[("serverless.yml", text)]);
        assert_eq!(done.text("ApiGatewayApiKey1", "Name"), "a");
        assert_eq!(done.text("ApiGatewayResourceS", "PathPart"), "s");
        let done = files(&[("serverless.yml", &text.replace("'1'", "'3'"))]);
        let resources = done.lowered.template.get("Resources");
        assert!(resources.is_some_and(|all| all.get("ApiGatewayApiKey1").is_none()));
    }
}

//! What the targets share: what must hold of a text, whatever is in it.
//!
//! The generator and the runs are those of `tests/properties.rs`. A target panics when something does not hold, and that is all
//! that it does: nothing here says what is right.

#[path = "../../tests/generated/mod.rs"]
pub mod generated;
mod session;

pub use self::session::spoken;

use std::sync::Arc;

use gatelint::config::Config;
use gatelint::document::{self, Dialect, Document, Node, Problem, Value};
use gatelint::frontend::{Env, MapReader, Options};
use gatelint::judge::Judge;
use gatelint::report::{Format, Look, View, rule_page, rules_json, rules_table};
use gatelint::rule::RuleSet;
use gatelint::source::{Sources, Span};
use gatelint::terms::Terms;

use generated::choices::Choices;
use generated::runs::{self, Project};
use generated::{looks, mended, templates};

/// A small service with something to say about: three open endpoints and a guarded one.
const SERVICE: &str = include_str!("service.yml");

/// A text as a document: every place in it, both dialects, twice the same.
pub fn parsed(text: &str) {
    for dialect in [Dialect::Core, Dialect::CloudFormation] {
        let sources = Sources::default();
        let source = sources.add("a.yml", text);
        let document = document::parse(&sources, source, dialect);
        held(text, &document);
        let again = document::parse(&sources, source, dialect);
        assert_eq!(document.problems, again.problems);
        assert!(document.root.same(&again.root));
    }
}

/// What a JSON parser of others accepts is read, and read as the same.
pub fn parsed_as_json(text: &str) {
    parsed(text);
    let Ok(wanted) = serde_json::from_str::<serde_json::Value>(text) else {
        return;
    };
    let sources = Sources::default();
    let source = sources.add("a.json", text);
    let document = document::parse(&sources, source, Dialect::Core);
    // What is deeper than our ceilings, or has a key twice, is said.
    if document.problems.is_empty() && text.trim_start().starts_with(['{', '[']) {
        assert!(is_same(&document.root, &wanted), "{:?}", document.root);
    }
}

fn is_same(node: &Node, wanted: &serde_json::Value) -> bool {
    match (&node.value, wanted) {
        (Value::Null, serde_json::Value::Null)
        | (Value::Number(_), serde_json::Value::Number(_)) => true,
        (Value::Bool(own), serde_json::Value::Bool(value)) => own == value,
        (Value::Text(own), serde_json::Value::String(text)) => own == text.as_str(),
        (Value::List(own), serde_json::Value::Array(items)) => {
            own.items.len() == items.len()
                && own.items.iter().zip(items).all(|(a, b)| is_same(a, b))
        }
        (Value::Map(own), serde_json::Value::Object(entries)) => {
            let same = |(key, value): (&String, &serde_json::Value)| {
                own.get(key).is_some_and(|node| is_same(node, value))
            };
            own.entries.len() == entries.len() && entries.iter().all(same)
        }
        _ => false,
    }
}

fn held(text: &str, document: &Document) {
    for comment in &document.comments {
        let written = place(text, *comment);
        assert!(written.starts_with('#'), "{written:?} is no comment");
    }
    problems(text, &document.problems);
    nodes(text, &document.root);
}

fn problems(text: &str, problems: &[Problem]) {
    for problem in problems {
        place(text, problem.span);
        for (span, _) in &problem.related {
            place(text, *span);
        }
    }
}

fn nodes(text: &str, root: &Node) {
    let mut open = vec![root];
    // Aliases make few lines many nodes.
    for _ in 0..20_000 {
        let Some(node) = open.pop() else { return };
        place(text, node.span);
        open.extend(node.items());
        for entry in node.entries() {
            place(text, entry.span);
            open.push(&entry.value);
        }
    }
}

fn place(text: &str, span: Span) -> &str {
    let found = text.get(span.start as usize..span.end as usize);
    found.unwrap_or_else(|| panic!("{span:?} is no place"))
}

/// A text as a file of this name, judged and printed.
pub fn judged(name: &str, text: &str) {
    held_in_one(
        text,
        &Project::alone(name, text),
        runs::rules(),
        &Terms::default(),
    );
}

/// Judges; seldom, as the length of a text decides, twice and printed in one format, or in all: that costs most of a run.
fn held_in_one(text: &str, project: &Project, rules: &RuleSet, terms: &Terms) {
    match Printed::of(text) {
        Printed::In(format) => runs::hold_as(format, project, rules, terms),
        Printed::InAll => runs::hold(project, rules, terms),
        Printed::Not => runs::places(&project.report(rules, terms)),
    }
}

/// What of a run is printed.
enum Printed {
    In(Format),
    InAll,
    Not,
}

impl Printed {
    fn of(text: &str) -> Self {
        match (Format::ALL.get(text.len() % 64), text.len() % 64) {
            (Some(format), _) => Self::In(*format),
            (None, 63) => Self::InAll,
            (None, _) => Self::Not,
        }
    }
}

/// Values of variables, each a line; files that they can name are there.
pub fn varied(text: &str) {
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let (path, method, auth) = (quoted(&line()), quoted(&line()), quoted(&line()));
    let custom: String = (0..6)
        .map(|nth| format!("  v{nth}: {}\n", quoted(&line())))
        .collect();
    let included = line();
    let service = format!(
        "service: a\nprovider:\n  name: aws\n  stage: ${{opt:stage, 'dev'}}\n  environment: {{A: {auth}}}\nparams:\n  default: {{p: {path}}}\n\
         custom:\n{custom}functions:\n  a:\n    handler: a.a\n    events:\n      - http: {{path: {path}, method: {method}, authorizer: {auth}}}\n      \
         - httpApi: {{path: {path}, method: '${{self:custom.v0}}'}}\nresources: {auth}\n"
    );
    let mut project = Project::alone("serverless.yml", &service);
    for (name, text) in [
        (
            "a.yml",
            format!("a: {}\nb: '${{file(b.json):a}}'\n", quoted(&included)),
        ),
        ("b.json", format!("{{\"a\": {}}}", quoted(&included))),
        ("c.js", "module.exports = {}".to_owned()),
        ("d.txt", included),
    ] {
        project.texts.insert(name.to_owned(), text);
    }
    held_in_one(text, &project, runs::rules(), &Terms::default());
}

fn quoted(text: &str) -> String {
    looks::json(&generated::tree::Tree::text(text))
}

/// A text as a page of a team's own rule: read, printed, tested, and used.
pub fn ruled(text: &str) {
    let sources = Sources::default();
    let pages = [(".gatelint/rules/own.md".to_owned(), text.into())];
    let (rules, said) = RuleSet::load(&sources, &pages);
    problems(text, &said);
    let Some(rule) = rules.get("own") else {
        assert!(!said.is_empty(), "a page that is no rule has a problem");
        return;
    };
    assert_eq!(said, []);
    runs::harmless("a page", &rule_page(rule, Look::default()));
    runs::harmless("the rules", &rules_table(&rules, Look::default()));
    rules_json(&rules);
    gatelint::pipeline::test_page(rule, &rules);
    let project = Project::alone("serverless.yml", SERVICE);
    held_in_one(text, &project, &rules, &Terms::default());
}

/// A text as comments and metadata in a service that has something to suppress.
pub fn suppressed(text: &str) {
    let mut lines = text.split('\n');
    let mut written = String::new();
    for line in SERVICE.lines() {
        written += line;
        if line.contains(':')
            && let Some(comment) = lines.next().filter(|comment| !comment.is_empty())
        {
            written += " # gatelint: ";
            written += comment;
        }
        written.push('\n');
    }
    let rest: Vec<&str> = lines.collect();
    written += "resources:\n  Resources:\n    Users:\n      Type: AWS::Cognito::UserPool\n      Metadata:\n        gatelint:\n";
    for line in rest {
        written += &format!("          {line}\n");
    }
    let terms = Terms {
        today: Some("2026-06-01".parse().expect("a day")),
        require_reasons: text.len() % 2 == 1,
        ..Terms::default()
    };
    let project = Project::alone("serverless.yml", &written);
    held_in_one(text, &project, runs::rules(), &terms);
}

/// A text as the configuration of a project.
pub fn configured(text: &str) {
    let sources = Arc::new(Sources::default());
    let source = sources.add("gatelint.toml", text);
    let mut rules = RuleSet::built_in();
    let config = match Config::read(source, &sources, &mut rules) {
        Ok(config) => config,
        Err(said) => {
            assert!(!said.is_empty());
            return problems(text, &said);
        }
    };
    let terms = Terms {
        today: Some("2026-06-01".parse().expect("a day")),
        require_reasons: config.file.require_reasons == Some(true),
        waivers: config.waivers,
        overrides: config.overrides,
        ..Terms::default()
    };
    let stages = config.file.stages.iter().take(4);
    let options = Options {
        stages: stages.map(|one| one.as_str().into()).collect(),
        sensitive_paths: config.sensitive_paths,
        ..Options::default()
    };
    let reader = MapReader::default();
    let entry = sources.add("serverless.yml", SERVICE);
    let env = Env {
        sources: &sources,
        reader: &reader,
        options: &options,
    };
    let analyses = vec![gatelint::analyse(entry, &env, &Judge::new(&rules))];
    let report = gatelint::conclude(analyses, &rules, &terms, &sources);
    runs::places(&report);
    match Printed::of(text) {
        Printed::In(format) => drop(runs::output(format, &View::new(&report, &rules))),
        Printed::InAll => drop(runs::outputs(&report, &rules)),
        Printed::Not => {}
    }
}

/// A template with fixes to make: the text itself, as each of the formats.
pub fn fixed(text: &str) {
    for name in ["template.yaml", "serverless.yml"] {
        mended::every_fix(&Project::alone(name, text));
    }
}

/// A generated template with fixes to make.
pub fn fixed_as_generated(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let template = templates::template(&mut choices);
    let text = looks::anchored(&template.tree, &mut choices);
    mended::every_fix(&Project::of(template.format, &text));
}

/// How two texts of one tree come about.
#[derive(Clone, Copy, Debug)]
pub enum Twin {
    /// YAML and JSON.
    Json,
    /// Keys in this order and in another.
    Order,
    /// Aliases and what they stand for.
    Anchors,
}

/// Two texts of one generated template, which are judged alike.
pub fn alike(bytes: &[u8], twin: Twin) {
    let mut choices = Choices::new(bytes);
    let template = templates::template(&mut choices);
    let plain = looks::json(&template.tree);
    let other = match twin {
        Twin::Json => looks::yaml(&template.tree, &mut choices),
        Twin::Order => looks::json(&template.tree.shuffled(&mut choices)),
        Twin::Anchors => looks::anchored(&template.tree, &mut choices),
    };
    let project = |text: &str| Project::of(template.format, text);
    let told = match twin {
        Twin::Json => runs::findings,
        Twin::Order => runs::shared_findings,
        Twin::Anchors => runs::findings_at_shared_places,
    };
    runs::alike(&template.tree, (&project(&other), &project(&plain)), told);
}

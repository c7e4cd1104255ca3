//! One file becomes the stacks that it deploys.

use crate::document::{self, Dialect, Document, Problem, ProblemKind};
use crate::frontend::cloudformation::{self, Template};
use crate::frontend::{Env, Format, Lowered};
use crate::resolve::{Given, Resolved, Text};
use crate::source::{SourceId, Span, Str};
use crate::stack::Stack;
use crate::trail::{How, Step};

/// What came out of one file.
#[derive(Debug)]
pub struct Loaded {
    /// The file.
    pub source: SourceId,
    /// Its format; `None` when it is none of ours.
    pub format: Option<Format>,
    /// What it deploys: one stack for each stage that was asked for.
    pub stacks: Vec<LoadedStack>,
    /// What was wrong, each thing once.
    pub problems: Vec<Problem>,
}

/// A stack, and the stage that it is for.
#[derive(Debug)]
pub struct LoadedStack {
    /// The stage, where the format has stages.
    pub stage: Option<Str>,
    /// The stack.
    pub stack: Stack,
}

/// Reads a file, whatever of our formats it is in.
pub fn load(source: SourceId, env: &Env<'_>) -> Loaded {
    let (format, document) = parse(source, env);
    let mut loaded = Loaded {
        source,
        format,
        stacks: Vec::new(),
        problems: document.problems.clone(),
    };
    let Some(format) = format else {
        return loaded;
    };
    for lowered in lower(format, &document, source, env) {
        let given = given(env, source);
        let template = Template {
            root: &lowered.template,
            source,
            given,
            notes: &lowered.notes,
        };
        let (stack, problems) = cloudformation::read(template);
        for problem in lowered.problems.into_iter().chain(problems) {
            // Stages share most of their problems.
            if !loaded.problems.contains(&problem) {
                loaded.problems.push(problem);
            }
        }
        loaded.stacks.push(LoadedStack {
            stage: lowered.stage,
            stack,
        });
    }
    loaded
}

/// Parses by the dialect that the file's looks suggest, and again when its content says otherwise.
fn parse(source: SourceId, env: &Env<'_>) -> (Option<Format>, Document) {
    let text = env
        .sources
        .get(source)
        .map(|file| file.text.clone())
        .unwrap_or_default();
    let guess = match text.contains("\nprovider:") || text.starts_with("provider:") {
        true => Dialect::Core,
        false => Dialect::CloudFormation,
    };
    let document = document::parse(env.sources, source, guess);
    let format = format(&document);
    let right = match format {
        Some(Format::Serverless) => Dialect::Core,
        Some(Format::Sam | Format::CloudFormation) => Dialect::CloudFormation,
        None => guess,
    };
    match right == guess {
        true => (format, document),
        false => (format, document::parse(env.sources, source, right)),
    }
}

fn format(document: &Document) -> Option<Format> {
    let root = &document.root;
    if cloudformation::is_template(root) {
        return Some(Format::CloudFormation);
    }
    None
}

fn lower(format: Format, document: &Document, source: SourceId, env: &Env<'_>) -> Vec<Lowered> {
    let _ = env;
    match format {
        Format::Serverless | Format::Sam | Format::CloudFormation => vec![Lowered {
            template: document.root.clone(),
            stage: None,
            notes: std::collections::BTreeMap::new(),
            problems: missing_resources(document, source).into_iter().collect(),
        }],
    }
}

/// A template that deploys nothing is not silently fine.
fn missing_resources(document: &Document, source: SourceId) -> Option<Problem> {
    let none = document.root.get("Resources").is_none();
    none.then(|| {
        Problem::new(
            ProblemKind::UnreadableInput,
            Span::top(source),
            "the template has no `Resources`",
        )
    })
}

/// `--param` for templates: values of their parameters.
fn given(env: &Env<'_>, source: SourceId) -> Given {
    let value = |(name, value): (&String, &String)| {
        let step = Step {
            how: How::Parameter(Str::from(name.as_str())),
            at: Some(Span::top(source)),
        };
        (
            Str::from(name.as_str()),
            Resolved::known(Some(Text::literal(value.as_str())), step),
        )
    };
    env.options.params.iter().map(value).collect()
}

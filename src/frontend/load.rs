//! One file becomes the stacks that it deploys.

use std::collections::{BTreeMap, HashSet};

use crate::document::{self, Dialect, Document, Node, Problem, ProblemKind};
use crate::frontend::cloudformation::{self, Template};
use crate::frontend::{Env, Format, Lowered, include, nested, sam, serverless};
use crate::resolve::{Given, Resolved, Text};
use crate::source::{SourceId, Span, Str};
use crate::stack::Stack;
use crate::trail::{How, Step};

/// Nested stacks that may wait to be read.
const MOST_NESTED: usize = 256;

/// What came out of one file.
#[derive(Debug)]
pub struct Loaded {
    /// The file.
    pub source: SourceId,
    /// Its format; `None` when it is none of ours.
    pub format: Option<Format>,
    /// What it deploys: one stack for each stage that was asked for, and its nested stacks.
    pub stacks: Vec<LoadedStack>,
    /// What was wrong, each thing once.
    pub problems: Vec<Problem>,
    said: HashSet<(Span, String)>,
}

/// A stack, and the stage that it is for.
#[derive(Debug)]
pub struct LoadedStack {
    /// The format of the file it was read from.
    pub format: Format,
    /// The stage, where the format has stages.
    pub stage: Option<Str>,
    /// Other stages that the file names, when nobody said which to judge.
    pub others: Vec<Str>,
    /// The stack.
    pub stack: Stack,
}

/// Reads a file, whatever of our formats it is in, and the templates of its nested stacks.
pub fn load(source: SourceId, env: &Env<'_>) -> Loaded {
    let mut loaded = Loaded {
        source,
        format: None,
        stacks: Vec::new(),
        problems: Vec::new(),
        said: HashSet::new(),
    };
    let mut open = vec![(source, given(env, source), 0)];
    while let Some((next, given, depth)) = open.pop() {
        let from = loaded.stacks.len();
        let format = one(next, &given, env, &mut loaded);
        if next == source {
            loaded.format = format;
        }
        let mut nested = Vec::new();
        for stack in loaded
            .stacks
            .iter()
            .skip(from)
            .filter(|_| depth < nested::DEEPEST)
        {
            nested.push(nested::of(&stack.stack, env));
        }
        for (found, problems) in nested {
            loaded.add(problems);
            for nested in found {
                let known = loaded
                    .stacks
                    .iter()
                    .any(|stack| stack.stack.source == nested.source);
                if known {
                    loaded.add(vec![nested.again()]);
                } else if open.len() < MOST_NESTED {
                    open.push((nested.source, nested.given, depth + 1));
                }
            }
        }
    }
    loaded
}

/// Reads one template or service into its stacks.
fn one(source: SourceId, given: &Given, env: &Env<'_>, loaded: &mut Loaded) -> Option<Format> {
    let (format, document) = parse(source, env);
    loaded.add(document.problems.clone());
    let known = format?;
    for lowered in lower(known, &document, (source, given), env) {
        let template = Template {
            root: &lowered.template,
            source,
            given: given.clone(),
            notes: &lowered.notes,
        };
        let (mut stack, problems) = cloudformation::read(template);
        stack.settings = lowered.settings;
        loaded.add(lowered.problems);
        loaded.add(problems);
        loaded.stacks.push(LoadedStack {
            others: others(&document, lowered.stage.as_ref(), (known, env)),
            format: known,
            stage: lowered.stage,
            stack,
        });
    }
    format
}

impl Loaded {
    /// Stages, and stacks that share a template, share most of their problems: each is said once.
    fn add(&mut self, problems: Vec<Problem>) {
        for problem in problems {
            if self.said.insert((problem.span, problem.message.clone())) {
                self.problems.push(problem);
            }
        }
    }
}

/// Parses by the dialect that the file's looks suggest, and again when its content says otherwise.
fn parse(source: SourceId, env: &Env<'_>) -> (Option<Format>, Document) {
    let text = env
        .sources
        .get(source)
        .map(|file| file.text.clone())
        .unwrap_or_default();
    let guess = if text.contains("\nprovider:") || text.starts_with("provider:") {
        Dialect::Core
    } else {
        Dialect::CloudFormation
    };
    let document = document::parse(env.sources, source, guess);
    let format = format(&document);
    let right = match format {
        Some(Format::Serverless) => Dialect::Core,
        Some(Format::Sam | Format::CloudFormation) => Dialect::CloudFormation,
        None => guess,
    };
    if right == guess {
        (format, document)
    } else {
        (format, document::parse(env.sources, source, right))
    }
}

fn format(document: &Document) -> Option<Format> {
    let root = &document.root;
    if serverless::is_service(root) {
        return Some(Format::Serverless);
    }
    if sam::is_sam(root) {
        return Some(Format::Sam);
    }
    cloudformation::is_template(root).then_some(Format::CloudFormation)
}

fn lower(
    format: Format,
    document: &Document,
    (source, given): (SourceId, &Given),
    env: &Env<'_>,
) -> Vec<Lowered> {
    let root = &document.root;
    match format {
        Format::Serverless => stages(root, env)
            .iter()
            .map(|stage| serverless::lower(root, source, env, stage.as_ref()))
            .collect(),
        Format::Sam => {
            let mut lowered = sam::lower_given(root, source, env, given);
            lowered.problems.extend(missing_resources(document, source));
            vec![lowered]
        }
        Format::CloudFormation => {
            let mut problems: Vec<Problem> =
                missing_resources(document, source).into_iter().collect();
            let included = include::expand(root, source, env, &mut problems);
            let template = include::bodies(&included, source, env, &mut problems);
            vec![Lowered {
                settings: Vec::new(),
                template,
                stage: None,
                notes: BTreeMap::new(),
                problems,
            }]
        }
    }
}

/// The stages that a service is judged for; `None` is its own default.
fn stages(root: &Node, env: &Env<'_>) -> Vec<Option<Str>> {
    let mut stages: Vec<Str> = env.options.stages.clone();
    if env.options.all_stages {
        stages.extend(serverless::stages(root));
        stages.sort();
        stages.dedup();
    }
    if stages.is_empty() {
        return vec![None];
    }
    stages.into_iter().map(Some).collect()
}

/// Stages that a service names besides the one that it is judged for by default.
fn others(
    document: &Document,
    judged: Option<&Str>,
    (format, env): (Format, &Env<'_>),
) -> Vec<Str> {
    let is_chosen = env.options.all_stages || !env.options.stages.is_empty();
    if format != Format::Serverless || is_chosen {
        return Vec::new();
    }
    let mut stages = serverless::stages(&document.root);
    stages.retain(|stage| Some(stage) != judged);
    stages
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

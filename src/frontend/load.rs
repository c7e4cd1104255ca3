//! One file becomes the stacks that it deploys.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::document::{self, Dialect, Document, Node, Problem, ProblemKind};
use crate::frontend::cloudformation::{self, Template};
use crate::frontend::serverless::compose::{self, Compose, Member};
use crate::frontend::{Env, Format, Lowered, code, include, nested, sam, serverless};
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
    /// Its tree.
    pub document: Arc<Document>,
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
    /// Templates of its nested stacks that are here, by the logical id of the nested stack.
    pub nested: Vec<(Str, SourceId)>,
    /// The stack.
    pub stack: Stack,
}

/// A file that is to be read.
struct Wanted<'a> {
    source: SourceId,
    /// What is in it, when it was looked at already.
    parsed: Option<Parsed>,
    /// Values of its parameters.
    given: Given,
    /// The composition that it is a service of.
    member: Option<(&'a Compose<'a>, &'a Member)>,
}

type Parsed = (Option<Format>, Arc<Document>);

/// Reads a file, whatever of our formats it is in, and the templates of its nested stacks; of a composition, its services.
pub fn load(source: SourceId, env: &Env<'_>) -> Loaded {
    let (format, document) = parse(source, env);
    let mut loaded = Loaded {
        source,
        format,
        stacks: Vec::new(),
        problems: Vec::new(),
        document: Arc::clone(&document),
        said: HashSet::new(),
    };
    let path = env.sources.get(source).map(|file| file.path.clone());
    let path = path.unwrap_or_default();
    let given = given(env, source);
    if format.is_some() || !compose::is_compose(&document.root, &path) {
        let parsed = Some((format, document));
        let member = None;
        loaded.read(
            Wanted {
                source,
                parsed,
                given,
                member,
            },
            env,
        );
        return loaded;
    }
    let (compose, problems) = Compose::read(&document.root, source, env);
    // Other files list services with paths as well.
    if compose.members().is_empty() && !compose::is_named(&path) {
        return loaded;
    }
    loaded.format = Some(Format::Serverless);
    loaded.add(document.problems.clone());
    loaded.add(problems);
    for member in compose.members() {
        let wanted = Wanted {
            source: member.source,
            parsed: None,
            given: given.clone(),
            member: Some((&compose, member)),
        };
        loaded.read(wanted, env);
    }
    loaded
}

impl Loaded {
    /// Reads a file and the templates of its nested stacks.
    fn read(&mut self, first: Wanted<'_>, env: &Env<'_>) {
        let mut open = vec![(first, 0)];
        while let Some((next, depth)) = open.pop() {
            let from = self.stacks.len();
            self.one(next, env);
            let new = self.stacks.iter_mut().skip(from);
            let mut nested = Vec::new();
            for stack in new.filter(|_| depth < nested::DEEPEST) {
                let found = nested::of(&stack.stack, env);
                let inner = found.0.iter();
                stack.nested = inner.map(|one| (one.id.clone(), one.source)).collect();
                nested.push(found);
            }
            for (found, problems) in nested {
                self.add(problems);
                for nested in found {
                    let known = self
                        .stacks
                        .iter()
                        .any(|stack| stack.stack.source == nested.source);
                    if known {
                        self.add(vec![nested.again()]);
                    } else if open.len() < MOST_NESTED {
                        let wanted = Wanted {
                            source: nested.source,
                            parsed: None,
                            given: nested.given,
                            member: None,
                        };
                        open.push((wanted, depth + 1));
                    }
                }
            }
        }
    }

    /// Reads one template or service into its stacks.
    fn one(&mut self, wanted: Wanted<'_>, env: &Env<'_>) {
        let source = wanted.source;
        let (format, document) = wanted.parsed.unwrap_or_else(|| parse(source, env));
        self.add(document.problems.clone());
        let Some(format) = format else {
            self.add(
                wanted
                    .member
                    .map(|(_, member)| stranger(member, env))
                    .into_iter()
                    .collect(),
            );
            return;
        };
        let for_it = (source, &wanted.given, wanted.member);
        for lowered in lower(format, &document, for_it, env) {
            let template = Template {
                root: &lowered.template,
                source,
                given: wanted.given.clone(),
                notes: &lowered.notes,
            };
            let (mut stack, problems) = cloudformation::read(template);
            stack.settings = lowered.settings;
            stack.code = code::read(&stack, (format, &document.root), env);
            stack.name = lowered.name;
            self.add(lowered.problems);
            self.add(problems);
            self.stacks.push(LoadedStack {
                others: others(&document, lowered.stage.as_ref(), (format, env)),
                format,
                stage: lowered.stage,
                nested: Vec::new(),
                stack,
            });
        }
    }

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
fn parse(source: SourceId, env: &Env<'_>) -> Parsed {
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
    let document = if right == guess {
        document
    } else {
        document::parse(env.sources, source, right)
    };
    (format, Arc::new(document))
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
    (source, given, member): (SourceId, &Given, Option<(&Compose<'_>, &Member)>),
    env: &Env<'_>,
) -> Vec<Lowered> {
    let root = &document.root;
    match format {
        Format::Serverless => stages(root, env)
            .iter()
            .map(|stage| match member {
                None => serverless::lower(root, source, env, stage.as_ref()),
                Some(member) => service(root, member, stage.as_ref(), env),
            })
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
                name: None,
                stage: None,
                notes: BTreeMap::new(),
                problems,
            }]
        }
    }
}

/// A service as its composition deploys it: the stage is always said, and `dev` when nobody says another.
fn service(
    root: &Node,
    (compose, member): (&Compose<'_>, &Member),
    stage: Option<&Str>,
    env: &Env<'_>,
) -> Lowered {
    let default = Str::from("dev");
    let stage = stage.unwrap_or(&default);
    let (passed, problems) = compose.passed(member, env, stage);
    let mut lowered = serverless::lower_passed(root, member.source, env, (Some(stage), passed));
    lowered.problems.extend(problems);
    lowered
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

/// A service of a composition whose file is none.
fn stranger(member: &Member, env: &Env<'_>) -> Problem {
    let path = env.sources.get(member.source).map(|file| file.path.clone());
    let path = path.unwrap_or_default();
    let message = format!("`{path}` is not a serverless.yml, SAM or CloudFormation template");
    Problem::new(ProblemKind::UnreadableInput, member.span, message)
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

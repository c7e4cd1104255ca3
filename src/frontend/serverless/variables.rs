//! Variables: `${self:…}`, `${file(…)}`, `${opt:…}` and their kin.
//!
//! Runs no code and asks nobody: what only a remote source, a script or the environment knows stays unknown, with the
//! variable as its reason. Every text is worked out once, however often it is used, and only when somebody needs it; so
//! `self:custom.a` does not need the rest of `custom`, as in the framework. Time and memory are bounded by [`limits`].

mod dotenv;
mod file;
mod source;
mod syntax;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use self::syntax::{Part, Template, Variable};
use super::tree;
use crate::document::{List, Map, Node, Problem, ProblemKind, Value};
use crate::frontend::Env;
use crate::resolve::function;
use crate::source::{Span, Str};
use crate::trail::{How, Step, Trail};

/// Ceilings; each is a problem when it is passed.
mod limits {
    /// Levels of nesting: collections and variables in variables, taken together.
    pub(super) const LEVELS: usize = 200;
    /// Bytes of one text that variables make.
    pub(super) const TEXT: usize = 1 << 20;
    /// Bytes of all of them.
    pub(super) const TEXTS: usize = 32 << 20;
    /// Files that are read.
    pub(super) const FILES: usize = 1_000;
    /// Variables that one address may step through.
    pub(super) const STEPS: usize = 64;
}

/// Which framework the service is written for, by `frameworkVersion`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generation {
    /// 1.x and 2.x.
    Old,
    /// 3.x.
    Three,
    /// 4.x.
    Four,
    /// Nothing is said, or several would do.
    Open,
}

/// The variables of one service for one stage.
pub(super) struct Variables<'a> {
    root: Node,
    env: &'a Env<'a>,
    folder: String,
    stage: Option<Str>,
    generation: Generation,
    texts: HashMap<Str, Progress<Answer>>,
    shallow: HashMap<Str, Progress<Answer>>,
    collections: HashMap<usize, Progress<Option<Value>>>,
    files: HashMap<String, file::Content>,
    environment: Option<BTreeMap<Str, Node>>,
    chain: Vec<(Str, Span)>,
    level: usize,
    bytes: usize,
    problems: Vec<Problem>,
}

/// Something being worked out.
#[derive(Clone, Debug)]
enum Progress<T> {
    Begun,
    Done(T),
}

/// What a variable stands for.
#[derive(Clone, Debug)]
struct Answer {
    node: Node,
    /// Whether variables inside of it are still to be resolved.
    is_raw: bool,
    /// Whether it has a place of its own.
    place: Place,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Where it is written.
    There,
    /// Where it is used.
    Here,
    /// Where it is used, as part of a longer text that names its variables itself.
    Within,
}

impl Answer {
    /// What stands elsewhere, as written there.
    fn there(node: Node) -> Self {
        Self {
            node,
            is_raw: true,
            place: Place::There,
        }
    }

    /// A value that stands where it is used.
    fn here(node: Node) -> Self {
        Self {
            node,
            is_raw: false,
            place: Place::Here,
        }
    }

    /// Placed at a use.
    fn used(mut self, at: Span) -> Self {
        if self.place != Place::There {
            self.node.span = at;
        }
        self
    }
}

/// What asking one source gave.
enum Asked {
    /// A value; unknown is one too.
    Found(Answer),
    /// No value, and none can come later: this is why.
    Missing(String),
    /// No value here, but whoever deploys may give one.
    Open,
}

/// A use of a variable.
#[derive(Clone, Copy)]
struct Site<'v> {
    span: Span,
    written: &'v Str,
}

impl Site<'_> {
    /// A value nobody can know before deployment, because of this variable.
    fn unknown(self) -> Answer {
        let reason = format!("`{}`", self.written);
        Answer::here(function::unknown(self.span, reason))
    }
}

impl<'a> Variables<'a> {
    /// The variables of the configuration `root`, which lies in `folder`.
    pub(super) fn new(root: &Node, folder: String, env: &'a Env<'a>, stage: Option<&Str>) -> Self {
        Self {
            root: root.clone(),
            env,
            folder,
            stage: stage.cloned(),
            generation: generation(root),
            texts: HashMap::new(),
            shallow: HashMap::new(),
            collections: HashMap::new(),
            files: HashMap::new(),
            environment: None,
            chain: Vec::new(),
            level: 0,
            bytes: 0,
            problems: Vec::new(),
        }
    }

    /// Which framework the service is written for.
    pub(super) fn generation(&self) -> Generation {
        self.generation
    }

    /// What was wrong so far.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// The value under a top-level key, everything in it resolved. Null and absent are `None`.
    pub(super) fn section(&mut self, key: &str) -> Option<Node> {
        let node = self.root.get(key)?.clone();
        Some(self.resolve(&node)).filter(|node| !node.is_null())
    }

    /// The node with every variable in it resolved. Keys are left alone.
    pub(super) fn resolve(&mut self, node: &Node) -> Node {
        self.changed(node).unwrap_or_else(|| node.clone())
    }

    /// `None` when there is nothing to resolve.
    fn changed(&mut self, node: &Node) -> Option<Node> {
        match &node.value {
            Value::Text(text) if text.contains("${") => Some(self.text(text, node)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => None,
            Value::List(list) => self.collection(Arc::as_ptr(list) as usize, node),
            Value::Map(map) => self.collection(Arc::as_ptr(map) as usize, node),
        }
    }

    /// A collection, each of which is worked out once: it is shared by all who refer to it.
    fn collection(&mut self, key: usize, node: &Node) -> Option<Node> {
        match self.collections.get(&key) {
            Some(Progress::Done(None)) => return None,
            Some(Progress::Done(Some(value))) => {
                let value = value.clone();
                return Some(Node {
                    value,
                    ..node.clone()
                });
            }
            Some(Progress::Begun) => return Some(self.circular(node.span)),
            None => {}
        }
        if self.level >= limits::LEVELS {
            return Some(self.refused(node.span, "variables are nested too deep"));
        }
        self.collections.insert(key, Progress::Begun);
        self.level += 1;
        let value = self.children(node);
        self.level -= 1;
        let value = match value {
            Some(value) if Node::new(node.span, value.clone()).extent().is_excessive() => {
                let refused = self.refused(node.span, "variables make this value too large");
                Some(refused.value)
            }
            value => value,
        };
        self.collections.insert(key, Progress::Done(value.clone()));
        value.map(|value| Node {
            value,
            ..node.clone()
        })
    }

    fn children(&mut self, node: &Node) -> Option<Value> {
        let mut is_changed = false;
        let mut resolved = |variables: &mut Self, child: &Node| {
            let changed = variables.changed(child);
            is_changed |= changed.is_some();
            changed.unwrap_or_else(|| child.clone())
        };
        let value = match &node.value {
            Value::List(list) => {
                let items = list.items.iter().map(|item| resolved(self, item)).collect();
                Value::List(Arc::new(List::new(items)))
            }
            Value::Map(map) => {
                let mut entries = map.entries.clone();
                for entry in &mut entries {
                    entry.value = resolved(self, &entry.value);
                }
                Value::Map(Arc::new(Map::new(entries)))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => return None,
        };
        is_changed.then_some(value)
    }

    /// A text with variables, resolved through and through.
    fn text(&mut self, text: &Str, site: &Node) -> Node {
        let answer = match self.texts.get(text) {
            Some(Progress::Done(answer)) => answer.clone(),
            Some(Progress::Begun) => return self.circular(site.span),
            None => {
                self.texts.insert(text.clone(), Progress::Begun);
                let mut answer = self.shallow(text, site.span);
                if answer.is_raw {
                    self.chain.push((text.clone(), site.span));
                    answer.node = self.resolve(&answer.node);
                    self.chain.pop();
                    answer.is_raw = false;
                }
                self.texts
                    .insert(text.clone(), Progress::Done(answer.clone()));
                answer
            }
        };
        placed(answer, text, site)
    }

    /// What a text stands for, with variables inside of that left for later.
    fn shallow(&mut self, text: &Str, span: Span) -> Answer {
        match self.shallow.get(text) {
            Some(Progress::Done(answer)) => return answer.clone().used(span),
            Some(Progress::Begun) => return Answer::here(self.circular(span)),
            None => {}
        }
        if self.level >= limits::LEVELS {
            return Answer::here(self.refused(span, "variables are nested too deep"));
        }
        self.shallow.insert(text.clone(), Progress::Begun);
        self.chain.push((text.clone(), span));
        self.level += 1;
        let answer = self.evaluated(text, span);
        self.level -= 1;
        self.chain.pop();
        self.shallow
            .insert(text.clone(), Progress::Done(answer.clone()));
        answer
    }

    fn evaluated(&mut self, text: &Str, span: Span) -> Answer {
        let template = match syntax::parse(text) {
            Ok(Some(template)) => template,
            Ok(None) => return Answer::here(Node::text(span, text.clone())),
            Err(syntax::SyntaxError(what)) => {
                let message = format!("`{}` cannot be read: {what}", shown(text));
                self.problem(span, message);
                let site = Site {
                    span,
                    written: text,
                };
                return site.unknown();
            }
        };
        if let [Part::Variable(variable)] = template.0.as_slice() {
            return self.variable(variable, span);
        }
        Answer {
            node: self.composed(&template, span),
            is_raw: false,
            place: Place::Within,
        }
    }

    /// Text around and between variables. Parts that are unknown stay parts.
    fn composed(&mut self, template: &Template, span: Span) -> Node {
        let mut parts: Vec<Node> = Vec::new();
        let mut literal = String::new();
        let mut via: Option<Trail> = None;
        for part in &template.0 {
            let variable = match part {
                Part::Text(text) => {
                    literal.push_str(text);
                    continue;
                }
                Part::Variable(variable) => variable,
            };
            let value = self.value(variable, span);
            if let Some(text) = printed(&value) {
                let step = Step {
                    how: How::Variable(variable.written.clone()),
                    at: (value.span != span).then_some(value.span),
                };
                via = Some(Trail::then(via, step));
                literal.push_str(&text);
                if let Some(refused) = self.too_large(literal.len(), span) {
                    return refused;
                }
                continue;
            }
            let open = self.part(variable, value, span);
            if !literal.is_empty() {
                parts.push(Node::text(span, std::mem::take(&mut literal)));
            }
            parts.extend(open);
        }
        self.bytes += literal.len();
        if !literal.is_empty() || parts.is_empty() {
            parts.push(Node::text(span, literal));
        }
        let mut node = joined(span, parts);
        node.via = via;
        node
    }

    /// A part that is no scalar: unknown, the parts of another such text, or a mistake.
    fn part(&mut self, variable: &Variable, value: Node, span: Span) -> Vec<Node> {
        if let Some(parts) = tree::joined(&value) {
            return parts.to_vec();
        }
        if tree::unknown(&value).is_some() {
            return vec![value];
        }
        let written = &variable.written;
        let what = match &value.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => "null",
        };
        self.problem(
            span,
            format!("`{written}` is {what} and cannot stand in a text"),
        );
        let site = Site { span, written };
        vec![site.unknown().node]
    }

    /// A variable resolved through and through.
    fn value(&mut self, variable: &Variable, span: Span) -> Node {
        let answer = self.variable(variable, span);
        if answer.is_raw {
            self.resolve(&answer.node)
        } else {
            answer.node
        }
    }

    /// The first of its sources that has a value.
    fn variable(&mut self, variable: &Variable, span: Span) -> Answer {
        let site = Site {
            span,
            written: &variable.written,
        };
        let mut missing = None;
        let mut is_open = false;
        for source in &variable.sources {
            match self.ask(source, site) {
                Asked::Found(answer) => return answer,
                Asked::Missing(why) => missing = Some(why),
                Asked::Open => is_open = true,
            }
        }
        if let Some(why) = missing.filter(|_| !is_open) {
            self.problem(span, format!("`{}` has no value: {why}", variable.written));
        }
        site.unknown()
    }

    /// A template as text; what is unknown in it makes the whole unknown.
    fn filled(&mut self, template: &Template, site: Site<'_>) -> Result<Str, Answer> {
        if let [Part::Text(text)] = template.0.as_slice() {
            return Ok(text.clone());
        }
        let node = self.composed(template, site.span);
        match node.scalar() {
            Some(text) => Ok(text),
            None => Err(site.unknown()),
        }
    }

    fn too_large(&mut self, bytes: usize, span: Span) -> Option<Node> {
        let is_too_large = bytes > limits::TEXT || self.bytes + bytes > limits::TEXTS;
        is_too_large.then(|| self.refused(span, "variables make this text too large"))
    }

    /// Unknown because a ceiling was passed.
    fn refused(&mut self, span: Span, why: &'static str) -> Node {
        let problem = Problem::new(ProblemKind::UnreadableInput, span, why);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        function::unknown(span, why)
    }

    fn circular(&mut self, span: Span) -> Node {
        let shown = self.chain.last().map(|(text, _)| shown(text));
        let message = match &shown {
            Some(text) => format!("`{text}` refers back to itself"),
            None => "a variable refers back to itself".to_owned(),
        };
        let mut problem = Problem::new(ProblemKind::UnresolvedReference, span, message.clone());
        for (text, at) in self.chain.iter().rev().take(8) {
            if *at != span && problem.related.iter().all(|(known, _)| known != at) {
                problem = problem.with(*at, format!("through `{}`", self::shown(text)));
            }
        }
        self.problems.push(problem);
        function::unknown(span, message)
    }

    fn problem(&mut self, span: Span, message: String) {
        self.problems.push(Problem::new(
            ProblemKind::UnresolvedReference,
            span,
            message,
        ));
    }
}

/// The answer to `text`, put where it is used.
fn placed(answer: Answer, text: &Str, site: &Node) -> Node {
    let place = answer.place;
    let node = answer.used(site.span).node;
    let node = match place {
        Place::Within => node,
        Place::There | Place::Here => node.via(Step::new(How::Variable(text.clone()), site.span)),
    };
    node.along(site.via.as_ref())
}

/// A text of these parts.
fn joined(span: Span, mut parts: Vec<Node>) -> Node {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    let join = vec![Node::text(span, Str::new()), Node::list(span, parts)];
    let key = arcstr::literal_substr!("Fn::Join");
    Node::object(span, [(key, Node::list(span, join))])
}

/// A scalar as JavaScript prints it in a text.
fn printed(node: &Node) -> Option<Str> {
    match &node.value {
        Value::Number(text) => Some(number(text)),
        Value::Bool(_) | Value::Text(_) => node.scalar(),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// `1.0` and `1e3` are printed `1` and `1000`.
fn number(text: &Str) -> Str {
    if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0') {
        return text.clone();
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value.abs() < 1e21 => Str::from(format!("{value}")),
        _ => text.clone(),
    }
}

/// At most as much of a text as fits into a message.
fn shown(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(80) {
        Some((end, _)) => line.get(..end).unwrap_or_default(),
        None => line,
    }
}

/// Reads `frameworkVersion`.
fn generation(root: &Node) -> Generation {
    let Some(range) = root.get("frameworkVersion").and_then(Node::scalar) else {
        return Generation::Open;
    };
    let mut majors = range
        .split([' ', '|'])
        .filter_map(|part| part.trim_start_matches(['^', '~', '=', 'v']).chars().next())
        .filter(char::is_ascii_alphanumeric);
    match (majors.next(), majors.next()) {
        (Some('1' | '2'), None) => Generation::Old,
        (Some('3'), None) => Generation::Three,
        (Some('4'), None) => Generation::Four,
        _ => Generation::Open,
    }
}

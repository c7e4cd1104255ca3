//! Variables: `${self:…}`, `${file(…)}`, `${opt:…}` and their kin.
//!
//! Runs no code and asks nobody: what only a remote source, a script or the environment knows stays unknown, with the
//! variable as its reason. Every text is worked out once, however often it is used, and only when somebody needs it; so
//! `self:custom.a` does not need the rest of `custom`, as in the framework. Time and memory are bounded by [`limits`].

mod compose;
mod dotenv;
mod file;
mod memo;
mod source;
mod syntax;
mod trouble;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

pub(super) use self::compose::joined;
use self::memo::{Key, Progress};
use self::syntax::{Part, Variable};
use self::trouble::shown;
use crate::document::{List, Map, Node, Problem, Value};
use crate::frontend::Env;
use crate::frontend::serverless::compose::Passed;
use crate::resolve::function;
use crate::source::{Span, Str};
use crate::trail::{How, Step};

/// Ceilings; each is a problem when it is passed.
mod limits {
    /// Levels of nesting: collections and variables in variables, taken together.
    pub(super) const LEVELS: usize = 200;
    /// Bytes of one text that variables make.
    pub(super) const TEXT: usize = 1 << 20;
    /// Parts of one text that has unknown ones.
    pub(super) const PARTS: usize = 100;
    /// Bytes of all of them.
    pub(super) const TEXTS: usize = 32 << 20;
    /// Problems that are listed.
    pub(super) const PROBLEMS: usize = 500;
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
    /// Parameters that a composition deploys the service with, resolved there.
    passed: Passed,
    generation: Generation,
    texts: HashMap<Key, Progress<Answer>>,
    shallow: HashMap<Key, Progress<Answer>>,
    plain: HashSet<Key>,
    collections: HashMap<usize, Progress<Option<Value>>>,
    /// Keeps alive what the keys of `collections` are the addresses of.
    seen: Vec<Node>,
    files: HashMap<String, file::Content>,
    environment: Option<BTreeMap<Str, Node>>,
    chain: Vec<(Str, Span)>,
    level: usize,
    bytes: usize,
    problems: Vec<Problem>,
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
            passed: Passed::new(),
            generation: generation(root),
            texts: HashMap::new(),
            shallow: HashMap::new(),
            plain: HashSet::new(),
            collections: HashMap::new(),
            seen: Vec::new(),
            files: HashMap::new(),
            environment: None,
            chain: Vec::new(),
            level: 0,
            bytes: 0,
            problems: Vec::new(),
        }
    }

    /// Takes the parameters that a composition deploys the service with.
    pub(super) fn pass(&mut self, passed: Passed) {
        self.passed = passed;
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
            Value::Text(text) if self.is_template(text) => Some(self.text(text, node)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => None,
            Value::List(list) => self.collection(Arc::as_ptr(list) as usize, node),
            Value::Map(map) => self.collection(Arc::as_ptr(map) as usize, node),
        }
    }

    /// Whether there may be a variable in it.
    fn is_template(&mut self, text: &Str) -> bool {
        let key = Key::of(text);
        let is_long = matches!(key, Key::Long(_));
        if is_long && self.plain.contains(&key) {
            return false;
        }
        let found = text.contains("${");
        if is_long && !found {
            self.plain.insert(key);
        }
        found
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
        self.seen.push(node.clone());
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
        let key = Key::of(text);
        let answer = match self.texts.get(&key) {
            Some(Progress::Done(answer)) => answer.clone(),
            Some(Progress::Begun) => return self.circular(site.span),
            None => {
                self.texts.insert(key.clone(), Progress::Begun);
                let mut answer = self.shallow(text, site.span);
                if answer.is_raw {
                    self.chain.push((text.clone(), site.span));
                    answer.node = self.resolve(&answer.node);
                    self.chain.pop();
                    answer.is_raw = false;
                }
                self.texts.insert(key, Progress::Done(answer.clone()));
                answer
            }
        };
        placed(answer, text, site)
    }

    /// What a text stands for, with variables inside of that left for later.
    fn shallow(&mut self, text: &Str, span: Span) -> Answer {
        let key = Key::of(text);
        match self.shallow.get(&key) {
            Some(Progress::Done(answer)) => return answer.clone().used(span),
            Some(Progress::Begun) => return Answer::here(self.circular(span)),
            None => {}
        }
        if self.level >= limits::LEVELS {
            return Answer::here(self.refused(span, "variables are nested too deep"));
        }
        self.shallow.insert(key.clone(), Progress::Begun);
        self.chain.push((text.clone(), span));
        self.level += 1;
        let answer = self.evaluated(text, span);
        self.level -= 1;
        self.chain.pop();
        self.shallow.insert(key, Progress::Done(answer.clone()));
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

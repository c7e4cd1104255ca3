//! From a tree to a policy.

use std::collections::VecDeque;

use super::super::condition::Condition;
use super::super::principal::{Principal, PrincipalKind, Principals};
use super::{Effect, Element, Pattern, Policy, Read, Statement};
use crate::document::{Entry, Map, Node, Value};
use crate::resolve::{Case, Part, Property, Resolved, Text, World};
use crate::source::{Span, Str};
use crate::trail::{How, Trail};

/// Characters of patterns that are read of one policy: some times more than AWS accepts in any kind of policy.
const LARGEST: usize = 1 << 16;

/// Worlds that one policy is read in at most.
const WORLDS: usize = 1 << World::MOST;

/// Reads the policy in every world that it tells apart.
pub(super) fn policy(node: &Node, reader: &impl Read) -> Resolved<Policy> {
    let mut open = VecDeque::from([(World::default(), node.trail())]);
    let mut read = Vec::new();
    while let Some((world, trail)) = open.pop_front() {
        let mut page = Page::new(reader, &world);
        let policy = page.policy(node);
        let split: Vec<_> = page.split.unwrap_or_default();
        let crowded = split.iter().any(|(world, _)| world.is_crowded());
        if split.is_empty() || crowded || open.len() + read.len() + split.len() > WORLDS {
            let value = Some(policy);
            read.push(Case {
                value,
                world,
                trail,
            });
        } else {
            open.extend(split);
        }
    }
    Resolved::cases_of(read).unwrap_or_else(|| Resolved::unknown(node.trail()))
}

/// One reading of a policy, in one world.
struct Page<'a, R> {
    reader: &'a R,
    world: &'a World,
    /// The first value met that differs within this world.
    split: Option<Vec<(World, Trail)>>,
    left: usize,
    variables: bool,
}

/// What stands in a place.
enum Seen<T> {
    /// This.
    Known(T),
    /// Certainly nothing.
    Absent,
    /// Something that cannot be seen, for this reason.
    Unknown(Str),
}

impl<'a, R: Read> Page<'a, R> {
    fn new(reader: &'a R, world: &'a World) -> Self {
        Self {
            reader,
            world,
            split: None,
            left: LARGEST,
            variables: true,
        }
    }

    fn see<T>(&mut self, value: Property<T>) -> Seen<T> {
        let mut cases: Vec<_> = value
            .into_cases()
            .filter_map(|case| Some((self.world.and(&case.world)?, case)))
            .collect();
        if cases.len() > 1 {
            if self.split.is_none() {
                let worlds = cases.into_iter().map(|(world, case)| (world, case.trail));
                self.split = Some(worlds.collect());
            }
            return Seen::Unknown("too many conditions".into());
        }
        match cases.pop().map(|(_, case)| (case.value, case.trail)) {
            Some((Some(Some(value)), _)) => Seen::Known(value),
            Some((Some(None), _)) => Seen::Absent,
            Some((None, trail)) => Seen::Unknown(reason(&trail)),
            None => Seen::Unknown("conditions that contradict each other".into()),
        }
    }

    /// The node that stands here; a null counts as nothing.
    fn node(&mut self, node: &Node) -> Seen<Node> {
        match self.see(self.reader.settle(node)) {
            Seen::Known(node) if node.is_null() => Seen::Absent,
            seen @ (Seen::Known(_) | Seen::Absent | Seen::Unknown(_)) => seen,
        }
    }

    fn policy(&mut self, node: &Node) -> Policy {
        let span = node.span;
        let statements = match self.node(node) {
            Seen::Absent => Vec::new(),
            Seen::Unknown(why) => return Policy::unreadable(span, why),
            Seen::Known(document) => match &document.value {
                Value::List(_) => self.statements(&document),
                Value::Map(map) => self.document(map, span),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                    return Policy::unreadable(span, "a policy that is not a mapping");
                }
            },
        };
        Policy { statements, span }
    }

    fn document(&mut self, map: &Map, span: Span) -> Vec<Statement> {
        let version = map
            .get("Version")
            .map(|node| self.see(self.reader.text(node)));
        self.variables = match version {
            Some(Seen::Known(text)) => text.known().is_none_or(|version| version == "2012-10-17"),
            Some(Seen::Unknown(_)) => true,
            Some(Seen::Absent) | None => false,
        };
        let written = map.get("Statement").map(|node| self.node(node));
        match written {
            None | Some(Seen::Absent) => {
                vec![Statement::unreadable(span, "a policy without `Statement`")]
            }
            Some(Seen::Unknown(why)) => vec![Statement::unreadable(span, why)],
            Some(Seen::Known(node)) => self.statements(&node),
        }
    }

    fn statements(&mut self, node: &Node) -> Vec<Statement> {
        match node.as_list() {
            Some(items) => items
                .iter()
                .filter_map(|item| self.statement(item))
                .collect(),
            None => self.statement(node).into_iter().collect(),
        }
    }

    fn statement(&mut self, node: &Node) -> Option<Statement> {
        let statement = match self.node(node) {
            Seen::Absent => return None,
            Seen::Unknown(why) => return Some(Statement::unreadable(node.span, why)),
            Seen::Known(statement) => statement,
        };
        let Some(map) = statement.as_map() else {
            let why = "a statement that is not a mapping";
            return Some(Statement::unreadable(node.span, why));
        };
        Some(Statement {
            sid: map.get("Sid").and_then(Node::scalar),
            effect: self.effect(map),
            actions: self.element(map, ("Action", "NotAction"), statement.span),
            resources: self.element(map, ("Resource", "NotResource"), statement.span),
            principals: self.principals(map, statement.span),
            conditions: self.conditions(map),
            variables: self.variables,
            span: statement.span,
        })
    }

    fn effect(&mut self, map: &Map) -> Effect {
        let Some(node) = map.get("Effect") else {
            return Effect::Unknown;
        };
        match self.see(self.reader.text(node)) {
            Seen::Known(text) => match text.known().as_deref() {
                Some("Allow") => Effect::Allow,
                Some("Deny") => Effect::Deny,
                Some(_) | None => Effect::Unknown,
            },
            Seen::Absent | Seen::Unknown(_) => Effect::Unknown,
        }
    }

    /// The one of the two keys that is there; AWS accepts neither none nor both.
    fn element(&mut self, map: &Map, keys: (&str, &str), span: Span) -> Element {
        let mut listed = |key| map.get(key).and_then(|node| self.patterns(node));
        match (listed(keys.0), listed(keys.1)) {
            (Some(patterns), None) => Element::Only(patterns),
            (None, Some(patterns)) => Element::AllBut(patterns),
            (None, None) => {
                let why = format!("a statement without `{}`", keys.0);
                Element::Only(vec![Pattern::unknown(span, why)])
            }
            (Some(_), Some(_)) => {
                let why = format!("a statement with both `{}` and `{}`", keys.0, keys.1);
                Element::Only(vec![Pattern::unknown(span, why)])
            }
        }
    }

    /// Text or a list of text; `None` when nothing is there.
    fn patterns(&mut self, node: &Node) -> Option<Vec<Pattern>> {
        let settled = match self.node(node) {
            Seen::Absent => return None,
            Seen::Known(settled) => settled,
            Seen::Unknown(why) => return Some(vec![Pattern::unknown(node.span, why)]),
        };
        let listed = match settled.as_list() {
            Some(items) => Seen::Known(items.to_vec()),
            None => self.see(self.reader.items(&settled)),
        };
        match listed {
            Seen::Absent => None,
            Seen::Unknown(why) => Some(vec![Pattern::unknown(node.span, why)]),
            Seen::Known(items) => {
                let patterns = items.iter().filter_map(|item| self.pattern(item));
                Some(patterns.collect())
            }
        }
    }

    fn pattern(&mut self, node: &Node) -> Option<Pattern> {
        match self.see(self.reader.text(node)) {
            Seen::Absent => None,
            Seen::Unknown(why) => Some(Pattern::unknown(node.span, why)),
            Seen::Known(text) => {
                let Some(left) = self.left.checked_sub(length(&text)) else {
                    let why = "a policy larger than AWS accepts";
                    return Some(Pattern::unknown(node.span, why));
                };
                self.left = left;
                let span = node.span;
                Some(Pattern { text, span })
            }
        }
    }

    fn principals(&mut self, map: &Map, span: Span) -> Principals {
        let mut named = |key| map.get(key).and_then(|node| self.named(node));
        match (named("Principal"), named("NotPrincipal")) {
            (None, None) => Principals::Unstated,
            (Some(principals), None) => Principals::Only(principals),
            (None, Some(principals)) => Principals::AllBut(principals),
            (Some(_), Some(_)) => {
                let why = "a statement with both `Principal` and `NotPrincipal`";
                let unknown = Pattern::unknown(span, why);
                Principals::Only(vec![principal(PrincipalKind::Aws, unknown)])
            }
        }
    }

    fn named(&mut self, node: &Node) -> Option<Vec<Principal>> {
        let settled = match self.node(node) {
            Seen::Absent => return None,
            Seen::Known(node) => node,
            Seen::Unknown(_) => node.clone(),
        };
        let kinds: Option<Vec<_>> = settled
            .entries()
            .iter()
            .map(|entry| Some((kind(&entry.key)?, entry)))
            .collect();
        // An intrinsic function, text, or a list.
        let Some(kinds) = kinds.filter(|kinds| !kinds.is_empty()) else {
            let patterns = self.patterns(&settled)?;
            let plain = |pattern| principal(PrincipalKind::Aws, pattern);
            return Some(patterns.into_iter().map(plain).collect());
        };
        let mut named = Vec::new();
        for (kind, entry) in kinds {
            let patterns = self.patterns(&entry.value).unwrap_or_default();
            named.extend(patterns.into_iter().map(|pattern| principal(kind, pattern)));
        }
        Some(named)
    }

    fn conditions(&mut self, map: &Map) -> Vec<Condition> {
        let Some(node) = map.get("Condition") else {
            return Vec::new();
        };
        let block = match self.node(node) {
            Seen::Absent => return Vec::new(),
            Seen::Unknown(why) => return vec![Condition::unreadable(node.span, why)],
            Seen::Known(block) => block,
        };
        if block.as_map().is_none() {
            let why = "a `Condition` that is not a mapping";
            return vec![Condition::unreadable(node.span, why)];
        }
        let tests = block.entries().iter();
        tests.flat_map(|operator| self.tests(operator)).collect()
    }

    /// The keys under one operator.
    fn tests(&mut self, operator: &Entry) -> Vec<Condition> {
        let keys = match self.node(&operator.value) {
            Seen::Absent => return Vec::new(),
            Seen::Unknown(why) => return vec![Condition::unreadable(operator.value.span, why)],
            Seen::Known(keys) => keys,
        };
        if keys.as_map().is_none() {
            let why = format!("a `{}` that is not a mapping", operator.key);
            return vec![Condition::unreadable(operator.value.span, why)];
        }
        let mut found = Vec::new();
        for key in keys.entries() {
            if let Some(values) = self.patterns(&key.value) {
                found.push(Condition::new((&operator.key, &key.key), values, key.span));
            }
        }
        found
    }
}

fn principal(kind: PrincipalKind, pattern: Pattern) -> Principal {
    Principal {
        kind,
        name: pattern.text,
        span: pattern.span,
    }
}

fn kind(key: &str) -> Option<PrincipalKind> {
    match key {
        "AWS" | "*" => Some(PrincipalKind::Aws),
        "Service" => Some(PrincipalKind::Service),
        "Federated" | "CanonicalUser" => Some(PrincipalKind::Other),
        _ => None,
    }
}

fn length(text: &Text) -> usize {
    let of = |part: &Part| match part {
        Part::Literal(literal) => literal.len(),
        Part::Ref(_) | Part::Attribute(..) | Part::Import(_) | Part::Unknown(_) => 1,
    };
    text.parts().iter().map(of).sum()
}

/// Why a value cannot be known.
fn reason(trail: &Trail) -> Str {
    let deferred = trail.steps().filter_map(|step| match &step.how {
        How::Deferred(by) => Some(by.clone()),
        How::Written
        | How::Inherited(_)
        | How::Overrides(_)
        | How::PlatformDefault { .. }
        | How::Coerced(_)
        | How::Generated(_)
        | How::Condition(..)
        | How::Parameter(_)
        | How::Variable(_)
        | How::File(_)
        | How::Reference(_)
        | How::Absent(_)
        | How::Note(_) => None,
    });
    deferred
        .last()
        .unwrap_or_else(|| "a value that cannot be seen".into())
}

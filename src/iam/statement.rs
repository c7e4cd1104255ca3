//! Policies and their statements, as written.
//!
//! Reading is lenient and never fails: what is malformed or cannot be seen becomes an element that may match anything
//! and certainly matches nothing, with its reason. Decides nothing. Values come through [`Read`], which resolves
//! intrinsic functions; what hangs on conditions makes a policy for each world (see [`Policy::read`]).

mod read;

use super::condition::Condition;
use super::matching::{Reading, Subject};
use super::principal::Principals;
use crate::document::Node;
use crate::resolve::{Part, Property, Resolved, Scope, Text, Truth};
use crate::source::{Span, Str};

/// How values of a policy document are resolved: what `resolve::Scope` does, or a test's stand-in.
pub trait Read {
    /// The text that a scalar or an intrinsic function gives.
    fn text(&self, node: &Node) -> Property<Text>;

    /// The node that stands here once intrinsic functions at its top (`Fn::If`, `Ref` to a list) have been carried out.
    fn settle(&self, node: &Node) -> Property<Node>;

    /// The items that a node gives where AWS takes one or several: those of a list or of a function that makes a list,
    /// else the node itself.
    fn items(&self, node: &Node) -> Property<Vec<Node>>;
}

/// A policy document.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The statements, in order of writing.
    pub statements: Vec<Statement>,
    /// Where it is written.
    pub span: Span,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its `Sid`, when it has one that is known.
    pub sid: Option<Str>,
    /// What it does to the requests that it is about.
    pub effect: Effect,
    /// `Action` or `NotAction`.
    pub actions: Element,
    /// `Resource` or `NotResource`.
    pub resources: Element,
    /// `Principal` or `NotPrincipal`.
    pub principals: Principals,
    /// All of these must hold.
    pub conditions: Vec<Condition>,
    /// Whether `${aws:…}` in it is a policy variable: only since version 2012-10-17 of the language.
    pub variables: bool,
    /// Where it is written.
    pub span: Span,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever others allow.
    Deny,
    /// One or the other: it cannot be seen which.
    Unknown,
}

/// The actions or resources of a statement.
#[derive(Clone, Debug)]
pub enum Element {
    /// These.
    Only(Vec<Pattern>),
    /// Everything but these: `NotAction`, `NotResource`.
    AllBut(Vec<Pattern>),
}

/// An entry of a list of patterns.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The pattern; nothing but an unknown part when it cannot be seen.
    pub text: Text,
    /// Where it is written.
    pub span: Span,
}

impl Policy {
    /// Reads a policy document, or a bare list of statements as frameworks take them. One case for each world that
    /// its conditions tell apart, up to [`crate::resolve::World::MOST`] conditions; what more would hang on is unknown in it.
    pub fn read(node: &Node, reader: &impl Read) -> Resolved<Self> {
        read::policy(node, reader)
    }

    /// A policy of which nothing can be seen.
    pub fn unreadable(span: Span, why: impl Into<Str>) -> Self {
        Self {
            statements: vec![Statement::unreadable(span, why)],
            span,
        }
    }
}

impl Statement {
    /// A statement of which nothing can be seen.
    pub fn unreadable(span: Span, why: impl Into<Str>) -> Self {
        let anything = Pattern::unknown(span, why);
        Self {
            sid: None,
            effect: Effect::Unknown,
            actions: Element::Only(vec![anything.clone()]),
            resources: Element::Only(vec![anything]),
            principals: Principals::Unstated,
            conditions: Vec::new(),
            variables: true,
            span,
        }
    }
}

impl Pattern {
    /// A pattern that cannot be seen, and why.
    pub fn unknown(span: Span, why: impl Into<Str>) -> Self {
        let text = Text::part(Part::Unknown(why.into()));
        Self { text, span }
    }
}

impl Element {
    /// The entries, whichever way they count.
    pub fn patterns(&self) -> &[Pattern] {
        match self {
            Self::Only(patterns) | Self::AllBut(patterns) => patterns,
        }
    }

    /// Whether it takes in what `matches` says of each entry.
    pub fn takes(&self, matches: impl Fn(&Pattern) -> Truth) -> Truth {
        let listed = Truth::any(self.patterns().iter().map(matches));
        match self {
            Self::Only(_) => listed,
            Self::AllBut(_) => listed.negate(),
        }
    }

    /// Whether it takes in an action.
    pub fn takes_action(&self, action: &Subject<'_>) -> Truth {
        self.takes(|pattern| action.matches(&pattern.text, Reading::ACTION))
    }
}

impl Read for Scope {
    fn text(&self, node: &Node) -> Property<Text> {
        Self::text(self, node)
    }

    fn settle(&self, node: &Node) -> Property<Node> {
        Self::settle(self, node)
    }

    fn items(&self, node: &Node) -> Property<Vec<Node>> {
        Self::items(self, node)
    }
}

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

#[cfg(test)]
mod tests {
    use super::super::sample::{allowed_by, cases, policy};
    use super::*;

    #[test]
    fn one_or_many_may_be_written_anywhere() {
        let one =
            policy("{Statement: {Effect: Allow, Action: 'execute-api:Invoke', Resource: '*'}}");
        let many = policy("[{Effect: Allow, Action: ['execute-api:*'], Resource: ['*', x]}]");
        assert_eq!(allowed_by(&one), Truth::Yes);
        assert_eq!(allowed_by(&many), Truth::Yes);
    }

    #[test]
    fn what_cannot_be_read_may_be_anything() {
        for malformed in [
            "[nonsense]",
            "[{Effect: Allow}]",
            "[{Effect: permit, Action: '*', Resource: '*'}]",
            "[{Effect: Allow, Action: '*', NotAction: '*', Resource: '*'}]",
            "[{Effect: Allow, Action: {a: b}, Resource: '*'}]",
            "[{Effect: Allow, Action: '*', Resource: '*', Condition: x}]",
            "[{Effect: Allow, Action: '*', Resource: '*', Condition: {Bool: [x]}}]",
        ] {
            assert_eq!(
                allowed_by(&policy(malformed)),
                Truth::Unknown,
                "{malformed}"
            );
        }
    }

    #[test]
    fn parts_that_are_known_still_decide() {
        let unknown = policy(
            "[{Effect: Allow, Action: !Ref Unknown, Resource: 'arn:aws:lambda:*:*:*'},
              {Effect: !Ref Unknown, Action: 's3:*', Resource: '*'}]",
        );
        assert_eq!(allowed_by(&unknown), Truth::No);
    }

    #[test]
    fn absent_entries_do_not_count() {
        let absent = policy(
            "[!Ref 'AWS::NoValue', {Effect: Allow, Action: '*', Resource: [!Ref 'AWS::NoValue']}]",
        );
        assert_eq!(absent.statements.len(), 1);
        assert_eq!(allowed_by(&absent), Truth::No);
    }

    #[test]
    fn a_condition_makes_a_policy_for_each_world() {
        let both = cases(
            "Parameters: {Stage: {Type: String}}
Conditions: {IsProd: !Equals [!Ref Stage, prod]}
Policy:
  Version: '2012-10-17'
  Statement:
    - Effect: Allow
      Action: execute-api:Invoke
      Resource: !If [IsProd, 'arn:aws:execute-api:*:*:none/*', '*']",
        );
        let allowed: Vec<_> = both
            .cases()
            .map(|case| (case.world.to_string(), case.value.as_ref().map(allowed_by)))
            .collect();
        assert_eq!(
            allowed,
            [
                ("IsProd".to_owned(), Some(Truth::Unknown)),
                ("not IsProd".to_owned(), Some(Truth::Yes)),
            ]
        );
    }

    #[test]
    fn more_conditions_than_are_told_apart_leave_the_rest_unknown() {
        use std::fmt::Write as _;
        let mut template = String::from("Parameters: {P: {Type: String}}\nConditions:\n");
        for nth in 0..9 {
            let _ = writeln!(template, "  C{nth}: !Equals [!Ref P, 'p{nth}']");
        }
        template.push_str("Policy:\n  Statement:\n");
        for nth in 0..9 {
            let _ = writeln!(
                template,
                "    - {{Effect: Allow, Action: !If [C{nth}, 's3:*', 'execute-api:*'], Resource: '*'}}"
            );
        }
        let read = cases(&template);
        assert!(read.cases().count() <= 64);
        let certain = |case: &crate::resolve::Case<Policy>| case.value.as_ref().map(allowed_by);
        assert!(read.cases().any(|case| certain(case) == Some(Truth::Yes)));
    }

    #[test]
    fn variables_need_the_version_that_has_them() {
        let of = |version: &str| {
            let template = format!(
                "Policy: {{{version}Statement: {{Effect: Allow, Action: '*', Resource: 'arn:*:execute-api:*:*:*/dev/${{aws:x}}/*'}}}}"
            );
            cases(&template).settled().map(allowed_by)
        };
        assert_eq!(of("Version: 2012-10-17, "), Some(Truth::Unknown));
        assert_eq!(of("Version: 2008-10-17, "), Some(Truth::No));
        assert_eq!(of(""), Some(Truth::No));
    }
}

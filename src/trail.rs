//! How a value came to be: steps, each with its place.
//!
//! A trail only grows at its far end, and growing shares what was there: thousands of values that came through the
//! same `Globals` hold the same steps once.

use std::{fmt, sync::Arc};

use crate::source::{Span, Str};

/// How one step of a derivation came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// The author wrote the value here.
    Written,
    /// Nothing of this name is written in what stands here.
    Absent(Str),
    /// It was not written at the place of use but taken from a wider scope, in the format's own words: `Globals.Api.Auth`.
    Inherited(Str),
    /// It was set over this other value, which is at the step's place: `DefaultAuthorizer`.
    Overrides(Str),
    /// AWS or the framework applies it when nothing is written. Says what, and the page of the documentation that says so.
    PlatformDefault {
        /// What is applied: "a route without an authorizer asks for none".
        what: &'static str,
        /// Page of the documentation.
        docs: &'static str,
    },
    /// The framework reads what is written as something else: "`private: \"false\"` is read as false".
    Coerced(Str),
    /// The framework made it from what is at this place: "CORS preflight of `/orders`".
    Generated(Str),
    /// This condition picked the arm: name, and the value it has.
    Condition(Str, bool),
    /// The default of this parameter.
    Parameter(Str),
    /// A variable or an alias was replaced by its value: `${self:custom.auth}`, `*auth`.
    Variable(Str),
    /// It was read from this included file.
    File(Str),
    /// It is what this logical id (or `id.Attribute`) refers to.
    Reference(Str),
    /// Only deployment settles it, or we cannot tell; says by what: "`${ssm:/auth/arn}`", "too many conditions".
    Deferred(Str),
    /// Something worth saying at this place: "v4 differs: …".
    Note(Str),
}

/// One step of a derivation and where to see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub how: How,
    /// Where; `None` only where there is no place, as for a platform default.
    pub at: Option<Span>,
}

impl Step {
    /// A step at a place.
    pub fn new(how: How, at: Span) -> Self {
        Self { how, at: Some(at) }
    }

    /// The author wrote it here.
    pub fn written(at: Span) -> Self {
        Self::new(How::Written, at)
    }

    /// Not known before deployment, because of `by`.
    pub fn deferred(by: impl Into<Str>, at: Span) -> Self {
        Self::new(How::Deferred(by.into()), at)
    }

    /// AWS's default, with the page that says so.
    pub fn default(what: &'static str, docs: &'static str) -> Self {
        Self {
            how: How::PlatformDefault { what, docs },
            at: None,
        }
    }
}

impl How {
    /// Whether it is an alias of YAML, which repeats what is written elsewhere in the same file.
    pub fn is_alias(&self) -> bool {
        matches!(self, Self::Variable(name) if name.starts_with('*'))
    }

    /// The word for it in JSON: `written`, `inherited`, …
    pub fn word(&self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Absent(_) => "absent",
            Self::Inherited(_) => "inherited",
            Self::Overrides(_) => "overrides",
            Self::PlatformDefault { .. } => "platform-default",
            Self::Coerced(_) => "coerced",
            Self::Generated(_) => "generated",
            Self::Condition(..) => "condition",
            Self::Parameter(_) => "parameter",
            Self::Variable(_) => "variable",
            Self::File(_) => "file",
            Self::Reference(_) => "reference",
            Self::Deferred(_) => "deferred",
            Self::Note(_) => "note",
        }
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written => write!(f, "written here"),
            Self::Absent(what) => write!(f, "no `{what}` here"),
            Self::Inherited(from) => write!(f, "inherited from `{from}`"),
            Self::Overrides(what) => write!(f, "set over `{what}`"),
            Self::PlatformDefault { what, .. } => write!(f, "{what}"),
            Self::Coerced(what) | Self::Generated(what) | Self::Note(what) => write!(f, "{what}"),
            Self::Condition(name, true) => write!(f, "if `{name}`"),
            Self::Condition(name, false) => write!(f, "if not `{name}`"),
            Self::Parameter(name) => write!(f, "default of parameter `{name}`"),
            Self::Variable(name) => write!(f, "through `{name}`"),
            Self::File(path) => write!(f, "read from `{path}`"),
            Self::Reference(id) => write!(f, "refers to `{id}`"),
            Self::Deferred(by) => write!(f, "known only at deployment: {by}"),
        }
    }
}

/// Steps, nearest to the value first. INVARIANT: there is at least one.
#[derive(Clone, Debug)]
pub struct Trail(Way);

#[derive(Clone, Debug)]
enum Way {
    /// The author wrote it here: what nearly every trail is, so that nothing is allocated for it.
    Written(Span),
    /// It grew.
    Grown(Arc<Link>),
}

#[derive(Debug)]
struct Link {
    last: Step,
    before: Option<Trail>,
}

impl From<Step> for Trail {
    fn from(step: Step) -> Self {
        Self::then(None, step)
    }
}

impl Trail {
    /// `before`, and then one more step.
    pub fn then(before: Option<Self>, last: Step) -> Self {
        match (before, last) {
            (
                None,
                Step {
                    how: How::Written,
                    at: Some(span),
                },
            ) => Self(Way::Written(span)),
            (before, last) => Self(Way::Grown(Arc::new(Link { last, before }))),
        }
    }

    /// This, and then one more step.
    #[must_use]
    pub fn and(self, last: Step) -> Self {
        Self::then(Some(self), last)
    }

    /// This, and then every step of `other` that is not in it yet.
    #[must_use]
    pub fn followed_by(self, other: &Self) -> Self {
        let known: Vec<Step> = self.steps().collect();
        let new = other.steps().filter(|step| !known.contains(step));
        new.fold(self, Self::and)
    }

    /// Every step, nearest to the value first.
    pub fn steps(&self) -> impl Iterator<Item = Step> + use<> {
        let mut steps = Vec::new();
        let mut next = Some(self);
        while let Some(trail) = next {
            next = trail.before();
            steps.push(trail.last());
        }
        steps.into_iter().rev()
    }

    /// The step nearest to the value.
    pub fn first(&self) -> Step {
        let mut trail = self;
        while let Some(before) = trail.before() {
            trail = before;
        }
        trail.last()
    }

    /// The place nearest to the value that there is.
    pub fn place(&self) -> Option<Span> {
        self.steps().find_map(|step| step.at)
    }

    fn last(&self) -> Step {
        match &self.0 {
            Way::Written(span) => Step::written(*span),
            Way::Grown(link) => link.last.clone(),
        }
    }

    fn before(&self) -> Option<&Self> {
        match &self.0 {
            Way::Written(_) => None,
            Way::Grown(link) => link.before.as_ref(),
        }
    }
}

impl Drop for Link {
    /// Takes long trails apart one by one: the derived drop would recurse once a step.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(Trail(Way::Grown(link))) = next {
            next = match Arc::try_unwrap(link) {
                Ok(mut alone) => alone.before.take(),
                Err(_) => None,
            };
        }
    }
}

//! Facts of inputs that were wrong in some way.

use crate::document::{Problem, ProblemKind};
use crate::facts::{Kind, Subject, row, text};
use crate::resolve::World;
use crate::source::{Sources, Str};
use crate::trail::{How, Step, Trail};

/// A problem as a subject, so that it has a page, a severity and suppressions like any other finding.
pub fn subject(problem: &Problem, sources: &Sources) -> Subject {
    let file = sources
        .get(problem.span.source)
        .map(|source| source.path.clone())
        .unwrap_or_default();
    let mut trail = Trail::from(Step::written(problem.span));
    for (span, label) in &problem.related {
        trail = trail.and(Step::new(How::Note(Str::from(label.as_str())), *span));
    }
    let facts = [
        ("kind", text(ProblemKind::rule(problem.kind), trail.clone())),
        ("message", text(problem.message.as_str(), trail)),
    ];
    Subject {
        kind: Kind::Input,
        label: file,
        identity: problem.message.clone(),
        span: problem.span,
        world: World::default(),
        facts: row(Kind::Input, facts),
    }
}

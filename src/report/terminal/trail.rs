//! The derivation of an endpoint's authorization, which most findings about endpoints come from.

use std::collections::HashMap;

use crate::endpoint::{Auth, Endpoint};
use crate::facts::{Kind, name_of};
use crate::finding::{Finding, StackReport, Verdict};
use crate::report::summary::UNKNOWN;
use crate::report::{View, place};
use crate::resolve::Case;
use crate::source::{SourceId, Span, Str};
use crate::trail::{How, Step};

/// The endpoints by where they are declared and how findings name them; one for each stage.
pub struct Known<'a>(HashMap<(Span, String), Vec<(&'a StackReport, &'a Endpoint)>>);

impl<'a> Known<'a> {
    /// Every endpoint of a report.
    pub fn of(view: &View<'a>) -> Self {
        let mut known: HashMap<_, Vec<_>> = HashMap::new();
        for stack in &view.report.stacks {
            for endpoint in &stack.endpoints {
                let key = (endpoint.span, endpoint.label());
                known.entry(key).or_default().push((&**stack, endpoint));
            }
        }
        Self(known)
    }

    /// What a finding about an endpoint comes from.
    pub fn origin(&self, finding: &Finding) -> Option<Origin<'a>> {
        if finding.kind != Kind::Endpoint {
            return None;
        }
        let found = self.0.get(&(finding.about, finding.subject.clone()))?;
        let world = match &finding.verdict {
            Verdict::HoldsWhen(worlds) => worlds.first(),
            Verdict::Holds | Verdict::Undecided => None,
        };
        let stage = world.and_then(|world| world.stage_name());
        let mut stages = found.iter();
        let same = stages.find(|(stack, _)| stage.is_some() && stack.stage.as_ref() == stage);
        let (stack, endpoint) = *same.or(found.first())?;
        let case = endpoint
            .auth
            .cases_in(world.unwrap_or(&endpoint.world))
            .next()?;
        Some(Origin {
            stack,
            endpoint,
            case,
        })
    }
}

/// An endpoint, and the case of its authorization that a finding is about.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    stack: &'a StackReport,
    endpoint: &'a Endpoint,
    case: &'a Case<Auth>,
}

impl<'a> Origin<'a> {
    /// The steps of the derivation, nearest first.
    pub fn steps(&self) -> Vec<Step> {
        place::distinct(self.case.trail.steps())
    }

    /// `POST /orders → Create (Api, stage v1): none, because written at 31:33, set over … at 12:9`.
    pub fn sentence(&self, view: &View<'_>, finding: &Finding) -> String {
        let endpoint = self.endpoint;
        let auth = self
            .case
            .value
            .as_ref()
            .map_or(UNKNOWN, |auth| auth.kind.word());
        let arrow = if view.look.unicode { "→" } else { "->" };
        let function = endpoint.function.agreed().and_then(Option::as_ref);
        let function = endpoint.function_name.as_ref().or(function);
        let function = function.map_or(String::new(), |name: &Str| format!(" {arrow} {name}"));
        let stage = self.stack.stage.as_ref();
        let stage = stage.map_or(String::new(), |stage| format!(", stage {stage}"));
        let api = endpoint.api.as_ref().map_or(UNKNOWN.into(), name_of);
        let because = told(view, finding.primary.source, &self.steps());
        let subject = &finding.subject;
        format!("{subject}{function} ({api}{stage}): {auth}, because {because}")
    }
}

/// Steps, nearest first, each with its place; the file only where it is another one.
fn told(view: &View<'_>, here: SourceId, steps: &[Step]) -> String {
    let told = steps.iter().map(|step| {
        let how = if step.how == How::Written {
            "written".to_owned()
        } else {
            step.how.to_string()
        };
        let Some(at) = step.at else {
            return how;
        };
        if at.source == here {
            let place = view.report.sources.locate(at);
            format!("{how} at {}:{}", place.line, place.column)
        } else {
            format!("{how} at {}", view.clickable(at))
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

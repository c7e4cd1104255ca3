//! The derivation of a finding as one sentence.

use crate::endpoint::Endpoint;
use crate::facts::name_of;
use crate::finding::{Finding, StackReport, Verdict};
use crate::report::{View, place};
use crate::source::{SourceId, Sources, Str};
use crate::trail::{How, Step};

/// `POST /orders → Create (Api, stage v1): none, because written at 31:33, set over … at 12:9`.
pub fn of_endpoint(
    view: &View<'_>,
    finding: &Finding,
    stack: &StackReport,
    endpoint: &Endpoint,
) -> Option<String> {
    let world = match &finding.verdict {
        Verdict::HoldsWhen(worlds) => worlds.first().unwrap_or(&endpoint.world),
        Verdict::Holds | Verdict::Undecided => &endpoint.world,
    };
    let case = endpoint.auth.cases_in(world).next()?;
    let auth = case
        .value
        .as_ref()
        .map_or("unknown", |auth| auth.kind.word());
    let arrow = if view.look.unicode { "→" } else { "->" };
    let function = endpoint.function.agreed().and_then(Option::as_ref);
    let function = endpoint.function_name.as_ref().or(function);
    let function = function.map_or(String::new(), |name: &Str| format!(" {arrow} {name}"));
    let stage = stack
        .stage
        .as_ref()
        .map_or(String::new(), |stage| format!(", stage {stage}"));
    let steps = place::distinct(case.trail.steps());
    let because = told(&view.report.sources, finding.primary.source, &steps);
    let api = endpoint.api.as_ref().map_or("unknown".into(), name_of);
    Some(format!(
        "{}{function} ({api}{stage}): {auth}, because {because}",
        finding.subject
    ))
}

/// Steps, nearest first, each with its place; the file only where it is another one.
fn told(sources: &Sources, here: SourceId, steps: &[&Step]) -> String {
    let told = steps.iter().map(|step| {
        let how = if step.how == How::Written {
            "written".to_owned()
        } else {
            step.how.to_string()
        };
        let Some(at) = step.at else {
            return how;
        };
        let place = sources.locate(at);
        if at.source == here {
            format!("{how} at {}:{}", place.line, place.column)
        } else {
            format!("{how} at {}:{}:{}", place.file, place.line, place.column)
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

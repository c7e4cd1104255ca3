//! How one endpoint's authorization came about: the steps, the lines they stand on, and who calls it.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::findings::badge;
use super::page::{Entry, Page};
use super::source::{self, Mark};
use super::text::{self, Text};
use crate::endpoint::Auth;
use crate::report::endpoints::{Case, auth, closing};
use crate::report::place;
use crate::report::rules::sentence;
use crate::report::summary::UNKNOWN;
use crate::resolve::Case as Settled;
use crate::trail::{How, Step};

/// Everything about an endpoint that does not stand in its row.
pub fn of(page: &Page<'_>, entry: &Entry<'_>) -> Markup {
    let endpoint = entry.endpoint;
    let cases: Vec<_> = endpoint.auth.cases_in(&endpoint.world).collect();
    html! {
        (facts(page, entry))
        @for case in &cases {
            @if cases.len() > 1 {
                @let told = Case::of(case.value.as_ref(), case.world.to_string());
                p.case { "if " b { (page.name(&case.world.to_string())) } ": " (page.message(&auth(&told))) }
            }
            (steps(page, case))
        }
        p.closing { (text::message(&page.message(&sentence(&closing(endpoint, &cases))))) }
        (calls(page, entry))
        @if !entry.findings.is_empty() {
            ul.its { @for (number, finding) in &entry.findings {
                li { (badge(finding)) " " a href={ "#f" (number) } { (page.name(&finding.rule)) } }
            } }
        }
    }
}

fn facts(page: &Page<'_>, entry: &Entry<'_>) -> Markup {
    let row = &entry.row;
    let key = match row.api_key_required {
        Some(true) => "required",
        Some(false) => "",
        None => "depends on the deployment",
    };
    let stage = entry.stack.stage.as_deref().unwrap_or_default();
    let facts = [
        ("Declared at", page.place(entry.endpoint.span)),
        ("Stage", page.name(stage)),
        ("Scopes", page.name(&row.scopes.join(" "))),
        ("API key", page.name(key)),
        ("Reached from", page.name(row.exposure)),
        (
            "Exists if",
            page.name(row.when.as_deref().unwrap_or_default()),
        ),
    ];
    html! {
        dl { @for (name, value) in facts {
            @if !value.as_str().is_empty() { div { dt { (name) } dd { (value) } } }
        } }
    }
}

fn steps(page: &Page<'_>, case: &Settled<Auth>) -> Markup {
    let steps = place::distinct(case.trail.steps());
    let numbered = || (1..).zip(&steps);
    let marks: Vec<Mark> = numbered()
        .filter_map(|(step, one)| one.at.map(|span| Mark { span, step }))
        .collect();
    html! {
        ol.steps { @for step in &steps {
            li {
                (remark(page, step))
                @if let Some(at) = step.at { " " span.at { (page.place(at)) } }
            }
        } }
        (source::figure(page, &marks))
    }
}

/// What a step says; of what applies by default, where that is documented.
fn remark(page: &Page<'_>, step: &Step) -> Markup {
    let said = text::message(&page.message(&step.how.to_string()));
    let How::PlatformDefault { docs, .. } = &step.how else {
        return said;
    };
    html! { (said) " " a.at href=(docs) { "documentation" } }
}

/// Who of the same stack calls it, and whether that works.
fn calls(page: &Page<'_>, entry: &Entry<'_>) -> Markup {
    let label = &entry.row.label;
    let calls: Vec<_> = entry
        .stack
        .calls
        .iter()
        .filter(|call| *call.target == **label)
        .collect();
    html! {
        @if !calls.is_empty() {
            ul.calls { @for call in calls {
                li {
                    "called by " b { (page.name(&call.caller)) }
                    (match call.allowed {
                        Some(true) => ", which its role allows",
                        Some(false) => ", which is refused",
                        None => ", which cannot be decided",
                    })
                    " " span.at { (page.place(call.span)) }
                }
            } }
        }
    }
}

/// What decided: the place, and what is so there. A value that is written is quoted; of one that is not, what applies.
pub fn decided_by(page: &Page<'_>, entry: &Entry<'_>) -> (Option<Text>, Markup) {
    let endpoint = entry.endpoint;
    let cases: Vec<_> = endpoint.auth.cases_in(&endpoint.world).collect();
    let Some(first) = cases.first() else {
        return (None, html! { (UNKNOWN) });
    };
    let steps = place::distinct(first.trail.steps());
    let at = steps.iter().find_map(|step| step.at);
    let place = at.map(|at| page.place(at));
    let names = cases.iter().flat_map(|case| case.world.conditions());
    let names: BTreeSet<&str> = names.map(|(name, _)| &**name).collect();
    if cases.len() > 1 && !names.is_empty() {
        let names: Vec<&str> = names.into_iter().collect();
        return (
            place,
            html! { "depends on " (page.name(&names.join(", "))) },
        );
    }
    let applies = |step: &&Step| matches!(step.how, How::PlatformDefault { .. } | How::Deferred(_));
    let said = steps.iter().find(applies).or(steps.first());
    let told = match (said.map(|step| &step.how), at) {
        (Some(How::Written) | None, Some(at)) => html! { code { (source::excerpt(page, at)) } },
        (Some(how), _) => text::message(&page.message(&how.to_string())),
        (None, None) => html! { (UNKNOWN) },
    };
    (place, told)
}

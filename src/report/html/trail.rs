//! How one endpoint's authorization came about: the steps, the lines they stand on, and who calls it.

use maud::{Markup, html};

use super::findings::badge;
use super::page::{Entry, Page};
use super::source::{self, Mark};
use super::text;
use crate::endpoint::Auth;
use crate::report::endpoints::{Case, auth, closing, remark};
use crate::report::place;
use crate::report::summary::UNKNOWN;
use crate::resolve::Case as Settled;

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
        p.closing { (text::message(&page.message(&closing(endpoint, &cases)))) "." }
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
        ("Function", page.name(row.function())),
        (
            "Authorizer",
            page.name(row.authorizer.as_deref().unwrap_or_default()),
        ),
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
                (text::message(&page.message(&remark(step))))
                @if let Some(at) = step.at { " " span.at { (page.place(at)) } }
            }
        } }
        (source::figure(page, &marks))
    }
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

/// What decided, in a line: where, and what is so there.
pub fn decided_by(page: &Page<'_>, entry: &Entry<'_>) -> (Option<text::Text>, text::Text) {
    let endpoint = entry.endpoint;
    let mut cases = endpoint.auth.cases_in(&endpoint.world);
    let Some(first) = cases.next() else {
        return (None, page.name(UNKNOWN));
    };
    let steps = place::distinct(first.trail.steps());
    let place = steps
        .iter()
        .find_map(|step| step.at)
        .map(|at| page.place(at));
    let names = endpoint
        .auth
        .cases_in(&endpoint.world)
        .flat_map(|case| case.world.conditions().map(|(name, _)| name.to_string()));
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    if cases.next().is_some() && !names.is_empty() {
        return (
            place,
            page.name(&format!("depends on {}", names.join(", "))),
        );
    }
    let said = steps
        .first()
        .map_or(String::new(), |step| step.how.to_string());
    (place, page.name(&said))
}

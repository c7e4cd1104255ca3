//! The head of the page: what was looked at, and what it comes to; and its foot.

use maud::{Markup, html};

use super::page::{Page, Sort};
use crate::finding::Severity;
use crate::report::Summary;
use crate::report::summary::count;

/// The title, the numbers, and the way to the parts.
pub fn header(page: &Page<'_>) -> Markup {
    let sum = page.view.summary();
    let heading = page.view.heading;
    html! {
        header {
            p.brand { "gatelint" @if !heading.date.is_empty() { " · " (page.name(heading.date)) } }
            h1 {
                @if heading.title.is_empty() { "Who can call this API?" } @else { (page.name(heading.title)) }
            }
            p.scope {
                (count(sum.endpoints, "endpoint")) " in " (count(sum.stacks, "stack")) ", read from " (count(sum.files, "file"))
            }
            (figures(page, &sum))
            (shares(&sum))
            (contents(page))
        }
    }
}

fn figures(page: &Page<'_>, sum: &Summary) -> Markup {
    let access = [
        ("protected", sum.protected()),
        ("open", sum.open()),
        ("unknown", sum.unknown()),
    ];
    let found = |severity| {
        let all = page.of_sort(Sort::Counts);
        all.iter()
            .filter(|(_, finding)| finding.severity == severity)
            .count()
    };
    html! {
        div.figures {
            dl aria-label="Endpoints" { @for (word, number) in access {
                div class=[(number == 0).then_some("zero")] { dt { (word) } dd { (number) } }
            } }
            dl aria-label="Findings" { @for severity in Severity::ALL {
                @let number = found(severity);
                div class=[(number == 0).then_some("zero")] { dt { span.sev data-sev=(severity.word()) { (severity.word()) } } dd { (number) } }
            } }
        }
    }
}

/// How the endpoints divide, drawn to scale.
fn shares(sum: &Summary) -> Markup {
    let preflights = sum
        .endpoints
        .saturating_sub(sum.protected() + sum.open() + sum.unknown());
    let parts = [
        ("s-protected", sum.protected()),
        ("s-preflight", preflights),
        ("s-unknown", sum.unknown()),
        ("s-open", sum.open()),
    ];
    let mut from = 0;
    let whole = sum.endpoints.max(1);
    let at = |number: usize| number * 1000 / whole;
    html! {
        svg.shares viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true" {
            @for (class, number) in parts {
                @if number > 0 {
                    rect class=(class) x=(at(from)) y="0" width=(at(from + number) - at(from)) height="8" {}
                }
                @let () = from += number;
            }
        }
    }
}

fn contents(page: &Page<'_>) -> Markup {
    let number = |sort| page.of_sort(sort).len();
    let parts = [
        ("findings", "Findings", number(Sort::Counts)),
        ("endpoints", "Endpoints", page.endpoints.len()),
        ("pictures", "Pictures", 0),
        ("undecided", "Undecided", number(Sort::Undecided)),
        ("suppressed", "Suppressed", number(Sort::Suppressed)),
    ];
    html! {
        nav aria-label="Parts of this report" {
            @for (id, name, number) in parts {
                a href={ "#" (id) } { (name) @if number > 0 { " " span.n { (number) } } }
            }
        }
    }
}

/// Where the page comes from.
pub fn footer(page: &Page<'_>) -> Markup {
    let rules = page.view.rules.iter().filter(|rule| rule.enabled).count();
    html! {
        footer {
            p { "gatelint " (env!("CARGO_PKG_VERSION")) ", " (count(rules, "rule")) ". Worked out from the templates alone: nothing was deployed, called or run." }
        }
    }
}

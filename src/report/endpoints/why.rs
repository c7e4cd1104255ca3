//! How one endpoint's authorization came about, step by step.

use std::fmt::Write as _;

use crate::endpoint::Endpoint;
use crate::finding::StackReport;
use crate::report::escape::{markdown, markdown_code, markdown_message};
use crate::report::summary::UNKNOWN;
use crate::report::{Cell, Table, View, escape, ink, place};
use crate::resolve::Case as Settled;
use crate::trail::{How, Step};

use super::{Case, Row};

/// The derivation of this endpoint's authorization.
pub fn why(view: &View<'_>, stack: &StackReport, endpoint: &Endpoint) -> String {
    let sources = &view.report.sources;
    let row = Row::of(endpoint, sources);
    let cases: Vec<_> = endpoint.auth.cases_in(&endpoint.world).collect();
    let mut out = head(view, stack, &row);
    for case in &cases {
        let told = Case::of(case.value.as_ref(), case.world.to_string());
        if cases.len() > 1 {
            let when = view
                .look
                .paint(ink::BOLD, &format!("if {}", escape::name(&told.when)));
            let _ = writeln!(out, "\n{when}: {}", auth(&told));
        }
        out += &steps(view, case);
    }
    out + &closing(endpoint, &cases) + "\n"
}

/// The same as Markdown: what it asks for in bold, then the steps as a list.
pub fn why_markdown(view: &View<'_>, stack: &StackReport, endpoint: &Endpoint) -> String {
    let row = Row::of(endpoint, &view.report.sources);
    let cases: Vec<_> = endpoint.auth.cases_in(&endpoint.world).collect();
    let mut out = head_markdown(view, stack, &row);
    for case in &cases {
        if cases.len() > 1 {
            let told = Case::of(case.value.as_ref(), case.world.to_string());
            let when = markdown_code(&escape::name(&told.when));
            let _ = write!(out, "\nIf {when}: **{}**\n", markdown(&auth(&told)));
        }
        out.push('\n');
        let steps = place::distinct(case.trail.steps());
        for (number, step) in (1..).zip(steps) {
            let _ = writeln!(out, "{number}. {}", step_markdown(view, &step));
        }
    }
    let closing = markdown_message(&closing(endpoint, &cases));
    let _ = write!(out, "\n{closing}\n");
    out
}

fn head_markdown(view: &View<'_>, stack: &StackReport, row: &Row) -> String {
    let code = |text: &str| markdown_code(&escape::name(text));
    let behind = match row.function() {
        "" => String::new(),
        function => format!(" → {}", code(function)),
    };
    let stage = stage(stack, code);
    format!(
        "**{}: {}{}**\n\n{}{behind} ({}{stage}), {}\n",
        code(&row.label),
        markdown(&auth(&told(row))),
        key(row),
        code(row.api.as_deref().unwrap_or(UNKNOWN)),
        row.protocol,
        markdown_code(&view.path(&stack.file)),
    )
}

/// `file:line`, what is so there, and the line.
fn step_markdown(view: &View<'_>, step: &Step) -> String {
    let said = markdown_message(&escape::message(&step.how.to_string()));
    let told = if let How::PlatformDefault { docs, .. } = &step.how {
        format!("{said} ([why]({docs}))")
    } else {
        said
    };
    let Some(at) = step.at else {
        return told;
    };
    let sources = &view.report.sources;
    let place = sources.locate(at);
    let place = format!("{}:{}", view.path(&place.file), place.line);
    let line = place::line_around(sources, at);
    let line = match escape::cut(&line, 80) {
        line if line.is_empty() => String::new(),
        line => format!(": {}", markdown_code(&escape::name(&line))),
    };
    format!("{} {told}{line}", markdown_code(&place))
}

/// What all cases of an endpoint come to.
fn told(row: &Row) -> Case {
    Case {
        when: String::new(),
        authorization: row.authorization,
        authorizer: row.authorizer.clone(),
        scopes: row.scopes.clone(),
    }
}

fn stage(stack: &StackReport, written: impl Fn(&str) -> String) -> String {
    let stage = stack.stage.as_deref();
    stage.map_or(String::new(), |stage| format!(", stage {}", written(stage)))
}

fn key(row: &Row) -> &'static str {
    if row.api_key_required == Some(true) {
        ", and an API key"
    } else {
        ""
    }
}

fn head(view: &View<'_>, stack: &StackReport, row: &Row) -> String {
    let label = view.look.paint(ink::BOLD, &escape::name(&row.label));
    let behind = match row.function() {
        "" => String::new(),
        function => format!(" → {}", escape::name(function)),
    };
    let behind = if view.look.unicode {
        behind
    } else {
        behind.replace('→', "->")
    };
    format!(
        "{label}   {}{}\n{}{behind} ({}{}), {}\n",
        auth(&told(row)),
        key(row),
        escape::name(row.api.as_deref().unwrap_or(UNKNOWN)),
        row.protocol,
        stage(stack, escape::name),
        view.path(&stack.file),
    )
}

/// `cognito, authorizer Pool, scopes a b`.
pub fn auth(case: &Case) -> String {
    let mut parts = vec![case.authorization.to_owned()];
    parts.extend(
        case.authorizer
            .as_ref()
            .map(|by| format!("authorizer {by}")),
    );
    if !case.scopes.is_empty() {
        parts.push(format!("scopes {}", case.scopes.join(" ")));
    }
    escape::message(&parts.join(", "))
}

fn steps<T>(view: &View<'_>, case: &Settled<T>) -> String {
    let sources = &view.report.sources;
    let steps = place::distinct(case.trail.steps());
    let mut table = Table::new(60);
    for (number, step) in (1..).zip(steps) {
        let place = step.at.map_or(String::new(), |at| view.clickable(at));
        let line = step
            .at
            .map_or(String::new(), |at| place::line_around(sources, at));
        table.row([
            Cell::from(format!("{number:>2}")).ink(view.look.ink(ink::DIM)),
            place.into(),
            escape::name(&escape::cut(&line, 48)).into(),
            remark(&step).into(),
        ]);
    }
    table.draw(" ")
}

fn remark(step: &Step) -> String {
    if let How::PlatformDefault { what, docs } = &step.how {
        return format!("{what} ({docs})");
    }
    escape::message(&step.how.to_string())
}

/// Whether another deployment would be different.
pub fn closing(endpoint: &Endpoint, cases: &[&Settled<crate::endpoint::Auth>]) -> String {
    if cases.iter().any(|case| case.value.is_none()) {
        let reasons = super::deferred(&endpoint.auth);
        let reasons = if reasons.is_empty() {
            UNKNOWN.to_owned()
        } else {
            reasons.join(", ")
        };
        return escape::message(&format!("not decided before deployment: {reasons}"));
    }
    let assumption = |step: Step| matches!(step.how, How::Parameter(_) | How::Condition(..));
    let assumed = cases.iter().any(|case| case.trail.steps().any(assumption));
    let exists = if endpoint.world.is_any() {
        String::new()
    } else {
        format!(
            "; the endpoint exists if {}",
            escape::name(&endpoint.world.to_string())
        )
    };
    let told = match (cases.len() > 1, assumed) {
        (true, _) => "the conditions above decide",
        (false, true) => "with the defaults of its parameters; --param NAME=VALUE sets another",
        (false, false) => "in every deployment; no condition and no parameter changes it",
    };
    format!("{told}{exists}")
}

//! The inventory as columns.

use std::collections::{BTreeMap, HashMap};

use super::{Row, deferred};
use crate::endpoint::Endpoint;
use crate::finding::{CallReport, StackReport};
use crate::report::summary::{UNKNOWN, count, elapsed};
use crate::report::{Cell, Detail, Table, View, escape, ink, problems, stages};

/// Callers of one endpoint that are named.
const CALLERS: usize = 3;

/// The stacks, what was wrong, and the numbers.
pub fn render(view: &View<'_>) -> String {
    let mut out = String::new();
    for (stack, rows) in super::stacks(view) {
        out = out + &section(view, stack, &rows) + "\n";
    }
    let notes = problems::lines(view);
    if !notes.is_empty() {
        out = out + &notes + "\n";
    }
    if view.show.detail != Detail::Quiet {
        out += &numbers(view);
    }
    out
}

fn section(view: &View<'_>, stack: &StackReport, rows: &[Row]) -> String {
    let stage = stack
        .stage
        .as_deref()
        .map_or(String::new(), |s| format!(", stage {}", escape::name(s)));
    let file = view.look.paint(ink::BOLD, &view.path(&stack.file));
    let mut out = format!("{file}  ({}{stage})\n", stack.format.word());
    if rows.is_empty() {
        return out + "  no endpoints\n";
    }
    let several = rows
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a.api != b.api));
    let mut table = Table::new(48);
    let callers = callers(stack);
    let mut api = None;
    for (row, endpoint) in rows.iter().zip(&stack.endpoints) {
        if several && api != Some(&row.api) {
            api = Some(&row.api);
            let api = row.api.as_deref().unwrap_or(UNKNOWN);
            let name = format!("{} ({})", escape::name(api), row.protocol);
            table.heading(Cell::from(name).ink(view.look.ink(ink::DIM)));
        }
        table.row(line(view, row, endpoint, &callers));
    }
    out += &table.draw("  ");
    out
}

/// Who calls, by the name of the endpoint.
type Callers<'a> = HashMap<&'a str, Vec<&'a CallReport>>;

fn callers(stack: &StackReport) -> Callers<'_> {
    let mut callers = Callers::new();
    for call in &stack.calls {
        callers.entry(&call.target).or_default().push(call);
    }
    callers
}

/// `called by a, b (refused) and 3 more`.
fn called_by(callers: &Callers<'_>, endpoint: &Endpoint) -> Option<String> {
    let calls = callers.get(endpoint.label().as_str())?;
    let name = |call: &CallReport| match call.allowed {
        Some(false) => format!("{} (refused)", call.caller),
        Some(true) | None => call.caller.to_string(),
    };
    let mut names: Vec<String> = calls.iter().map(|call| name(call)).collect();
    names.sort();
    names.dedup();
    let more = match names.len().saturating_sub(CALLERS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.truncate(CALLERS);
    Some(format!("called by {}{more}", names.join(", ")))
}

fn line(view: &View<'_>, row: &Row, endpoint: &Endpoint, callers: &Callers<'_>) -> [Cell; 5] {
    let auth = row.auth_word();
    let mut said = remarks(row, endpoint);
    said.extend(called_by(callers, endpoint));
    let ink = match auth {
        "public" | UNKNOWN => ink::OPEN,
        _ => "",
    };
    [
        escape::name(&row.method_word()).into(),
        escape::name(&row.path).into(),
        Cell::from(auth).ink(view.look.ink(ink)),
        escape::name(row.function()).into(),
        escape::message(&said.join("  ")).into(),
    ]
}

/// What the columns cannot say.
fn remarks(row: &Row, endpoint: &Endpoint) -> Vec<String> {
    let mut all = Vec::new();
    if row.api_key_required == Some(true) {
        all.push("asks for an API key".to_owned());
    }
    if let Some(authorizer) = &row.authorizer {
        all.push(format!("authorizer {authorizer}"));
    }
    if !row.scopes.is_empty() {
        all.push(format!("scopes {}", row.scopes.join(", ")));
    }
    if row.cases.is_empty() {
        let reasons = deferred(&endpoint.auth);
        if !reasons.is_empty() {
            all.push(format!("known only at deployment: {}", reasons.join(", ")));
        }
    } else if row.authorization == UNKNOWN {
        let told = row
            .cases
            .iter()
            .map(|case| format!("{} if {}", case.authorization, case.when));
        all.push(told.collect::<Vec<_>>().join(", "));
    }
    if row.exposure != "internet" {
        all.push(match row.exposure {
            "vpc" => "only from its VPC endpoints".to_owned(),
            "nobody" => "nobody can reach it".to_owned(),
            "restricted" => "only callers that its resource policy lets through".to_owned(),
            word => format!("reached by: {word}"),
        });
    }
    if let Some(when) = &row.when {
        all.push(format!("exists if {when}"));
    }
    all
}

fn numbers(view: &View<'_>) -> String {
    let sum = view.summary();
    let mut words: BTreeMap<&str, usize> = sum.by_authorization.clone();
    if let Some(none) = words.remove("none") {
        words.insert("public", none.saturating_sub(sum.preflights));
        words.insert("preflight", sum.preflights);
    }
    let told: Vec<String> = ORDER
        .iter()
        .filter_map(|word| Some((word, words.get(word)?)))
        .filter(|(_, number)| **number > 0)
        .map(|(word, number)| format!("{number} {word}"))
        .collect();
    let told = if told.is_empty() {
        String::new()
    } else {
        format!(": {}", told.join(", "))
    };
    let mut parts = vec![
        format!("{}{told}", count(sum.endpoints, "endpoint")),
        count(sum.files, "file"),
    ];
    parts.extend(view.elapsed.map(elapsed));
    let mut lines = vec![parts.join(view.look.dot())];
    lines.extend(stages::lines(view));
    lines.join("\n") + "\n"
}

/// From closed to open.
const ORDER: &[&str] = &[
    "iam",
    "cognito",
    "jwt",
    "oidc",
    "lambda",
    "api-key",
    "public",
    "preflight",
    UNKNOWN,
];

//! Mermaid: a diagram of who reaches which function, and what is asked on the way. Code hosts draw it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Row;
use crate::report::View;
use crate::report::escape::mermaid;

/// A flow chart with a box per stack.
pub fn render(view: &View<'_>) -> String {
    let mut out = String::from("flowchart LR\n  client((\"client\"))\n");
    let mut endpoints = 0;
    for (number, (stack, rows)) in super::stacks(view).enumerate() {
        let _ = writeln!(out, "  subgraph s{number}[{}]", mermaid(&stack.file));
        let mut functions = BTreeMap::new();
        let mut calls = String::new();
        for row in &rows {
            let auth = row.auth_word();
            let class = class(auth);
            let _ = writeln!(out, "    e{endpoints}[{}]:::{class}", mermaid(&row.label));
            let _ = writeln!(
                calls,
                "  client -- {} --> e{endpoints}",
                mermaid(&asked(row))
            );
            if !row.function().is_empty() {
                let next = functions.len();
                let function = *functions.entry(row.function()).or_insert(next);
                let _ = writeln!(calls, "  e{endpoints} --> s{number}f{function}");
            }
            endpoints += 1;
        }
        for (name, function) in functions {
            let _ = writeln!(out, "    s{number}f{function}([{}])", mermaid(name));
        }
        out = out + "  end\n" + &calls;
    }
    out + CLASSES
}

/// What a caller must show.
fn asked(row: &Row) -> String {
    let key = if row.api_key_required == Some(true) {
        " + API key"
    } else {
        ""
    };
    let by = row
        .authorizer
        .as_deref()
        .map_or(String::new(), |by| format!(" {by}"));
    format!("{}{by}{key}", row.auth_word())
}

fn class(auth: &str) -> &'static str {
    match auth {
        "public" => "open",
        "unknown" => "unknown",
        "preflight" => "plain",
        _ => "protected",
    }
}

const CLASSES: &str = "  classDef open stroke:#c62828,stroke-width:2px
  classDef unknown stroke:#b26a00,stroke-dasharray:4
  classDef protected stroke:#2e7d32
  classDef plain stroke:#9e9e9e
";

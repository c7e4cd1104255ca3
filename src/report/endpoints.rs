//! The inventory: every endpoint and its effective authorization, in several formats.
//!
//! A [`Row`] settles how a value that conditions decide, or that only deployment knows, is printed; the formats only
//! write rows down.

mod csv;
mod json;
mod jsonl;
mod markdown;
mod mermaid;
mod table;
mod why;

use serde::Serialize;

pub(super) use self::why::{auth, closing};
pub use self::why::{why, why_markdown};
use crate::endpoint::{Auth, Endpoint};
use crate::facts::name_of;
use crate::finding::StackReport;
use crate::report::View;
use crate::report::json::{LocationRecord, StepRecord};
use crate::report::place;
use crate::report::summary::{self, UNKNOWN};
use crate::resolve::{Property, Resolved, Text};
use crate::source::{Sources, Str};

/// How the inventory can be printed. The names are those of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inventory {
    /// Columns for people at a terminal.
    Table,
    /// One document.
    Json,
    /// One record a line.
    Jsonl,
    /// One row an endpoint.
    Csv,
    /// A table for a page or a comment.
    Markdown,
    /// A diagram: who reaches which function, and by what.
    Mermaid,
}

impl Inventory {
    /// Every format.
    pub const ALL: &'static [Self] = &[
        Self::Table,
        Self::Json,
        Self::Jsonl,
        Self::Csv,
        Self::Markdown,
        Self::Mermaid,
    ];

    /// Its name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Mermaid => "mermaid",
        }
    }

    /// The whole inventory in this format, a line end last.
    pub fn render(self, view: &View<'_>) -> String {
        match self {
            Self::Table => table::render(view),
            Self::Json => json::render(view),
            Self::Jsonl => jsonl::render(view),
            Self::Csv => csv::render(view),
            Self::Markdown => markdown::render(view),
            Self::Mermaid => mermaid::render(view),
        }
    }
}

/// An endpoint as it is printed.
#[derive(Debug, Serialize)]
pub struct Row {
    pub(super) api: Option<String>,
    pub(super) protocol: &'static str,
    pub(super) method: Option<String>,
    pub(super) path: String,
    pub(super) authorization: &'static str,
    pub(super) authorizer: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) api_key_required: Option<bool>,
    function: Option<String>,
    cors_preflight: bool,
    pub(super) exposure: &'static str,
    /// The deployments in which it exists, when not in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) when: Option<String>,
    cases: Vec<Case>,
    location: LocationRecord,
    trail: Vec<StepRecord>,
    /// The name that the author gave the function.
    #[serde(skip)]
    function_name: Option<String>,
    /// How a person names it.
    #[serde(skip)]
    pub(super) label: String,
}

/// The authorization under some assumptions.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    when: String,
    authorization: &'static str,
    authorizer: Option<String>,
    scopes: Vec<String>,
}

impl Row {
    /// What is printed of an endpoint.
    pub fn of(endpoint: &Endpoint, sources: &Sources) -> Self {
        let cases: Vec<_> = endpoint.auth.cases_in(&endpoint.world).collect();
        let told = |auth: Option<&Auth>, world: String| Case::of(auth, world);
        let all: Vec<Case> = cases
            .iter()
            .map(|case| told(case.value.as_ref(), case.world.to_string()))
            .collect();
        let authorization = summary::authorization(endpoint);
        let steps = cases.iter().flat_map(|case| case.trail.steps());
        Self {
            api: endpoint.api.as_ref().map(text),
            protocol: endpoint.protocol.word(),
            method: optional(&endpoint.method).unwrap_or_else(|| Some(UNKNOWN.to_owned())),
            path: endpoint
                .path
                .agreed()
                .map_or(UNKNOWN.to_owned(), Str::to_string),
            authorizer: shared(&all, |case| &case.authorizer).cloned().flatten(),
            scopes: shared(&all, |case| &case.scopes)
                .cloned()
                .unwrap_or_default(),
            authorization,
            api_key_required: endpoint.api_key_required.agreed().copied(),
            function: optional(&endpoint.function).flatten(),
            cors_preflight: endpoint.cors_preflight.agreed().copied().unwrap_or(false),
            exposure: endpoint
                .exposure
                .agreed()
                .map_or(UNKNOWN, |exposure| exposure.word()),
            when: (!endpoint.world.is_any()).then(|| endpoint.world.to_string()),
            cases: if all.len() > 1 { all } else { Vec::new() },
            location: LocationRecord::of(sources, endpoint.span),
            trail: place::distinct(steps)
                .iter()
                .map(|s| StepRecord::of(sources, s))
                .collect(),
            function_name: endpoint.function_name.as_ref().map(Str::to_string),
            label: endpoint.label(),
        }
    }

    /// Takes out of every text what must not be shown.
    pub fn hide(&mut self, hide: &dyn Fn(&str) -> String) {
        let names = [&mut self.api, &mut self.method, &mut self.authorizer];
        let more = [&mut self.function, &mut self.function_name, &mut self.when];
        let texts = [&mut self.path, &mut self.label].into_iter();
        let texts = texts.chain(names.into_iter().chain(more).flatten());
        for text in texts.chain(&mut self.scopes) {
            *text = hide(text);
        }
        for case in &mut self.cases {
            let own = case.authorizer.iter_mut().chain(&mut case.scopes);
            for text in own.chain([&mut case.when]) {
                *text = hide(text);
            }
        }
        self.location.hide(hide);
        for step in &mut self.trail {
            step.hide(hide);
        }
    }

    /// The method; for what has none, the kind of endpoint.
    pub fn method_word(&self) -> String {
        match (&self.method, self.protocol) {
            (Some(method), _) => method.clone(),
            (None, "websocket") => "ws".to_owned(),
            (None, "function-url") => "url".to_owned(),
            (None, protocol) => protocol.to_owned(),
        }
    }

    /// The path, or whatever tells it from its like.
    pub fn path_word(&self) -> String {
        match self.protocol {
            "function-url" if !self.function().is_empty() => self.function().to_owned(),
            _ => self.path.clone(),
        }
    }

    /// What it asks for, and of whom it can be reached when that is not everyone.
    pub fn demand(&self) -> String {
        let mut told = self.authorization.to_owned();
        if self.authorization == "none" && self.cors_preflight {
            told += " (preflight)";
        }
        if self.api_key_required == Some(true) {
            told += " + API key";
        }
        if self.exposure != "internet" {
            told = format!("{told}, exposure {}", self.exposure);
        }
        told
    }

    /// The function, by the name that its author knows.
    pub(super) fn function(&self) -> &str {
        let name = self.function_name.as_deref().or(self.function.as_deref());
        name.unwrap_or_default()
    }

    /// The authorization for a reader: `none` is a fact, that the endpoint is public what it means.
    pub(super) fn auth_word(&self) -> &'static str {
        match self.authorization {
            "none" if self.cors_preflight => "preflight",
            "none" => "public",
            word => word,
        }
    }
}

impl Case {
    pub(super) fn of(auth: Option<&Auth>, when: String) -> Self {
        let Some(auth) = auth else {
            return Self {
                when,
                authorization: UNKNOWN,
                authorizer: None,
                scopes: Vec::new(),
            };
        };
        Self {
            when,
            authorization: auth.kind.word(),
            authorizer: auth.authorizer.as_ref().map(text),
            scopes: auth.scopes.iter().map(text).collect(),
        }
    }
}

/// What all cases agree on.
fn shared<T: PartialEq>(cases: &[Case], field: impl Fn(&Case) -> &T) -> Option<&T> {
    let (first, rest) = cases.split_first()?;
    let value = field(first);
    rest.iter()
        .all(|case| field(case) == value)
        .then_some(value)
}

/// A property that conditions may decide: `None` when they do, `Some(None)` when there is none.
#[expect(
    clippy::option_option,
    reason = "undecided and absent are not the same"
)]
fn optional(property: &Property<Str>) -> Option<Option<String>> {
    property
        .agreed()
        .map(|value| value.as_ref().map(Str::to_string))
}

/// An identifier as it is printed.
pub fn text(text: &Text) -> String {
    name_of(text).to_string()
}

/// The stacks with their rows.
fn stacks<'a>(view: &View<'a>) -> impl Iterator<Item = (&'a StackReport, Vec<Row>)> {
    let report = view.report;
    report.stacks.iter().map(|stack| {
        let rows = stack
            .endpoints
            .iter()
            .map(|endpoint| Row::of(endpoint, &report.sources));
        (&**stack, rows.collect())
    })
}

/// What deployment fills in, for a value that it decides.
fn deferred<T>(value: &Resolved<T>) -> Vec<String> {
    let mut reasons = Vec::new();
    for case in value.cases().filter(|case| case.value.is_none()) {
        for step in case.trail.steps() {
            if let crate::trail::How::Deferred(by) = &step.how {
                let by = by.to_string();
                if !reasons.contains(&by) {
                    reasons.push(by);
                }
            }
        }
    }
    reasons
}

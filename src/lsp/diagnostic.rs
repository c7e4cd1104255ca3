//! Findings as the editor shows them: squiggles with the places that decided them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    DiagnosticTag, Range, Uri,
};

use super::documents::Document;
use super::place::Encoding;
use super::uri;
use super::view::{Page, View};
use crate::document::{Problem, ProblemKind};
use crate::finding::{Finding, Severity};
use crate::report::message;
use crate::rule::{Origin, Rule};

/// Findings of one file that are shown.
const MOST: usize = 500;
/// Places that are shown of one finding.
const RELATED: usize = 12;
/// Characters of one message.
const LONGEST: usize = 1000;

/// What is shown of an open file: of a broken one, why it is, and what was found when it last was not.
pub fn of(view: &View, document: &Document, encoding: Encoding) -> Vec<Diagnostic> {
    let Some(name) = view.name(&document.path) else {
        return Vec::new();
    };
    let of_ruling = of_ruling(view, encoding).remove(&document.path);
    let mut shown = of_ruling.unwrap_or_default();
    let own = view.own_page(&name, &document.text, encoding);
    let good = view.good.as_deref().filter(|_| view.broken.contains(&name));
    let good = good.and_then(|good| good.own_page(&name, &document.text, encoding));
    if let Some(good) = good {
        shown.extend(
            own.iter()
                .flat_map(|own| diagnostics(own, own.view.breakage(), encoding)),
        );
        let before = good
            .view
            .findings()
            .filter(|finding| finding.rule != "unreadable-input");
        shown.extend(diagnostics(&good, before, encoding));
    } else {
        shown.extend(
            own.iter()
                .flat_map(|own| diagnostics(own, own.view.findings(), encoding)),
        );
    }
    shown.truncate(MOST);
    shown
}

/// What is wrong with configuration and rule pages, by file; files without mistakes are there too.
pub fn of_ruling(view: &View, encoding: Encoding) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    let files = view
        .ruling
        .iter()
        .map(|file| (view.base.join(file), Vec::new()));
    let mut shown: BTreeMap<PathBuf, Vec<Diagnostic>> = files.collect();
    for problem in view.problems.iter().take(MOST) {
        let file = view.report.sources.get(problem.span.source);
        let place = view.location(problem.span, encoding);
        if let (Some(file), Some(place)) = (file, place) {
            let at = shown.entry(view.base.join(&file.path)).or_default();
            at.push(of_problem(problem, place.range));
        }
    }
    shown
}

fn diagnostics<'a>(
    page: &Page<'a>,
    findings: impl Iterator<Item = &'a Finding>,
    encoding: Encoding,
) -> Vec<Diagnostic> {
    let here = findings.filter(|finding| finding.primary.source == page.source);
    here.take(MOST)
        .filter_map(|finding| of_finding(page, finding, encoding))
        .collect()
}

/// One finding; `None` when its place was typed over since.
pub fn of_finding(page: &Page<'_>, finding: &Finding, encoding: Encoding) -> Option<Diagnostic> {
    let view = page.view;
    let mut text = message(&finding.message);
    let when = finding.verdict.when();
    if let Some(first) = when.first() {
        let more = if when.len() > 1 {
            " and in other cases"
        } else {
            ""
        };
        let _ = write!(text, " (when {}{more})", message(first));
    }
    let related = related(view, finding, encoding);
    let idle = ["unused-suppression", "expired-suppression"];
    let tags = idle
        .contains(&finding.rule.as_str())
        .then(|| vec![DiagnosticTag::Unnecessary]);
    let rule = view.rules.get(&finding.rule);
    Some(Diagnostic {
        range: page.range(finding.primary)?,
        severity: Some(severity(finding.severity)),
        code: Some(Code::String(finding.rule.to_string())),
        code_description: rule
            .and_then(|rule| href(view, rule))
            .map(|href| CodeDescription { href }),
        source: Some("gatelint".to_owned()),
        message: cut(text).into(),
        tags,
        related_information: Some(related).filter(|related| !related.is_empty()),
        data: None,
    })
}

fn of_problem(problem: &Problem, range: Range) -> Diagnostic {
    let is_notice = problem.kind == ProblemKind::Notice;
    Diagnostic {
        range,
        severity: Some(if is_notice {
            DiagnosticSeverity::Information
        } else {
            DiagnosticSeverity::Error
        }),
        code: Some(Code::String("invalid-configuration".to_owned())),
        source: Some("gatelint".to_owned()),
        message: cut(message(&problem.message)).into(),
        ..Diagnostic::default()
    }
}

/// The places that decided it: authorizer, provider, globals …
fn related(
    view: &View,
    finding: &Finding,
    encoding: Encoding,
) -> Vec<DiagnosticRelatedInformation> {
    let labels = finding
        .labels
        .iter()
        .map(|(span, label)| (*span, label.clone()));
    let steps = finding
        .evidence
        .iter()
        .filter_map(|step| Some((step.at?, step.how.to_string())));
    let about = std::iter::once((finding.about, finding.subject.clone()));
    let mut seen = Vec::new();
    for (span, text) in labels.chain(steps).chain(about) {
        if span == finding.primary || seen.iter().any(|(known, _)| *known == span) {
            continue;
        }
        seen.push((span, text));
        if seen.len() == RELATED {
            break;
        }
    }
    let told = seen.into_iter().filter_map(|(span, text)| {
        Some(DiagnosticRelatedInformation {
            location: view.location(span, encoding)?,
            message: cut(message(&text)),
        })
    });
    told.collect()
}

/// Where a rule can be read about: a team's own page, else the first page that it refers to.
pub fn href(view: &View, rule: &Rule) -> Option<Uri> {
    match &rule.origin {
        Origin::Team(path) => Some(uri::of(&view.base.join(path.as_str()))),
        Origin::BuiltIn => rule.references.first().map(|page| Uri(page.to_string())),
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::High => DiagnosticSeverity::Error,
        Severity::Medium => DiagnosticSeverity::Warning,
        Severity::Low => DiagnosticSeverity::Information,
        Severity::Info => DiagnosticSeverity::Hint,
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

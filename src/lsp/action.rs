//! What can be done about a finding from where it is shown.
//!
//! Comments are put only where they are comments: each edit is tried on the text before it is offered. JSON has none:
//! there an endpoint is declared public in the configuration.

use std::collections::HashMap;

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, Command, Diagnostic, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::Value;

use super::documents::Document;
use super::view::Page;
use super::{declaration, diagnostic, trial};
use crate::facts::Kind;
use crate::finding::Finding;
use crate::fix::{self, Edit};
use crate::source::Span;

/// The command that shows a rule's page.
pub const OPEN_PAGE: &str = "gatelint.openPage";
/// What stands for the reason until somebody writes one.
const REASON: &str = "TODO: say why";
/// Findings that actions are offered for at once.
const MOST: usize = 20;

/// What can be done about the findings in this range.
pub fn of(page: &Page<'_>, document: &Document, params: &CodeActionParams) -> Vec<CodeAction> {
    let wanted = params.context.only.as_ref();
    let is_wanted =
        |kind: &CodeActionKind| *kind == CodeActionKind::QuickFix || *kind == CodeActionKind::Empty;
    if wanted.is_some_and(|kinds| !kinds.iter().any(is_wanted)) {
        return Vec::new();
    }
    let (first, last) = (
        page.lines.offset(params.range.start),
        page.lines.offset(params.range.end),
    );
    let here = page.view.findings().filter(|finding| {
        let place = page.bytes(finding.primary);
        place.is_some_and(|(start, end)| {
            let (line, _) = page.lines.bounds(page.lines.line(start));
            let (_, line_end) = page.lines.bounds(page.lines.line(start));
            line <= last && line_end.min(end.max(line_end)) >= first
        })
    });
    let is_json = trial::is_json(&document.path, page.text);
    let mut actions = Vec::new();
    for finding in here.take(MOST) {
        let about = About {
            is_json,
            ..About::new(page, document, finding, params)
        };
        actions.extend(about.fix());
        actions.extend(about.ignore());
        actions.extend(about.declare_public());
        actions.extend(about.open_page());
    }
    actions
}

/// A finding, and where it is shown.
struct About<'a> {
    page: &'a Page<'a>,
    document: &'a Document,
    finding: &'a Finding,
    shown: Option<Diagnostic>,
    /// Whether the text is JSON, and has to stay so.
    is_json: bool,
}

impl<'a> About<'a> {
    fn new(
        page: &'a Page<'a>,
        document: &'a Document,
        finding: &'a Finding,
        params: &CodeActionParams,
    ) -> Self {
        let range = page.range(finding.primary);
        let same = |shown: &&Diagnostic| {
            let code = serde_json::to_value(&shown.code).unwrap_or_default();
            code == finding.rule.as_str() && Some(shown.range) == range
        };
        let shown = params.context.diagnostics.iter().find(same).cloned();
        Self {
            page,
            document,
            finding,
            shown,
            is_json: false,
        }
    }

    /// The edits that mend it, where they are in this file and its text is the one that they were made for.
    fn fix(&self) -> Option<CodeAction> {
        let fix = self.finding.fix.as_ref()?;
        let analysed = self.page.view.report.sources.get(self.page.source)?;
        let fits = |edit: &Edit| edit.span.source == self.page.source;
        if analysed.text != *self.page.text || !fix.edits.iter().all(fits) {
            return None;
        }
        let mended = fix::applied(self.page.source, self.page.text, &fix.edits)?;
        if !trial::holds(&trial::parsed(&mended), self.is_json) {
            return None;
        }
        let edits = fix.edits.iter().map(|edit| TextEdit {
            range: self
                .page
                .lines
                .range(edit.span.start as usize, edit.span.end as usize),
            new_text: edit.text.clone(),
        });
        let title = if fix.safe {
            format!("Fix: {}", fix.title)
        } else {
            format!("Fix, to be looked at: {}", fix.title)
        };
        Some(CodeAction {
            is_preferred: Some(fix.safe),
            ..self.edits(title, self.document.uri.clone(), edits.collect())
        })
    }

    /// A comment that it does not count.
    fn ignore(&self) -> Option<CodeAction> {
        let rule = self.finding.rule.as_str();
        // That a suppression is wrong is not mended by another one.
        if [
            "invalid-suppression",
            "unused-suppression",
            "expired-suppression",
            "unreadable-input",
        ]
        .contains(&rule)
        {
            return None;
        }
        let edit = self
            .joined(rule)
            .or_else(|| self.comment(&format!("# gatelint: ignore[{rule}] {REASON}")))?;
        Some(self.action(format!("Ignore `{rule}` here, with a reason"), edit))
    }

    /// A comment that the endpoint is meant to be public; where there are no comments, an entry of the configuration.
    fn declare_public(&self) -> Option<CodeAction> {
        let rule = self.page.view.rules.get(&self.finding.rule)?;
        if !rule.public || self.finding.kind != Kind::Endpoint {
            return None;
        }
        if self.is_json {
            let title = "Declare this endpoint public in the configuration, with a reason";
            let file = self.page.view.name(&self.document.path)?;
            let (uri, edit) = declaration::of(self.page, &file, (&self.finding.subject, REASON))?;
            return Some(self.edits(title.to_owned(), uri, vec![edit]));
        }
        let edit = self.comment(&format!("# gatelint: public {REASON}"))?;
        Some(self.action(
            "Declare this endpoint public, with a reason".to_owned(),
            edit,
        ))
    }

    fn open_page(&self) -> Option<CodeAction> {
        let rule = self.page.view.rules.get(&self.finding.rule)?;
        diagnostic::href(self.page.view, rule)?;
        let title = format!("Open the page of `{}`", rule.id);
        Some(CodeAction {
            title: title.clone(),
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: self.shown.clone().map(|shown| vec![shown]),
            command: Some(Command {
                title,
                command: OPEN_PAGE.to_owned(),
                arguments: Some(vec![Value::from(rule.id.as_str())]),
                ..Command::default()
            }),
            ..CodeAction::default()
        })
    }

    fn action(&self, title: String, edit: TextEdit) -> CodeAction {
        self.edits(title, self.document.uri.clone(), vec![edit])
    }

    fn edits(&self, title: String, uri: Uri, edits: Vec<TextEdit>) -> CodeAction {
        let changes = HashMap::from([(uri, edits)]);
        CodeAction {
            title,
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: self.shown.clone().map(|shown| vec![shown]),
            edit: Some(WorkspaceEdit {
                changes: Some(changes),
                ..WorkspaceEdit::default()
            }),
            ..CodeAction::default()
        }
    }

    /// The rule joins the list of a suppression that stands above already: only one can stand there.
    fn joined(&self, rule: &str) -> Option<TextEdit> {
        let (start, _) = self.page.bytes(self.finding.primary)?;
        let above = self.page.lines.line(start).checked_sub(1)?;
        let text = self.page.lines.text(above);
        let rest = text
            .trim_start()
            .strip_prefix('#')?
            .trim_start()
            .strip_prefix("gatelint:")?;
        rest.trim_start().strip_prefix("ignore[")?;
        let end = self.page.lines.bounds(above).0 + text.find(']')?;
        self.tried(end, &format!(", {rule}"), None)
    }

    /// The comment on a line of its own above, else behind what stands there.
    fn comment(&self, comment: &str) -> Option<TextEdit> {
        let places = [self.finding.primary, self.finding.about];
        let places = places
            .into_iter()
            .filter_map(|span: Span| self.page.bytes(span));
        let lines = &self.page.lines;
        let mut edits = places.flat_map(|(start, _)| {
            let line = lines.line(start);
            let (line_start, line_end) = lines.bounds(line);
            let text = lines.text(line);
            let indent: String = text.chars().take_while(|c| *c == ' ').collect();
            let above = line
                .checked_sub(1)
                .map(|above| lines.text(above).trim_start());
            let is_taken =
                above.is_some_and(|above| above.starts_with('#') && above.contains("gatelint:"));
            let ending = if self.page.text.contains("\r\n") {
                "\r\n"
            } else {
                "\n"
            };
            let alone = (
                line_start,
                format!("{indent}{comment}{ending}"),
                indent.len(),
            );
            let behind = (line_end, format!(" {comment}"), 1);
            let alone = Some(alone).filter(|_| !is_taken);
            alone.into_iter().chain([behind])
        });
        edits.find_map(|(at, text, lead)| self.tried(at, &text, Some(at + lead)))
    }

    /// The insertion, when the text stays as readable as it is and a comment begins where one should.
    fn tried(&self, at: usize, insert: &str, comment: Option<usize>) -> Option<TextEdit> {
        if self.is_json {
            return None;
        }
        let mut text = String::from(self.page.text.as_str());
        text.insert_str(at, insert);
        let tried = trial::parsed(&text);
        let begins = |span: &Span| comment.is_none_or(|at| span.start as usize == at);
        if !trial::holds(&tried, false) || !tried.comments.iter().any(begins) {
            return None;
        }
        Some(TextEdit {
            range: self.page.lines.range(at, at),
            new_text: insert.to_owned(),
        })
    }
}

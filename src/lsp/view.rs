//! A finished report as answers are read from it, with the last good one for files that are broken for now.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arcstr::ArcStr;

use super::place::{Encoding, Lines};
use super::shift::Shift;
use super::uri;
use crate::document::Problem;
use crate::endpoint::Endpoint;
use crate::finding::{Finding, Report, StackReport};
use crate::rule::{RuleSet, Verdict};
use crate::source::{Source, SourceId, Span, floor};
use gen_lsp_types::{Location, Range};

/// The rule of files that cannot be read: what is said of a broken file in any case.
const UNREADABLE: &str = "unreadable-input";

/// What one project came to.
#[derive(Debug)]
pub struct View {
    /// What its paths are relative to.
    pub base: PathBuf,
    /// The folder that it speaks of.
    pub folder: PathBuf,
    /// What was found.
    pub report: Report,
    /// What it was judged by.
    pub rules: RuleSet,
    /// What is wrong with its configuration and its rule pages.
    pub problems: Vec<Problem>,
    /// Configuration and rule pages.
    pub ruling: Vec<String>,
    /// Files whose last good report counts.
    pub broken: BTreeSet<String>,
    /// That report.
    pub good: Option<Arc<View>>,
}

/// One file of a view, and the way from the text that was analysed to the one in the editor.
pub struct Page<'a> {
    /// The view that it is read from.
    pub view: &'a View,
    /// The file there.
    pub source: SourceId,
    /// The text in the editor.
    pub text: &'a ArcStr,
    /// Its lines.
    pub lines: Lines<'a>,
    shift: Shift,
}

impl View {
    /// How a path is called here.
    pub fn name(&self, path: &Path) -> Option<String> {
        let inside = path.strip_prefix(&self.base).ok()?;
        Some(crate::cli::path::text(inside))
    }

    /// A file as the editor has it, in the report that counts for it.
    pub fn page<'a>(
        &'a self,
        path: &Path,
        text: &'a ArcStr,
        encoding: Encoding,
    ) -> Option<Page<'a>> {
        let name = self.name(path)?;
        let good = self.good.as_deref().filter(|_| self.broken.contains(&name));
        good.and_then(|good| good.own_page(&name, text, encoding))
            .or_else(|| self.own_page(&name, text, encoding))
    }

    /// The same in the report of the text as it is, broken or not.
    pub fn own_page<'a>(
        &'a self,
        name: &str,
        text: &'a ArcStr,
        encoding: Encoding,
    ) -> Option<Page<'a>> {
        let source = self.report.sources.find(name)?;
        let analysed = self.report.sources.get(source)?;
        Some(Page {
            view: self,
            source,
            text,
            lines: Lines::new(text, encoding),
            shift: Shift::between(&analysed.text, text),
        })
    }

    /// Whether this is the text that was analysed.
    pub fn is_of(&self, name: &str, text: &ArcStr) -> bool {
        let source = self.report.sources.find(name);
        let known = source.and_then(|source| self.report.sources.get(source));
        known.is_none_or(|known| ArcStr::ptr_eq(&known.text, text) || known.text == *text)
    }

    /// A place in any file, for the editor.
    pub fn location(&self, span: Span, encoding: Encoding) -> Option<Location> {
        let source = self.report.sources.get(span.source)?;
        if source.path.is_empty() {
            return None;
        }
        let lines = Lines::new(&source.text, encoding);
        Some(Location {
            uri: uri::of(&self.base.join(&source.path)),
            range: lines.range(span.start as usize, first_line_end(&source, span)),
        })
    }

    /// Findings to show: decided, and not suppressed.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let all = self.report.findings.iter();
        all.filter(|finding| finding.suppressed.is_none() && finding.verdict != Verdict::Undecided)
    }

    /// Findings that say why a file is broken.
    pub fn breakage(&self) -> impl Iterator<Item = &Finding> {
        self.findings().filter(|finding| finding.rule == UNREADABLE)
    }

    /// Every endpoint, with its stack.
    pub fn endpoints(&self) -> impl Iterator<Item = (&StackReport, &Endpoint)> {
        let stacks = self.report.stacks.iter();
        stacks.flat_map(|stack| {
            stack
                .endpoints
                .iter()
                .map(move |endpoint| (&**stack, endpoint))
        })
    }
}

impl Page<'_> {
    /// The endpoints that are declared in this file.
    pub fn endpoints(&self) -> impl Iterator<Item = (&StackReport, &Endpoint)> {
        let all = self.view.endpoints();
        all.filter(|(_, endpoint)| endpoint.span.source == self.source)
    }

    /// Where a span of this file is in the editor now; `None` when its beginning was typed over.
    pub fn bytes(&self, span: Span) -> Option<(usize, usize)> {
        if span.source != self.source {
            return None;
        }
        let start = floor(self.text, self.shift.apply(span.start)?);
        let end = self.shift.apply(span.end.max(span.start)).unwrap_or(start);
        Some((start, floor(self.text, end).max(start)))
    }

    /// The line that a thing is announced on: `- httpApi:` for the mapping that begins below it.
    pub fn head(&self, start: usize) -> usize {
        let line = self.lines.line(start);
        let (line_start, _) = self.lines.bounds(line);
        let before = self.text.get(line_start..start).unwrap_or_default();
        let above = (0..line).rev().take(20).find(|above| {
            let text = self.lines.text(*above).trim();
            !text.is_empty() && !text.starts_with('#')
        });
        let opens = |above: &usize| self.lines.text(*above).trim_end().ends_with(':');
        match above.filter(opens) {
            Some(above) if before.trim().is_empty() => above,
            Some(_) | None => line,
        }
    }

    /// The same as a range, no longer than its first line.
    pub fn range(&self, span: Span) -> Option<Range> {
        let (start, end) = self.bytes(span)?;
        let (_, line_end) = self.lines.bounds(self.lines.line(start));
        Some(self.lines.range(start, end.min(line_end.max(start))))
    }
}

/// Where a span ends, or its first line if that is sooner.
fn first_line_end(source: &Source, span: Span) -> usize {
    let end = span.end.min(source.end_of_line(span.start));
    let line = source.slice(Span { end, ..span }).trim_end();
    span.start as usize + line.len()
}

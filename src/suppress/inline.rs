//! Suppressions that are written in the inputs: comments, and `Metadata: gatelint:` on a resource.

use std::path::Path;

use jiff::civil::Date;

use super::{Reach, Waiver, What};
use crate::document::{self, Dialect, Entry, Node, Problem, ProblemKind};
use crate::rule::RuleSet;
use crate::source::{Source, SourceId, Sources, Span, Str};

const MARK: &str = "gatelint";
/// Characters of a reason that are kept.
const REASON: usize = 200;
/// Items of one list that are looked at.
const ITEMS: usize = 64;
const FORM: &str =
    "is not understood: write `# gatelint: ignore[rule-id] reason`, or `# gatelint: public reason`";

/// The waivers of all texts. What is malformed comes back as problems.
pub(super) fn read(
    sources: &Sources,
    rules: &RuleSet,
    require_reasons: bool,
) -> (Vec<Waiver>, Vec<Problem>) {
    let mut reader = Reader {
        rules,
        require_reasons,
        found: Vec::new(),
        problems: Vec::new(),
    };
    for (id, file) in sources.all() {
        let extension = Path::new(&file.path).extension();
        let ours = extension.is_none_or(|extension| extension != "md" && extension != "toml");
        if ours && memchr::memmem::find(file.text.as_bytes(), MARK.as_bytes()).is_some() {
            reader.file(sources, id, &file);
        }
    }
    (reader.found, reader.problems)
}

struct Reader<'a> {
    rules: &'a RuleSet,
    require_reasons: bool,
    found: Vec<Waiver>,
    problems: Vec<Problem>,
}

/// What stands around a list of rules.
struct Written<'a> {
    reason: &'a str,
    expires: Option<Date>,
    at: Span,
    reach: Reach,
}

impl Reader<'_> {
    fn file(&mut self, sources: &Sources, id: SourceId, file: &Source) {
        let document = document::parse(sources, id, Dialect::CloudFormation);
        for comment in &document.comments {
            self.comment(file, *comment);
        }
        let nested = document
            .root
            .get("resources")
            .and_then(|section| section.get("Resources"));
        let sections = [document.root.get("Resources"), nested];
        for entry in sections.into_iter().flatten().flat_map(Node::entries) {
            self.metadata(entry);
        }
    }

    fn comment(&mut self, file: &Source, span: Span) {
        let text = file.slice(span).trim_start_matches('#').trim_start();
        let Some(rest) = text.strip_prefix("gatelint:").map(str::trim_start) else {
            return;
        };
        let Some((word, list, reason)) = parts(rest) else {
            return self.malformed(span, FORM);
        };
        let written = |expires| Written {
            reason,
            expires,
            at: span,
            reach: Reach::Line(span.source, line(file, span)),
        };
        match word {
            "ignore" => match items(list) {
                Ok((ids, expires)) => self.ids(&ids, &written(expires)),
                Err(what) => self.malformed(span, &what),
            },
            _ => match items(list) {
                Ok((ids, expires)) if ids.is_empty() => self.public(&written(expires)),
                Ok(_) => self.malformed(span, "declares an endpoint public, which names no rules"),
                Err(what) => self.malformed(span, &what),
            },
        }
    }

    /// One waiver for each rule.
    fn ids(&mut self, ids: &[&str], written: &Written<'_>) {
        if ids.is_empty() {
            let what = "names no rule: write `# gatelint: ignore[rule-id] reason`";
            return self.malformed(written.at, what);
        }
        for id in ids {
            if self.rules.get(id).is_none() {
                let hint = self
                    .rules
                    .suggest(id)
                    .map(|near| format!(", did you mean `{near}`?"))
                    .unwrap_or_default();
                let short: String = id.chars().take(60).collect();
                self.malformed(written.at, &format!("names no rule: `{short}`{hint}"));
                continue;
            }
            self.add(What::Rule(Str::from(*id)), written);
        }
    }

    fn public(&mut self, written: &Written<'_>) {
        if written.reason.is_empty() {
            let what = "declares an endpoint public and does not say why";
            return self.malformed(written.at, what);
        }
        self.add(What::Public, written);
    }

    fn add(&mut self, what: What, written: &Written<'_>) {
        if self.require_reasons && written.reason.is_empty() {
            return self.malformed(written.at, "gives no reason, and this project asks for one");
        }
        let twice = |other: &Waiver| other.at == written.at && other.what == what;
        if self.found.iter().rev().take(ITEMS).any(twice) {
            return;
        }
        self.found.push(Waiver {
            what,
            reach: written.reach.clone(),
            reason: written.reason.chars().take(REASON).collect(),
            expires: written.expires,
            at: written.at,
        });
    }

    fn metadata(&mut self, resource: &Entry) {
        let metadata = resource.value.get("Metadata");
        let Some(own) = metadata.and_then(|metadata| metadata.get("gatelint")) else {
            return;
        };
        let reach = Reach::Inside(resource.span.to(resource.value.span));
        let (ignore, public) = (own.get("ignore"), own.get("public"));
        if ignore.is_none() && public.is_none() {
            let what = "in `Metadata` is not understood: write `gatelint: {ignore: [rule-id]}`, or `gatelint: {public: reason}`";
            return self.malformed(own.span, what);
        }
        if let Some(public) = public {
            let reason = public.as_text().or_else(|| public.get("reason")?.as_text());
            match self.written(public, reason, &reach) {
                Ok(written) => self.public(&written),
                Err(what) => self.malformed(public.span, &what),
            }
        }
        let items = ignore.map(|list| list.as_list().unwrap_or(std::slice::from_ref(list)));
        for item in items.unwrap_or_default().iter().take(ITEMS) {
            let id = item.as_text().or_else(|| item.get("rule")?.as_text());
            let reason = item.get("reason").and_then(Node::as_text);
            match (id, self.written(item, reason, &reach)) {
                (Some(id), Ok(written)) => self.ids(&[id.as_str()], &written),
                (None, _) => self.malformed(item.span, "in `Metadata` names no rule"),
                (_, Err(what)) => self.malformed(item.span, &what),
            }
        }
    }

    #[expect(clippy::unused_self, reason = "reads better beside its uses")]
    fn written<'n>(
        &self,
        item: &'n Node,
        reason: Option<&'n Str>,
        reach: &Reach,
    ) -> Result<Written<'n>, String> {
        let expires = item.get("expires").map(|node| {
            let text = node.scalar().unwrap_or_default();
            day(&text)
        });
        Ok(Written {
            reason: reason.map_or("", Str::as_str).trim(),
            expires: expires.transpose()?,
            at: item.span,
            reach: reach.clone(),
        })
    }

    fn malformed(&mut self, at: Span, what: &str) {
        let message = format!("this suppression {what}");
        self.problems
            .push(Problem::new(ProblemKind::InvalidSuppression, at, message));
    }
}

/// `ignore[list] reason` and `public[list] reason`; the list of `public` may be left out.
fn parts(text: &str) -> Option<(&'static str, &str, &str)> {
    if let Some(rest) = text.strip_prefix("ignore") {
        let (list, reason) = rest.strip_prefix('[')?.split_once(']')?;
        return Some(("ignore", list, reason.trim()));
    }
    let rest = text.strip_prefix("public")?;
    match rest.strip_prefix('[') {
        Some(rest) => {
            let (list, reason) = rest.split_once(']')?;
            Some(("public", list, reason.trim()))
        }
        None if rest.is_empty() || rest.starts_with([' ', ':', '\t']) => {
            Some(("public", "", rest.trim_start_matches(':').trim()))
        }
        None => None,
    }
}

/// Rule ids and the day of a list: `a, b, expires 2027-01-31`.
fn items(list: &str) -> Result<(Vec<&str>, Option<Date>), String> {
    let (mut ids, mut expires) = (Vec::new(), None);
    let items = list.split(',').map(str::trim);
    for item in items.filter(|item| !item.is_empty()).take(ITEMS) {
        match item.strip_prefix("expires") {
            Some(text) => {
                let text = text.trim_start_matches([' ', '=', ':']);
                expires = Some(day(text)?);
            }
            None => ids.push(item),
        }
    }
    Ok((ids, expires))
}

fn day(text: &str) -> Result<Date, String> {
    let short: String = text.chars().take(40).collect();
    let parsed = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    parsed.ok_or_else(|| format!("expires on no day, `{short}`: write `expires 2027-01-31`"))
}

/// The line that a comment is about: its own, or the next one when it stands alone.
fn line(file: &Source, comment: Span) -> u32 {
    let (line, _) = file.line_column(comment.start);
    let starts = file.line_starts().get(line as usize - 1);
    let before = Span {
        start: starts.copied().unwrap_or_default(),
        end: comment.start,
        ..comment
    };
    let alone = file.slice(before).trim().is_empty();
    if alone { line + 1 } else { line }
}

//! Suppressions written in the input: `# gatelint: ignore[rule-id] reason`, and `Metadata: gatelint: ignore:` on a resource.
//!
//! Only comments count, wherever else the words may stand. What is malformed suppresses nothing and is said, as is a
//! suppression that nothing needed. The comments are read again from the few files that have the word in them.

use crate::document::{self, Dialect, Entry, Node, Problem, ProblemKind};
use crate::finding::{Finding, Suppression};
use crate::rule::RuleSet;
use crate::source::{Source, SourceId, Sources, Span, Str};

const MARK: &str = "gatelint";
/// Characters of a reason that are kept.
const REASON: usize = 200;

/// One suppression of one rule.
#[derive(Clone, Debug)]
struct Ignore {
    rule: Str,
    reason: String,
    /// The comment, or the entry of the metadata.
    at: Span,
    /// Where it counts.
    reach: Reach,
    used: bool,
}

/// Where a suppression counts.
#[derive(Clone, Debug)]
enum Reach {
    /// Findings on this line, or about something that begins there.
    Line(SourceId, u32),
    /// Findings inside this resource.
    Inside(Span),
}

/// Every suppression of a run.
#[derive(Debug, Default)]
pub struct Suppressions(Vec<Ignore>);

/// Finds the suppressions in all texts. What is malformed comes back as problems.
pub fn read(sources: &Sources, rules: &RuleSet) -> (Suppressions, Vec<Problem>) {
    let mut reader = Reader {
        rules,
        found: Vec::new(),
        problems: Vec::new(),
    };
    for source in sources.all() {
        let marked = |(_, file): &(SourceId, std::sync::Arc<Source>)| {
            let page = std::path::Path::new(&file.path)
                .extension()
                .is_some_and(|extension| extension == "md");
            !page && memchr::memmem::find(file.text.as_bytes(), MARK.as_bytes()).is_some()
        };
        if let Some((id, file)) = Some(source).filter(marked) {
            reader.file(sources, id, &file);
        }
    }
    (Suppressions(reader.found), reader.problems)
}

impl Suppressions {
    /// Marks the findings that are suppressed.
    pub fn mark(&mut self, findings: &mut [Finding], sources: &Sources) {
        if self.0.is_empty() {
            return;
        }
        for finding in findings {
            let ignore = self
                .0
                .iter_mut()
                .find(|ignore| ignore.rule == finding.rule && ignore.covers(finding, sources));
            if let Some(ignore) = ignore {
                ignore.used = true;
                finding.suppressed = Some(Suppression {
                    at: Some(ignore.at),
                    reason: ignore.reason.clone(),
                });
            }
        }
    }

    /// The suppressions that no finding needed.
    pub fn unused(&self) -> Vec<Problem> {
        let unused = self.0.iter().filter(|ignore| !ignore.used);
        let say = |ignore: &Ignore| {
            let message = format!(
                "nothing here is reported by `{}`: the suppression is not needed",
                ignore.rule
            );
            Problem::new(ProblemKind::UnusedSuppression, ignore.at, message)
        };
        unused.map(say).collect()
    }
}

impl Ignore {
    fn covers(&self, finding: &Finding, sources: &Sources) -> bool {
        let places = [finding.primary, finding.about];
        match &self.reach {
            Reach::Line(source, line) => places
                .iter()
                .any(|place| place.source == *source && sources.locate(*place).line == *line),
            Reach::Inside(resource) => places.iter().any(|place| {
                place.source == resource.source
                    && place.start >= resource.start
                    && place.end <= resource.end
            }),
        }
    }
}

struct Reader<'a> {
    rules: &'a RuleSet,
    found: Vec<Ignore>,
    problems: Vec<Problem>,
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
        let Some((ids, reason)) = rest
            .strip_prefix("ignore[")
            .and_then(|rest| rest.split_once(']'))
        else {
            return self.malformed(
                span,
                "is not understood: write `# gatelint: ignore[rule-id] reason`",
            );
        };
        let (line, _) = file.line_column(span.start);
        let starts = file
            .line_starts()
            .get(line as usize - 1)
            .copied()
            .unwrap_or_default();
        let alone = file
            .slice(Span {
                start: starts,
                end: span.start,
                ..span
            })
            .trim()
            .is_empty();
        let line = if alone { line + 1 } else { line };
        self.ids(ids, reason.trim(), span, &Reach::Line(span.source, line));
    }

    fn ids(&mut self, ids: &str, reason: &str, at: Span, reach: &Reach) {
        let mut known = 0;
        for id in ids
            .split(',')
            .map(str::trim)
            .filter(|id| !id.is_empty())
            .take(64)
        {
            if self.rules.get(id).is_none() {
                let hint = self
                    .rules
                    .suggest(id)
                    .map(|near| format!(", did you mean `{near}`?"))
                    .unwrap_or_default();
                let short: String = id.chars().take(60).collect();
                self.malformed(at, &format!("names no rule: `{short}`{hint}"));
                continue;
            }
            known += 1;
            let reason: String = reason.chars().take(REASON).collect();
            if !self
                .found
                .iter()
                .any(|other| other.at == at && other.rule == id)
            {
                self.found.push(Ignore {
                    rule: Str::from(id),
                    reason,
                    at,
                    reach: reach.clone(),
                    used: false,
                });
            }
        }
        if known == 0 && ids.trim().is_empty() {
            self.malformed(
                at,
                "names no rule: write `# gatelint: ignore[rule-id] reason`",
            );
        }
    }

    fn metadata(&mut self, resource: &Entry) {
        let Some(own) = resource
            .value
            .get("Metadata")
            .and_then(|metadata| metadata.get("gatelint"))
        else {
            return;
        };
        let reach = Reach::Inside(resource.span.to(resource.value.span));
        let Some(list) = own.get("ignore") else {
            return self.malformed(
                own.span,
                "in `Metadata` is not understood: write `gatelint: {ignore: [rule-id]}`",
            );
        };
        let items = list.as_list().unwrap_or(std::slice::from_ref(list));
        for item in items {
            let id = item
                .as_text()
                .or_else(|| item.get("rule").and_then(Node::as_text));
            let reason = item
                .get("reason")
                .and_then(Node::as_text)
                .map_or("", Str::as_str);
            match id {
                Some(id) => self.ids(id, reason, item.span, &reach),
                None => self.malformed(item.span, "in `Metadata` names no rule"),
            }
        }
    }

    fn malformed(&mut self, at: Span, what: &str) {
        let message = format!("this suppression {what}");
        self.problems
            .push(Problem::new(ProblemKind::InvalidSuppression, at, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::frontend::{Env, MapReader, Options};
    use std::sync::Arc;

    const TEMPLATE: &str = "
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  Post:@META
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: POST, AuthorizationType: NONE}@LINE
";

    /// Whether `public-write` is suppressed, and the rules of everything else that is reported.
    fn outcome(metadata: &str, comment: &str) -> (Option<bool>, Vec<String>) {
        let text = TEMPLATE
            .replace("@META", metadata)
            .replace("@LINE", comment);
        let sources = Arc::new(Sources::default());
        let entry = sources.add("template.yaml", text);
        let (reader, options) = (MapReader::default(), Options::default());
        let env = Env {
            sources: &sources,
            reader: &reader,
            options: &options,
        };
        let report = check(&sources, &[entry], &RuleSet::built_in(), &env);
        let write = report
            .findings
            .iter()
            .find(|finding| finding.rule == "public-write");
        let others = report
            .problems
            .iter()
            .map(|problem| problem.kind.rule().to_owned());
        (
            write.map(|finding| finding.suppressed.is_some()),
            others.collect(),
        )
    }

    #[test]
    fn a_comment_on_the_line_or_above_it_suppresses() {
        let (suppressed, problems) = outcome("", "  # gatelint: ignore[public-write] a webhook");
        assert_eq!((suppressed, problems), (Some(true), vec![]));
        let (suppressed, _) = outcome("\n    # gatelint: ignore[public-write] a webhook", "");
        assert_eq!(
            suppressed,
            Some(false),
            "the line below is not what the finding is about"
        );
    }

    #[test]
    fn metadata_of_the_resource_suppresses() {
        let metadata =
            "\n    Metadata: {gatelint: {ignore: [{rule: public-write, reason: a webhook}]}}";
        assert_eq!(outcome(metadata, ""), (Some(true), vec![]));
    }

    #[test]
    fn what_is_malformed_suppresses_nothing_and_is_said() {
        for comment in [
            "ignore",
            "ignore[] x",
            "ignore[no-such] x",
            "ignore[*] x",
            "ignore[public-write x",
        ] {
            let (suppressed, problems) = outcome("", &format!("  # gatelint: {comment}"));
            assert_eq!(suppressed, Some(false), "{comment}");
            assert_eq!(problems, ["invalid-suppression"], "{comment}");
        }
    }

    #[test]
    fn a_suppression_that_nothing_needs_is_said() {
        let (_, problems) = outcome("", "  # gatelint: ignore[public-read] x");
        assert_eq!(problems, ["unused-suppression"]);
    }

    #[test]
    fn words_in_a_string_are_no_comment() {
        let (suppressed, _) = outcome(
            "\n    Metadata: {x: '# gatelint: ignore[public-write] x'}",
            "",
        );
        assert_eq!(suppressed, Some(false));
    }
}

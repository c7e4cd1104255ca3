//! Decisions that findings do not count: `# gatelint: ignore[rule-id] reason` and `# gatelint: public reason` in the
//! inputs, `Metadata: gatelint:` on a resource, and those of the configuration.
//!
//! Of the inputs only comments count, wherever else the words may stand. What is malformed suppresses nothing and is said,
//! as is a suppression that nothing needed or whose day is over. The comments are read again from the few files that
//! have the word in them.

mod inline;
mod waiver;

use jiff::civil::Date;

pub use self::waiver::{Reach, Subject, Waiver, What};
use crate::document::{Problem, ProblemKind};
use crate::finding::{Cause, Finding, Suppression};
use crate::rule::RuleSet;
use crate::source::Sources;
use crate::terms::Terms;

/// Every waiver of a run, and whether a finding needed it.
#[derive(Debug)]
pub struct Suppressions {
    waivers: Vec<(Waiver, bool)>,
    today: Option<Date>,
    partial: bool,
}

/// Those of the terms and, unless they do not count, of all texts. What is malformed comes back as problems.
pub fn read(sources: &Sources, rules: &RuleSet, terms: &Terms) -> (Suppressions, Vec<Problem>) {
    let mut waivers = terms.waivers.clone();
    let mut problems = Vec::new();
    if terms.inline {
        let (found, malformed) = inline::read(sources, rules, terms.require_reasons);
        waivers.extend(found);
        problems.extend(malformed);
    }
    let suppressions = Suppressions {
        waivers: waivers.into_iter().map(|waiver| (waiver, false)).collect(),
        today: terms.today,
        partial: terms.partial,
    };
    (suppressions, problems)
}

impl Suppressions {
    /// Marks the findings that are suppressed.
    pub fn mark(&mut self, findings: &mut [Finding], rules: &RuleSet, sources: &Sources) {
        let today = self.today;
        if self.waivers.is_empty() {
            return;
        }
        for finding in findings {
            let about = |(waiver, _): &&mut (Waiver, bool)| {
                !is_over(waiver, today) && waiver.covers(finding, rules, sources)
            };
            if let Some((waiver, used)) = self.waivers.iter_mut().find(about) {
                *used = true;
                finding.suppressed = Some(suppression(waiver));
            }
        }
    }

    /// The waivers that no finding needed, and those whose day is over.
    pub fn idle(&self) -> Vec<Problem> {
        let told = |(waiver, used): &&(Waiver, bool)| {
            let elsewhere = self.partial && matches!(waiver.reach, Reach::Named { .. });
            !used && (!elsewhere || is_over(waiver, self.today))
        };
        let idle = self.waivers.iter().filter(told);
        idle.map(|(waiver, _)| self.say(waiver)).collect()
    }

    fn say(&self, waiver: &Waiver) -> Problem {
        let name = waiver.name();
        if let Some(day) = waiver.expires.filter(|_| is_over(waiver, self.today)) {
            let message = format!("{name} was to last until {day}: it counts no more");
            return Problem::new(ProblemKind::ExpiredSuppression, waiver.at, message);
        }
        let message = match &waiver.what {
            What::Rule(rule) => {
                format!("nothing here is reported by `{rule}`: the suppression is not needed")
            }
            What::Public => "nothing here is open: the declaration is not needed".to_owned(),
        };
        Problem::new(ProblemKind::UnusedSuppression, waiver.at, message)
    }
}

fn is_over(waiver: &Waiver, today: Option<Date>) -> bool {
    let both = waiver.expires.zip(today);
    both.is_some_and(|(day, today)| day < today)
}

fn suppression(waiver: &Waiver) -> Suppression {
    Suppression {
        cause: match waiver.what {
            What::Rule(_) => Cause::Ignored,
            What::Public => Cause::Public,
        },
        at: Some(waiver.at),
        reason: waiver.reason.clone(),
        expires: waiver.expires,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend::{Env, MapReader, Options};
    use jiff::civil::date;
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
        outcome_on(&Terms::default(), metadata, comment)
    }

    fn outcome_on(terms: &Terms, metadata: &str, comment: &str) -> (Option<bool>, Vec<String>) {
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
        let rules = RuleSet::built_in();
        let analyses = vec![crate::analyse(
            entry,
            &env,
            &crate::judge::Judge::new(&rules),
        )];
        let report = crate::conclude(analyses, &rules, terms, &sources);
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

    #[test]
    fn a_declaration_settles_every_rule_about_openness() {
        let public = "  # gatelint: public[expires 2027-01-31] a webhook that checks a signature";
        assert_eq!(outcome("", public), (Some(true), vec![]));
        let metadata = "\n    Metadata: {gatelint: {public: a webhook that checks a signature}}";
        assert_eq!(outcome(metadata, ""), (Some(true), vec![]));
        let metadata =
            "\n    Metadata: {gatelint: {public: {reason: a webhook, expires: '2027-01-31'}}}";
        assert_eq!(outcome(metadata, ""), (Some(true), vec![]));
        let (suppressed, problems) = outcome("", "  # gatelint: public");
        assert_eq!(suppressed, Some(false), "a declaration gives a reason");
        assert_eq!(problems, ["invalid-suppression"]);
    }

    #[test]
    fn a_suppression_lasts_through_its_last_day() {
        let on = |today| Terms {
            today: Some(today),
            ..Terms::default()
        };
        let comment =
            "  # gatelint: ignore[public-write, expires 2026-03-01] until the gateway moves";
        let day = date(2026, 3, 1);
        assert_eq!(outcome_on(&on(day), "", comment), (Some(true), vec![]));
        let (suppressed, problems) = outcome_on(&on(date(2026, 3, 2)), "", comment);
        assert_eq!(suppressed, Some(false));
        assert_eq!(problems, ["expired-suppression"]);
        assert_eq!(
            outcome("", comment).0,
            Some(true),
            "without a day nothing expires"
        );
    }

    #[test]
    fn days_that_are_none_are_said() {
        for day in ["expires 2026-02-30", "expires soon", "expires"] {
            let (suppressed, problems) =
                outcome("", &format!("  # gatelint: ignore[public-write, {day}] x"));
            assert_eq!(suppressed, Some(false), "{day}");
            assert_eq!(problems, ["invalid-suppression"], "{day}");
        }
    }

    #[test]
    fn reasons_can_be_required_and_comments_left_out() {
        let bare = "  # gatelint: ignore[public-write]";
        assert_eq!(outcome("", bare), (Some(true), vec![]));
        let terms = Terms {
            require_reasons: true,
            ..Terms::default()
        };
        let (suppressed, problems) = outcome_on(&terms, "", bare);
        assert_eq!(
            (suppressed, problems),
            (Some(false), vec!["invalid-suppression".to_owned()])
        );
        let terms = Terms {
            inline: false,
            ..Terms::default()
        };
        assert_eq!(outcome_on(&terms, "", bare), (Some(false), vec![]));
    }
}

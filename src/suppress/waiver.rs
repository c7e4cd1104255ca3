//! One decision that findings do not count: what it is about, where it counts, why, and until when.

use jiff::civil::Date;

use crate::facts::Kind;
use crate::finding::Finding;
use crate::glob::Glob;
use crate::rule::RuleSet;
use crate::source::{SourceId, Sources, Span, Str};

/// A decision that findings do not count.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// What it is about.
    pub what: What,
    /// Where it counts.
    pub reach: Reach,
    /// Why; empty when nobody says.
    pub reason: String,
    /// The last day on which it counts.
    pub expires: Option<Date>,
    /// Where it is written: the comment, the entry of the metadata or of the configuration.
    pub at: Span,
}

/// What a waiver is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Findings of this rule.
    Rule(Str),
    /// The endpoint is public by design: findings of every rule that such a declaration settles.
    Public,
}

/// Where a waiver counts.
#[derive(Clone, Debug)]
pub enum Reach {
    /// Findings on this line, or about something that begins there.
    Line(SourceId, u32),
    /// Findings inside this resource.
    Inside(Span),
    /// Findings in files and about things of these names; what is empty leaves it open.
    Named {
        /// Patterns of files.
        files: Vec<Glob>,
        /// Patterns of endpoints, or names of other subjects.
        subjects: Vec<Subject>,
    },
}

/// A pattern of what a finding is about: `/health`, `GET /public/**`, or the name of anything else.
#[derive(Clone, Debug)]
pub struct Subject {
    method: Option<String>,
    path: Glob,
    whole: String,
}

impl Subject {
    /// Reads `METHOD path`, a path, or a name.
    ///
    /// # Errors
    /// What is wrong with it, as a part of a sentence.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (method, path) = match text.split_once(' ') {
            Some((method, path)) => (Some(method.to_ascii_uppercase()), path.trim_start()),
            None => (None, text),
        };
        if path.is_empty() {
            return Err("is empty".to_owned());
        }
        Ok(Self {
            method: method.filter(|method| method != "*"),
            path: Glob::of_paths(path)?,
            whole: text.to_owned(),
        })
    }

    /// Whether a subject of this name is meant.
    pub fn fits(&self, label: &str) -> bool {
        if label == self.whole {
            return true;
        }
        let (method, path) = label.split_once(' ').unwrap_or(("", label));
        self.path.fits(path) && self.method.as_ref().is_none_or(|own| own == method)
    }
}

impl Waiver {
    /// Whether it is about this finding.
    pub(super) fn covers(&self, finding: &Finding, rules: &RuleSet, sources: &Sources) -> bool {
        let meant = match &self.what {
            What::Rule(rule) => *rule == finding.rule,
            What::Public => {
                finding.kind == Kind::Endpoint
                    && rules.get(&finding.rule).is_some_and(|rule| rule.public)
            }
        };
        meant && self.reaches(finding, sources)
    }

    fn reaches(&self, finding: &Finding, sources: &Sources) -> bool {
        let mut places = [finding.primary, finding.about].into_iter();
        match &self.reach {
            Reach::Line(source, line) => {
                places.any(|place| place.source == *source && sources.locate(place).line == *line)
            }
            Reach::Inside(resource) => places.any(|place| {
                place.source == resource.source
                    && place.start >= resource.start
                    && place.end <= resource.end
            }),
            Reach::Named { files, subjects } => {
                let named =
                    subjects.is_empty() || subjects.iter().any(|one| one.fits(&finding.subject));
                let within = |place: Span| {
                    let file = sources.get(place.source);
                    file.is_some_and(|file| files.iter().any(|glob| glob.fits(&file.path)))
                };
                named && (files.is_empty() || places.any(within))
            }
        }
    }

    /// How it is called in messages.
    pub(super) fn name(&self) -> String {
        match &self.what {
            What::Rule(rule) => format!("the suppression of `{rule}`"),
            What::Public => "the declaration that this is public".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_meant_by_path_and_method() {
        let fits = |pattern: &str, label: &str| {
            let subject = Subject::new(pattern).expect("a pattern");
            subject.fits(label)
        };
        assert!(fits("GET /health", "GET /health"));
        assert!(!fits("GET /health", "POST /health"));
        assert!(fits("/health", "POST /health"));
        assert!(fits("* /health", "POST /health"));
        assert!(fits("get /public/**", "GET /public/a/{id}"));
        assert!(!fits("/public/*", "GET /public/a/b"));
        assert!(fits("Webhook", "Webhook"), "anything else goes by its name");
        assert!(fits("usage plan Plan", "usage plan Plan"));
        assert!(Subject::new(" ").is_err());
    }
}

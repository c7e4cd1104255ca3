//! Values of the environment stay out of findings: the log of a run is read by more people than the runner's secrets.
//!
//! A value is shown by what it is called. The inventory is another matter: who asks for paths gets them as deployed.

use std::collections::BTreeMap;

use crate::finding::Report;
use crate::source::{SourceId, Sources, Str};
use crate::trail::How;

/// Shorter values are words, not secrets: a stage, part of a region, a flag.
const SECRET: usize = 6;
/// Words of the frameworks and of deployments that people keep in variables.
const WORDS: [&str; 14] = [
    "aws_iam",
    "cognito",
    "cognito_user_pools",
    "custom",
    "development",
    "disabled",
    "enabled",
    "lambda",
    "private",
    "production",
    "public",
    "regional",
    "request",
    "staging",
];

/// What must not be shown, each with what is shown instead.
#[derive(Debug, Default)]
pub struct Secrets(Vec<(String, String)>);

impl Secrets {
    /// The variables that were let in, and those of the `.env` files that were read.
    pub fn of(variables: &BTreeMap<String, String>, sources: &Sources) -> Self {
        let mut all: Vec<(String, String)> = variables.clone().into_iter().collect();
        for source in (0..).map(SourceId).map_while(|id| sources.get(id)) {
            let name = source.path.rsplit('/').next().unwrap_or_default();
            if name.starts_with(".env") {
                all.extend(source.text.lines().filter_map(assignment));
            }
        }
        all.retain(|(_, value)| value.len() >= SECRET && !is_word(value));
        // A value that holds another one goes first.
        all.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.cmp(b)));
        Self(
            all.into_iter()
                .map(|(name, value)| (value, format!("${{env:{name}}}")))
                .collect(),
        )
    }

    /// Takes them out of everything that findings and problems say.
    pub fn hide_in(&self, report: &mut Report) {
        if self.0.is_empty() {
            return;
        }
        for finding in &mut report.findings {
            let facts = finding.facts.iter_mut().map(|(_, value)| value);
            let labels = finding.labels.iter_mut().map(|(_, text)| text);
            let own = [
                &mut finding.subject,
                &mut finding.message,
                &mut finding.help,
            ];
            for text in own.into_iter().chain(facts).chain(labels) {
                *text = self.hidden(text);
            }
            for step in &mut finding.evidence {
                step.how = self.hidden_how(&step.how);
            }
        }
        for problem in &mut report.problems {
            let related = problem.related.iter_mut().map(|(_, text)| text);
            for text in std::iter::once(&mut problem.message).chain(related) {
                *text = self.hidden(text);
            }
        }
    }

    /// Each with what is shown instead, for a renderer that quotes the input.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The text without them.
    pub fn hidden(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (value, name) in &self.0 {
            if text.contains(value) {
                text = text.replace(value, name);
            }
        }
        text
    }

    fn hidden_how(&self, how: &How) -> How {
        let hidden = |text: &Str| Str::from(self.hidden(text));
        match how {
            How::Written => How::Written,
            How::PlatformDefault { what, docs } => How::PlatformDefault { what, docs },
            How::Absent(text) => How::Absent(hidden(text)),
            How::Inherited(text) => How::Inherited(hidden(text)),
            How::Overrides(text) => How::Overrides(hidden(text)),
            How::Coerced(text) => How::Coerced(hidden(text)),
            How::Generated(text) => How::Generated(hidden(text)),
            How::Condition(text, holds) => How::Condition(hidden(text), *holds),
            How::Parameter(text) => How::Parameter(hidden(text)),
            How::Variable(text) => How::Variable(hidden(text)),
            How::File(text) => How::File(hidden(text)),
            How::Reference(text) => How::Reference(hidden(text)),
            How::Deferred(text) => How::Deferred(hidden(text)),
            How::Note(text) => How::Note(hidden(text)),
        }
    }
}

/// Whether a value is a word that findings need: to hide it would hide what they are about, and it hides nothing.
fn is_word(value: &str) -> bool {
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// `KEY=value`, as `.env` files have it.
fn assignment(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let (name, value) = line
        .strip_prefix("export ")
        .unwrap_or(line)
        .split_once('=')?;
    let value = value.trim().trim_matches(['"', '\'', '`']);
    Some((name.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_by_its_name_and_short_ones_as_they_are() {
        let sources = Sources::default();
        let text = "# x\nexport KEY='hunter22'\nSTAGE=dev\nAUTH=aws_iam\n";
        sources.add("a/.env.dev", text);
        let given = BTreeMap::from([("LONG".to_owned(), "hunter22-and-more".to_owned())]);
        let secrets = Secrets::of(&given, &sources);
        assert_eq!(
            secrets.hidden("`POST /hunter22/hunter22-and-more/dev` is open"),
            "`POST /${env:KEY}/${env:LONG}/dev` is open"
        );
        assert_eq!(secrets.hidden("not `aws_iam`"), "not `aws_iam`");
    }
}

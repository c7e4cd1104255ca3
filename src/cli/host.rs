//! The CI host that runs us, where it shows more than a log: annotations and the job summary of GitHub Actions.
//!
//! Two variables that the runner sets for every step are all that is looked at; nothing of them is printed, and no report says that they were there.

use std::env;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use super::output;
use crate::report::{Detail, Format, View, annotations};

/// GitHub Actions, and where it takes the summary of this step from.
#[derive(Debug, PartialEq, Eq)]
pub struct Actions {
    summary: Option<PathBuf>,
}

impl Actions {
    /// The host, when it is this one.
    pub fn here() -> Option<Self> {
        Self::from(|name| env::var(name).ok())
    }

    fn from(value: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let runs = value("GITHUB_ACTIONS").is_some_and(|word| word == "true");
        let summary = value("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        runs.then(|| Self {
            summary: summary.map(PathBuf::from),
        })
    }

    /// Shows the findings beside the changed lines, and the table on the page of the run.
    ///
    /// Whoever prints for a program is left alone; whoever prints annotations has them already.
    pub fn show(&self, printed: Format, view: &View<'_>) {
        match printed {
            Format::Human => beside_lines(view),
            Format::Github => {}
            Format::Json
            | Format::Jsonl
            | Format::Sarif
            | Format::Gitlab
            | Format::Junit
            | Format::Markdown
            | Format::Csv
            | Format::Html => return,
        }
        if view.show.detail > Detail::Quiet {
            self.summarise(&Format::Markdown.render(view));
        }
    }

    /// Adds to the summary; other steps' words stay. A result is not lost when that fails, so it is only said.
    fn summarise(&self, table: &str) {
        let Some(path) = &self.summary else {
            return;
        };
        // The runner makes the file; whatever else is there is not ours to write to.
        let is_file = path.metadata().is_ok_and(|found| found.is_file());
        let mut options = OpenOptions::new();
        let opened = is_file.then(|| options.append(true).open(path));
        let written = opened.is_some_and(|file| {
            file.and_then(|mut file| file.write_all(table.as_bytes()))
                .is_ok()
        });
        if !written {
            output::say("note: the job summary cannot be written");
        }
    }
}

/// The runner reads commands from both streams; standard output stays the report and nothing else.
fn beside_lines(view: &View<'_>) {
    let commands = annotations(view);
    if !commands.is_empty() {
        output::say(commands.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_runner_itself_is_taken_for_the_host() {
        let host = |actions: &'static str| {
            Actions::from(move |name| match name {
                "GITHUB_ACTIONS" => Some(actions.to_owned()),
                "GITHUB_STEP_SUMMARY" => Some("s.md".to_owned()),
                _ => None,
            })
        };
        let summary = Some(PathBuf::from("s.md"));
        assert_eq!(host("true"), Some(Actions { summary }));
        assert_eq!(host(""), None);
        assert_eq!(host("false"), None);
        assert_eq!(Actions::from(|_| None), None);
    }
}

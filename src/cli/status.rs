//! Exit codes: what a run came to. They never depend on the format.

use std::any::Any;
use std::io::Write as _;
use std::panic;
use std::process::ExitCode;

use crate::document::ProblemKind;
use crate::finding::{Report, Severity, Verdict};

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything was analysed, and nothing counts.
    Clean,
    /// Findings that count.
    Found,
    /// Wrong usage, nothing to analyse, or results that could not be written.
    Impossible,
    /// Something could not be read or analysed.
    Incomplete,
    /// We are wrong.
    Bug,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Clean => 0,
            Status::Found => 1,
            Status::Impossible => 2,
            Status::Incomplete => 3,
            Status::Bug => 101,
        })
    }
}

/// What makes a run fail.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Findings of this severity and worse; `None` for never.
    pub fail_on: Option<Severity>,
    /// Undecided findings too.
    pub strict: bool,
    /// What could not be analysed does not matter.
    pub allow_incomplete: bool,
}

impl Status {
    /// What a report comes to. That it is incomplete weighs more than what is in it.
    pub fn of(report: &Report, policy: Policy) -> Self {
        if !policy.allow_incomplete && is_incomplete(report) {
            return Self::Incomplete;
        }
        let Some(least) = policy.fail_on else {
            return Self::Clean;
        };
        let counts = report.findings.iter().any(|finding| {
            finding.suppressed.is_none()
                && finding.severity >= least
                && (policy.strict || finding.verdict != Verdict::Undecided)
        });
        if counts { Self::Found } else { Self::Clean }
    }
}

fn is_incomplete(report: &Report) -> bool {
    let mut problems = report.problems.iter();
    problems.any(|problem| {
        // Of a key that stands twice nobody can say which one counts where it is deployed.
        matches!(
            problem.kind,
            ProblemKind::UnreadableInput | ProblemKind::DuplicateKey
        )
    })
}

/// A panic says in two lines what happened and what to do; the run goes on where it can.
pub fn report_bugs_calmly() {
    panic::set_hook(Box::new(|info| {
        let what = told(info.payload());
        let place = info
            .location()
            .map_or_else(String::new, |at| format!(" ({at})"));
        let what = crate::report::message(what);
        let _ = writeln!(
            std::io::stderr().lock(),
            "bug: {what}{place}\nhelp: this is a mistake in gatelint {}, not in your files: please report it with the file that shows it",
            env!("CARGO_PKG_VERSION"),
        );
    }));
}

fn told(payload: &dyn Any) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or(payload.downcast_ref::<&str>().copied())
        .unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::Problem;
    use crate::source::{Sources, Span};

    fn report(problem: Option<ProblemKind>) -> Report {
        let sources = Arc::new(Sources::default());
        let top = Span::top(sources.add("a.yml", ""));
        Report {
            today: None,
            sources,
            stacks: Vec::new(),
            findings: Vec::new(),
            problems: problem
                .map(|kind| Problem::new(kind, top, "so"))
                .into_iter()
                .collect(),
            files: 1,
        }
    }

    #[test]
    fn a_panic_is_told_in_its_own_words() {
        assert_eq!(told(&"went wrong"), "went wrong");
        assert_eq!(told(&"at 3".to_owned()), "at 3");
        assert_eq!(told(&3), "no reason given");
    }

    #[test]
    fn an_incomplete_result_is_not_clean_whatever_fails() {
        let policy = |allow_incomplete| Policy {
            fail_on: None,
            strict: false,
            allow_incomplete,
        };
        let unread = report(Some(ProblemKind::UnreadableInput));
        assert_eq!(Status::of(&unread, policy(false)), Status::Incomplete);
        assert_eq!(Status::of(&unread, policy(true)), Status::Clean);
        assert_eq!(
            Status::of(&report(Some(ProblemKind::Notice)), policy(false)),
            Status::Clean
        );
        assert_eq!(Status::of(&report(None), policy(false)), Status::Clean);
    }
}

//! `JUnit` XML: a suite per file, a case per finding, and one that passes where there is none.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::document::ProblemKind;
use crate::finding::Finding;
use crate::report::escape::xml;
use crate::report::{View, escape, place};
use crate::source::Sources;

/// A document with all suites.
pub fn render(view: &View<'_>) -> String {
    let suites = suites(view);
    let sum = |count: fn(&Suite) -> usize| suites.values().map(count).sum::<usize>();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"gatelint\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        sum(|s| s.tests),
        sum(|s| s.failures),
        sum(|s| s.errors),
        sum(|s| s.skipped),
    );
    for (file, suite) in &suites {
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n{}  </testsuite>",
            xml(file),
            suite.tests,
            suite.failures,
            suite.errors,
            suite.skipped,
            suite.cases,
        );
    }
    out + "</testsuites>\n"
}

#[derive(Default)]
struct Suite {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    cases: String,
}

/// The suites by file. Every file with a stack has one, so that "nothing found" is seen as a passed test.
fn suites(view: &View<'_>) -> BTreeMap<String, Suite> {
    let sources = &view.report.sources;
    let mut suites: BTreeMap<String, Suite> = BTreeMap::new();
    for stack in &view.report.stacks {
        suites.entry(stack.file.clone()).or_default();
    }
    for problem in view.problems() {
        if problem.kind != ProblemKind::Notice {
            let location = sources.locate(problem.span);
            let suite = suites.entry(location.file.clone()).or_default();
            let message = escape::message(&problem.message);
            suite.errors += 1;
            suite.case(
                problem.kind.rule(),
                &location,
                &format!("<error message=\"{}\"/>", xml(&message)),
            );
        }
    }
    for finding in view.decided() {
        let location = sources.locate(finding.primary);
        let suite = suites.entry(location.file.clone()).or_default();
        let name = format!("{}: {}", finding.rule, escape::name(&finding.subject));
        if let Some(why) = &finding.suppressed {
            suite.skipped += 1;
            let reason = xml(&escape::message(&why.reason));
            let outcome = format!("<skipped message=\"{reason}\"/>");
            suite.case(&name, &location, &outcome);
        } else {
            suite.failures += 1;
            suite.case(&name, &location, &failure(finding, sources));
        }
    }
    for suite in suites.values_mut().filter(|suite| suite.tests == 0) {
        suite.tests = 1;
        suite.cases += "    <testcase name=\"no findings\" classname=\"gatelint\"/>\n";
    }
    suites
}

impl Suite {
    fn case(&mut self, name: &str, at: &crate::source::Location, outcome: &str) {
        self.tests += 1;
        let _ = writeln!(
            self.cases,
            "    <testcase name=\"{}\" classname=\"gatelint\" file=\"{}\" line=\"{}\">{outcome}</testcase>",
            xml(name),
            xml(&at.file),
            at.line,
        );
    }
}

fn failure(finding: &Finding, sources: &Sources) -> String {
    let mut text = format!(
        "{}: {}",
        place::clickable(sources, finding.primary),
        escape::message(&finding.message)
    );
    for when in finding.verdict.when() {
        let _ = write!(text, "\nwhen {}", escape::message(&when));
    }
    for step in &finding.evidence {
        let place = step
            .at
            .map_or(String::new(), |at| place::clickable(sources, at) + ": ");
        let _ = write!(text, "\n{place}{}", place::step(sources, step));
    }
    let _ = write!(text, "\nhelp: {}", escape::message(&finding.help));
    let lines: Vec<String> = text.split('\n').map(xml).collect();
    format!(
        "<failure type=\"{}\" message=\"{}\">{}</failure>",
        finding.severity.word(),
        xml(&escape::message(&finding.message)),
        lines.join("\n"),
    )
}

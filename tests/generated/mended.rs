//! Fixes, made: what comes of each is read again, its finding is gone, and a second run has nothing left to do.

use gatelint::finding::{Finding, Report, Verdict};
use gatelint::fix::{self, Breach, Fault};

use super::runs::{Project, places};

/// Rounds after which fixes must have come to rest.
const ROUNDS: usize = 6;

/// Holds every fix that is offered to what it says; how many there were.
pub fn every_fix(project: &Project) -> usize {
    let before = project.checked();
    let mut made = 0;
    for finding in before.findings.iter().filter(|one| one.fix.is_some()) {
        made += 1;
        let Some((path, text)) = mended(&before, &[finding]) else {
            panic!("the edits of {} overlap: {}", finding.rule, shown(project));
        };
        let after = project.with(&path, &text).checked();
        places(&after);
        let faults = fix::verdict(&before, &after, &[finding]);
        // What else is found then is for the program to weigh; it takes such a fix back. So it does where, of what was certainly
        // wrong, nobody can say any more that it is: a statement elsewhere may or may not deny it.
        let open = after.findings.iter().any(|one| {
            let is_same = one.rule == finding.rule && one.subject == finding.subject;
            is_same && one.verdict == Verdict::Undecided
        });
        let is_weighed = |fault: &&Fault| {
            fault.breach == Breach::New || (fault.breach == Breach::StillThere && open)
        };
        let fault = faults.iter().find(|fault| !is_weighed(fault));
        if let Some(fault) = fault {
            let title = finding.fix.as_ref().map(|fix| fix.title.clone());
            panic!(
                "{} ({title:?}), {:?}: {}\n{}\n---\n{text}",
                finding.rule,
                fault.breach,
                fault.why,
                shown(project)
            );
        }
    }
    if made > 0 {
        come_to_rest(project);
    }
    made
}

/// Makes the fixes that go together, again and again, as somebody does who runs the program twice.
fn come_to_rest(project: &Project) {
    let mut now = project.clone();
    for _ in 0..ROUNDS {
        let report = now.checked();
        let offered: Vec<&Finding> = report
            .findings
            .iter()
            .filter(|one| one.fix.is_some())
            .collect();
        let fixes: Vec<_> = offered.iter().filter_map(|one| one.fix.as_ref()).collect();
        let chosen = fix::chosen(&fixes);
        let first = chosen.first().and_then(|nth| offered.get(*nth));
        let Some(first) = first else { return };
        let same_file = |one: &&&Finding| file_of(one) == file_of(first);
        let together: Vec<&Finding> = chosen
            .iter()
            .filter_map(|nth| offered.get(*nth))
            .filter(same_file)
            .copied()
            .collect();
        let Some((path, text)) = mended(&report, &together) else {
            panic!("fixes that were chosen together overlap: {}", shown(&now));
        };
        assert_ne!(now.texts.get(&path), Some(&text), "a fix changes nothing");
        let next = now.with(&path, &text);
        // The program takes such fixes back and so comes to rest; here nothing more is to be learnt.
        if !fix::verdict(&report, &next.checked(), &together).is_empty() {
            return;
        }
        now = next;
    }
    panic!(
        "fixes go on and on: {}\n---\n{}",
        shown(project),
        shown(&now)
    );
}

fn file_of(finding: &Finding) -> Option<gatelint::source::SourceId> {
    let fix = finding.fix.as_ref()?;
    Some(fix.edits.first()?.span.source)
}

/// The path and the text of the file that these findings' fixes change.
fn mended(report: &Report, findings: &[&Finding]) -> Option<(String, String)> {
    let source = file_of(findings.first()?)?;
    let fixes = findings.iter().filter_map(|one| one.fix.as_ref());
    let edits: Vec<_> = fixes.flat_map(|fix| fix.edits.clone()).collect();
    let file = report.sources.get(source)?;
    let text = fix::applied(source, &file.text, &edits)?;
    Some((file.path.clone(), text))
}

fn shown(project: &Project) -> String {
    format!("\n{}", project.texts[&project.entry])
}

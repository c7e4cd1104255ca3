//! Values of the environment stay out of findings: the log of a run is read by more people than the runner's secrets.

use std::collections::BTreeMap;

use crate::finding::Report;

/// Shorter values are words, not secrets: a stage, a region's part, a flag.
const SECRET: usize = 6;

/// Replaces the values that were let in by what they are called.
pub fn redact(report: &mut Report, variables: &BTreeMap<String, String>) {
    let secrets: Vec<(String, &str)> = variables
        .iter()
        .filter(|(_, value)| value.len() >= SECRET)
        .map(|(name, value)| (format!("${{env:{name}}}"), value.as_str()))
        .collect();
    if secrets.is_empty() {
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
        own.into_iter()
            .chain(facts)
            .chain(labels)
            .for_each(|text| hide(text, &secrets));
    }
    for problem in &mut report.problems {
        let related = problem.related.iter_mut().map(|(_, text)| text);
        std::iter::once(&mut problem.message)
            .chain(related)
            .for_each(|text| hide(text, &secrets));
    }
}

fn hide(text: &mut String, secrets: &[(String, &str)]) {
    for (name, value) in secrets {
        if text.contains(value) {
            *text = text.replace(value, name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_by_its_name() {
        let secrets = [("${env:KEY}".to_owned(), "hunter22")];
        let mut text = "`POST /hunter22/x` is open".to_owned();
        hide(&mut text, &secrets);
        assert_eq!(text, "`POST /${env:KEY}/x` is open");
    }
}

//! The examples on a page: fenced blocks under `## Reported` and `## Not reported`.
//!
//! A block is tagged `yaml` (or `json`) and its first line says what it is: `# serverless`, `# sam` or
//! `# cloudformation`. A comment `# finding: <id>` at the end of a line asserts that this rule's finding is there.

use crate::frontend::Format;

/// One example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Which kind of file it is.
    pub format: Format,
    /// The file, its first line included.
    pub text: String,
    /// Whether it stands under `## Reported`.
    pub reported: bool,
    /// What is asserted: line of the file, counted from 1, and the id of the rule.
    pub findings: Vec<(u32, String)>,
    /// Line of the body, counted from 1, on which the file starts.
    pub line: u32,
}

impl Example {
    /// A file name under which the file is recognised.
    pub fn file_name(&self) -> &'static str {
        match self.format {
            Format::Serverless => "serverless.yml",
            Format::Sam | Format::CloudFormation => "template.yaml",
        }
    }
}

/// Every example of a page's body, in order.
///
/// # Errors
/// Line of the body, and what is wrong there.
pub fn examples(body: &str) -> Result<Vec<Example>, (u32, String)> {
    let mut found = Vec::new();
    let mut reported = None;
    let mut lines = (1u32..).zip(body.lines());
    while let Some((at, line)) = lines.next() {
        match line.trim_end() {
            "## Reported" => reported = Some(true),
            "## Not reported" => reported = Some(false),
            other if other.starts_with("## ") => reported = None,
            "```yaml" | "```json" => {
                let mut text = String::new();
                let closed = lines.by_ref().any(|(_, line)| {
                    let end = line.trim_end() == "```";
                    if !end {
                        text.push_str(line);
                        text.push('\n');
                    }
                    end
                });
                let reported = reported.filter(|_| closed);
                let reported = reported.ok_or_else(|| misplaced(at, closed))?;
                found.push(example(text, reported, at + 1)?);
            }
            _ => {}
        }
    }
    Ok(found)
}

fn misplaced(line: u32, closed: bool) -> (u32, String) {
    let what = if closed {
        "an example stands under `## Reported` or `## Not reported`"
    } else {
        "the block is never closed"
    };
    (line, what.to_owned())
}

fn example(text: String, reported: bool, line: u32) -> Result<Example, (u32, String)> {
    let format = match text.lines().next().map(str::trim_end) {
        Some("# serverless") => Format::Serverless,
        Some("# sam") => Format::Sam,
        Some("# cloudformation") => Format::CloudFormation,
        Some(_) | None => {
            let what =
                "the first line of an example is `# serverless`, `# sam` or `# cloudformation`";
            return Err((line, what.to_owned()));
        }
    };
    let marked = (1u32..).zip(text.lines()).filter_map(|(number, line)| {
        let (_, id) = line.split_once("# finding: ")?;
        Some((number, id.trim().to_owned()))
    });
    Ok(Example {
        format,
        reported,
        findings: marked.collect(),
        line,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_knows_its_section_and_its_marks() {
        let body = "Reason.\n\n## Reported\n\n```yaml\n# sam\na: 1\nb: 2  # finding: x-y\n```\n\n\
                    ## Not reported\n\n```yaml\n# serverless\na: 1\n```\n";
        let found = examples(body).expect("well-formed");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].format, Format::Sam);
        assert_eq!(found[0].findings, [(3, "x-y".to_owned())]);
        assert_eq!(found[0].line, 6);
        assert!(found[0].reported && !found[1].reported);
        assert_eq!(found[1].text, "# serverless\na: 1\n");
    }

    #[test]
    fn broken_pages_are_said_not_guessed() {
        let error = |body| examples(body).expect_err("broken").0;
        assert_eq!(error("## Reported\n```yaml\n# sam\n"), 2);
        assert_eq!(error("```yaml\n# sam\n```\n"), 1);
        assert_eq!(error("## Reported\n```yaml\na: b\n```\n"), 3);
    }
}

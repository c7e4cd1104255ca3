//! Pages of projects whose names are written by somebody who means harm.

use std::sync::Arc;

use super::*;
use crate::frontend::{Env, Options, ReadError, Reader};
use crate::report::escape::is_hidden;
use crate::rule::RuleSet;
use crate::source::Sources;

struct Nothing;

impl Reader for Nothing {
    fn read(&self, _: &str) -> Result<arcstr::ArcStr, ReadError> {
        Err(ReadError::Missing)
    }
}

/// The page of a service with an endpoint at this path, in a file of this name.
fn page(file: &str, path: &str) -> String {
    let sources = Arc::new(Sources::default());
    let (rules, _) = RuleSet::load(&sources, &[]);
    let text = format!(
        "service: x\nprovider:\n  name: aws\nfunctions:\n  f:\n    handler: a.b\n    events:\n      - http:\n          path: {}\n          method: post\n",
        serde_json::Value::from(path),
    );
    let entry = sources.add(file, text);
    let options = Options::default();
    let env = Env {
        sources: &sources,
        reader: &Nothing,
        options: &options,
    };
    let report = crate::check(&sources, &[entry], &rules, &env);
    assert_eq!(report.stacks.len(), 1, "it is a service");
    render(&View::new(&report, &rules))
}

const NAMES: [&str; 8] = [
    "<script>alert(1)</script>",
    "\" onmouseover=alert(1) x=\"' onfocus=alert(1) '",
    "</script><script>alert(2)</script><!--",
    "</title></style><svg onload=alert(1)>",
    "a\u{202e}b\u{2066}c\u{200b}",
    "a\u{0}b\u{1b}[31m\u{9b}",
    "javascript:alert(1)",
    "`a` & &lt; ]]>",
];

#[test]
fn names_of_the_input_are_text_wherever_they_stand() {
    for name in NAMES {
        let page = page(&format!("{name}/serverless.yml"), name);
        for markup in [
            "<script>",
            "<svg onload",
            "\" onmouseover",
            "href=\"javascript",
        ] {
            assert!(!page.contains(markup), "{name:?} gives {markup}");
        }
        assert_eq!(page.matches("<script").count(), 1, "{name:?}");
        let hidden = |c: &char| is_hidden(*c) && *c != '\n';
        assert_eq!(page.chars().find(hidden), None, "{name:?}");
    }
}

#[test]
fn a_very_long_name_is_cut_everywhere() {
    let name = "L".repeat(100_000);
    let page = page("serverless.yml", &name);
    assert!(page.len() < 200_000, "{}", page.len());
}

#[test]
fn the_policy_names_what_the_page_carries() {
    let page = page("serverless.yml", "a");
    let between = |from: &str, to: &str| {
        let rest = page.split_once(from).expect("it begins").1;
        rest.split_once(to).expect("it ends").0.to_owned()
    };
    for inline in [
        between("<style>", "</style>"),
        between("<script type=\"module\">", "</script>"),
    ] {
        assert!(page.contains(&hash(&inline)));
    }
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains(" style=\""), "the policy would refuse it");
    assert!(!page.contains("src=\""), "nothing is fetched");
}

#[test]
fn the_same_report_is_the_same_page() {
    assert_eq!(page("serverless.yml", "a"), page("serverless.yml", "a"));
}

#[test]
fn values_to_be_kept_are_replaced_wherever_they_stand() {
    let sources = Arc::new(Sources::default());
    let (rules, _) = RuleSet::load(&sources, &[]);
    let source = sources.add("a.yml", "path: /hunter22/x\n");
    let span = crate::source::Span {
        source,
        start: 6,
        end: 17,
    };
    let report = crate::finding::Report {
        today: None,
        sources,
        stacks: Vec::new(),
        findings: Vec::new(),
        problems: vec![crate::document::Problem::new(
            crate::document::ProblemKind::Notice,
            span,
            "`/hunter22/x` is so",
        )],
        files: 1,
    };
    let hidden = [("hunter22".to_owned(), "${env:KEY}".to_owned())];
    let view = View {
        hidden: &hidden,
        ..View::new(&report, &rules)
    };
    let page = render(&view);
    assert!(!page.contains("hunter22"));
    assert!(page.contains("/${env:KEY}/x"));
}

//! Every ceiling, at the last input that keeps it and at the first that does not.

use std::fmt::Write;

use super::*;
use crate::document::{Dialect, json, parse, yaml};
use crate::source::Sources;

fn builder(text: &ArcStr, ceilings: Ceilings) -> Builder<'_> {
    Builder::new(SourceId(0), text, ProblemKind::DuplicateKey).with_ceilings(ceilings)
}

fn read_yaml(text: &str, ceilings: Ceilings) -> Document {
    let text = ArcStr::from(text);
    let read = yaml::read(builder(&text, ceilings), &text, Dialect::Core);
    assert!(read.mistake.is_none());
    read.document
}

fn read_json(text: &str, ceilings: Ceilings) -> Document {
    let text = ArcStr::from(text);
    json::read(builder(&text, ceilings), &text, Dialect::Core).expect("is JSON")
}

/// The only message, and the offset of its place.
fn only_problem(document: &Document) -> (&str, u32) {
    let [problem] = document.problems.as_slice() else {
        panic!("{:?}", document.problems);
    };
    assert_eq!(problem.kind, ProblemKind::UnreadableInput);
    (&problem.message, problem.span.start)
}

fn is_clean(document: &Document) -> bool {
    document.problems.is_empty()
}

fn depth(most: u32) -> Ceilings {
    Ceilings {
        depth: most,
        ..Ceilings::default()
    }
}

fn nodes(most: usize) -> Ceilings {
    Ceilings {
        nodes: most,
        ..Ceilings::default()
    }
}

fn expanded(most: u64) -> Ceilings {
    Ceilings {
        expanded: most,
        ..Ceilings::default()
    }
}

fn merged(most: usize) -> Ceilings {
    Ceilings {
        merged: most,
        ..Ceilings::default()
    }
}

#[test]
fn a_file_has_at_most_so_many_bytes() {
    let sources = Sources::default();
    let at_most = format!("a: 1\n#{}", "x".repeat(limits::BYTES - 6));
    assert_eq!(at_most.len(), limits::BYTES);
    let source = sources.add("a.yml", at_most.clone());
    let document = parse(&sources, source, Dialect::Core);
    assert!(is_clean(&document) && document.root.get("a").is_some());
    let source = sources.add("b.yml", at_most + "x");
    let document = parse(&sources, source, Dialect::Core);
    assert_eq!(
        only_problem(&document),
        (
            "the file has 10485761 bytes: more than 10485760 are not read",
            0
        )
    );
    assert!(document.root.is_null());
}

#[test]
fn nesting_goes_to_the_ceiling_and_no_further() {
    let most = limits::DEPTH as usize;
    let nested = |open: &str, close: &str, count: usize| {
        format!("{}1{}", open.repeat(count), close.repeat(count))
    };
    let block = |count: usize| {
        let lines = (0..count).map(|level| format!("{}a:\n", " ".repeat(level)));
        lines.collect::<String>()
    };
    for (kept, passed) in [
        (nested("[", "]", most), nested("[", "]", most + 1)),
        (nested("{a: ", "}", most), nested("{a: ", "}", most + 1)),
        (
            nested("!If [", "]", most / 2),
            nested("!If [", "]", most / 2 + 1),
        ),
        (nested("- ", "", most), nested("- ", "", most + 1)),
        (block(most), block(most + 1)),
    ] {
        let document = read_yaml(&kept, Ceilings::default());
        assert!(is_clean(&document), "{:?}", document.problems);
        assert_eq!(document.root.extent().depth, limits::DEPTH);
        let document = read_yaml(&passed, Ceilings::default());
        let (message, _) = only_problem(&document);
        assert_eq!(
            message,
            "nested more than 256 levels deep: what follows is not read"
        );
        assert!(document.root.extent().depth <= limits::DEPTH);
    }
}

#[test]
fn nesting_in_json_goes_to_the_ceiling_and_no_further() {
    let nested = |count: usize| format!("{}1{}", "[".repeat(count), "]".repeat(count));
    assert!(is_clean(&read_json(&nested(256), Ceilings::default())));
    let document = read_json(&nested(257), Ceilings::default());
    assert_eq!(
        only_problem(&document),
        (
            "nested more than 256 levels deep: what follows is not read",
            256
        )
    );
}

#[test]
fn nesting_far_beyond_the_ceiling_is_the_same_problem() {
    let sources = Sources::default();
    for (index, open) in [
        "[", "x: [", "- ", "{a: ", "? ", "!If [c, ", "[{a: ", "{\"a\":",
    ]
    .iter()
    .enumerate()
    {
        let source = sources.add(&index.to_string(), open.repeat(20_000));
        let document = parse(&sources, source, Dialect::CloudFormation);
        assert_eq!(document.problems.len(), 1, "{open}");
    }
}

#[test]
fn an_alias_counts_with_the_depth_of_its_value() {
    let text = "a: &x [[1]]\nb: [*x]\n";
    assert!(is_clean(&read_yaml(text, depth(4))));
    let document = read_yaml(text, depth(3));
    let (message, place) = only_problem(&document);
    assert_eq!(
        message,
        "nested more than 3 levels deep: what follows is not read"
    );
    assert_eq!(place, 16);
}

#[test]
fn a_tagged_scalar_is_one_level_more() {
    assert!(is_clean(&read_yaml("[!Ref a]", depth(2))));
    let document = read_yaml("[!Ref a]", depth(1));
    assert!(
        only_problem(&document)
            .0
            .starts_with("nested more than 1 levels")
    );
}

#[test]
fn a_file_has_at_most_so_many_values() {
    assert!(is_clean(&read_json("[1, {\"a\": 2}]", nodes(5))));
    let document = read_json("[1, {\"a\": 2}]", nodes(4));
    assert_eq!(
        only_problem(&document),
        (
            "the file has more than 4 values: what follows is not read",
            10
        )
    );
    assert_eq!(document.root.items().len(), 2);
    assert!(is_clean(&read_yaml("[1, {a: 2}]", nodes(5))));
    let document = read_yaml("[1, {a: 2}]", nodes(4));
    assert_eq!(only_problem(&document).1, 8);
    assert!(is_clean(&read_yaml("[!Ref a]", nodes(3))));
    assert!(!is_clean(&read_yaml("[!Ref a]", nodes(2))));
    assert!(is_clean(&read_yaml("[&x a, *x]", nodes(3))));
    assert!(!is_clean(&read_yaml("[&x a, *x]", nodes(2))));
}

#[test]
fn aliases_expand_to_at_most_so_many_values() {
    let text = "- &x [1, 2]\n- [*x, *x]\n";
    let document = read_yaml(text, expanded(11));
    assert!(is_clean(&document));
    assert_eq!(document.root.extent().nodes, 11);
    let document = read_yaml(text, expanded(10));
    assert_eq!(
        only_problem(&document),
        (
            "aliases expand to more than 10 values: what follows is not read",
            0
        )
    );
    assert!(document.root.is_null());
}

#[test]
fn an_alias_bomb_leaves_a_bounded_tree() {
    let mut text = String::from("a0: &a0 lol\n");
    for level in 1..20 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    let document = read_yaml(&text, Ceilings::default());
    assert!(
        only_problem(&document)
            .0
            .starts_with("aliases expand to more than 4000000 values")
    );
    assert!(document.root.extent().nodes <= limits::EXPANDED);
    assert!(document.root.get("a3").is_some());
}

#[test]
fn a_merged_mapping_counts_in_full() {
    let mut text = String::from("m0: &m0 {k: v}\n");
    for level in 1..30 {
        let before = level - 1;
        writeln!(
            text,
            "m{level}: &m{level} {{<<: [*m{before}, *m{before}], k{level}: v}}"
        )
        .unwrap();
    }
    let document = read_yaml(&text, Ceilings::default());
    assert!(
        only_problem(&document)
            .0
            .starts_with("aliases expand to more than")
    );
    let document = read_yaml("x: &x {a: 1}\ny: {a: 1, <<: *x}\n", Ceilings::default());
    assert_eq!(document.root.get("y").map(|y| y.extent().nodes), Some(4));
}

#[test]
fn merging_copies_at_most_so_many_entries() {
    let text = "x: &x {a: 1, b: 2}\ny: {<<: *x}\nz: {a: 0, <<: *x}\n";
    assert!(is_clean(&read_yaml(text, merged(4))));
    let document = read_yaml(text, merged(3));
    assert_eq!(
        only_problem(&document),
        (
            "`<<` merges more than 3 entries: what follows is not read",
            34
        )
    );
}

#[test]
fn merging_again_and_again_is_bounded() {
    let mut text = String::from("m0: &m0 {k0: v}\n");
    for level in 1..2_000 {
        let before = level - 1;
        writeln!(text, "m{level}: &m{level} {{<<: *m{before}, k{level}: v}}").unwrap();
    }
    let document = read_yaml(&text, Ceilings::default());
    assert!(
        only_problem(&document)
            .0
            .starts_with("`<<` merges more than 100000 entries")
    );
    let wide: Vec<_> = (0..1_000).map(|key| format!("k{key}: 1")).collect();
    let many = vec!["*x"; 200].join(", ");
    let text = format!("x: &x {{{}}}\ny: {{<<: [{many}]}}\n", wide.join(", "));
    let document = read_yaml(&text, Ceilings::default());
    assert!(only_problem(&document).0.starts_with("`<<` merges"));
}

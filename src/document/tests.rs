//! What a document is read as, end to end.

use std::fmt::Write;

use super::*;

struct Read {
    sources: Sources,
    source: SourceId,
    document: Document,
}

fn read(text: &str, dialect: Dialect) -> Read {
    let sources = Sources::default();
    let source = sources.add("a.yml", text);
    let document = parse(&sources, source, dialect);
    Read {
        sources,
        source,
        document,
    }
}

impl Read {
    fn tree(&self) -> String {
        shown(&self.document.root)
    }

    /// `kind line:column message`, with the places that belong to it.
    fn problems(&self) -> Vec<String> {
        let problems = self.document.problems.iter();
        let shown = problems.map(|problem| {
            let place = self.sources.locate(problem.span);
            let kind = problem.kind.rule();
            let mut line = format!("{kind} {}:{} {}", place.line, place.column, problem.message);
            for (span, label) in &problem.related {
                let place = self.sources.locate(*span);
                write!(line, "; {}:{} {label}", place.line, place.column).unwrap();
            }
            line
        });
        shown.collect()
    }

    fn slice(&self, span: Span) -> String {
        self.sources
            .get(self.source)
            .unwrap()
            .slice(span)
            .to_owned()
    }

    fn slice_at(&self, path: &[&str]) -> String {
        self.slice(self.document.root.at(path).unwrap().span)
    }

    fn key_at(&self, path: &[&str], key: &str) -> String {
        let map = self.document.root.at(path).unwrap().as_map().unwrap();
        self.slice(map.entry(key).unwrap().span)
    }
}

/// The value on one line: text quoted, numbers and words bare.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::List(list) => {
            let items: Vec<_> = list.items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entry = |entry: &Entry| format!("{}: {}", entry.key, shown(&entry.value));
            let entries: Vec<_> = map.entries.iter().map(entry).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// Reads as a template, without problems.
fn template(text: &str) -> String {
    let read = read(text, Dialect::CloudFormation);
    assert_eq!(read.problems(), Vec::<String>::new(), "{text}");
    read.tree()
}

/// Reads as serverless.yml, without problems.
fn core(text: &str) -> String {
    let read = read(text, Dialect::Core);
    assert_eq!(read.problems(), Vec::<String>::new(), "{text}");
    read.tree()
}

fn template_problems(text: &str) -> Vec<String> {
    read(text, Dialect::CloudFormation).problems()
}

fn core_problems(text: &str) -> Vec<String> {
    read(text, Dialect::Core).problems()
}

mod shape {
    use super::*;

    #[test]
    fn block_and_flow_are_the_same_tree() {
        let block = "a:\n  - 1\n  - b: x\nc:\n- y\nd:\n";
        assert_eq!(template(block), r#"{a: [1, {b: "x"}], c: ["y"], d: null}"#);
        assert_eq!(template("{a: [1, {b: x}], c: [y], d: }"), template(block));
    }

    #[test]
    fn an_empty_file_is_null_without_a_problem() {
        for text in [
            "",
            "\n\n",
            "# only a comment\n",
            "\u{feff}",
            "---\n",
            "...\n",
        ] {
            assert_eq!(template(text), "null", "{text:?}");
        }
    }

    #[test]
    fn quoted_scalars_are_always_text() {
        assert_eq!(
            core(r#"[ "true", 'null', "1", '', "", '<<' ]"#),
            r#"["true", "null", "1", "", "", "<<"]"#
        );
    }

    #[test]
    fn scalars_fold_and_unescape_as_yaml_says() {
        assert_eq!(
            core(
                "a: one\n  two\n\n  three\nb: >-\n  x\n  y\nc: |\n  x\n   y\nd: 'it''s'\ne: \"\\u00e9\\n\"\n"
            ),
            r#"{a: "one two\nthree", b: "x y", c: "x\n y\n", d: "it's", e: "é\n"}"#
        );
    }

    #[test]
    fn dialects_differ_in_plain_scalars_only() {
        let text = "[yes, 010, 1.0, 'no']";
        assert_eq!(core(text), r#"["yes", 10, 1, "no"]"#);
        assert_eq!(template(text), r#"[true, 8, 1.0, "no"]"#);
    }

    #[test]
    fn keys_that_are_not_text_become_text() {
        assert_eq!(
            core("1: a\ntrue: b\n~: c\n0x1F: d\n"),
            r#"{1: "a", true: "b", null: "c", 31: "d"}"#
        );
    }

    #[test]
    fn a_collection_as_a_key_is_a_problem_and_is_passed_over() {
        let read = read("? [a]\n: {b: c}\nd: e\n", Dialect::CloudFormation);
        assert_eq!(read.tree(), r#"{d: "e"}"#);
        assert_eq!(
            read.problems(),
            ["unreadable-input 1:3 a key must be a scalar, not a list or a mapping"]
        );
    }

    #[test]
    fn a_missing_key_is_a_problem() {
        let read = read("a: 1\n: 2\n", Dialect::Core);
        assert_eq!(read.tree(), "{a: 1, null: 2}");
        assert_eq!(read.problems(), ["unreadable-input 2:2 a key is missing"]);
    }

    #[test]
    fn only_the_first_document_is_read() {
        let read = read("a: 1\n---\nb: 2\n---\nc: 3\n", Dialect::Core);
        assert_eq!(read.tree(), "{a: 1}");
        assert_eq!(
            read.problems(),
            ["unreadable-input 2:1 the file has several documents; only the first is read"]
        );
        assert_eq!(template("---\na: 1\n...\n"), "{a: 1}");
    }

    #[test]
    fn comments_are_recorded_in_order() {
        let read = read(
            "# one\na: # two\n  # three\n  b: 1 # four\n#five",
            Dialect::Core,
        );
        let comments: Vec<_> = read
            .document
            .comments
            .iter()
            .map(|span| read.slice(*span))
            .collect();
        assert_eq!(comments, ["# one", "# two", "# three", "# four", "#five"]);
    }

    #[test]
    fn a_comment_may_touch_a_quote() {
        for prefix in ["", "\u{feff}"] {
            let read = read(
                &format!("{prefix}a: 'x'# é [\r\nb: [1]#\n# c\nd: 'y'"),
                Dialect::Core,
            );
            assert_eq!(read.tree(), r#"{a: "x", b: [1], d: "y"}"#);
            assert_eq!(read.problems(), Vec::<String>::new());
            let comments = read.document.comments.iter().map(|span| read.slice(*span));
            assert_eq!(comments.collect::<Vec<_>>(), ["# é [", "#", "# c"]);
            assert_eq!(read.slice_at(&["d"]), "'y'");
        }
        assert_eq!(
            core_problems(&"- 'x'#\n".repeat(9)),
            ["unreadable-input 9:6 not valid YAML: a comment needs a space before it"]
        );
    }

    #[test]
    fn many_comments_and_long_keys_are_no_problem() {
        let long = "k".repeat(5_000);
        let text = format!("a:\n{}  {long}: 1\n", "  # note\n".repeat(500));
        assert_eq!(template(&text), format!("{{a: {{{long}: 1}}}}"));
        assert_eq!(read(&text, Dialect::Core).document.comments.len(), 500);
    }
}

mod places {
    use super::*;

    const TEXT: &str = "\
first: plain text # note
second: \"quoted\"
list:
  - a
  - {b: c}
empty:
block: |
  one
  two

next: !Sub 'x'
tagged: !If
  - a
  - b
last: 'é'
";

    #[test]
    fn a_place_is_exactly_what_is_written() {
        for (prefix, ends) in [("", "\n"), ("\u{feff}", "\n"), ("", "\r\n")] {
            let read = read(
                &(prefix.to_owned() + &TEXT.replace('\n', ends)),
                Dialect::CloudFormation,
            );
            let expect = |path: &[&str], slice: &str| {
                assert_eq!(read.slice_at(path), slice.replace('\n', ends), "{path:?}");
            };
            expect(&["first"], "plain text");
            expect(&["second"], "\"quoted\"");
            expect(&["list"], "- a\n  - {b: c}");
            expect(&["empty"], "");
            expect(&["block"], "one\n  two");
            expect(&["next"], "!Sub 'x'");
            expect(&["next", "Fn::Sub"], "'x'");
            expect(&["tagged"], "!If\n  - a\n  - b");
            expect(&["last"], "'é'");
            assert_eq!(read.key_at(&[], "second"), "second");
            assert_eq!(read.key_at(&["next"], "Fn::Sub"), "!Sub");
        }
    }

    #[test]
    fn a_missing_value_stands_after_its_colon() {
        let read = read("a: {b: , c}\nd:\n  - \n", Dialect::Core);
        let at = |path: &[&str]| read.document.root.at(path).unwrap().span;
        assert_eq!((at(&["a", "b"]).start, at(&["a", "b"]).end), (6, 6));
        assert_eq!(at(&["a", "c"]).start, 10);
    }

    #[test]
    fn the_whole_of_a_block_ends_with_its_last_child() {
        let read = read("a:\n  b: 1\n\n# after\nc: 2\n", Dialect::Core);
        assert_eq!(read.slice_at(&["a"]), "b: 1");
        assert_eq!(read.slice_at(&[]), "a:\n  b: 1\n\n# after\nc: 2");
    }

    #[test]
    fn a_list_begins_at_its_first_dash() {
        for text in [
            "k:\n- a\n- b\n",
            "k:\n  -   a\n  -\tb\n",
            "k:\n-\n  a\n",
            "k:\n- - a\n",
        ] {
            let slice = read(text, Dialect::Core).slice_at(&["k"]);
            assert_eq!(slice, text[3..].trim(), "{text:?}");
        }
    }

    #[test]
    fn text_is_a_slice_of_the_source() {
        let sources = Sources::default();
        let source = sources.add("a.yml", "a: [plain, 'quoted', 12]");
        let document = parse(&sources, source, Dialect::Core);
        let file = sources.get(source).unwrap();
        for item in document.root.get("a").unwrap().items() {
            let text = item.scalar().unwrap();
            assert!(arcstr::ArcStr::ptr_eq(text.parent(), &file.text), "{text}");
        }
    }
}

mod tags {
    use super::*;

    #[test]
    fn a_short_tag_is_the_function_it_stands_for() {
        let text =
            "[!Ref A, !Condition C, !GetAtt A.B.C, !Sub ['x', {y: 1}], !Base64 12, !GetAZs '']";
        let tree = r#"[{Ref: "A"}, {Condition: "C"}, {Fn::GetAtt: "A.B.C"}, {Fn::Sub: ["x", {y: 1}]}, {Fn::Base64: "12"}, {Fn::GetAZs: ""}]"#;
        assert_eq!(template(text), tree);
        assert_eq!(core(text), tree);
    }

    #[test]
    fn a_short_tag_without_a_value_holds_null() {
        assert_eq!(template("a: !Ref\nb: 1\n"), "{a: {Ref: null}, b: 1}");
    }

    #[test]
    fn a_function_that_does_not_exist_is_kept_and_told() {
        let read = read("a: !Secret x\n", Dialect::CloudFormation);
        assert_eq!(read.tree(), r#"{a: {Fn::Secret: "x"}}"#);
        assert_eq!(
            read.problems(),
            ["notice 1:4 `!Secret` is not a known function; it is read as `Fn::Secret`"]
        );
        assert_eq!(
            core_problems("a: !Secret x\n"),
            ["unreadable-input 1:4 unknown tag `!Secret`"]
        );
    }

    #[test]
    fn standard_tags_force_the_type() {
        assert_eq!(
            core(
                r#"[!!str 12, ! true, !!int "12", !!float 3, !!bool "true", !!null ~, !!str , !!seq [1], !!map {a: 1}]"#
            ),
            r#"["12", "true", 12, 3, true, null, "", [1], {a: 1}]"#
        );
        assert_eq!(template(r#"!!bool "yes""#), "true");
    }

    #[test]
    fn a_value_that_does_not_fit_its_standard_tag_stays_text() {
        let read = read("a: !!int abc\nb: !!bool 3\n", Dialect::Core);
        assert_eq!(read.tree(), r#"{a: "abc", b: "3"}"#);
        assert_eq!(
            read.problems(),
            [
                "unreadable-input 1:4 `abc` cannot be read as `!!int`",
                "unreadable-input 2:4 `3` cannot be read as `!!bool`",
            ]
        );
    }

    #[test]
    fn any_other_tag_is_a_problem_and_the_plain_value() {
        let read = read(
            "a: !!binary aGk=\nb: !<tag:x,1:y> [1]\nc: !!set {x: }\n",
            Dialect::CloudFormation,
        );
        assert_eq!(read.tree(), r#"{a: "aGk=", b: [1], c: {x: null}}"#);
        assert_eq!(
            read.problems(),
            [
                "unreadable-input 1:4 unknown tag `!!binary`",
                "unreadable-input 2:4 unknown tag `!<tag:x,1:y>`",
                "unreadable-input 3:4 unknown tag `!!set`",
            ]
        );
    }

    #[test]
    fn messages_quote_little_of_a_long_tag() {
        let problems = core_problems(&format!("a: !{} x\n", "t".repeat(10_000)));
        assert!(problems[0].chars().count() < 100, "{}", problems[0]);
    }
}

mod anchors {
    use super::*;

    #[test]
    fn an_alias_is_the_same_value_shared() {
        let read = read("a: &x {b: 1}\nc: *x\n", Dialect::Core);
        let [a, c] = ["a", "c"].map(|key| read.document.root.get(key).unwrap());
        assert!(Arc::ptr_eq(a.as_map().unwrap(), c.as_map().unwrap()));
        assert_eq!(read.slice(c.span), "{b: 1}");
        let step = c.via.as_ref().unwrap().first().clone();
        assert_eq!(step.how.to_string(), "through `*x`");
        assert_eq!(read.slice(step.at.unwrap()), "*x");
        assert!(a.via.is_none());
    }

    #[test]
    fn an_alias_means_the_latest_anchor_before_it() {
        assert_eq!(core("[&x 1, &x 2, *x]"), "[1, 2, 2]");
        assert_eq!(core("&k key: *k\n"), r#"{key: "key"}"#);
        assert_eq!(
            core("a: &x !Ref B\nc: *x\n"),
            r#"{a: {Ref: "B"}, c: {Ref: "B"}}"#
        );
    }

    #[test]
    fn an_alias_may_be_a_key() {
        assert_eq!(core("a: &x name\n*x : 1\n"), r#"{a: "name", name: 1}"#);
    }

    #[test]
    fn an_alias_within_its_own_value_is_a_problem() {
        for text in ["a: &x {b: *x}\n", "&x\na: {b: *x}\n", "a: &x [*x]\n"] {
            let problems = template_problems(text);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].ends_with("`*x` refers to the value that it is a part of"));
        }
        assert_eq!(template_problems("a: &x\n  <<: *x\n  b: 1\n").len(), 1);
    }

    #[test]
    fn an_alias_without_an_anchor_is_a_problem_and_reading_goes_on() {
        let read = read("a: *no\nb: 1\n", Dialect::Core);
        assert_eq!(read.tree(), "{a: null, b: 1}");
        assert_eq!(
            read.problems(),
            ["unreadable-input 1:4 `*no` refers to no anchor"]
        );
    }
}

mod merging {
    use super::*;

    #[test]
    fn explicit_keys_win_over_merged_ones_wherever_they_stand() {
        let base = "x: &x {a: 1, b: 2}\n";
        for text in ["y: {<<: *x, b: 3}", "y: {b: 3, <<: *x}"] {
            let read = read(&(base.to_owned() + text), Dialect::Core);
            let merged = read.document.root.get("y").unwrap();
            assert_eq!(read.problems(), Vec::<String>::new());
            assert_eq!(shown(merged.get("a").unwrap()), "1");
            assert_eq!(shown(merged.get("b").unwrap()), "3");
        }
    }

    #[test]
    fn merged_entries_stand_where_they_were_merged() {
        let read = read(
            "x: &x {a: 1, b: 2}\ny:\n  c: 0\n  <<: *x\n  d: 4\n  b: 5\n",
            Dialect::Core,
        );
        assert_eq!(
            shown(read.document.root.get("y").unwrap()),
            "{c: 0, a: 1, b: 5, d: 4}"
        );
    }

    #[test]
    fn the_first_of_several_merged_mappings_wins() {
        for text in [
            "{<<: [*x, *y]}",
            "{<<: *x, <<: *y}",
            "{<<: [*x, {a: 9, c: 3}]}",
        ] {
            let text = format!("x: &x {{a: 1}}\ny: &y {{a: 2, c: 3}}\nz: {text}\n");
            let read = read(&text, Dialect::CloudFormation);
            assert_eq!(read.problems(), Vec::<String>::new());
            assert_eq!(shown(read.document.root.get("z").unwrap()), "{a: 1, c: 3}");
        }
    }

    #[test]
    fn merged_entries_keep_their_places_and_say_how_they_came() {
        let read = read("x: &x {a: 1}\ny:\n  <<: *x\n", Dialect::Core);
        assert_eq!(read.document.root.at(&["y", "a"]).unwrap().span.start, 10);
        let merged = read.document.root.at(&["y", "a"]).unwrap();
        let step = merged.via.as_ref().unwrap().first();
        assert_eq!(step.how.to_string(), "inherited from `*x`");
        assert_eq!(read.slice(step.at.unwrap()), "<<");
    }

    #[test]
    fn a_quoted_merge_key_is_an_ordinary_one() {
        assert_eq!(core("'<<': {a: 1}"), "{<<: {a: 1}}");
        assert_eq!(core("!!str <<: {a: 1}"), "{<<: {a: 1}}");
        assert_eq!(core("a: <<"), r#"{a: "<<"}"#);
    }

    #[test]
    fn only_mappings_can_be_merged() {
        for text in ["<<: 1", "<<: [1]", "<<:", "<<: [{a: 1}, [b]]"] {
            let problems = template_problems(text);
            assert_eq!(problems.len(), 1, "{text}");
            assert!(problems[0].ends_with("`<<` can only merge a mapping or a list of mappings"));
        }
        assert_eq!(core("<<: []\na: 1"), "{a: 1}");
    }
}

mod duplicates {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_a_problem_with_both_places() {
        let text = "a: 1\nb: 2\na: 3\n";
        let read = read(text, Dialect::CloudFormation);
        assert_eq!(read.tree(), "{a: 3, b: 2}");
        assert_eq!(
            read.problems(),
            ["duplicate-key 3:1 `a` stands twice in one mapping; 1:1 first written here"]
        );
        assert_eq!(
            core_problems(text),
            ["unreadable-input 3:1 `a` stands twice in one mapping; 1:1 first written here"]
        );
    }

    #[test]
    fn keys_are_compared_by_what_they_mean() {
        assert_eq!(template_problems("a: 1\n\"\\x61\": 2\n").len(), 1);
        assert_eq!(template_problems("1: 1\n'1': 2\n").len(), 1);
        assert_eq!(template_problems(r#"{"a": 1, "\u0061": 2}"#).len(), 1);
    }

    #[test]
    fn large_mappings_are_checked_too() {
        for count in [11, 12, 13, 14, 100] {
            let mut text = String::new();
            for index in 0..count {
                writeln!(text, "k{index}: {index}").unwrap();
            }
            assert_eq!(template_problems(&text).len(), 0);
            text.push_str("k3: again\n");
            assert_eq!(template_problems(&text).len(), 1, "{count}");
        }
    }

    #[test]
    fn json_readers_take_the_last_so_it_is_no_hard_error_there() {
        let text = r#"{"a": 1, "a": 2}"#;
        let read = read(text, Dialect::Core);
        assert_eq!(read.tree(), "{a: 2}");
        assert_eq!(
            read.problems(),
            ["duplicate-key 1:10 `a` stands twice in one mapping; 1:2 first written here"]
        );
    }

    #[test]
    fn of_very_many_problems_the_rest_is_counted() {
        let text = "a: 1\n".repeat(limits::PROBLEMS + 3);
        let problems = template_problems(&text);
        assert_eq!(problems.len(), limits::PROBLEMS + 1);
        assert!(
            problems
                .last()
                .unwrap()
                .ends_with("2 more problems in this file are not listed")
        );
        let text = "a: 1\n".repeat(limits::PROBLEMS + 1);
        assert_eq!(template_problems(&text).len(), limits::PROBLEMS);
    }
}

mod json {
    use super::*;

    #[test]
    fn json_is_read_with_exact_places() {
        let read = read(
            "\u{feff} {\"a\" : [1, -2.5e3, true, null, \"x\"], \"b\": {}}\n",
            Dialect::CloudFormation,
        );
        assert_eq!(read.tree(), r#"{a: [1, -2.5e3, true, null, "x"], b: {}}"#);
        assert_eq!(read.slice_at(&["a"]), r#"[1, -2.5e3, true, null, "x"]"#);
        assert_eq!(read.key_at(&[], "b"), "\"b\"");
        let items = read.document.root.get("a").unwrap().items();
        let slices: Vec<_> = items.iter().map(|item| read.slice(item.span)).collect();
        assert_eq!(slices, ["1", "-2.5e3", "true", "null", "\"x\""]);
    }

    #[test]
    fn escapes_are_decoded_and_half_pairs_replaced() {
        let text = r#"["\"\\\/\b\f\n\r\t\u0041\u00e9", "\ud83c\udf89", "\ud83c", "\udf89\ud83c", "\ud83c\u0041", "\u0000"]"#;
        let read = read(text, Dialect::CloudFormation);
        let items = read
            .document
            .root
            .items()
            .iter()
            .map(|item| item.as_text().unwrap().to_string());
        assert_eq!(
            items.collect::<Vec<_>>(),
            [
                "\"\\/\u{8}\u{c}\n\r\tAé",
                "🎉",
                "\u{fffd}",
                "\u{fffd}\u{fffd}",
                "\u{fffd}A",
                "\0"
            ]
        );
    }

    #[test]
    fn numbers_print_as_javascript_prints_them_in_serverless_only() {
        assert_eq!(core("[1.0, 1e3, -0]"), "[1, 1000, 0]");
        assert_eq!(template("[1.0, 1e3]"), "[1.0, 1e3]");
    }

    #[test]
    fn what_only_yaml_allows_is_read_as_yaml() {
        assert_eq!(template("{\"a\": [1, 2,],} # note"), "{a: [1, 2]}");
        assert_eq!(template("{'a': b}"), r#"{a: "b"}"#);
        assert_eq!(template("[012, .5, +1]"), "[10, .5, 1]");
    }

    #[test]
    fn a_broken_file_gets_the_reason_of_json() {
        for (text, expected) in [
            (
                r#"{"a": 1 "b": 2}"#,
                "1:9 not valid JSON: expected `,` or `}`",
            ),
            ("{\"a\": [1, 2\n", "2:1 not valid JSON: it ends too early"),
            (
                "{\"a\": \"x\n",
                "1:7 not valid JSON: a string is never closed",
            ),
            (
                "{\"a\": 1}\n{\"b\": 2}",
                "2:1 not valid JSON: something follows the value",
            ),
            ("[", "1:2 not valid JSON: it ends too early"),
            (r#"{"a" 1, "b": }}"#, "1:6 not valid JSON: expected `:`"),
        ] {
            let problems = template_problems(text);
            assert_eq!(problems, [format!("unreadable-input {expected}")], "{text}");
        }
    }

    #[test]
    fn a_broken_file_with_comments_gets_the_reason_of_yaml() {
        let problems = template_problems("{ # note\n\"a\": 1,\n\"b\": ]\n");
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].starts_with("unreadable-input 1:1 not valid YAML: mismatched"),
            "{problems:?}"
        );
    }

    #[test]
    fn json_and_yaml_give_the_same_tree_and_places() {
        let text = r#"{"a": ["x\n", 1, {"b": null}], "c": {"d": false, "e": []}, "f": "é"}"#;
        let json = read(text, Dialect::CloudFormation);
        let yaml = read(&format!(" {text} # note"), Dialect::CloudFormation);
        assert_eq!(json.tree(), yaml.tree());
        for path in [["a"].as_slice(), &["c", "d"], &["c", "e"], &["f"], &[]] {
            assert_eq!(json.slice_at(path), yaml.slice_at(path));
        }
    }
}

mod broken {
    use super::*;

    #[test]
    fn what_was_read_before_a_mistake_is_kept() {
        let read = read("a: {b: 1}\nc:\n  d: [1, 2\n  e: \"x\n", Dialect::Core);
        assert_eq!(read.document.root.at(&["a", "b"]).map(shown).unwrap(), "1");
        assert!(read.document.root.get("c").is_some());
        assert_eq!(read.problems().len(), 1);
    }

    #[test]
    fn a_mistake_is_told_at_its_place() {
        for (text, expected) in [
            ("a: \"x\n", "1:4 not valid YAML: a quote is never closed"),
            (
                "a: [1\nb: 2\n",
                "2:2 not valid YAML: illegal placement of ':' indicator",
            ),
            ("a:\n\tb: 1\n", "2:2 not valid YAML: a tab cannot indent"),
            (
                "a: b: c\n",
                "1:5 not valid YAML: a mapping cannot begin here",
            ),
            (
                "a: x\0y\n",
                "1:5 not valid YAML: `\\u{0}` cannot stand here",
            ),
            (
                "a: 1\n\0\0\nb: 2\n",
                "2:1 not valid YAML: `\\u{0}` cannot stand here",
            ),
            ("a: @x\n", "1:4 not valid YAML: `@` cannot stand here"),
        ] {
            assert_eq!(
                template_problems(text),
                [format!("unreadable-input {expected}")],
                "{text:?}"
            );
        }
    }

    #[test]
    fn every_cut_and_every_flip_of_a_file_is_survived() {
        let text = "&r a: &x [1, 'b', \"c\\n\"]\n<<: {k: *x}\n? d\n: !Sub |\n  e\n# f\ng: {h: ~}\n";
        let json = r#"{"a":[1,-2e3,"b\u00e9\ud83c"],"c":{"d":null,"e":true}}"#;
        for text in [text, json] {
            for at in 0..=text.len() {
                for insert in [
                    "", "\0", "\t", "\r", "\"", "'", "[", "}", ":", "*r", "&", "!", "\\",
                    "\u{feff}", "- ", "é",
                ] {
                    let (before, after) = text.split_at(at);
                    for text in [
                        format!("{before}{insert}"),
                        format!("{before}{insert}{after}"),
                    ] {
                        for dialect in [Dialect::Core, Dialect::CloudFormation] {
                            check(&read(&text, dialect), &text);
                        }
                    }
                }
            }
        }
    }

    /// Every place lies in the file and on character boundaries.
    fn check(read: &Read, text: &str) {
        let lies_within = |span: Span| text.get(span.start as usize..span.end as usize).is_some();
        let mut nodes = vec![read.document.root.clone()];
        while let Some(node) = nodes.pop() {
            assert!(lies_within(node.span), "{text:?} {node:?}");
            nodes.extend(node.items().iter().cloned());
            for entry in node.entries() {
                assert!(lies_within(entry.span), "{text:?} {entry:?}");
                nodes.push(entry.value.clone());
            }
        }
        for problem in &read.document.problems {
            assert!(lies_within(problem.span), "{text:?} {problem:?}");
        }
        assert!(read.document.comments.iter().all(|span| lies_within(*span)));
    }
}

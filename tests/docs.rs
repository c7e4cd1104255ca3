//! Every document is a test: what is generated from the code must be up to date.
//!
//! `GATELINT_WRITE=1 cargo test --test docs` writes it anew.

use std::{env, fs};

use gatelint::rule::{self, RuleSet};

/// Checks, or writes, the part of `file` between the markers called `name`.
fn generated(file: &str, name: &str, part: &str) {
    let page = fs::read_to_string(file).expect("the page is readable");
    let wanted = rule::between(&page, name, part).expect("the page has both markers");
    if page != wanted && env::var_os("GATELINT_WRITE").is_some() {
        fs::write(file, wanted).expect("the page is writable");
        return;
    }
    assert!(
        page == wanted,
        "{file} is out of date: run `GATELINT_WRITE=1 cargo test --test docs`, or put this between \
         <!-- {name} --> and <!-- /{name} -->:\n\n{part}"
    );
}

#[test]
fn the_rule_language_lists_every_fact() {
    generated("rules/README.md", "fields", &rule::fields_table());
}

#[test]
fn the_rule_language_lists_every_way_to_mend() {
    generated("rules/README.md", "ways", &rule::ways_table());
}

#[test]
fn the_readme_lists_every_fix() {
    let table = rule::fixes_table(&RuleSet::built_in());
    generated("README.md", "fixes", &table);
}

#[test]
fn the_readme_lists_every_rule() {
    let readme = fs::read_to_string("README.md").unwrap_or_default();
    if readme.contains("<!-- rules -->") {
        let table = rule::rules_table(&RuleSet::built_in());
        generated("README.md", "rules", &table);
    }
}

/// The page that the rule language is explained with is a page.
#[test]
fn the_example_of_the_rule_language_is_valid() {
    let readme = fs::read_to_string("rules/README.md").expect("readable");
    let start = readme.find("```markdown\n").expect("an example") + "```markdown\n".len();
    let end = start + readme[start..].find("```").expect("closed");
    let sources = gatelint::source::Sources::default();
    let page = (
        "admin-without-scope.md".to_owned(),
        readme[start..end].into(),
    );
    let (rules, problems) = RuleSet::load(&sources, &[page]);
    assert_eq!(problems, []);
    assert!(rules.get("admin-without-scope").is_some());
}

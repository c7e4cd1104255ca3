//! Templates: the examples on the rules' pages, put together and changed.
//!
//! The pages are material: what a generated template comes to, nobody says.

use std::sync::LazyLock;

use gatelint::document::Dialect;
use gatelint::frontend::Format;
use gatelint::rule::{RuleSet, examples};

use super::choices::Choices;
use super::tree::Tree;

/// Values that a template has at most; beyond, nothing more is joined to it.
const MOST: usize = 150;

/// A generated template.
#[derive(Clone, Debug)]
pub struct Template {
    /// The format that its parts are of.
    pub format: Format,
    /// What it says.
    pub tree: Tree,
}

/// Every example on a page of a rule that comes with the program.
static POOL: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let rules = RuleSet::built_in();
    let pages = rules.iter().filter_map(|rule| examples(&rule.body).ok());
    let read = |example: gatelint::rule::Example| Template {
        format: example.format,
        tree: Tree::read(&example.text, dialect(example.format)),
    };
    pages.flatten().map(read).collect()
});

/// Texts that are put where others were.
const WORDS: &[&str] = &[
    "NONE",
    "AWS_IAM",
    "COGNITO_USER_POOLS",
    "CUSTOM",
    "JWT",
    "none",
    "aws_iam",
    "AWS::NoValue",
    "GET",
    "post",
    "ANY",
    "*",
    "OPTIONS",
    "$default",
    "/",
    "/{proxy+}",
    "/a/{id}",
    "a b",
    "yes",
    "True",
    "PRIVATE",
    "REGIONAL",
    "Api",
    "Fn",
    "prod",
    "arn:aws:lambda:*:*:function:x",
    "",
    "${self:provider.stage}",
    "${opt:stage, 'dev'}",
    "${file(other.yml):a}",
    "${self:custom.none, 'x'}",
    "${AWS::Region}",
    "${Stage}",
    "${env:SECRET}",
    "${self:custom}",
    "a\u{202e}b\u{1b}[31m",
    "::error::x",
    "<b>|`x`\n",
    "ä€😀",
    "line\nline\n",
    "=1+1",
    "${",
    "}",
    "{{resolve:ssm:/a}}",
    "0.0.0.0/0",
    "AWS::ApiGateway::Method",
    "AWS::Serverless::Function",
    "AWS::Lambda::Url",
    "http",
    "httpApi",
];

/// A template.
pub fn template(choices: &mut Choices<'_>) -> Template {
    let mut made = choices.of(&POOL).clone();
    while choices.once_in(3) && made.tree.size() < MOST {
        let other = choices.of(&POOL);
        if other.format == made.format {
            made.tree.join(renamed(other.tree.clone(), choices));
        }
    }
    for _ in 0..choices.below(5) {
        change(&mut made, choices);
    }
    made
}

/// The dialect of a format.
pub fn dialect(format: Format) -> Dialect {
    match format {
        Format::Serverless => Dialect::Core,
        Format::Sam | Format::CloudFormation => Dialect::CloudFormation,
    }
}

/// With other names for its functions and resources, so that what joins is something else, or with the same.
fn renamed(mut tree: Tree, choices: &mut Choices<'_>) -> Tree {
    if choices.once_in(2) {
        return tree;
    }
    for section in ["functions", "Resources"] {
        if let Tree::Map(entries) = &mut tree
            && let Some((_, Tree::Map(named))) = entries.iter_mut().find(|(key, _)| key == section)
        {
            for (key, _) in named {
                key.push('2');
            }
        }
    }
    tree
}

/// One change somewhere.
fn change(made: &mut Template, choices: &mut Choices<'_>) {
    let format = made.format;
    let kind = choices.below(9);
    let Some(place) = somewhere(&mut made.tree, choices) else {
        return;
    };
    match kind {
        0 => *place = Tree::text(*choices.of(WORDS)),
        1 => shorten(place, choices),
        2 => double(place, choices),
        3 => graft(place, choices),
        4 => *place = Tree::List(vec![place.clone()]),
        5 => {
            *place = choices
                .of(&[
                    Tree::Null,
                    Tree::Flag(true),
                    Tree::Flag(false),
                    Tree::Number("0".into()),
                    Tree::List(Vec::new()),
                    Tree::Map(Vec::new()),
                ])
                .clone();
        }
        _ if format == Format::Serverless => vary(made, choices),
        6 => condition(made, choices),
        7 => wrap(place, choices),
        _ => parameter(made, choices),
    }
}

/// A value on a random way down; `None` for the whole.
fn somewhere<'t>(tree: &'t mut Tree, choices: &mut Choices<'_>) -> Option<&'t mut Tree> {
    let mut place = child(tree, choices)?;
    while place.size() > 1 && !choices.once_in(6) {
        place = child(place, choices)?;
    }
    Some(place)
}

fn child<'t>(tree: &'t mut Tree, choices: &mut Choices<'_>) -> Option<&'t mut Tree> {
    match tree {
        Tree::List(items) if !items.is_empty() => {
            let at = choices.below(items.len());
            items.get_mut(at)
        }
        Tree::Map(entries) if !entries.is_empty() => {
            let at = choices.below(entries.len());
            entries.get_mut(at).map(|(_, value)| value)
        }
        _ => None,
    }
}

fn shorten(place: &mut Tree, choices: &mut Choices<'_>) {
    match place {
        Tree::List(items) if !items.is_empty() => {
            items.remove(choices.below(items.len()));
        }
        Tree::Map(entries) if !entries.is_empty() => {
            entries.remove(choices.below(entries.len()));
        }
        other => *other = Tree::Null,
    }
}

/// The same thing twice, under another name.
fn double(place: &mut Tree, choices: &mut Choices<'_>) {
    match place {
        Tree::List(items) if !items.is_empty() => {
            let item = items[choices.below(items.len())].clone();
            items.push(item);
        }
        Tree::Map(entries) if !entries.is_empty() => {
            let (key, value) = entries[choices.below(entries.len())].clone();
            let name = format!("{key}{}", choices.of(&["Too", "_", " ", "2"]));
            if !entries.iter().any(|(known, _)| *known == name) {
                entries.push((name, value));
            }
        }
        other => *other = Tree::List(vec![other.clone(), other.clone()]),
    }
}

/// Something out of another template.
fn graft(place: &mut Tree, choices: &mut Choices<'_>) {
    let mut other = choices.of(&POOL).tree.clone();
    if let Some(taken) = somewhere(&mut other, choices)
        && taken.size() < MOST / 2
    {
        *place = taken.clone();
    }
}

/// A condition that decides a value, by a parameter.
fn condition(made: &mut Template, choices: &mut Choices<'_>) {
    let parameter = Tree::Map(vec![
        ("Type".into(), Tree::text("String")),
        ("Default".into(), Tree::text(*choices.of(&["prod", "dev"]))),
    ]);
    let test = Tree::function(
        "Fn::Equals",
        Tree::List(vec![
            Tree::function("Ref", Tree::text("Env")),
            Tree::text("prod"),
        ]),
    );
    if let Some(parameters) = made.tree.entry("Parameters") {
        parameters.set("Env", parameter);
    }
    if let Some(conditions) = made.tree.entry("Conditions") {
        conditions.set("IsProd", test);
    }
    let Some(resources) = made.tree.entry("Resources") else {
        return;
    };
    if let Some(place) = somewhere(resources, choices) {
        let other = match choices.below(3) {
            0 => Tree::function("Ref", Tree::text("AWS::NoValue")),
            1 => Tree::text(*choices.of(WORDS)),
            _ => Tree::Null,
        };
        let arms = vec![Tree::text("IsProd"), place.clone(), other];
        *place = Tree::function("Fn::If", Tree::List(arms));
    }
}

/// The same value by way of a function, or by one that nobody can follow.
fn wrap(place: &mut Tree, choices: &mut Choices<'_>) {
    let own = place.clone();
    *place = match choices.below(6) {
        0 => Tree::function("Fn::Sub", own),
        1 => Tree::function(
            "Fn::Join",
            Tree::List(vec![Tree::text(""), Tree::List(vec![own])]),
        ),
        2 => Tree::function(
            "Fn::Select",
            Tree::List(vec![Tree::Number("0".into()), Tree::List(vec![own])]),
        ),
        3 => Tree::function("Fn::ImportValue", own),
        4 => Tree::function("Fn::Transform", own),
        _ => Tree::function("Fn::GetAtt", Tree::List(vec![own, Tree::text("Arn")])),
    };
}

/// A value by way of a parameter.
fn parameter(made: &mut Template, choices: &mut Choices<'_>) {
    let Some(resources) = made.tree.entry("Resources") else {
        return;
    };
    let Some(place) = somewhere(resources, choices) else {
        return;
    };
    let value = std::mem::replace(place, Tree::function("Ref", Tree::text("Given")));
    let mut declared = vec![("Type".to_owned(), Tree::text("String"))];
    if choices.once_in(2) {
        declared.push(("Default".to_owned(), value));
    }
    if let Some(parameters) = made.tree.entry("Parameters") {
        parameters.set("Given", Tree::Map(declared));
    }
}

/// A value by way of a variable.
fn vary(made: &mut Template, choices: &mut Choices<'_>) {
    let Some(place) = somewhere(&mut made.tree, choices) else {
        return;
    };
    let names = [
        "${self:custom.given}",
        "${self:custom.given, 'x'}",
        "${self:custom.${opt:stage, 'given'}}",
        "a${self:custom.given}b",
    ];
    let value = std::mem::replace(place, Tree::text(*choices.of(&names)));
    if let Some(custom) = made.tree.entry("custom") {
        custom.set("given", value);
    }
}

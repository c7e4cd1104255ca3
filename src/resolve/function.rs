//! Intrinsic functions, each by its documented meaning. Those that deployment settles give a part of a text.

use crate::document::{Node, Value};
use crate::resolve::scope::{Parameter, is_literal};
use crate::resolve::{Part, Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::trail::{How, Step, Trail};

/// The pseudo function by which a front end says that a value cannot be known; its argument is the reason.
pub const UNKNOWN: &str = "Fn::GateLintUnknown";

/// Name and argument, when the node is a call of an intrinsic function.
pub fn of(node: &Node) -> Option<(&Str, &Node)> {
    let entry = node.single()?;
    (entry.key == "Ref" || entry.key.starts_with("Fn::")).then_some((&entry.key, &entry.value))
}

/// A node that cannot be known before deployment, and why.
pub fn unknown(span: crate::source::Span, reason: impl Into<Str>) -> Node {
    Node::object(span, [(Str::from(UNKNOWN), Node::text(span, reason))])
}

/// Functions that choose between nodes. The others stay as they are.
pub(super) fn settle(scope: &Scope, node: &Node, name: &Str, argument: &Node) -> Property<Node> {
    match name.as_str() {
        "Ref" => refer(scope, node, argument),
        "Fn::If" => choose(scope, node, argument),
        "Fn::FindInMap" => find_in_map(scope, node, argument),
        "Fn::Select" => select(scope, node, argument),
        "Fn::GetAtt" | "Fn::Sub" | "Fn::Join" | "Fn::ImportValue" | "Fn::Split" | "Fn::Base64"
        | "Fn::GetAZs" | "Fn::Cidr" | "Fn::ToJsonString" | "Fn::Length" => {
            Resolved::known(Some(node.clone()), node.trail())
        }
        _ => deferred(node, &reason(name, argument)),
    }
}

/// Why a function that we cannot compute leaves its value open.
fn reason(name: &str, argument: &Node) -> String {
    match (name, argument.as_text()) {
        (UNKNOWN, Some(reason)) => reason.to_string(),
        ("Fn::Transform", _) => match argument.get("Name").and_then(Node::as_text) {
            Some(name) => format!("macro `{name}`"),
            None => "a macro".to_owned(),
        },
        _ => format!("`{name}`"),
    }
}

fn deferred<T>(node: &Node, by: &str) -> Resolved<T> {
    Resolved::unknown(node.trail().and(Step::deferred(by, node.span)))
}

fn refer(scope: &Scope, node: &Node, argument: &Node) -> Property<Node> {
    let as_it_is = || Resolved::known(Some(node.clone()), node.trail());
    let Some(name) = argument.as_text() else {
        return deferred(node, "`Ref` to something that is not a name");
    };
    if name == "AWS::NoValue" {
        return Resolved::known(None, node.trail());
    }
    match scope.parameter(name) {
        Parameter::Default(default) => {
            let step = Step::new(How::Parameter(name.clone()), node.span);
            let value = default.clone().via(step).along(node.via.as_ref());
            Resolved::known(Some(value.clone()), value.trail())
        }
        Parameter::Given(given) => given
            .clone()
            .and_then(|text| given_node(node, name, text.as_ref())),
        Parameter::Undeclared | Parameter::Open => as_it_is(),
    }
}

/// The value that a parameter was given, as a node at the place of use; text with open parts stays a `Ref`.
fn given_node(node: &Node, name: &Str, text: Option<&Text>) -> Property<Node> {
    let value = match text.and_then(Text::known) {
        Some(known) => {
            let step = Step::new(How::Parameter(name.clone()), node.span);
            Node {
                span: node.span,
                value: Value::Text(known),
                via: None,
            }
            .via(step)
        }
        None => node.clone(),
    };
    Resolved::known(Some(value.clone()), value.trail())
}

fn choose(scope: &Scope, node: &Node, argument: &Node) -> Property<Node> {
    let [condition, then, otherwise] = argument.items() else {
        return deferred(node, "`Fn::If` without its three arguments");
    };
    let Some(name) = condition.as_text() else {
        return deferred(node, "`Fn::If` without the name of a condition");
    };
    let (holds, fails) = (scope.assume(name, true), scope.assume(name, false));
    let came = |arm: &Node| arm.clone().along(node.via.as_ref());
    let decided = |arm: &Node, holds| {
        let step = Step::new(How::Condition(name.clone(), holds), condition.span);
        let arm = came(arm).via(step);
        scope.settle(&arm)
    };
    match (holds, fails) {
        (Some(_), None) => decided(then, true),
        (None, Some(_)) => decided(otherwise, false),
        (None, None) => deferred(
            node,
            &format!("condition `{name}`, which cannot be settled"),
        ),
        (holds, fails) => {
            let arms = (
                (holds, decided(then, true)),
                (fails, decided(otherwise, false)),
            );
            Resolved::either(arms.0, arms.1)
        }
    }
}

fn find_in_map(scope: &Scope, node: &Node, argument: &Node) -> Property<Node> {
    let [map, first, second, ..] = argument.items() else {
        return deferred(node, "`Fn::FindInMap` without its three arguments");
    };
    let key = |node: &Node| {
        scope
            .text(node)
            .agreed()
            .cloned()
            .flatten()
            .and_then(|text| text.known())
    };
    let found = match (key(map), key(first), key(second)) {
        (Some(map), Some(first), Some(second)) => scope.mappings.at(&[&map, &first, &second]),
        _ => return all_agree(scope, node, argument),
    };
    let default = argument
        .items()
        .get(3)
        .and_then(|options| options.get("DefaultValue"));
    match found.or(default) {
        Some(value) if found.is_some() && !is_literal(value) => {
            deferred(node, "`Fn::FindInMap`, whose mapping has no text there")
        }
        Some(value) => {
            let step = Step::new(How::Reference(Str::from("Fn::FindInMap")), node.span);
            let value = value.clone().via(step).along(node.via.as_ref());
            scope.settle(&value)
        }
        None => deferred(node, "`Fn::FindInMap`, whose key is not in the mapping"),
    }
}

/// With a key that only deployment knows, the value is known all the same when every entry it could be has it.
fn all_agree(scope: &Scope, node: &Node, argument: &Node) -> Property<Node> {
    let [map, first, second, ..] = argument.items() else {
        return deferred(node, "`Fn::FindInMap`");
    };
    let key = |node: &Node| {
        scope
            .text(node)
            .agreed()
            .cloned()
            .flatten()
            .and_then(|text| text.known())
    };
    let open = || deferred(node, "`Fn::FindInMap` with a key that is known only then");
    let (Some(map), Some(second)) = (key(map), key(second)) else {
        return open();
    };
    let Some(table) = scope.mappings.get(&map) else {
        return open();
    };
    let rows = table
        .entries()
        .iter()
        .map(|row| row.value.get(&second))
        .collect::<Option<Vec<_>>>();
    match rows.as_deref() {
        Some([one, rest @ ..]) if is_literal(one) && rest.iter().all(|other| other.same(one)) => {
            let step = Step::new(
                How::Note("the same in every entry of the mapping".into()),
                first.span,
            );
            scope.settle(&(*one).clone().via(step))
        }
        _ => open(),
    }
}

fn select(scope: &Scope, node: &Node, argument: &Node) -> Property<Node> {
    let [index, items] = argument.items() else {
        return deferred(node, "`Fn::Select` without its two arguments");
    };
    let index = scope.number(index).agreed().copied().flatten();
    let Some(index) = index.and_then(whole) else {
        return deferred(node, "`Fn::Select` with an index that is known only then");
    };
    scope.items(items).and_then(
        |items| match items.as_deref().and_then(|items| items.get(index)) {
            Some(item) => scope.settle(item),
            None => deferred(node, "`Fn::Select` from a list that is known only then"),
        },
    )
}

/// A number that can be an index.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be a small whole number"
)]
fn whole(number: f64) -> Option<usize> {
    ((0.0..1e6).contains(&number) && number.fract() == 0.0).then_some(number as usize)
}

/// Functions that give a list: `Fn::Split`, and a `Ref` to a list parameter's text.
pub(super) fn list(scope: &Scope, node: &Node) -> Resolved<Vec<Node>> {
    match of(node) {
        Some((name, argument)) if name == "Fn::Split" => split(scope, node, argument),
        Some((name, _)) if name == "Fn::GetAZs" || name == "Fn::Cidr" => {
            deferred(node, &format!("`{name}`"))
        }
        Some(_) => Resolved::known(vec![node.clone()], node.trail()),
        None => match node.as_text() {
            // The default of a CommaDelimitedList.
            Some(text) if text.contains(',') && node.via.is_some() => {
                let item = |item: &str| Node {
                    span: node.span,
                    value: Value::Text(text.substr_from(item.trim())),
                    via: node.via.clone(),
                };
                Resolved::known(text.split(',').map(item).collect(), node.trail())
            }
            _ => Resolved::known(vec![node.clone()], node.trail()),
        },
    }
}

fn split(scope: &Scope, node: &Node, argument: &Node) -> Resolved<Vec<Node>> {
    let [separator, text] = argument.items() else {
        return deferred(node, "`Fn::Split` without its two arguments");
    };
    let Some(separator) = separator.as_text().cloned().filter(|s| !s.is_empty()) else {
        return deferred(node, "`Fn::Split` without a separator");
    };
    scope
        .text(text)
        .and_then(|text| match text.as_ref().and_then(Text::known) {
            Some(text) => {
                let item = |item: &str| Node::text(node.span, item);
                Resolved::known(
                    text.split(separator.as_str()).map(item).collect(),
                    node.trail(),
                )
            }
            None => deferred(node, "`Fn::Split` of a text that is known only then"),
        })
}

/// Functions that give text.
pub(super) fn text(scope: &Scope, node: &Node, name: &Str, argument: &Node) -> Resolved<Text> {
    match name.as_str() {
        "Ref" => match argument.as_text() {
            Some(name) => Resolved::known(given_text(scope, name), node.trail()),
            None => deferred(node, "`Ref` to something that is not a name"),
        },
        "Fn::GetAtt" => match attribute(scope, argument) {
            Some(part) => Resolved::known(Text::part(part), node.trail()),
            None => deferred(node, "`Fn::GetAtt` of something that is not a name"),
        },
        "Fn::Sub" => super::substitute::text(scope, node, argument),
        "Fn::Join" => join(scope, node, argument),
        "Fn::ImportValue" => scope.text(argument).and_then(|export| match export {
            Some(export) => Resolved::known(
                Text::part(Part::Import(export.to_string().into())),
                node.trail(),
            ),
            None => deferred(node, "`Fn::ImportValue`"),
        }),
        _ => {
            let part = Part::Unknown(reason(name, argument).into());
            Resolved::known(Text::part(part), node.trail())
        }
    }
}

/// What a name stands for inside text.
pub(super) fn given_text(scope: &Scope, name: &Str) -> Text {
    if let Parameter::Given(given) = scope.parameter(name)
        && let Some(Some(text)) = given.agreed()
    {
        return text.clone();
    }
    Text::part(Part::Ref(name.clone()))
}

/// `[Id, Attribute]` or `Id.Attribute`, split at the first dot.
pub(super) fn attribute(scope: &Scope, argument: &Node) -> Option<Part> {
    if let Some((id, attribute)) = argument.as_text().and_then(|text| text.split_once('.')) {
        return Some(Part::Attribute(id.into(), attribute.into()));
    }
    let [id, attribute] = argument.items() else {
        return None;
    };
    let attribute = scope.text(attribute).agreed().cloned().flatten()?;
    Some(Part::Attribute(
        id.as_text()?.clone(),
        attribute.to_string().into(),
    ))
}

fn join(scope: &Scope, node: &Node, argument: &Node) -> Resolved<Text> {
    let [separator, items] = argument.items() else {
        return deferred(node, "`Fn::Join` without its two arguments");
    };
    let separator = separator.scalar().unwrap_or_default();
    scope.items(items).and_then(|items| {
        let empty = Resolved::known(Text::default(), node.trail());
        let items = items.unwrap_or_default();
        items.iter().enumerate().fold(empty, |so_far, (nth, item)| {
            so_far.plus(&part_of(scope, item), |text, piece| {
                if nth > 0 {
                    text.push(Part::Literal(separator.clone()));
                }
                text.extend(piece);
            })
        })
    })
}

/// One item inside a longer text: what cannot be known becomes an open part, so that the rest is not lost.
pub(super) fn part_of(scope: &Scope, item: &Node) -> Resolved<Text> {
    let text = scope.text(item);
    let reason = |trail: &Trail| {
        trail.steps().find_map(|step| {
            if let How::Deferred(by) = &step.how {
                Some(by.clone())
            } else {
                None
            }
        })
    };
    let open = |case: crate::resolve::Case<Option<Text>>| {
        let value = match case.value {
            Some(text) => text.unwrap_or_default(),
            None => Text::part(Part::Unknown(
                reason(&case.trail).unwrap_or_else(|| Str::from("unknown")),
            )),
        };
        crate::resolve::Case {
            value: Some(value),
            world: case.world,
            trail: case.trail,
        }
    };
    let fallback = item.trail();
    Resolved::cases_of(text.into_cases().map(open)).unwrap_or_else(|| Resolved::unknown(fallback))
}

/// A literal, in which dynamic references are open parts. Their addresses are never shown.
pub(super) fn dynamic(literal: &Str) -> Text {
    // Nearly no text has one, and every text is asked.
    if memchr::memchr(b'{', literal.as_bytes()).is_none() {
        return Text::literal(literal.clone());
    }
    let mut text = Text::default();
    let mut rest = literal.as_str();
    while let Some((before, after)) = rest.split_once("{{resolve:") {
        let Some((inside, behind)) = after.split_once("}}") else {
            break;
        };
        text.push(Part::Literal(literal.substr_from(before)));
        let service = inside.split(':').next().unwrap_or_default();
        text.push(Part::Unknown(format!("resolve:{service}").into()));
        rest = behind;
    }
    text.push(Part::Literal(literal.substr_from(rest)));
    text
}

//! `Fn::Sub`: text with `${…}` in it.

use crate::document::Node;
use crate::resolve::function::{given_text, part_of};
use crate::resolve::scope::Parameter;
use crate::resolve::{Part, Resolved, Scope, Text};
use crate::source::Str;
use crate::trail::Step;

/// A piece of the pattern.
enum Piece {
    Literal(Str),
    Name(Str),
}

/// The text that `Fn::Sub` makes, in its short form or with its own map of names.
pub(super) fn text(scope: &Scope, node: &Node, argument: &Node) -> Resolved<Text> {
    let (pattern, names) = match argument.items() {
        [pattern, names] => (pattern, Some(names)),
        [pattern] => (pattern, None),
        _ => (argument, None),
    };
    let Some(pattern) = pattern.scalar() else {
        return Resolved::unknown(
            node.trail()
                .and(Step::deferred("`Fn::Sub` without a text", node.span)),
        );
    };
    let empty = Resolved::known(Text::default(), node.trail());
    pieces(&pattern)
        .into_iter()
        .fold(empty, |so_far, piece| match piece {
            Piece::Literal(literal) => so_far.changed(|text| {
                text.extend(&super::function::dynamic(&literal));
            }),
            Piece::Name(name) => {
                let value = value(scope, names, &name, node);
                so_far.plus(&value, Text::extend)
            }
        })
}

/// What one `${name}` stands for.
fn value(scope: &Scope, names: Option<&Node>, name: &Str, node: &Node) -> Resolved<Text> {
    if let Some(own) = names.and_then(|names| names.get(name)) {
        return part_of(scope, own);
    }
    if let Parameter::Default(default) = scope.parameter(name) {
        return part_of(scope, default);
    }
    let part = match name.split_once('.') {
        Some((id, attribute)) => Text::part(Part::Attribute(id.into(), attribute.into())),
        None => given_text(scope, name),
    };
    Resolved::known(part, node.trail())
}

/// Splits a pattern; `${!x}` is the literal `${x}`, and what is not closed is literal too.
fn pieces(pattern: &Str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = pattern.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        pieces.push(Piece::Literal(pattern.substr_from(before)));
        match name.strip_prefix('!') {
            Some(literal) => pieces.push(Piece::Literal(format!("${{{literal}}}").into())),
            None => pieces.push(Piece::Name(pattern.substr_from(name.trim()))),
        }
        rest = behind;
    }
    pieces.push(Piece::Literal(pattern.substr_from(rest)));
    pieces
}

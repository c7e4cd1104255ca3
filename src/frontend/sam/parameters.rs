//! Values of the template's parameters, put in where SAM puts them in.
//!
//! SAM reads a few properties (`Auth`, `Domain` …) with parameters replaced by their values, and leaves every other
//! reference to CloudFormation. Never gives a value to a parameter whose default is only a key into a remote store.

use std::cell::Cell;
use std::collections::HashMap;

use super::references::braced;
use crate::document::{Entry, Node};
use crate::frontend::rewrite::rewrite;
use crate::resolve::Given;
use crate::source::Str;
use crate::trail::{How, Step};

/// What each parameter with a known value stands for.
#[derive(Debug)]
pub(super) struct Parameters {
    known: HashMap<Str, Node>,
    /// Bytes that may still be put into texts; beyond, they stay as they are.
    budget: Cell<usize>,
}

/// Bytes that parameters may add to the texts of one template.
const MOST: usize = 16 << 20;

impl Parameters {
    /// The defaults that the template declares, and over them what is given from outside; where that is not known, nothing.
    pub(super) fn of(root: &Node, given: &Given) -> Self {
        let declared = root
            .get("Parameters")
            .map(Node::entries)
            .unwrap_or_default();
        let value = |entry: &Entry| {
            let value = match given.get(&entry.key) {
                Some(given) => {
                    let text = given.agreed()?.as_ref()?.known()?;
                    Node::text(entry.span, text)
                }
                None => default(&entry.value)?,
            };
            Some((entry.key.clone(), value))
        };
        Self {
            known: declared.iter().filter_map(value).collect(),
            budget: Cell::new(MOST),
        }
    }

    /// The same value with every `Ref` to a known parameter replaced, and every such name in `Fn::Sub`.
    pub(super) fn resolve(&self, node: &Node) -> Node {
        if self.known.is_empty() {
            return node.clone();
        }
        rewrite(node, &mut |node| {
            let entry = node.single()?;
            match entry.key.as_str() {
                "Ref" => {
                    let name = entry.value.as_text()?;
                    let value = self.known.get(name)?.clone();
                    let step = Step::new(How::Parameter(name.clone()), node.span);
                    Some(value.via(step).along(node.via.as_ref()))
                }
                "Fn::Sub" => {
                    let value = self.substituted(&entry.value)?;
                    Some(Node {
                        via: node.via.clone(),
                        ..Node::object(node.span, [(entry.key.clone(), value)])
                    })
                }
                _ => None,
            }
        })
    }

    /// The argument of an `Fn::Sub` with known names replaced; `None` when it has none.
    fn substituted(&self, argument: &Node) -> Option<Node> {
        let changed = |node: &Node| {
            let text = self.text(node.as_text()?)?;
            let at = node.span;
            Some(Node {
                via: node.via.clone(),
                ..Node::text(at, text)
            })
        };
        match argument.items() {
            [] => changed(argument),
            [first, rest @ ..] => {
                let mut items = vec![changed(first)?];
                items.extend(rest.iter().cloned());
                Some(Node::list(argument.span, items))
            }
        }
    }

    fn text(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        let mut any = false;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let known = braced(after).and_then(|name| {
                let value = self.known.get(name)?.scalar()?;
                Some((value, after.get(name.len() + 1..)?))
            });
            if let Some((value, tail)) = known {
                let left = self.budget.get().checked_sub(value.len())?;
                self.budget.set(left);
                out.push_str(&value);
                rest = tail;
                any = true;
            } else {
                out.push_str("${");
                rest = after;
            }
        }
        out.push_str(rest);
        any.then_some(out)
    }
}

fn default(declaration: &Node) -> Option<Node> {
    let kind = declaration.get("Type").and_then(Node::as_text);
    if kind.is_some_and(|kind| kind.starts_with("AWS::SSM::Parameter::")) {
        return None;
    }
    declaration.get("Default").cloned()
}

#[cfg(test)]
mod tests {
    use super::super::place::Place;
    use super::*;
    use crate::resolve::{Resolved, Text};
    use crate::source::{SourceId, Span};

    fn parameters() -> (Place, Parameters) {
        let place = Place(Span::top(SourceId(0)));
        let stage = place.map([
            ("Type", place.text("String")),
            ("Default", place.text("dev")),
        ]);
        let key = place.map([
            ("Type", place.text("AWS::SSM::Parameter::Value<String>")),
            ("Default", place.text("/a/b")),
        ]);
        let root = place.one("Parameters", place.map([("Stage", stage), ("Key", key)]));
        (place, Parameters::of(&root, &Given::new()))
    }

    #[test]
    fn references_become_values_that_remember_the_parameter() {
        let (place, parameters) = parameters();
        let value = parameters.resolve(&place.one("a", place.reference("Stage")));
        let value = value.get("a").unwrap();
        assert_eq!(value.as_text().unwrap(), "dev");
        assert_eq!(value.trail().steps().count(), 2);
    }

    #[test]
    fn only_known_names_are_substituted() {
        let (place, parameters) = parameters();
        let value = parameters.resolve(&place.sub("${Stage}-${Fn.Arn}-${Key}-${"));
        assert_eq!(
            value.get("Fn::Sub").unwrap().as_text().unwrap(),
            "dev-${Fn.Arn}-${Key}-${"
        );
    }

    #[test]
    fn a_key_into_a_remote_store_is_no_value() {
        let (place, parameters) = parameters();
        assert!(
            parameters
                .resolve(&place.reference("Key"))
                .as_text()
                .is_none()
        );
    }

    #[test]
    fn what_is_given_from_outside_goes_before_the_default() {
        let (place, parameters) = parameters();
        assert!(
            parameters
                .resolve(&place.reference("Stage"))
                .as_text()
                .is_some()
        );
        let declared = place.one("Default", place.text("dev"));
        let root = place.one("Parameters", place.one("Stage", declared));
        let step = || Step::written(place.0);
        let known = Resolved::known(Some(Text::literal("prod")), step());
        let parameters = Parameters::of(&root, &Given::from([("Stage".into(), known)]));
        assert_eq!(
            parameters
                .resolve(&place.reference("Stage"))
                .as_text()
                .unwrap(),
            "prod"
        );
        let open = Given::from([("Stage".into(), Resolved::unknown(step()))]);
        let parameters = Parameters::of(&root, &open);
        assert!(
            parameters
                .resolve(&place.reference("Stage"))
                .as_text()
                .is_none()
        );
    }
}

//! References to what SAM derives: `Ref: Api.Stage`, `${Function.Alias}`.
//!
//! Replaces them by the ids of the resources that were made; everything else stays.

use std::collections::HashMap;

use super::place::Place;
use crate::document::{Node, Value};
use crate::frontend::rewrite::rewrite;
use crate::source::Str;

/// What `Id.Property` stands for.
type Derived = HashMap<Str, HashMap<&'static str, Str>>;

/// The template with every such reference replaced.
pub(super) fn resolve(template: &Node, derived: &Derived) -> Node {
    if derived.is_empty() {
        return template.clone();
    }
    rewrite(template, &mut |node| {
        let entry = node.single()?;
        let value = match entry.key.as_str() {
            "Ref" => {
                let (id, property) = entry.value.as_text()?.split_once('.')?;
                Place(entry.value.span).text(find(derived, id, property)?.clone())
            }
            "Fn::GetAtt" => attribute(&entry.value, derived)?,
            "Fn::Sub" => substituted(&entry.value, derived)?,
            _ => return None,
        };
        Some(Node {
            via: node.via.clone(),
            ..Node::object(node.span, [(entry.key.clone(), value)])
        })
    })
}

fn find<'d>(derived: &'d Derived, id: &str, property: &str) -> Option<&'d Str> {
    derived.get(id)?.get(property)
}

/// `[Id.Property, Attribute]`, `[Id, Property.Attribute]` or the text `Id.Property.Attribute`.
fn attribute(argument: &Node, derived: &Derived) -> Option<Node> {
    let path = match &argument.value {
        Value::Text(text) => text.to_string(),
        Value::List(list) => {
            let parts: Option<Vec<&str>> = list
                .items
                .iter()
                .map(|item| item.as_text().map(Str::as_str))
                .collect();
            parts?.join(".")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Map(_) => return None,
    };
    let mut parts = path.splitn(3, '.');
    let id = find(derived, parts.next()?, parts.next()?)?;
    let place = Place(argument.span);
    let rest = parts.next()?;
    Some(place.list([place.text(id.clone()), place.text(rest)]))
}

/// The name in the braces that `after` is the inside of. Names hold neither `$` nor braces.
pub(super) fn braced(after: &str) -> Option<&str> {
    let (name, rest) = after.split_at_checked(after.find(['}', '$', '{'])?)?;
    rest.starts_with('}').then_some(name)
}

fn substituted(argument: &Node, derived: &Derived) -> Option<Node> {
    let changed = |node: &Node| {
        let text = replaced(node.as_text()?, derived)?;
        Some(Node {
            via: node.via.clone(),
            ..Node::text(node.span, text)
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

fn replaced(text: &str, derived: &Derived) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut any = false;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        out.push_str("${");
        rest = after;
        let Some(name) = braced(after) else {
            continue;
        };
        let mut parts = name.splitn(3, '.');
        let found = match (parts.next(), parts.next()) {
            (Some(id), Some(property)) => find(derived, id, property),
            _ => None,
        };
        if let Some(id) = found {
            out.push_str(id);
            for attribute in parts {
                out.push('.');
                out.push_str(attribute);
            }
            rest = after.get(name.len()..).unwrap_or_default();
            any = true;
        }
    }
    out.push_str(rest);
    any.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, Span};

    #[test]
    fn derived_ids_take_the_place_of_their_names() {
        let place = Place(Span::top(SourceId(0)));
        let derived = Derived::from([(
            "Api".into(),
            HashMap::from([("Stage", "ApiProdStage".into())]),
        )]);
        let node = place.list([
            place.reference("Api.Stage"),
            place.sub("x-${Api.Stage}-${Api.Other}-${Api}"),
            place.attribute("Api.Stage", "Arn"),
        ]);
        let node = resolve(&node, &derived);
        let [reference, sub, attribute] = node.items() else {
            panic!("three items");
        };
        assert_eq!(
            reference.get("Ref").unwrap().as_text().unwrap(),
            "ApiProdStage"
        );
        assert_eq!(
            sub.get("Fn::Sub").unwrap().as_text().unwrap(),
            "x-${ApiProdStage}-${Api.Other}-${Api}"
        );
        assert_eq!(
            attribute.get("Fn::GetAtt").unwrap().items()[0]
                .as_text()
                .unwrap(),
            "ApiProdStage"
        );
    }
}

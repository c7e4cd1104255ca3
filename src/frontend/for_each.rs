//! `Fn::ForEach` of the transform `AWS::LanguageExtensions`: one entry of a mapping becomes many.

use std::collections::HashSet;

use crate::document::{Entry, Node, Problem, ProblemKind, Value};
use crate::resolve::Given;
use crate::source::{Span, Str};
use crate::trail::{How, Step};

/// Entries that all loops of a template may make.
pub const MOST: usize = 10_000;
/// What all loops of a template may cost: rounds, items, values of their bodies, and every 64 bytes of their texts. A loop can make
/// nothing in a million rounds, or one entry that is as large as a million.
const EFFORT: usize = 1_000_000;
/// Bytes of text that cost as much as a value.
const TEXT: usize = 64;
const PREFIX: &str = "Fn::ForEach::";

/// The template with its loops unrolled, when it has the transform for them; `given` are the values of its parameters.
/// A loop over what only deployment knows stays, with a problem.
///
/// The transform comes before SAM's, so what it makes can be SAM resources and events.
pub(super) fn unroll(root: &Node, given: &Given) -> (Option<Node>, Vec<Problem>) {
    if !extended(root) {
        return (None, Vec::new());
    }
    let mut loops = Loops {
        parameters: root.get("Parameters").cloned(),
        given,
        left: MOST,
        effort: EFFORT,
        stopped: false,
        refused: HashSet::new(),
        problems: Vec::new(),
    };
    let unrolled = loops.node(root, &[]);
    (Some(unrolled), loops.problems)
}

fn extended(root: &Node) -> bool {
    let Some(transform) = root.get("Transform") else {
        return false;
    };
    let names = transform
        .as_list()
        .unwrap_or(std::slice::from_ref(transform));
    let mut names = names.iter().filter_map(Node::as_text);
    names.any(|name| name == "AWS::LanguageExtensions")
}

struct Loops<'a> {
    parameters: Option<Node>,
    given: &'a Given,
    /// Of [`MOST`].
    left: usize,
    /// Of [`EFFORT`].
    effort: usize,
    /// Whether it is said that one of them is passed.
    stopped: bool,
    /// Loops about which something is said: not once more in every round of a loop around them.
    refused: HashSet<Span>,
    problems: Vec<Problem>,
}

/// A loop's variable and its value in this round.
type Binding = (Str, Str);

impl Loops<'_> {
    /// Takes so much of what is left to do; `false` when that is not enough.
    fn spend(&mut self, effort: usize) -> bool {
        let left = self.effort.checked_sub(effort);
        self.effort = left.unwrap_or(0);
        left.is_some()
    }

    /// Recurses over a tree whose depth the parser has capped.
    fn node(&mut self, node: &Node, bound: &[Binding]) -> Node {
        if !bound.is_empty() && !self.spend(1) {
            return node.clone();
        }
        let value = match &node.value {
            Value::Map(_) => return self.map(node, bound),
            Value::List(list) => {
                let items = list
                    .items
                    .iter()
                    .map(|item| self.node(item, bound))
                    .collect();
                return Node {
                    via: node.via.clone(),
                    ..Node::list(node.span, items)
                };
            }
            Value::Text(text) if !bound.is_empty() => Value::Text(self.filled(text, bound)),
            Value::Text(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {
                return node.clone();
            }
        };
        Node {
            value,
            ..node.clone()
        }
    }

    fn map(&mut self, node: &Node, bound: &[Binding]) -> Node {
        if let Some(value) = referenced(node, bound) {
            return Node::text(node.span, value);
        }
        let mut entries = Vec::with_capacity(node.entries().len());
        for entry in node.entries() {
            if entry.key.starts_with(PREFIX) {
                self.unroll(entry, bound, &mut entries);
                continue;
            }
            let key = if bound.is_empty() {
                entry.key.clone()
            } else {
                self.filled(&entry.key, bound)
            };
            entries.push(Entry {
                span: entry.span,
                key,
                value: self.node(&entry.value, bound),
            });
        }
        let made = Node {
            via: node.via.clone(),
            ..Node::map(node.span, entries)
        };
        constant(&made).unwrap_or(made)
    }

    fn unroll(&mut self, entry: &Entry, bound: &[Binding], out: &mut Vec<Entry>) {
        let [variable, items, body] = entry.value.items() else {
            return self.refuse(entry, "needs a variable, a list and a body");
        };
        let Some(variable) = variable.as_text() else {
            return self.refuse(entry, "needs a variable, a list and a body");
        };
        if !self.spend(1 + items.items().len()) {
            return self.stop(entry);
        }
        let Some(items) = self.items(items, bound) else {
            return self.refuse(entry, "loops over what only deployment knows");
        };
        for item in items {
            if self.left == 0 || !self.spend(1 + item.len() / TEXT) {
                return self.stop(entry);
            }
            let how = format!("`{}` with `{variable}` = `{item}`", entry.key);
            let step = Step::new(How::Generated(how.into()), entry.span);
            let mut inner = bound.to_vec();
            inner.push((variable.clone(), item.clone()));
            let body = self.map(body, &inner);
            if self.effort == 0 {
                return self.stop(entry);
            }
            for made in body.entries() {
                let Some(left) = self.left.checked_sub(1) else {
                    return self.stop(entry);
                };
                self.left = left;
                out.push(Entry {
                    value: made.value.clone().via(step.clone()),
                    ..made.clone()
                });
            }
        }
    }

    /// The texts that a loop goes over: a list, or the value of a list parameter.
    fn items(&mut self, node: &Node, bound: &[Binding]) -> Option<Vec<Str>> {
        if let Some(items) = node.as_list() {
            let text = |item: &Node| {
                referenced(item, bound).or_else(|| Some(self.filled(&item.scalar()?, bound)))
            };
            return items.iter().map(text).collect();
        }
        let call = node.single().filter(|call| call.key == "Ref")?;
        let list = self.value(call.value.as_text()?)?;
        let items = list.split(',').map(|item| list.substr_from(item.trim()));
        Some(items.collect())
    }

    /// A parameter's value: the one that is given, else its default.
    fn value(&self, name: &Str) -> Option<Str> {
        if let Some(given) = self.given.get(name) {
            return given.agreed().cloned().flatten()?.known();
        }
        self.parameters
            .as_ref()?
            .get(name)?
            .get("Default")?
            .scalar()
    }

    fn refuse(&mut self, entry: &Entry, why: &str) {
        if self.refused.insert(entry.span) {
            self.say(ProblemKind::UnresolvedReference, entry, why);
        }
    }

    /// A ceiling is passed once, however many loops run into it.
    fn stop(&mut self, entry: &Entry) {
        if !std::mem::replace(&mut self.stopped, true) {
            let why = "makes more than 10,000 entries in this template, or takes too many rounds";
            self.say(ProblemKind::UnreadableInput, entry, why);
        }
    }

    fn say(&mut self, kind: ProblemKind, entry: &Entry, why: &str) {
        let message = format!("`{}` {why}; what it makes is not listed", entry.key);
        self.problems.push(Problem::new(kind, entry.span, message));
    }

    /// `${variable}` is the value, `&{variable}` only its letters and digits.
    fn filled(&mut self, text: &Str, bound: &[Binding]) -> Str {
        if !text.contains('{') {
            return text.clone();
        }
        let mut filled = text.to_string();
        for (variable, value) in bound.iter().rev() {
            let plain: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
            for (mark, value) in [('$', value.as_str()), ('&', &plain)] {
                let wanted = format!("{mark}{{{variable}}}");
                let grows = filled.matches(&wanted).count().saturating_mul(value.len());
                if !self.spend(filled.len().saturating_add(grows) / TEXT) {
                    return text.clone();
                }
                filled = filled.replace(&wanted, value);
            }
        }
        filled.into()
    }
}

/// The value of `{Ref: variable}`.
fn referenced(node: &Node, bound: &[Binding]) -> Option<Str> {
    let call = node.single().filter(|call| call.key == "Ref")?;
    let name = call.value.as_text()?;
    bound
        .iter()
        .rev()
        .find(|(variable, _)| variable == name)
        .map(|(_, value)| value.clone())
}

/// The text of a `Fn::Sub` whose variables were all those of loops: SAM wants texts where it is told paths.
fn constant(node: &Node) -> Option<Node> {
    let call = node.single().filter(|call| call.key == "Fn::Sub")?;
    let text = call.value.as_text().filter(|text| !text.contains("${"))?;
    Some(Node {
        via: node.via.clone(),
        ..Node::text(node.span, text.clone())
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::document::{Dialect, parse};
    use crate::source::Sources;

    fn expanded(text: &str) -> (Node, Vec<Problem>) {
        let sources = Sources::default();
        let text = format!("Transform: AWS::LanguageExtensions\n{text}");
        let source = sources.add("t.yaml", text);
        let root = parse(&sources, source, Dialect::CloudFormation).root;
        let (unrolled, problems) = unroll(&root, &Given::new());
        (unrolled.expect("the transform is there"), problems)
    }

    #[test]
    fn a_loop_makes_one_entry_an_item() {
        let (root, problems) = expanded(
            "Parameters: {Names: {Type: CommaDelimitedList, Default: 'a, b-c'}}
Resources:
  Fn::ForEach::Topics:
    - Name
    - !Ref Names
    - Topic&{Name}:
        Type: AWS::SNS::Topic
        Properties: {TopicName: !Ref Name, DisplayName: !Sub 'x-${Name}-${AWS::Region}'}
",
        );
        assert!(problems.is_empty());
        let resources = root.get("Resources").expect("resources");
        let ids: Vec<&str> = resources
            .entries()
            .iter()
            .map(|entry| entry.key.as_str())
            .collect();
        assert_eq!(ids, ["Topica", "Topicbc"]);
        let second = resources
            .at(&["Topicbc", "Properties"])
            .expect("properties");
        assert_eq!(
            second
                .get("TopicName")
                .and_then(Node::as_text)
                .map(Str::as_str),
            Some("b-c")
        );
        let sub = second
            .at(&["DisplayName", "Fn::Sub"])
            .and_then(Node::as_text)
            .map(Str::as_str);
        assert_eq!(sub, Some("x-b-c-${AWS::Region}"));
    }

    #[test]
    fn a_loop_over_the_unknown_is_said() {
        let (_, problems) = expanded(
            "Resources: {'Fn::ForEach::X': [Name, !Ref Nowhere, {'A${Name}': {Type: T}}]}",
        );
        assert_eq!(problems.len(), 1);
    }

    /// What makes nothing, or says the same in every round, costs rounds; what makes much of little costs text.
    #[test]
    fn loops_that_make_nothing_or_giants_come_to_an_end() {
        let list = (0..200).map(|i| i.to_string()).collect::<Vec<_>>();
        let list = list.join(",");
        let nested = |inner: &str| {
            let loops = (0..6).fold(inner.to_owned(), |body, nth| {
                format!("{{'Fn::ForEach::L{nth}': [V{nth}, [{list}], {body}]}}")
            });
            expanded(&format!("Resources: {loops}"))
        };
        let said = |(_, problems): (Node, Vec<Problem>)| -> Vec<ProblemKind> {
            problems.iter().map(|one| one.kind).collect()
        };
        let full = ProblemKind::UnreadableInput;
        assert_eq!(said(nested("{}")), [full]);
        let unknown = nested("{'Fn::ForEach::M': [V, !Ref Nowhere, {}]}");
        assert_eq!(said(unknown), [ProblemKind::UnresolvedReference, full]);
        let (giant, many) = ("g".repeat(100_000), "${V}".repeat(1_000));
        let text = format!(
            "Resources: {{'Fn::ForEach::G': [V, [{giant}a, {giant}b], {{'A&{{V}}': {{Type: '{many}'}}}}]}}"
        );
        let giants = expanded(&text);
        let made = giants.0.get("Resources").expect("resources").entries();
        assert!(made.is_empty());
        assert_eq!(said(giants), [full]);
    }

    #[test]
    fn nested_loops_stay_within_the_ceiling() {
        let mut text = String::from("Resources:\n  'Fn::ForEach::A': [A, [x], {}]\n");
        let items = (0..200)
            .map(|i| i.to_string())
            .collect::<Vec<_>>()
            .join(",");
        let _ = writeln!(
            text,
            "  'Fn::ForEach::B': [B, [{items}], {{'Fn::ForEach::C': [C, [{items}], {{'R${{B}}x${{C}}': {{Type: T}}}}]}}]"
        );
        let (root, problems) = expanded(&text);
        assert!(root.get("Resources").expect("resources").entries().len() <= MOST);
        assert!(!problems.is_empty());
    }
}

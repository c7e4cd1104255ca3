//! State machines of Step Functions: the tasks that call an endpoint.

use serde_json::Value;

use crate::caller::Lead;
use crate::caller::target::{self, Target};
use crate::resolve::{Part, Property, Resolved, Text};
use crate::source::Span;
use crate::stack::{Resource, Stack};
use crate::trail::{How, Step};

/// The type of the resource.
pub(super) const TYPE: &str = "AWS::StepFunctions::StateMachine";

const PAGE: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html";
const HTTP_PAGE: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html";

/// States of one machine that are looked at, and how deep they may nest.
const MOST: usize = 1_000;
const DEEPEST: usize = 16;

/// What the tasks of a state machine call.
pub(super) fn leads(stack: &Stack, machine: &Resource) -> Vec<Lead> {
    let names = ["DefinitionString", "Definition"];
    let written = names.iter().find_map(|name| machine.properties.get(name));
    let Some(node) = written else {
        return Vec::new();
    };
    let mut definition = Definition {
        parts: Vec::new(),
        span: node.span,
        left: MOST,
        found: Vec::new(),
    };
    let substitutions = stack
        .property(machine, "DefinitionSubstitutions")
        .agreed_node();
    let root = match stack.scope.text(node).agreed().cloned().flatten() {
        Some(text) => definition.parsed(&text),
        None => stack
            .property(machine, "Definition")
            .agreed_node()
            .map(|node| definition.value(stack, &node, 0)),
    };
    if let Some(mut root) = root {
        if let Some(substitutions) = substitutions {
            for entry in substitutions.entries() {
                let text = stack.scope.text(&entry.value).agreed().cloned().flatten();
                let text = text.unwrap_or_else(|| Text::part(Part::Unknown(entry.key.clone())));
                let mark = definition.keep(&text);
                replace(&mut root, (&format!("${{{}}}", entry.key), &mark), 0);
            }
        }
        definition.states(&root, 0);
    }
    definition.found
}

/// A definition as JSON, in which a mark stands for each part that is no literal text.
struct Definition {
    /// What the marks stand for.
    parts: Vec<Part>,
    span: Span,
    left: usize,
    found: Vec<Lead>,
}

/// Begins and ends the mark of a part: characters that no definition has.
const MARK: char = '\u{e000}';

impl Definition {
    /// The text with marks.
    fn keep(&mut self, text: &Text) -> String {
        let mut kept = String::new();
        for part in text.parts() {
            match part {
                Part::Literal(text) => kept.push_str(text),
                Part::Ref(_) | Part::Attribute(..) | Part::Import(_) | Part::Unknown(_) => {
                    let mark = format!("{MARK}{}{MARK}", self.parts.len());
                    self.parts.push(part.clone());
                    kept.push_str(&mark);
                }
            }
        }
        kept
    }

    fn parsed(&mut self, text: &Text) -> Option<Value> {
        let kept = self.keep(text);
        serde_json::from_str(&kept).ok()
    }

    /// A mapping as JSON; what is too deep is null.
    fn value(&mut self, stack: &Stack, node: &crate::document::Node, depth: usize) -> Value {
        if depth > DEEPEST * 4 {
            return Value::Null;
        }
        let settled = stack.scope.settle(node).agreed_node();
        let Some(settled) = settled else {
            return Value::Null;
        };
        if let Some(items) = settled.as_list() {
            let items = items.iter().map(|item| self.value(stack, item, depth + 1));
            return Value::Array(items.collect());
        }
        if let Some(text) = stack.scope.text(&settled).agreed().cloned().flatten() {
            return Value::String(self.keep(&text));
        }
        let entries = settled.entries().iter();
        let all = entries.map(|entry| {
            let value = self.value(stack, &entry.value, depth + 1);
            (entry.key.to_string(), value)
        });
        Value::Object(all.collect())
    }

    /// The text of a value, with its parts.
    fn text(&self, value: Option<&Value>) -> Option<Text> {
        let mut text = Text::default();
        for (nth, piece) in value?.as_str()?.split(MARK).enumerate() {
            if nth % 2 == 0 {
                text.push(Part::Literal(piece.into()));
            } else {
                text.push(self.parts.get(piece.parse::<usize>().ok()?)?.clone());
            }
        }
        Some(text)
    }

    /// The tasks among these states, and among those of their branches and maps.
    fn states(&mut self, machine: &Value, depth: usize) {
        let Some(states) = machine.get("States").and_then(Value::as_object) else {
            return;
        };
        for (name, state) in states {
            if self.left == 0 || depth > DEEPEST {
                return;
            }
            self.left -= 1;
            let lead = self.task(name, state);
            self.found.extend(lead);
            let branches = state.get("Branches").and_then(Value::as_array);
            for branch in branches.into_iter().flatten() {
                self.states(branch, depth + 1);
            }
            for inner in ["Iterator", "ItemProcessor"] {
                if let Some(inner) = state.get(inner) {
                    self.states(inner, depth + 1);
                }
            }
        }
    }

    fn task(&self, name: &str, state: &Value) -> Option<Lead> {
        let resource = state.get("Resource")?.as_str()?;
        let service = resource.split(":states:::").nth(1)?;
        let arguments = state.get("Parameters").or_else(|| state.get("Arguments"))?;
        let method = self.text(arguments.get("Method"));
        let (target, signed) = if service.starts_with("apigateway:invoke") {
            (self.of_api(arguments)?, self.signed(arguments))
        } else if service.starts_with("http:invoke") {
            let url = self.text(arguments.get("ApiEndpoint"))?;
            let what = "an HTTP task shows what its connection has, and signs nothing";
            let signed = Resolved::known(Some(false), Step::default(what, HTTP_PAGE));
            (target::of(&url)?, signed)
        } else {
            return None;
        };
        Some(Lead {
            name: name.into(),
            says: format!("the state `{name}` calls it").into(),
            span: self.span,
            target,
            method: method.and_then(|method| method.known()),
            signed,
        })
    }

    /// Host, stage and path of an `apigateway:invoke`.
    fn of_api(&self, arguments: &Value) -> Option<Target> {
        let mut url = Text::literal("https://");
        url.extend(&self.text(arguments.get("ApiEndpoint"))?);
        for name in ["Stage", "Path"] {
            if let Some(piece) = self.text(arguments.get(name)) {
                let slash = matches!(piece.parts().first(), Some(Part::Literal(text)) if text.starts_with('/'));
                if !slash {
                    url.push(Part::Literal("/".into()));
                }
                url.extend(&piece);
            } else if name == "Stage" && arguments.get("Path").is_some() {
                return target::of(&url);
            }
        }
        target::of(&url)
    }

    fn signed(&self, arguments: &Value) -> Property<bool> {
        match self
            .text(arguments.get("AuthType"))
            .map(|text| text.known())
        {
            None => {
                let what = "a task signs nothing unless its `AuthType` says so";
                Resolved::known(Some(false), Step::default(what, PAGE))
            }
            Some(Some(kind)) => {
                let how = How::Note(format!("its `AuthType` is `{kind}`").into());
                Resolved::known(Some(kind != "NO_AUTH"), Step::new(how, self.span))
            }
            Some(None) => Resolved::known(None, Step::written(self.span)),
        }
    }
}

/// Puts a text for another in every text of a value.
fn replace(value: &mut Value, (from, to): (&str, &str), depth: usize) {
    if depth > DEEPEST * 4 {
        return;
    }
    match value {
        Value::String(text) if text.contains(from) => *text = text.replace(from, to),
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| replace(item, (from, to), depth + 1)),
        Value::Object(entries) => entries
            .values_mut()
            .for_each(|item| replace(item, (from, to), depth + 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

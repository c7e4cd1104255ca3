//! Calls across stacks: a function of one stack that calls an endpoint of another one of the same run.
//!
//! A URL leads from one stack to another through an output: handed on by a composition, named as `${cf:stack.Output}`,
//! exported and imported, or given by or to a nested stack. Each is looked up once in an index of the run, so that neither the
//! order of files nor their number matters. What cannot be tied to one stack is no call.

mod run;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::run::Run;
use super::{Call, asks_iam};
use crate::document::Node;
use crate::endpoint::Endpoint;
use crate::resolve::output::Output;
use crate::resolve::{Part, Scope, Text, World};
use crate::source::{SourceId, Span, Str};
use crate::stack::Stack;
use crate::trail::How;

/// A stack of the run that calls or can be called from others.
#[derive(Clone, Debug)]
pub struct Party {
    stack: Arc<Stack>,
    file: Str,
    stage: Option<Str>,
    world: World,
    nested: Vec<(Str, SourceId)>,
    offers: BTreeMap<Str, Offer>,
    asks: Vec<Ask>,
}

/// Where a stack stands in its run.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its file, relative to the root.
    pub file: Str,
    /// The stage that it is for.
    pub stage: Option<Str>,
    /// The deployments that it is for, when there are several.
    pub world: World,
    /// Templates of its nested stacks, by their logical ids.
    pub nested: Vec<(Str, SourceId)>,
}

/// An output.
#[derive(Clone, Debug)]
struct Offer {
    value: Text,
    export: Option<Str>,
    span: Span,
}

/// A variable of a function's environment that leads out of the stack.
#[derive(Clone, Debug)]
struct Ask {
    function: Str,
    variable: Str,
    value: Node,
    text: Text,
}

impl Party {
    /// What others need to know of a stack; `None` when it neither calls them nor is called.
    pub fn of(stack: Stack, endpoints: &[Endpoint], place: Place) -> Option<Self> {
        let asks = asks(&stack);
        let offers = offers(&stack);
        let is_asked = || {
            let leads_on = |offer: &Offer| leads_outside(&offer.value);
            endpoints.iter().any(asks_iam) || offers.values().any(leads_on)
        };
        let has_part = !asks.is_empty() || !place.nested.is_empty() || is_asked();
        has_part.then(|| Self {
            stack: Arc::new(stack),
            file: place.file,
            stage: place.stage,
            world: place.world,
            nested: place.nested,
            offers,
            asks,
        })
    }
}

/// Every variable of a function that leads out of the stack.
fn asks(stack: &Stack) -> Vec<Ask> {
    let mut found = Vec::new();
    for function in stack.of_type("AWS::Lambda::Function") {
        let environment = stack.property(function, "Environment").agreed_node();
        let variables =
            environment.and_then(|node| stack.scope.property(&node, "Variables").agreed_node());
        for entry in variables.iter().flat_map(Node::entries) {
            let text = open_text(&stack.scope, &entry.value).filter(leads_outside);
            found.extend(text.map(|text| Ask {
                function: function.id.clone(),
                variable: entry.key.clone(),
                value: entry.value.clone(),
                text,
            }));
        }
    }
    found
}

fn offers(stack: &Stack) -> BTreeMap<Str, Offer> {
    let mut found = BTreeMap::new();
    for entry in stack.outputs.entries() {
        let text = |key| open_text(&stack.scope, entry.value.get(key)?);
        let export = entry.value.get("Export");
        let export = export
            .and_then(|export| open_text(&stack.scope, export.get("Name")?))
            .filter(is_name)
            .map(|name| Str::from(name.to_string()));
        let offer = text("Value").map(|value| Offer {
            value,
            export,
            span: entry.span,
        });
        found.extend(offer.map(|offer| (entry.key.clone(), offer)));
    }
    found
}

/// Whether an export's name means the same in every stack.
fn is_name(name: &Text) -> bool {
    name.parts().iter().all(|part| match part {
        Part::Literal(_) => true,
        Part::Ref(id) => ["AWS::Region", "AWS::AccountId", "AWS::Partition"].contains(&id.as_str()),
        Part::Attribute(..) | Part::Import(_) | Part::Unknown(_) => false,
    })
}

/// The text of a node, or the output of another stack that it waits for.
fn open_text(scope: &Scope, node: &Node) -> Option<Text> {
    let text = scope.text(node);
    text.cases().find_map(|case| match &case.value {
        Some(text) => text.clone(),
        None => case.trail.steps().find_map(|step| {
            let How::Deferred(by) = &step.how else {
                return None;
            };
            Output::read(by).map(|_| Text::part(Part::Unknown(by.clone())))
        }),
    })
}

fn leads_outside(text: &Text) -> bool {
    text.parts().iter().any(|part| match part {
        Part::Import(_) => true,
        Part::Attribute(_, attribute) => attribute.starts_with("Outputs."),
        Part::Unknown(reason) => Output::read(reason).is_some(),
        Part::Literal(_) | Part::Ref(_) => false,
    })
}

/// Every call of an IAM-protected endpoint of another stack, by file, stage and function.
pub fn calls(parties: Vec<(&Party, &[Endpoint])>) -> Vec<Call> {
    Run::of(parties).calls()
}

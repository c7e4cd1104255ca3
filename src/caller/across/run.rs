//! The stacks of a run: how they are named, and what a text of one of them comes to with the others at hand.
//!
//! Texts of several stacks meet here, so every reference is marked with its stack until a call has found the stack it is of.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::{Ask, Offer, Party};
use crate::caller::role::{Role, Roles};
use crate::caller::survey::Survey;
use crate::caller::{Call, Lead, asks_iam, code, target};
use crate::endpoint::Endpoint;
use crate::iam::{Element, Pattern, Policy, Statement};
use crate::resolve::output::{Output, Owner};
use crate::resolve::{Part, Text};
use crate::source::{SourceId, Span, Str};
use crate::stack::Stack;
use crate::trail::{How, Step};

/// Outputs that are followed from one to the next.
const DEEPEST: u32 = 8;
/// Outputs that one text may name, those that they name included.
const LOOKUPS: u32 = 64;

/// The stacks of a run, and how they are named.
pub(super) struct Run<'a> {
    parties: Vec<(&'a Party, &'a [Endpoint])>,
    by_owner: HashMap<Owner, Vec<usize>>,
    by_source: HashMap<SourceId, Vec<usize>>,
    /// The stack that nests the one of this template.
    parents: HashMap<SourceId, Vec<usize>>,
    exports: HashMap<&'a Str, Vec<(usize, &'a Offer)>>,
}

/// What was looked up on the way.
#[derive(Default)]
struct Way {
    lookups: u32,
    steps: Vec<Step>,
}

/// What the calls of one stack need to know, worked out once.
struct Known<'a> {
    /// The stacks that are called; `None` for one of which no endpoint asks for a signature.
    surveys: HashMap<usize, Option<Survey<'a>>>,
    roles: Roles<'a>,
    /// Roles by their names, in the words of the stack that is called.
    translated: HashMap<(Option<Text>, usize), Rc<Role>>,
}

impl<'a> Run<'a> {
    /// Sorts the stacks, so that their order means nothing, and indexes their names.
    pub(super) fn of(mut parties: Vec<(&'a Party, &'a [Endpoint])>) -> Self {
        parties.sort_by_key(|(party, _)| (&party.file, &party.stage));
        let mut run = Self {
            parties: Vec::new(),
            by_owner: HashMap::new(),
            by_source: HashMap::new(),
            parents: HashMap::new(),
            exports: HashMap::new(),
        };
        for (at, (party, _)) in parties.iter().enumerate() {
            let names = party.stack.name.clone().map(Owner::Stack);
            for owner in names.into_iter().chain([Owner::File(party.file.clone())]) {
                run.by_owner.entry(owner).or_default().push(at);
            }
            let source = party.stack.source;
            run.by_source.entry(source).or_default().push(at);
            for (_, child) in &party.nested {
                run.parents.entry(*child).or_default().push(at);
            }
            for offer in party.offers.values() {
                if let Some(name) = &offer.export {
                    run.exports.entry(name).or_default().push((at, offer));
                }
            }
        }
        run.parties = parties;
        run
    }

    /// Every call, by file, stage and function.
    pub(super) fn calls(&self) -> Vec<Call> {
        let all = 0..self.parties.len();
        all.flat_map(|at| self.of_party(at)).collect()
    }

    fn party(&self, at: usize) -> Option<&'a Party> {
        self.parties.get(at).map(|(party, _)| *party)
    }

    /// Of these stacks the only one, or the only one for the same stage.
    fn one<T: Copy>(&self, found: &[T], (from, at): (usize, fn(&T) -> usize)) -> Option<T> {
        if let [only] = found {
            return Some(*only);
        }
        let stage = |at| self.party(at).map(|party| &party.stage);
        let mut same = found.iter().filter(|one| stage(at(one)) == stage(from));
        match (same.next(), same.next()) {
            (Some(only), None) => Some(*only),
            (None, _) | (Some(_), Some(_)) => None,
        }
    }

    fn stack(&self, found: Option<&Vec<usize>>, from: usize) -> Option<usize> {
        self.one(found?, (from, |at| *at))
    }

    fn of_party(&self, at: usize) -> Vec<Call> {
        let Some(party) = self.party(at) else {
            return Vec::new();
        };
        let mut known = Known {
            surveys: HashMap::new(),
            roles: Roles::of(&party.stack),
            translated: HashMap::new(),
        };
        let call = |ask: &Ask| self.call((at, party), ask, &mut known);
        party.asks.iter().filter_map(call).collect()
    }

    fn call(
        &self,
        (at, party): (usize, &'a Party),
        ask: &Ask,
        known: &mut Known<'a>,
    ) -> Option<Call> {
        let mut way = Way::default();
        let text = self.spread(&ask.text, (at, 0), &mut way);
        let (home, _) = split(&target::of(&text)?.api)?;
        let (owner, endpoints) = self.parties.get(home).filter(|_| home != at)?;
        let survey = known.surveys.entry(home).or_insert_with(|| {
            let signed = endpoints.iter().any(asks_iam);
            let called = (owner.stack.as_ref(), *endpoints);
            signed.then(|| Survey::of(called, &party.stack, self.distinct(home, at)))
        });
        let survey = survey.as_ref()?;
        let target = target::of(&self.seen_from(&text, home))?;
        let function = party.stack.resource(&ask.function)?;
        let role = known.roles.under(function, "Role");
        let role = known
            .translated
            .entry((role.name.clone(), home))
            .or_insert_with(|| Rc::new(self.role(at, &role, home)));
        let code = party.stack.code.get(&function.id);
        let lead = Lead {
            name: ask.variable.clone(),
            says: format!("`{}` holds the URL", ask.variable).into(),
            span: ask.value.span,
            target,
            method: None,
            signed: code::signed(code, &ask.variable, ask.value.span),
        };
        let mut call = survey.call(function, &lead, role)?;
        call.world = call.world.and(&party.world)?;
        for step in &way.steps {
            call.allowed = call.allowed.via(step);
        }
        Some(call)
    }

    /// The APIs of both stacks: references to two of them are never the same.
    fn distinct(&self, home: usize, at: usize) -> BTreeSet<Str> {
        let ids = |at: usize| {
            let apis = self.party(at).map_or(&[][..], |party| &party.stack.apis);
            apis.iter()
                .filter_map(move |api| Some(self.name(&joined(at, &api.id.known()?), home)))
        };
        ids(home).chain(ids(at)).collect()
    }

    /// A role with its policies in the words of the stack that is called.
    fn role(&self, at: usize, role: &Role, home: usize) -> Role {
        let text = |text: &Text| {
            let text = self.spread(text, (at, 0), &mut Way::default());
            self.seen_from(&text, home)
        };
        let policy = |one: &Policy| translated(one.clone(), &text);
        Role {
            name: role.name.clone(),
            policies: role
                .policies
                .map(|all| all.iter().map(|one| Rc::new(policy(one))).collect()),
            boundary: role.boundary.as_ref().map(policy),
        }
    }

    /// The text with outputs of other stacks replaced by their values, and every reference marked with its stack.
    fn spread(&self, text: &Text, (at, depth): (usize, u32), way: &mut Way) -> Text {
        let mut spread = Text::default();
        for part in text.parts() {
            let found = self.behind(part, at).filter(|_| depth < DEEPEST);
            if let Some((owner, value, span)) = found.filter(|_| way.lookups < LOOKUPS) {
                way.lookups += 1;
                if let Some(span) = span {
                    let file = self.party(owner).map_or("", |party| &party.file);
                    let step = How::Note(format!("an output of `{file}`").into());
                    way.steps.push(Step::new(step, span));
                }
                spread.extend(&self.spread(&value, (owner, depth + 1), way));
                continue;
            }
            spread.push(match part {
                Part::Ref(id) if !id.starts_with("AWS::") => Part::Ref(joined(at, id)),
                Part::Attribute(id, name) => Part::Attribute(joined(at, id), name.clone()),
                Part::Ref(_) | Part::Literal(_) | Part::Import(_) | Part::Unknown(_) => {
                    part.clone()
                }
            });
        }
        spread
    }

    /// What a part stands for in another stack: that stack, the text, and the output's place.
    fn behind(&self, part: &Part, at: usize) -> Option<(usize, Text, Option<Span>)> {
        let output = |owner: usize, name: &str| {
            let offer = self.party(owner)?.offers.get(name)?;
            Some((owner, offer.value.clone(), Some(offer.span)))
        };
        let party = self.party(at)?;
        match part {
            Part::Attribute(id, attribute) => {
                let name = attribute.strip_prefix("Outputs.")?;
                let (_, child) = party.nested.iter().find(|(nested, _)| nested == id)?;
                output(self.stack(self.by_source.get(child), at)?, name)
            }
            Part::Import(name) => {
                let parents = self.parents.get(&party.stack.source);
                let given = self.stack(parents, at).and_then(|parent| {
                    let text = reference(name, &self.party(parent)?.stack)?;
                    Some((parent, text, None))
                });
                given.or_else(|| {
                    let exports = self.exports.get(name)?;
                    let (owner, offer) = self.one(exports, (at, |(owner, _)| *owner))?;
                    Some((owner, offer.value.clone(), Some(offer.span)))
                })
            }
            Part::Unknown(reason) => {
                let wanted = Output::read(reason)?;
                output(self.stack(self.by_owner.get(&wanted.of), at)?, &wanted.name)
            }
            Part::Literal(_) | Part::Ref(_) => None,
        }
    }

    /// The text in the words of one stack: its own references unmarked, those of others with their files.
    fn seen_from(&self, text: &Text, home: usize) -> Text {
        let mut seen = Text::default();
        for part in text.parts() {
            seen.push(match part {
                Part::Ref(id) => Part::Ref(self.name(id, home)),
                Part::Attribute(id, name) => Part::Attribute(self.name(id, home), name.clone()),
                Part::Literal(_) | Part::Import(_) | Part::Unknown(_) => part.clone(),
            });
        }
        seen
    }

    fn name(&self, marked: &Str, home: usize) -> Str {
        match split(marked) {
            Some((at, id)) if at == home => id.into(),
            Some((at, id)) => {
                let file = self.party(at).map_or("", |party| &party.file);
                Str::from(format!("{id} of {file}"))
            }
            None => marked.clone(),
        }
    }
}

/// What a parent gave to a nested stack, by the name that it has there.
fn reference(name: &Str, parent: &Stack) -> Option<Text> {
    let part = match name.split_once('.') {
        Some((id, attribute)) if parent.resource(id).is_some() => {
            Part::Attribute(id.into(), attribute.into())
        }
        Some(_) => return None,
        None => Part::Ref(parent.resource(name)?.id.clone()),
    };
    Some(Text::part(part))
}

/// A logical id marked with its stack; such an id has no colon of its own.
fn joined(at: usize, id: &str) -> Str {
    Str::from(format!("{at}:{id}"))
}

fn split(marked: &str) -> Option<(usize, &str)> {
    let (at, id) = marked.split_once(':')?;
    Some((at.parse().ok()?, id))
}

/// A policy with its actions and resources in other words.
fn translated(policy: Policy, text: &impl Fn(&Text) -> Text) -> Policy {
    let pattern = |one: Pattern| Pattern {
        text: text(&one.text),
        ..one
    };
    let element = |element: Element| match element {
        Element::Only(all) => Element::Only(all.into_iter().map(pattern).collect()),
        Element::AllBut(all) => Element::AllBut(all.into_iter().map(pattern).collect()),
    };
    let statement = |one: Statement| Statement {
        actions: element(one.actions),
        resources: element(one.resources),
        ..one
    };
    Policy {
        statements: policy.statements.into_iter().map(statement).collect(),
        ..policy
    }
}

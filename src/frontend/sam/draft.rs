//! A tree that is being edited: mappings and lists are opened where they change, everything else stays shared.
//!
//! Never copies what it does not open, so that filling a document costs what is put in, however large it was.

use std::collections::HashMap;

use super::truthy::is_no_value;
use crate::document::{Entry, Node};
use crate::source::{Span, Str};
use crate::trail::Trail;

/// A value, perhaps opened for editing.
#[derive(Debug)]
pub(super) enum Draft {
    /// As it is.
    Done(Node),
    /// An opened mapping.
    Map(Box<Fields>),
    /// An opened list.
    List(Box<Items>),
}

/// An opened mapping: entries in order, found by key.
#[derive(Debug)]
pub(super) struct Fields {
    span: Span,
    via: Option<Trail>,
    slots: Vec<Option<Slot>>,
    index: HashMap<Str, usize>,
}

#[derive(Debug)]
struct Slot {
    span: Span,
    key: Str,
    value: Draft,
}

/// An opened list.
#[derive(Debug)]
pub(super) struct Items {
    span: Span,
    via: Option<Trail>,
    all: Vec<Draft>,
}

impl From<Node> for Draft {
    fn from(node: Node) -> Self {
        Self::Done(node)
    }
}

impl Draft {
    /// An empty mapping.
    pub(super) fn empty(at: Span) -> Self {
        Self::Map(Box::new(Fields {
            span: at,
            via: None,
            slots: Vec::new(),
            index: HashMap::new(),
        }))
    }

    /// The value with all edits.
    pub(super) fn finish(self) -> Node {
        match self {
            Self::Done(node) => node,
            Self::Map(fields) => {
                let done = |slot: Slot| Entry {
                    span: slot.span,
                    key: slot.key,
                    value: slot.value.finish(),
                };
                let entries = fields.slots.into_iter().flatten().map(done).collect();
                Node {
                    via: fields.via,
                    ..Node::map(fields.span, entries)
                }
            }
            Self::List(list) => Node {
                via: list.via,
                ..Node::list(list.span, list.all.into_iter().map(Self::finish).collect())
            },
        }
    }

    /// The value as it stands, for reading. Costs as much as has been opened below it.
    pub(super) fn view(&self) -> Node {
        match self {
            Self::Done(node) => node.clone(),
            Self::Map(fields) => {
                let shown = |slot: &Slot| Entry {
                    span: slot.span,
                    key: slot.key.clone(),
                    value: slot.value.view(),
                };
                let entries = fields.slots.iter().flatten().map(shown).collect();
                Node {
                    via: fields.via.clone(),
                    ..Node::map(fields.span, entries)
                }
            }
            Self::List(list) => Node {
                via: list.via.clone(),
                ..Node::list(list.span, list.all.iter().map(Self::view).collect())
            },
        }
    }

    /// Where it stands.
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Done(node) => node.span,
            Self::Map(fields) => fields.span,
            Self::List(list) => list.span,
        }
    }

    /// Whether it is a mapping.
    pub(super) fn is_map(&self) -> bool {
        match self {
            Self::Done(node) => node.as_map().is_some(),
            Self::Map(_) => true,
            Self::List(_) => false,
        }
    }

    /// Python's truth of it.
    pub(super) fn truthy(&self) -> bool {
        match self {
            Self::Done(node) => super::truthy::truthy(node),
            Self::Map(fields) => !fields.is_empty(),
            Self::List(list) => !list.all.is_empty(),
        }
    }

    /// Whether it is a mapping with this key.
    pub(super) fn holds(&self, key: &str) -> bool {
        match self {
            Self::Done(node) => node.get(key).is_some(),
            Self::Map(fields) => fields.get(key).is_some(),
            Self::List(_) => false,
        }
    }

    /// What is under `key`, for reading.
    pub(super) fn read(&self, key: &str) -> Option<Node> {
        match self {
            Self::Done(node) => node.get(key).cloned(),
            Self::Map(fields) => Some(fields.get(key)?.view()),
            Self::List(_) => None,
        }
    }

    /// What is under `key` is a mapping.
    pub(super) fn has_map(&self, key: &str) -> bool {
        match self {
            Self::Done(node) => node.get(key).is_some_and(|node| node.as_map().is_some()),
            Self::Map(fields) => fields.get(key).is_some_and(Self::is_map),
            Self::List(_) => false,
        }
    }

    /// Opens a mapping; `None` when it is none.
    pub(super) fn fields(&mut self) -> Option<&mut Fields> {
        if let Self::Done(node) = self
            && node.as_map().is_some()
        {
            *self = Self::Map(Box::new(Fields::open(node)));
        }
        match self {
            Self::Map(fields) => Some(fields),
            Self::Done(_) | Self::List(_) => None,
        }
    }

    /// Opens a list; `None` when it is none.
    pub(super) fn items(&mut self) -> Option<&mut Vec<Self>> {
        if let Self::Done(node) = self
            && let Some(items) = node.as_list()
        {
            *self = Self::List(Box::new(Items {
                span: node.span,
                via: node.via.clone(),
                all: items.iter().cloned().map(Self::Done).collect(),
            }));
        }
        match self {
            Self::List(list) => Some(&mut list.all),
            Self::Done(_) | Self::Map(_) => None,
        }
    }

    /// Opens the mapping under `key`; what is there and no mapping, or not there, is `None`.
    pub(super) fn under(&mut self, key: &str) -> Option<&mut Fields> {
        self.fields()?.get_mut(key)?.fields()
    }

    /// What stands inside a condition: both arms of an `Fn::If` without `AWS::NoValue`, or the value itself.
    pub(super) fn contents(&mut self) -> Vec<&mut Self> {
        if !self.holds("Fn::If") {
            return vec![self];
        }
        let arms = self
            .fields()
            .and_then(|fields| fields.get_mut("Fn::If"))
            .and_then(Self::items);
        let Some(arms) = arms else {
            return Vec::new();
        };
        arms.iter_mut()
            .skip(1)
            .filter(|arm| !arm.is_no_value())
            .collect()
    }

    /// Puts it into an `Fn::If` whose other arm is `AWS::NoValue`.
    pub(super) fn make_conditional(&mut self, condition: &Str) {
        let at = self.span();
        let place = super::place::Place(at);
        let inner = std::mem::replace(self, Self::empty(at));
        let arms = Self::List(Box::new(Items {
            span: at,
            via: None,
            all: vec![
                place.text(condition.clone()).into(),
                inner,
                place.no_value().into(),
            ],
        }));
        if let Some(fields) = self.fields() {
            fields.set("Fn::If", at, arms);
        }
    }

    fn is_no_value(&self) -> bool {
        match self {
            Self::Done(node) => is_no_value(node),
            Self::Map(fields) => fields.len() == 1 && is_no_value(&self.view()),
            Self::List(_) => false,
        }
    }
}

impl Fields {
    fn open(node: &Node) -> Self {
        let slots = node.entries().iter().map(|entry| {
            Some(Slot {
                span: entry.span,
                key: entry.key.clone(),
                value: Draft::Done(entry.value.clone()),
            })
        });
        let numbered = node.entries().iter().enumerate();
        Self {
            span: node.span,
            via: node.via.clone(),
            slots: slots.collect(),
            index: numbered
                .map(|(at, entry)| (entry.key.clone(), at))
                .collect(),
        }
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Where it stands.
    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// The value under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Draft> {
        let slot = self.slots.get(*self.index.get(key)?)?.as_ref()?;
        Some(&slot.value)
    }

    /// The value under `key`, for reading.
    pub(super) fn read(&self, key: &str) -> Option<Node> {
        Some(self.get(key)?.view())
    }

    /// The value under `key`, to be edited.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Draft> {
        let slot = self.slots.get_mut(*self.index.get(key)?)?.as_mut()?;
        Some(&mut slot.value)
    }

    /// The value under `key`; what is missing is put there first, its key at `at`.
    pub(super) fn or_insert(
        &mut self,
        key: impl Into<Str>,
        at: Span,
        value: impl FnOnce() -> Draft,
    ) -> Option<&mut Draft> {
        let key = key.into();
        if !self.index.contains_key(&key) {
            self.set(key.clone(), at, value());
        }
        self.get_mut(&key)
    }

    /// Sets `key`, in the place of what it had.
    pub(super) fn set(&mut self, key: impl Into<Str>, at: Span, value: impl Into<Draft>) {
        let (key, value) = (key.into(), value.into());
        if let Some(slot) = self
            .index
            .get(&key)
            .and_then(|at| self.slots.get_mut(*at))
            .and_then(Option::as_mut)
        {
            slot.value = value;
            return;
        }
        self.index.insert(key.clone(), self.slots.len());
        self.slots.push(Some(Slot {
            span: at,
            key,
            value,
        }));
    }

    /// Takes `key` out.
    pub(super) fn remove(&mut self, key: &str) -> Option<Draft> {
        let at = self.index.remove(key)?;
        Some(self.slots.get_mut(at)?.take()?.value)
    }

    /// Every key in order.
    pub(super) fn keys(&self) -> Vec<Str> {
        let slots = self.slots.iter().flatten();
        slots.map(|slot| slot.key.clone()).collect()
    }

    /// Every entry in order: key, its place, and the value to be edited.
    pub(super) fn each(&mut self) -> impl Iterator<Item = (&Str, Span, &mut Draft)> {
        let slots = self.slots.iter_mut().flatten();
        slots.map(|slot| (&slot.key, slot.span, &mut slot.value))
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::Place;
    use super::*;
    use crate::source::SourceId;

    fn place() -> Place {
        Place(Span::top(SourceId(0)))
    }

    #[test]
    fn edits_deep_inside_come_out() {
        let place = place();
        let mut draft = Draft::from(place.one("a", place.one("b", place.text("c"))));
        draft.under("a").unwrap().set("d", place.0, place.text("e"));
        assert_eq!(
            draft.finish().at(&["a", "d"]).unwrap().as_text().unwrap(),
            "e"
        );
    }

    #[test]
    fn both_arms_of_a_condition_are_its_contents() {
        let place = place();
        let mut draft = Draft::from(place.one("a", place.text("b")));
        draft.make_conditional(&"C".into());
        let mut contents = draft.contents();
        assert_eq!(contents.len(), 1);
        assert!(contents.remove(0).holds("a"));
    }

    #[test]
    fn a_removed_key_can_be_set_again() {
        let place = place();
        let mut draft = Draft::from(place.one("a", place.text("b")));
        let fields = draft.fields().unwrap();
        fields.remove("a");
        assert!(fields.is_empty());
        fields.set("a", place.0, place.text("c"));
        assert_eq!(draft.finish().get("a").unwrap().as_text().unwrap(), "c");
    }
}

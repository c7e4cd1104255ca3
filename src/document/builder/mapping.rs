//! The entries of one mapping: duplicate keys and `<<`.
//!
//! An explicit key wins over a merged one, wherever it stands; of several merged ones the first wins; of several
//! explicit ones the last. A key keeps the position at which it came up first, as in the frameworks.

use std::{
    collections::{HashMap, HashSet, hash_map},
    sync::Arc,
};

use super::super::{Entry, Map, Node};
use crate::source::{Span, Str};
use crate::trail::{How, Step, Trail};

/// Up to this many keys are compared each with each.
const COMPARED_UP_TO: usize = 12;

/// A mapping that `<<` names.
#[derive(Debug)]
pub(super) struct Merge {
    /// How many entries, of all open mappings, stand before it.
    before: usize,
    from: Arc<Map>,
    step: Step,
}

/// What became of the entries.
#[derive(Debug, Default)]
pub(super) struct Combined {
    /// Distinct, in order.
    pub entries: Vec<Entry>,
    /// First place, second place and text of each key that was written twice.
    pub duplicates: Vec<(Span, Span, Str)>,
    /// How many nodes `<<` names that are not among the entries.
    pub hidden: u64,
    /// How many entries of merged mappings were looked at; above the room there was, merging was given up.
    pub considered: usize,
    slots: HashMap<Str, Slot>,
}

#[derive(Debug)]
struct Slot {
    at: usize,
    /// Where the key was first written; `None` when it is merged.
    written: Option<Span>,
}

impl Merge {
    /// `<<` at `key` names `node`, which holds `from`, after so many entries.
    pub(super) fn new(before: usize, from: &Arc<Map>, node: &Node, key: Span) -> Self {
        let alias = node.via.as_ref().map(|trail| trail.first().how);
        let name = if let Some(How::Variable(name)) = alias {
            name
        } else {
            arcstr::literal_substr!("<<")
        };
        Self {
            before,
            from: Arc::clone(from),
            step: Step::new(How::Inherited(name), key),
        }
    }
}

/// Whether no key stands twice.
pub(super) fn are_distinct(entries: &[Entry]) -> bool {
    if entries.len() > COMPARED_UP_TO {
        let mut seen = HashSet::with_capacity(entries.len());
        return entries.iter().all(|entry| seen.insert(entry.key.as_str()));
    }
    let mut before = entries;
    while let Some((last, rest)) = before.split_last() {
        if rest.iter().any(|entry| entry.key == last.key) {
            return false;
        }
        before = rest;
    }
    true
}

impl Combined {
    /// Combines the written entries, the first of which has the index `from`, with what is merged into them.
    /// Looks at no more than `room` entries to merge.
    pub(super) fn of(written: Vec<Entry>, from: usize, merges: &[Merge], room: usize) -> Self {
        let mut combined = Self::default();
        let mut merges = merges.iter().peekable();
        for (index, entry) in (from..).zip(written) {
            while let Some(merge) = merges.next_if(|merge| merge.before <= index) {
                combined.merge(merge, room);
            }
            combined.write(entry);
        }
        for merge in merges {
            combined.merge(merge, room);
        }
        combined
    }

    fn write(&mut self, entry: Entry) {
        match self.slots.entry(entry.key.clone()) {
            hash_map::Entry::Vacant(free) => {
                free.insert(Slot {
                    at: self.entries.len(),
                    written: Some(entry.span),
                });
                self.entries.push(entry);
            }
            hash_map::Entry::Occupied(mut taken) => {
                let slot = taken.get_mut();
                let first = *slot.written.get_or_insert(entry.span);
                if first != entry.span {
                    self.duplicates.push((first, entry.span, entry.key.clone()));
                }
                if let Some(place) = self.entries.get_mut(slot.at) {
                    *place = entry;
                }
            }
        }
    }

    fn merge(&mut self, merge: &Merge, room: usize) {
        let trail = Trail::from(merge.step.clone());
        let mut hidden = merge.from.extent.nodes;
        for entry in &merge.from.entries {
            self.considered += 1;
            if self.considered > room {
                return;
            }
            let hash_map::Entry::Vacant(free) = self.slots.entry(entry.key.clone()) else {
                continue;
            };
            free.insert(Slot {
                at: self.entries.len(),
                written: None,
            });
            hidden = hidden.saturating_sub(entry.value.extent().nodes);
            let mut entry = entry.clone();
            entry.value.via = match entry.value.via {
                None => Some(trail.clone()),
                before => Some(Trail::then(before, merge.step.clone())),
            };
            self.entries.push(entry);
        }
        self.hidden = self.hidden.saturating_add(hidden);
    }
}

//! Where a finished node goes: into the list or under the key that is open around it.

use std::sync::Arc;

use super::{
    Builder, Properties, Reading, clipped,
    frame::{Frame, Key, Open, OpenMap, Wrap},
    mapping::{self, Combined, Merge},
};
use crate::document::{Entry, Map, Node, Problem, Value};
use crate::source::Span;

impl Builder<'_> {
    /// Finishes a node that ends at `end`: its tag, its ceiling, its anchor, its place.
    pub(super) fn finish_node(&mut self, node: Node, properties: Properties, end: u32) -> Reading {
        let mut node = match properties.wrap {
            Some(wrap) => wrapped(wrap, node),
            None => node,
        };
        let written = self.span(node.span.start, end);
        let mut fits = Ok(());
        if node.extent().nodes > self.ceilings.expanded {
            let most = self.ceilings.expanded;
            fits = self.stop(
                written,
                format!("aliases expand to more than {most} values"),
            );
            node = Node::null(written);
        }
        if properties.anchor > 0 {
            self.remember(properties.anchor, node.clone());
        }
        self.attach(node, written);
        fits
    }

    fn remember(&mut self, anchor: usize, node: Node) {
        if self.anchors.len() <= anchor {
            self.anchors.resize(anchor + 1, None);
        }
        if let Some(slot) = self.anchors.get_mut(anchor) {
            *slot = Some(node);
        }
    }

    /// Puts a finished node into what is open around it. `written` is where it stands, which for an alias is not
    /// where its value is written.
    pub(super) fn attach(&mut self, node: Node, written: Span) {
        let Some(frame) = self.frames.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        frame.end = frame.end.max(written.end);
        let map = match &mut frame.open {
            Open::List(_) => return self.items.push(node),
            Open::Map(map) => map,
        };
        match map.key.take() {
            Some(Key::Named(span, key)) => self.entries.push(Entry {
                span,
                key,
                value: node,
            }),
            Some(Key::Merge(span)) => self.merge(span, &node, written),
            Some(Key::Refused) => {}
            None => self.node_as_key(&node, written),
        }
    }

    /// Makes `key` the key of what comes next.
    pub(super) fn set_key(&mut self, span: Span, key: Key) {
        if let Some(frame) = self.frames.last_mut() {
            frame.end = frame.end.max(span.end);
            if let Open::Map(map) = &mut frame.open {
                map.key = Some(key);
            }
        }
    }

    fn node_as_key(&mut self, node: &Node, written: Span) {
        let text = match &node.value {
            Value::Null => Some(arcstr::literal_substr!("null")),
            Value::List(_) | Value::Map(_) => None,
            Value::Bool(_) | Value::Number(_) | Value::Text(_) => node.scalar(),
        };
        let Some(text) = text else {
            // What is cut off by a ceiling or a mistake need not have been meant so.
            if !self.stopped {
                self.unreadable(written, "a key must be a scalar, not a list or a mapping");
            }
            return self.set_key(written, Key::Refused);
        };
        self.set_key(written, Key::Named(written, text));
    }

    /// Notes what `<<` names; it is merged once the mapping is complete.
    fn merge(&mut self, key: Span, node: &Node, written: Span) {
        let sources = match &node.value {
            Value::List(list) => list.items.as_slice(),
            Value::Map(_) => std::slice::from_ref(node),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => &[],
        };
        let maps = sources.iter().filter_map(|source| {
            let map = source.as_map()?;
            Some(Merge::new(self.entries.len(), map, source, key))
        });
        let maps: Vec<_> = maps.collect();
        let is_list = matches!(node.value, Value::List(_));
        let usable = maps.len() == sources.len() && (is_list || !maps.is_empty());
        if !usable && !self.problems.is_last_at(written) {
            self.unreadable(
                written,
                "`<<` can only merge a mapping or a list of mappings",
            );
        }
        if let Some(Frame {
            open: Open::Map(map),
            ..
        }) = self.frames.last_mut()
        {
            map.merges.extend(maps);
        }
    }

    /// A mapping that is complete: keys distinct, merges done.
    pub(super) fn combine(&mut self, map: &OpenMap, span: Span) -> (Map, Reading) {
        let entries: Vec<_> = self.entries.drain(map.from..).collect();
        if map.merges.is_empty() && mapping::are_distinct(&entries) {
            return (Map::new(entries), Ok(()));
        }
        let room = self.ceilings.merged.saturating_sub(self.merged);
        let combined = Combined::of(entries, map.from, &map.merges, room);
        for (first, second, key) in combined.duplicates {
            let message = format!("`{}` stands twice in one mapping", clipped(&key));
            let problem = Problem::new(self.duplicates, second, message);
            self.report(problem.with(first, "first written here"));
        }
        self.merged = self.merged.saturating_add(combined.considered);
        let fits = if self.merged > self.ceilings.merged {
            let most = self.ceilings.merged;
            self.stop(span, format!("`<<` merges more than {most} entries"))
        } else {
            Ok(())
        };
        (Map::new(combined.entries).hiding(combined.hidden), fits)
    }
}

/// The mapping that a short tag stands for.
fn wrapped(wrap: Wrap, value: Node) -> Node {
    let entry = Entry {
        span: wrap.span,
        key: wrap.key,
        value,
    };
    let span = wrap.span.to(entry.value.span);
    Node::new(span, Value::Map(Arc::new(Map::new(vec![entry]))))
}

//! The order in which services are deployed: each after those whose outputs it takes or that it names.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::wrong;
use crate::document::{Entry, Node, Problem};
use crate::source::{Span, Str};

/// Services of a circle that are named besides the first.
const NAMED: usize = 7;

/// That services wait for ones that do not exist, or for each other.
pub(super) fn problems(entries: &[Entry]) -> Vec<Problem> {
    let names: HashMap<&str, usize> = (0..)
        .zip(entries)
        .map(|(nth, entry)| (entry.key.as_str(), nth))
        .collect();
    let mut problems = Vec::new();
    let mut waits: Vec<BTreeSet<usize>> = Vec::new();
    for entry in entries {
        let mut wanted = Vec::new();
        if let Some(listed) = entry.value.get("dependsOn") {
            let listed = listed.as_list().unwrap_or(std::slice::from_ref(listed));
            let named = |node: &Node| Some((node.as_text()?.clone(), node.span));
            wanted.extend(listed.iter().filter_map(named));
        }
        wanted.extend(references(entry.value.get("params")));
        let mut own = BTreeSet::new();
        for (name, span) in wanted {
            match names.get(name.as_str()) {
                Some(nth) => {
                    own.insert(*nth);
                }
                None => problems.push(wrong(span, format!("there is no service `{name}`"))),
            }
        }
        waits.push(own);
    }
    problems.extend(circle(entries, &waits));
    problems
}

/// The services named by `${service.output}` in these parameters, and where.
fn references(params: Option<&Node>) -> Vec<(Str, Span)> {
    let mut found = Vec::new();
    let mut left: Vec<&Node> = params.into_iter().collect();
    while let Some(node) = left.pop() {
        left.extend(node.items());
        left.extend(node.entries().iter().map(|entry| &entry.value));
        let text = node.as_text().map_or("", Str::as_str);
        for from in text.split("${").skip(1) {
            let inside = from.split_once('}').map_or("", |(inside, _)| inside);
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if let Some((service, _)) = inside.split_once('.')
                && inside.chars().all(is_plain)
            {
                found.push((Str::from(service), node.span));
            }
        }
    }
    found
}

/// The services that wait for each other: what is left when all that can be deployed has been, from both ends.
fn circle(entries: &[Entry], waits: &[BTreeSet<usize>]) -> Option<Problem> {
    let mut awaited = vec![BTreeSet::new(); waits.len()];
    for (nth, own) in waits.iter().enumerate() {
        for other in own {
            if let Some(by) = awaited.get_mut(*other) {
                by.insert(nth);
            }
        }
    }
    let done = settled(waits, &awaited);
    let before = settled(&awaited, waits);
    let stuck = entries.iter().enumerate();
    let stuck = stuck.filter(|(nth, _)| !done.contains(nth) && !before.contains(nth));
    let mut stuck = stuck.map(|(_, entry)| (entry.span, format!("`{}`", entry.key)));
    let (span, first) = stuck.next()?;
    let related: Vec<(Span, String)> = stuck.by_ref().take(NAMED).collect();
    let mut names = vec![first];
    names.extend(related.iter().map(|(_, name)| name.clone()));
    let message = match (names.as_slice(), stuck.count()) {
        ([only], _) => format!("service {only} waits for itself"),
        (names, 0) => format!("services {} wait for each other", names.join(", ")),
        (names, more) => {
            let names = names.join(", ");
            format!("services {names} and {more} more wait for each other")
        }
    };
    Some(Problem {
        related,
        ..wrong(span, message)
    })
}

/// Those that wait for nothing, or only for such.
fn settled(waits: &[BTreeSet<usize>], awaited: &[BTreeSet<usize>]) -> HashSet<usize> {
    let mut open: Vec<usize> = waits.iter().map(BTreeSet::len).collect();
    let mut free: Vec<usize> = (0..waits.len())
        .filter(|nth| open.get(*nth) == Some(&0))
        .collect();
    let mut done = HashSet::new();
    while let Some(nth) = free.pop() {
        done.insert(nth);
        for by in awaited.get(nth).into_iter().flatten() {
            if let Some(left) = open.get_mut(*by) {
                *left -= 1;
                free.extend((*left == 0).then_some(*by));
            }
        }
    }
    done
}

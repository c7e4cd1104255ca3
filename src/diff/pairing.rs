//! Which endpoint of the one state is which of the other.
//!
//! In steps, the surest first: each step takes those that agree in its key out of what the steps before have left.
//! Where several agree, those with the same auth belong together; of the rest only one with one, since a wrong guess
//! would call a door opened that was another's. Takes n log n time.

use std::collections::{BTreeMap, HashSet};

use super::Place;
use crate::endpoint::Endpoint;
use crate::facts::name_of;
use crate::resolve::{Property, Resolved};
use crate::source::Str;

/// By what an endpoint is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The file, as seen from the folder that was asked for.
    pub file: String,
    /// The stage; empty when there is none.
    pub stage: String,
    /// The API's logical id.
    pub api: String,
    /// What it speaks.
    pub protocol: &'static str,
    /// The method; empty when there is none.
    pub method: String,
    /// The path without the names of its parameters.
    pub path: String,
    /// The function, by the name that its author gave it.
    pub function: String,
    /// What it asks for.
    pub auth: String,
}

impl Identity {
    /// What an endpoint is known by.
    pub fn of(place: Place<'_>, folder: &str) -> Self {
        let endpoint = place.endpoint;
        let auth = |(world, door): &(_, crate::endpoint::Door)| {
            format!(
                "{world}: {door:?}",
                world = crate::resolve::World::to_string(world)
            )
        };
        let api = endpoint.api.as_ref().map(name_of);
        Self {
            file: below(&place.stack.file, folder).to_owned(),
            stage: place.stack.stage.clone().unwrap_or_default().to_string(),
            api: api.unwrap_or_default().to_string(),
            protocol: endpoint.protocol.word(),
            method: each(&endpoint.method, |method: &Option<Str>| {
                method.clone().unwrap_or_default().to_string()
            }),
            path: without_names(&path(endpoint)),
            function: function(endpoint),
            auth: endpoint.doors().iter().map(auth).collect(),
        }
    }

    /// The file, stage and API that it belongs to.
    pub fn of_api(&self) -> (String, String, String) {
        (self.file.clone(), self.stage.clone(), self.api.clone())
    }
}

/// A file as it is seen from a folder, or from itself.
fn below<'a>(file: &'a str, folder: &str) -> &'a str {
    if folder.is_empty() {
        return file;
    }
    let rest = file.strip_prefix(folder);
    rest.map_or(file, |rest| rest.trim_start_matches('/'))
}

/// The path as text, every one that conditions leave open.
pub fn path(endpoint: &Endpoint) -> String {
    each(&endpoint.path, Str::to_string)
}

/// The function, by the name that its author gave it.
pub fn function(endpoint: &Endpoint) -> String {
    let named = endpoint.function_name.as_ref();
    named.map_or_else(|| optional(&endpoint.function), ToString::to_string)
}

fn optional(value: &Property<Str>) -> String {
    each(value, |value| {
        value.as_ref().map(Str::to_string).unwrap_or_default()
    })
}

fn each<T>(value: &Resolved<T>, tell: impl Fn(&T) -> String) -> String {
    let mut all: Vec<String> = value
        .cases()
        .map(|case| case.value.as_ref().map_or("unknown".to_owned(), &tell))
        .collect();
    all.dedup();
    all.join(" or ")
}

/// `/orders/{id}` and `/orders/{orderId}` are one path to a caller.
fn without_names(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            '+' if inside => {}
            _ if inside => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

/// What a step compares; `""` is left out of it.
type Key<'a> = [&'a str; 7];

/// How sure a step is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Whatever agrees is the same, in order.
    All,
    /// The same auth first, then one with one.
    Likely,
    /// One with one.
    Single,
}

/// One step.
struct Step {
    key: fn(&Identity) -> Key<'_>,
    trust: Trust,
    /// Only from files that are gone to files that are new.
    moved: bool,
}

const STEPS: [Step; 8] = [
    step(same_place, Trust::All, false),
    step(same_but_stage, Trust::Likely, false),
    step(same_function_elsewhere, Trust::Likely, false),
    step(same_call_elsewhere, Trust::Likely, true),
    step(same_call_here, Trust::Likely, false),
    step(same_event_here, Trust::Single, false),
    step(same_path_and_function, Trust::Likely, true),
    step(same_path, Trust::Likely, true),
];

const fn step(key: fn(&Identity) -> Key<'_>, trust: Trust, moved: bool) -> Step {
    Step { key, trust, moved }
}

fn same_place(id: &Identity) -> Key<'_> {
    [
        &id.file,
        &id.stage,
        &id.api,
        id.protocol,
        &id.method,
        &id.path,
        "",
    ]
}

fn same_but_stage(id: &Identity) -> Key<'_> {
    [&id.file, "", &id.api, id.protocol, &id.method, &id.path, ""]
}

fn same_function_elsewhere(id: &Identity) -> Key<'_> {
    [
        "",
        &id.stage,
        &id.api,
        id.protocol,
        &id.method,
        &id.path,
        &id.function,
    ]
}

fn same_call_elsewhere(id: &Identity) -> Key<'_> {
    [
        "",
        &id.stage,
        &id.api,
        id.protocol,
        &id.method,
        &id.path,
        "",
    ]
}

fn same_call_here(id: &Identity) -> Key<'_> {
    [
        &id.file,
        &id.stage,
        "",
        id.protocol,
        &id.method,
        &id.path,
        "",
    ]
}

fn same_event_here(id: &Identity) -> Key<'_> {
    [
        &id.file,
        &id.stage,
        "",
        id.protocol,
        &id.method,
        "",
        &id.function,
    ]
}

fn same_path_and_function(id: &Identity) -> Key<'_> {
    ["", "", "", id.protocol, &id.method, &id.path, &id.function]
}

fn same_path(id: &Identity) -> Key<'_> {
    ["", "", "", id.protocol, &id.method, &id.path, ""]
}

/// Every endpoint of both sides once, with its counterpart when it has one.
pub fn pair(old: &[Identity], new: &[Identity]) -> Vec<(Option<usize>, Option<usize>)> {
    let mut left = Left {
        old: (old, vec![true; old.len()]),
        new: (new, vec![true; new.len()]),
        pairs: Vec::new(),
    };
    for step in &STEPS {
        if step.trust == Trust::Likely {
            left.take(step, Trust::All, |id| ((step.key)(id), id.auth.as_str()));
        }
        let trust = match step.trust {
            Trust::All => Trust::All,
            Trust::Likely | Trust::Single => Trust::Single,
        };
        left.take(step, trust, |id| ((step.key)(id), ""));
    }
    left.end()
}

/// What no step has taken yet.
struct Left<'a> {
    old: (&'a [Identity], Vec<bool>),
    new: (&'a [Identity], Vec<bool>),
    pairs: Vec<(Option<usize>, Option<usize>)>,
}

type Found<'a> = BTreeMap<(Key<'a>, &'a str), (Vec<usize>, Vec<usize>)>;

impl<'a> Left<'a> {
    fn take(
        &mut self,
        step: &Step,
        trust: Trust,
        key: impl Fn(&'a Identity) -> (Key<'a>, &'a str),
    ) {
        let mut found: Found<'a> = BTreeMap::new();
        let files = |all: &'a [Identity]| -> HashSet<&'a str> {
            all.iter().map(|id| id.file.as_str()).collect()
        };
        let (gone_from, new_in) = (files(self.new.0), files(self.old.0));
        let free = |(all, left): &(&'a [Identity], Vec<bool>), kept: &HashSet<&str>| {
            let free = all.iter().enumerate().zip(left).filter(|(_, left)| **left);
            let fits = |id: &Identity| !step.moved || !kept.contains(id.file.as_str());
            let free = free.filter(|((_, id), _)| fits(id));
            free.map(|((index, id), _)| (index, id)).collect::<Vec<_>>()
        };
        for (index, id) in free(&self.old, &gone_from) {
            found.entry(key(id)).or_default().0.push(index);
        }
        for (index, id) in free(&self.new, &new_in) {
            found.entry(key(id)).or_default().1.push(index);
        }
        for (old, new) in found.into_values() {
            if trust == Trust::Single && (old.len() != 1 || new.len() != 1) {
                continue;
            }
            for (old, new) in old.into_iter().zip(new) {
                self.pairs.push((Some(old), Some(new)));
                if let Some(left) = self.old.1.get_mut(old) {
                    *left = false;
                }
                if let Some(left) = self.new.1.get_mut(new) {
                    *left = false;
                }
            }
        }
    }

    fn end(mut self) -> Vec<(Option<usize>, Option<usize>)> {
        let alone = |left: &[bool]| -> Vec<usize> {
            let left = left.iter().enumerate().filter(|(_, left)| **left);
            left.map(|(index, _)| index).collect()
        };
        let (old, new) = (alone(&self.old.1), alone(&self.new.1));
        self.pairs
            .extend(old.into_iter().map(|old| (Some(old), None)));
        self.pairs
            .extend(new.into_iter().map(|new| (None, Some(new))));
        self.pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `file api METHOD path function auth`.
    fn all(lines: &[&str]) -> Vec<Identity> {
        let identity = |line: &&str| {
            let mut words = line.split(' ').map(str::to_owned);
            let mut next = || words.next().unwrap_or_default();
            Identity {
                file: next(),
                stage: String::new(),
                api: next(),
                protocol: "rest",
                method: next(),
                path: next(),
                function: next(),
                auth: next(),
            }
        };
        lines.iter().map(identity).collect()
    }

    fn pairs(old: &[&str], new: &[&str]) -> Vec<(Option<usize>, Option<usize>)> {
        let mut pairs = pair(&all(old), &all(new));
        pairs.sort();
        pairs
    }

    #[test]
    fn a_renamed_function_a_renamed_api_and_a_moved_file_are_followed() {
        let old = ["a Api GET / list iam"];
        for new in [
            "a Api GET / listing iam",
            "a Other GET / list iam",
            "b Api GET / list iam",
            "b Api GET / listing none",
            "b Other GET / listing none",
            "a Api GET /new list iam",
        ] {
            assert_eq!(pairs(&old, &[new]), [(Some(0), Some(0))], "{new}");
        }
    }

    #[test]
    fn another_service_with_the_same_path_is_another_endpoint() {
        let old = ["a Api GET /health a iam", "b Api POST / b iam"];
        let new = ["b Api POST / b iam", "b Api GET /health c none"];
        assert_eq!(
            pairs(&old, &new),
            [(None, Some(1)), (Some(0), None), (Some(1), Some(0))]
        );
    }

    #[test]
    fn the_order_of_endpoints_does_not_matter() {
        let old = [
            "a Api GET /1 f iam",
            "a Api GET /2 f none",
            "a Api GET /3 g jwt",
        ];
        let new = [
            "a Api GET /3 g jwt",
            "a Api GET /1 f iam",
            "a Api GET /2 f none",
        ];
        assert_eq!(
            pairs(&old, &new),
            [(Some(0), Some(1)), (Some(1), Some(2)), (Some(2), Some(0))]
        );
    }

    #[test]
    fn among_several_alike_the_auth_tells_and_else_nothing_is_guessed() {
        let old = ["a F url / f iam", "a G url / g none"];
        let new = ["a N url / n none", "a M url / m iam"];
        assert_eq!(pairs(&old, &new), [(Some(0), Some(1)), (Some(1), Some(0))]);
        let new = ["a N url / n jwt", "a M url / m lambda"];
        assert_eq!(pairs(&old, &new).len(), 4);
    }

    #[test]
    fn names_of_parameters_are_no_part_of_a_path() {
        assert_eq!(without_names("/a/{id}/b/{rest+}"), "/a/{}/b/{+}");
        assert_eq!(without_names("/a/{id}"), without_names("/a/{orderId}"));
    }

    #[test]
    fn a_file_is_seen_from_the_folder_that_was_asked_for() {
        assert_eq!(below("shop/t.yml", "shop"), "t.yml");
        assert_eq!(below("shop/t.yml", "shop/t.yml"), "");
        assert_eq!(below("t.yml", ""), "t.yml");
    }

    #[test]
    fn many_endpoints_take_no_time() {
        let old: Vec<String> = (0..20_000).map(|n| format!("a A GET /{n} f iam")).collect();
        let new: Vec<String> = (0..20_000).map(|n| format!("b B GET /{n} g iam")).collect();
        let texts = |all: &[String]| -> Vec<Identity> {
            self::all(&all.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let pairs = pair(&texts(&old), &texts(&new));
        assert!(pairs.iter().all(|(old, new)| old == new));
    }
}

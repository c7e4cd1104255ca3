//! Two states of a project, endpoint by endpoint: what was added, removed, opened, tightened, changed.
//!
//! Computes no auth: the reports bring it, and [`crate::endpoint`] knows which of two doors is the more open one. What
//! is the same endpoint is settled in `diff::pairing`, so that renamed functions and moved files are followed; the
//! order in which files and endpoints come never shows.

mod pairing;

use std::collections::{BTreeMap, HashSet};

use self::pairing::Identity;
use crate::endpoint::{Door, Endpoint, Protocol, Shift};
use crate::facts::{Kind as Subject, name_of};
use crate::finding::{Report, StackReport};
use crate::source::Span;

/// One of the two states.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// What was found there.
    pub report: &'a Report,
    /// The folder, or the file, that was asked for, relative to the root: what lies below it is compared by its place
    /// in there. Empty for the whole project.
    pub folder: &'a str,
}

/// What became of an endpoint, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It asks for less than before, or more callers reach it.
    Opened,
    /// What it asks for cannot be known before deployment, now or before.
    Undecided,
    /// It asks for more.
    Tightened,
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It asks for something else, neither more nor less.
    Changed,
    /// It asks for the same, at another place: a renamed function or API, a moved file.
    Moved,
    /// It is as before.
    Same,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Opened,
        Self::Undecided,
        Self::Tightened,
        Self::Added,
        Self::Removed,
        Self::Changed,
        Self::Moved,
        Self::Same,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Undecided => "undecided",
            Self::Tightened => "tightened",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::Same => "same",
        }
    }
}

/// What differs between the two states of an endpoint. The words are those of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name in the inventory.
    pub what: &'static str,
    /// As it was.
    pub old: String,
    /// As it is.
    pub new: String,
}

/// An endpoint, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The stack it belongs to.
    pub stack: &'a StackReport,
    /// The endpoint.
    pub endpoint: &'a Endpoint,
    /// Whether the rate of its calls is limited; `None` where deployment settles it.
    pub throttled: Option<bool>,
}

/// What became of one endpoint.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// In a word.
    pub kind: Kind,
    /// As it was; `None` when it was added.
    pub old: Option<Place<'a>>,
    /// As it is; `None` when it was removed.
    pub new: Option<Place<'a>>,
    /// Everything that differs, in a fixed order.
    pub changes: Vec<Change>,
    /// The reason with which it is declared to be meant as it is.
    pub declared: Option<String>,
    /// Whether the project is more open because of it.
    pub is_more_open: bool,
    /// Whether it is a preflight method, which asks for nothing and gives nothing.
    pub is_preflight: bool,
}

/// The difference between two states.
#[derive(Clone, Debug, Default)]
pub struct Diff<'a> {
    /// Every endpoint, by kind, then by file, path and method.
    pub entries: Vec<Entry<'a>>,
}

impl Diff<'_> {
    /// How many endpoints became more open.
    pub fn more_open(&self) -> usize {
        let open = self.entries.iter().filter(|entry| entry.is_more_open);
        open.count()
    }

    /// How many endpoints there are of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        let of_kind = self.entries.iter().filter(|entry| entry.kind == kind);
        of_kind.count()
    }
}

/// Compares two states.
pub fn compare<'a>(old: State<'a>, new: State<'a>) -> Diff<'a> {
    let (before, after) = (Side::of(old), Side::of(new));
    let pairs = pairing::pair(&before.identities, &after.identities);
    let declared = declared(new.report);
    let entry = |(old, new): (Option<usize>, Option<usize>)| {
        let (old, new) = (before.at(old), after.at(new));
        let mut entry = match (old, new) {
            (Some((_, old)), Some((id, new))) => both((old, new), after.is_message(id, new)),
            (old, new) => {
                let is_open = new.is_some_and(|(id, new)| opens(id, new, &after));
                alone(
                    (old.map(|found| found.1), new.map(|found| found.1)),
                    is_open,
                )
            }
        };
        let span = entry.new.map(|place| place.endpoint.span);
        entry.declared = span.and_then(|span| declared.get(&span).cloned());
        // What is new and meant to be public is not a door that came open; what was closed before is.
        entry.is_more_open &= entry.kind != Kind::Added || entry.declared.is_none();
        entry
    };
    let mut entries: Vec<Entry<'a>> = pairs.into_iter().map(entry).collect();
    entries.sort_by_cached_key(|entry| (entry.kind, !entry.is_more_open, entry.order()));
    Diff { entries }
}

/// The endpoints of one state.
struct Side<'a> {
    places: Vec<Place<'a>>,
    identities: Vec<Identity>,
    /// WebSocket APIs that ask at `$connect`, by file, stage and API.
    connecting: HashSet<(String, String, String)>,
}

impl<'a> Side<'a> {
    fn of(state: State<'a>) -> Self {
        let stacks = state.report.stacks.iter();
        let places = stacks.flat_map(|stack| {
            let all = stack.endpoints.iter().enumerate();
            all.map(move |(nth, endpoint)| Place {
                stack,
                endpoint,
                throttled: stack.throttled.get(nth).copied().flatten(),
            })
        });
        let places: Vec<Place<'a>> = places.collect();
        let identities: Vec<Identity> = places
            .iter()
            .map(|place| Identity::of(*place, state.folder))
            .collect();
        let connects = |id: &&Identity| id.path == "$connect";
        let connecting = identities.iter().filter(connects).map(Identity::of_api);
        Self {
            connecting: connecting.collect(),
            places,
            identities,
        }
    }

    fn at(&self, index: Option<usize>) -> Option<(&Identity, Place<'a>)> {
        let index = index?;
        Some((self.identities.get(index)?, *self.places.get(index)?))
    }

    /// Whether it is a message of a WebSocket, which only they can send who have connected.
    fn is_message(&self, id: &Identity, place: Place<'_>) -> bool {
        place.endpoint.protocol == Protocol::WebSocket
            && id.path != "$connect"
            && self.connecting.contains(&id.of_api())
    }
}

/// Whether an endpoint lets anyone on the internet through, in some deployment for certain.
fn opens(id: &Identity, place: Place<'_>, side: &Side<'_>) -> bool {
    let endpoint = place.endpoint;
    !is_preflight(endpoint)
        && !side.is_message(id, place)
        && endpoint.doors().iter().any(|(_, door)| door.is_open())
}

fn is_preflight(endpoint: &Endpoint) -> bool {
    endpoint.cors_preflight.agreed() == Some(&true)
}

/// An endpoint that is on one side only.
fn alone<'a>(sides: (Option<Place<'a>>, Option<Place<'a>>), is_more_open: bool) -> Entry<'a> {
    let (old, new) = sides;
    let endpoint = new.or(old).map(|place| place.endpoint);
    Entry {
        kind: if new.is_some() {
            Kind::Added
        } else {
            Kind::Removed
        },
        old,
        new,
        changes: Vec::new(),
        declared: None,
        is_more_open,
        is_preflight: endpoint.is_some_and(is_preflight),
    }
}

/// An endpoint that is on both sides.
fn both<'a>((old, new): (Place<'a>, Place<'a>), is_message: bool) -> Entry<'a> {
    let changes = changes(old, new);
    // A preflight that became a method of its own counts as what it now is.
    let is_preflight = is_preflight(new.endpoint);
    let shift = if is_preflight || is_message {
        Shift::Same
    } else {
        old.endpoint.shift(new.endpoint)
    };
    let moved = |change: &Change| MOVES.contains(&change.what);
    let kind = match shift {
        Shift::Opened => Kind::Opened,
        Shift::Undecided => Kind::Undecided,
        Shift::Tightened => Kind::Tightened,
        Shift::Same if changes.is_empty() => Kind::Same,
        Shift::Same if changes.iter().all(moved) => Kind::Moved,
        Shift::Same | Shift::Changed => Kind::Changed,
    };
    Entry {
        kind,
        old: Some(old),
        new: Some(new),
        changes,
        declared: None,
        is_more_open: kind == Kind::Opened,
        is_preflight,
    }
}

/// What changes when code only moves.
const MOVES: [&str; 4] = ["api", "file", "function", "stage"];

fn changes(old: Place<'_>, new: Place<'_>) -> Vec<Change> {
    let (a, b) = (told(old), told(new));
    let differing = a.into_iter().zip(b).filter(|(old, new)| old.1 != new.1);
    let change = |((what, old), (_, new))| Change { what, old, new };
    differing.map(change).collect()
}

/// What is compared of an endpoint, as text, in the order in which it is told.
fn told(place: Place<'_>) -> [(&'static str, String); 13] {
    let endpoint = place.endpoint;
    let doors = endpoint.doors();
    let some = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let each = |tell: &dyn Fn(&Door) -> String| {
        let mut all: Vec<String> = Vec::new();
        for text in doors.iter().map(|(_, door)| tell(door)) {
            if !all.contains(&text) {
                all.push(text);
            }
        }
        all.join(" or ")
    };
    let method = endpoint.method.agreed().cloned().flatten();
    [
        ("authorization", each(&authorization)),
        ("authorizer", each(&authorizer)),
        ("scopes", each(&scopes)),
        ("api_key_required", each(&key)),
        ("exposure", each(&exposure)),
        ("throttled", flag(place.throttled)),
        ("when", endpoint.world.to_string()),
        ("method", some(method.as_deref())),
        ("path", pairing::path(endpoint)),
        (
            "api",
            endpoint
                .api
                .as_ref()
                .map(name_of)
                .map_or_else(String::new, |api| api.to_string()),
        ),
        ("function", pairing::function(endpoint)),
        ("file", place.stack.file.clone()),
        ("stage", some(place.stack.stage.as_deref())),
    ]
}

const UNKNOWN: &str = "unknown";

fn authorization(door: &Door) -> String {
    let word = door.auth.as_ref().map_or(UNKNOWN, |auth| auth.kind.word());
    word.to_owned()
}

fn authorizer(door: &Door) -> String {
    let named = door.auth.as_ref().and_then(|auth| auth.authorizer.as_ref());
    named.map_or_else(String::new, |name| name_of(name).to_string())
}

fn scopes(door: &Door) -> String {
    let scopes = door.auth.iter().flat_map(|auth| &auth.scopes);
    let mut scopes: Vec<String> = scopes.map(|scope| name_of(scope).to_string()).collect();
    scopes.sort();
    scopes.join(", ")
}

fn key(door: &Door) -> String {
    flag(door.key)
}

fn flag(value: Option<bool>) -> String {
    let word = match value {
        Some(true) => "true",
        Some(false) => "false",
        None => UNKNOWN,
    };
    word.to_owned()
}

fn exposure(door: &Door) -> String {
    door.exposure
        .map_or(UNKNOWN, crate::endpoint::Exposure::word)
        .to_owned()
}

impl Entry<'_> {
    /// What it is sorted by among those of its kind.
    fn order(&self) -> (String, String, String, String) {
        let Some(place) = self.new.or(self.old) else {
            return Default::default();
        };
        let method = place.endpoint.method.agreed().cloned().flatten();
        (
            place.stack.file.clone(),
            pairing::path(place.endpoint),
            method.unwrap_or_default().to_string(),
            place.stack.stage.clone().unwrap_or_default().to_string(),
        )
    }
}

/// The endpoints of which somebody wrote that asking for nothing is meant, each with the reason.
///
/// No rule is known here: a suppressed finding says so when it is about an endpoint and hangs on its authorization
/// being none.
fn declared(report: &Report) -> BTreeMap<Span, String> {
    let mut reasons = BTreeMap::new();
    for finding in &report.findings {
        let Some(suppression) = &finding.suppressed else {
            continue;
        };
        let is_none = |fact: &(&str, String)| fact.0 == "authorization" && fact.1 == "none";
        if finding.kind == Subject::Endpoint && finding.facts.iter().any(is_none) {
            let reason = suppression.reason.clone();
            reasons.entry(finding.about).or_insert(reason);
        }
    }
    reasons
}

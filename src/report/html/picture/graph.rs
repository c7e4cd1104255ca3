//! What a picture shows: nodes in columns, and who leads to whom.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Severity, StackReport};
use crate::report::endpoints::Row;
use crate::report::html::page::Entry;
use crate::report::summary::{UNKNOWN, count};

/// Client, gateway, authorizer, function, called endpoint.
pub const COLUMNS: usize = 5;
/// Nodes of a column at most, the one that stands for the rest not counted.
const NODES: [usize; COLUMNS] = [5, 8, 10, 14, 10];

/// A node as it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub title: String,
    /// What is said of it.
    pub below: String,
    /// The worst finding that counts of what goes through it.
    pub worst: Option<Severity>,
    /// Nobody is asked anything here.
    pub open: bool,
    /// It stands for what is left out.
    pub more: bool,
}

impl Node {
    /// What it is drawn as, when not as any other.
    pub fn class(&self) -> Option<&'static str> {
        if self.more {
            return Some("more");
        }
        self.open.then_some("open")
    }
}

/// A line as it is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// The worst finding that counts of what goes along it.
    pub worst: Option<Severity>,
    /// A call that is not let through.
    pub refused: bool,
}

/// Column and row.
pub type At = (usize, usize);

/// Nodes by column, and the lines between them.
#[derive(Debug)]
pub struct Graph {
    /// The nodes.
    pub columns: [Vec<Node>; COLUMNS],
    /// The lines, from left to right.
    pub edges: Vec<(At, At, Edge)>,
}

/// What is known of a node while it is collected.
#[derive(Debug, Default)]
struct Seen {
    endpoints: BTreeSet<String>,
    notes: BTreeSet<String>,
    worst: Option<Severity>,
    open: bool,
}

/// Nodes by what names them, for each column.
type Collected = [BTreeMap<String, Seen>; COLUMNS];

/// Lines by the names at both ends, with the column that they begin in.
type Links = BTreeMap<(usize, String, String), Edge>;

impl Graph {
    /// The picture of a stack.
    pub fn of(stack: &StackReport, entries: &[Entry<'_>]) -> Self {
        let mut nodes = Collected::default();
        let mut links = Links::new();
        for entry in entries {
            collect(entry, &mut nodes, &mut links);
        }
        let [.., functions, called] = &mut nodes;
        for call in &stack.calls {
            functions.entry(call.caller.to_string()).or_default();
            let seen = called.entry(call.target.to_string()).or_default();
            seen.notes.insert(allowed(call.allowed).to_owned());
            let link = (3, call.caller.to_string(), call.target.to_string());
            links.entry(link).or_default().refused |= call.allowed == Some(false);
        }
        Self::placed(&nodes, &links)
    }

    fn placed(nodes: &Collected, links: &Links) -> Self {
        let mut columns: [Vec<Node>; COLUMNS] = Default::default();
        let mut places: [BTreeMap<&str, usize>; COLUMNS] = Default::default();
        let mut before: BTreeMap<&str, usize> = BTreeMap::new();
        for ((column, seen), most) in (0..).zip(nodes).zip(NODES) {
            let kept = kept(seen, most);
            let mut order: Vec<&str> = kept.iter().map(|(name, _)| *name).collect();
            order.sort_by_cached_key(|name| (nearest(column, name, links, &before), *name));
            let drawn = order
                .iter()
                .filter_map(|name| Some(node(column, name, seen.get(*name)?)));
            let mut drawn: Vec<Node> = drawn.collect();
            let rows: BTreeMap<&str, usize> = order.iter().copied().zip(0..).collect();
            let rest = seen.len() - drawn.len();
            if rest > 0 {
                drawn.push(Node {
                    title: format!("and {rest} more"),
                    more: true,
                    ..Node::default()
                });
            }
            let last = drawn.len().saturating_sub(1);
            before = seen
                .keys()
                .map(|name| {
                    (
                        name.as_str(),
                        rows.get(name.as_str()).copied().unwrap_or(last),
                    )
                })
                .collect();
            if let (Some(column), Some(places)) = (columns.get_mut(column), places.get_mut(column))
            {
                *column = drawn;
                places.clone_from(&before);
            }
        }
        let edges = edges(&places, links);
        Self { columns, edges }
    }
}

fn edges(places: &[BTreeMap<&str, usize>; COLUMNS], links: &Links) -> Vec<(At, At, Edge)> {
    let row = |column: usize, name: &str| places.get(column)?.get(name).copied();
    let mut edges: BTreeMap<(At, At), Edge> = BTreeMap::new();
    for ((column, from, to), edge) in links {
        let (Some(a), Some(b)) = (row(*column, from), row(column + 1, to)) else {
            continue;
        };
        let drawn = edges.entry(((*column, a), (column + 1, b))).or_default();
        drawn.worst = drawn.worst.max(edge.worst);
        drawn.refused |= edge.refused;
    }
    // The worst are drawn last, over the others.
    let mut edges: Vec<(At, At, Edge)> = edges.into_iter().map(|((a, b), e)| (a, b, e)).collect();
    edges.sort_by_key(|(.., edge)| edge.worst);
    edges
}

/// The nodes that are drawn: the worst first, then by name.
fn kept(seen: &BTreeMap<String, Seen>, most: usize) -> Vec<(&str, &Seen)> {
    let mut all: Vec<(&str, &Seen)> = seen
        .iter()
        .map(|(name, seen)| (name.as_str(), seen))
        .collect();
    all.sort_by_key(|(name, seen)| (Reverse(seen.worst), Reverse(seen.endpoints.len()), *name));
    // One more takes no more room than saying that there is one.
    if all.len() > most + 1 {
        all.truncate(most);
    }
    all
}

/// The highest row of the column before from which a line comes: nodes stand across from where they are reached.
fn nearest(column: usize, name: &str, links: &Links, before: &BTreeMap<&str, usize>) -> usize {
    let into = links
        .keys()
        .filter(|(from, _, to)| from + 1 == column && to == name);
    into.filter_map(|(_, from, _)| before.get(from.as_str()).copied())
        .min()
        .unwrap_or(usize::MAX)
}

fn collect(entry: &Entry<'_>, nodes: &mut Collected, links: &mut Links) {
    let (row, worst) = (&entry.row, entry.worst());
    let api = row.api.as_deref().unwrap_or(UNKNOWN);
    let function = row.function();
    let path = [
        client(row).to_owned(),
        api.to_owned(),
        asked(row),
        function.to_owned(),
    ];
    let reached = if function.is_empty() { 3 } else { 4 };
    for (column, (name, nodes)) in path.iter().zip(nodes.iter_mut()).enumerate().take(reached) {
        let seen = nodes.entry(name.clone()).or_default();
        seen.endpoints.insert(row.label.clone());
        seen.worst = seen.worst.max(worst);
        match column {
            1 => drop(seen.notes.insert(row.protocol.to_owned())),
            2 => seen.open = row.auth_word() == "public",
            _ => {}
        }
    }
    for (column, pair) in path.windows(2).enumerate().take(reached - 1) {
        let [from, to] = pair else { continue };
        let edge = links.entry((column, from.clone(), to.clone())).or_default();
        edge.worst = edge.worst.max(worst);
    }
}

fn client(row: &Row) -> &'static str {
    match row.exposure {
        "internet" => "the internet",
        "restricted" => "whom a policy lets in",
        "vpc" => "a VPC endpoint",
        "nobody" => "nobody",
        _ => UNKNOWN,
    }
}

/// `cognito Pool`, `public`.
fn asked(row: &Row) -> String {
    let key = if row.api_key_required == Some(true) {
        " + API key"
    } else {
        ""
    };
    match row.authorizer.as_deref() {
        Some(by) => format!("{} {by}{key}", row.auth_word()),
        None => format!("{}{key}", row.auth_word()),
    }
}

fn allowed(allowed: Option<bool>) -> &'static str {
    match allowed {
        Some(true) => "allowed",
        Some(false) => "refused",
        None => "undecided",
    }
}

fn node(column: usize, name: &str, seen: &Seen) -> Node {
    let notes: Vec<&str> = seen.notes.iter().map(String::as_str).collect();
    let mut endpoints = seen.endpoints.iter();
    let below = match (notes.is_empty(), endpoints.next(), endpoints.next()) {
        (false, ..) => notes.join(", "),
        (true, None, _) => String::new(),
        (true, Some(only), None) if column == 3 => only.clone(),
        (true, ..) => count(seen.endpoints.len(), "endpoint"),
    };
    Node {
        title: name.to_owned(),
        below,
        worst: seen.worst,
        open: seen.open,
        more: false,
    }
}

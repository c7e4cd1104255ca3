//! The conditions of a template: decided where the parameters' defaults decide them, else what follows from assuming them.

use std::collections::HashMap;

use crate::document::{Entry, Node};
use crate::resolve::{Part, Scope, Text, Truth, World};
use crate::source::Str;

/// References from condition to condition that are followed; deeper ones stay undecided.
const DEEPEST: u32 = 64;
/// Conclusions that are drawn from one assumption.
const MOST_CONCLUSIONS: usize = 256;

/// Every condition, decided or not.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    truths: HashMap<Str, Truth>,
    /// What follows when the condition holds, and what when it does not.
    follows: HashMap<(Str, bool), Vec<(Str, bool)>>,
}

impl Conditions {
    /// Reads and decides the section.
    pub fn read(section: &Node, scope: &Scope) -> Self {
        let mut reader = Reader {
            section,
            scope,
            truths: HashMap::new(),
        };
        for entry in section.entries() {
            reader.named(&entry.key, 0);
        }
        let truths = reader.truths;
        let mut conditions = Self {
            truths,
            follows: HashMap::new(),
        };
        let mut equals: HashMap<String, Vec<(Str, Str)>> = HashMap::new();
        for entry in section.entries() {
            if conditions.truth(&entry.key) == Truth::Unknown {
                conditions.link(entry, &entry.value, true);
                if let Some((what, value)) = equality(&entry.value, scope) {
                    equals
                        .entry(what)
                        .or_default()
                        .push((entry.key.clone(), value));
                }
            }
        }
        conditions.exclude(equals.into_values().collect());
        conditions
    }

    /// Whether the condition holds; an undefined one is unknown.
    pub fn truth(&self, name: &str) -> Truth {
        self.truths.get(name).copied().unwrap_or(Truth::Unknown)
    }

    /// The world in which it has this value, with all that follows; `None` when that contradicts itself.
    pub fn assume(&self, name: &Str, holds: bool) -> Option<World> {
        let mut world = World::when(name.clone(), holds);
        let mut open = vec![(name.clone(), holds)];
        let mut drawn = 0;
        while let Some(fact) = open.pop() {
            for (other, value) in self.follows.get(&fact).into_iter().flatten() {
                drawn += 1;
                if drawn > MOST_CONCLUSIONS {
                    return Some(world);
                }
                if world.holds(other).is_none() {
                    open.push((other.clone(), *value));
                }
                world = world.implying(other.clone(), *value)?;
            }
        }
        Some(world)
    }

    fn follow(&mut self, when: (Str, bool), then: (Str, bool)) {
        self.follows.entry(when).or_default().push(then);
    }

    /// Notes what follows from `entry` having the value that gives `body` the value `holds`.
    fn link(&mut self, entry: &Entry, body: &Node, holds: bool) {
        let Some(call) = body.single() else {
            return;
        };
        match call.key.as_str() {
            "Condition" => {
                if let Some(other) = call.value.as_text() {
                    // An alias or a negation is so both ways.
                    for value in [true, false] {
                        let same = value == holds;
                        self.follow((entry.key.clone(), value), (other.clone(), same));
                        self.follow((other.clone(), same), (entry.key.clone(), value));
                    }
                }
            }
            "Fn::Not" => {
                if let [body] = call.value.items() {
                    self.link(entry, body, !holds);
                }
            }
            "Fn::And" | "Fn::Or" => {
                self.link_parts(entry, call.key == "Fn::And", &call.value, holds);
            }
            _ => {}
        }
    }

    /// All parts of a conjunction hold when it does; no part of a disjunction holds when it does not.
    fn link_parts(&mut self, entry: &Entry, decisive: bool, parts: &Node, holds: bool) {
        for part in parts.items() {
            let (part, value) = match part.single() {
                Some(call) if call.key == "Fn::Not" => (call.value.items().first(), !decisive),
                _ => (Some(part), decisive),
            };
            let other = part
                .and_then(Node::single)
                .filter(|call| call.key == "Condition");
            if let Some(other) = other.and_then(|call| call.value.as_text()) {
                self.follow(
                    (entry.key.clone(), decisive == holds),
                    (other.clone(), value),
                );
            }
        }
    }

    /// Of several comparisons of one thing, at most one value can be right.
    fn exclude(&mut self, groups: Vec<Vec<(Str, Str)>>) {
        for group in groups {
            // More alternatives than anybody writes would cost their square.
            for (name, value) in group.iter().take(64) {
                for (other, theirs) in group.iter().take(64).filter(|(other, _)| other != name) {
                    self.follow((name.clone(), true), (other.clone(), value == theirs));
                    if value == theirs {
                        self.follow((name.clone(), false), (other.clone(), false));
                    }
                }
            }
        }
    }
}

/// `Fn::Equals` of something open and a known text: what, and which text.
fn equality(body: &Node, scope: &Scope) -> Option<(String, Str)> {
    let call = body.single().filter(|call| call.key == "Fn::Equals")?;
    let [a, b] = call.value.items() else {
        return None;
    };
    let text = |node| scope.text(node).agreed().cloned().flatten();
    let (a, b) = (text(a)?, text(b)?);
    match (a.known(), b.known()) {
        (None, Some(value)) => Some((a.to_string(), value)),
        (Some(value), None) => Some((b.to_string(), value)),
        (None, None) | (Some(_), Some(_)) => None,
    }
}

struct Reader<'a> {
    section: &'a Node,
    scope: &'a Scope,
    truths: HashMap<Str, Truth>,
}

impl Reader<'_> {
    fn named(&mut self, name: &Str, depth: u32) -> Truth {
        if let Some(truth) = self.truths.get(name) {
            return *truth;
        }
        let Some(body) = self.section.get(name).filter(|_| depth < DEEPEST) else {
            return Truth::Unknown;
        };
        // A condition that leads back to itself finds this.
        self.truths.insert(name.clone(), Truth::Unknown);
        let truth = self.body(body, depth + 1);
        self.truths.insert(name.clone(), truth);
        truth
    }

    fn body(&mut self, body: &Node, depth: u32) -> Truth {
        let Some(call) = body.single() else {
            return Truth::Unknown;
        };
        let parts = call.value.items();
        match (call.key.as_str(), parts) {
            ("Condition", _) => call
                .value
                .as_text()
                .map_or(Truth::Unknown, |name| self.named(name, depth)),
            ("Fn::Not", [part]) => self.body(part, depth).negate(),
            ("Fn::And", [_, ..]) => parts.iter().fold(Truth::Yes, |so_far, part| {
                so_far.and(self.body(part, depth))
            }),
            ("Fn::Or", [_, ..]) => parts
                .iter()
                .fold(Truth::No, |so_far, part| so_far.or(self.body(part, depth))),
            ("Fn::Equals", [a, b]) => self.equal(a, b),
            _ => Truth::Unknown,
        }
    }

    fn equal(&self, a: &Node, b: &Node) -> Truth {
        let text = |node| self.scope.text(node).agreed().cloned().flatten();
        let (Some(a), Some(b)) = (text(a), text(b)) else {
            return Truth::Unknown;
        };
        match (a.known(), b.known()) {
            (_, Some(known)) => self.could_be(&a, &known),
            (Some(known), None) => self.could_be(&b, &known),
            (None, None) if a == b => Truth::Yes,
            (None, None) => Truth::Unknown,
        }
    }

    /// Whether an open text is this one, minding the values that a parameter is limited to.
    fn could_be(&self, text: &Text, known: &str) -> Truth {
        if let Some(Part::Ref(name)) = text.target()
            && let Some(allowed) = self.scope.allowed(name)
            && !allowed
                .iter()
                .any(|value| value.scalar().is_some_and(|value| value == known))
        {
            return Truth::No;
        }
        text.is(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Dialect, parse};
    use crate::resolve::Given;
    use crate::source::Sources;

    fn scope(conditions: &str) -> Scope {
        let text = format!("Parameters: {{Stage: {{Type: String}}}}\nConditions:\n{conditions}");
        let sources = Sources::default();
        let source = sources.add("t.yaml", text);
        let document = parse(&sources, source, Dialect::CloudFormation);
        Scope::new(&document.root, Given::default())
    }

    /// What is known of other conditions when one has this value: `A`, or `!A`, in order.
    fn concluded(scope: &Scope, name: &str, holds: bool, others: &[&str]) -> String {
        let Some(world) = scope.assume(&name.into(), holds) else {
            return "impossible".to_owned();
        };
        let known = others.iter().filter_map(|other| {
            let holds = world.holds(other)?;
            Some(format!("{}{other}", if holds { "" } else { "!" }))
        });
        known.collect::<Vec<_>>().join(" ")
    }

    const OPEN: &str = "
  A: !Equals [!Ref Stage, a]
  B: !Equals [!ImportValue x, b]
";

    #[test]
    fn a_conjunction_that_holds_tells_of_its_parts_and_a_disjunction_that_does_not() {
        let scope = scope(&format!(
            "{OPEN}
  Both: !And [!Condition A, !Not [!Condition B]]
  Either: !Or [!Condition A, !Not [!Condition B]]
  Neither: !Not [!Or [!Condition A, !Condition B]]
"
        ));
        let told = |name, holds| concluded(&scope, name, holds, &["A", "B"]);
        assert_eq!(told("Both", true), "A !B");
        assert_eq!(told("Both", false), "");
        assert_eq!(told("Either", true), "");
        assert_eq!(told("Either", false), "!A B");
        assert_eq!(told("Neither", true), "!A !B");
        assert_eq!(told("Neither", false), "");
    }

    #[test]
    fn an_alias_and_a_negation_are_so_both_ways() {
        let scope = scope(&format!(
            "{OPEN}\n  Same: !Condition A\n  Other: !Not [!Condition A]\n"
        ));
        let told = |name, holds| concluded(&scope, name, holds, &["A", "Same", "Other"]);
        assert_eq!(told("Same", true), "A Same !Other");
        assert_eq!(told("Other", true), "!A !Same Other");
        assert_eq!(told("A", false), "!A !Same Other");
    }

    #[test]
    fn one_thing_has_one_value() {
        let scope = scope(
            "
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Equals [dev, !Ref Stage]
  AlsoProd: !Equals [!Ref Stage, prod]
  Elsewhere: !Equals [!ImportValue Stage, prod]
  Never: !And [!Condition IsProd, !Condition IsDev]
",
        );
        let told =
            |name, holds| concluded(&scope, name, holds, &["IsDev", "AlsoProd", "Elsewhere"]);
        assert_eq!(told("IsProd", true), "!IsDev AlsoProd");
        assert_eq!(told("IsProd", false), "!AlsoProd");
        assert_eq!(told("Never", true), "impossible");
    }

    #[test]
    fn conclusions_end_somewhere() {
        let link = |n: u32| format!("  C{n}: !Condition C{}\n", n - 1);
        let chain = (1..400).map(link).collect::<Vec<_>>().concat();
        let scope = scope(&format!("  C0: !Equals [!Ref Stage, a]\n{chain}"));
        let names: Vec<String> = (0..400).map(|n| format!("C{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let told = concluded(&scope, "C399", true, &names);
        let told = told.split(' ').count();
        assert!(
            (100..=MOST_CONCLUSIONS + 1).contains(&told),
            "{told} conclusions"
        );
    }
}

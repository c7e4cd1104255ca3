//! From front matter to predicates: every field, operator and value is checked against the table of facts.
//!
//! A mistake is said at its place with what was probably meant. A predicate that could never hold, because of a
//! misspelt field or a value the field never has, is not accepted.

use super::front::Complaints;
use super::message::shortened;
use super::pattern::{Pattern, Regex};
use super::predicate::{Limit, Predicate, Test};
use super::{Setting, suggest};
use crate::document::{Entry, Node, Value};
use crate::facts::{Field, Kind, Type};
use crate::source::Str;

/// Levels of `any`, `all` and `not`.
const NESTING: usize = 32;
/// Parts of one list.
const LIST: usize = 256;

const OPERATORS: [&str; 4] = ["has", "empty", "over", "under"];
const WORDS: [&str; 3] = ["any", "all", "not"];

/// Reads predicates about subjects of one kind.
pub(super) struct Reader<'a, 'p> {
    /// What the page is about.
    pub(super) kind: Kind,
    /// Where mistakes go.
    pub(super) complaints: &'a mut Complaints<'p>,
    /// What limits may be called instead of being written.
    pub(super) settings: &'a [Setting],
    /// Whether regular expressions are compiled now rather than when first used.
    pub(super) strict: bool,
}

impl Reader<'_, '_> {
    /// A mapping, all of whose parts must hold. After a mistake the result means nothing.
    pub(super) fn predicate(&mut self, node: &Node) -> Predicate {
        self.nested(node, 0)
    }

    /// The column of a field by its name, as `at:` has it.
    pub(super) fn column(&mut self, node: &Node) -> Option<usize> {
        let name = self.complaints.text(node, "at", 100)?;
        let found = self.find(&name);
        if found.is_none() {
            let known = self.kind.fields().iter().map(|field| field.name);
            let (name, hint) = (shortened(&name, 40), suggest::hint(&name, known));
            let what = format!("{} has no field `{name}`{hint}", self.kind.word());
            self.complaints.say(node.span, what);
        }
        found.map(|(column, _)| column)
    }

    fn find(&self, name: &str) -> Option<(usize, &'static Field)> {
        let mut fields = self.kind.fields().iter().enumerate();
        fields.find(|(_, field)| field.name == name)
    }

    fn nested(&mut self, node: &Node, level: usize) -> Predicate {
        let nothing = Predicate::All(Vec::new());
        if level > NESTING {
            let what = format!("`any`, `all` and `not` may nest {NESTING} levels deep");
            self.complaints.say(node.span, what);
            return nothing;
        }
        let Value::Map(map) = &node.value else {
            let what = "a condition is a mapping: `field: value`, or `any`, `all`, `not`";
            self.complaints.say(node.span, what);
            return nothing;
        };
        if map.entries.is_empty() {
            let what = "an empty condition holds of everything: name a field";
            self.complaints.say(node.span, what);
        }
        let parts = map.entries.iter();
        let mut parts: Vec<Predicate> = parts.map(|entry| self.part(entry, level)).collect();
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            last => {
                parts.extend(last);
                Predicate::All(parts)
            }
        }
    }

    fn part(&mut self, entry: &Entry, level: usize) -> Predicate {
        match entry.key.as_str() {
            "any" => Predicate::Any(self.list(entry, level)),
            "all" => Predicate::All(self.list(entry, level)),
            "not" => Predicate::Not(Box::new(self.nested(&entry.value, level + 1))),
            name => {
                let Some((column, field)) = self.find(name) else {
                    let words = WORDS.iter().copied();
                    let known = self.kind.fields().iter().map(|field| field.name);
                    let what = format!("{} has no field", self.kind.word());
                    self.complaints
                        .unknown_key(entry, &what, known.chain(words));
                    return Predicate::All(Vec::new());
                };
                self.field(column, field, &entry.value)
            }
        }
    }

    fn list(&mut self, entry: &Entry, level: usize) -> Vec<Predicate> {
        let items = entry.value.items();
        if items.is_empty() {
            let what = format!("`{}` is a list of conditions: `- field: value`", entry.key);
            self.complaints.say(entry.value.span, what);
        }
        if !self.fits(&entry.value, items.len()) {
            return Vec::new();
        }
        let parts = items.iter();
        parts.map(|item| self.nested(item, level + 1)).collect()
    }

    fn fits(&mut self, node: &Node, length: usize) -> bool {
        if length > LIST {
            let what = format!("a list may have {LIST} parts, this one has {length}");
            self.complaints.say(node.span, what);
        }
        length <= LIST
    }

    fn field(&mut self, column: usize, field: &Field, node: &Node) -> Predicate {
        let Value::Map(map) = &node.value else {
            if field.kind == Type::List && !node.is_null() {
                let what = format!(
                    "`{}` is a list: write `{}: {{ has: … }}`",
                    field.name, field.name
                );
                self.complaints.say(node.span, what);
            }
            return Predicate::Fact(column, Test::Is(self.patterns(field, node)));
        };
        if map.entries.is_empty() {
            let what = "an empty test: write a value, or one of `has`, `empty`, `over`, `under`";
            self.complaints.say(node.span, what);
        }
        let tests = map.entries.iter();
        let tests =
            tests.filter_map(|entry| Some(Predicate::Fact(column, self.test(field, entry)?)));
        Predicate::All(tests.collect())
    }

    fn test(&mut self, field: &Field, entry: &Entry) -> Option<Test> {
        let allowed = match entry.key.as_str() {
            "has" => field.kind == Type::List,
            "over" | "under" => field.kind == Type::Number,
            "empty" => true,
            _ => {
                let what = "there is no test";
                self.complaints.unknown_key(entry, what, OPERATORS);
                return None;
            }
        };
        if !allowed {
            let what = format!(
                "`{}` is {}, of which `{}` says nothing: {}",
                field.name,
                noun(field.kind),
                entry.key,
                instead(field.kind)
            );
            self.complaints.say(entry.span, what);
            return None;
        }
        match entry.key.as_str() {
            "has" => Some(Test::Has(self.patterns(field, &entry.value))),
            "over" => Some(Test::Over(self.limit(field, &entry.value)?)),
            "under" => Some(Test::Under(self.limit(field, &entry.value)?)),
            _ => Some(Test::Empty(self.flag("empty", &entry.value)?)),
        }
    }

    fn patterns(&mut self, field: &Field, node: &Node) -> Vec<Pattern> {
        let list = node.as_list();
        let nodes = list.unwrap_or(std::slice::from_ref(node));
        if nodes.is_empty() {
            let what = "an empty list of values never holds";
            self.complaints.say(node.span, what);
        }
        if !self.fits(node, nodes.len()) {
            return Vec::new();
        }
        nodes
            .iter()
            .filter_map(|node| self.pattern(field, node))
            .collect()
    }

    fn pattern(&mut self, field: &Field, node: &Node) -> Option<Pattern> {
        if node.is_null() {
            let what = format!(
                "to ask for nothing write `{}: {{ empty: true }}`",
                field.name
            );
            self.complaints.say(node.span, what);
            return None;
        }
        match field.kind {
            Type::Flag => Some(Pattern::Flag(self.flag(field.name, node)?)),
            Type::Number => Some(Pattern::Number(self.number(field, node)?)),
            Type::Text | Type::List => {
                let text = self.scalar(field, node)?;
                match between_slashes(&text) {
                    Some(regex) => Some(Pattern::Regex(self.regex(regex, node)?)),
                    None => Some(Pattern::Text(text)),
                }
            }
            Type::Word(words) => {
                let text = self.scalar(field, node)?;
                if words.contains(&text.as_str()) {
                    return Some(Pattern::Text(text));
                }
                let near = suggest::nearest(&text, words.iter().copied());
                let hint = near.map_or_else(
                    || format!(", it is one of {}", words.join(", ")),
                    |near| format!(", did you mean `{near}`?"),
                );
                let text = shortened(&text, 40);
                let what = format!("`{}` is never `{text}`{hint}", field.name);
                self.complaints.say(node.span, what);
                None
            }
        }
    }

    fn scalar(&mut self, field: &Field, node: &Node) -> Option<Str> {
        let scalar = node.scalar();
        if scalar.is_none() {
            let what = format!("`{}` is compared with a text here", field.name);
            self.complaints.say(node.span, what);
        }
        scalar
    }

    fn flag(&mut self, name: &str, node: &Node) -> Option<bool> {
        if let Value::Bool(flag) = node.value {
            return Some(flag);
        }
        let what = format!("`{name}` is true or false");
        self.complaints.say(node.span, what);
        None
    }

    /// A number, or the name of a setting of this rule.
    fn limit(&mut self, field: &Field, node: &Node) -> Option<Limit> {
        let Some(name) = node.as_text().filter(|_| !self.settings.is_empty()) else {
            let value = self.number(field, node)?;
            let setting = None;
            return Some(Limit { value, setting });
        };
        let names = self.settings.iter().map(|setting| setting.name.as_str());
        let found = names.clone().position(|known| known == name);
        if found.is_none() {
            let (short, hint) = (shortened(name, 40), suggest::hint(name, names));
            let what = format!("this rule has no setting `{short}`{hint}");
            self.complaints.say(node.span, what);
        }
        let setting = self.settings.get(found?)?;
        Some(Limit {
            value: setting.value,
            setting: found,
        })
    }

    fn number(&mut self, field: &Field, node: &Node) -> Option<f64> {
        let Value::Number(text) = &node.value else {
            let what = format!("`{}` is compared with a number here", field.name);
            self.complaints.say(node.span, what);
            return None;
        };
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        if number.is_none() {
            let what = format!(
                "`{}` is no number of a size that occurs",
                shortened(text, 40)
            );
            self.complaints.say(node.span, what);
        }
        number
    }

    fn regex(&mut self, text: Str, node: &Node) -> Option<Regex> {
        let regex = Regex::new(text);
        if !self.strict {
            return Some(regex);
        }
        match regex.check() {
            Ok(()) => Some(regex),
            Err(flaw) => {
                // One byte further in, after the slash.
                let at = flaw.at.start + 1..flaw.at.end + 1;
                self.complaints.say_in(node, at, flaw.what);
                None
            }
        }
    }
}

/// What stands between the slashes of `/regex/`; `None` for any other text, `/` and `//` included.
fn between_slashes(text: &Str) -> Option<Str> {
    let inner = text.strip_prefix('/')?.strip_suffix('/')?;
    (!inner.is_empty()).then(|| inner.into())
}

fn noun(kind: Type) -> &'static str {
    match kind {
        Type::Text => "a text",
        Type::Word(_) => "a word",
        Type::Flag => "a flag",
        Type::Number => "a number",
        Type::List => "a list",
    }
}

fn instead(kind: Type) -> &'static str {
    match kind {
        Type::Text => "write a value, `[values]`, `/regex/` or `empty`",
        Type::Word(_) => "write a value, `[values]` or `empty`",
        Type::Flag => "write `true`, `false` or `empty`",
        Type::Number => "write a value, `over`, `under` or `empty`",
        Type::List => "write `has` or `empty`",
    }
}

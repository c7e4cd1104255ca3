//! A page of `rules/`: front matter becomes a [`Rule`], the rest stays Markdown.

use super::cure::{Remedy, Way};
use super::front::{self, Complaints, Front};
use super::message::{self, Message, Names};
use super::predicate::Predicate;
use super::read::Reader;
use super::suggest;
use super::{Check, Origin, Rule, Setting, Severity};
use crate::document::{Node, Problem, Value};
use crate::facts::Kind;
use crate::source::{SourceId, Span, Str};

/// Keys of front matter, in the order in which pages write them.
const KEYS: [&str; 17] = [
    "id",
    "title",
    "severity",
    "enabled",
    "since",
    "subject",
    "settings",
    "when",
    "unless",
    "checks",
    "at",
    "message",
    "help",
    "references",
    "aliases",
    "public",
    "fix",
];

/// What a configuration says of a rule besides its settings.
const RESERVED: [&str; 2] = ["severity", "enabled"];
const SETTING: &str =
    "`settings` maps names of lower-case letters and `-` to numbers: `minimum-length: 8`";
/// Bytes of an id.
const ID: usize = 64;
/// Bytes of a title, a label, a reference.
const LINE: usize = 300;
/// Entries of `references`, `aliases`, `checks`.
const ENTRIES: usize = 64;

/// Reads a page. `id` is what the file's name says the rule's id is.
///
/// # Errors
/// Everything that is wrong with the page, in order of place.
pub(super) fn read(
    source: SourceId,
    text: &str,
    id: &str,
    origin: Origin,
) -> Result<Rule, Vec<Problem>> {
    let Front {
        root,
        body,
        complaints,
    } = front::read(source, text).map_err(|problem| vec![problem])?;
    if !complaints.is_empty() {
        return Err(complaints.into_problems());
    }
    let mut page = Page {
        root,
        settings: Vec::new(),
        complaints,
    };
    let strict = matches!(origin, Origin::Team(_));
    let rule = page.rule(id, strict);
    match rule {
        Some(rule) if page.complaints.is_empty() => Ok(Rule {
            origin,
            body: body.trim_matches('\n').into(),
            ..rule
        }),
        _ => Err(page.complaints.into_problems()),
    }
}

struct Page<'a> {
    root: Node,
    settings: Vec<Setting>,
    complaints: Complaints<'a>,
}

impl Page<'_> {
    fn rule(&mut self, file: &str, strict: bool) -> Option<Rule> {
        for entry in self.root.entries() {
            if !KEYS.contains(&entry.key.as_str()) {
                self.complaints
                    .unknown_key(entry, "a rule has no key", KEYS);
            }
        }
        let id = self.id(file);
        let title = self.line("title", LINE);
        let severity = self.severity();
        let since = self.since();
        let references = self.entries("references", reference);
        let aliases = self.entries("aliases", alias);
        // Without a subject there is no table to check the rest against.
        let subject = self.subject()?;
        self.settings = self.settings();
        let (claim, checks) = self.claim(subject, strict);
        let at = self.at(subject, strict);
        let checked = !checks.is_empty();
        let message = self.message("message", subject, checked);
        let help = self.message("help", subject, checked);
        let remedy = self.remedy(subject);
        let (severity, on) = severity?;
        Some(Rule {
            id: id?,
            title: title?,
            severity,
            enabled: on && self.flag("enabled", true),
            public: self.flag("public", false),
            settings: std::mem::take(&mut self.settings),
            since: since?,
            subject,
            references,
            aliases,
            origin: Origin::BuiltIn,
            body: Str::new(),
            claim: claim?,
            checks,
            at,
            message: message?,
            help: help?,
            remedy,
        })
    }

    /// The value of a key that must be there.
    fn required(&mut self, key: &str) -> Option<Node> {
        let value = self.root.get(key).cloned();
        if value.is_none() {
            let top = self.root.span;
            let what = format!("the front matter has no `{key}`");
            self.complaints.say(front_line(top), what);
        }
        value
    }

    fn line(&mut self, key: &str, most: usize) -> Option<Str> {
        let node = self.required(key)?;
        self.complaints.text(&node, key, most)
    }

    fn id(&mut self, file: &str) -> Option<Str> {
        let node = self.required("id")?;
        let id = self.complaints.text(&node, "id", ID)?;
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !id.chars().all(kebab) || id.starts_with('-') || id.ends_with('-') {
            let what = "an id consists of lower-case letters, digits and `-`";
            self.complaints.say(node.span, what);
            return None;
        }
        if id != file {
            let file = message::shortened(file, ID);
            let what = format!("the id `{id}` is not the file's name, `{file}`");
            self.complaints.say(node.span, what);
            return None;
        }
        Some(id)
    }

    /// Severity, and whether the rule is on.
    fn severity(&mut self) -> Option<(Severity, bool)> {
        let node = self.required("severity")?;
        let word = self.complaints.text(&node, "severity", LINE)?;
        if word == "off" {
            return Some((Severity::Info, false));
        }
        let found = Severity::ALL.into_iter().find(|s| s.word() == word);
        if found.is_none() {
            let known = Severity::ALL.iter().map(|severity| severity.word());
            let hint = suggest::nearest(&word, known.chain(["off"])).map_or_else(
                || ": it is one of high, medium, low, info, off".to_owned(),
                |near| format!(", did you mean `{near}`?"),
            );
            let word = message::shortened(&word, 40);
            let what = format!("there is no severity `{word}`{hint}");
            self.complaints.say(node.span, what);
        }
        Some((found?, true))
    }

    fn flag(&mut self, key: &str, absent: bool) -> bool {
        match self.root.get(key) {
            None => absent,
            Some(Node {
                value: Value::Bool(flag),
                ..
            }) => *flag,
            Some(node) => {
                let what = format!("`{key}` is true or false");
                self.complaints.say(node.span, what);
                absent
            }
        }
    }

    /// Numbers that a configuration may change: `settings: { minimum-length: 8 }`.
    fn settings(&mut self) -> Vec<Setting> {
        let Some(node) = self.root.get("settings").cloned() else {
            return Vec::new();
        };
        let kebab = |name: &str| {
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            name.chars().all(plain) && !name.starts_with('-') && name.len() <= ID
        };
        let mut settings = Vec::new();
        for entry in node.entries().iter().take(ENTRIES) {
            let number = match &entry.value.value {
                Value::Number(text) => text.parse().ok().filter(|it: &f64| it.is_finite()),
                Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                    None
                }
            };
            match number.filter(|_| kebab(&entry.key) && !RESERVED.contains(&entry.key.as_str())) {
                Some(value) => settings.push(Setting {
                    name: entry.key.clone(),
                    value,
                }),
                None => self.complaints.say(entry.span, SETTING),
            }
        }
        if node.as_map().is_none() {
            self.complaints.say(node.span, SETTING);
        }
        settings
    }

    fn since(&mut self) -> Option<Str> {
        let node = self.required("since")?;
        let since = node.scalar().unwrap_or_default();
        let number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        let parts: Vec<&str> = since.split('.').collect();
        if parts.len() == 3 && parts.iter().all(|part| number(part)) && since.len() < 30 {
            return Some(since);
        }
        self.complaints
            .say(node.span, "`since` is a version: `0.1.0`");
        None
    }

    fn subject(&mut self) -> Option<Kind> {
        let node = self.required("subject")?;
        let word = self.complaints.text(&node, "subject", LINE)?;
        let found = Kind::ALL.iter().find(|kind| kind.word() == word);
        if found.is_none() {
            let known = || Kind::ALL.iter().map(|kind| kind.word());
            let hint = suggest::nearest(&word, known()).map_or_else(
                || format!(": it is one of {}", known().collect::<Vec<_>>().join(", ")),
                |near| format!(", did you mean `{near}`?"),
            );
            let word = message::shortened(&word, 40);
            let what = format!("there is no subject `{word}`{hint}");
            self.complaints.say(node.span, what);
        }
        found.copied()
    }

    /// What the rule claims of a subject, and the parts of it that have labels.
    fn claim(&mut self, kind: Kind, strict: bool) -> (Option<Predicate>, Vec<Check>) {
        let root = self.root.clone();
        let mut parts = self.conditions(&root, kind, strict);
        let checks = self.checks(kind, strict);
        if checks.is_empty() && root.get("checks").is_none() && root.get("when").is_none() {
            let what = "the front matter has no `when`";
            self.complaints.say(front_line(root.span), what);
        }
        if !checks.is_empty() {
            let claims = checks.iter().map(|check| check.claim.clone());
            parts.push(Predicate::Any(claims.collect()));
        }
        let claim = (!parts.is_empty()).then_some(Predicate::All(parts));
        (claim, checks)
    }

    /// `when:` and `unless:` of the page or of a check.
    fn conditions(&mut self, node: &Node, kind: Kind, strict: bool) -> Vec<Predicate> {
        let mut reader = Reader {
            kind,
            complaints: &mut self.complaints,
            settings: &self.settings,
            strict,
        };
        let when = node.get("when").map(|when| reader.predicate(when));
        let unless = node.get("unless").map(|unless| reader.predicate(unless));
        let unless = unless.map(|unless| Predicate::Not(Box::new(unless)));
        when.into_iter().chain(unless).collect()
    }

    fn checks(&mut self, kind: Kind, strict: bool) -> Vec<Check> {
        let Some(node) = self.root.get("checks").cloned() else {
            return Vec::new();
        };
        let items = node.items();
        if items.is_empty() || items.len() > ENTRIES {
            let what =
                format!("`checks` is a list of 1 to {ENTRIES} parts, each with `when` and `label`");
            self.complaints.say(node.span, what);
            return Vec::new();
        }
        let checks = items.iter();
        checks
            .filter_map(|item| self.check(item, kind, strict))
            .collect()
    }

    fn check(&mut self, node: &Node, kind: Kind, strict: bool) -> Option<Check> {
        const KEYS: [&str; 5] = ["when", "unless", "at", "label", "set"];
        for entry in node.entries() {
            if !KEYS.contains(&entry.key.as_str()) {
                self.complaints
                    .unknown_key(entry, "a check has no key", KEYS);
            }
        }
        let conditions = self.conditions(node, kind, strict);
        let label = node.get("label");
        let (Some(label), false) = (label, conditions.is_empty()) else {
            let what = "a check has a `when` and a `label`";
            self.complaints.say(node.span, what);
            return None;
        };
        let at = node.get("at").and_then(|at| self.column(at, kind, strict));
        Some(Check {
            claim: Predicate::All(conditions),
            at,
            label: self.template(label, "label", kind, false)?,
            set: node
                .get("set")
                .map_or_else(Vec::new, |set| self.set(set, kind)),
        })
    }

    /// How what it reports is mended: `fix: { title: …, set: { MinimumLength: 8 } }`.
    fn remedy(&mut self, kind: Kind) -> Option<Remedy> {
        const KEYS: [&str; 6] = ["title", "unsafe", "set", "write", "rename", "way"];
        let node = self.root.get("fix").cloned()?;
        for entry in node.entries() {
            if !KEYS.contains(&entry.key.as_str()) {
                self.complaints.unknown_key(entry, "a fix has no key", KEYS);
            }
        }
        let Some(title) = node.get("title") else {
            let what = "a fix has a `title`: what is done, as an order";
            self.complaints.say(node.span, what);
            return None;
        };
        let title = self.template(title, "title", kind, false)?;
        let text = |page: &mut Self, key: &str| {
            let node = node.get(key)?;
            page.template(node, key, kind, false)
        };
        let (write, rename) = (text(self, "write"), text(self, "rename"));
        let way = node.get("way").and_then(|way| self.way(way));
        Some(Remedy {
            title,
            safe: !matches!(
                node.get("unsafe").map(|it| &it.value),
                Some(Value::Bool(true))
            ),
            set: node
                .get("set")
                .map_or_else(Vec::new, |set| self.set(set, kind)),
            write,
            rename,
            way,
        })
    }

    fn way(&mut self, node: &Node) -> Option<Way> {
        let word = self.complaints.text(node, "way", LINE)?;
        let found = Way::ALL.into_iter().find(|way| way.word() == word);
        if found.is_none() {
            let known: Vec<&str> = Way::ALL.iter().map(|way| way.word()).collect();
            let what = format!("`way` is one of {}", known.join(", "));
            self.complaints.say(node.span, what);
        }
        found
    }

    /// Properties and the values that they get: `{ Throttle.RateLimit: 100 }`.
    fn set(&mut self, node: &Node, kind: Kind) -> Vec<(Vec<Str>, Message)> {
        let mut set = Vec::new();
        if node.entries().is_empty() || node.entries().len() > ENTRIES {
            let what = "`set` maps properties to values: `{ Throttle.RateLimit: 100 }`";
            self.complaints.say(node.span, what);
        }
        for entry in node.entries().iter().take(ENTRIES) {
            let plain = entry.value.scalar();
            let value = plain.map(|text| Node::text(entry.value.span, text));
            let value = value.unwrap_or_else(|| entry.value.clone());
            let path = entry.key.split('.').map(Str::from).collect();
            if let Some(value) = self.template(&value, "set", kind, false) {
                set.push((path, value));
            }
        }
        set
    }

    fn at(&mut self, kind: Kind, strict: bool) -> Option<usize> {
        let node = self.root.get("at").cloned()?;
        self.column(&node, kind, strict)
    }

    fn column(&mut self, node: &Node, kind: Kind, strict: bool) -> Option<usize> {
        let complaints = &mut self.complaints;
        let mut reader = Reader {
            kind,
            complaints,
            settings: &self.settings,
            strict,
        };
        reader.column(node)
    }

    fn message(&mut self, key: &str, kind: Kind, checks: bool) -> Option<Message> {
        let node = self.required(key)?;
        self.template(&node, key, kind, checks)
    }

    fn template(&mut self, node: &Node, key: &str, kind: Kind, checks: bool) -> Option<Message> {
        let text = self.complaints.text(node, key, message::LONGEST)?;
        let names = Names {
            checks,
            settings: &self.settings,
        };
        match Message::read(&text, kind, names) {
            Ok(message) => Some(message),
            Err(flaw) => {
                self.complaints.say_in(node, flaw.at, flaw.what);
                None
            }
        }
    }

    /// A list of lines, each of which must pass the test.
    fn entries(&mut self, key: &str, test: fn(&str) -> Result<(), &'static str>) -> Vec<Str> {
        let Some(node) = self.root.get(key).cloned() else {
            return Vec::new();
        };
        let Value::List(list) = &node.value else {
            self.complaints.say(node.span, format!("`{key}` is a list"));
            return Vec::new();
        };
        if list.items.len() > ENTRIES {
            let what = format!("`{key}` may have {ENTRIES} entries");
            self.complaints.say(node.span, what);
            return Vec::new();
        }
        let mut lines = Vec::new();
        for item in &list.items {
            let Some(line) = self.complaints.text(item, key, LINE) else {
                continue;
            };
            match test(&line) {
                Ok(()) => lines.push(line),
                Err(what) => self.complaints.say(item.span, what),
            }
        }
        lines
    }
}

/// The first byte of the front matter: where something is missing from it.
fn front_line(span: Span) -> Span {
    Span::top(span.source)
}

fn reference(text: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`');
    if text.starts_with("https://") && text.chars().all(plain) {
        Ok(())
    } else {
        Err("a reference is an address that starts with `https://`")
    }
}

fn alias(text: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/#".contains(c);
    if text.chars().all(plain) {
        Ok(())
    } else {
        Err("an alias consists of letters, digits and `-_.:/#`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    const HEAD: &str = "id: evil\ntitle: evil\nseverity: low\nsince: 0.1.0\nsubject: endpoint\n";
    const TAIL: &str = "message: \"`{method} {path}` is evil\"\nhelp: none\n";

    fn page(when: &str) -> String {
        format!("---\n{HEAD}{TAIL}when: {when}\n---\n\nA reason.\n")
    }

    /// The mistakes on a page: what is pointed at, and what is said.
    fn mistakes(text: &str) -> Vec<(String, String)> {
        let sources = Sources::default();
        let source = sources.add("evil.md", text);
        let problems = read(source, text, "evil", Origin::Team("evil.md".into()));
        let problems = problems.err().unwrap_or_default();
        let file = sources.get(source).expect("just added");
        problems
            .into_iter()
            .map(|problem| {
                assert_eq!(problem.span.source, source);
                assert!(problem.span.end as usize <= text.len(), "{problem:?}");
                (file.slice(problem.span).to_owned(), problem.message)
            })
            .collect()
    }

    fn mistake(when: &str) -> (String, String) {
        let found = mistakes(&page(when));
        assert_eq!(found.len(), 1, "{when}: {found:?}");
        found.into_iter().next().expect("one")
    }

    #[test]
    fn well_formed_pages_are_read() {
        for when in [
            "{ method: POST }",
            "{ method: [POST, PUT], api_key_required: false }",
            "{ path: '/^.admin/', scopes: { has: [a, /^b/], empty: false } }",
            "{ any: [{ method: GET }, { not: { path: / } }], all: [{ path: // }] }",
        ] {
            assert_eq!(mistakes(&page(when)), [], "{when}");
        }
    }

    #[test]
    fn the_rest_of_the_page_stays_markdown() {
        let text = page("{ method: POST }");
        let rule = read(SourceId(0), &text, "evil", Origin::BuiltIn).expect("well-formed");
        assert_eq!(rule.body, "A reason.");
        let windows = text.replace('\n', "\r\n");
        assert!(read(SourceId(0), &windows, "evil", Origin::BuiltIn).is_ok());
        let marked = format!("\u{feff}{text}");
        assert!(read(SourceId(0), &marked, "evil", Origin::BuiltIn).is_ok());
    }

    #[test]
    fn a_mistake_in_a_condition_is_said_at_its_place() {
        for (when, place, said) in [
            ("{ auht: none }", "auht", "did you mean `authorization`"),
            (
                "{ colour: none }",
                "colour",
                "endpoint has no field `colour`",
            ),
            ("{ anny: [] }", "anny", "did you mean `any`"),
            (
                "{ authorization: nnoe }",
                "nnoe",
                "never `nnoe`, did you mean `none`",
            ),
            ("{ authorization: open }", "open", "it is one of none, iam"),
            ("{ api_key_required: maybe }", "maybe", "true or false"),
            ("{ api_key_required: 'true' }", "'true'", "true or false"),
            ("{ method: { over: 5 } }", "over", "`method` is a text"),
            ("{ path: { matches: x } }", "matches", "no test `matches`"),
            ("{ path: { emtpy: true } }", "emtpy", "did you mean `empty`"),
            ("{ path: { has: x } }", "has", "write a value"),
            ("{ scopes: a }", "a", "write `scopes: { has: … }`"),
            ("{ path: ~ }", "~", "{ empty: true }"),
            ("{ path: [] }", "[]", "never holds"),
            ("{ path: '/a(b/' }", "(", "unclosed"),
            ("{ path: '/(?=a)/' }", "(?=", "look-around"),
            (
                "{ any: { method: GET } }",
                "{ method: GET }",
                "list of conditions",
            ),
            ("{ any: [] }", "[]", "list of conditions"),
            (
                "{ not: [{ method: GET }] }",
                "[{ method: GET }]",
                "is a mapping",
            ),
            ("{}", "{}", "holds of everything"),
            ("[auth]", "[auth]", "is a mapping"),
            ("auth == none", "auth == none", "is a mapping"),
            ("~", "~", "is a mapping"),
        ] {
            let (at, what) = mistake(when);
            assert!(what.contains(said), "{when}: {what}");
            assert_eq!(at, place, "{when}: {what}");
        }
    }

    #[test]
    fn tags_are_no_negation() {
        let found = mistakes(&page("!not { method: GET }"));
        assert!(!found.is_empty());
    }

    /// What to replace on a good page by what, what is pointed at then, and what is said.
    const ELSEWHERE: &[(&str, &str, &str, &str)] = &[
        ("id: evil", "id: other", "other", "not the file's name"),
        ("id: evil", "id: ../evil", "../evil", "lower-case letters"),
        (
            "severity: low",
            "sevrity: low",
            "sevrity",
            "did you mean `severity`",
        ),
        (
            "severity: low",
            "severity: hihg",
            "hihg",
            "did you mean `high`",
        ),
        (
            "severity: low",
            "severity: { a: b }",
            "{ a: b }",
            "`severity` is text",
        ),
        ("since: 0.1.0", "since: soon", "soon", "version"),
        (
            "subject: endpoint",
            "subject: enpoint",
            "enpoint",
            "did you mean `endpoint`",
        ),
        (
            "subject: endpoint",
            "subject: [endpoint]",
            "[endpoint]",
            "`subject` is text",
        ),
        ("{method}", "{metod}", "{metod}", "did you mean `method`"),
        ("{path}", "{path", "{", "never closed"),
        (
            "help: none",
            "help: none\nat: pth",
            "pth",
            "did you mean `path`",
        ),
        (
            "help: none",
            "help: none\nreferences: [\"javascript:x\"]",
            "\"javascript:x\"",
            "https",
        ),
        ("help: none", "help: none\nhelp: two", "help", ""),
    ];

    #[test]
    fn a_mistake_elsewhere_is_said_at_its_place() {
        let good = page("{ method: POST }");
        for (from, to, place, said) in ELSEWHERE {
            let found = mistakes(&good.replacen(from, to, 1));
            let hit = found
                .iter()
                .any(|(at, what)| at == *place && what.contains(*said));
            assert!(hit, "{to}: {found:?}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = mistakes("---\nid: evil\nsubject: endpoint\n---\n");
        assert!(
            missing.iter().any(|(_, what)| what.contains("no `when`")),
            "{missing:?}"
        );
        assert!(
            missing.iter().any(|(_, what)| what.contains("no `title`")),
            "{missing:?}"
        );
    }

    #[test]
    fn checks_need_a_condition_and_a_label() {
        let with = |checks: &str| page(&format!("{{ method: POST }}\nchecks: {checks}"));
        assert_eq!(
            mistakes(&with("[{ when: { path: / }, at: path, label: root }]")),
            []
        );
        for (checks, said) in [
            ("[]", "1 to 64"),
            ("[{ when: { path: / } }]", "`when` and a `label`"),
            ("[{ label: x }]", "`when` and a `label`"),
            (
                "[{ when: { path: / }, label: x, lable: y }]",
                "did you mean `label`",
            ),
            ("[{ when: { pth: / }, label: x }]", "did you mean `path`"),
        ] {
            let found = mistakes(&with(checks));
            assert!(
                found.iter().any(|(_, what)| what.contains(said)),
                "{checks}: {found:?}"
            );
        }
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for text in [
            "",
            "# evil\n\nprose\n",
            "x\n---\nid: evil\n---\n",
            "---\nid: evil\n",
            "---\nhello\n---\n",
            "---\nid: [\n---\n",
            "---\n---\n",
            "\u{0}\u{1}\u{7f}ELF",
        ] {
            assert!(!mistakes(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn no_page_is_too_much() {
        let deep = |op: &str, end: &str| {
            page(&(op.repeat(20_000) + "{ method: GET }" + &end.repeat(20_000)))
        };
        let laughs = (1..12).map(|level| {
            let inner = vec![format!("*a{}", level - 1); 9].join(",");
            format!("a{level}: &a{level} [{inner}]\n")
        });
        let laughs = format!("a0: &a0 lol\n{}", laughs.collect::<String>());
        let twice = (1..41).map(|level| {
            let inner = level - 1;
            format!("  - &a{level} {{ any: [*a{inner}, *a{inner}] }}\n")
        });
        let twice = format!(
            "x:\n  - &a0 {{ method: GET }}\n{}",
            twice.collect::<String>()
        );
        let bombs = [
            page(&("{ any: [".repeat(40) + "{ method: GET }" + &"] }".repeat(40))),
            deep("{ any: [", "] }"),
            deep("{ not: ", "}"),
            page(&format!("{{ path: [{}] }}", vec!["/p"; 10_000].join(","))),
            page(&format!(
                "{{ any: [{}] }}",
                vec!["{ path: /p }"; 1_000].join(",")
            )),
            page(&format!("{{ path: '/{}b/' }}", "a|".repeat(20_000))),
            page("{ path: '/((a{1000}){1000}){1000}/' }"),
            page("&w { any: [*w] }"),
            page("*nope"),
            page("{ method: GET }").replace("evil\"", &format!("{}\"", "A".repeat(60_000))),
            page("{ method: GET }") + &"A".repeat(100_000),
            format!(
                "---\n{laughs}{}",
                page("{ method: GET }").trim_start_matches("---\n")
            ),
            format!("---\n{twice}{}", page("*a40").trim_start_matches("---\n")),
        ];
        let start = std::time::Instant::now();
        for bomb in bombs {
            let found = mistakes(&bomb);
            let head: String = bomb.chars().take(200).collect();
            assert!(!found.is_empty(), "{head}");
            assert!(
                found.len() <= 16 && found.iter().all(|(_, what)| what.len() < 2_000),
                "{head}"
            );
        }
        assert!(start.elapsed().as_secs() < 10);
    }
}

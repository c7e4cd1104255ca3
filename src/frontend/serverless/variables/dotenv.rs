//! `.env` files: `useDotenv: true`, and the plugin serverless-dotenv-plugin.
//!
//! They are files of the repository, so that reading them needs no permission; the environment itself does.

use std::collections::BTreeMap;

use super::{Generation, Site, Variables};
use crate::document::Node;
use crate::frontend::serverless::tree;
use crate::frontend::{join, open};
use crate::source::{SourceId, Span, Str};

impl Variables<'_> {
    /// A variable of the service's `.env` file, when the service uses one.
    pub(super) fn dotenv(&mut self, name: &str, site: Site<'_>) -> Option<Node> {
        if self.environment.is_none() {
            // Set first: finding the stage may need variables of the environment again.
            self.environment = Some(BTreeMap::new());
            let found = self.environment_files(site);
            self.environment = Some(found);
        }
        self.environment.as_ref()?.get(name).cloned()
    }

    fn environment_files(&mut self, site: Site<'_>) -> BTreeMap<Str, Node> {
        let uses = self.root.get("useDotenv").is_some_and(tree::is_truthy);
        let stage = self.stage_name(site);
        let stage = stage.scalar().unwrap_or_default();
        if uses || self.generation == Generation::Four {
            let staged = self.env_file(&format!(".env.{stage}"));
            return staged.or_else(|| self.env_file(".env")).unwrap_or_default();
        }
        let has_plugin = self.root.get("plugins").is_some_and(|plugins| {
            let named = |node: &Node| {
                node.as_text()
                    .is_some_and(|t| t == "serverless-dotenv-plugin")
            };
            plugins.items().iter().any(named)
        });
        if has_plugin {
            return self.plugin_environment();
        }
        BTreeMap::new()
    }

    /// The files that serverless-dotenv-plugin loads; of two that set a variable, the first one counts.
    pub(in crate::frontend::serverless) fn plugin_environment(&self) -> BTreeMap<Str, Node> {
        let option = |name| self.given(name);
        let env = option("env")
            .or_else(|| option("stage"))
            .unwrap_or_else(|| Str::from("development"));
        let mut all = BTreeMap::new();
        let files = [format!(".env.{env}.local"), format!(".env.{env}")];
        for name in files
            .into_iter()
            .chain([".env.local".into(), ".env".into()])
        {
            for (key, value) in self.env_file(&name).unwrap_or_default() {
                all.entry(key).or_insert(value);
            }
        }
        all
    }

    /// The variables of one file; `None` when it does not exist.
    fn env_file(&self, name: &str) -> Option<BTreeMap<Str, Node>> {
        let path = join(&self.folder, name)?;
        let source = open(self.env, &path).ok()?;
        let file = self.env.sources.get(source)?;
        Some(read(source, &arcstr::Substr::full(file.text.clone())))
    }
}

/// Reads `KEY=value` lines.
fn read(source: SourceId, text: &Str) -> BTreeMap<Str, Node> {
    let mut found: BTreeMap<Str, Node> = BTreeMap::new();
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let line_end = rest.find('\n').map_or(text.len(), |end| at + end);
        let line = text.get(at..line_end).unwrap_or_default();
        let Some((key, begin)) = key(line) else {
            at = line_end + 1;
            continue;
        };
        let (value, end) = value(text, at + begin, line_end);
        let span = Span {
            source,
            start: u32::try_from(at).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        };
        let value = expanded(&value, &found);
        found.insert(Str::from(key), Node::text(span, value));
        at = text
            .get(end..)
            .and_then(|rest| rest.find('\n'))
            .map_or(text.len(), |next| end + next + 1);
    }
    found
}

/// The key of a line, and where its value begins.
fn key(line: &str) -> Option<(&str, usize)> {
    let (left, _) = line.split_once('=')?;
    let name = left.trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    (!name.is_empty() && name.chars().all(is_name)).then_some((name, left.len() + 1))
}

/// A value, in quotes (then perhaps over several lines) or up to a comment, and where it ends.
fn value(text: &str, begin: usize, line_end: usize) -> (String, usize) {
    let line = text.get(begin..line_end).unwrap_or_default();
    let blanks = line.len() - line.trim_start().len();
    let begin = begin + blanks;
    let rest = text.get(begin..).unwrap_or_default();
    let quote = rest.chars().next().filter(|c| "'\"`".contains(*c));
    if let Some(quote) = quote
        && let Some(inside) = rest.get(1..)
        && let Some(end) = inside.find(quote)
    {
        let value = inside.get(..end).unwrap_or_default();
        let value = match quote {
            '"' => value.replace("\\n", "\n").replace("\\r", "\r"),
            _ => value.to_owned(),
        };
        return (value, begin + end + 2);
    }
    let line = text.get(begin..line_end).unwrap_or_default();
    let value = line.split('#').next().unwrap_or_default().trim();
    (value.to_owned(), line_end)
}

/// `$NAME` and `${NAME}` of the lines above are filled in.
fn expanded(value: &str, above: &BTreeMap<Str, Node>) -> String {
    if !value.contains('$') {
        return value.to_owned();
    }
    let mut pieces = value.split('$');
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let braced = piece
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'));
        let end = piece
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(piece.len());
        let (name, rest) = braced.unwrap_or_else(|| piece.split_at(end));
        match above.get(name).and_then(Node::as_text) {
            Some(known) => result.push_str(known),
            None if braced.is_some() || !name.is_empty() => {}
            None => result.push('$'),
        }
        result.push_str(rest);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> BTreeMap<Str, Node> {
        read(SourceId(0), &Str::from(text))
    }

    fn one(text: &str, key: &str) -> String {
        let found = values(text);
        let node = found.get(key).and_then(Node::as_text);
        node.map(ToString::to_string).unwrap_or_default()
    }

    #[test]
    fn values_are_read_as_dotenv_reads_them() {
        assert_eq!(one("A=b # c\n", "A"), "b");
        assert_eq!(one("export A = 'b # c'\n", "A"), "b # c");
        assert_eq!(one("A=\"b\\nc\"", "A"), "b\nc");
        assert_eq!(one("# A=x\r\nA=b\r\n", "A"), "b");
        assert_eq!(one("A=\"b\nc\"\nD=e", "D"), "e");
        assert_eq!(one("A=b\nC=$A/${A}/$", "C"), "b/b/$");
    }

    #[test]
    fn lines_that_set_nothing_are_passed_over() {
        assert!(values("just text\n=x\n a b = c\n").is_empty());
    }
}

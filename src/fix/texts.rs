//! The texts of a run as fixes need them: which are stacks, which are parts of one, and their trees.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use crate::document::{self, Dialect, Document};
use crate::source::{Source, SourceId, Sources};

/// Every text of a run.
pub(super) struct Texts<'a> {
    pub(super) sources: &'a Sources,
    /// The files of stacks.
    pub(super) mains: &'a BTreeSet<SourceId>,
    documents: &'a BTreeMap<SourceId, Arc<Document>>,
    /// How often each part is named in all texts, by its file name: counted once, when somebody asks.
    named: OnceLock<HashMap<String, usize>>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(
        sources: &'a Sources,
        mains: &'a BTreeSet<SourceId>,
        documents: &'a BTreeMap<SourceId, Arc<Document>>,
    ) -> Self {
        Self {
            sources,
            mains,
            documents,
            named: OnceLock::new(),
        }
    }

    /// The tree of a file: the one that it was analysed by, when that was kept.
    pub(super) fn document(&self, source: SourceId) -> Arc<Document> {
        let parse = || document::parse(self.sources, source, Dialect::CloudFormation);
        let kept = self.documents.get(&source).cloned();
        kept.unwrap_or_else(|| Arc::new(parse()))
    }

    /// Whether a word stands somewhere in a text.
    pub(super) fn say(&self, source: SourceId, word: &str) -> bool {
        let file = self.sources.get(source);
        file.is_some_and(|file| {
            memchr::memmem::find(file.text.as_bytes(), word.as_bytes()).is_some()
        })
    }

    /// Whether a part of a service is included once: it lies below the folder of a stack, and one place names it.
    pub(super) fn has_one_reader(&self, part: &Source) -> bool {
        let folder = |path: &str| {
            path.rsplit_once('/')
                .map_or(String::new(), |(folder, _)| format!("{folder}/"))
        };
        let below = self.mains.iter().any(|main| {
            let main = self.sources.get(*main);
            main.is_some_and(|main| part.path.starts_with(&folder(&main.path)))
        });
        let named = self.named.get_or_init(|| self.names());
        below && named.get(file_name(&part.path)) == Some(&1)
    }

    fn names(&self) -> HashMap<String, usize> {
        let all = self.sources.all();
        let parts = all
            .iter()
            .filter(|(source, _)| !self.mains.contains(source));
        let mut named: HashMap<String, usize> = parts
            .map(|(_, part)| (file_name(&part.path).to_owned(), 0))
            .collect();
        for (_, file) in &all {
            for word in dotted(&file.text) {
                if let Some(count) = named.get_mut(word) {
                    *count += 1;
                }
            }
        }
        named
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The words of a text that can be names of files: those with a dot.
fn dotted(text: &str) -> impl Iterator<Item = &str> {
    let is_part =
        |byte: &u8| !byte.is_ascii() || byte.is_ascii_alphanumeric() || b"._-+@~".contains(byte);
    let bytes = text.as_bytes();
    let mut behind = 0;
    memchr::memchr_iter(b'.', bytes).filter_map(move |dot| {
        if dot < behind {
            return None;
        }
        let before = bytes.get(behind..dot)?.iter().rev();
        let after = bytes.get(dot..)?.iter();
        let start = dot - before.take_while(|byte| is_part(byte)).count();
        behind = dot + after.take_while(|byte| is_part(byte)).count();
        text.get(start..behind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_the_words_with_a_dot() {
        let words: Vec<&str> =
            dotted("a: ${file(./parts/my-orders.yml):x.y}, b: \"ä.json\" c.").collect();
        assert_eq!(words, [".", "my-orders.yml", "x.y", "ä.json", "c."]);
    }

    #[test]
    fn a_part_that_two_places_name_has_two_readers() {
        let sources = Sources::default();
        let main = sources.add(
            "s/serverless.yml",
            "a: ${file(one.yml)}\nb: ${file(two.yml)} # two.yml",
        );
        let parts = ["s/one.yml", "s/two.yml", "s/three.yml", "one.yml"].map(|path| {
            let part = sources.add(path, "x: 1");
            sources.get(part).expect("added")
        });
        let mains = BTreeSet::from([main]);
        let documents = BTreeMap::new();
        let texts = Texts::new(&sources, &mains, &documents);
        let alone = parts.map(|part| texts.has_one_reader(&part));
        assert_eq!(alone, [true, false, false, false]);
    }
}

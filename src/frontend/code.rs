//! The source code of functions, read as text: invoke URLs and keys that are written out, variables that are read, and
//! whether requests are signed.
//!
//! Never runs anything, follows no import, and keeps no secret. A file is found as the frameworks find it, from the
//! function's `Handler` and the folder of its code; what is not found is not said anything about.

mod imports;
mod look;

use std::collections::{BTreeMap, HashMap};

use crate::document::Node;
use crate::frontend::{Env, Format, folder, join, open};
use crate::resolve::Text;
use crate::source::{Span, Str};
use crate::stack::{Code, Resource, Stack};

/// Bytes of a file beyond which it is a bundle that nobody wrote.
const MOST_BYTES: usize = 1_000_000;

/// Files of one stack that are read.
const MOST_FILES: usize = 512;

/// Endings of handlers, in the order in which they are looked for.
const NODE: [&str; 6] = ["ts", "js", "mjs", "cjs", "mts", "tsx"];
const PYTHON: [&str; 1] = ["py"];

/// What the code of each function says. `root` is the document that the stack was made of.
pub fn read(stack: &Stack, (format, root): (Format, &Node), env: &Env<'_>) -> BTreeMap<Str, Code> {
    let file = env.sources.get(stack.source);
    let path = file.map(|file| file.path.clone()).unwrap_or_default();
    let mut files = Files {
        env,
        known: HashMap::new(),
        left: MOST_FILES,
    };
    let mut found = BTreeMap::new();
    for function in stack.of_type("AWS::Lambda::Function") {
        if let Some(code) = inline(stack, function) {
            found.insert(function.id.clone(), code);
            continue;
        }
        let base = base(stack, function, (format, root));
        let base = base.and_then(|base| join(folder(&path), &base));
        let known = |name| stack.plain(function, name).and_then(|text| text.known());
        let (Some(base), Some(handler)) = (base, known("Handler")) else {
            continue;
        };
        let python = known("Runtime").is_some_and(|runtime| runtime.starts_with("python"));
        let code = files.handler(&base, &handler, if python { &PYTHON } else { &NODE });
        found.extend(code.map(|code| (function.id.clone(), code)));
    }
    found
}

/// The code that stands in the template.
fn inline(stack: &Stack, function: &Resource) -> Option<Code> {
    let code = stack.property(function, "Code").agreed_node()?;
    let node = code.get("ZipFile")?;
    let text = stack
        .scope
        .text(node)
        .agreed()
        .cloned()
        .flatten()?
        .known()?;
    let python = stack
        .plain(function, "Runtime")
        .is_some_and(|runtime| runtime.to_string().starts_with("python"));
    let whole = |_: usize, _: usize| node.span;
    Some(look::at(&text, python, &whole))
}

/// The folder of a function's code, relative to the template's.
fn base(stack: &Stack, function: &Resource, (format, root): (Format, &Node)) -> Option<String> {
    let local = |text: Str| {
        let remote = text.contains("://") || text.contains("${");
        (!remote).then(|| text.to_string())
    };
    match format {
        Format::Serverless => Some(String::new()),
        Format::Sam => {
            let own = root.at(&["Resources", &function.id, "Properties", "CodeUri"]);
            let all = || root.at(&["Globals", "Function", "CodeUri"]);
            match own.or_else(all) {
                Some(node) => local(node.as_text()?.clone()),
                None => Some(String::new()),
            }
        }
        Format::CloudFormation => {
            let code: Text = stack.plain(function, "Code")?;
            local(code.known()?)
        }
    }
}

/// The files of one stack, each read once.
struct Files<'a> {
    env: &'a Env<'a>,
    known: HashMap<String, Option<Code>>,
    left: usize,
}

impl Files<'_> {
    fn handler(&mut self, base: &str, handler: &str, endings: &[&str]) -> Option<Code> {
        let (stem, _) = handler.rsplit_once('.')?;
        let python = endings == PYTHON;
        let stem = if python {
            stem.replace('.', "/")
        } else {
            stem.to_owned()
        };
        let stem = join(base, &stem)?;
        if let Some(known) = self.known.get(&stem) {
            return known.clone();
        }
        let code = endings
            .iter()
            .find_map(|ending| self.file(&format!("{stem}.{ending}"), python));
        self.known.insert(stem, code.clone());
        code
    }

    fn file(&mut self, path: &str, python: bool) -> Option<Code> {
        if self.left == 0 {
            return None;
        }
        let text = self.env.reader.read(path).ok()?;
        if text.len() > MOST_BYTES {
            return None;
        }
        self.left -= 1;
        let source = open(self.env, path).ok()?;
        let span = |start: usize, end: usize| {
            let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            Span {
                source,
                start: offset(start),
                end: offset(end),
            }
        };
        let mut code = look::at(&text, python, &span);
        code.file = path.into();
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend::{MapReader, Options};
    use crate::source::Sources;

    fn codes(name: &str, template: &str, files: &[(&str, &str)]) -> BTreeMap<Str, Code> {
        let sources = Sources::default();
        let source = sources.add(name, template);
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).into()));
        let (reader, options) = (MapReader(files.collect()), Options::default());
        let env = Env {
            sources: &sources,
            reader: &reader,
            options: &options,
        };
        let loaded = crate::frontend::load(source, &env);
        let stacks = loaded.stacks.into_iter();
        stacks.flat_map(|one| one.stack.code).collect()
    }

    const KEY: &str = "fetch(u, { headers: { 'x-api-key': 'a1b2c3d4e5f6g7h8i9j0k1l2' } })";

    #[test]
    fn a_handler_is_found_as_the_frameworks_find_it() {
        let service = "service: a\nprovider: {name: aws, runtime: nodejs22.x}\nfunctions:\n  f: {handler: src/app.run}\n";
        let found = codes("s/serverless.yml", service, &[("s/src/app.js", KEY)]);
        let code = found.get("FLambdaFunction").expect("was read");
        assert_eq!((code.file.as_str(), code.keys.len()), ("s/src/app.js", 1));
        let template = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: lib/, Handler: pkg.app.run, Runtime: python3.13}}\n";
        let found = codes(
            "template.yaml",
            template,
            &[("lib/pkg/app.py", "import os\nos.environ['A']")],
        );
        assert!(found.get("F").expect("was read").variables.contains("A"));
    }

    #[test]
    fn nothing_outside_the_root_and_no_bundle_is_read() {
        let service = |handler: &str| {
            format!(
                "service: a\nprovider: {{name: aws, runtime: nodejs22.x}}\nfunctions:\n  f: {{handler: {handler}}}\n"
            )
        };
        let outside = codes("serverless.yml", &service("../app.run"), &[("app.js", KEY)]);
        assert!(outside.is_empty());
        let bundle = format!("{KEY}\n{}", " ".repeat(MOST_BYTES));
        assert!(
            codes(
                "serverless.yml",
                &service("app.run"),
                &[("app.js", &bundle)]
            )
            .is_empty()
        );
    }
}

//! What a file looks like before it is parsed: whether it is worth the parsing, and whether its failure is worth a word.
//!
//! Decides nothing for good; [`load`](super::load) does, by what the parsed file holds. Conservative both ways: a file
//! that may be ours is parsed, and one that surely has nothing to do with us is never complained about.

use memchr::memmem;

/// How much a file looks like one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Looks {
    /// Something else; not parsed.
    Unrelated,
    /// Perhaps a template, perhaps a part that another file includes.
    Fragment,
    /// One of ours by name or by content: if it cannot be analysed, that is said.
    Ours,
}

/// Whether a file is worth parsing.
pub fn candidate(path: &str, text: &str) -> bool {
    looks(path, text) > Looks::Unrelated
}

/// What a file looks like, by its name and a search for a few words.
pub fn looks(path: &str, text: &str) -> Looks {
    if is_named(path) || has(text, "AWSTemplateFormatVersion") || has(text, "AWS::Serverless-") {
        return Looks::Ours;
    }
    if is_service(text) {
        return Looks::Ours;
    }
    let is_composed = || at_top(text, "services") && has(text, "path");
    if (has(text, "Resources") && has(text, "AWS::")) || is_composed() {
        return Looks::Fragment;
    }
    Looks::Unrelated
}

/// Whether files of this name can hold one of our formats.
pub fn is_readable(path: &str) -> bool {
    let extension = file_name(path)
        .rsplit_once('.')
        .map(|(_, extension)| extension);
    let known = |extension: &str| {
        ["yml", "yaml", "json", "template", "cfn"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    };
    extension.is_some_and(known)
}

/// Whether the name alone says that it is one of ours.
pub fn is_named(path: &str) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    let stem = [".yml", ".yaml", ".json"]
        .iter()
        .find_map(|extension| name.strip_suffix(extension));
    let last = stem.unwrap_or(&name).rsplit_once('.').map(|(_, last)| last);
    matches!(stem, Some("serverless" | "serverless-compose" | "template"))
        || matches!(last, Some("template" | "cfn"))
}

/// Whether it is a service that only a program can tell: `serverless.ts` and its like, compositions too. Programs are not run.
pub fn is_program(path: &str) -> bool {
    let Some((stem, ending)) = file_name(path).rsplit_once('.') else {
        return false;
    };
    matches!(stem, "serverless" | "serverless-compose")
        && matches!(ending, "ts" | "js" | "cjs" | "mjs" | "mts" | "cts")
}

fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// `provider` and what else a `serverless.yml` has at its top, whatever the file is called.
fn is_service(text: &str) -> bool {
    let top = |key: &str| at_top(text, key);
    has(text, "aws") && top("provider") && top("service") && (top("functions") || top("resources"))
}

/// Whether a key of the outermost mapping has this name: at the start of a line in YAML, in quotes in JSON.
fn at_top(text: &str, key: &str) -> bool {
    let is_json = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('{');
    if is_json {
        return has(text, &format!("\"{key}\""));
    }
    memmem::find_iter(text.as_bytes(), key).any(|at| {
        let before = text.as_bytes().get(..at).unwrap_or_default();
        let before = before
            .strip_suffix(b"\"")
            .or(before.strip_suffix(b"'"))
            .unwrap_or(before);
        let after = text.get(at + key.len()..).unwrap_or_default();
        let after = after.strip_prefix(['"', '\'']).unwrap_or(after);
        let begins = before
            .last()
            .is_none_or(|byte| matches!(byte, b'\n' | b'\r' | 0xBF));
        begins && after.trim_start_matches([' ', '\t']).starts_with(':')
    })
}

fn has(text: &str, word: &str) -> bool {
    memmem::find(text.as_bytes(), word.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_known_by_content_whatever_they_are_called() {
        let template = "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n";
        assert_eq!(looks("infra/stack.yml", template), Looks::Ours);
        let bare = "Resources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n";
        assert_eq!(looks("infra/stack.yml", bare), Looks::Fragment);
        let service = "service: x\nprovider:\n  name: aws\nfunctions: {}\n";
        assert_eq!(looks("infra/api.yml", service), Looks::Ours);
        let quoted = "\u{feff}\"service\" : x\n'provider': {name: aws}\nfunctions: {}\n";
        assert_eq!(looks("api.yml", quoted), Looks::Ours);
        let json = "{\"service\": \"x\", \"provider\": {\"name\": \"aws\"}, \"functions\": {}}";
        assert_eq!(looks("api.json", json), Looks::Ours);
    }

    #[test]
    fn what_is_not_ours_is_not_parsed() {
        let compose = "services:\n  web:\n    image: aws-cli\n  provider: [\n";
        assert!(!candidate("docker-compose.yml", compose));
        let workflow = "on: push\njobs:\n  a:\n    steps:\n      - uses: aws-actions/x@v4\n";
        assert!(!candidate(".github/workflows/ci.yml", workflow));
        assert!(!candidate(
            "locales/de.yml",
            "service: Dienst\nprovider: Anbieter\n"
        ));
        assert!(!candidate("package.json", "{\"name\": \"x\"}"));
    }

    #[test]
    fn names_say_it_too() {
        for name in [
            "serverless.yml",
            "a/serverless.YAML",
            "serverless.json",
            "serverless-compose.yml",
            "a/Template.Yaml",
            "x.template",
            "x.template.json",
            "stack.cfn",
        ] {
            assert!(is_named(name) && is_readable(name), "{name}");
        }
        for name in [
            "serverless.ts",
            "my-template.yml",
            "template.txt",
            "template",
        ] {
            assert!(!is_named(name), "{name}");
        }
        assert!(is_program("serverless-compose.js"));
        assert!(is_program("a/serverless.ts") && !is_program("serverless.tsx"));
    }
}

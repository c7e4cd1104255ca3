//! Files that a template includes: `AWS::Include`, and API documents beside the template.
//!
//! Reads only what lies in the project, through the one reader. What lies in a bucket or outside of the root stays
//! as it is written, with a word about it. Nothing inside an included file is expanded again, as in CloudFormation.

use std::collections::HashMap;

use crate::document::{self, Dialect, Entry, Node, Problem, ProblemKind, limits};
use crate::frontend::rewrite::rewrite;
use crate::frontend::{Env, folder, join, open};
use crate::source::{SourceId, Span};
use crate::trail::{How, Step};

/// The macro that includes.
const INCLUDE: &str = "AWS::Include";

/// The key by which a macro is called inside a template.
const CALL: &str = "Fn::Transform";

/// The template with every include that can be read in its place.
pub fn expand(root: &Node, source: SourceId, env: &Env<'_>, problems: &mut Vec<Problem>) -> Node {
    let mut files = Files::new(source, env);
    let expanded = rewrite(root, &mut |node| {
        let location = location(node.get(CALL)?)?;
        let file = files.include(location, "its content")?;
        Some(merged(node, &file))
    });
    let expanded = at_top(&expanded, &mut files);
    problems.append(&mut files.problems);
    if expanded.extent().is_excessive() {
        let message = "the template is too large with everything that it includes".to_owned();
        problems.push(Problem::new(
            ProblemKind::UnreadableInput,
            root.span,
            message,
        ));
        return root.clone();
    }
    expanded
}

/// The API document that `DefinitionUri` or `BodyS3Location` names, when it is a file of the project.
pub fn definition(
    uri: &Node,
    source: SourceId,
    env: &Env<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Node> {
    let mut files = Files::new(source, env);
    let body = files.include(uri, "its endpoints");
    problems.append(&mut files.problems);
    body
}

/// The template with the documents of `AWS::ApiGateway::RestApi` and `AWS::ApiGatewayV2::Api` that are files of the
/// project in their place.
pub fn bodies(
    template: &Node,
    source: SourceId,
    env: &Env<'_>,
    problems: &mut Vec<Problem>,
) -> Node {
    let mut files = Files::new(source, env);
    let Some(resources) = template.get("Resources") else {
        return template.clone();
    };
    let mut any = false;
    let entries = resources.entries().iter().map(|entry| {
        let changed = with_body(&entry.value, &mut files);
        any |= changed.is_some();
        Entry {
            value: changed.unwrap_or_else(|| entry.value.clone()),
            ..entry.clone()
        }
    });
    let entries: Vec<Entry> = entries.collect();
    problems.append(&mut files.problems);
    if !any {
        return template.clone();
    }
    let resources = Node {
        via: resources.via.clone(),
        ..Node::map(resources.span, entries)
    };
    template.with("Resources", resources)
}

fn with_body(resource: &Node, files: &mut Files<'_>) -> Option<Node> {
    let kind = resource.get("Type")?.as_text()?;
    if !matches!(
        kind.as_str(),
        "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api"
    ) {
        return None;
    }
    let properties = resource.get("Properties")?;
    let body = files.include(properties.get("BodyS3Location")?, "its endpoints")?;
    let properties = properties.without("BodyS3Location").with("Body", body);
    Some(resource.with("Properties", properties))
}

/// The location of an include, when this calls the macro.
fn location(call: &Node) -> Option<&Node> {
    let name = call.get("Name")?.as_text()?;
    if name != INCLUDE {
        return None;
    }
    call.at(&["Parameters", "Location"])
}

/// A mapping with the file's content in place of the call.
fn merged(node: &Node, file: &Node) -> Node {
    if node.single().is_some() {
        return file.clone();
    }
    let own = node.entries().iter().filter(|entry| entry.key != CALL);
    let entries = file.entries().iter().chain(own).cloned().collect();
    Node {
        via: node.via.clone(),
        ..Node::map(node.span, entries)
    }
}

/// The template with what its top-level `Transform` includes.
fn at_top(root: &Node, files: &mut Files<'_>) -> Node {
    let Some(transform) = root.get("Transform") else {
        return root.clone();
    };
    let one = [transform.clone()];
    let calls = transform.as_list().unwrap_or(&one);
    let mut template = root.clone();
    for location in calls.iter().filter_map(location) {
        let Some(file) = files.include(location, "its content") else {
            continue;
        };
        for section in file.entries() {
            let known = template.get(&section.key);
            let value = match known.filter(|known| known.as_map().is_some()) {
                Some(known) => {
                    let entries = section.value.entries().iter().chain(known.entries());
                    Node::map(known.span, entries.cloned().collect())
                }
                None => section.value.clone(),
            };
            template = template.with(section.key.clone(), value);
        }
    }
    template
}

/// The files read so far.
struct Files<'a> {
    env: &'a Env<'a>,
    /// Folder of the template.
    folder: String,
    /// What was read, and what could not be, by path.
    read: HashMap<String, Option<Node>>,
    /// Nodes included so far, each as often as it was.
    nodes: u64,
    problems: Vec<Problem>,
}

impl<'a> Files<'a> {
    fn new(source: SourceId, env: &'a Env<'a>) -> Self {
        let file = env.sources.get(source);
        Self {
            env,
            folder: file.map_or_else(String::new, |file| folder(&file.path).to_owned()),
            read: HashMap::new(),
            nodes: 0,
            problems: Vec::new(),
        }
    }

    /// The content of the file at a location, having come from it. `lost` says what is not listed without it.
    fn include(&mut self, location: &Node, lost: &str) -> Option<Node> {
        let path = location.as_text().filter(|path| !path.contains("://"));
        let path = path.and_then(|path| join(&self.folder, path));
        let Some(path) = path else {
            let message = format!(
                "what is included here lies outside of the repository; {lost} is not listed"
            );
            self.notice(
                location.span,
                message.replace("endpoints is", "endpoints are"),
            );
            return None;
        };
        if !self.read.contains_key(&path) {
            let file = self.open(&path, location.span);
            self.read.insert(path.clone(), file);
        }
        let file = self.read.get(&path)?.clone()?;
        self.nodes = self.nodes.saturating_add(file.extent().nodes);
        if self.nodes > limits::EXPANDED {
            let message = format!("`{path}` is not included: the template includes too much");
            self.problem(ProblemKind::UnreadableInput, location.span, message);
            return None;
        }
        Some(file.via(Step::new(How::File(path.into()), location.span)))
    }

    fn open(&mut self, path: &str, at: Span) -> Option<Node> {
        match open(self.env, path) {
            Ok(source) => {
                let document = document::parse(self.env.sources, source, Dialect::CloudFormation);
                self.problems.extend(document.problems);
                Some(document.root)
            }
            Err(error) => {
                let message = format!("`{path}` {}", error.what());
                self.problem(ProblemKind::UnresolvedReference, at, message);
                None
            }
        }
    }

    fn notice(&mut self, at: Span, message: String) {
        self.problem(ProblemKind::Notice, at, message);
    }

    fn problem(&mut self, kind: ProblemKind, at: Span, message: String) {
        self.problems.push(Problem::new(kind, at, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend::{MapReader, Options};
    use crate::source::Sources;

    fn expanded(template: &str, files: &[(&str, &str)]) -> (Node, Vec<Problem>) {
        let sources = Sources::default();
        let source = sources.add("app/template.yaml", template);
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).into()));
        let reader = MapReader(files.collect());
        let options = Options::default();
        let env = Env {
            sources: &sources,
            reader: &reader,
            options: &options,
        };
        let root = document::parse(&sources, source, Dialect::CloudFormation).root;
        let mut problems = Vec::new();
        let root = expand(&root, source, &env, &mut problems);
        (bodies(&root, source, &env, &mut problems), problems)
    }

    #[test]
    fn a_file_beside_the_template_is_read() {
        let template = "Resources:\n  A:\n    Body:\n      Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./api.yaml}}\n";
        let (root, problems) = expanded(template, &[("app/api.yaml", "openapi: 3.0.0")]);
        let body = root.at(&["Resources", "A", "Body"]).unwrap();
        assert_eq!(body.get("openapi").unwrap().as_text().unwrap(), "3.0.0");
        assert_eq!(
            body.trail().steps().last().unwrap().how,
            How::File("app/api.yaml".into())
        );
        assert!(problems.is_empty());
    }

    #[test]
    fn a_bucket_is_not_read() {
        let template =
            "A:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}\n";
        let (root, problems) = expanded(template, &[]);
        assert!(root.at(&["A", CALL]).is_some());
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].kind, ProblemKind::Notice);
    }

    #[test]
    fn a_missing_file_and_one_outside_are_said() {
        let call = |path: &str| {
            format!(
                "A:\n  Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: {path}}}}}\n"
            )
        };
        let (_, problems) = expanded(&call("x.yaml"), &[]);
        assert_eq!(problems[0].kind, ProblemKind::UnresolvedReference);
        let (_, problems) = expanded(&call("../../x.yaml"), &[("x.yaml", "a: b")]);
        assert_eq!(problems[0].kind, ProblemKind::Notice);
    }

    #[test]
    fn siblings_of_the_call_stay() {
        let template =
            "A:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: x.yaml}}\n  b: own\n";
        let (root, _) = expanded(template, &[("app/x.yaml", "a: 1\nb: 2\n")]);
        assert_eq!(root.at(&["A", "a"]).unwrap().scalar().unwrap(), "1");
        assert_eq!(root.at(&["A", "b"]).unwrap().scalar().unwrap(), "own");
    }

    #[test]
    fn a_document_beside_the_template_becomes_the_body() {
        let template = "Resources:\n  A:\n    Type: AWS::ApiGateway::RestApi\n    Properties: {BodyS3Location: api.json}\n";
        let (root, _) = expanded(template, &[("app/api.json", "{\"swagger\": \"2.0\"}")]);
        assert!(
            root.at(&["Resources", "A", "Properties", "Body", "swagger"])
                .is_some()
        );
    }
}

//! Paths and methods of an OpenAPI document that SAM fills.
//!
//! Reaches into the arms of conditions as SAM does. Never reads a document that SAM would not take for one.

use super::draft::{Draft, Fields};
use super::place::Place;
use super::truthy::{is_openapi_3, truthy};
use crate::document::Node;
use crate::source::{Span, Str};

/// The extension that holds what a method calls.
pub(super) const INTEGRATION: &str = "x-amazon-apigateway-integration";

/// The word for a method that serves every method.
pub(super) const ANY: &str = "x-amazon-apigateway-any-method";

/// A word of the author's and where it stands: a path, a method.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// The word.
    pub(super) text: Str,
    /// Where it is written.
    pub(super) at: Span,
}

impl Word {
    /// The key that a method has in the document: lower case, `any` as the extension.
    pub(super) fn method(&self) -> Self {
        Self {
            text: normalized(&self.text),
            at: self.at,
        }
    }
}

/// A method as it is a key of the document.
pub(super) fn normalized(method: &str) -> Str {
    let lower = method.to_lowercase();
    if lower == "any" {
        ANY.into()
    } else {
        lower.into()
    }
}

/// An empty Swagger 2 document, as SAM begins one.
pub(super) fn swagger_skeleton(at: Span) -> Draft {
    skeleton(at, "swagger", "2.0")
}

/// An empty OpenAPI 3 document, as SAM begins one.
pub(super) fn openapi_skeleton(at: Span) -> Draft {
    skeleton(at, "openapi", "3.0.1")
}

fn skeleton(at: Span, key: &str, version: &str) -> Draft {
    let place = Place(at);
    let information = place.map([
        ("version", place.text("1.0")),
        ("title", place.reference("AWS::StackName")),
    ]);
    let document = place.map([
        (key, place.text(version)),
        ("info", information),
        ("paths", place.map([])),
    ]);
    Draft::from(document)
}

/// Whether SAM takes it for a document of a REST API.
pub(super) fn is_swagger(body: &Draft) -> bool {
    let swagger = || body.read("swagger").is_some_and(|version| truthy(&version));
    body.has_map("paths") && (swagger() || has_openapi_3(body))
}

/// Whether SAM takes it for a document of an HTTP API.
pub(super) fn is_openapi(body: &Draft) -> bool {
    body.has_map("paths") && has_openapi_3(body)
}

fn has_openapi_3(body: &Draft) -> bool {
    body.read("openapi")
        .is_some_and(|version| is_openapi_3(&version))
}

/// Every path, in order.
pub(super) fn paths(body: &mut Draft) -> Vec<Str> {
    body.under("paths")
        .map(|paths| paths.keys())
        .unwrap_or_default()
}

/// The path items of a path: one, or those inside a condition.
fn items<'d>(body: &'d mut Draft, path: &str) -> Vec<&'d mut Fields> {
    let item = body.under("paths").and_then(|paths| paths.get_mut(path));
    let contents = item.map(Draft::contents).unwrap_or_default();
    contents.into_iter().filter_map(Draft::fields).collect()
}

/// Adds a path with a method, where they are missing. Answers whether the path can hold a method.
pub(super) fn add_path(body: &mut Draft, path: &Word, method: &Word) -> bool {
    let Some(paths) = body.under("paths") else {
        return false;
    };
    let item = paths.or_insert(path.text.clone(), path.at, || Draft::empty(path.at));
    if item.is_none_or(|item| !item.is_map()) {
        return false;
    }
    let method = method.method();
    for item in items(body, &path.text) {
        item.or_insert(method.text.clone(), method.at, || Draft::empty(method.at));
    }
    true
}

/// Whether a method already calls something, in every arm of a condition on its path.
pub(super) fn has_integration(body: &mut Draft, path: &str, method: &str) -> bool {
    if body
        .under("paths")
        .is_none_or(|paths| paths.get(path).is_none())
    {
        return false;
    }
    let method = normalized(method);
    items(body, path).into_iter().all(|item| {
        item.get_mut(&method).is_some_and(|definition| {
            let contents = definition.contents();
            contents
                .into_iter()
                .any(|definition| integrates(definition))
        })
    })
}

fn integrates(definition: &Draft) -> bool {
    definition
        .read(INTEGRATION)
        .is_some_and(|integration| truthy(&integration))
}

/// Whether a path, or an arm of a condition on it, has no such method, which SAM does not take for an empty one.
pub(super) fn lacks(body: &mut Draft, path: &str, method: &str) -> bool {
    let Some(paths) = body.under("paths") else {
        return false;
    };
    let Some(item) = paths.get_mut(path) else {
        return true;
    };
    let method = normalized(method);
    let mut contents = item.contents().into_iter();
    contents.any(|item| item.is_map() && !item.holds(&method))
}

/// Goes through one method's definitions that call something.
pub(super) fn each_definition(
    body: &mut Draft,
    path: &str,
    method: &str,
    visit: &mut dyn FnMut(&mut Fields),
) {
    let method = normalized(method);
    for item in items(body, path) {
        let contents = item.get_mut(&method).map(Draft::contents);
        for definition in contents.unwrap_or_default() {
            if let (true, Some(fields)) = (integrates(definition), definition.fields()) {
                visit(fields);
            }
        }
    }
}

/// Goes through one method's raw values, one for each arm of a condition on its path.
pub(super) fn each_raw(
    body: &mut Draft,
    path: &str,
    method: &str,
    visit: &mut dyn FnMut(&mut Draft),
) {
    let method = normalized(method);
    for item in items(body, path) {
        if let Some(raw) = item.get_mut(&method) {
            visit(raw);
        }
    }
}

/// Goes through every method of a path that calls something: its key as the author wrote it, in lower case, and its
/// definition.
pub(super) fn each_method(body: &mut Draft, path: &str, visit: &mut dyn FnMut(&Str, &mut Fields)) {
    for item in items(body, path) {
        for (key, _, raw) in item.each() {
            if matches!(key.as_str(), "summary" | "description" | "parameters") {
                continue;
            }
            let method = normalized(key);
            for definition in raw.contents() {
                if let (true, Some(fields)) = (integrates(definition), definition.fields()) {
                    visit(&method, fields);
                }
            }
        }
    }
}

/// Goes through every path item of a path.
pub(super) fn each_item(body: &mut Draft, path: &str, visit: &mut dyn FnMut(&mut Fields)) {
    for item in items(body, path) {
        visit(item);
    }
}

/// The keys of a path's items: its methods, and what else stands there.
pub(super) fn keys(body: &mut Draft, path: &str) -> Vec<Str> {
    let items = items(body, path);
    items.into_iter().flat_map(|item| item.keys()).collect()
}

/// The path in an ARN: parameters as `*`.
pub(super) fn arn_path(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('}') {
        match before.rsplit_once('{') {
            Some((start, name)) if is_parameter(name) => {
                out.push_str(start);
                out.push('*');
            }
            _ => {
                out.push_str(before);
                out.push('}');
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn is_parameter(name: &str) -> bool {
    let name = name.strip_suffix('+').unwrap_or(name);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !name.is_empty() && name.bytes().all(allowed)
}

/// Appends to the list under `key`, which is made when it is missing or null.
pub(super) fn append(fields: &mut Fields, key: &str, value: Node) {
    let at = value.span;
    let known = fields.get_mut(key).and_then(Draft::items);
    match known {
        Some(items) => items.push(value.into()),
        None => fields.set(key, at, Place(at).list([value])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn word(text: &str) -> Word {
        Word {
            text: text.into(),
            at: Span::top(SourceId(0)),
        }
    }

    #[test]
    fn a_method_has_an_integration_once_it_calls_something() {
        let at = Span::top(SourceId(0));
        let mut body = swagger_skeleton(at);
        assert!(add_path(&mut body, &word("/a"), &word("ANY")));
        assert!(!has_integration(&mut body, "/a", "any"));
        each_raw(&mut body, "/a", "any", &mut |raw| {
            let integration = Place(at).one("type", Place(at).text("mock"));
            raw.fields().unwrap().set(INTEGRATION, at, integration);
        });
        assert!(has_integration(&mut body, "/a", "any"));
        assert_eq!(keys(&mut body, "/a"), [ANY]);
    }

    #[test]
    fn methods_inside_a_condition_are_reached() {
        let at = Span::top(SourceId(0));
        let mut body = swagger_skeleton(at);
        add_path(&mut body, &word("/a"), &word("get"));
        body.under("paths")
            .unwrap()
            .get_mut("/a")
            .unwrap()
            .make_conditional(&"C".into());
        add_path(&mut body, &word("/a"), &word("put"));
        assert_eq!(keys(&mut body, "/a"), ["get", "put"]);
    }

    #[test]
    fn path_parameters_match_anything_in_an_arn() {
        assert_eq!(arn_path("/a/{id}/{proxy+}"), "/a/*/*");
        assert_eq!(arn_path("/a/{b c}"), "/a/{b c}");
    }
}

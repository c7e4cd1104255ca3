//! Amazon Resource Names of which parts may be unknown, and those of API Gateway's endpoints.
//!
//! Knows the form only: an ARN is split at literal colons and slashes, never inside an unknown part.

use crate::resolve::{Part, Text};
use crate::source::Str;

// Written once: what is put together from them copies no text twice.
const ARN: Str = arcstr::literal_substr!("arn");
const SERVICE: Str = arcstr::literal_substr!("execute-api");
const COLON: Str = arcstr::literal_substr!(":");
const SLASH: Str = arcstr::literal_substr!("/");

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arn {
    /// `aws`, `aws-cn` …
    pub partition: Text,
    /// `execute-api`, `lambda` …
    pub service: Text,
    /// May be empty.
    pub region: Text,
    /// May be empty.
    pub account: Text,
    /// All the rest, colons included.
    pub resource: Text,
}

impl Arn {
    /// Reads an ARN whose first five colons are literal.
    pub fn parse(text: &Text) -> Option<Self> {
        let Some(Part::Literal(first)) = text.parts().first() else {
            return None;
        };
        if !first.starts_with("arn:") {
            return None;
        }
        let [_, partition, service, region, account, resource] = fields(text, ':')?;
        Some(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }

    /// The ARN as text.
    pub fn text(&self) -> Text {
        let fields = [
            &self.partition,
            &self.service,
            &self.region,
            &self.account,
            &self.resource,
        ];
        let colon = Text::literal(COLON);
        let start = Text::literal(ARN);
        let rest = fields.into_iter().flat_map(|field| [&colon, field]);
        Text::joined(std::iter::once(&start).chain(rest))
    }
}

/// What is called, as policies name it: `arn:PARTITION:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecuteApi {
    /// `aws`, `aws-cn` …
    pub partition: Text,
    /// The API's region.
    pub region: Text,
    /// The API's account.
    pub account: Text,
    /// The API's id.
    pub api: Text,
    /// The stage's name.
    pub stage: Text,
    /// The method of the request, never `ANY`; for a WebSocket API, the route key.
    pub method: Text,
    /// The path of the request without its leading slash; `None` for a WebSocket API.
    pub path: Option<Text>,
}

/// What a request's method can be when the endpoint takes every method.
const ANY_METHOD: &str = "any method";

impl ExecuteApi {
    /// The requests that reach an endpoint of this deployment's account and region. A path parameter `{id}` is any
    /// one segment, `{proxy+}` any path, `ANY` and `*` any method; a path of `$default` is any path at all.
    pub fn of_endpoint(api: &Text, stage: &Text, method: &str, path: &str) -> Self {
        let method = match method {
            "ANY" | "*" | "unknown" | "$default" => unknown(ANY_METHOD),
            method => Text::literal(method),
        };
        Self {
            path: Some(requested(path)),
            ..Self::here(api, stage, method)
        }
    }

    /// The messages that reach a route of a WebSocket API.
    pub fn of_route(api: &Text, stage: &Text, route_key: &str) -> Self {
        Self::here(api, stage, Text::literal(route_key))
    }

    fn here(api: &Text, stage: &Text, method: Text) -> Self {
        let pseudo = |name: &str| Text::part(Part::Ref(name.into()));
        Self {
            partition: pseudo("AWS::Partition"),
            region: pseudo("AWS::Region"),
            account: pseudo("AWS::AccountId"),
            api: api.clone(),
            stage: stage.clone(),
            method,
            path: None,
        }
    }

    /// Reads the ARN of a request. `None` when it is that of another service, or names no method.
    pub fn parse(text: &Text) -> Option<Self> {
        let arn = Arn::parse(text)?;
        if arn.service.known().as_deref() != Some("execute-api") {
            return None;
        }
        let mut fields = pieces(&arn.resource, '/', 4).into_iter();
        let (api, stage, method) = (fields.next()?, fields.next()?, fields.next()?);
        let path = fields.next();
        Some(Self {
            partition: arn.partition,
            region: arn.region,
            account: arn.account,
            api,
            stage,
            method,
            path,
        })
    }

    /// The ARN of the API itself, which policies attached to the API leave out (`execute-api:/STAGE/METHOD/PATH`).
    pub fn prefix(&self) -> Text {
        let service = Text::literal(SERVICE);
        Arn {
            partition: self.partition.clone(),
            service,
            region: self.region.clone(),
            account: self.account.clone(),
            resource: self.api.clone(),
        }
        .text()
    }

    /// The ARN of the request.
    pub fn text(&self) -> Text {
        let (prefix, slash) = (self.prefix(), Text::literal(SLASH));
        let behind = [&self.stage, &self.method].into_iter().chain(&self.path);
        let behind = behind.flat_map(|field| [&slash, field]);
        Text::joined(std::iter::once(&prefix).chain(behind))
    }
}

/// The path of a request to this endpoint, without its leading slash.
fn requested(path: &str) -> Text {
    if path == "$default" {
        return unknown("any path");
    }
    let mut text = Text::default();
    let mut literal = String::new();
    for (nth, segment) in path
        .strip_prefix('/')
        .unwrap_or(path)
        .split('/')
        .enumerate()
    {
        if nth > 0 {
            literal.push('/');
        }
        match parameter(segment) {
            None => literal.push_str(segment),
            Some(part) => {
                text.push(Part::Literal(std::mem::take(&mut literal).into()));
                text.push(part);
            }
        }
    }
    text.push(Part::Literal(literal.into()));
    text
}

/// A segment that requests fill in; `unknown` is how a segment that cannot be known is written.
fn parameter(segment: &str) -> Option<Part> {
    let is_parameter = segment.starts_with('{') && segment.ends_with('}');
    (is_parameter || segment == "unknown").then(|| Part::Unknown(segment.into()))
}

fn unknown(what: &'static str) -> Text {
    Text::part(Part::Unknown(Str::from(what)))
}

/// Exactly as many fields as are asked for, the last with all that is left; `None` when there are fewer.
fn fields<const N: usize>(text: &Text, separator: char) -> Option<[Text; N]> {
    pieces(text, separator, N).try_into().ok()
}

/// What stands between the first literal separators: `most` pieces or fewer, the last with all that is left.
pub(super) fn pieces(text: &Text, separator: char, most: usize) -> Vec<Text> {
    let mut whole = Vec::with_capacity(most);
    let mut open = Text::default();
    for part in text.parts() {
        let Part::Literal(literal) = part else {
            open.push(part.clone());
            continue;
        };
        let left = most.saturating_sub(whole.len());
        for (nth, piece) in literal.splitn(left, separator).enumerate() {
            if nth > 0 {
                whole.push(std::mem::take(&mut open));
            }
            open.push(Part::Literal(literal.substr_from(piece)));
        }
    }
    whole.push(open);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api() -> Text {
        Text::part(Part::Ref("Api".into()))
    }

    #[test]
    fn an_endpoint_becomes_the_arn_of_its_requests() {
        let arn = ExecuteApi::of_endpoint(&api(), &"dev".into(), "ANY", "/orders/{id}/lines");
        assert_eq!(
            arn.text().to_string(),
            "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/dev/${any method}/orders/${{id}}/lines"
        );
        assert_eq!(ExecuteApi::parse(&arn.text()), Some(arn));
    }

    #[test]
    fn only_a_whole_segment_in_braces_is_a_parameter() {
        let path = |path: &str| {
            let arn = ExecuteApi::of_endpoint(&api(), &"dev".into(), "GET", path);
            arn.path.and_then(|path| path.known())
        };
        assert_eq!(path("/{a/b}").as_deref(), Some("{a/b}"));
        assert_eq!(path("/{a}/b"), None);
    }

    #[test]
    fn the_root_has_an_empty_path() {
        let arn = ExecuteApi::of_endpoint(&api(), &"dev".into(), "GET", "/");
        assert!(arn.text().to_string().ends_with("${Api}/dev/GET/"));
        assert_eq!(arn.path, Some(Text::default()));
    }

    #[test]
    fn a_route_has_no_path() {
        let arn = ExecuteApi::of_route(&api(), &"dev".into(), "$connect");
        assert!(arn.text().to_string().ends_with("${Api}/dev/$connect"));
        assert_eq!(ExecuteApi::parse(&arn.text()), Some(arn));
    }

    #[test]
    fn the_resource_of_an_arn_keeps_its_colons() {
        let arn = Arn::parse(&"arn:aws:lambda:eu-west-1:1:function:f:live".into());
        assert_eq!(
            arn.and_then(|arn| arn.resource.known()).as_deref(),
            Some("function:f:live")
        );
        assert_eq!(Arn::parse(&"arn:aws:s3".into()), None);
    }
}

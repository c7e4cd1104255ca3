//! Which API a URL leads to, as far as its text tells.

use crate::resolve::{Part, Text};
use crate::source::Str;

/// Where a URL leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Logical id of the API, or of the function URL resource.
    pub api: Str,
    /// Stage and path behind the host; `None` when the URL ends there.
    pub rest: Option<Text>,
    /// Whether the URL names the function URL's own host.
    pub function_url: bool,
    /// Whether it is an address of HTTP, under which a WebSocket API is managed and no client connects.
    pub http: bool,
}

/// Reads `https://<api>.execute-api.<region>.<suffix>/…`, an API's `ApiEndpoint` and a `FunctionUrl`, each followed by a path or not.
pub fn of(url: &Text) -> Option<Target> {
    let parts = url.parts();
    let http = matches!(parts.first(), Some(Part::Literal(text)) if text.starts_with("http"));
    Some(Target {
        http,
        ..named(parts)?
    })
}

fn named(parts: &[Part]) -> Option<Target> {
    if let Some(target) = by_id(parts) {
        return Some(target);
    }
    let at = parts.iter().position(|part| names_api(part, parts))?;
    match parts.get(at)? {
        Part::Attribute(id, attribute)
            if attribute == "ApiEndpoint" || attribute == "FunctionUrl" =>
        {
            let rest = behind(parts.get(at + 1..)?);
            Some(Target {
                api: id.clone(),
                rest,
                function_url: attribute == "FunctionUrl",
                http: false,
            })
        }
        Part::Ref(id) => Some(Target {
            api: id.clone(),
            rest: after_host(parts.get(at + 1..)?),
            function_url: false,
            http: false,
        }),
        Part::Attribute(..) | Part::Literal(_) | Part::Import(_) | Part::Unknown(_) => None,
    }
}

/// An API by the id that AWS gave it.
fn by_id(parts: &[Part]) -> Option<Target> {
    let Some(Part::Literal(first)) = parts.first() else {
        return None;
    };
    let (before, _) = first.split_once(".execute-api.")?;
    let id = before.strip_prefix("https://").unwrap_or(before);
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let host = Part::Literal(first.substr_from(first.get(before.len()..)?));
    let rest: Vec<Part> = [host]
        .into_iter()
        .chain(parts.get(1..)?.iter().cloned())
        .collect();
    is_id.then(|| Target {
        api: id.into(),
        rest: after_host(&rest),
        function_url: false,
        http: false,
    })
}

/// Whether this part is the API of the URL: an endpoint attribute, or a reference right before `.execute-api.`.
fn names_api(part: &Part, parts: &[Part]) -> bool {
    match part {
        Part::Attribute(_, attribute) => attribute == "ApiEndpoint" || attribute == "FunctionUrl",
        Part::Ref(_) => {
            let next = parts
                .iter()
                .skip_while(|other| !std::ptr::eq(*other, part))
                .nth(1);
            matches!(next, Some(Part::Literal(text)) if text.starts_with(".execute-api."))
        }
        Part::Literal(_) | Part::Import(_) | Part::Unknown(_) => false,
    }
}

/// What follows the first slash after the host's remaining labels.
fn after_host(parts: &[Part]) -> Option<Text> {
    for (at, part) in parts.iter().enumerate() {
        if let Part::Literal(text) = part
            && let Some((_, path)) = text.split_once('/')
        {
            return behind_text(text.substr_from(path), parts.get(at + 1..)?);
        }
    }
    None
}

/// What follows when the host ends right here.
fn behind(parts: &[Part]) -> Option<Text> {
    match parts.split_first()? {
        (Part::Literal(text), rest) => {
            behind_text(text.substr_from(text.trim_start_matches('/')), rest)
        }
        (Part::Ref(_) | Part::Attribute(..) | Part::Import(_) | Part::Unknown(_), _) => {
            behind_text(Str::new(), parts)
        }
    }
}

fn behind_text(first: Str, rest: &[Part]) -> Option<Text> {
    let mut text = Text::literal(first);
    for part in rest {
        text.push(part.clone());
    }
    (!text.parts().is_empty()).then_some(text)
}

impl Target {
    /// Stage and path of a REST URL; the path without its leading slash.
    pub fn stage_and_path(&self) -> (Option<Text>, Option<Text>) {
        let Some(rest) = &self.rest else {
            return (None, None);
        };
        let mut pieces = rest.split('/').into_iter();
        let stage = pieces.next().filter(|stage| !stage.parts().is_empty());
        let mut path: Option<Text> = None;
        for piece in pieces {
            match &mut path {
                None => path = Some(piece),
                Some(path) => {
                    path.push(Part::Literal(Str::from("/")));
                    path.extend(&piece);
                }
            }
        }
        (stage, path.filter(|path| !path.parts().is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(parts: &[Part]) -> Text {
        let mut text = Text::default();
        for part in parts {
            text.push(part.clone());
        }
        text
    }

    fn literal(text: &str) -> Part {
        Part::Literal(text.into())
    }

    #[test]
    fn a_rest_url_names_api_stage_and_path() {
        let url = text(&[
            literal("https://"),
            Part::Ref("Api".into()),
            literal(".execute-api."),
            Part::Ref("AWS::Region".into()),
            literal(".amazonaws.com/dev/stores/all"),
        ]);
        let target = of(&url).expect("an API");
        assert_eq!(target.api, "Api");
        let (stage, path) = target.stage_and_path();
        assert_eq!(stage.map(|s| s.to_string()).as_deref(), Some("dev"));
        assert_eq!(path.map(|p| p.to_string()).as_deref(), Some("stores/all"));
    }

    #[test]
    fn an_endpoint_attribute_is_a_host() {
        let url = text(&[
            Part::Attribute("Http".into(), "ApiEndpoint".into()),
            literal("/stores"),
        ]);
        assert_eq!(
            of(&url)
                .expect("an API")
                .rest
                .map(|t| t.to_string())
                .as_deref(),
            Some("stores")
        );
    }

    #[test]
    fn other_urls_lead_nowhere() {
        assert_eq!(
            of(&text(&[
                literal("https://"),
                Part::Ref("Bucket".into()),
                literal(".s3.amazonaws.com/")
            ])),
            None
        );
        assert_eq!(of(&Text::literal("https://example.com/execute-api.")), None);
    }
}

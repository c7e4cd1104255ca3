//! Which endpoints a URL could mean.

use super::Lead;
use super::survey::Survey;
use super::target::Target;
use crate::endpoint::Endpoint;
use crate::resolve::Text;
use crate::source::Str;
use crate::stack::Protocol;

impl<'a> Survey<'a> {
    /// The endpoints that a URL could mean: of its API, with a path that fits.
    pub(super) fn meant(&self, lead: &Lead) -> Vec<&'a Endpoint> {
        let target = &lead.target;
        let owner = self.owner(target);
        let path = self.path(target);
        let fits = |endpoint: &&Endpoint| {
            (endpoint.protocol == Protocol::FunctionUrl) == target.function_url
                && !(endpoint.protocol == Protocol::WebSocket && target.http)
                && endpoint.cors_preflight.agreed() != Some(&true)
                && lead
                    .method
                    .as_ref()
                    .is_none_or(|method| takes(endpoint, method))
                && path
                    .as_ref()
                    .is_none_or(|path| endpoint.path.agreed().is_none_or(|own| covers(own, path)))
        };
        let near = self.index.near(&owner, path.as_ref());
        near.into_iter().filter(fits).collect()
    }

    /// The API, or for a function URL the function, that endpoints are listed under.
    pub(super) fn owner(&self, target: &Target) -> Str {
        let url = self
            .stack
            .resource(&target.api)
            .filter(|_| target.function_url);
        let function = url.and_then(|url| self.stack.plain(url, "TargetFunctionArn"));
        function
            .and_then(|text| self.stack.function(&text))
            .unwrap_or_else(|| target.api.clone())
    }

    /// The path that is called; `None` when the URL ends before it.
    fn path(&self, target: &Target) -> Option<Text> {
        if self.staged(target) {
            target.stage_and_path().1
        } else {
            target.rest.clone()
        }
    }

    /// Whether the first part behind the host is a stage: always for REST, never for the `$default` stage of an HTTP API.
    pub(super) fn staged(&self, target: &Target) -> bool {
        let api = self.stack.resource(&target.api);
        let rest = api.is_none_or(|api| api.kind == "AWS::ApiGateway::RestApi");
        rest || self.index.is_staged(target)
    }
}

/// Whether an endpoint answers requests of this method.
fn takes(endpoint: &Endpoint, method: &str) -> bool {
    let own = endpoint.method.agreed().cloned().flatten();
    own.is_none_or(|own| own == method || matches!(own.as_str(), "ANY" | "*" | "unknown"))
}

/// Whether a path template takes a called path; a part that cannot be known could be anything.
fn covers(template: &str, called: &Text) -> bool {
    if template == "$default" {
        return true;
    }
    let mut wanted = template.trim_matches('/').split('/');
    let called = called.split('/');
    let mut given = called.iter().filter(|piece| !piece.parts().is_empty());
    loop {
        match (
            wanted.next().filter(|segment| !segment.is_empty()),
            given.next(),
        ) {
            (None, None) => return true,
            (Some(segment), _) if segment.ends_with("+}") => return true,
            (Some(segment), Some(piece)) => {
                let literal = piece.known().map(|known| {
                    known
                        .split(['?', '#'])
                        .next()
                        .unwrap_or_default()
                        .to_owned()
                });
                let free = segment.starts_with('{') || segment == "unknown";
                if !free && literal.is_some_and(|literal| literal != segment) {
                    return false;
                }
            }
            (None, Some(_)) | (Some(_), None) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_greedy_paths_cover() {
        let called = |text: &str| Text::literal(text);
        assert!(covers("/stores/{id}", &called("stores/1")));
        assert!(covers("/{proxy+}", &called("a/b/c")));
        assert!(covers("/stores", &called("stores?all=1")));
        assert!(!covers("/stores", &called("stores/1")));
        assert!(!covers("/stores", &called("shops")));
    }
}

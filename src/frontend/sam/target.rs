//! The function that an event or a URL calls, by itself or through the alias that SAM publishes.

use super::place::Place;
use crate::document::{Entry, Node};
use crate::source::Str;

/// What an event calls.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The function.
    pub(super) id: Str,
    /// The alias that SAM publishes, which is then called in its place.
    pub(super) alias: Option<Str>,
    /// The condition under which it exists.
    pub(super) condition: Option<Str>,
    /// Attributes of what is made for it.
    pub(super) attributes: Vec<Entry>,
}

impl Target {
    /// How a permission names it.
    pub(super) fn name(&self, place: Place) -> Node {
        place.reference(self.alias.as_ref().unwrap_or(&self.id).clone())
    }

    /// Its ARN.
    pub(super) fn arn(&self, place: Place) -> Node {
        match &self.alias {
            Some(alias) => place.reference(alias.clone()),
            None => place.attribute(self.id.clone(), "Arn"),
        }
    }

    /// The URI of an integration that calls it.
    pub(super) fn uri(&self, place: Place, partition: &str, streamed: bool) -> Node {
        let function = match &self.alias {
            Some(alias) => format!("${{{alias}}}"),
            None => format!("${{{}.Arn}}", self.id),
        };
        let (version, call) = if streamed {
            ("2021-11-15", "response-streaming-invocations")
        } else {
            ("2015-03-31", "invocations")
        };
        let uri = place.sub(format!(
            "arn:{partition}:apigateway:${{AWS::Region}}:lambda:path/{version}/functions/{function}/{call}"
        ));
        match &self.condition {
            Some(condition) => place.when(condition, uri),
            None => uri,
        }
    }
}

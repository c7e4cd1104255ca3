//! Plugins that change who may call what, one file each.

use super::service::{Output, Service};
use super::variables::Variables;
use crate::document::Node;

/// Before anything is compiled.
pub(super) fn prepare(_service: &Service, _variables: &Variables<'_>, _out: &mut Output) {}
/// Events of plugins.
pub(super) fn events(_service: &Service, _out: &mut Output) {}
/// Before `resources` are merged.
pub(super) fn finalize(_service: &Service, _out: &mut Output) {}
/// After it.
pub(super) fn rewrite(_service: &Service, template: Node) -> Node {
    template
}

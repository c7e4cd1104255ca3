//! Intrinsic functions.
/// What the deployment is told.
#[derive(Debug, Default)]
pub struct Settings;
/// A template's names.
#[derive(Debug)]
pub struct Scope;

//! The language server: what a report says, shown where somebody types.
//!
//! Contains no judgement, and shows nothing that `gatelint check` of the same project would not. Two threads: the one of
//! the `server` answers the editor and never analyses; the one of the `worker` analyses and never speaks. Texts go from
//! the editor to the worker with each job, `View`s of the finished report come back, and every answer is read from the
//! latest one. While a file cannot be read as YAML its last good view stays, its places moved to where the text is now.

mod action;
mod answer;
mod aside;
mod completion;
mod cursor;
mod declaration;
mod definition;
mod diagnostic;
mod documents;
mod hover;
mod inlay;
mod lens;
mod overlay;
mod place;
mod project;
mod ruling;
mod server;
mod settings;
mod shift;
mod symbol;
mod trial;
mod uri;
mod view;
mod wire;
mod worker;

pub use self::server::{serve, serve_over};

//! Generated projects: templates, the looks that one template can have, and what must hold of any run.
//!
//! Shared by `tests/properties.rs` and the targets in `fuzz/`, each of which uses a part. Everything is decided by bytes
//! ([`choices::Choices`]), so that a generated project can be made again, shrunk and mutated. Knows no expected results: what
//! is compared is one run with another.
#![allow(dead_code)]

pub mod choices;
pub mod looks;
pub mod mended;
pub mod runs;
pub mod templates;
pub mod tree;

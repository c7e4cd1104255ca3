//! The promises of `SECURITY.md` for projects of people one does not know, each held by a test that can fail.
//!
//! What the program asks of the system is seen with `strace`, on Linux; where that is missing the tests say so and hold nothing.

#![cfg(feature = "cli")]
#![allow(clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod program;

#[cfg(unix)]
#[path = "promises/bounds.rs"]
mod bounds;
#[path = "promises/outputs.rs"]
mod outputs;
#[cfg(target_os = "linux")]
#[path = "promises/project.rs"]
mod project;
#[cfg(unix)]
#[path = "promises/silence.rs"]
mod silence;
#[cfg(target_os = "linux")]
#[path = "promises/system.rs"]
mod system;
#[cfg(target_os = "linux")]
#[path = "promises/trace.rs"]
mod trace;
#[cfg(target_os = "linux")]
#[path = "promises/writes.rs"]
mod writes;

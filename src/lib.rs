//! **gatelint**: who can call this API?
//!
//! A static policy linter for `serverless.yml`, SAM and CloudFormation. It works out every endpoint's *effective auth*
//! and reports what is wrong with it. No AWS calls, no network, no code of the linted repository is run.
//!
//! # Architecture
//! Facts are computed; judgements are written. Text becomes a tree ([`document`]), a tree the template that would be
//! deployed ([`frontend`]), the template a typed stack ([`stack`]), the stack facts ([`facts`]), and the pages of
//! `rules/` judge the facts ([`judge`]). A module imports only from rows above its own and from its own row;
//! `tests/layers.rs` reads this table.
//!
//! | layer | module | invariant of absence |
//! |---|---|---|
//! | 0 | [`source`], [`trail`], [`glob`] | opens no paths; text is given |
//! | 1 | [`document`] | knows no AWS; parsing never fails |
//! | 2 | [`resolve`] | no way to "just get" a value |
//! | 3 | [`stack`] | holds no defaults: absent stays absent |
//! | 4 | [`frontend`] | the only place that knows file formats; decides no auth |
//! | 5 | [`iam`], [`endpoint`], [`caller`], [`facts`] | the only place that knows AWS's runtime behaviour; knows no file format |
//! | 6 | [`rule`] | computes nothing: if a judgement needs work, a fact is missing |
//! | 7 | [`finding`], [`judge`], [`fix`], [`suppress`], [`baseline`], [`terms`], [`config`], [`construct`], [`mod@diff`] | order of input never shows in output |
//! | 8 | [`pipeline`] | readable in one breath |
//! | 9 | [`report`] | pure: a report becomes bytes |
//! | 10 | `cli`, `lsp`, `main` | the only I/O and threads; contain no judgement |

pub mod baseline;
pub mod caller;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod construct;
pub mod diff;
pub mod document;
pub mod endpoint;
pub mod facts;
pub mod finding;
pub mod fix;
pub mod frontend;
pub mod glob;
pub mod iam;
pub mod judge;
#[cfg(feature = "lsp")]
pub mod lsp;
pub mod pipeline;
pub mod report;
pub mod resolve;
pub mod rule;
pub mod source;
pub mod stack;
pub mod suppress;
pub mod terms;
pub mod trail;

pub use self::pipeline::{Analysis, analyse, check, conclude, subjects};

//! IAM: policies, who asks for what, and whether it is allowed.
//!
//! Knows no file format and no endpoint, and never guesses: what depends on a value that only deployment settles, or on
//! behaviour that AWS does not document, is [`crate::resolve::Truth::Unknown`] with its reason.
//! A policy comes as a tree in `CloudFormation`'s words and is read through [`Read`]; a [`Request`] is built by whoever
//! knows what is called; [`decide`] joins the policies of both sides, [`nearest_miss`] says what a refused caller got wrong,
//! and [`Admission`] what an endpoint's own authorization asks for beside its API's policy.
//!
//! All texts compared must come from one template: a `Ref` to the same name is taken to be the same value.

pub mod admission;
pub mod arn;
pub mod condition;
pub mod decision;
mod managed;
pub mod matching;
pub mod near_miss;
pub mod principal;
#[cfg(test)]
mod sample;
pub mod statement;

pub use self::{
    admission::{Admission, Standing},
    arn::{Arn, ExecuteApi},
    condition::{Condition, Context},
    decision::{Attached, Decision, INVOKE, Opinion, Request, Side, decide},
    near_miss::{ArnPart, Difference, NearMiss, nearest_miss},
    principal::{Caller, Identity, Principal, PrincipalKind, Principals},
    statement::{Effect, Element, Pattern, Policy, Read, Statement},
};

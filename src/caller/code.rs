//! Calls that a function's source code names by themselves, and whether its requests are signed.

use crate::caller::{Lead, target};
use crate::resolve::{Property, Resolved, Text};
use crate::source::{Span, Str};
use crate::stack::Code;
use crate::trail::{How, Step};

/// The invoke URLs that are written out in the code.
pub(super) fn leads(code: &Code) -> Vec<Lead> {
    let lead = |(url, span): &(Str, Span)| {
        Some(Lead {
            name: code.file.clone(),
            says: format!("`{}` has the URL written out", code.file).into(),
            span: *span,
            target: target::of(&Text::literal(url.clone()))?,
            method: None,
            signed: known(code, *span),
        })
    };
    code.urls.iter().filter_map(lead).collect()
}

/// Whether the code signs the requests to what this variable holds. A function that does not read the variable by its
/// name may hand it on to code that does.
pub(super) fn signed(code: Option<&Code>, variable: &str, span: Span) -> Property<bool> {
    match code {
        Some(code) if code.signs == Some(true) || code.variables.contains(variable) => {
            known(code, span)
        }
        Some(_) | None => Resolved::known(None, Step::written(span)),
    }
}

fn known(code: &Code, span: Span) -> Property<bool> {
    let how = match code.signs {
        Some(true) => "this code imports a library that signs requests",
        Some(false) => "this code sends requests, and nothing that it imports signs them",
        None => "this code does not tell whether its requests are signed",
    };
    let at = code.span.unwrap_or(span);
    Resolved::known(code.signs, Step::new(How::Note(how.into()), at))
}

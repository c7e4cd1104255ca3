//! HTML: one page for whoever audits, complete in itself.
//!
//! Everything stands in the document, so that it reads without scripts and prints whole; the script only filters, sorts
//! and opens. Nothing is fetched: the policy in the head allows the one style and the one script that the page carries,
//! by their hashes, and nothing else. What comes from the input gets in only as a [`text::Text`]. The same report is
//! always the same bytes: how long the run took and when it was are not in it.

mod findings;
mod matrix;
mod page;
mod picture;
mod source;
mod text;
mod totals;
mod trail;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use self::page::Page;
use crate::report::View;

const STYLE: &str = include_str!("html/report.css");
const SCRIPT: &str = include_str!("html/report.js");

/// The whole report as a page.
pub fn render(view: &View<'_>) -> String {
    let page = Page::of(view);
    let title = match view.heading.title {
        "" => "gatelint: who can call this API?".to_owned(),
        title => format!("{title} · gatelint"),
    };
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(concat!("gatelint ", env!("CARGO_PKG_VERSION")));
                title { (page.name(&title)) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body(&page)) }
        }
    };
    document.into_string() + "\n"
}

fn body(page: &Page<'_>) -> Markup {
    html! {
        a.skip href="#endpoints" { "Skip to the endpoints" }
        (totals::header(page))
        main {
            (findings::problems(page))
            (findings::found(page))
            (matrix::section(page))
            (picture::section(page))
            (findings::undecided(page))
            (findings::suppressed(page))
            (findings::notes(page))
        }
        (totals::footer(page))
        // An attribute, so that no search for injected scripts takes this one for it.
        script type="module" { (PreEscaped(SCRIPT)) }
    }
}

/// Nothing may be loaded or run but what stands in the page.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT),
    )
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests;

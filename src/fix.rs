//! Fixes: the edits of the user's files that mend a finding.
//!
//! A page says what is to be so ([`Cure`]); here it is found where in a text that is written, and which bytes change.
//! Writes no file. An edit keeps comments, quotes, indentation and line ends; where what would be edited is shared
//! (an anchor, a variable, an include of others), generated or built by a function, there is no fix. Whoever applies
//! fixes analyses the result and asks [`verdict`] whether each did what it said and nothing else.

mod authorizer;
mod edit;
mod grant;
mod proof;
mod site;
mod text;
mod texts;
mod ways;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub use self::proof::{Breach, Fault, verdict};
use self::site::Site;
pub use self::text::{applied, chosen, unified};
use self::texts::Texts;
use crate::document::Document;
use crate::endpoint::{Authorization, Endpoint};
use crate::facts::Kind;
use crate::finding::{Finding, Report};
use crate::rule::{Cure, Way};
use crate::source::{SourceId, Span};

/// The edits that mend one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Whether the result is certain; else somebody should look at it first.
    pub safe: bool,
    /// What is done, as an order: "set `PreventUserExistenceErrors: ENABLED`".
    pub title: String,
    /// What changes, in order of place, without overlaps, all in one file.
    pub edits: Vec<Edit>,
    /// The only endpoint, as messages name it, that may ask for something else afterwards, or the section whose
    /// endpoints may ask for more; `None` when none may.
    pub about: Option<String>,
}

/// A piece of text that takes the place of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What goes; empty for an insertion.
    pub span: Span,
    /// What comes.
    pub text: String,
}

impl Edit {
    /// Text where there was nothing.
    fn insert(source: SourceId, at: u32, text: String) -> Self {
        let span = Span {
            source,
            start: at,
            end: at,
        };
        Self { span, text }
    }
}

/// Makes a fix of every cure that can be written down.
pub fn attach(report: &mut Report, documents: &BTreeMap<SourceId, Arc<Document>>) {
    let mains: BTreeSet<SourceId> = report.stacks.iter().map(|stack| stack.source).collect();
    let guarded = guarded(report);
    let arms = arms(report);
    let sources = Arc::clone(&report.sources);
    let texts = Texts::new(&sources, &mains, documents);
    let mut sites: HashMap<SourceId, Option<Site>> = HashMap::new();
    let mut authorizing: HashMap<SourceId, bool> = HashMap::new();
    for finding in &mut report.findings {
        let Some(cure) = finding.cure.take() else {
            continue;
        };
        if finding.suppressed.is_some() || finding.construct.is_some() {
            continue;
        }
        // Most files with an open endpoint have no authorizer: none of those is parsed for this.
        let is_hopeless = cure.way == Some(Way::Authorizer)
            && !*authorizing
                .entry(finding.about.source)
                .or_insert_with_key(|source| texts.say(*source, "uthorizer"));
        if is_hopeless {
            continue;
        }
        let mut open = |source: SourceId| {
            let site = sites
                .entry(source)
                .or_insert_with(|| Site::open(&texts, source));
            site.clone()
        };
        let arms = arms.get(&finding.about).map_or(&[][..], Vec::as_slice);
        finding.fix = fix(finding, &cure, arms, &mut open);
        let is_kept = |fix: &Fix| {
            cure.way != Some(Way::Keyless)
                || fix
                    .about
                    .as_ref()
                    .is_some_and(|about| guarded.contains(about))
        };
        finding.fix.take_if(|fix| !is_kept(fix));
    }
}

/// Where else endpoints are declared for other deployments, by where they are declared.
fn arms(report: &Report) -> HashMap<Span, Vec<Span>> {
    let mut all: HashMap<Span, Vec<Span>> = HashMap::new();
    for endpoint in report.stacks.iter().flat_map(|stack| &stack.endpoints) {
        for arm in &endpoint.arms {
            let known = all.entry(endpoint.span).or_default();
            if !known.contains(arm) {
                known.push(*arm);
            }
        }
    }
    all
}

/// The endpoints, as messages name them, that certainly ask who calls.
fn guarded(report: &Report) -> BTreeSet<String> {
    let asks = |endpoint: &&Endpoint| {
        endpoint
            .auth
            .agreed()
            .is_some_and(|auth| auth.kind != Authorization::None)
    };
    let all = || report.stacks.iter().flat_map(|stack| &stack.endpoints);
    let open: BTreeSet<String> = all()
        .filter(|one| !asks(one))
        .map(Endpoint::label)
        .collect();
    let guarded = all().filter(asks).map(Endpoint::label);
    guarded.filter(|label| !open.contains(label)).collect()
}

/// How texts are opened.
type Open<'a> = &'a mut dyn FnMut(SourceId) -> Option<Site>;

fn fix(finding: &Finding, cure: &Cure, arms: &[Span], open: Open<'_>) -> Option<Fix> {
    let mut edits = Vec::new();
    if !cure.set.is_empty() {
        let site = open(finding.about.source)?;
        edits.extend(ways::properties(&site, finding, &cure.set)?);
    }
    if let Some(text) = &cure.write {
        let site = open(finding.primary.source)?;
        let node = site.find(finding.primary)?.last()?.node;
        edits.push(edit::replaced(&site, node, text)?);
    }
    if let Some(name) = &cure.rename {
        let site = open(finding.primary.source)?;
        edits.push(edit::renamed(&site, finding.primary, name)?);
    }
    if let Some(way) = cure.way {
        edits.extend(match way {
            Way::Comment => ways::comment(&open(finding.primary.source)?, finding.primary),
            Way::Https => ways::https(&open(finding.about.source)?, finding, cure),
            Way::Limits => ways::limits(&open(finding.about.source)?, finding),
            Way::Grant => grant::edits(finding, cure, open),
            Way::Keyless => {
                let site = open(finding.primary.source)?;
                let node = site.find(finding.primary)?.last()?.node;
                edit::replaced(&site, node, "false").map(|edit| vec![edit])
            }
            Way::Authorizer => {
                let site = open(finding.about.source)?;
                authorizer::edits(&site, finding.about, arms)
            }
        }?);
    }
    edits.sort_by_key(|edit| edit.span);
    (!edits.is_empty()).then(|| Fix {
        safe: cure.safe,
        title: cure.title.clone(),
        edits,
        about: about(finding, cure),
    })
}

/// The endpoint that a fix may change.
fn about(finding: &Finding, cure: &Cure) -> Option<String> {
    if finding.kind == Kind::Endpoint {
        return Some(finding.subject.clone());
    }
    let (about, _) = cure.facts.get("about")?;
    Some(about.strip_prefix("the ").unwrap_or(about).to_owned())
}

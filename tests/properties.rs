//! Properties: what holds of any template, tried on ten thousand generated ones per run.
//!
//! A failure prints its smallest case. What is generated, and from what, stands in `tests/generated`.
#![cfg(feature = "cli")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm
)]

mod generated;

use gatelint::finding::Report;
use gatelint::report::Format;
use generated::choices::Choices;
use generated::runs::{self, Project};
use generated::templates::{self, Template};
use generated::{looks, mended};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::test_runner::RngSeed;

/// Cases of each property: ten thousand together.
const CASES: u32 = 2000;
/// Decisions that make a template and its looks.
const BYTES: usize = 160;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: CASES,
        max_shrink_iters: 2000,
        failure_persistence: None,
        // The same cases in every run: a gate that falls by chance tells nothing. `PROPTEST_RNG_SEED=1` tries others.
        rng_seed: seed(),
        ..ProptestConfig::default()
    }
}

fn seed() -> RngSeed {
    match ProptestConfig::default().rng_seed {
        RngSeed::Random => RngSeed::Fixed(20_261_122),
        given @ RngSeed::Fixed(_) => given,
    }
}

fn project(template: &Template, text: &str) -> Project {
    Project::of(template.format, text)
}

fn alike(template: &Template, texts: [&str; 2], told: fn(&Report) -> Vec<String>) {
    let [one, other] = texts.map(|text| project(template, text));
    runs::alike(&template.tree, (&one, &other), told);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_template_is_judged_and_printed(bytes in vec(any::<u8>(), 0..BYTES)) {
        let mut choices = Choices::new(&bytes);
        let format = *choices.of(Format::ALL);
        let template = templates::template(&mut choices);
        let text = looks::anchored(&template.tree, &mut choices);
        runs::hold_in(format, &project(&template, &text));
    }

    #[test]
    fn yaml_is_judged_as_json(bytes in vec(any::<u8>(), 0..BYTES)) {
        let mut choices = Choices::new(&bytes);
        let template = templates::template(&mut choices);
        let yaml = looks::yaml(&template.tree, &mut choices);
        let json = looks::json(&template.tree);
        alike(&template, [&yaml, &json], runs::findings);
    }

    #[test]
    fn the_order_of_keys_changes_nothing(bytes in vec(any::<u8>(), 0..BYTES)) {
        let mut choices = Choices::new(&bytes);
        let template = templates::template(&mut choices);
        let written = looks::json(&template.tree);
        let shuffled = looks::json(&template.tree.shuffled(&mut choices));
        alike(&template, [&written, &shuffled], runs::shared_findings);
    }

    #[test]
    fn anchors_change_nothing(bytes in vec(any::<u8>(), 0..BYTES)) {
        let mut choices = Choices::new(&bytes);
        let template = templates::template(&mut choices);
        let anchored = looks::anchored(&template.tree, &mut choices);
        let json = looks::json(&template.tree);
        alike(&template, [&anchored, &json], runs::findings_at_shared_places);
    }

    #[test]
    fn a_fix_does_what_it_says_once(bytes in vec(any::<u8>(), 0..BYTES)) {
        let mut choices = Choices::new(&bytes);
        let template = templates::template(&mut choices);
        let text = looks::yaml(&template.tree, &mut choices);
        mended::every_fix(&project(&template, &text));
    }
}

//! What the program is built from: where packages come from, under which licences, which of them run code while it is built,
//! and which actions the workflows take.
//!
//! Needs no tool and no network: `Cargo.lock`, and what `cargo metadata` says of the packages that are here already.

#![allow(clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// Packages whose own program runs when they are built, on one of our platforms. Whoever adds one has read it: it opens no
/// connection, and reads and writes nothing but what it is built from.
const BUILD_SCRIPTS: &str = "tests/supply/build-scripts";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect(name)
}

fn toml(name: &str) -> toml::Table {
    read(name).parse().expect(name)
}

/// Every package that any platform or feature takes in, as cargo tells it.
fn packages() -> Vec<Value> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let said = Command::new(cargo)
        .current_dir(root())
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .output()
        .expect("cargo is here");
    if !said.status.success() {
        // Packages of other platforms are not there on a machine that only built for its own.
        eprintln!("SKIPPED: {}", String::from_utf8_lossy(&said.stderr));
        return Vec::new();
    }
    let metadata: Value = serde_json::from_slice(&said.stdout).expect("JSON");
    metadata["packages"].as_array().expect("a list").clone()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().expect("a name")
}

#[test]
fn every_package_comes_from_the_registry_with_a_checksum() {
    let lock = toml("Cargo.lock");
    let packages = lock["package"].as_array().expect("a list");
    assert!(packages.len() > 100);
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        if name == env!("CARGO_PKG_NAME") {
            assert!(package.get("source").is_none());
            continue;
        }
        let source = package.get("source").and_then(toml::Value::as_str);
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        assert_eq!(source, Some(registry), "{name}");
        let sum = package.get("checksum").and_then(toml::Value::as_str);
        let is_sum = |sum: &str| sum.len() == 64 && sum.chars().all(|c| c.is_ascii_hexdigit());
        assert!(sum.is_some_and(is_sum), "{name}");
    }
}

#[test]
fn every_dependency_says_its_version_and_none_is_a_path_or_a_repository() {
    let manifest = toml("Cargo.toml");
    for kind in ["dependencies", "build-dependencies", "dev-dependencies"] {
        for (name, wanted) in manifest[kind].as_table().expect("a table") {
            let version = wanted.as_str().or_else(|| wanted.get("version")?.as_str());
            let version = version
                .unwrap_or_default()
                .trim_start_matches(['=', '^', '~']);
            assert!(
                version.starts_with(|c: char| c.is_ascii_digit()),
                "{name}: `{version}`"
            );
            for other in ["git", "path", "registry"] {
                assert!(wanted.get(other).is_none(), "{name}: {other}");
            }
        }
    }
    for other in ["patch", "replace", "target"] {
        assert!(manifest.get(other).is_none(), "{other}");
    }
}

/// Whether one of the ways that a licence leaves open is allowed altogether.
fn is_allowed(licence: &str, allowed: &BTreeSet<String>) -> bool {
    let licence = licence.replace('/', " OR ").replace(['(', ')'], " ");
    // `(A OR B) AND C` without its brackets would be read wrongly; so all parts have to do where there is an AND.
    let parts = |text: &str, by: &str| {
        text.split(by)
            .map(|part| part.trim().to_owned())
            .collect::<Vec<_>>()
    };
    let one_of = |text: &str| {
        parts(text, " OR ")
            .iter()
            .any(|one| allowed.contains(&one.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    parts(&licence, " AND ").iter().all(|part| one_of(part))
}

#[test]
fn every_licence_is_one_of_those_in_deny_toml() {
    let allowed = toml("deny.toml");
    let allowed: BTreeSet<String> = allowed["licenses"]["allow"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one.as_str().expect("a name").to_owned())
        .collect();
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
    assert!(is_allowed(
        "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
        &allowed
    ));
    assert!(!is_allowed("MIT AND GPL-3.0-only", &allowed));
    assert!(!is_allowed("MPL-2.0", &allowed));
    for package in packages() {
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(
            is_allowed(licence, &allowed),
            "{}: {licence}",
            name(&package)
        );
    }
}

#[test]
fn what_runs_while_it_is_built_is_known() {
    let packages = packages();
    if packages.is_empty() {
        return;
    }
    let runs = |package: &&Value| {
        let targets = package["targets"].as_array().expect("a list");
        targets
            .iter()
            .any(|target| target["kind"][0] == "custom-build")
    };
    let now: BTreeSet<&str> = packages.iter().filter(runs).map(name).collect();
    let known = read(BUILD_SCRIPTS);
    let known: BTreeSet<&str> = known
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let new: Vec<_> = now.difference(&known).collect();
    assert!(
        new.is_empty(),
        "{new:?} run code while they are built: read it, then add them to {BUILD_SCRIPTS}"
    );
    let gone: Vec<_> = known.difference(&now).collect();
    assert!(
        gone.is_empty(),
        "{gone:?} are no longer built from: remove them from {BUILD_SCRIPTS}"
    );
}

#[test]
fn a_script_that_is_built_with_us_speaks_to_nobody() {
    // A word of the language in which a connection is opened. It proves nothing, but no script needs it.
    const WORDS: [&str; 8] = [
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "std::net",
        "ToSocketAddrs",
        "ureq",
        "reqwest",
        "curl",
    ];
    let mut scripts: Vec<(String, PathBuf)> = Vec::new();
    for package in packages() {
        for target in package["targets"].as_array().expect("a list") {
            if target["kind"][0] == "custom-build" {
                let path = PathBuf::from(target["src_path"].as_str().expect("a path"));
                scripts.push((name(&package).to_owned(), path));
            }
        }
    }
    for (name, path) in scripts {
        let text = fs::read_to_string(&path).expect("the script is here");
        // Words in comments are no calls.
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let code = code.collect::<Vec<_>>().join("\n");
        for word in WORDS {
            assert!(
                !code.contains(word),
                "{name}: {} says {word}",
                path.display()
            );
        }
    }
}

/// Everything that a workflow, or the action, takes from elsewhere: the file, and what it says.
fn uses() -> Vec<(String, String)> {
    let folder = root().join(".github/workflows");
    let entries = fs::read_dir(folder).expect("readable");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.push(root().join("action.yml"));
    let templates = root().join("templates");
    if let Ok(entries) = fs::read_dir(templates) {
        files.extend(entries.map(|entry| entry.expect("readable").path()));
    }
    let mut all = Vec::new();
    for file in files.into_iter().filter(|file| file.is_file()) {
        let text = fs::read_to_string(&file).expect("readable");
        let shown = file
            .strip_prefix(root())
            .expect("inside")
            .display()
            .to_string();
        for line in text.lines() {
            let line = line.trim_start().trim_start_matches("- ");
            if let Some(used) = line.strip_prefix("uses:") {
                all.push((shown.clone(), used.trim().to_owned()));
            }
        }
    }
    all
}

#[test]
fn every_action_is_pinned_to_a_commit_and_says_its_version() {
    let all = uses();
    assert!(all.len() > 5, "{all:?}");
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, used) in all {
        let (action, comment) = used.split_once(" #").unwrap_or((&used, ""));
        let action = action.trim().trim_matches(['"', '\'']);
        if action.starts_with("./") {
            continue;
        }
        let (name, commit) = action.split_once('@').expect(action);
        let is_commit = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
        assert!(is_commit, "{file}: {action} is not pinned to a commit");
        let version = comment.trim().strip_prefix('v').unwrap_or_default();
        let is_version = version.split('.').count() == 3
            && version.split('.').all(|part| part.parse::<u32>().is_ok());
        assert!(is_version, "{file}: {action} does not say its version");
        versions
            .entry(name.to_owned())
            .or_default()
            .insert(format!("{commit} {version}"));
    }
    for (action, versions) in versions {
        assert_eq!(versions.len(), 1, "{action}: {versions:?}");
    }
}

#[test]
fn a_workflow_has_no_permission_that_it_does_not_ask_for() {
    for name in ["ci.yml", "release.yml"] {
        let text = read(&format!(".github/workflows/{name}"));
        assert!(text.lines().any(|line| line == "permissions: {}"), "{name}");
        for event in ["pull_request_target", "workflow_run", "issue_comment"] {
            assert!(!text.contains(event), "{name} runs on {event}");
        }
    }
}

#[test]
fn a_release_has_provenance_and_a_list_of_what_is_in_it() {
    let text = read(".github/workflows/release.yml");
    for step in [
        "actions/attest-build-provenance@",
        "actions/attest-sbom@",
        "cargo cyclonedx --format json",
        "npm publish --provenance",
        "--sbom true --provenance mode=max",
        "sha256sum",
        "dist/*.vsix",
    ] {
        assert!(text.contains(step), "{step}");
    }
    // Tools and programs that are built there are those that were looked at.
    for line in text.lines().filter(|line| line.contains("cargo install")) {
        assert!(
            line.contains("--locked") && line.contains("--version "),
            "{line}"
        );
    }
    for line in text
        .lines()
        .filter(|line| line.contains("cargo build") || line.contains("maturin build"))
    {
        assert!(line.contains("--locked"), "{line}");
    }
    for line in text.lines().filter(|line| line.contains("pip install")) {
        assert!(line.contains("--require-hashes"), "{line}");
    }
}

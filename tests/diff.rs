//! `gatelint diff` on real repositories: pull requests as they are made, and trees as nobody should make them.

#![cfg(feature = "cli")]
#![allow(clippy::indexing_slicing, clippy::panic)]

mod program;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const SERVICE: &str = "\
service: shop
provider: { name: aws }
functions:
  list:
    handler: a.list
    events:
      - http: { path: orders, method: get, authorizer: aws_iam }
  create:
    handler: a.create
    events:
      - http: { path: orders, method: post, authorizer: aws_iam }
  health:
    handler: a.health
    events:
      - http: { path: health, method: get }
";

/// A repository with one commit on `main`, in which the shop lies.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().expect("a folder"));
        repository.git(&["init", "--quiet", "--initial-branch=main", "."]);
        repository.write("services/shop/serverless.yml", SERVICE);
        repository.commit();
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let done = git(self.path(), arguments).output().expect("git is here");
        assert!(done.status.success(), "{arguments:?}: {}", err(&done));
        out(&done).trim().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("inside")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "x"]);
    }

    /// A tree of so many entries of the same object.
    fn tree(&self, number: usize, object: &str) -> String {
        let entries: Vec<String> = (0..number)
            .map(|n| format!("{object}\te{n:04}\n"))
            .collect();
        let list = self.path().join(".git/list");
        fs::write(&list, entries.concat()).expect("written");
        let list = fs::File::open(list).expect("opened");
        let mut command = git(self.path(), &["mktree"]);
        let done = command.stdin(list).output().expect("git is here");
        out(&done).trim().to_owned()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(self.path(), arguments)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let done = self.run(&[&["--format", "json"], arguments].concat());
        serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}", err(&done)))
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@example.org"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@example.org"),
    ] {
        command.env(name, value);
    }
    command
}

/// `gatelint diff` with these arguments.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    program::run(folder, &[&["diff"], arguments].concat())
}

fn out(done: &Output) -> String {
    String::from_utf8(done.stdout.clone()).expect("UTF-8")
}

fn err(done: &Output) -> String {
    String::from_utf8_lossy(&done.stderr).into_owned()
}

fn code(done: &Output) -> i32 {
    done.status.code().expect("no signal")
}

/// `kind METHOD path` of everything that differs.
fn kinds(report: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let told = |entry: &Value| {
        let side = if entry["new"].is_null() {
            &entry["old"]
        } else {
            &entry["new"]
        };
        let parts = [&entry["kind"], &side["method"], &side["path"]];
        parts.map(word).join(" ")
    };
    let endpoints = report["endpoints"].as_array().expect("a list");
    endpoints.iter().map(told).collect()
}

#[test]
fn a_pull_request_that_opens_an_endpoint_is_told_and_fails() {
    let repository = Repository::new();
    repository.git(&["switch", "--quiet", "--create", "feature"]);
    let opened = SERVICE.replace("method: post, authorizer: aws_iam", "method: post");
    repository.write("services/shop/serverless.yml", &opened);
    repository.commit();
    for arguments in [
        &["main", "HEAD"][..],
        &["main"],
        &["main..feature"],
        &["main...feature"],
        &["main..."],
    ] {
        let done = repository.run(arguments);
        assert_eq!(code(&done), 1, "{arguments:?}: {}", err(&done));
        assert_eq!(
            out(&done),
            "opened     POST  /orders  iam → none  services/shop/serverless.yml:11\n\
             same       2 endpoints\n\
             1 endpoint became more open\n",
            "{arguments:?}"
        );
    }
    assert_eq!(code(&repository.run(&["main", "--exit-zero"])), 0);
    let back = repository.run(&["feature", "main"]);
    assert_eq!(code(&back), 0);
    assert!(out(&back).starts_with("tightened  POST  /orders  none → iam"));
}

#[test]
fn a_pull_request_that_only_moves_code_changes_nothing() {
    let repository = Repository::new();
    fs::remove_file(repository.path().join("services/shop/serverless.yml")).expect("removed");
    let (head, functions) = SERVICE.split_once("  list:").expect("written");
    let (list, rest) = functions.split_once("  create:").expect("written");
    let moved = format!("{head}  create:{rest}  listing:{list}");
    repository.write("apis/store/serverless.yml", &moved);
    repository.commit();
    let done = repository.run(&["HEAD~1", "HEAD"]);
    assert_eq!(code(&done), 0, "{}", err(&done));
    assert_eq!(
        out(&done),
        "same       3 endpoints, 3 of them moved or renamed\nno endpoint became more open\n"
    );
    let report = repository.json(&["HEAD~1", "HEAD"]);
    let changes = report["endpoints"].as_array().expect("a list");
    let renamed = changes
        .iter()
        .flat_map(|entry| entry["changes"].as_array().expect("a list"));
    let renamed: Vec<&Value> = renamed
        .filter(|change| change["what"] == "function")
        .collect();
    assert_eq!(renamed.len(), 1);
    assert_eq!(renamed[0]["new"], "listing");
}

#[test]
fn a_renamed_function_whose_door_opens_is_opened_not_new() {
    let repository = Repository::new();
    let text = SERVICE
        .replace("method: post, authorizer: aws_iam", "method: post")
        .replace("create:", "make:");
    fs::remove_file(repository.path().join("services/shop/serverless.yml")).expect("removed");
    repository.write("shop/serverless.yml", &text);
    let report = repository.json(&["main"]);
    assert_eq!(report["more_open"], 1);
    assert_eq!(kinds(&report)[0], "opened POST /orders");
}

#[test]
fn what_is_new_and_public_counts_unless_it_is_declared_so() {
    let repository = Repository::new();
    let door = "      - http: { path: prices, method: get }\n";
    repository.write("services/shop/serverless.yml", &format!("{SERVICE}{door}"));
    let done = repository.run(&["main"]);
    assert_eq!(code(&done), 1);
    assert!(
        out(&done).starts_with("added      GET  /prices  none"),
        "{}",
        out(&done)
    );
    let declared =
        format!("{SERVICE}      # gatelint: ignore[public-read] everyone may know\n{door}");
    repository.write("services/shop/serverless.yml", &declared);
    let done = repository.run(&["main"]);
    assert_eq!(code(&done), 0, "{}", out(&done));
    assert!(out(&done).contains("declared public: \"everyone may know\""));
    // A door that was closed before and is declared now came open all the same.
    let opened = SERVICE.replace(
        "      - http: { path: orders, method: get, authorizer: aws_iam }",
        "      # gatelint: ignore[public-read] everyone may know\n      - http: { path: orders, method: get }",
    );
    repository.write("services/shop/serverless.yml", &opened);
    assert_eq!(code(&repository.run(&["main"])), 1);
}

#[test]
fn preflight_methods_never_count() {
    let repository = Repository::new();
    let cors = SERVICE.replace("method: post,", "method: post, cors: true,");
    repository.write("services/shop/serverless.yml", &cors);
    let done = repository.run(&["main"]);
    assert_eq!(code(&done), 0);
    assert!(
        out(&done).starts_with("also       1 change of preflight methods"),
        "{}",
        out(&done)
    );
    assert_eq!(
        kinds(&repository.json(&["main"])),
        ["added OPTIONS /orders"]
    );
}

#[test]
fn what_only_deployment_knows_is_undecided_on_either_side() {
    let repository = Repository::new();
    let unknown = SERVICE.replace("post, authorizer: aws_iam", "post, authorizer: '${ssm:/a}'");
    repository.write("services/shop/serverless.yml", &unknown);
    repository.commit();
    for sides in [["HEAD~1", "HEAD"], ["HEAD", "HEAD~1"]] {
        let report = repository.json(&sides);
        assert_eq!(kinds(&report), ["undecided POST /orders"]);
        assert_eq!(report["more_open"], 0);
    }
}

#[test]
fn a_service_that_is_gone_is_removed_and_one_side_may_be_empty() {
    let repository = Repository::new();
    fs::remove_dir_all(repository.path().join("services")).expect("removed");
    repository.write("README.md", "nothing");
    repository.commit();
    let done = repository.run(&["HEAD~1..HEAD"]);
    assert_eq!(code(&done), 0, "{}", err(&done));
    assert!(
        out(&done).contains("HEAD~1:services/shop/serverless.yml:7"),
        "{}",
        out(&done)
    );
    let report = repository.json(&["HEAD~1..HEAD"]);
    assert_eq!(report["summary"]["removed"], 3);
    let back = repository.json(&["HEAD", "HEAD~1"]);
    assert_eq!(back["summary"]["added"], 3);
    assert_eq!(back["more_open"], 1);
    assert_eq!(code(&repository.run(&["HEAD", "HEAD"])), 2);
}

#[test]
fn folders_files_and_parts_of_revisions_are_compared_by_what_lies_in_them() {
    let repository = Repository::new();
    let opened = SERVICE.replace("method: post, authorizer: aws_iam", "method: post");
    repository.write("after/serverless.yml", &opened);
    repository.write("other/serverless.yml", SERVICE);
    repository.commit();
    for arguments in [
        &["services/shop", "after"][..],
        &["services/shop/serverless.yml", "after/serverless.yml"],
        &["main:services/shop", "after"],
        &["main:services/shop", "HEAD:after"],
        &[
            "main:services/shop/serverless.yml",
            "main:after/serverless.yml",
        ],
    ] {
        let report = repository.json(arguments);
        assert_eq!(kinds(&report)[0], "opened POST /orders", "{arguments:?}");
        assert_eq!(report["summary"]["added"], 0, "{arguments:?}");
    }
    let only = repository.json(&["HEAD~1", "HEAD", "--", "other"]);
    assert_eq!(only["summary"]["added"], 3);
    let mixed = repository.json(&["HEAD~1", "after"]);
    assert_eq!(mixed["summary"]["added"], 3);
    assert_eq!(mixed["summary"]["removed"], 0);
}

#[test]
fn what_is_neither_path_nor_revision_is_an_error_that_says_so() {
    let repository = Repository::new();
    for (arguments, told) in [
        (&["nowhere"][..], "neither a path nor a revision"),
        (&["services"], "is a path"),
        (&["main..HEAD", "HEAD"], "stands for two revisions"),
        (&["main", "HEAD", "--", "../x"], "lies outside"),
    ] {
        let done = repository.run(arguments);
        assert_eq!(code(&done), 2, "{arguments:?}");
        assert!(err(&done).contains(told), "{}", err(&done));
    }
    let plain = tempfile::tempdir().expect("a folder");
    assert_eq!(code(&run(plain.path(), &["a", "b"])), 2);
}

#[test]
fn a_path_wins_over_a_branch_of_the_same_name() {
    let repository = Repository::new();
    repository.git(&["branch", "services"]);
    assert_eq!(code(&repository.run(&["services"])), 2);
    assert_eq!(code(&repository.run(&["refs/heads/services"])), 0);
}

#[cfg(unix)]
#[test]
fn links_and_submodules_of_a_tree_lead_nowhere_outside() {
    use std::os::unix::fs::symlink;
    let repository = Repository::new();
    let root = repository.path();
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("serverless.yml"), SERVICE).expect("written");
    fs::create_dir_all(root.join("l/m")).expect("made");
    symlink(
        outside.path().join("serverless.yml"),
        root.join("l/serverless.yml"),
    )
    .expect("linked");
    symlink("../../../../../etc/passwd", root.join("l/template.yaml")).expect("linked");
    symlink("loop.yml", root.join("loop.yml")).expect("linked");
    symlink("services", root.join("again")).expect("linked");
    symlink(
        "../../again/shop/serverless.yml",
        root.join("l/m/serverless.yml"),
    )
    .expect("linked");
    let included = SERVICE.replace("functions:", "custom: ${file(../l/up/x.yml)}\nfunctions:");
    symlink("..", root.join("l/up")).expect("linked");
    repository.write("x.yml", "a: 1");
    repository.write("more/serverless.yml", &included);
    repository.commit();
    let submodule = format!("160000,{},sub", repository.git(&["rev-parse", "HEAD"]));
    repository.git(&["update-index", "--add", "--cacheinfo", &submodule]);
    repository.git(&["commit", "--quiet", "--message", "x"]);
    let done = repository.run(&["HEAD~2", "HEAD", "--allow-incomplete", "--format", "json"]);
    assert_eq!(code(&done), 1, "{}", err(&done));
    let report: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    // The link inside is its file, which is looked at once; those that lead out give nothing.
    assert_eq!(report["summary"]["added"], 3, "{}", report["problems"]);
    assert_eq!(report["endpoints"][0]["new"]["file"], "more/serverless.yml");
    let problems = report["problems"]["new"].as_array().expect("a list");
    let told = |problem: &Value| problem["message"].as_str().unwrap_or_default().to_owned();
    let told: Vec<String> = problems.iter().map(told).collect();
    assert!(
        told.iter()
            .any(|text| text.contains("l/serverless.yml") && text.contains("outside")),
        "{told:?}"
    );
    assert_eq!(code(&repository.run(&["HEAD~2", "HEAD"])), 3);
}

#[test]
fn a_huge_file_is_refused_by_its_size() {
    let repository = Repository::new();
    let padding = "#".repeat(11 << 20);
    repository.write("big/serverless.yml", &format!("{SERVICE}{padding}"));
    repository.commit();
    let done = repository.run(&["HEAD~1", "HEAD"]);
    assert_eq!(code(&done), 3);
    assert!(
        out(&done).contains("is larger than 10 MiB"),
        "{}",
        out(&done)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_text_are_shown_and_read() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let repository = Repository::new();
    let folder = repository.path().join(OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("serverless.yml"), SERVICE).expect("written");
    repository.commit();
    let done = repository.run(&["HEAD~1", "HEAD"]);
    assert_eq!(code(&done), 1, "{}", err(&done));
    assert!(
        out(&done).contains("caf\\xE9/serverless.yml:15"),
        "{}",
        out(&done)
    );
}

#[test]
fn a_tree_that_spells_billions_of_paths_ends_soon() {
    let repository = Repository::new();
    let blob = repository.git(&["rev-parse", "HEAD:services/shop/serverless.yml"]);
    let mut tree = repository.tree(1000, &format!("100644 blob {blob}"));
    for _ in 0..6 {
        tree = repository.tree(10, &format!("040000 tree {tree}"));
    }
    let commit = repository.git(&["commit-tree", "-m", "x", &tree]);
    let done = repository.run(&["main", &commit]);
    assert_eq!(code(&done), 2, "{}", out(&done));
    assert!(err(&done).contains("1,000,000 files"), "{}", err(&done));
}

#[test]
fn nothing_that_the_repository_configures_runs() {
    let repository = Repository::new();
    let trap = repository.path().join("trap");
    let command = format!("touch {}", trap.display());
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "filter.x.smudge",
        "diff.external",
    ] {
        repository.git(&["config", key, &command]);
    }
    repository.write(".gitattributes", "*.yml filter=x\n");
    let _ = fs::remove_file(&trap);
    assert_eq!(code(&repository.run(&["main"])), 0);
    assert!(!trap.exists());
}

#[test]
fn a_secret_of_the_environment_is_not_shown() {
    let repository = Repository::new();
    let text = SERVICE.replace("path: health", "path: '${env:HOOK}'");
    repository.write("services/shop/serverless.yml", &text);
    for format in ["human", "json", "markdown"] {
        let done = Command::new(env!("CARGO_BIN_EXE_gatelint"))
            .current_dir(repository.path())
            .env("HOOK", "hunter22hunter22")
            .args(["diff", "main", "--env-var", "HOOK", "--format", format])
            .output()
            .expect("it starts");
        assert!(!out(&done).contains("hunter22"), "{}", out(&done));
        assert!(out(&done).contains("env:HOOK"), "{}", out(&done));
    }
}

#[test]
fn a_check_against_a_base_counts_only_what_the_branch_adds() {
    let repository = Repository::new();
    let check = |arguments: &[&str]| {
        let all = [
            &["check", "--format", "json", "--fail-on", "low"],
            arguments,
        ]
        .concat();
        let done = program::run(repository.path(), &all);
        let report: Value = serde_json::from_slice(&done.stdout).unwrap_or_default();
        let found = report["findings"].as_array().cloned().unwrap_or_default();
        let rules = found.iter().map(|one| {
            one["subject"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        });
        (done.status.code(), rules.collect::<Vec<_>>())
    };
    assert_eq!(check(&[]).0, Some(1), "the health check is open");
    repository.git(&["checkout", "--quiet", "-b", "topic"]);
    // Moved, renamed and reordered: nothing new.
    let moved = SERVICE.replace("  health:", "  ping:");
    repository.git(&["mv", "services/shop", "services/store"]);
    repository.write("services/store/serverless.yml", &moved);
    repository.commit();
    assert_eq!(check(&["--diff-base", "main"]), (Some(0), vec![]));
    // Opened: one more, and only that one.
    let opened = moved.replace("method: post, authorizer: aws_iam", "method: post");
    repository.write("services/store/serverless.yml", &opened);
    let added = vec!["POST /orders".to_owned()];
    assert_eq!(check(&["--diff-base", "main"]), (Some(1), added.clone()));
    repository.commit();
    // What happens on the base meanwhile is not this branch's.
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write(
        "services/shop/serverless.yml",
        "service: shop\nprovider: { name: aws }\n",
    );
    repository.commit();
    repository.git(&["checkout", "--quiet", "topic"]);
    assert_eq!(check(&["--diff-base", "main"]), (Some(1), added));
    assert_eq!(check(&["--diff-base", "HEAD"]), (Some(0), vec![]));
    assert_eq!(check(&["--diff-base", "nowhere"]).0, Some(2));
}

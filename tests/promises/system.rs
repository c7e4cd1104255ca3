//! What the program asks of the system while it looks at a project that wants it to do more.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::program::{code, err, out, run, write};
use crate::project::{CANARY, Hostile, looking, writing};
use crate::trace::{is_of_the_system, trace};

#[test]
fn no_other_program_is_started() {
    let project = Hostile::new();
    let writes = writing().into_iter().map(|(arguments, _)| arguments);
    for arguments in looking(&project).into_iter().chain(writes) {
        let Some(calls) = trace(&project.root, "process", &arguments) else {
            return;
        };
        let started: Vec<&str> = calls
            .iter()
            .filter(|call| match call.name.as_str() {
                "execve" | "execveat" | "fork" | "vfork" => true,
                // A thread of our own shares everything with us.
                "clone" | "clone3" => !call.text.contains("CLONE_THREAD"),
                _ => false,
            })
            .map(|call| call.text.as_str())
            .collect();
        // The first is strace starting us.
        assert_eq!(started.len(), 1, "{arguments:?}: {started:#?}");
    }
    assert!(!project.root.join("ran").exists());
}

#[test]
fn no_socket_is_opened() {
    let project = Hostile::new();
    let writes = writing().into_iter().map(|(arguments, _)| arguments);
    for arguments in looking(&project).into_iter().chain(writes) {
        // That we were started is the one call there has to be.
        let Some(calls) = trace(&project.root, "network,execve", &arguments) else {
            return;
        };
        let sockets: Vec<&str> = calls
            .iter()
            .filter(|call| !call.name.starts_with("execve"))
            .map(|call| call.text.as_str())
            .collect();
        assert!(sockets.is_empty(), "{arguments:?}: {sockets:#?}");
    }
}

#[test]
fn nothing_outside_of_the_root_is_opened_or_asked_for() {
    let project = Hostile::new();
    for arguments in looking(&project) {
        // Whoever names a folder makes it an input.
        if arguments.iter().any(|named| named.contains("folder")) {
            continue;
        }
        let Some(calls) = trace(&project.root, "file", &arguments) else {
            return;
        };
        for call in &calls {
            let Some(path) = &call.path else { continue };
            if call.name.starts_with("execve") || path.starts_with(&project.root) {
                continue;
            }
            let is_outside = path.starts_with(&project.outside);
            let is_secret = path.starts_with("/etc/passwd") || path.starts_with("/dev/zero");
            assert!(!is_outside && !is_secret, "{arguments:?}: {}", call.text);
            let opens = call.name.starts_with("open") || call.name.starts_with("readlink");
            assert!(
                !opens || !call.is_done || is_of_the_system(path),
                "{arguments:?}: {}",
                call.text
            );
        }
    }
}

#[test]
fn nothing_of_what_lies_outside_is_printed() {
    let project = Hostile::new();
    for arguments in looking(&project) {
        if arguments.iter().any(|named| named.contains("folder")) {
            continue;
        }
        let output = run(&project.root, &arguments);
        let said = format!("{}{}", out(&output), err(&output));
        assert!(!said.contains(CANARY), "{arguments:?}: {said}");
        assert!(!said.contains("root:x:0"), "{arguments:?}: {said}");
    }
    // What is refused is said.
    let said = run(&project.root, &["check"]);
    assert_eq!(said.status.code(), Some(3));
    for name in ["template.yaml", "passwd.template.yaml"] {
        let line = out(&said).lines().find(|line| line.contains(name));
        assert!(line.is_some(), "{name}: {}", out(&said));
    }
    assert!(out(&said).contains("lies outside the project root"));
}

#[test]
fn folders_of_a_project_that_are_links_out_of_it_are_refused() {
    let project = Hostile::new();
    write(&project.outside, "own/baseline.json", CANARY);
    fs::create_dir(project.root.join(".gatelint")).expect("made");
    symlink(
        project.outside.join("rules"),
        project.root.join(".gatelint/rules"),
    )
    .expect("linked");
    let output = run(&project.root, &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("lies outside the project root"),
        "{}",
        err(&output)
    );
    assert!(!err(&output).contains("canary"), "{}", err(&output));
    assert_eq!(code(&project.root, &["rules", "new", "own"]), 2);

    fs::remove_dir_all(project.root.join(".gatelint")).expect("removed");
    symlink(project.outside.join("own"), project.root.join(".gatelint")).expect("linked");
    let before = tree(&project.outside);
    for arguments in [
        &["check"][..],
        &["baseline", "write"],
        &["rules", "new", "own"],
    ] {
        let output = run(&project.root, arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            err(&output)
        );
        assert!(!err(&output).contains("canary"), "{}", err(&output));
    }
    assert_eq!(tree(&project.outside), before);
}

#[test]
fn a_configuration_keeps_its_baseline_in_the_project() {
    let project = Hostile::new();
    let absolute = project.outside.join("b.json");
    for place in [
        "../outside/b.json",
        "folder/b.json",
        absolute.to_str().expect("UTF-8"),
    ] {
        write(
            &project.root,
            "gatelint.toml",
            &format!("baseline = \"{place}\"\n"),
        );
        write(&project.outside, "b.json", CANARY);
        for arguments in [
            &["check"][..],
            &["baseline", "write"],
            &["baseline", "prune"],
        ] {
            let output = run(&project.root, arguments);
            assert_eq!(output.status.code(), Some(2), "{place} {arguments:?}");
            assert!(
                err(&output).contains("outside"),
                "{place}: {}",
                err(&output)
            );
            assert!(
                !err(&output).contains("canary"),
                "{place}: {}",
                err(&output)
            );
        }
        let kept = fs::read_to_string(&absolute).expect("there");
        assert_eq!(kept, CANARY, "{place}");
    }
    // Who runs us may keep it anywhere.
    let named = ["baseline", "write", "--baseline", "../outside/b.json"];
    let _ = run(&project.root, &named);
    assert_ne!(fs::read_to_string(&absolute).expect("there"), CANARY);
}

/// Every file below a folder with its bytes; links with where they lead.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).expect("readable") {
            let path = entry.expect("readable").path();
            let kind = fs::symlink_metadata(&path).expect("there").file_type();
            if kind.is_dir() {
                pending.push(path.clone());
                all.insert(path, Vec::new());
            } else if kind.is_symlink() {
                let to = fs::read_link(&path).expect("a link");
                all.insert(path, to.as_os_str().as_encoded_bytes().to_vec());
            } else if kind.is_file() {
                let bytes = fs::read(&path).expect("readable");
                all.insert(path, bytes);
            } else {
                all.insert(path, Vec::new());
            }
        }
    }
    all
}

#[test]
fn only_what_was_asked_for_is_written() {
    let project = Hostile::new();
    let above = project.above().canonicalize().expect("exists");
    let mut before = tree(&above);
    for arguments in looking(&project) {
        let _ = run(&project.root, &arguments);
        assert_eq!(tree(&above), before, "{arguments:?}");
    }
    for (arguments, files) in writing() {
        let output = run(&project.root, &arguments);
        let after = tree(&above);
        let mut changed: Vec<&PathBuf> = after
            .iter()
            .filter(|(path, bytes)| before.get(*path) != Some(bytes))
            .map(|(path, _)| path)
            .collect();
        changed.retain(|path| path.is_file());
        let wanted: Vec<PathBuf> = files.iter().map(|file| project.root.join(file)).collect();
        let same_again = arguments.contains(&"prune");
        if !same_again {
            let wanted: Vec<&PathBuf> = wanted.iter().collect();
            assert_eq!(changed, wanted, "{arguments:?}: {}", err(&output));
        }
        assert!(
            changed.iter().all(|path| wanted.contains(path)),
            "{arguments:?}: {changed:?}"
        );
        let gone = before.keys().find(|path| !after.contains_key(*path));
        assert_eq!(gone, None, "{arguments:?}");
        before = after;
    }
}

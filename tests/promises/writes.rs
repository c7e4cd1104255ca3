//! What is written is whole or not there: whatever the target is, and whatever happens in the middle.
//!
//! Disks that are full and ends in the middle of writing are made with the limit of a file's size: where its signal is
//! ignored a write fails like that of a full disk, and where it is not, the program is killed in the write.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::program::{err, folder, gatelint, run, write};

/// A template with a finding that is mended in place, and more text than a small disk takes.
fn pool() -> String {
    let padding = "# what stands here is only long\n".repeat(2000);
    format!(
        "Resources:\n  Users:\n    Type: AWS::Cognito::UserPool\n    Properties:\n      Policies:\n        PasswordPolicy:\n          MinimumLength: 6\n{padding}"
    )
}

/// What writes, and the file it writes.
const WRITING: [(&[&str], &str); 5] = [
    (
        &["check", "--format", "json", "-o", "out/r.json"],
        "out/r.json",
    ),
    (&["check", "-o", "html=out/r.html"], "out/r.html"),
    (&["report", "-o", "out/r.html"], "out/r.html"),
    (
        &["baseline", "write", "--baseline", "out/b.json"],
        "out/b.json",
    ),
    (&["check", "--fix"], "template.yaml"),
];

const OLD: &str = "{ \"old\": \"whole\" }\n";

/// A project in which each of these files is there already.
fn project() -> TempDir {
    let folder = folder(&[("template.yaml", &pool())]);
    // So that every report is longer than a small disk takes.
    let short = pool().split_once('#').map(|(text, _)| text.to_owned());
    for n in 0..60 {
        let name = format!("more{n}/template.yaml");
        write(
            folder.path(),
            &name,
            &short.clone().unwrap_or_default().replace('6', "5"),
        );
    }
    for (_, file) in WRITING {
        if file.starts_with("out/") {
            write(folder.path(), file, OLD);
        }
    }
    folder
}

fn before(file: &str) -> String {
    if file.starts_with("out/") {
        OLD.to_owned()
    } else {
        pool()
    }
}

fn text(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).expect("there")
}

/// Runs it by a shell that limits the size of files to so many blocks, and does something first.
fn limited(folder: &Path, first: &str, arguments: &[&str]) -> Output {
    let plain = gatelint(folder);
    Command::new("sh")
        .current_dir(folder)
        .env_remove("GITHUB_ACTIONS")
        .args(["-c", &format!("{first}; ulimit -f 2 && exec \"$@\""), "sh"])
        .arg(plain.get_program())
        .args(arguments)
        .output()
        .expect("a shell")
}

fn temporary(folder: &Path) -> usize {
    let below = [folder.to_path_buf(), folder.join("out")];
    let entries = below
        .iter()
        .flat_map(|folder| fs::read_dir(folder).expect("readable"));
    let names = entries.map(|entry| entry.expect("readable").file_name());
    names
        .filter(|name| name.to_string_lossy().contains(".tmp"))
        .count()
}

#[test]
fn everything_is_written_where_nothing_is_in_the_way() {
    for (arguments, file) in WRITING {
        let project = project();
        let output = run(project.path(), arguments);
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{arguments:?}: {}",
            err(&output)
        );
        let now = text(project.path(), file);
        assert_ne!(now, before(file), "{arguments:?}");
        // The limit of the tests below is in the way of each of them.
        assert!(now.len() > 2048, "{arguments:?}: {}", now.len());
        assert_eq!(temporary(project.path()), 0, "{arguments:?}");
    }
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    for (arguments, file) in WRITING {
        let project = project();
        let output = limited(project.path(), "trap '' XFSZ", arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            err(&output)
        );
        assert!(
            err(&output).contains("cannot be written"),
            "{arguments:?}: {}",
            err(&output)
        );
        assert_eq!(text(project.path(), file), before(file), "{arguments:?}");
        assert_eq!(
            temporary(project.path()),
            0,
            "{arguments:?}: nothing stays beside"
        );
    }
}

#[test]
fn an_end_in_the_middle_of_writing_leaves_what_was_there() {
    for (arguments, file) in WRITING {
        let project = project();
        let output = limited(project.path(), ":", arguments);
        assert_eq!(
            output.status.code(),
            None,
            "{arguments:?}: it was to be killed"
        );
        assert_eq!(text(project.path(), file), before(file), "{arguments:?}");
        // What it left half done is no input of the next run, and not in its way.
        let again = run(project.path(), arguments);
        assert!(
            matches!(again.status.code(), Some(0 | 1)),
            "{arguments:?}: {}",
            err(&again)
        );
        assert_ne!(text(project.path(), file), before(file), "{arguments:?}");
    }
}

#[test]
fn a_target_that_leads_out_of_the_project_is_not_written() {
    for (arguments, file) in WRITING {
        let project = project();
        let outside = folder(&[("victim", OLD)]);
        let victim = outside.path().join("victim");
        let target = project.path().join(file);
        fs::remove_file(&target).expect("removed");
        symlink(&victim, &target).expect("linked");
        let output = run(project.path(), arguments);
        // A service that is a link out of the project is not even read.
        let expected = if file.starts_with("out/") { 2 } else { 3 };
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{arguments:?}: {}",
            err(&output)
        );
        assert_eq!(
            fs::read_to_string(&victim).expect("there"),
            OLD,
            "{arguments:?}"
        );
        assert!(target.is_symlink(), "{arguments:?}");
    }
}

#[test]
fn a_device_is_no_target() {
    for (arguments, file) in WRITING {
        let project = project();
        let target = project.path().join(file);
        fs::remove_file(&target).expect("removed");
        symlink("/dev/full", &target).expect("linked");
        let output = run(project.path(), arguments);
        assert!(
            matches!(output.status.code(), Some(2 | 3)),
            "{arguments:?}: {}",
            err(&output)
        );
        assert!(target.is_symlink(), "{arguments:?}");
    }
    let project = project();
    let output = run(project.path(), &["check", "-o", "json=/dev/full"]);
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
}

#[test]
fn a_read_only_report_is_there_as_a_whole() {
    for (arguments, file) in WRITING {
        let project = project();
        let target = project.path().join(file);
        let mut mode = fs::metadata(&target).expect("there").permissions();
        mode.set_readonly(true);
        fs::set_permissions(&target, mode).expect("its own");
        let output = run(project.path(), arguments);
        // A source is left alone; a report takes the place of the old one, and is as read-only.
        let now = text(project.path(), file);
        let is_old = now == before(file);
        assert_eq!(
            is_old,
            output.status.code() == Some(2),
            "{arguments:?}: {}",
            err(&output)
        );
        assert_eq!(is_old, arguments.contains(&"--fix"), "{arguments:?}");
        assert!(is_old || now.len() > 2048, "{arguments:?}");
        let mode = fs::metadata(&target).expect("there").permissions();
        assert!(mode.readonly(), "{arguments:?}");
    }
}

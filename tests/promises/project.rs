//! A project as somebody makes it who wants to reach out of it, and the commands that are run on it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::program::write;

/// What stands in every file outside that must not be read.
pub const CANARY: &str = "canary-6f1c";

/// The service of the project: it asks for everything that it must not get.
const SERVICE: &str = "\
service: shop
useDotenv: true
variablesResolutionMode: 20210326
plugins: [./plugin.js, serverless-plugin-x]
provider:
  name: aws
  environment:
    A: ${file(/etc/passwd)}
    B: ${file(../outside/secret.yml):key}
    C: ${file(./out.yml):key}
    D: ${file(./folder/secret.yml):key}
    E: ${file(./run.js):run}
    F: ${env:CANARY_SECRET}
    G: ${ssm:/shop/key}
    H: ${s3:bucket/key}
    I: ${cf:other.Output}
    J: ${file(./pipe.yml):key}
    K: ${file(./zero.yml):key}
    L: ${file(~/.aws/credentials)}
    M: ${file(ABSOLUTE/secret.yml):key}
    N: ${git:sha1}
    O: ${file(./out-and-in/../../outside/secret.yml):key}
    P: ${file(./dangling.yml):key}
functions:
  pay:
    handler: src/pay.main
    events:
      - http: { path: pay, method: post }
  more: ${file(../outside/secret.yml)}
resources:
  - ${file(../outside/secret.yml)}
  - ${file(./folder/secret.yml)}
  - Resources:
      Included:
        Fn::Transform: { Name: AWS::Include, Parameters: { Location: ABSOLUTE/secret.yml } }
";

const STACK: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Transform: [AWS::Serverless-2016-10-31, Custom::Macro]
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: { StageName: v1, DefinitionUri: ../outside/secret.yml }
  Second:
    Type: AWS::Serverless::Api
    Properties: { StageName: v1, DefinitionUri: ./folder/secret.yml }
  Third:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody: { Fn::Transform: { Name: AWS::Include, Parameters: { Location: ABSOLUTE/secret.yml } } }
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: ../outside/secret.yml }
  Far:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: https://s3.amazonaws.com/bucket/template.yaml }
  Application:
    Type: AWS::Serverless::Application
    Properties: { Location: file:///etc/passwd }
";

/// A folder in which a project lies beside what is none of its business.
pub struct Hostile {
    folder: TempDir,
    /// The root of the project.
    pub root: PathBuf,
    /// What it must not reach.
    pub outside: PathBuf,
}

impl Hostile {
    /// Makes it, with a repository that has one commit where there is git.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().canonicalize().expect("exists");
        let (root, outside) = (base.join("project"), base.join("outside"));
        let absolute = outside.to_str().expect("UTF-8");
        write(
            &outside,
            "secret.yml",
            &format!("key: {CANARY}\nA: {{ handler: {CANARY}.x }}\n"),
        );
        write(
            &outside,
            "template.yaml",
            &STACK.replace("ABSOLUTE", CANARY),
        );
        write(&outside, "rules/canary-6f1c.md", CANARY);
        write(
            &root,
            "serverless.yml",
            &SERVICE.replace("ABSOLUTE", absolute),
        );
        write(
            &root,
            "stack/template.yaml",
            &STACK.replace("ABSOLUTE", absolute),
        );
        write(
            &root,
            "compose/serverless-compose.yml",
            "services:\n  a: { path: ../../outside }\n  b: { path: ../folder }\n",
        );
        write(
            &root,
            "cdk/serverless.ts",
            "export default { service: 'x' }",
        );
        write(&root, "gatelint.toml", "fail-on = \"never\"\n");
        write(
            &root,
            "package.json",
            "{ \"scripts\": { \"postinstall\": \"./run.js\" } }",
        );
        for name in [
            "run.js",
            "plugin.js",
            "src/pay.js",
            "serverless.js",
            "run.sh",
        ] {
            let path = root.join(name);
            write(
                &root,
                name,
                "#!/bin/sh\ntouch ran\nexports.run = require('child_process').execSync('touch ran')\n",
            );
            let mut mode = fs::metadata(&path).expect("there").permissions();
            std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
            fs::set_permissions(&path, mode).expect("its own");
        }
        let made = Self {
            folder,
            root,
            outside,
        };
        made.links();
        made.repository();
        made
    }

    fn links(&self) {
        let link = |to: &Path, name: &str| symlink(to, self.root.join(name)).expect("linked");
        link(&self.outside.join("secret.yml"), "out.yml");
        link(&self.outside.join("template.yaml"), "template.yaml");
        link(&self.outside, "folder");
        link(&self.outside, "folder.yml");
        link(Path::new("stack"), "out-and-in");
        link(Path::new("../outside/none.yml"), "dangling.yml");
        link(Path::new("/dev/zero"), "zero.yml");
        link(Path::new("/etc/passwd"), "passwd.template.yaml");
        link(Path::new("../outside/secret.yml"), ".env");
        link(Path::new("../outside/secret.yml"), ".gitignore");
        let made = Command::new("mkfifo")
            .arg(self.root.join("pipe.yml"))
            .status();
        assert!(made.expect("mkfifo is there").success());
        // Where this is run as root, a device of its own as well.
        let _ = Command::new("mknod")
            .arg(self.root.join("device.template.yaml"))
            .args(["c", "1", "5"])
            .stderr(std::process::Stdio::null())
            .status();
    }

    /// A repository whose configuration names programs for everything.
    fn repository(&self) {
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            command
                .current_dir(&self.root)
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_SYSTEM", "/dev/null")
                .args(["-c", "user.name=a", "-c", "user.email=a@example.org"]);
            command
                .args(arguments)
                .status()
                .is_ok_and(|done| done.success())
        };
        if !git(&["init", "--quiet", "."]) {
            return;
        }
        let trap = self.root.join("run.sh");
        assert!(git(&["add", "serverless.yml", "stack"]));
        assert!(git(&["commit", "--quiet", "--message", "x"]));
        let trap = trap.to_str().expect("UTF-8");
        for key in [
            "core.fsmonitor",
            "core.sshCommand",
            "core.pager",
            "filter.x.smudge",
            "filter.x.process",
            "diff.external",
            "credential.helper",
        ] {
            assert!(git(&["config", key, trap]));
        }
        let include = self.outside.join("secret.yml");
        assert!(git(&[
            "config",
            "include.path",
            include.to_str().expect("UTF-8")
        ]));
        write(&self.root, ".gitattributes", "* filter=x diff=x\n");
    }

    /// Whether it has a repository.
    pub fn has_repository(&self) -> bool {
        self.root.join(".git").exists()
    }

    /// The folder above the project.
    pub fn above(&self) -> &Path {
        self.folder.path()
    }
}

/// Every command that looks at a project, and writes nothing.
pub fn looking(project: &Hostile) -> Vec<Vec<&'static str>> {
    let mut all = vec![
        vec!["check", "-v"],
        vec!["check", "--format", "sarif", "."],
        vec![
            "check",
            "serverless.yml",
            "template.yaml",
            "pipe.yml",
            "out.yml",
            "folder",
        ],
        vec![
            "check",
            "--all-stages",
            "--no-config",
            "stack/../folder/template.yaml",
        ],
        vec!["check", "--fix", "--diff"],
        vec!["endpoints", "--format", "json"],
        vec!["explain", "POST /pay"],
        vec!["rules", "--format", "json"],
        vec!["rules", "test"],
        vec!["config", "show"],
        vec!["lsp"],
    ];
    if project.has_repository() {
        all.push(vec!["diff", "HEAD"]);
        all.push(vec!["check", "--diff-base", "HEAD"]);
    }
    all
}

/// Every command that writes, with the files it is to write.
pub fn writing() -> Vec<(Vec<&'static str>, Vec<&'static str>)> {
    vec![
        (
            vec!["check", "-o", "sarif=a.sarif", "-o", "html=b.html"],
            vec!["a.sarif", "b.html"],
        ),
        (vec!["report", "-o", "r.html"], vec!["r.html"]),
        (vec!["baseline", "write"], vec![".gatelint/baseline.json"]),
        (vec!["baseline", "prune"], vec![".gatelint/baseline.json"]),
        (
            vec!["rules", "new", "own-rule"],
            vec![".gatelint/rules/own-rule.md"],
        ),
        (vec!["init", "stack"], vec!["stack/gatelint.toml"]),
    ]
}

//! Inputs that grow when they are read. Each ends, in memory that is given, without a panic, and says what was too much.

use std::fmt::Write as _;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program::{folder, gatelint, write};

/// What a run may take of the address space, in KiB. Threads reserve their stacks there, so this is far above what is used.
const MEMORY: u32 = 1_500_000;
/// After this a run counts as one that never ends. It is no measure of speed.
const HANG: Duration = Duration::from_secs(300);

fn bounded(folder: &TempDir, arguments: &[&str]) -> Output {
    let plain = gatelint(folder.path());
    let mut child = Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", &format!("ulimit -v {MEMORY} && exec \"$@\""), "sh"])
        .arg(plain.get_program())
        .args(arguments)
        .env_remove("GITHUB_ACTIONS")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let number = child.id();
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    let read = |stream: Option<Box<dyn std::io::Read + Send>>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut stream) = stream {
                let _ = stream.read_to_end(&mut bytes);
            }
            bytes
        })
    };
    let said = read(stdout.take().map(|stream| Box::new(stream) as Box<_>));
    let beside = read(stderr.take().map(|stream| Box::new(stream) as Box<_>));
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("its own") {
            break status;
        }
        if began.elapsed() > HANG {
            let _ = child.kill();
            panic!("{arguments:?} ({number}) hangs");
        }
        thread::sleep(Duration::from_millis(20));
    };
    Output {
        status,
        stdout: said.join().expect("read"),
        stderr: beside.join().expect("read"),
    }
}

/// Ends with an exit code of ours, and says something of what was too much.
fn ends(files: &[(&str, &str)], said: &str) {
    let folder = folder(files);
    let first = files.first().map_or("", |(name, _)| name);
    for arguments in [
        &["check", "-v", "--format", "json"][..],
        &["endpoints", "--format", "json"],
    ] {
        let output = bounded(&folder, arguments);
        let (text, beside) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        let code = output.status.code();
        assert!(
            code.is_some_and(|code| code <= 3),
            "{first}: {:?}: {beside}",
            output.status
        );
        assert!(!beside.contains("panicked"), "{first}: {beside}");
        let short: String = text.chars().take(2000).collect();
        assert!(
            text.contains(said) || beside.contains(said),
            "{first} {arguments:?}: `{said}`: {short} {beside}"
        );
    }
}

#[test]
fn nesting_has_a_ceiling() {
    for (open, close) in [
        ("[", "]"),
        ("{a: ", "}"),
        ("[{a: ", "}]"),
        ("? ", ""),
        ("- ", ""),
    ] {
        let deep = format!(
            "Resources: {}x{}\n",
            open.repeat(50_000),
            close.repeat(50_000)
        );
        ends(&[("template.yaml", &deep)], "template.yaml");
    }
    let deep = format!(
        "{{\"Resources\": {}1{}}}",
        "{\"a\":".repeat(50_000),
        "}".repeat(50_000)
    );
    ends(&[("template.json", &deep)], "levels");
    let mut block = String::from("Resources:\n");
    for level in 1..2000 {
        let _ = writeln!(block, "{}a:", " ".repeat(level));
    }
    ends(&[("template.yaml", &block)], "levels");
}

#[test]
fn aliases_have_a_ceiling() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    let mut merges = String::from("m0: &m0 { k: v }\n");
    for n in 1..60 {
        let one = format!("*a{}", n - 1);
        let _ = writeln!(bomb, "a{n}: &a{n} [{}]", [one.as_str(); 9].join(", "));
        let _ = writeln!(
            merges,
            "m{n}: &m{n} {{ <<: [*m{0}, *m{0}], k{n}: {{ <<: *m{0} }} }}",
            n - 1
        );
    }
    for (text, last) in [(bomb, "*a59"), (merges, "*m59")] {
        let template = format!("{text}Resources: {{ Api: {last} }}\n");
        ends(&[("template.yaml", &template)], "alias");
        let service = format!("service: x\nprovider: {{ name: aws }}\n{text}functions: {last}\n");
        ends(&[("serverless.yml", &service)], "alias");
    }
}

#[test]
fn variables_that_lead_to_themselves_or_double_have_a_ceiling() {
    let service = |custom: &str, used: &str| {
        format!(
            "service: x\nprovider: {{ name: aws }}\ncustom:\n{custom}functions:\n  f:\n    handler: a.b\n    events:\n      - http: {{ path: '{used}', method: post }}\n"
        )
    };
    let circle = "  a: ${self:custom.b}\n  b: ${self:custom.a}\n";
    ends(
        &[("serverless.yml", &service(circle, "${self:custom.a}"))],
        "custom",
    );
    let own = "  a: ${self:custom}\n  b: ${self:}\n";
    ends(
        &[("serverless.yml", &service(own, "${self:custom.a.a.b}"))],
        "custom",
    );
    let mut doubling = String::from("  x0: aaaaaaaa\n");
    let mut lists = String::from("  x0: [a, b]\n");
    for n in 1..60 {
        let _ = writeln!(
            doubling,
            "  x{n}: ${{self:custom.x{0}}}${{self:custom.x{0}}}",
            n - 1
        );
        let _ = writeln!(
            lists,
            "  x{n}: [ '${{self:custom.x{0}}}', '${{self:custom.x{0}}}' ]",
            n - 1
        );
    }
    ends(
        &[("serverless.yml", &service(&doubling, "${self:custom.x59}"))],
        "serverless.yml",
    );
    ends(
        &[("serverless.yml", &service(&lists, "${self:custom.x59}"))],
        "serverless.yml",
    );
    let nested = format!("{}a{}", "${self:custom.".repeat(20_000), "}".repeat(20_000));
    ends(
        &[("serverless.yml", &service("  a: a\n", &nested))],
        "serverless.yml",
    );
}

#[test]
fn includes_have_a_ceiling() {
    let head = "service: x\nprovider: { name: aws }\n";
    let own = format!("{head}functions: ${{file(serverless.yml):functions}}\n");
    ends(&[("serverless.yml", &own)], "serverless.yml");

    // Ten thousand files, one beside the other, and each of them asking for the next.
    let wide = tempfile::tempdir().expect("a folder");
    let mut service = format!("{head}functions:\n  chain: ${{file(parts/0.yml):next}}\n");
    for n in 0..10_000 {
        let _ = writeln!(service, "  f{n}: ${{file(parts/{n}.yml):f}}");
        let text = format!(
            "f: {{ handler: a.b }}\nnext: ${{file(parts/{}.yml):next}}\n",
            n + 1
        );
        write(wide.path(), &format!("parts/{n}.yml"), &text);
    }
    write(wide.path(), "serverless.yml", &service);
    let output = bounded(&wide, &["check", "serverless.yml"]);
    let beside = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{beside}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("parts/"));

    // A tree of includes that has 2^60 leaves.
    let tree = tempfile::tempdir().expect("a folder");
    for n in 0..60 {
        let next = n + 1;
        write(
            tree.path(),
            &format!("{n}.yml"),
            &format!("a: ${{file({next}.yml)}}\nb: ${{file({next}.yml)}}\n"),
        );
    }
    write(tree.path(), "60.yml", "handler: a.b\n");
    write(
        tree.path(),
        "serverless.yml",
        &format!("{head}functions:\n  f: ${{file(0.yml)}}\n"),
    );
    let output = bounded(&tree, &["check", "serverless.yml"]);
    assert_eq!(
        output.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn conditions_and_references_that_multiply_have_a_ceiling() {
    let mut conditions = String::from("AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n");
    for n in 0..60 {
        let _ = writeln!(conditions, "  P{n}: {{ Type: String }}");
    }
    conditions += "Conditions:\n";
    for n in 0..60 {
        let _ = writeln!(conditions, "  C{n}: !Equals [!Ref P{n}, x]");
    }
    let mut choice = String::from("NONE");
    for n in 0..60 {
        choice = format!("{{ 'Fn::If': [C{n}, {choice}, AWS_IAM] }}");
    }
    let _ = write!(
        conditions,
        "Resources:\n  Api: {{ Type: AWS::ApiGateway::RestApi, Properties: {{ Name: x }} }}\n  M:\n    Type: AWS::ApiGateway::Method\n    Properties:\n      RestApiId: !Ref Api\n      ResourceId: !GetAtt Api.RootResourceId\n      HttpMethod: POST\n      AuthorizationType: {choice}\n"
    );
    ends(&[("template.yaml", &conditions)], "template.yaml");

    let mut circle = String::from("AWSTemplateFormatVersion: '2010-09-09'\nConditions:\n");
    for n in 0..500 {
        let _ = writeln!(
            circle,
            "  C{n}: !And [!Condition C{}, !Condition C{}]",
            (n + 1) % 500,
            (n + 7) % 500
        );
    }
    circle += "Resources:\n  Api: { Type: AWS::ApiGateway::RestApi, Condition: C0, Properties: { Name: x } }\n";
    ends(&[("template.yaml", &circle)], "");

    let template = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  N: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: ./template.yaml } }\n  M: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: ./template.yaml } }\n";
    ends(&[("template.yaml", template)], "");
}

/// CloudFormation takes no function in either place, where one could lead back to itself.
#[test]
fn defaults_and_mappings_that_lead_to_themselves_end() {
    let defaults = [
        "!Ref P",
        "!Sub '${P}${P}'",
        "!Join ['', [!Ref P, !Ref Q]]",
        "[!Select [0, !Ref P]]",
        "{'Fn::GetAtt': [Api, !Ref P]}",
        "!FindInMap [M, a, b]",
    ];
    let mapped = [
        "!FindInMap [M, a, b]",
        "!Sub ['${x}', {x: !FindInMap [M, a, b]}]",
        "[!Select [0, !FindInMap [M, a, b]]]",
        "!FindInMap [M, !FindInMap [M, a, b], b]",
        "!Ref P",
    ];
    let values = [
        "!Ref P",
        "!Sub '${P}'",
        "!FindInMap [M, a, b]",
        "!Select [0, !Ref P]",
    ];
    for (default, mapped) in defaults
        .iter()
        .flat_map(|one| mapped.map(|other| (one, other)))
    {
        let mut template = format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  P: {{ Type: String, Default: {default} }}\n  Q: {{ Type: String, Default: !Ref P }}\n\
             Mappings: {{ M: {{ a: {{ b: {mapped} }} }} }}\nResources:\n  Api: {{ Type: AWS::ApiGateway::RestApi, Properties: {{ Name: x }} }}\n"
        );
        for (nth, value) in values.iter().enumerate() {
            let _ = writeln!(
                template,
                "  M{nth}: {{ Type: AWS::ApiGateway::Method, Properties: {{ RestApiId: !Ref Api, ResourceId: {value}, HttpMethod: POST, AuthorizationType: {value} }} }}"
            );
        }
        ends(&[("template.yaml", &template)], "template.yaml");
    }
}

/// 200^10 rounds: of which none makes anything, each makes something, and a few make what is as large.
#[test]
fn loops_have_a_ceiling() {
    let items = (0..200).map(|n| n.to_string()).collect::<Vec<_>>();
    let items = items.join(",");
    let head =
        "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::LanguageExtensions\nResources:";
    let nested = |body: &str| {
        let loops = (0..10).fold(body.to_owned(), |body, n| {
            format!("{{ 'Fn::ForEach::L{n}': [V{n}, [{items}], {body}] }}")
        });
        let template = format!("{head} {loops}\n");
        ends(&[("template.yaml", &template)], "10,000 entries");
    };
    nested("{}");
    nested("{ 'R${V0}${V9}': { Type: 'AWS::SNS::Topic' } }");
    nested("{ 'Fn::ForEach::M': [V, !Ref Nowhere, {}] }");

    let (item, text) = ("a".repeat(1 << 20), "${V}".repeat(1 << 18));
    let giant = format!(
        "{head}\n  'Fn::ForEach::G': [V, [{item}], {{ A: {{ Type: 'AWS::SNS::Topic', Properties: {{ Name: '{text}' }} }} }}]\n"
    );
    ends(&[("template.yaml", &giant)], "10,000 entries");
}

#[test]
fn one_long_text_and_many_short_ones_end() {
    let long = format!("Resources:\n  {}: 1\n", "a".repeat(9 << 20));
    ends(&[("template.yaml", &long)], "");
    let quoted = format!("Resources: \"{}", "\\".repeat(9 << 20));
    ends(&[("template.yaml", &quoted)], "template.yaml");
    let commas = format!("Resources: [{}]", ",".repeat(1 << 20));
    ends(&[("template.yaml", &commas)], "template.yaml");
    let over = format!("Resources: {{}} #{}", "x".repeat(10 << 20));
    ends(&[("template.yaml", &over)], "10 MiB");
}

#[test]
fn a_page_whose_pattern_is_costly_is_refused_or_cheap() {
    let template = format!(
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Api: {{ Type: AWS::ApiGateway::RestApi, Properties: {{ Name: {} }} }}\n",
        "a".repeat(1 << 20)
    );
    for pattern in [
        "(a+)+$",
        "(a|a)*b",
        "((a{1,500}){1,500}){1,500}",
        "(?:a?){2000}a{2000}",
    ] {
        let page = format!(
            "---\nid: own\ntitle: x\nseverity: low\nsubject: api\nwhen: {{ name: '/{pattern}/' }}\nmessage: x\nhelp: x\n---\nx\n"
        );
        let folder = folder(&[
            ("template.yaml", &template),
            (".gatelint/rules/own.md", &page),
        ]);
        let output = bounded(&folder, &["check"]);
        assert!(
            output.status.code().is_some_and(|code| code <= 3),
            "{pattern}: {output:?}"
        );
    }
}

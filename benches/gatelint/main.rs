//! What a run costs: each stage of the library on generated input, and the program as a whole.
//!
//! `cargo bench` measures everything, `cargo bench -- resources` one group. Cost has to be linear in the number of
//! resources: in the group `resources`, time per element stays the same from 10 to 10,000.

mod input;

use std::{hint::black_box, sync::Arc, time::Duration};

use arcstr::ArcStr;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use gatelint::{
    document::{self, Dialect},
    finding::Report,
    frontend::{self, Env, MapReader, Options},
    rule::RuleSet,
    source::{SourceId, Sources},
};

/// Resources of a template that has about a megabyte as YAML.
const MEGABYTE: usize = 3_300;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    stages(&mut criterion);
    projects(&mut criterion);
    resources(&mut criterion);
    program::run(&mut criterion);
    criterion.final_summary();
}

/// Files in memory: what every measurement begins with.
struct Files {
    sources: Arc<Sources>,
    entries: Vec<SourceId>,
}

impl Files {
    fn new(texts: &[(String, ArcStr)]) -> Self {
        let sources = Arc::new(Sources::default());
        let add = |(path, text): &(String, ArcStr)| sources.add(path, text.clone());
        let entries = texts.iter().map(add).collect();
        Self { sources, entries }
    }

    fn env<'a>(&'a self, reader: &'a MapReader, options: &'a Options) -> Env<'a> {
        Env {
            sources: &self.sources,
            reader,
            options,
        }
    }

    fn check(&self, rules: &RuleSet) -> Report {
        let (reader, options) = (MapReader::default(), Options::default());
        let env = self.env(&reader, &options);
        gatelint::check(&self.sources, &self.entries, rules, &env)
    }
}

fn one(path: &str, text: String) -> Vec<(String, ArcStr)> {
    vec![(path.to_owned(), text.into())]
}

fn services(count: usize) -> Vec<(String, ArcStr)> {
    let service = |n| {
        (
            format!("services/{n}/serverless.yml"),
            input::service(n).into(),
        )
    };
    (0..count).map(service).collect()
}

/// The inputs of the single stages: a service, and a megabyte in both notations.
fn inputs() -> [(&'static str, Vec<(String, ArcStr)>); 3] {
    let template = input::template(MEGABYTE);
    [
        ("service", services(1)),
        ("1 MB of YAML", one("template.yaml", input::yaml(&template))),
        (
            "1 MB template as JSON",
            one("template.json", template.to_string()),
        ),
    ]
}

/// Text to tree, and file to stacks.
fn stages(criterion: &mut Criterion) {
    for (name, texts) in inputs() {
        let bytes = texts.iter().map(|(_, text)| text.len() as u64).sum();
        let mut group = criterion.benchmark_group("parse");
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || Files::new(&texts),
                |files| parse(files),
                BatchSize::LargeInput,
            );
        });
        group.finish();
        let mut group = criterion.benchmark_group("load");
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || Files::new(&texts),
                |files| load(files),
                BatchSize::LargeInput,
            );
        });
        group.finish();
    }
}

fn parse(files: &Files) {
    for entry in &files.entries {
        black_box(document::parse(&files.sources, *entry, Dialect::Core));
    }
}

fn load(files: &Files) {
    let (reader, options) = (MapReader::default(), Options::default());
    let env = files.env(&reader, &options);
    for entry in &files.entries {
        black_box(frontend::load(*entry, &env));
    }
}

/// The whole pipeline, from text to report.
fn projects(criterion: &mut Criterion) {
    let rules = RuleSet::built_in();
    let mut group = criterion.benchmark_group("check");
    group.sample_size(20);
    for (name, texts) in inputs()
        .into_iter()
        .chain([("500 services", services(500))])
    {
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || Files::new(&texts),
                |files| files.check(&rules),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
    criterion.bench_function("rules/load the built-in pages", |b| {
        b.iter(RuleSet::built_in);
    });
}

/// The whole pipeline against the number of resources.
fn resources(criterion: &mut Criterion) {
    let rules = RuleSet::built_in();
    let mut group = criterion.benchmark_group("resources");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(8));
    for count in [10, 100, 1_000, 10_000] {
        let template = input::template(count);
        let inputs = [
            ("yaml", one("template.yaml", input::yaml(&template))),
            ("json", one("template.json", template.to_string())),
        ];
        group.throughput(Throughput::Elements(count as u64));
        for (notation, texts) in inputs {
            group.bench_function(BenchmarkId::new(notation, count), |b| {
                b.iter_batched_ref(
                    || Files::new(&texts),
                    |files| files.check(&rules),
                    BatchSize::LargeInput,
                );
            });
        }
    }
    group.finish();
}

#[cfg(not(feature = "cli"))]
mod program {
    pub fn run(_: &mut criterion::Criterion) {}
}

/// The program as a process, beside `true`: what a person or a hook waits for.
#[cfg(feature = "cli")]
mod program {
    use std::{
        fs,
        path::Path,
        process::{Command, Stdio},
    };

    use criterion::Criterion;

    use super::{MEGABYTE, input, services};

    pub fn run(criterion: &mut Criterion) {
        let folder = tempfile::tempdir().expect("a folder for generated input");
        let small = folder.path().join("one");
        let large = folder.path().join("large");
        let many = folder.path().join("many");
        let template = input::template(MEGABYTE);
        write(&small.join("serverless.yml"), &input::service(1));
        write(&large.join("template.yaml"), &input::yaml(&template));
        for (path, text) in services(500) {
            write(&many.join(path), &text);
        }
        let mut group = criterion.benchmark_group("program");
        group.bench_function("true", |b| b.iter(|| wait(&mut Command::new("true"))));
        for (name, folder) in [
            ("one service", &small),
            ("1 MB of YAML", &large),
            ("500 services", &many),
        ] {
            group.bench_function(name, |b| {
                b.iter(|| {
                    let mut program = Command::new(env!("CARGO_BIN_EXE_gatelint"));
                    wait(program.args(["check", "."]).current_dir(folder));
                });
            });
        }
        group.finish();
    }

    fn write(path: &Path, text: &str) {
        let folder = path.parent().expect("a file has a folder");
        fs::create_dir_all(folder).expect("the folder is writable");
        fs::write(path, text).expect("the folder is writable");
    }

    fn wait(command: &mut Command) {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().expect("the program starts");
    }
}

//! Trails of serverless.yml: a verdict whose value came through a variable, a file, a coercion or a merge key says so, with the
//! file and line at which each step stands.

use arcstr::ArcStr;
use gatelint::document::{self, Dialect};
use gatelint::endpoint;
use gatelint::frontend::cloudformation::{self, Template};
use gatelint::frontend::{Env, MapReader, Options, serverless};
use gatelint::resolve::Given;
use gatelint::source::Sources;
use gatelint::trail::Trail;

/// Word, file and line of a step.
type Place = (&'static str, &'static str, u32);

/// A service whose only endpoint has a setting from elsewhere.
struct Case {
    /// The event's setting, which stands in line 10 when there is no `top`.
    setting: &'static str,
    /// What else stands at the top of `serverless.yml`, from line 2 on.
    top: &'static str,
    /// Included files.
    files: &'static [(&'static str, &'static str)],
    /// Steps that its trail has.
    wanted: &'static [Place],
}

const MAIN: &str = "serverless.yml";

const AUTHORIZERS: &[Case] = &[
    Case {
        setting: "authorizer: ${self:custom.x}",
        top: "custom:\n  x: aws_iam\n",
        files: &[],
        wanted: &[("written", MAIN, 3), ("variable", MAIN, 12)],
    },
    Case {
        setting: "authorizer: ${self:custom.y}",
        top: "custom:\n  x: aws_iam\n  y: ${self:custom.x}\n",
        files: &[],
        wanted: &[
            ("written", MAIN, 3),
            ("variable", MAIN, 4),
            ("variable", MAIN, 13),
        ],
    },
    Case {
        setting: "authorizer: ${param:x}",
        top: "params:\n  default:\n    x: aws_iam\n",
        files: &[],
        wanted: &[("written", MAIN, 4), ("variable", MAIN, 13)],
    },
    Case {
        setting: "authorizer: ${file(conf/a.yml):auth.kind}",
        top: "",
        files: &[("conf/a.yml", "# why\nauth:\n  kind: aws_iam\n")],
        wanted: &[
            ("written", "conf/a.yml", 3),
            ("file", "conf/a.yml", 2),
            ("variable", MAIN, 10),
        ],
    },
    Case {
        setting: "authorizer: ${file(a.json):kind}",
        top: "",
        files: &[("a.json", "{\n\"kind\": \"aws_iam\"}\n")],
        wanted: &[
            ("written", "a.json", 2),
            ("file", "a.json", 1),
            ("variable", MAIN, 10),
        ],
    },
    Case {
        setting: "authorizer: ${file(a.yml):x}",
        top: "",
        files: &[
            ("a.yml", "\nx: ${file(b.yml):y}\n"),
            ("b.yml", "\n\ny: aws_iam\n"),
        ],
        wanted: &[
            ("written", "b.yml", 3),
            ("variable", "a.yml", 2),
            ("variable", MAIN, 10),
        ],
    },
    Case {
        setting: "authorizer: ${env:AUTH}",
        top: "useDotenv: true\n",
        files: &[(".env", "A=1\nAUTH=aws_iam\n")],
        wanted: &[("written", ".env", 2), ("variable", MAIN, 11)],
    },
    Case {
        setting: "authorizer: ${opt:auth, 'aws_iam'}",
        top: "",
        files: &[],
        wanted: &[("written", MAIN, 10), ("variable", MAIN, 10)],
    },
    Case {
        setting: "<<: *open",
        top: "custom:\n  open: &open\n    y: 1\n    authorizer: aws_iam\n",
        files: &[],
        wanted: &[("written", MAIN, 5), ("inherited", MAIN, 14)],
    },
    Case {
        setting: "authorizer: [aws_iam]",
        top: "",
        files: &[],
        wanted: &[("written", MAIN, 10), ("coerced", MAIN, 10)],
    },
];

const BOOLEANS: &[Case] = &[
    Case {
        setting: "private: 'true'",
        top: "",
        files: &[],
        wanted: &[("written", MAIN, 10), ("coerced", MAIN, 10)],
    },
    Case {
        setting: "private: ${file(a.yml):x}",
        top: "",
        files: &[("a.yml", "\nx: 'true'\n")],
        wanted: &[
            ("written", "a.yml", 2),
            ("coerced", "a.yml", 2),
            ("variable", MAIN, 10),
        ],
    },
    Case {
        setting: "private: ${strToBool(${file(a.yml):x})}",
        top: "",
        files: &[("a.yml", "\nx: 'true'\n")],
        wanted: &[
            ("written", "a.yml", 2),
            ("coerced", "a.yml", 2),
            ("variable", MAIN, 10),
        ],
    },
];

/// The steps of whether the endpoint asks who calls, and of whether it asks for a key.
fn steps(case: &Case) -> [Vec<(&'static str, String, u32)>; 2] {
    let head = format!("service: s\n{}provider: {{name: aws}}\n", case.top);
    let event = "functions:\n  f:\n    handler: h\n    events:\n      - http:";
    let setting = case.setting;
    let text =
        format!("{head}{event}\n          path: a\n          method: get\n          {setting}\n");
    let texts = case.files.iter().copied().chain([(MAIN, text.as_str())]);
    let texts = texts.map(|(path, text)| (path.to_owned(), ArcStr::from(text)));
    let (reader, options) = (MapReader(texts.collect()), Options::default());
    let sources = Sources::default();
    let env = Env {
        sources: &sources,
        reader: &reader,
        options: &options,
    };
    let source = gatelint::frontend::open(&env, MAIN).expect("is there");
    let document = document::parse(&sources, source, Dialect::Core);
    let lowered = serverless::lower(&document.root, source, &env, None);
    let (stack, _) = cloudformation::read(Template {
        root: &lowered.template,
        source,
        given: Given::default(),
        notes: &lowered.notes,
    });
    let endpoints = endpoint::derive(&stack);
    let endpoint = endpoints.first().expect("there is one");
    let told = |trail: &Trail| {
        let placed = trail.steps().filter_map(|step| {
            let at = step.at?;
            Some((step, at))
        });
        let placed = placed.map(|(step, at)| (step.how.word(), sources.locate(at)));
        placed
            .map(|(word, at)| (word, at.file, at.line))
            .collect::<Vec<_>>()
    };
    [
        told(endpoint.auth.trail()),
        told(endpoint.api_key_required.trail()),
    ]
}

#[test]
fn an_authorizer_says_where_it_came_from() {
    for case in AUTHORIZERS {
        let [auth, _] = steps(case);
        all_there(case, &auth);
    }
}

#[test]
fn a_key_says_what_it_was_read_from() {
    for case in BOOLEANS {
        let [_, key] = steps(case);
        all_there(case, &key);
    }
}

fn all_there(case: &Case, steps: &[(&'static str, String, u32)]) {
    for (word, file, line) in case.wanted {
        let wanted = (*word, (*file).to_owned(), *line);
        let setting = case.setting;
        assert!(
            steps.contains(&wanted),
            "{setting}: {wanted:?} is not in {steps:?}"
        );
    }
}

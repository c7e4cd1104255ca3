//! A session with the language server: messages made of bytes, over pipes, as an editor sends them.
//!
//! Every question must be answered, every answer be JSON, and the session end as it should.

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::thread;

use gatelint::frontend::Format;
use serde_json::{Value, json};

use crate::generated::choices::Choices;
use crate::generated::{looks, templates};

/// Messages of one session.
const MOST: usize = 16;
/// A folder that is not there: nothing is read from the disk.
const FOLDER: &str = "file:///no-such-folder-of-gatelint";
const FILES: [&str; 4] = ["serverless.yml", "template.yaml", "a/b.yml", "ü.json"];
const QUESTIONS: [&str; 10] = [
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/inlayHint",
    "textDocument/documentSymbol",
    "textDocument/codeLens",
    "textDocument/codeAction",
    "workspace/symbol",
    "workspace/executeCommand",
    "no/such",
];
const TYPED: [&str; 12] = [
    "",
    " ",
    "\n",
    "  authorizer: x\n",
    ":",
    "- ",
    "{",
    "ä€😀",
    "\r\n",
    "${self:",
    "!Ref ",
    "'",
];

struct Editor {
    input: PipeWriter,
    output: BufReader<PipeReader>,
    asked: i32,
}

/// Speaks with a server as the bytes decide; what is left of them is sent as it is, in messages a line long.
pub fn spoken(bytes: &[u8]) {
    let split = bytes.iter().position(|byte| *byte == 0xFF);
    let (told, raw) = bytes.split_at(split.unwrap_or(bytes.len()));
    let (theirs, input) = pipe().expect("a pipe");
    let (output, ours) = pipe().expect("a pipe");
    let server = thread::spawn(move || gatelint::lsp::serve_over(BufReader::new(theirs), ours));
    let mut editor = Editor {
        input,
        output: BufReader::new(output),
        asked: 0,
    };
    let mut choices = Choices::new(told);
    let encoding = *choices.of(&["utf-16", "utf-8", "utf-32", "x"]);
    let answer = editor.ask(
        "initialize",
        json!({
            "processId": null,
            "rootUri": null,
            "capabilities": {"general": {"positionEncodings": [encoding]}},
            "initializationOptions": {"debounce": 0, "codeLens": true},
        }),
    );
    assert!(answer["result"].is_object(), "{answer}");
    for _ in 0..MOST {
        if choices.is_over() {
            break;
        }
        editor.step(&mut choices);
    }
    for line in raw.split(|byte| *byte == b'\n').take(MOST) {
        if !ends_it(line) {
            editor.send(line);
        }
    }
    // Whatever was sent before, the server still answers.
    editor.ask(
        "textDocument/documentSymbol",
        json!({"textDocument": {"uri": uri(0)}}),
    );
    editor.ask("shutdown", Value::Null);
    editor.tell("exit", Value::Null);
    let ended = server.join().expect("the server does not panic");
    assert_eq!(ended, Ok(true));
}

/// Whether a server that is told this listens no more.
fn ends_it(message: &[u8]) -> bool {
    let message: Value = serde_json::from_slice(message).unwrap_or_default();
    message["method"] == "exit" || message["method"] == "shutdown"
}

fn uri(file: usize) -> String {
    format!("{FOLDER}/{}", FILES[file])
}

impl Editor {
    fn step(&mut self, choices: &mut Choices<'_>) {
        let file = choices.below(FILES.len());
        let document = json!({"uri": uri(file), "version": choices.below(5)});
        match choices.below(8) {
            0 | 1 => {
                let made = templates::template(choices);
                let file = usize::from(made.format != Format::Serverless);
                let text = looks::yaml(&made.tree, choices);
                self.tell("textDocument/didOpen", json!({
                    "textDocument": {"uri": uri(file), "languageId": "yaml", "version": 1, "text": text},
                }));
                // Reads what is said of it, too: a pipe that nobody empties would stop the server.
                self.ask(
                    "textDocument/inlayHint",
                    json!({"textDocument": document, "range": range(choices)}),
                );
            }
            2 | 3 => {
                let changes: Vec<Value> = (0..=choices.below(3))
                    .map(|_| json!({"range": range(choices), "text": choices.of(&TYPED)}))
                    .collect();
                self.tell(
                    "textDocument/didChange",
                    json!({"textDocument": document, "contentChanges": changes}),
                );
            }
            4 if choices.once_in(4) => {
                self.tell("textDocument/didClose", json!({"textDocument": document}));
            }
            4 if choices.once_in(2) => {
                let settings = json!({"gatelint": {"diagnostics": "onSave", "stages": ["prod"], "debounce": 0}});
                self.tell(
                    "workspace/didChangeConfiguration",
                    json!({"settings": settings}),
                );
            }
            _ => {
                let place = range(choices);
                let mut params = json!({
                    "textDocument": document,
                    "position": place["start"],
                    "range": place,
                    "context": {"diagnostics": []},
                    "query": choices.of(&TYPED),
                    "command": "gatelint.openRule",
                });
                if choices.once_in(8) {
                    params = Value::Null;
                }
                let method = choices.of(&QUESTIONS);
                self.ask(method, params);
            }
        }
    }

    fn tell(&mut self, method: &str, params: Value) {
        let message = json!({"jsonrpc": "2.0", "method": method, "params": params});
        self.send(message.to_string().as_bytes());
    }

    /// Asks, and waits for the answer.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = format!("asked-{}", self.asked);
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.send(message.to_string().as_bytes());
        loop {
            let answer = self.receive();
            if answer["id"] == id.as_str() {
                let code = &answer["error"]["code"];
                assert_ne!(*code, -32603, "{answer}");
                return answer;
            }
        }
    }

    fn send(&mut self, message: &[u8]) {
        let head = format!("Content-Length: {}\r\n\r\n", message.len());
        let sent = self.input.write_all(head.as_bytes());
        sent.and_then(|()| self.input.write_all(message))
            .expect("the server listens");
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).expect("text");
            assert_ne!(read, 0, "the server went away");
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(said) = line.strip_prefix("Content-Length:") {
                length = said.trim().parse().expect("a number");
            }
        }
        let mut body = vec![0; length];
        self.output
            .read_exact(&mut body)
            .expect("as long as it says");
        serde_json::from_slice(&body).expect("JSON")
    }
}

fn range(choices: &mut Choices<'_>) -> Value {
    let mut place = || json!({"line": choices.below(40), "character": choices.below(60)});
    let (start, end) = (place(), place());
    json!({"start": start, "end": end})
}

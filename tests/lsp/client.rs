//! A small client of the language server: the built program over standard input and output.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that is a project, and an editor in it.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<Value>,
    folder: tempfile::TempDir,
    diagnostics: HashMap<String, Value>,
    versions: HashMap<String, i32>,
    /// What the server said in answer to `initialize`.
    pub told: Value,
    next: i32,
}

impl Client {
    /// Writes the files and starts the server in their folder.
    pub fn new(files: &[(&str, &str)]) -> Self {
        Self::with(files, json!({}), Value::Null)
    }

    /// The same with capabilities and options of the client's own.
    pub fn with(files: &[(&str, &str)], capabilities: Value, options: Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_gatelint"))
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("piped");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            while let Some(message) = read(&mut reader) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut client = Self {
            input: child.stdin.take(),
            child,
            output,
            folder,
            diagnostics: HashMap::new(),
            versions: HashMap::new(),
            told: Value::Null,
            next: 0,
        };
        let root = client.uri("");
        let params = json!({
            "processId": null,
            "rootUri": root.trim_end_matches('/'),
            "capabilities": capabilities,
            "initializationOptions": options,
        });
        client.told = client.ask("initialize", params).expect("an answer");
        client.tell("initialized", json!({}));
        client
    }

    /// Where a file of the project lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder
            .path()
            .canonicalize()
            .expect("exists")
            .join(name)
    }

    /// The address of a file of the project.
    pub fn uri(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display())
    }

    /// Writes a file behind the editor's back.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    /// Opens a file of the project.
    pub fn open(&mut self, name: &str) {
        let text = fs::read_to_string(self.path(name)).expect("readable");
        self.open_as(name, &text);
    }

    /// Opens a file with another text than it has.
    pub fn open_as(&mut self, name: &str, text: &str) {
        let uri = self.uri(name);
        self.versions.insert(uri.clone(), 1);
        self.diagnostics.remove(&uri);
        let document = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces the whole text.
    pub fn replace(&mut self, name: &str, text: &str) {
        self.change(name, json!([{ "text": text }]));
    }

    /// Replaces from one place to another: line and column of each.
    pub fn edit(&mut self, name: &str, (from, to): ((u32, u32), (u32, u32)), text: &str) {
        self.change(name, json!([{ "range": range(from, to), "text": text }]));
    }

    fn change(&mut self, name: &str, changes: Value) {
        let uri = self.uri(name);
        let version = self.versions.entry(uri.clone()).or_default();
        *version += 1;
        let document = json!({ "uri": uri, "version": *version });
        self.diagnostics.remove(&uri);
        self.tell(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": changes }),
        );
    }

    /// Says that a file was saved.
    pub fn save(&mut self, name: &str) {
        let uri = self.uri(name);
        self.diagnostics.remove(&uri);
        self.tell(
            "textDocument/didSave",
            json!({ "textDocument": { "uri": uri } }),
        );
    }

    /// Closes a file.
    pub fn close(&mut self, name: &str) {
        let uri = self.uri(name);
        self.diagnostics.remove(&uri);
        self.tell(
            "textDocument/didClose",
            json!({ "textDocument": { "uri": uri } }),
        );
    }

    /// The rules of the diagnostics that are shown next, in order.
    pub fn rules(&mut self, name: &str) -> Vec<String> {
        let shown = self.diagnostics(name);
        let shown = shown.as_array().expect("a list").iter();
        let mut rules: Vec<String> = shown
            .map(|one| one["code"].as_str().expect("text").to_owned())
            .collect();
        rules.sort();
        rules
    }

    /// The diagnostics that are shown next.
    pub fn diagnostics(&mut self, name: &str) -> Value {
        let uri = self.uri(name);
        loop {
            if let Some(shown) = self.diagnostics.get(&uri) {
                return shown.clone();
            }
            let message = self.receive();
            self.note(&message);
        }
    }

    fn note(&mut self, message: &Value) {
        if message["method"] == "textDocument/publishDiagnostics" {
            let params = &message["params"];
            let uri = params["uri"].as_str().expect("an address");
            let is_old = params["version"].as_i64().is_some_and(|version| {
                self.versions
                    .get(uri)
                    .is_some_and(|now| version < i64::from(*now))
            });
            if !is_old {
                self.diagnostics
                    .insert(uri.to_owned(), params["diagnostics"].clone());
            }
        }
    }

    /// Asks about a place in a file.
    pub fn ask_at(&mut self, what: &str, name: &str, (line, character): (u32, u32)) -> Value {
        let place = json!({ "line": line, "character": character });
        let params = json!({ "textDocument": { "uri": self.uri(name) }, "position": place });
        self.ask(&format!("textDocument/{what}"), params)
            .expect("an answer")
    }

    /// Asks about a whole file.
    pub fn ask_of(&mut self, what: &str, name: &str) -> Value {
        let params = json!({
            "textDocument": { "uri": self.uri(name) },
            "range": range((0, 0), (100_000, 0)),
            "context": { "diagnostics": [] },
        });
        self.ask(&format!("textDocument/{what}"), params)
            .expect("an answer")
    }

    /// The labels of the hints of a file, each with its line.
    pub fn hints(&mut self, name: &str) -> Vec<(u64, String)> {
        let hints = self.ask_of("inlayHint", name);
        let hints = hints.as_array().cloned().unwrap_or_default();
        let told = hints.iter().map(|hint| {
            let line = hint["position"]["line"].as_u64().expect("a line");
            (line, hint["label"].as_str().expect("text").to_owned())
        });
        told.collect()
    }

    /// Asks, and waits for the answer or the error.
    pub fn ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.begin(method, params);
        self.answer(id)
    }

    /// Asks and does not wait.
    pub fn begin(&mut self, method: &str, params: Value) -> i32 {
        self.next += 1;
        self.send(
            &json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }),
        );
        self.next
    }

    /// The answer to this question.
    pub fn answer(&mut self, id: i32) -> Result<Value, Value> {
        loop {
            let message = self.receive();
            self.note(&message);
            if message["id"] == id && message.get("method").is_none() {
                return match message.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(message["result"].clone()),
                };
            }
        }
    }

    /// Waits until the server asks for something of the editor.
    pub fn wait_for(&mut self, method: &str) {
        loop {
            let message = self.receive();
            self.note(&message);
            if message["method"] == method {
                return;
            }
        }
    }

    /// Tells something.
    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let input = self.input.as_mut().expect("open");
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("written");
        input.flush().expect("written");
    }

    fn receive(&self) -> Value {
        self.output
            .recv_timeout(PATIENCE)
            .expect("the server says something")
    }

    /// Waits for what is shown from now on.
    pub fn forget(&mut self, name: &str) {
        let uri = self.uri(name);
        self.diagnostics.remove(&uri);
    }

    /// Ends the session as an editor should; the exit code.
    pub fn end(mut self) -> Option<i32> {
        assert_eq!(self.ask("shutdown", Value::Null), Ok(Value::Null));
        assert!(
            self.ask("textDocument/hover", json!({})).is_err(),
            "it is shutting down"
        );
        self.tell("exit", Value::Null);
        self.exit_code()
    }

    /// Goes away without a word; the exit code.
    pub fn vanish(mut self) -> Option<i32> {
        self.input = None;
        self.exit_code()
    }

    fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }

    /// The number of the server's process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A range of the protocol.
pub fn range(from: (u32, u32), to: (u32, u32)) -> Value {
    let place = |(line, character): (u32, u32)| json!({ "line": line, "character": character });
    json!({ "start": place(from), "end": place(to) })
}

/// What an edit of one insertion or replacement makes of a text; columns are bytes or the text is plain.
pub fn applied(text: &str, edit: &Value) -> String {
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64().expect("a line")).expect("small");
        let column =
            usize::try_from(place["character"].as_u64().expect("a column")).expect("small");
        text.split_inclusive('\n')
            .take(line)
            .map(str::len)
            .sum::<usize>()
            + column
    };
    let (start, end) = (
        offset(&edit["range"]["start"]),
        offset(&edit["range"]["end"]),
    );
    let new = edit["newText"].as_str().expect("text");
    format!("{}{new}{}", &text[..start], &text[end..])
}

fn read(reader: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(said) = line.strip_prefix("Content-Length:") {
            length = said.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

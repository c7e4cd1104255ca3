//! The thread that speaks with the editor: takes messages in, hands texts to the worker, answers from its views.
//!
//! Never analyses, never waits for the worker: a question about a text that is not analysed yet is put aside until it is.
//! What an editor draws beside the text is not put aside for long: it gets the last report, its places moved to where the
//! text is now, and is asked to ask again when the new one is there.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use gen_lsp_types::{
    Diagnostic, DidChangeTextDocumentParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, InitializeParams,
    PublishDiagnosticsParams, Uri,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::{self, Answered};
use super::aside::Aside;
use super::diagnostic;
use super::documents::{Documents, resolved};
use super::place::Encoding;
use super::settings::{Settings, When};
use super::uri;
use super::view::View;
use super::wire;
use super::worker::{self, Done, Job};

/// Folders of a workspace that are looked into.
const FOLDERS: usize = 64;

/// Speaks on standard input and output until the editor ends it; whether it did so in the proper way.
///
/// # Errors
/// When what comes in is not the protocol.
pub fn serve() -> Result<bool, String> {
    serve_over(BufReader::new(io::stdin()), io::stdout())
}

/// The same on any input and output.
///
/// # Errors
/// When what comes in is not the protocol.
pub fn serve_over(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
) -> Result<bool, String> {
    let (connection, threads) = wire::over(input, output);
    let is_proper = converse(connection)?;
    threads.join()?;
    Ok(is_proper)
}

fn converse(connection: Connection) -> Result<bool, String> {
    let Ok((id, params)) = connection.initialize_start() else {
        return Ok(false);
    };
    let params: InitializeParams = serde_json::from_value(params)
        .map_err(|error| format!("the editor's first message is not understood: {error}"))?;
    let mut server = Server::new(connection.sender, &params);
    let result = answer::capabilities(server.encoding);
    server.send(Response::new_ok(id, result));
    Ok(server.run(&connection.receiver))
}

/// What one editor and its server know of each other.
pub struct Server {
    sender: Sender<Message>,
    jobs: Sender<Job>,
    done: Receiver<Done>,
    newest: Arc<AtomicU64>,
    /// What columns count.
    pub encoding: Encoding,
    /// What is switched on.
    pub settings: Settings,
    /// What is open.
    pub documents: Documents,
    /// The latest reports, the deepest folder first.
    pub views: Vec<Arc<View>>,
    folders: Vec<PathBuf>,
    can: Abilities,
    /// Number of the state of the editor, of the newest job and of the newest result.
    revision: u64,
    asked: u64,
    known: u64,
    walk: bool,
    may_publish: bool,
    due: Option<Instant>,
    aside: Aside,
    published: BTreeMap<String, Vec<Diagnostic>>,
    requests: i32,
    is_closing: bool,
}

/// What the editor can do beyond the least.
#[derive(Clone, Copy, Debug, Default)]
struct Abilities {
    watches: bool,
    refreshes_hints: bool,
    refreshes_lenses: bool,
}

impl Abilities {
    fn of(capabilities: &Value) -> Self {
        let flag = |path: &str| capabilities.pointer(path) == Some(&Value::Bool(true));
        Self {
            watches: flag("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            refreshes_hints: flag("/workspace/inlayHint/refreshSupport"),
            refreshes_lenses: flag("/workspace/codeLens/refreshSupport"),
        }
    }
}

impl Server {
    fn new(sender: Sender<Message>, params: &InitializeParams) -> Self {
        let (jobs, todo) = crossbeam_channel::unbounded();
        let (results, done) = crossbeam_channel::unbounded();
        let newest = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&newest);
        // Ends by itself when the jobs do; detached, so that a long analysis does not hold up the end.
        thread::spawn(move || worker::work(&todo, &results, &told));
        let capabilities = serde_json::to_value(&params.capabilities).unwrap_or_default();
        let offered = params.capabilities.general.as_ref();
        let offered = offered.and_then(|general| general.position_encodings.as_ref());
        let mut settings = Settings::default();
        settings.take(
            params
                .initialization_options
                .as_ref()
                .unwrap_or(&Value::Null),
        );
        Self {
            sender,
            jobs,
            done,
            newest,
            encoding: Encoding::negotiated(offered.map_or(&[], Vec::as_slice)),
            settings,
            documents: Documents::default(),
            views: Vec::new(),
            folders: folders(params),
            can: Abilities::of(&capabilities),
            revision: 0,
            asked: 0,
            known: 0,
            walk: true,
            may_publish: true,
            due: None,
            aside: Aside::default(),
            published: BTreeMap::new(),
            requests: 0,
            is_closing: false,
        }
    }

    /// Until the editor ends it.
    fn run(&mut self, incoming: &Receiver<Message>) -> bool {
        self.changed(true);
        loop {
            let next = self.aside.next().into_iter().chain(self.due).min();
            let wait = next.map_or(Duration::from_secs(3600), |next| {
                next.saturating_duration_since(Instant::now())
            });
            crossbeam_channel::select! {
                recv(incoming) -> message => match message {
                    Ok(Message::Notification(told)) if told.method == "exit" => return self.is_closing,
                    Ok(message) => self.take(message),
                    Err(_) => return false,
                },
                recv(self.done) -> done => match done {
                    Ok(done) => self.learn(done),
                    Err(_) => return false,
                },
                default(wait) => {}
            }
            if self.due.is_some_and(|due| due <= Instant::now()) {
                self.ask();
            }
            for request in self.aside.overdue(Instant::now()) {
                self.answer(request);
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification(told) => self.notice(told),
            // Nothing that is asked of the editor needs its answer.
            Message::Response(_) => {}
        }
    }

    fn request(&mut self, request: Request) {
        if request.method == "shutdown" {
            self.is_closing = true;
            return self.send(Response::new_ok(request.id, Value::Null));
        }
        if self.is_closing {
            return self.refuse(request.id, ErrorCode::InvalidRequest, "it is shutting down");
        }
        let is_up_to_date = self.known == self.revision && self.revision > 0;
        let may_answer =
            is_up_to_date || (answer::is_of_text(&request.method) && !self.views.is_empty());
        if may_answer || !answer::is_known(&request.method) {
            return self.answer(request);
        }
        let may_be_older = self.may_ask_again(&request.method);
        if let Some(oldest) = self.aside.put(request, may_be_older) {
            self.refuse(
                oldest.id,
                ErrorCode::ServerCancelled,
                "too much is asked at once",
            );
        }
        self.ask();
    }

    /// Whether an older report does for a question, because the editor asks it again when it is told to.
    fn may_ask_again(&self, method: &str) -> bool {
        let refreshes = match method {
            "textDocument/inlayHint" => self.can.refreshes_hints,
            "textDocument/codeLens" => self.can.refreshes_lenses,
            _ => false,
        };
        refreshes && !self.views.is_empty()
    }

    /// Answers now. A bug of ours costs one answer.
    fn answer(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let answered = catch_unwind(AssertUnwindSafe(|| answer::to(self, &method, params)));
        match answered {
            Ok(Answered::With(result)) => self.send(Response::new_ok(id, result)),
            Ok(Answered::Shown(uri, result)) => {
                self.call(
                    "window/showDocument",
                    &json!({ "uri": uri, "external": true }),
                );
                self.send(Response::new_ok(id, result));
            }
            Ok(Answered::Unknown) => {
                self.refuse(
                    id,
                    ErrorCode::MethodNotFound,
                    &format!("`{method}` is not known here"),
                );
            }
            Ok(Answered::Wrong(why)) => self.refuse(id, ErrorCode::InvalidParams, &why),
            Err(_) => self.refuse(
                id,
                ErrorCode::InternalError,
                "this is a bug of gatelint, please report it",
            ),
        }
    }

    fn notice(&mut self, told: Notification) {
        let Notification { method, params } = told;
        match method.as_str() {
            "initialized" => self.watch(),
            "textDocument/didOpen" => self.with(params, Self::opened),
            "textDocument/didChange" => self.with(params, Self::typed),
            "textDocument/didSave" => {
                self.may_publish = true;
                self.changed(true);
                self.ask();
            }
            "textDocument/didClose" => self.with(params, Self::closed),
            "workspace/didChangeConfiguration" => {
                self.settings
                    .take(params.get("settings").unwrap_or(&Value::Null));
                self.may_publish = true;
                self.changed(false);
                self.refresh();
            }
            "workspace/didChangeWatchedFiles" => {
                self.may_publish |= self.settings.diagnostics == When::OnType;
                self.changed(true);
                self.refresh();
            }
            "workspace/didChangeWorkspaceFolders" => self.with(params, Self::moved),
            "$/cancelRequest" => self.cancel(&params),
            _ => {}
        }
    }

    /// Does something with what was told, unless it is not understood: then there is nobody to tell.
    fn with<T: DeserializeOwned>(&mut self, params: Value, act: fn(&mut Self, T)) {
        if let Ok(params) = serde_json::from_value(params) {
            act(self, params);
        }
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        if self
            .documents
            .open(&document.uri, document.version, &document.text)
        {
            self.may_publish = true;
            self.changed(false);
            self.ask();
        }
    }

    fn typed(&mut self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        let uri = document.text_document_identifier.uri;
        let state = (document.version, self.encoding);
        if self.documents.change(&uri, state, params.content_changes) {
            self.may_publish |= self.settings.diagnostics == When::OnType;
            self.changed(false);
        }
    }

    fn closed(&mut self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        if self.documents.close(&uri).is_some() {
            self.publish(uri, None, Vec::new());
            self.changed(false);
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "what notices are handed to")]
    fn moved(&mut self, params: DidChangeWorkspaceFoldersParams) {
        let path = |uri: &Uri| uri::path(uri).map(|path| path.canonicalize().unwrap_or(path));
        let gone: Vec<PathBuf> = params
            .event
            .removed
            .iter()
            .filter_map(|one| path(&one.uri))
            .collect();
        self.folders.retain(|folder| !gone.contains(folder));
        self.folders
            .extend(params.event.added.iter().filter_map(|one| path(&one.uri)));
        self.folders.truncate(FOLDERS);
        self.changed(true);
    }

    fn cancel(&mut self, params: &Value) {
        let id = params.get("id").cloned().unwrap_or_default();
        let Ok(id) = serde_json::from_value::<RequestId>(id) else {
            return;
        };
        if self.aside.take_back(&id) {
            self.refuse(id, ErrorCode::RequestCanceled, "cancelled");
        }
    }

    /// The editor's state is another one: it is analysed when nothing more is typed for a moment, or when somebody asks.
    fn changed(&mut self, walk: bool) {
        self.revision += 1;
        self.walk |= walk;
        self.newest.store(self.revision, Ordering::Relaxed);
        self.due = Some(Instant::now() + self.settings.debounce);
    }

    /// Has the newest state analysed, unless that was asked already.
    fn ask(&mut self) {
        self.due = None;
        if self.asked == self.revision {
            return;
        }
        self.asked = self.revision;
        let job = Job {
            revision: self.revision,
            open: Arc::new(self.documents.texts()),
            folders: self.folders.clone(),
            stages: self.settings.stages.clone(),
            walk: std::mem::take(&mut self.walk),
        };
        // Without a worker nothing is answered; the main loop sees that by itself.
        let _ = self.jobs.send(job);
    }

    /// Takes the worker's result over.
    fn learn(&mut self, done: Done) {
        self.known = done.revision;
        self.views = done.views;
        self.views
            .sort_by_key(|view| std::cmp::Reverse(view.folder.components().count()));
        if self.known == self.revision {
            let (requests, is_owing) = self.aside.all();
            for request in requests {
                self.answer(request);
            }
            if is_owing {
                self.refresh();
            }
        } else if !self.aside.is_empty() {
            self.ask();
        }
        self.show();
    }

    /// The report that speaks of this path.
    pub fn view(&self, path: &Path) -> Option<&Arc<View>> {
        self.views
            .iter()
            .find(|view| path.starts_with(&view.folder))
            .or_else(|| self.views.iter().find(|view| path.starts_with(&view.base)))
    }

    /// Shows findings, where the editor has the text that they are about.
    fn show(&mut self) {
        if !self.may_publish && self.settings.diagnostics != When::Off {
            return;
        }
        let mut shown = Vec::new();
        for document in self.documents.iter() {
            let Some(view) = self.view(&document.path) else {
                continue;
            };
            let Some(name) = view.name(&document.path) else {
                continue;
            };
            if view.is_of(&name, &document.text) {
                let found = diagnostic::of(view, document, self.encoding);
                shown.push((document.uri.clone(), Some(document.version), found));
            }
        }
        for view in &self.views {
            for (path, found) in diagnostic::of_ruling(view, self.encoding) {
                if self.documents.at(&path).is_none() {
                    shown.push((uri::of(&path), None, found));
                }
            }
        }
        if self.known == self.revision {
            self.may_publish = false;
        }
        for (uri, version, found) in shown {
            let found = if self.settings.diagnostics == When::Off {
                Vec::new()
            } else {
                found
            };
            self.publish(uri, version, found);
        }
    }

    /// Tells the editor the findings of a file, when they are others than it knows.
    fn publish(&mut self, uri: Uri, version: Option<i32>, diagnostics: Vec<Diagnostic>) {
        let before = self.published.get(&uri.0);
        let is_same = before.map_or(diagnostics.is_empty() && version.is_none(), |before| {
            *before == diagnostics
        });
        if is_same {
            return;
        }
        if version.is_none() && diagnostics.is_empty() {
            self.published.remove(&uri.0);
        } else {
            self.published.insert(uri.0.clone(), diagnostics.clone());
        }
        let params = PublishDiagnosticsParams {
            uri,
            version,
            diagnostics,
        };
        self.tell("textDocument/publishDiagnostics", params);
    }

    /// Asks the editor to tell about files that it does not show.
    fn watch(&mut self) {
        if !self.can.watches {
            return;
        }
        let globs = ["**/*.{yml,yaml,json,template,toml}", "**/.gatelint/**"];
        let watchers: Vec<Value> = globs
            .iter()
            .map(|glob| json!({ "globPattern": glob }))
            .collect();
        let registration = json!({
            "id": "watch",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        self.call(
            "client/registerCapability",
            &json!({ "registrations": [registration] }),
        );
    }

    /// Has the editor ask again for what it shows beside the text.
    fn refresh(&mut self) {
        if self.can.refreshes_hints {
            self.call("workspace/inlayHint/refresh", &Value::Null);
        }
        if self.can.refreshes_lenses {
            self.call("workspace/codeLens/refresh", &Value::Null);
        }
    }

    fn call(&mut self, method: &str, params: &Value) {
        self.requests = self.requests.wrapping_add(1);
        let id = RequestId::from(format!("gatelint-{}", self.requests));
        self.send(Request::new(id, method.to_owned(), params.clone()));
    }

    fn tell(&self, method: &str, params: impl serde::Serialize) {
        self.send(Notification::new(method.to_owned(), params));
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, why: &str) {
        self.send(Response::new_err(id, code as i32, why.to_owned()));
    }

    /// An editor that is gone is noticed by the loop.
    fn send(&self, message: impl Into<Message>) {
        let _ = self.sender.send(message.into());
    }
}

/// The folders of the editor's workspace.
#[expect(deprecated, reason = "older editors know one folder only")]
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    let said = serde_json::to_value(params).unwrap_or_default();
    let several = said.get("workspaceFolders").and_then(Value::as_array);
    let several = several.into_iter().flatten();
    let mut uris: Vec<Uri> = several
        .filter_map(|folder| folder.get("uri")?.as_str())
        .map(|uri| Uri(uri.to_owned()))
        .collect();
    if uris.is_empty() {
        uris.extend(params.root_uri.clone());
    }
    let paths = uris.iter().filter_map(uri::path);
    paths
        .map(|path| resolved(&path.join("x")))
        .filter_map(|path| Some(path.parent()?.to_path_buf()))
        .take(FOLDERS)
        .collect()
}

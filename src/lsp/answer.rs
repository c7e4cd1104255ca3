//! Which questions are answered, and by whom.

use gen_lsp_types::{
    CodeActionParams, CodeLensParams, CompletionParams, DefinitionParams, DocumentSymbolParams,
    ExecuteCommandParams, HoverParams, InlayHintParams, TextDocumentIdentifier,
    TextDocumentPositionParams, Uri, WorkspaceSymbolParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::documents::Document;
use super::place::Encoding;
use super::server::Server;
use super::view::{Page, View};
use super::{action, completion, definition, hover, inlay, lens, symbol};

/// What comes of a question.
pub enum Answered {
    /// An answer.
    With(Value),
    /// An answer, and a page that the editor is to show.
    Shown(Uri, Value),
    /// Nobody here knows such questions.
    Unknown,
    /// It is not understood.
    Wrong(String),
}

/// What the server can do, as the editor is told.
pub fn capabilities(encoding: Encoding) -> Value {
    json!({
        "capabilities": {
            "positionEncoding": encoding.kind(),
            "textDocumentSync": { "openClose": true, "change": 2, "save": true },
            "hoverProvider": true,
            "inlayHintProvider": true,
            "documentSymbolProvider": true,
            "workspaceSymbolProvider": true,
            "definitionProvider": true,
            "codeLensProvider": {},
            "codeActionProvider": { "codeActionKinds": ["quickfix"] },
            "completionProvider": { "triggerCharacters": [":", "[", " ", "\""] },
            "executeCommandProvider": { "commands": [action::OPEN_PAGE] },
            "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
        },
        "serverInfo": { "name": "gatelint", "version": env!("CARGO_PKG_VERSION") },
    })
}

const KNOWN: [&str; 9] = [
    "textDocument/hover",
    "textDocument/inlayHint",
    "textDocument/documentSymbol",
    "textDocument/codeLens",
    "textDocument/codeAction",
    "textDocument/definition",
    "textDocument/completion",
    "workspace/symbol",
    "workspace/executeCommand",
];

/// Whether such questions are answered here.
pub fn is_known(method: &str) -> bool {
    KNOWN.contains(&method)
}

/// Whether the answer is in the text itself, so that an older report does for the rest.
pub fn is_of_text(method: &str) -> bool {
    matches!(
        method,
        "textDocument/completion" | "textDocument/definition" | "workspace/executeCommand"
    )
}

/// Answers a question. One about a file that is not open, or not analysed, has no answer, which is none wrong.
pub fn to(server: &Server, method: &str, params: Value) -> Answered {
    match method {
        "textDocument/hover" => with(params, |params: HoverParams| {
            at(server, &params.text_document_position_params, hover::of)
        }),
        "textDocument/inlayHint" => with(params, |params: InlayHintParams| {
            let is_on = server.settings.inlay_hints;
            page(server, &params.text_document, |page| {
                is_on.then(|| inlay::of(page, params.range))
            })
        }),
        "textDocument/documentSymbol" => with(params, |params: DocumentSymbolParams| {
            page(server, &params.text_document, |page| Some(symbol::of(page)))
        }),
        "textDocument/codeLens" => with(params, |params: CodeLensParams| {
            let is_on = server.settings.code_lens;
            page(server, &params.text_document, |page| {
                is_on.then(|| lens::of(page))
            })
        }),
        "textDocument/codeAction" => with(params, |params: CodeActionParams| {
            let (document, view) = document(server, &params.text_document)?;
            let page = view.page(&document.path, &document.text, server.encoding)?;
            serde_json::to_value(action::of(&page, document, &params)).ok()
        }),
        "textDocument/definition" => with(params, |params: DefinitionParams| {
            let place = &params.text_document_position_params;
            let (document, view) = document(server, &place.text_document)?;
            let found = definition::of(view, document, (place.position, server.encoding));
            serde_json::to_value(found).ok()
        }),
        "textDocument/completion" => with(params, |params: CompletionParams| {
            let place = &params.text_document_position_params;
            let (document, view) = document(server, &place.text_document)?;
            let found = completion::of(view, document, (place.position, server.encoding));
            serde_json::to_value(found).ok()
        }),
        "workspace/symbol" => with(params, |params: WorkspaceSymbolParams| {
            serde_json::to_value(symbol::everywhere(
                &server.views,
                &params.query,
                server.encoding,
            ))
            .ok()
        }),
        "workspace/executeCommand" => command(server, params),
        _ => Answered::Unknown,
    }
}

fn with<T: DeserializeOwned>(params: Value, answer: impl FnOnce(T) -> Option<Value>) -> Answered {
    match serde_json::from_value(params) {
        Ok(params) => Answered::With(answer(params).unwrap_or_default()),
        Err(error) => Answered::Wrong(format!("the parameters are not understood: {error}")),
    }
}

fn document<'a>(
    server: &'a Server,
    named: &TextDocumentIdentifier,
) -> Option<(&'a Document, &'a View)> {
    let document = server.documents.get(&named.uri)?;
    Some((document, server.view(&document.path)?))
}

fn page<T: serde::Serialize>(
    server: &Server,
    named: &TextDocumentIdentifier,
    answer: impl FnOnce(&Page<'_>) -> Option<T>,
) -> Option<Value> {
    let (document, view) = document(server, named)?;
    let page = view.page(&document.path, &document.text, server.encoding)?;
    serde_json::to_value(answer(&page)?).ok()
}

fn at<T: serde::Serialize>(
    server: &Server,
    place: &TextDocumentPositionParams,
    answer: impl FnOnce(&Page<'_>, usize) -> Option<T>,
) -> Option<Value> {
    page(server, &place.text_document, |page| {
        let offset = page.lines.offset(place.position);
        answer(page, offset)
    })
}

fn command(server: &Server, params: Value) -> Answered {
    let params: ExecuteCommandParams = match serde_json::from_value(params) {
        Ok(params) => params,
        Err(error) => {
            return Answered::Wrong(format!("the parameters are not understood: {error}"));
        }
    };
    let argument = params
        .arguments
        .as_ref()
        .and_then(|all| all.first()?.as_str());
    let known = argument.filter(|_| params.command == action::OPEN_PAGE);
    let found = known.and_then(|id| {
        server
            .views
            .iter()
            .find_map(|view| Some((view, view.rules.get(id)?)))
    });
    let Some((view, rule)) = found else {
        return Answered::Wrong(format!("`{}` of this is not known", params.command));
    };
    let told = json!({ "id": rule.id.as_str(), "markdown": hover::rule_page(rule) });
    match super::diagnostic::href(view, rule) {
        Some(uri) => Answered::Shown(uri, told),
        None => Answered::With(told),
    }
}

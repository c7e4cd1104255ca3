"""The language server with what several editors say they can do, as pytest-lsp has recorded it."""

import asyncio
import os
import pathlib

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

FOLDER = pathlib.Path(os.environ["GATELINT_PROJECT"])
SERVICE = FOLDER / "serverless.yml"
CLIENTS = ["visual_studio_code", "neovim", "emacs"]


@pytest_lsp.fixture(
    params=CLIENTS,
    config=ClientServerConfig(server_command=[os.environ["GATELINT"], "lsp"]),
)
async def client(request, lsp_client: LanguageClient):
    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(_: types.RegistrationParams):
        return None

    params = types.InitializeParams(
        capabilities=client_capabilities(request.param),
        root_uri=FOLDER.as_uri(),
        workspace_folders=[types.WorkspaceFolder(uri=FOLDER.as_uri(), name="shop")],
    )
    await lsp_client.initialize_session(params)
    yield
    await lsp_client.shutdown_session()


async def shown(client, uri, is_so):
    for _ in range(400):
        if uri in client.diagnostics:
            rules = [one.code for one in client.diagnostics[uri]]
            if is_so(rules):
                return client.diagnostics[uri]
        await asyncio.sleep(0.05)
    raise AssertionError(f"not shown: {client.diagnostics.get(uri)}")


def applied(text, edit):
    lines = text.splitlines(keepends=True)
    at = sum(len(line) for line in lines[: edit.range.start.line]) + edit.range.start.character
    assert edit.range.start == edit.range.end
    return text[:at] + edit.new_text + text[at:]


@pytest.mark.asyncio
async def test_what_is_shown_is_mended_by_an_action(client: LanguageClient):
    text, uri = SERVICE.read_text(), SERVICE.as_uri()
    document = types.TextDocumentItem(uri=uri, language_id="yaml", version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=document))
    found = await shown(client, uri, lambda rules: "public-write" in rules)
    finding = next(one for one in found if one.code == "public-write")
    this = types.TextDocumentIdentifier(uri=uri)

    whole = types.Range(types.Position(0, 0), types.Position(1000, 0))
    hints = await client.text_document_inlay_hint_async(types.InlayHintParams(text_document=this, range=whole))
    assert [hint.label.split(" (")[0] for hint in hints] == ["auth: none", "auth: jwt"]

    hover = await client.text_document_hover_async(types.HoverParams(text_document=this, position=finding.range.start))
    assert "POST /orders" in hover.contents.value

    symbols = await client.text_document_document_symbol_async(types.DocumentSymbolParams(text_document=this))
    assert [symbol.name for symbol in symbols] == ["POST /orders", "GET /orders"]

    context = types.CodeActionContext(diagnostics=[finding])
    asked = types.CodeActionParams(text_document=this, range=finding.range, context=context)
    actions = await client.text_document_code_action_async(asked)
    ignore = next(one for one in actions if one.title.startswith("Ignore `public-write`"))
    assert ignore.diagnostics and ignore.diagnostics[0].code == "public-write"
    text = applied(text, ignore.edit.changes[uri][0])
    change = types.TextDocumentContentChangeWholeDocument(text=text)
    newer = types.VersionedTextDocumentIdentifier(uri=uri, version=2)
    client.text_document_did_change(types.DidChangeTextDocumentParams(text_document=newer, content_changes=[change]))
    await shown(client, uri, lambda rules: "public-write" not in rules)

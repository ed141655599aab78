# SPDX-License-Identifier: GPL-2.0-only
"""An editor: starts the real server and talks to it over its standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException, PyglsError
from pygls.lsp.client import LanguageClient

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds until an answer that does not come is a failure; machines may be slow."""

CAPABILITIES = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
            related_information=True, version_support=True
        ),
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
        code_action=types.CodeActionClientCapabilities(
            data_support=True,
            resolve_support=types.ClientCodeActionResolveOptions(properties=["edit"]),
        ),
    ),
    workspace=types.WorkspaceClientCapabilities(
        workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
    ),
)


class Client(LanguageClient):
    """Keeps what the server sent that is not the protocol's."""

    def __init__(self) -> None:
        super().__init__("editor", "1")
        self.wrong: list[Exception] = []

    def report_server_error(
        self, error: Exception, source: type[PyglsError] | type[JsonRpcException]
    ) -> None:
        self.wrong.append(error)


class Editor:
    """One session. What the server says unasked is kept: diagnostics by URI, messages in their order."""

    def __init__(self) -> None:
        self.client = Client()
        self.published: dict[str, list[types.PublishDiagnosticsParams]] = {}
        self.messages: list[types.ShowMessageParams] = []
        self.logged: list[str] = []
        self._news = asyncio.Event()
        self._versions: dict[str, int] = {}
        self.server_capabilities: types.ServerCapabilities
        self._listen()

    def _listen(self) -> None:
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.published.setdefault(params.uri, []).append(params)
            self._news.set()

        def shown(params: types.ShowMessageParams) -> None:
            self.messages.append(params)
            self._news.set()

        def logged(params: types.LogMessageParams) -> None:
            self.logged.append(params.message)

        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(published)
        self.client.feature(types.WINDOW_SHOW_MESSAGE)(shown)
        self.client.feature(types.WINDOW_LOG_MESSAGE)(logged)

    async def start(self, *options: str, capabilities: types.ClientCapabilities = CAPABILITIES) -> None:
        await self.client.start_io(sys.executable, "-m", "mmapmigrate", "lsp", *options)
        answer = await within(self.client.initialize_async(types.InitializeParams(capabilities=capabilities)))
        self.server_capabilities = answer.capabilities
        self.client.initialized(types.InitializedParams())

    async def end(self) -> int:
        """Says good-bye; returns the server's exit code."""
        await within(self.client.shutdown_async(None))
        self.client.exit(None)
        return await self.exit_code()

    async def exit_code(self) -> int:
        server = self.client._server
        assert server is not None
        return await within(server.wait())

    async def error_output(self) -> str:
        """What the server wrote on standard error, once it has ended."""
        server = self.client._server
        assert server is not None and server.stderr is not None
        return (await within(server.stderr.read())).decode()

    def open(self, path: Path, text: str | None = None, language: str = "c") -> str:
        """Opens a file, with a text of its own where one is given; returns its URI."""
        uri = path.absolute().as_uri()
        self._versions[uri] = 1
        self.published.pop(uri, None)
        content = path.read_bytes().decode() if text is None else text
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, language, 1, content))
        )
        return uri

    def change(self, uri: str, *changes: types.TextDocumentContentChangeEvent) -> int:
        """Changes a document; returns the new version."""
        self._versions[uri] += 1
        identifier = types.VersionedTextDocumentIdentifier(uri=uri, version=self._versions[uri])
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, list(changes)))
        return self._versions[uri]

    def save(self, uri: str) -> None:
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def close(self, uri: str) -> None:
        self.client.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
        )

    async def until(self, true: Callable[[], bool]) -> None:
        async def wait() -> None:
            while not true():
                self._news.clear()
                await self._news.wait()

        await within(wait())

    async def diagnostics(self, uri: str, version: int | None = 1) -> list[types.Diagnostic]:
        """The last diagnostics of a document, once there are some for ``version``."""

        def come() -> bool:
            return any(each.version == version for each in self.published.get(uri, ()))

        await self.until(come)
        return list(self.published[uri][-1].diagnostics)

    async def actions(
        self, uri: str, where: types.Range, *only: str, diagnostics: Sequence[types.Diagnostic] = ()
    ) -> Sequence[types.CodeAction]:
        context = types.CodeActionContext(list(diagnostics), only=list(only) or None)
        found = await within(
            self.client.text_document_code_action_async(
                types.CodeActionParams(types.TextDocumentIdentifier(uri), where, context)
            )
        )
        return [each for each in found or () if isinstance(each, types.CodeAction)]

    async def hover(self, uri: str, where: types.Position) -> types.Hover | None:
        return await within(
            self.client.text_document_hover_async(types.HoverParams(types.TextDocumentIdentifier(uri), where))
        )


async def within(answer: Awaitable[T]) -> T:
    return await asyncio.wait_for(answer, PATIENCE)


def session(
    scenario: Callable[[Editor], Awaitable[None]],
    *options: str,
    capabilities: types.ClientCapabilities = CAPABILITIES,
) -> None:
    """Runs a scenario between start and end of a server, which must end well and keep to the protocol."""

    async def run() -> None:
        editor = Editor()
        await editor.start(*options, capabilities=capabilities)
        try:
            await scenario(editor)
            assert await editor.end() == 0
        finally:
            server = editor.client._server
            if server is not None and server.returncode is None:
                server.kill()
                await server.wait()
        assert editor.client.wrong == []
        assert editor.logged == []

    asyncio.run(run())


def apply(text: str, edits: Sequence[Any], unit: str = "utf-16") -> str:
    """``text`` after edits, as an editor applies them that splits lines at LF."""
    codec, width = {"utf-16": ("utf-16-le", 2), "utf-8": ("utf-8", 1), "utf-32": ("utf-32-le", 4)}[unit]
    lines = text.split("\n")

    def index(place: types.Position) -> int:
        before = lines[place.line].encode(codec)[: place.character * width].decode(codec)
        return sum(len(line) + 1 for line in lines[: place.line]) + len(before)

    for edit in sorted(edits, key=lambda edit: index(edit.range.start), reverse=True):
        text = text[: index(edit.range.start)] + edit.new_text + text[index(edit.range.end) :]
    return text


def edits_of(action: types.CodeAction) -> Mapping[str, tuple[int | None, Sequence[Any]]]:
    """The edits of an action that has versions, by URI, each with its version."""
    assert action.edit is not None and action.edit.document_changes is not None
    found = {}
    for change in action.edit.document_changes:
        assert isinstance(change, types.TextDocumentEdit)
        found[change.text_document.uri] = (change.text_document.version, change.edits)
    return found

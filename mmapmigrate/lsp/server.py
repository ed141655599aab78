# SPDX-License-Identifier: GPL-2.0-only
"""The server: an editor's messages in, diagnostics, pages and fixes out.

All state belongs to the event loop; a check runs in the one worker thread, on a snapshot of the texts. What a
fix rests on is checked again when it is older than TRUSTED seconds, or an open file has changed since.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from mmapmigrate import __version__
from mmapmigrate.convert.conversion import Tier
from mmapmigrate.lint.loader import describe
from mmapmigrate.lsp.actions import FIX_ALL, FIX_ALL_TITLE, fix_all_edit, quick_fixes
from mmapmigrate.lsp.analysis import Analysis, analyse, fix_all
from mmapmigrate.lsp.diagnostics import diagnostics, printable
from mmapmigrate.lsp.documents import Document, Documents
from mmapmigrate.lsp.hover import hover
from mmapmigrate.lsp.places import Places
from mmapmigrate.lsp.settings import SettingsOf
from mmapmigrate.lsp.text import UTF_16

T = TypeVar("T")

DELAY = 0.3
"""Seconds without a keystroke until the new text is checked."""

TRUSTED = 2.0
"""Seconds for which a fix is offered without looking again at the files that are not open."""

CONTENT_MODIFIED = types.LSPErrorCodes.ContentModified.value


class Server:
    """Checks the open documents with the settings that ``settings_of`` knows for each path."""

    def __init__(self, settings_of: SettingsOf) -> None:
        self._settings_of = settings_of
        self._documents = Documents()
        self._analyses: dict[str, Analysis] = {}
        self._messages: dict[str, frozenset[tuple[types.MessageType, str]]] = {}
        self._notices: set[tuple[types.MessageType, str]] = set()
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="check")
        self._ended = False
        self._peer = LanguageServer("mmapmigrate", __version__)
        self._register()

    def serve(self, stdin: BinaryIO, stdout: BinaryIO) -> int:
        """Answers until the editor says exit or closes ``stdin``; 0 if it said shutdown before, else 1."""
        try:
            self._peer.start_io(stdin, stdout)
        except ValueError:
            # The editor is gone, and an answer to it was still under way.
            pass
        finally:
            self._worker.shutdown(wait=False, cancel_futures=True)
        return 0 if self._ended else 1

    def _register(self) -> None:
        feature = self._answer
        feature(types.INITIALIZE, self._initialize)
        feature(types.SHUTDOWN, self._shutdown)
        feature(types.TEXT_DOCUMENT_DID_OPEN, self._did_open)
        feature(types.TEXT_DOCUMENT_DID_CHANGE, self._did_change)
        feature(types.TEXT_DOCUMENT_DID_SAVE, self._did_save)
        feature(types.TEXT_DOCUMENT_DID_CLOSE, self._did_close)
        feature(types.TEXT_DOCUMENT_HOVER, self._hover)
        kinds = [types.CodeActionKind.QuickFix, FIX_ALL]
        options = types.CodeActionOptions(code_action_kinds=kinds, resolve_provider=True)
        feature(types.TEXT_DOCUMENT_CODE_ACTION, self._code_action, options)
        feature(types.CODE_ACTION_RESOLVE, self._resolve)

    def _answer(self, method: str, handler: Callable[[Any], Any], options: Any = None) -> None:
        """Has ``handler`` answer ``method``; pygls marks functions, which a method does not allow."""
        if asyncio.iscoroutinefunction(handler):

            async def wait(params: Any) -> Any:
                return await handler(params)

            self._peer.feature(method, options)(wait)
        else:

            def call(params: Any) -> Any:
                return handler(params)

            self._peer.feature(method, options)(call)

    def _initialize(self, _: types.InitializeParams) -> None:
        encoding = self._peer.workspace.position_encoding
        value = encoding.value if isinstance(encoding, types.PositionEncodingKind) else encoding
        self._documents.encoding = value or UTF_16

    def _shutdown(self, _: None) -> None:
        self._ended = True
        for handle in self._waiting.values():
            handle.cancel()

    # Documents

    def _did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        document = self._documents.open(params.text_document)
        if document is not None:
            self._schedule(document, 0)

    def _did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        named = params.text_document
        document = self._documents.change(named.uri, named.version, params.content_changes)
        if document is not None:
            self._schedule(document, DELAY)

    def _did_save(self, params: types.DidSaveTextDocumentParams) -> None:
        document = self._documents.get(params.text_document.uri)
        if document is not None:
            self._analyses.clear()
            self._schedule(document, 0)

    def _did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        document = self._documents.close(uri)
        if document is None:
            return
        for kept in (self._analyses, self._messages):
            kept.pop(uri, None)
        if uri in self._waiting:
            self._waiting.pop(uri).cancel()
        self._publish(uri, None, [])
        self._start(self._check_neighbours(document))

    # Checks

    def _schedule(self, document: Document, delay: float) -> None:
        if document.uri in self._waiting:
            self._waiting.pop(document.uri).cancel()
        loop = asyncio.get_running_loop()
        self._waiting[document.uri] = loop.call_later(delay, self._due, document.uri)

    def _due(self, uri: str) -> None:
        self._waiting.pop(uri, None)
        self._start(self._check(uri))

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Any) -> None:
        try:
            await work
        except Exception as error:
            self._log(f"internal error: {describe(error)}")

    async def _check(self, uri: str) -> None:
        document = self._documents.get(uri)
        if document is not None and await self._report(document):
            await self._check_neighbours(document)

    async def _check_neighbours(self, changed: Document) -> None:
        """Checks what may hang on a document: the open files of its folder, or all where it is a header."""
        for document in self._documents:
            near = Path(document.path).parent == Path(changed.path).parent or changed.path.endswith(".h")
            if near and document.uri != changed.uri and document.uri not in self._waiting:
                await self._report(document)

    async def _report(self, document: Document) -> bool:
        """Publishes what is found in a document; false where it has changed meanwhile."""
        analysis = await self._analysis(document.uri)
        if analysis is None or self._ended or self._documents.get(document.uri) is not document:
            return False
        text = self._peer.client_capabilities.text_document
        known = text.publish_diagnostics if text is not None else None
        places = Places(analysis, self._documents)
        related = bool(known and known.related_information)
        self._publish(document.uri, document.version, list(diagnostics(analysis, places, related=related)))
        self._tell(document.uri, analysis)
        return True

    async def _analysis(self, uri: str, *, age: float | None = None) -> Analysis | None:
        """What is found in a document as it is now; with ``age``, no more seconds ago than that."""
        if self._documents.get(uri) is None:
            return None
        # Who finds an answer does not wait for the check of another file.
        known = self._known(uri, age)
        if known is not None:
            return known
        async with self._turn:
            known = self._known(uri, age)
            document = self._documents.get(uri)
            if known is not None or document is None:
                return known
            texts = self._documents.texts()
            analysis = await self._work(partial(analyse, document.path, texts, self._settings_of))
            self._analyses[uri] = analysis
            return analysis

    def _known(self, uri: str, age: float | None) -> Analysis | None:
        """What was found in a document, where that still holds."""
        known = self._analyses.get(uri)
        if known is None or known.texts != self._documents.texts():
            return None
        return known if age is None or time.monotonic() - known.made <= age else None

    async def _work(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, function)

    # Questions

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri
        analysis = await self._analysis(uri)
        document = self._documents.get(uri)
        if analysis is None or not _is_current(analysis, document):
            return None
        assert document is not None
        text = self._peer.client_capabilities.text_document
        formats = text.hover.content_format if text is not None and text.hover is not None else None
        markdown = formats is None or types.MarkupKind.Markdown in formats
        return hover(analysis, document.text, params.position, markdown=markdown)

    async def _code_action(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        uri = params.text_document.uri
        analysis = await self._analysis(uri)
        if analysis is None or not any(each.fix is not None for each in analysis.result.findings):
            return None
        analysis = await self._analysis(uri, age=TRUSTED)
        document = self._documents.get(uri)
        if analysis is None or not _is_current(analysis, document):
            return None
        actions: list[types.CodeAction] = []
        if _wanted(types.CodeActionKind.QuickFix.value, params.context.only):
            places = Places(analysis, self._documents)
            actions += quick_fixes(analysis, places, params, versions=self._takes_versions())
        complete = any(each.fix and each.fix.tier is Tier.COMPLETE for each in analysis.result.findings)
        if complete and _wanted(FIX_ALL, params.context.only):
            action = types.CodeAction(FIX_ALL_TITLE, kind=FIX_ALL, data={"uri": uri})
            if not self._resolves_edits() or params.context.only:
                action.edit = await self._fix_all(uri)
            if action.edit is not None or not params.context.only:
                actions.append(action)
        return actions

    async def _resolve(self, action: types.CodeAction) -> types.CodeAction:
        if action.edit is None and isinstance(action.data, dict):
            action.edit = await self._fix_all(str(action.data.get("uri")))
        return action

    async def _fix_all(self, uri: str) -> types.WorkspaceEdit | None:
        analysis = await self._analysis(uri, age=TRUSTED)
        if analysis is None:
            return None
        changes = await self._work(partial(fix_all, analysis))
        if not _is_current(analysis, self._documents.get(uri)):
            raise JsonRpcException("the document has changed meanwhile", CONTENT_MODIFIED)
        places = Places(analysis, self._documents)
        return fix_all_edit(changes, places, versions=self._takes_versions())

    def _takes_versions(self) -> bool:
        workspace = self._peer.client_capabilities.workspace
        edits = workspace.workspace_edit if workspace is not None else None
        return bool(edits is not None and edits.document_changes)

    def _resolves_edits(self) -> bool:
        text = self._peer.client_capabilities.text_document
        action = text.code_action if text is not None else None
        support = action.resolve_support if action is not None else None
        return bool(action and action.data_support and support and "edit" in support.properties)

    # What the user is told

    def _publish(self, uri: str, version: int | None, found: list[types.Diagnostic]) -> None:
        self._peer.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def _tell(self, uri: str, analysis: Analysis) -> None:
        """Shows what went wrong in a check, once for as long as it does, and each notice once."""
        errors = [
            f"{error.path}:{error.line}: {error.message}" if error.line else f"{error.path}: {error.message}"
            for error in analysis.result.errors
        ]
        notice = analysis.settings.notice if analysis.settings is not None else ""
        said = frozenset(
            (kind, text)
            for kind, texts in (
                (types.MessageType.Error, (analysis.problem, *errors)),
                (types.MessageType.Info, (notice,)),
            )
            for text in texts
            if text
        )
        shown = self._notices.union(*self._messages.values())
        self._messages[uri] = said
        self._notices |= {each for each in said if each[0] is types.MessageType.Info}
        for kind, text in sorted(said - shown):
            self._peer.window_show_message(types.ShowMessageParams(kind, f"mmapmigrate: {printable(text)}"))

    def _log(self, text: str) -> None:
        self._peer.window_log_message(types.LogMessageParams(types.MessageType.Error, printable(text)))


def _is_current(analysis: Analysis, document: Document | None) -> bool:
    return document is not None and analysis.texts.get(document.path) == document.text.data


def _wanted(kind: str, only: Iterable[types.CodeActionKind | str] | None) -> bool:
    """Whether actions of ``kind`` are asked for: those of a kind that is named, or of one above it."""
    if only is None:
        return True
    named = [each.value if isinstance(each, types.CodeActionKind) else each for each in only]
    return any(not each or kind == each or kind.startswith(f"{each}.") for each in named)

# SPDX-License-Identifier: GPL-2.0-only
"""The documents that the editor has open, with their unsaved text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lsprotocol import types
from msgspec import Struct
from msgspec.structs import replace

from mmapmigrate.lsp.text import UTF_16, Text
from mmapmigrate.lsp.uris import path_of
from mmapmigrate.model.discovery import SUFFIXES

C_LANGUAGES = frozenset({"c", "cpp"})
"""Editors take many a header for C++."""


class Document(Struct, frozen=True):
    """One state of an open file."""

    uri: str
    path: str
    version: int
    text: Text


class Documents:
    """The open C files, by URI; others are left alone. Not for threads."""

    def __init__(self) -> None:
        self.encoding = UTF_16
        self._documents: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._documents.values()))

    def get(self, uri: str) -> Document | None:
        """The open document ``uri``."""
        return self._documents.get(uri)

    def at(self, path: str) -> Document | None:
        """The open document of the file ``path``."""
        return next((each for each in self if each.path == path), None)

    def open(self, item: types.TextDocumentItem) -> Document | None:
        """Takes a document in; None where it is no C file."""
        path = path_of(item.uri)
        if path is None or (item.language_id not in C_LANGUAGES and not path.endswith(SUFFIXES)):
            return None
        document = Document(item.uri, path, item.version, Text.of(item.text, self.encoding))
        self._documents[item.uri] = document
        return document

    def change(
        self, uri: str, version: int, changes: Iterable[types.TextDocumentContentChangeEvent]
    ) -> Document | None:
        """Applies an editor's changes in their order; None where the document is not known."""
        document = self._documents.get(uri)
        if document is None:
            return None
        text = document.text
        for change in changes:
            text = text.changed(change)
        self._documents[uri] = replace(document, version=version, text=text)
        return self._documents[uri]

    def close(self, uri: str) -> Document | None:
        """Forgets a document."""
        return self._documents.pop(uri, None)

    def texts(self) -> Mapping[str, bytes]:
        """The text of each open file, by path."""
        return {each.path: each.text.data for each in self}

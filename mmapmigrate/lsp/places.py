# SPDX-License-Identifier: GPL-2.0-only
"""Where an analysis points: URIs and ranges in open documents and in files on the disk."""

from __future__ import annotations

from functools import cache

from lsprotocol import types

from mmapmigrate.lsp.analysis import Analysis
from mmapmigrate.lsp.documents import Document, Documents
from mmapmigrate.lsp.text import Text
from mmapmigrate.lsp.uris import path_of, uri_of


class Places:
    """The places of one analysis; an open document is called as its editor calls it."""

    def __init__(self, analysis: Analysis, documents: Documents) -> None:
        self._sources = analysis.sources
        self._encoding = documents.encoding
        self._open = {document.path: document for document in documents}
        self.text = cache(self._text)

    def document(self, path: str) -> Document | None:
        """The open document of ``path``, also where an analysis spells the path in another way."""
        return self._open.get(path) or self._open.get(path_of(uri_of(path)) or path)

    def uri(self, path: str) -> str:
        """What the editor calls the file ``path``."""
        document = self.document(path)
        return uri_of(path) if document is None else document.uri

    def line(self, path: str, number: int) -> types.Location:
        """A line of a file, as findings and reasons count lines."""
        text = self.text(path)
        nowhere = types.Range(types.Position(max(0, number - 1), 0), types.Position(max(0, number - 1), 0))
        return types.Location(self.uri(path), nowhere if text is None else text.line(number))

    def _text(self, path: str) -> Text | None:
        """The text of ``path`` that the analysis speaks of; None where it holds none."""
        source = self._sources.get(path)
        return None if source is None else Text(source, self._encoding)

# SPDX-License-Identifier: GPL-2.0-only
"""Byte positions as SARIF's: columns in UTF-16 code units of the decoded text."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from mmapmigrate.lint.finding import Finding
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.source import SourceFile

UTF_8 = "utf-8"
LATIN_1 = "ISO-8859-1"
"""IANA's name. Every byte is a character in it: what is no UTF-8 can be read and written back."""

_KEPT = 64
"""Files held in memory; findings come file by file."""

Region = dict[str, int]


class Regions:
    """Regions of files; ``read`` gives a file's text, and raises OSError where it cannot."""

    def __init__(self, read: Callable[[str], SourceFile]) -> None:
        self._encodings: dict[str, str] = {}

        @lru_cache(maxsize=_KEPT)
        def source(path: str) -> SourceFile | None:
            try:
                found = read(path)
            except OSError:
                return None
            self._encodings[path] = _encoding(found.data)
            return found

        self.source: Callable[[str], SourceFile | None] = source

    def encoding(self, path: str) -> str:
        """The encoding that ``path`` is decoded by; UTF-8 for a file that nobody can read."""
        if path not in self._encodings:
            self.source(path)
        return self._encodings.get(path, UTF_8)

    def region(self, finding: Finding) -> Region:
        """The region of ``finding``: its line only where the file is no longer the one that was checked."""
        source = self.source(finding.path)
        if source is None or not _holds(source, finding):
            return {"startLine": finding.line}
        return self._region(source, finding.start, finding.end)

    def lines(self, finding: Finding) -> str | None:
        """The whole lines of ``finding``; None where they are no longer what was checked."""
        source = self.source(finding.path)
        if source is None or not _holds(source, finding):
            return None
        lines = [source.line(number) for number in range(finding.line, finding.end_line + 1)]
        return b"\n".join(lines).decode(self.encoding(finding.path), "replace")

    def replacement(self, source: SourceFile, edit: Edit) -> dict[str, object]:
        """``edit`` of ``source`` as a replacement."""
        replacement: dict[str, object] = {"deletedRegion": self._region(source, edit.start, edit.end)}
        if edit.text:
            replacement["insertedContent"] = {"text": edit.text.decode(self.encoding(source.path), "replace")}
        return replacement

    def _region(self, source: SourceFile, start: int, end: int) -> Region:
        first, last = source.position(start), source.position(end)
        return {
            "startLine": first.line,
            "startColumn": self._column(source, start),
            "endLine": last.line,
            "endColumn": self._column(source, end),
        }

    def _column(self, source: SourceFile, offset: int) -> int:
        begin = source.line_starts[source.position(offset).line - 1]
        text = source.data[begin:offset].decode(self.encoding(source.path), "replace")
        # A byte order mark is no character of the text.
        return len(text.removeprefix("\ufeff" if begin == 0 else "").encode("utf-16-le")) // 2 + 1


def _encoding(data: bytes) -> str:
    try:
        data.decode(UTF_8)
    except UnicodeDecodeError:
        return LATIN_1
    return UTF_8


def _holds(source: SourceFile, finding: Finding) -> bool:
    """Whether ``finding`` speaks of this very text."""
    return (
        finding.end <= len(source.data)
        and source.position(finding.start) == (finding.line, finding.column)
        and source.line(finding.line) == finding.excerpt
    )

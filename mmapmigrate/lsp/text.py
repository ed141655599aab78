# SPDX-License-Identifier: GPL-2.0-only
"""A text as bytes, and its places as the Language Server Protocol counts them.

The protocol's lines end at CR LF, LF or CR and at nothing else (not at a form feed, which old drivers have);
its characters are code units of the encoding that client and server agreed on.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property

from lsprotocol import types
from msgspec import Struct

from mmapmigrate.syntax.edit import Edit

_LINE_END = re.compile(rb"\r\n|\n|\r")
_MARK = b"\xef\xbb\xbf"
"""A byte order mark, which editors keep out of the text."""

_UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
"""The codec of a position encoding, and how many bytes one of its code units has."""

UTF_16 = "utf-16"
"""What counts where client and server agreed on nothing."""


class Text(Struct, frozen=True, dict=True):
    """Bytes of a document, UTF-8 or else Latin-1, with places in code units of ``encoding``."""

    data: bytes
    encoding: str = UTF_16

    @classmethod
    def of(cls, text: str, encoding: str = UTF_16) -> Text:
        """What an editor holds."""
        return cls(text.encode("utf-8", "surrogatepass"), encoding)

    @cached_property
    def charset(self) -> str:
        """How the bytes are read; Latin-1 can read them all."""
        try:
            self.data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return "latin-1"
        return "utf-8"

    @cached_property
    def lines(self) -> list[tuple[int, int]]:
        """Where each line begins, and where its text ends."""
        begin = len(_MARK) if self.data.startswith(_MARK) else 0
        found = []
        for end in _LINE_END.finditer(self.data, begin):
            found.append((begin, end.start()))
            begin = end.end()
        return [*found, (begin, len(self.data))]

    def position(self, offset: int) -> types.Position:
        """The place of a byte offset; one inside of a line's end is that line's end."""
        row = max(0, bisect_right(self.lines, offset, key=lambda line: line[0]) - 1)
        begin, end = self.lines[row]
        codec, width = _UNITS[self.encoding]
        units = self._decode(self.data[begin : max(begin, min(offset, end))]).encode(codec, "surrogatepass")
        return types.Position(row, len(units) // width)

    def offset(self, position: types.Position) -> int:
        """The byte offset of a place; behind a line's end it is that end, behind the last line the text's."""
        if position.line >= len(self.lines):
            return len(self.data)
        begin, end = self.lines[position.line]
        codec, width = _UNITS[self.encoding]
        units = self._decode(self.data[begin:end]).encode(codec, "surrogatepass")
        before = units[: position.character * width].decode(codec, "ignore")
        return begin + len(before.encode(self.charset, "surrogatepass"))

    def range(self, start: int, end: int) -> types.Range:
        """A half-open byte range."""
        return types.Range(self.position(start), self.position(end))

    def line(self, number: int) -> types.Range:
        """Line ``number`` as findings count (from 1, ends at LF), without the white space around its text."""
        lines = self.data.split(b"\n")
        row = min(max(number, 1), len(lines)) - 1
        begin = sum(map(len, lines[:row])) + row
        text = lines[row].rstrip()
        return self.range(begin + len(text) - len(text.lstrip()), begin + len(text))

    def changed(self, change: types.TextDocumentContentChangeEvent) -> Text:
        """The text after one change of an editor, to a part or to the whole."""
        new = change.text.encode("utf-8", "surrogatepass")
        if isinstance(change, types.TextDocumentContentChangePartial):
            start, end = self.offset(change.range.start), self.offset(change.range.end)
            new = self.data[:start] + new + self.data[max(start, end) :]
        return Text(new, self.encoding)

    def text_edits(self, edits: Iterable[Edit]) -> list[types.TextEdit]:
        """Byte edits as an editor takes them; a line's end is replaced whole or not at all."""
        return [self._text_edit(edit) for edit in sorted(set(edits))]

    def _text_edit(self, edit: Edit) -> types.TextEdit:
        start, end, text = edit.start, edit.end, edit.text
        if self._splits_line_end(start):
            start, text = start - 1, b"\r" + text
        if self._splits_line_end(end):
            end, text = end + 1, text + b"\n"
        return types.TextEdit(self.range(start, end), self._decode(text))

    def _splits_line_end(self, offset: int) -> bool:
        return offset > 0 and self.data[offset - 1 : offset + 1] == b"\r\n"

    def _decode(self, data: bytes) -> str:
        return data.decode(self.charset, "surrogatepass" if self.charset == "utf-8" else "strict")

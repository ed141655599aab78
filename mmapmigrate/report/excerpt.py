# SPDX-License-Identifier: GPL-2.0-only
"""A line of source with carets under the very characters."""

from __future__ import annotations

import unicodedata

from mmapmigrate.report.style import Style, decode, printable

TAB = 8
"""Columns; the kernel's tab stops."""


def excerpt(line: bytes, number: int, start: int, end: int, style: Style) -> list[str]:
    """The source line ``number`` and a line of carets under its half-open byte range ``[start, end)``.

    ``start`` and ``end`` count bytes from 0; an ``end`` beyond the line, or before ``start``, marks up to the
    end of the line, and an empty range one caret. Tabs become spaces, so that the carets stand right
    wherever the text is shown.
    """
    stripped = line.rstrip()
    start = min(start, len(line))
    end = end if start <= end <= len(stripped) else max(len(stripped), start)
    before = _expand(decode(line[:start]))
    marked = _expand(decode(line[start:end]), _width(before))
    after = _expand(decode(stripped[end:]), _width(before) + _width(marked))
    gutter = f" {number} |"
    blank = "|".rjust(len(gutter))
    carets = style.green("^" * max(1, _width(marked)))
    return [
        f"{style.dim(gutter)} {before}{marked}{after}".rstrip(),
        f"{style.dim(blank)} {' ' * _width(before)}{carets}",
    ]


def _expand(text: str, column: int = 0) -> str:
    """``text``, which begins at display column ``column``, with its tabs as spaces."""
    out: list[str] = []
    for char in text:
        piece = " " * (TAB - column % TAB) if char == "\t" else printable(char)
        out.append(piece)
        column += _width(piece)
    return "".join(out)


def _width(text: str) -> int:
    """Display columns of a text without tabs."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )

# SPDX-License-Identifier: GPL-2.0-only
"""The lexical pass: comments and the contents of literals blanked, preprocessor directives found.

Both searches start on a literal byte, so the work grows with the file's size and not with its shape.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

SPACES = bytes(byte if byte in b"\n\r" else 0x20 for byte in range(256))
"""Translation table that blanks everything but line ends."""

# An unterminated comment runs to the end of the file, an unterminated literal to the end of its line: a quote
# that is tried and given up would be tried again for each quote behind it. The text of #error and #warning is
# prose, with apostrophes; <...> may hold quotes and slashes. The lazy search for a comment's end is slow, so
# it gets what is left behind 64 asterisks; a group that repeats for ever takes memory for each.
_OPAQUE = re.compile(
    rb"""/\*(?>(?:[^*]*+\*(?!/)){0,64})[^*]*+.*?(?:\*/|\Z)
    | //(?>[^\\\n]*+(?:\\(?:\r?\n|.)[^\\\n]*+)*)
    | "(?>[^"\\\n]*+(?:\\(?:\r?\n|.)[^"\\\n]*+)*)"?
    | '(?>[^'\\\n]*+(?:\\(?:\r?\n|.)[^'\\\n]*+)*)'?
    | \#[ \t]*(?:error|warning)(?=\s)(?>(?:[^\\\n/]|/(?!\*)|\\\r?\n|\\.)*)
    | \#[ \t]*include[ \t]*<[^>\n]*+
    """,
    re.DOTALL | re.VERBOSE,
)

_DIRECTIVE = re.compile(rb"#[ \t]*+(\w*+)(?>(?:[^\\\n]|\\\r?\n|\\[^\n])*)")

_LINE = re.compile(rb"(?>(?:[^\\\n]|\\\r?\n|\\[^\n])*)")


@dataclass(frozen=True, slots=True)
class Directive:
    """A preprocessor directive: ``[start, end)`` from its ``#`` to the end of its last continuation line.

    ``name`` is ``b"if"``, ``b"define"``...; ``argument`` the offset just behind the name. The last line end
    (with its CR) is not part of it.
    """

    start: int
    end: int
    name: bytes
    argument: int


def _blank(match: re.Match[bytes]) -> bytes:
    text = match[0]
    first = text[0]
    if first == 0x2F:
        return text.translate(SPACES)
    if first == 0x23 or len(text) < 2 or text[-1] != first:
        return text
    if b"\n" in text:
        # A literal that is continued on the next line stays a literal only with its backslash.
        parts = re.split(rb"(\\\r?\n)", text[1:-1])
        inner = b"".join(part if i % 2 else part.translate(SPACES) for i, part in enumerate(parts))
    else:
        inner = b" " * (len(text) - 2)
    return text[:1] + inner + text[-1:]


def blank_opaque(data: bytes) -> bytes:
    """Return ``data``, same length and same lines, with comments and the contents of literals blanked.

    Quotes stay; so do the text of #error and #warning and the file name of ``#include <...>``.
    """
    return lex(data)[0]


def lex(data: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    """Return blank_opaque()'s text, and the half-open ranges of the comments that span lines, in order."""
    long_comments: list[tuple[int, int]] = []

    def blank(match: re.Match[bytes]) -> bytes:
        text = _blank(match)
        if b"\n" in text and text[0] == 0x20:
            long_comments.append(match.span())
        return text

    return _OPAQUE.sub(blank, data), long_comments


def find_directives(code: bytes, long_comments: Sequence[tuple[int, int]] = ()) -> tuple[Directive, ...]:
    """The directives of ``code`` in order; both arguments come from lex().

    A comment that spans lines does not end the directive that it begins in.
    """
    found: list[Directive] = []
    at = 0
    match = _DIRECTIVE.search(code)
    while match is not None:
        start, end = match.span()
        before = code[at:start].rstrip(b" \t\f\v")
        if not before or before.endswith(b"\n"):
            end = _directive_end(code, end, long_comments)
            last = end - 1 if code[end - 1] == 0x0D else end
            found.append(Directive(start, last, match[1], match.end(1)))
        at = end
        match = _DIRECTIVE.search(code, end)
    return tuple(found)


def _directive_end(code: bytes, end: int, long_comments: Sequence[tuple[int, int]]) -> int:
    while True:
        index = bisect_right(long_comments, (end, len(code))) - 1
        if index < 0 or long_comments[index][1] <= end:
            return end
        rest = _LINE.match(code, long_comments[index][1])
        end = rest.end() if rest else len(code)


def blank_directives(code: bytes, directives: tuple[Directive, ...]) -> bytes:
    """Return ``code`` with every directive blanked, newlines kept."""
    pieces: list[bytes] = []
    at = 0
    for directive in directives:
        pieces += (code[at : directive.start], code[directive.start : directive.end].translate(SPACES))
        at = directive.end
    pieces.append(code[at:])
    return b"".join(pieces)

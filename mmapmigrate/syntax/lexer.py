# SPDX-License-Identifier: GPL-2.0-only
"""The lexical pass: comments and the contents of literals blanked, preprocessor directives found.

Both searches start on a literal byte, so the work grows with the file's size and not with its shape.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from mmapmigrate.syntax.signs import besides

SPACES = bytes(byte if byte in b"\n\r" else 0x20 for byte in range(256))
"""Translation table that blanks everything but line ends."""

# An unterminated comment runs to the end of the file, an unterminated literal to the end of its line: a quote
# that is tried and given up would be tried again for each quote behind it. The text of #error and #warning is
# prose, with apostrophes; <...> may hold quotes and slashes. Lines are joined before anything else is read,
# so the last of the backslashes at a line's end escapes nothing. The lazy search for a comment's end is slow,
# so it gets what is left behind 64 asterisks; a group that repeats for ever takes memory for each. What
# stands before is taken with it, so that none of it is tried byte by byte.
_OPAQUE = rb"""
      /\*(?>(?:[^*]*+\*(?!/)){0,64})[^*]*+.*?(?:\*/|\Z)
    | //(?>[^\\\n]*+(?:\\(?:\r?\n)?[^\\\n]*+)*)
    | "(?>[^"\\\n]*+(?:\\(?:\r?\n|(?:\\\r?\n)*+.)[^"\\\n]*+)*)"?
    | '(?>[^'\\\n]*+(?:\\(?:\r?\n|(?:\\\r?\n)*+.)[^'\\\n]*+)*)'?
    | \#[ \t]*(?:error|warning)(?=\s)(?>(?:[^\\\n/]|/(?!\*)|\\(?:\r?\n)?)*)
    | \#[ \t]*include[ \t]*<[^>\n]*+
    """
_PLAIN = besides(b"\"'/#") + b"*+"
_SIGN = rb"(?:/(?![*/])|\#(?![ \t]*(?:(?:error|warning)(?=\s)|include[ \t]*<)))"
_PIECE = re.compile(
    rb"(" + _PLAIN + rb"(?>(?:" + _SIGN + _PLAIN + rb"){0,64}))(" + _OPAQUE + rb")?", re.DOTALL | re.VERBOSE
)
_LINE = re.compile(rb"[^\\\n]*+(?>(?:\\(?:\r?\n)?[^\\\n]*+)*)")
_DIRECTIVE = re.compile(rb"#[ \t]*+(\w*+)" + _LINE.pattern)


class Directive(NamedTuple):
    """A preprocessor directive: ``[start, end)`` from its ``#`` to the end of its last continuation line.

    ``name`` is ``b"if"``, ``b"define"``...; ``argument`` the offset just behind the name. The last line end
    (with its CR) is not part of it.
    """

    start: int
    end: int
    name: bytes
    argument: int


def _blank(text: bytes) -> bytes:
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
    pieces: list[bytes] = []
    long_comments: list[tuple[int, int]] = []
    at = 0
    for plain, opaque in _PIECE.findall(data):
        pieces.append(plain)
        if opaque:
            pieces.append(_blank(opaque))
            start = at + len(plain)
            at = start + len(opaque)
            if opaque[0] == 0x2F and b"\n" in opaque:
                long_comments.append((start, at))
        else:
            at += len(plain)
    return b"".join(pieces), long_comments


def find_directives(code: bytes, long_comments: Sequence[tuple[int, int]] = ()) -> tuple[Directive, ...]:
    """The directives of ``code`` in order; both arguments come from lex().

    A comment that spans lines does not end the directive that it begins in.
    """
    found: list[Directive] = []
    at = 0
    none = (len(code) + 1, len(code) + 1)
    comments = iter(long_comments)
    comment = next(comments, none)
    for match in _DIRECTIVE.finditer(code):
        start, end = match.span()
        if start < at:
            # Of a line that a comment joined to the directive before.
            continue
        plain = not start or (code[start - 1] == 0x0A and code[start - 2] not in b"\\\r")
        if plain or _begins_line(code, at, start, long_comments):
            while comment[0] <= end:
                if comment[1] > end:
                    rest = _LINE.match(code, comment[1])
                    end = rest.end() if rest else len(code)
                comment = next(comments, none)
            last = end - 1 if code[end - 1] == 0x0D else end
            found.append(Directive(start, last, match[1], match.end(1)))
        at = end
    return tuple(found)


def _begins_line(code: bytes, at: int, start: int, long_comments: Sequence[tuple[int, int]]) -> bool:
    """Whether nothing but blanks stands before ``start`` on its line, which begins behind ``at``.

    Neither a backslash nor a comment that spans lines lets a line of C begin.
    """
    before = bisect_left(long_comments, (start, start))
    while start > at:
        line = code.rfind(b"\n", at, start)
        if code[max(at, line + 1) : start].strip(b" \t\f\v"):
            return False
        if line < 0:
            return True
        if before and long_comments[before - 1][0] <= line < long_comments[before - 1][1]:
            before -= 1
            start = long_comments[before][0]
        elif code.endswith((b"\\", b"\\\r"), at, line):
            start = line - 1 if code[line - 1] == 0x5C else line - 2
        else:
            return True
    return not at


def blank_directives(code: bytes, directives: tuple[Directive, ...]) -> bytes:
    """Return ``code`` with every directive blanked, newlines kept."""
    pieces: list[bytes] = []
    at = 0
    for directive in directives:
        pieces += (code[at : directive.start], code[directive.start : directive.end].translate(SPACES))
        at = directive.end
    pieces.append(code[at:])
    return b"".join(pieces)

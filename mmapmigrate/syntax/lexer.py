# SPDX-License-Identifier: GPL-2.0-only
"""The lexical pass: comments and the contents of literals blanked, preprocessor directives found.

Both searches start on a literal byte, so the work grows with the file's size and not with its shape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SPACES = bytes(byte if byte in b"\n\r" else 0x20 for byte in range(256))
"""Translation table that blanks everything but line ends."""

# An unterminated comment runs to the end of the file; an unterminated literal is one stray quote. The text of
# #error and #warning is prose, with apostrophes; <...> may hold quotes and slashes.
_OPAQUE = re.compile(
    rb"""/\*.*?(?:\*/|\Z)
    | //(?:[^\\\n]|\\\r?\n|\\.)*+
    | "(?:[^"\\\n]|\\\r?\n|\\.)*+"
    | '(?:[^'\\\n]|\\\r?\n|\\.)++'
    | \#[ \t]*(?:error|warning)(?=\s)(?:[^\\\n/]|/(?!\*)|\\\r?\n|\\.)*+
    | \#[ \t]*include[ \t]*<[^>\n]*+
    """,
    re.DOTALL | re.VERBOSE,
)

_DIRECTIVE = re.compile(rb"#[ \t]*+(\w*+)(?:[^\\\n]|\\\r?\n|\\[^\n])*+")

_CONTINUED = re.compile(rb"\\\r?\n")


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
    if first == 0x23:
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
    return _OPAQUE.sub(_blank, data)


def find_directives(code: bytes) -> tuple[Directive, ...]:
    """The directives of ``code`` (from blank_opaque()) in order."""
    found: list[Directive] = []
    at = 0
    for match in _DIRECTIVE.finditer(code):
        start = match.start()
        before = code[at:start].rstrip(b" \t\f\v")
        at = match.end()
        if before and not before.endswith(b"\n"):
            continue
        end = at - 1 if code[at - 1] == 0x0D else at
        found.append(Directive(start, end, match[1], match.end(1)))
    return tuple(found)


def blank_directives(code: bytes, directives: tuple[Directive, ...]) -> bytes:
    """Return ``code`` with every directive blanked, newlines kept."""
    pieces: list[bytes] = []
    at = 0
    for directive in directives:
        pieces += (code[at : directive.start], code[directive.start : directive.end].translate(SPACES))
        at = directive.end
    pieces.append(code[at:])
    return b"".join(pieces)

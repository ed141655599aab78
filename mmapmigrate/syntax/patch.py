# SPDX-License-Identifier: GPL-2.0-only
"""Changes to a mask that keep its length and its lines."""

from __future__ import annotations

from mmapmigrate.syntax.lexer import SPACES
from mmapmigrate.syntax.tokens import Tokens


def blank(out: bytearray, start: int, end: int) -> None:
    """Blank ``[start, end)``."""
    out[start:end] = out[start:end].translate(SPACES)


def blank_tokens(tokens: Tokens, out: bytearray, first: int, last: int) -> None:
    """Blank from token ``first`` to token ``last``, both included; nothing when last < first."""
    if first <= last:
        blank(out, tokens.start[first], tokens.end(last))


def put(out: bytearray, at: int, text: bytes) -> None:
    """Write ``text`` over the bytes at ``at``; they must hold no line end."""
    out[at : at + len(text)] = text


def put_between(tokens: Tokens, out: bytearray, index: int, mark: bytes) -> bool:
    """Write the one byte ``mark`` into the white space behind token ``index``; False when there is none."""
    limit = tokens.start[index + 1] if index + 1 < len(tokens) else len(out)
    for at in range(tokens.end(index), limit):
        if out[at] in b" \t":
            out[at : at + 1] = mark
            return True
    return False

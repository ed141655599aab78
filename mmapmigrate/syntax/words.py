# SPDX-License-Identifier: GPL-2.0-only
"""Whole words in C text, found by plain search.

The names that are looked for are the drivers' own, thousands in a run. A pattern made for one costs more than
its search, and one that looks behind itself is slower than a plain search by a factor of ten and more.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from mmapmigrate.syntax.search import find

_PIECE = 256
_BRACKET = re.compile(rb"[(){};]")

_IN_WORD = frozenset(b"_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def encoded(name: str) -> bytes:
    """A name as the bytes of the file that it was read from."""
    return name.encode("utf-8", "surrogateescape")


def in_word(data: bytes | memoryview, at: int) -> bool:
    """Whether the byte at ``at`` exists and can be part of a word."""
    return 0 <= at < len(data) and data[at] in _IN_WORD


def word_places(
    data: bytes | memoryview, word: bytes, start: int = 0, end: int = sys.maxsize
) -> Iterator[int]:
    """The offsets in ``data[start:end]`` at which ``word`` stands by itself; none for an empty word.

    The bytes outside of the range are looked at too: no word is cut in two.
    """
    at = find(data, word, start, end) if word else -1
    while at >= 0:
        after = at + len(word)
        if not (in_word(data, at - 1) or in_word(data, after)):
            yield at
        at = find(data, word, at + 1, end)


def has_word(data: bytes | memoryview, word: bytes, start: int = 0, end: int = sys.maxsize) -> bool:
    """Whether ``word`` stands by itself in ``data[start:end]``."""
    return next(word_places(data, word, start, end), None) is not None


def behind_text(code: bytes, at: int) -> int:
    """The offset behind what stands before ``at``, the blanks in between left out."""
    while at:
        # In pieces: a copy of all that stands before costs as much as the file is long.
        length = len(code[max(0, at - _PIECE) : at].rstrip())
        if length:
            return max(0, at - _PIECE) + length
        at = max(0, at - _PIECE)
    return 0


def open_bracket(code: bytes, at: int, near: int, stops: bytes = b"") -> int | None:
    """The offset of the parenthesis or brace that is open at ``at`` and stands at most ``near`` bytes before.

    None where there is none, or one of ``stops``, which are braces and semicolons, comes in between.
    """
    depth = 0
    first = max(0, at - near)
    while at > first:
        # In pieces, as the bracket is seldom far.
        end, at = at, max(first, at - _PIECE)
        for found in reversed(list(_BRACKET.finditer(code, at, end))):
            mark = found[0]
            if mark in stops:
                return None
            if mark in b")}":
                depth += 1
            elif mark in b"({":
                depth -= 1
            if depth < 0:
                return found.start()
    return None


def match_before(pattern: re.Pattern[bytes], code: bytes, at: int) -> re.Match[bytes] | None:
    """Where ``pattern``, which ends in ``\\Z``, matches right before ``at``.

    It is searched for from the last ``;``, ``{`` or ``}`` on: it must match none of these.
    """
    return pattern.search(code, behind_last(code, at, b";{}"), at)


def behind_last(code: bytes, at: int, marks: bytes) -> int:
    """The offset behind the last of the bytes ``marks`` before ``at``, 0 when there is none."""
    start = 0
    for index in range(len(marks)):
        # What stands before one that was found is not searched for the others.
        start = max(start, code.rfind(marks[index : index + 1], start, at) + 1)
    return start

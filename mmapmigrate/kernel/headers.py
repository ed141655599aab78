# SPDX-License-Identifier: GPL-2.0-only
"""A light reader of C headers: conditions, macros, functions, structs, enumerators.

It is no C parser. It knows what kernel headers look like (kernel coding style: a closing brace in the first
column ends a top-level item) and never fails: what it cannot make sense of it leaves out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property

from mmapmigrate.kernel.aggregates import Aggregate, Member, enumerators, members
from mmapmigrate.kernel.conditions import Literals
from mmapmigrate.kernel.directives import read_directives
from mmapmigrate.kernel.functions import FunctionDeclaration, function_of
from mmapmigrate.kernel.items import Items, top_level

_NOISE = re.compile(
    r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|//(?>(?:[^\\\n]++|\\.)*)|\"(?>(?:[^\"\\\n]++|\\.)*)\"|'(?>(?:[^'\\\n]++|\\.)*)'|/\*.*",
    re.DOTALL,
)


class Header:
    """One header's text, comments and string contents removed; lines keep their numbers."""

    def __init__(self, path: str, data: bytes) -> None:
        """``data`` is read as Latin-1: any byte is some character."""
        self.path = path
        text = data.decode("latin-1").replace("\r\n", "\n")
        text = _NOISE.sub(_without_noise, text)
        self._directives = read_directives(text)
        self._functions: dict[tuple[str, ...], list[FunctionDeclaration]] = {}
        self.code = self._directives.code
        self.macros = self._directives.macros

    def condition(self, offset: int) -> Literals:
        """The literals that hold at ``offset`` of the code."""
        return self._directives.condition(offset)

    def line(self, offset: int) -> int:
        """The line of ``offset``, counted from 1."""
        return self.code.count("\n", 0, offset) + 1

    @cached_property
    def _items(self) -> Items:
        return top_level(self.code)

    def aggregates(self) -> Sequence[Aggregate]:
        """The structs, unions and enums at namespace level; an anonymous typedef bears its typedef's name."""
        return self._items.aggregates

    def struct(self, tag: str) -> Aggregate | None:
        """The struct of this tag that is defined here, or None."""
        return next((one for one in self.aggregates() if one.tag == tag and one.kind == "struct"), None)

    def functions(self, *needles: str) -> Sequence[FunctionDeclaration]:
        """Functions declared or defined at namespace level whose head holds one of ``needles``."""
        if needles not in self._functions:
            heads = self._items.heads
            starts = [start for start, _ in heads]
            wanted: set[int] = set()
            for needle in needles:
                at = self.code.find(needle)
                while at >= 0:
                    index = bisect_right(starts, at) - 1
                    if index >= 0 and at < heads[index][1]:
                        wanted.add(index)
                    at = self.code.find(needle, at + 1)
            chosen = (heads[index] for index in sorted(wanted))
            heads_read = (function_of(*self._head(start, end)) for start, end in chosen)
            self._functions[needles] = [one for one in heads_read if one is not None]
        return self._functions[needles]

    def _head(self, start: int, end: int) -> tuple[str, int]:
        """The text of a head without the blanks (once directives) before it, and where it begins."""
        text = self.code[start:end]
        bare = text.lstrip()
        return bare, start + len(text) - len(bare)

    def members(self, aggregate: Aggregate, needles: Sequence[str] = ("",)) -> Iterator[Member]:
        """The members of a struct, those of inner ones among them, whose text holds one of ``needles``."""
        return members(self.code, aggregate, needles)

    def enumerators(self, aggregate: Aggregate) -> Iterator[tuple[str, str | None, int]]:
        """Name, macro arguments (None when it is a plain name) and offset of each enumerator."""
        return enumerators(self.code, aggregate)


def _without_noise(match: re.Match[str]) -> str:
    text = match.group(0)
    if text[0] in "\"'":
        return text[0] * 2
    return " " + "\n" * text.count("\n")

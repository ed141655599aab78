# SPDX-License-Identifier: GPL-2.0-only
"""The top-level items of a header, told apart by braces and semicolons."""

from __future__ import annotations

import re

from msgspec import Struct

from mmapmigrate.kernel.aggregates import OPENING, Aggregate

_STRUCTURE = re.compile(r"[{};]")
_BRACE = re.compile(r"[{}]")


class Items(Struct, frozen=True):
    """``heads`` are those of functions, prototypes and definitions, as half-open ranges of the code."""

    heads: tuple[tuple[int, int], ...]
    aggregates: tuple[Aggregate, ...]


def top_level(code: str) -> Items:
    """The items of ``code``, which has neither comments nor directives.

    A closing brace in the first column ends an item, whatever the arms of a conditional have opened in it.
    """
    heads: list[tuple[int, int]] = []
    aggregates: list[Aggregate] = []
    depth = 0
    start = 0
    body: Aggregate | None = None
    opened = 0
    kind = tag = ""
    at = -1
    while (match := (_BRACE if depth else _STRUCTURE).search(code, at + 1)) is not None:
        at = match.start()
        char = match.group()
        if char == "{":
            if depth == 0:
                opened = at + 1
                tail = OPENING.search(code, start, opened)
                if tail is not None:
                    kind, tag = tail.group(1), tail.group(2) or ""
                else:
                    kind = ""
                    if "=" not in code[start:at]:
                        heads.append((start, at))
            depth += 1
        elif char == "}":
            column = at == 0 or code[at - 1] == "\n"
            if depth > 0:
                depth = 0 if column else depth - 1
            if depth == 0:
                if kind:
                    body = Aggregate(kind, tag, opened, at, start)
                else:
                    start = at + 1
        elif depth == 0:
            if body is not None:
                name = body.tag or code[body.end + 1 : at].strip()
                if re.fullmatch(r"\w+", name or "_"):
                    body = Aggregate(body.kind, name, body.start, body.end, body.offset)
                aggregates.append(body)
                body = None
                kind = ""
            elif at > start:
                heads.append((start, at))
            start = at + 1
    return Items(tuple(heads), tuple(aggregates))

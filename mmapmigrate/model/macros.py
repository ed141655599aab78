# SPDX-License-Identifier: GPL-2.0-only
"""The ``#define``s of a file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mmapmigrate.syntax.unit import Condition, SourceUnit

_HEAD = re.compile(
    rb"#(?:[ \t]|\\\r?\n)*define(?:[ \t]|\\\r?\n)+(?P<name>[A-Za-z_]\w*)(?P<parameters>\([^()]*\))?"
)


@dataclass(frozen=True)
class Macro:
    """A ``#define``: ``parameters`` is None for an object-like one; offsets are byte ranges of the file.

    ``body`` is the text behind name and parameters without its line continuations and comments;
    ``body_start`` its offset.
    """

    name: str
    parameters: tuple[str, ...] | None
    body: str
    start: int
    end: int
    name_start: int
    name_end: int
    conditions: tuple[Condition, ...] = ()
    body_start: int = 0


def read_macros(unit: SourceUnit) -> tuple[Macro, ...]:
    """Every ``#define`` of the file in order, those inside functions and tables included."""
    found: list[Macro] = []
    code = unit.code
    for directive in unit.directives:
        if directive.name != b"define":
            continue
        head = _HEAD.match(code, directive.start, directive.end)
        if head is None:
            continue
        name = head["name"].decode()
        parameters: tuple[str, ...] | None = None
        if head["parameters"] is not None:
            words = head["parameters"][1:-1].replace(b"\\", b" ").split(b",")
            parameters = tuple(word.strip().decode("utf-8", "replace") for word in words if word.strip())
        body = re.sub(rb"\\\r?\n", b"\n", code[head.end() : directive.end])
        found.append(
            Macro(
                name=name,
                parameters=parameters,
                body=body.decode("utf-8", "surrogateescape").strip(),
                start=directive.start,
                end=directive.end,
                name_start=head.start("name"),
                name_end=head.end("name"),
                conditions=unit.conditions(directive.start),
                body_start=head.end(),
            )
        )
    return tuple(found)

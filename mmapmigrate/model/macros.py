# SPDX-License-Identifier: GPL-2.0-only
"""The ``#define``s of a file."""

from __future__ import annotations

import re

from msgspec import Struct

from mmapmigrate.syntax.lexer import Directive
from mmapmigrate.syntax.unit import Condition, SourceUnit
from mmapmigrate.syntax.words import encoded

_HEAD = re.compile(
    rb"#(?:[ \t]|\\\r?\n)*define(?:[ \t]|\\\r?\n)+(?P<name>[A-Za-z_]\w*)(?P<parameters>\([^()]*\))?"
)
_WORDS = re.compile(rb"\w+")
_CONTINUED = re.compile(rb"\\\r?\n")


class Macro(Struct, frozen=True):
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


def macros_named(unit: SourceUnit, name: str) -> tuple[Macro, ...]:
    """The ``#define``s of ``name`` in order, those inside functions and tables included."""
    macros = (_macro(unit, directive) for directive in unit.defines.get(encoded(name), ()))
    return tuple(macro for macro in macros if macro is not None)


def all_macros(unit: SourceUnit) -> tuple[Macro, ...]:
    """Every ``#define`` of the file in order."""
    if b"define" not in unit.source.data:
        return ()
    macros = (_macro(unit, directive) for directive in unit.directives if directive.name == b"define")
    return tuple(macro for macro in macros if macro is not None)


def macros_by_word(unit: SourceUnit) -> dict[bytes, tuple[Macro, ...]]:
    """The ``#define``s of the file by each word that their bodies spell, in code or in comments."""
    found: dict[bytes, list[Macro]] = {}
    for macro in all_macros(unit):
        for word in frozenset(_WORDS.findall(unit.source.data, macro.body_start, macro.end)):
            found.setdefault(word, []).append(macro)
    return {word: tuple(macros) for word, macros in found.items()}


def macro_at(unit: SourceUnit, offset: int) -> Macro | None:
    """The ``#define`` whose body holds ``offset``."""
    directive = unit.directive_before(offset)
    if directive is None or directive.name != b"define" or offset >= directive.end:
        return None
    macro = _macro(unit, directive)
    return macro if macro is not None and macro.body_start <= offset < macro.end else None


def _macro(unit: SourceUnit, directive: Directive) -> Macro | None:
    code = unit.code
    head = _HEAD.match(code, directive.start, directive.end)
    if head is None:
        return None
    parameters: tuple[str, ...] | None = None
    if head["parameters"] is not None:
        words = head["parameters"][1:-1].replace(b"\\", b" ").split(b",")
        parameters = tuple(word.strip().decode("utf-8", "replace") for word in words if word.strip())
    body = _CONTINUED.sub(b"\n", code[head.end() : directive.end])
    return Macro(
        name=head["name"].decode(),
        parameters=parameters,
        body=body.decode("utf-8", "surrogateescape").strip(),
        start=directive.start,
        end=directive.end,
        name_start=head.start("name"),
        name_end=head.end("name"),
        conditions=unit.conditions(directive.start),
        body_start=head.end(),
    )

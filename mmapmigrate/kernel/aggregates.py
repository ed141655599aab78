# SPDX-License-Identifier: GPL-2.0-only
"""Structs, unions and enums of a header, and their members."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from mmapmigrate.kernel.api import Parameter
from mmapmigrate.kernel.brackets import closing, split_top
from mmapmigrate.kernel.declarators import ARRAY, FUNCTION_POINTER, LONGEST, fold, parameter, parameters

OPENING = re.compile(
    r"\b(struct|union|enum)\b\s*+(?>(?:__packed\b\s*+|__attribute__\s*+\(\((?>(?:[^(){;]|\([^()]*\))*)\)\)\s*+)*)(?>(\w++)?)\s*+\{"
)
"""The head of a body, with its keyword and its tag."""

_BITFIELD = re.compile(r":[^:?]*$")
_MEMBER_MACRO = re.compile(r"^\s*([A-Z][A-Z0-9_]*)\s*\((.*)\)\s*$", re.DOTALL)

# A bound that no header reaches, so that one made to hurt costs time in proportion to its length only.
_DEEPEST = 64


class Aggregate(Struct, frozen=True):
    """The body of a struct, union or enum: ``start`` and ``end`` are a half-open range of the code."""

    kind: str
    tag: str
    start: int
    end: int
    offset: int


class Member(Struct, frozen=True):
    """A struct's member. ``path`` has dots where a named inner struct holds it (``remap.start``).

    ``callback`` is the parameter list of a function pointer, else None.
    """

    path: str
    type: str
    offset: int
    callback: tuple[Parameter, ...] | None = None


def members(code: str, aggregate: Aggregate, needles: Sequence[str] = ("",)) -> Iterator[Member]:
    """The members of a struct, those of inner ones among them, whose text holds one of ``needles``."""
    yield from _members(code, (aggregate.start, aggregate.end), "", needles)


def enumerators(code: str, aggregate: Aggregate) -> Iterator[tuple[str, str | None, int]]:
    """Name, macro arguments (None when it is a plain name) and offset of each enumerator."""
    offset = aggregate.start
    for part in split_top(code[aggregate.start : aggregate.end]):
        match = re.match(r"\s*(\w+)\s*(?:\((.*)\))?", part, re.DOTALL)
        if match is not None and match.group(1):
            yield match.group(1), match.group(2), offset + match.start(1)
        offset += len(part) + 1


def _members(
    code: str, body: tuple[int, int], prefix: str, needles: Sequence[str], depth: int = 0
) -> Iterator[Member]:
    offset, end = body
    for part in split_top(code[offset:end], ";"):
        if any(needle in part for needle in needles):
            if "{" in part:
                yield from _nested(code, (offset, offset + len(part)), prefix, needles, depth)
            elif len(part) <= LONGEST:
                yield from _declared(part, offset, prefix)
        offset += len(part) + 1


def _nested(
    code: str, where: tuple[int, int], prefix: str, needles: Sequence[str], depth: int
) -> Iterator[Member]:
    """A struct, union or enum inside another one: itself where it has a name, and its members."""
    start, end = where
    text = code[start:end]
    brace = text.find("{")
    close = closing(text, brace)
    if close < 0 or OPENING.search(text[: brace + 1]) is None:
        return
    name = re.sub(r"_{2,}\w+(?:\s*\([^()]*\))?", " ", text[close + 1 :]).strip()
    array = ARRAY.search(name)
    if array is not None:
        name = name[: array.start()]
    if name and not re.fullmatch(r"\w+", name):
        name = name.lstrip("* ").split(",")[0].strip()
    if name:
        kind = "union" if "union" in text[:brace].split() else "struct"
        at = start + close + 1 + text[close + 1 :].find(name)
        yield Member(prefix + name, kind, at)
    inner = f"{prefix}{name}." if name else prefix
    if "enum" not in text[:brace].split() and depth < _DEEPEST:
        yield from _members(code, (start + brace + 1, start + close), inner, needles, depth + 1)


def _declared(text: str, start: int, prefix: str) -> Iterator[Member]:
    """The members that one declaration without a body declares."""
    pointer = FUNCTION_POINTER.search(text)
    if pointer is not None:
        close = closing(text, pointer.end() - 1)
        if close > 0:
            found, _ = parameters(text[pointer.end() : close])
            kind = fold(text[: pointer.start(1)] + text[pointer.end(1) : close + 1])
            yield Member(prefix + pointer.group(1), kind, start + pointer.start(1), found)
        return
    macro = _MEMBER_MACRO.match(text)
    if macro is not None:
        names = [part.strip() for part in split_top(macro.group(2))]
        # DECLARE_BITMAP(name, bits) and DECLARE_FLEX_ARRAY(type, name) are the two shapes that there are.
        name = names[-1] if "FLEX" in macro.group(1) else names[0]
        if re.fullmatch(r"\w+", name):
            yield Member(prefix + name, fold(text), start + macro.start(2))
        return
    declarators = split_top(text)
    first = parameter(_BITFIELD.sub("", declarators[0]))
    if not first.name:
        return
    yield Member(prefix + first.name, first.type, start + text.rfind(first.name, 0, len(declarators[0])))
    base = first.type.rstrip("* ")
    at = start + len(declarators[0]) + 1
    for declarator in declarators[1:]:
        more = parameter(f"{base} {_BITFIELD.sub('', declarator).strip()}")
        if more.name:
            yield Member(prefix + more.name, more.type, at + declarator.rfind(more.name))
        at += len(declarator) + 1

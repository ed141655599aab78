# SPDX-License-Identifier: GPL-2.0-only
"""What could be part of an mmap hook, or hold what a rule looks for, and could not be read: never silent."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.model.signs import MENTION, matters_anywhere
from mmapmigrate.syntax.unit import Item, ItemKind, ParsedItem, SourceUnit

_VMA_PARAMETER = re.compile(rb"\bstruct\s+vm_area_(?:struct|desc)\s*\*[^,)]*")
_FUNCTION_NAME = re.compile(rb"\b(\w++)\s*+\(")
_WORD = re.compile(rb"[A-Za-z_]\w*")


class UnparsedRegion(Struct, frozen=True):
    """Bytes of an item that was not read whole. ``matters``: they could hold part of a hook."""

    start: int
    end: int
    message: str
    matters: bool


def unparsed_regions(unit: SourceUnit, entries: Sequence[OpsEntry]) -> tuple[UnparsedRegion, ...]:
    """One region for each item not read whole that could matter to a rule, or holds one of ``entries``.

    What mentions a VMA matters where it could be a hook, what a hook calls, or name one of ``entries``, and
    where a rule looks at all code. Prototypes, members and functions that only find a VMA do not: to parse
    them all is a tenth of the work of a whole tree.
    """
    if not entries and MENTION.search(unit.source.data) is None:
        # Neither does the code mention one, then: the file need not be split.
        return ()
    hooks = {entry.handler.encode() for entry in entries if entry.handler not in (None, "NULL")}
    tables = {item: entry for entry in reversed(entries) if (item := unit.item_at(entry.start)) is not None}
    found: list[UnparsedRegion] = []
    for item in _mentioning(unit, tables, hooks):
        parsed = unit.parse(item)
        if parsed.errors:
            found.append(_unread(unit, item, parsed, tables, hooks))
        elif parsed.blanked:
            found += _left_out(unit, item, parsed, tables, hooks)
    return tuple(found)


def _mentioning(unit: SourceUnit, tables: Collection[Item], hooks: Collection[bytes]) -> list[Item]:
    """The items that mention a VMA in code and could matter to a rule, and ``tables``, in file order."""
    items = set(tables)
    match = MENTION.search(unit.text)
    while match is not None:
        item = unit.item_at(match.start())
        if item is not None and _could_matter(unit, item, hooks):
            items.add(item)
        match = MENTION.search(unit.text, match.end() if item is None else item.end)
    return sorted((item for item in items if item.kind is not ItemKind.DEFINE), key=lambda item: item.start)


def _could_matter(unit: SourceUnit, item: Item, hooks: Collection[bytes]) -> bool:
    return (
        _has_vma_parameter(unit, item)
        or matters_anywhere(unit.text[item.start : item.end])
        or (len(hooks) > 0 and _names_hook(unit, item.start, item.end, hooks))
    )


def _unread(
    unit: SourceUnit, item: Item, parsed: ParsedItem, tables: Collection[Item], hooks: Collection[bytes]
) -> UnparsedRegion:
    start = min(error.start for error in parsed.errors)
    end = min(max(error.end for error in parsed.errors), item.end)
    matters = item in tables or _has_vma_parameter(unit, item) or _names_hook(unit, start, end, hooks)
    if item.kind is ItemKind.FUNCTION:
        matters = matters or _function_name(unit, item) in hooks
    return UnparsedRegion(min(start, end), end, f"{_what(unit, item, tables)} could not be read", matters)


def _left_out(
    unit: SourceUnit, item: Item, parsed: ParsedItem, tables: Collection[Item], hooks: Collection[bytes]
) -> Iterator[UnparsedRegion]:
    """The arms of conditionals that had to go and name the function's VMA or a hook."""
    if item in tables and item.kind is not ItemKind.FUNCTION:
        return
    names = set(hooks)
    parameter = _vma_parameter(unit, item)
    if parameter is not None:
        names.add(parameter)
    for start, end in parsed.blanked:
        if _names_hook(unit, start, end, names):
            message = f"{_what(unit, item, tables)}: one arm of a conditional could not be read"
            yield UnparsedRegion(start, end, message, True)


def _names_hook(unit: SourceUnit, start: int, end: int, names: Collection[bytes]) -> bool:
    return any(match.group() in names for match in _WORD.finditer(unit.text, start, end))


def _header(unit: SourceUnit, item: Item) -> tuple[int, int]:
    body = unit.text.find(b"{", item.start, item.end)
    return item.start, body if body >= 0 else item.end


def _has_vma_parameter(unit: SourceUnit, item: Item) -> bool:
    return (
        item.kind is ItemKind.FUNCTION and _VMA_PARAMETER.search(unit.text, *_header(unit, item)) is not None
    )


def _vma_parameter(unit: SourceUnit, item: Item) -> bytes | None:
    found = _VMA_PARAMETER.search(unit.text, *_header(unit, item)) if item.kind is ItemKind.FUNCTION else None
    words = _WORD.findall(found.group()) if found is not None else []
    return words[-1] if len(words) > 2 else None


def _function_name(unit: SourceUnit, item: Item) -> bytes:
    found = _FUNCTION_NAME.search(unit.text, *_header(unit, item))
    return found.group(1) if found is not None else b""


def _what(unit: SourceUnit, item: Item, tables: Collection[Item]) -> str:
    if item.kind is ItemKind.FUNCTION:
        name = _function_name(unit, item).decode("utf-8", "replace")
        return f"function {name}()" if name else "a function"
    return "an ops table" if item in tables else "a declaration that mentions a VMA"

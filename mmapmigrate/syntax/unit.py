# SPDX-License-Identifier: GPL-2.0-only
"""A file as a sequence of top-level items, each parsed on demand from a mask."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mmapmigrate.syntax.source import SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node


class ItemKind(StrEnum):
    """What a top-level item looks like before it is parsed."""

    FUNCTION = "function"
    """A function's definition, from its first specifier to its closing brace."""
    DECLARATION = "declaration"
    """Anything else up to its ``;`` (variables, prototypes, types, macro calls at file scope)."""
    DEFINE = "define"
    """A ``#define`` with its continuation lines."""


@dataclass(frozen=True)
class Condition:
    """One preprocessor conditional that encloses a place.

    ``group`` numbers the #if..#endif in the file, ``branch`` its arm (0 for #if, 1 for the next ...);
    ``text`` is the arm's condition as written ("" for #else); ``start`` the offset of the arm's directive.
    """

    group: int
    branch: int
    text: str
    start: int


@dataclass(frozen=True)
class Item:
    """A top-level item: the half-open byte range ``[start, end)`` of the file, without leading comments."""

    start: int
    end: int
    kind: ItemKind


@dataclass(frozen=True)
class ErrorRegion:
    """A half-open byte range that the grammar could not read, even masked."""

    start: int
    end: int


@dataclass(frozen=True)
class ParsedItem:
    """One parsed item. Node offsets are offsets into the file; Points are the file's rows and columns.

    ``mask`` is the text that was parsed: as long as the item, ``mask[0]`` at ``item.start``.
    """

    item: Item
    root: Node
    mask: bytes
    errors: tuple[ErrorRegion, ...]


class SourceUnit:
    """A SourceFile split into items. Contract; implemented in this module's final form."""

    source: SourceFile
    code: bytes
    items: tuple[Item, ...]

    def parse(self, item: Item) -> ParsedItem:
        raise NotImplementedError

    def conditions(self, offset: int) -> tuple[Condition, ...]:
        raise NotImplementedError

    def item_at(self, offset: int) -> Item | None:
        raise NotImplementedError

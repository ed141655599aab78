# SPDX-License-Identifier: GPL-2.0-only
"""A file as a sequence of top-level items, each parsed on demand from a mask."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from tree_sitter import Point

from mmapmigrate.syntax.arms import ItemConditional, blank_ranges, cutting
from mmapmigrate.syntax.attempts import read_item
from mmapmigrate.syntax.condition import Condition
from mmapmigrate.syntax.directives import Conditionals
from mmapmigrate.syntax.item import Item, ItemKind, Items
from mmapmigrate.syntax.items import split_items
from mmapmigrate.syntax.lexer import Directive, blank_directives, find_directives, lex
from mmapmigrate.syntax.mask import differing, word_mask
from mmapmigrate.syntax.source import SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Condition", "ErrorRegion", "Item", "ItemKind", "ParsedItem", "SourceUnit"]

_DEFINED = re.compile(rb"(?:[ \t]|\\\r?\n)+([A-Za-z_]\w*)")


class ErrorRegion(Struct, frozen=True):
    """A half-open byte range that the grammar could not read, even masked."""

    start: int
    end: int


class ParsedItem(Struct, frozen=True, dict=True):
    """One parsed item. Node offsets are offsets into the file; Points are the file's rows and columns.

    ``mask`` is the text that was parsed: as long as the item, ``mask[0]`` at ``item.start``. ``Node.text``
    is of the mask. ``blanked`` holds byte ranges of code, without directives, that the mask left out because
    an arm of a conditional had to go; ``text`` is what the mask was made of: the item's code without them.
    """

    item: Item
    root: Node
    mask: bytes
    text: bytes
    errors: tuple[ErrorRegion, ...]
    blanked: tuple[tuple[int, int], ...] = ()

    @cached_property
    def rewritten(self) -> tuple[tuple[int, int], ...]:
        """The byte ranges where the mask differs from ``text`` by more than attributes without an argument.

        Where a ``while_statement`` begins in one of them, the file has an iterator macro.
        """
        if self.item.kind is ItemKind.DEFINE:
            return ()
        return differing(word_mask(self.text), self.mask, self.item.start)


class SourceUnit:
    """A SourceFile split into items, lazily; items are parsed at most once."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self._parsed: dict[Item, ParsedItem] = {}

    @cached_property
    def code(self) -> bytes:
        """The file with comments and the contents of literals blanked: same length, same lines."""
        return self._lexed[0]

    @cached_property
    def _lexed(self) -> tuple[bytes, list[tuple[int, int]]]:
        return lex(self.source.data)

    @cached_property
    def directives(self) -> tuple[Directive, ...]:
        """Every preprocessor directive in order, also those inside items."""
        return find_directives(*self._lexed)

    def directive_before(self, offset: int) -> Directive | None:
        """The last directive that begins at or before ``offset``."""
        index = bisect_right(self._directive_starts, offset) - 1
        return self.directives[index] if index >= 0 else None

    def directives_in(self, start: int, end: int) -> Sequence[Directive]:
        """The directives that begin in ``[start, end)``, in order."""
        starts = self._directive_starts
        return self.directives[bisect_left(starts, start) : bisect_left(starts, end)]

    @cached_property
    def defines(self) -> Mapping[bytes, tuple[Directive, ...]]:
        """The #defines in order, by the name that they define."""
        found: dict[bytes, list[Directive]] = {}
        for directive in self.directives:
            if directive.name == b"define":
                name = _DEFINED.match(self.code, directive.argument, directive.end)
                if name is not None:
                    found.setdefault(name[1], []).append(directive)
        return {name: tuple(several) for name, several in found.items()}

    @cached_property
    def conditionals(self) -> Conditionals:
        """The file's #if ... #endif."""
        return Conditionals(self.code, self.directives)

    @cached_property
    def text(self) -> bytes:
        """``code`` with directives blanked too."""
        return blank_directives(self.code, self.directives)

    @cached_property
    def items(self) -> Items:
        """The top-level items in order, disjoint."""
        return split_items(self.code, self.text, self.directives)

    def parse(self, item: Item) -> ParsedItem:
        """Parse one of ``items``; the same object comes back for the same item."""
        parsed = self._parsed.get(item)
        if parsed is None:
            parsed = self._parsed[item] = self._parse(item)
        return parsed

    def _parse(self, item: Item) -> ParsedItem:
        text, closing = self.text[item.start : item.end], b""
        if item.kind is ItemKind.DEFINE:
            text, closing = self.code[item.start : item.end], b"\n"
        elif item.kind is ItemKind.DECLARATION and not text.endswith((b";", b"}")):
            closing = b";"
        position = self.source.position(item.start)
        attempt = read_item(
            text,
            item.start,
            Point(position.line - 1, position.column - 1),
            self._cutting(item),
            closing,
        )
        blanked = tuple((start, end) for start, end in attempt.left_out if self.text[start:end].strip())
        return ParsedItem(
            item,
            attempt.root,
            attempt.mask,
            blank_ranges(text, item.start, attempt.left_out),
            tuple(ErrorRegion(start, end) for start, end in attempt.errors),
            blanked,
        )

    def _cutting(self, item: Item) -> tuple[ItemConditional, ...]:
        """The conditionals that cut through ``item``."""
        first = bisect_right(self._directive_starts, item.start)
        if first == len(self.directives) or self._directive_starts[first] >= item.end:
            return ()
        return cutting(self.conditionals.within(item.start, item.end), item.start, item.end)

    @cached_property
    def _directive_starts(self) -> list[int]:
        return [directive.start for directive in self.directives]

    def conditions(self, offset: int) -> tuple[Condition, ...]:
        """The preprocessor conditions around ``offset``, outermost first."""
        return self.conditionals.at(offset)

    def item_at(self, offset: int) -> Item | None:
        """The item that holds ``offset``, or None between items."""
        items = self.items
        index = bisect_right(items.starts, offset) - 1
        return items[index] if index >= 0 and offset < items.ends[index] else None

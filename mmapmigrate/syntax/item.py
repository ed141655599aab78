# SPDX-License-Identifier: GPL-2.0-only
"""What a file is made of at its top level."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct


class ItemKind(StrEnum):
    """What a top-level item looks like before it is parsed."""

    FUNCTION = "function"
    """A function's definition, from its first specifier to its closing brace."""
    DECLARATION = "declaration"
    """Anything else up to its ``;`` (variables, prototypes, types, macro calls at file scope)."""
    DEFINE = "define"
    """A ``#define`` with its continuation lines."""


class Item(NamedTuple):
    """A top-level item: the half-open byte range ``[start, end)`` of the file, without leading comments."""

    start: int
    end: int
    kind: ItemKind


class Items(Struct, frozen=True):
    """A file's items in order, disjoint; an Item is made for who asks, which is one in ten."""

    starts: list[int]
    ends: list[int]
    kinds: list[ItemKind]

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> Item:
        return Item(self.starts[index], self.ends[index], self.kinds[index])

    def __iter__(self) -> Iterator[Item]:
        return map(Item, self.starts, self.ends, self.kinds)

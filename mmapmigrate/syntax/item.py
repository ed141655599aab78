# SPDX-License-Identifier: GPL-2.0-only
"""What a file is made of at its top level."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


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

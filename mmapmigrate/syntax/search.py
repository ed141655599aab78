# SPDX-License-Identifier: GPL-2.0-only
"""Where a word stands in bytes, found as fast as memory is read.

A tree has 1.5 GB, and a run asks each byte for a handful of words. ``bytes.find`` and ``re`` go from one
likely byte to the next; stringzilla compares whole registers, and takes a memoryview. No other module knows
of it.
"""

from __future__ import annotations

from typing import Protocol

import stringzilla


class Find(Protocol):
    """``bytes.find`` as a function."""

    def __call__(self, data: bytes | memoryview, word: bytes, start: int = ..., end: int = ..., /) -> int: ...


find: Find = stringzilla.find
"""The first offset of a word in bytes or in a part of them, -1 where it is not: what ``bytes.find`` answers.

``start`` and ``end`` are not negative. No function around it, as it is called for each place.
"""


def holds(data: bytes | memoryview, word: bytes) -> bool:
    """Whether ``word`` is anywhere in ``data``."""
    return find(data, word) >= 0

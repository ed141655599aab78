# SPDX-License-Identifier: GPL-2.0-only
"""The texts of some files as one, in which a word is found at one search."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

from mmapmigrate.syntax.words import word_places


class Joined:
    """Files in their order, each with its text."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        # No word goes on in the next file.
        self._text = b"\n".join(texts.values())
        self._names = list(texts)
        self._starts = [0, *accumulate(len(text) + 1 for text in texts.values())]

    def holding(self, word: bytes) -> list[str]:
        """The files that hold ``word`` as a word."""
        found = []
        at = next(word_places(self._text, word), None)
        while at is not None:
            number = bisect_right(self._starts, at)
            found.append(self._names[number - 1])
            at = next(word_places(self._text, word, self._starts[number]), None)
        return found

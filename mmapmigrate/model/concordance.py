# SPDX-License-Identifier: GPL-2.0-only
"""Which of many files hold a word.

To search them all for each name that one of them has is work that grows with the square.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence

_WORDS = re.compile(rb"\w+")


class Concordance:
    """The words of some files, each with the files that have it, in their order."""

    def __init__(self, texts: Iterable[tuple[str, bytes | memoryview]]) -> None:
        self._paths: list[str] = []
        self._places: dict[bytes, array[int]] = {}
        for number, (path, text) in enumerate(texts):
            self._paths.append(path)
            for word in set(_WORDS.findall(text)):
                if word in self._places:
                    self._places[word].append(number)
                else:
                    self._places[word] = array("I", (number,))

    def may_hold(self, name: bytes) -> Sequence[str] | None:
        """The files that may hold ``name`` by itself, all others do not; None where it has no word.

        What ``name`` has between its words is not looked for.
        """
        lists = [self._places.get(word, ()) for word in _WORDS.findall(name)]
        return [self._paths[number] for number in min(lists, key=len)] if lists else None

# SPDX-License-Identifier: GPL-2.0-only
"""Patterns of paths that somebody else wrote: none takes more than linear time for each of its parts.

Python's ``re`` tries every way in which repetitions can share a text, which a few dozen letters make endless.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache

Fits = Callable[[str], bool]

_PIECES = re.compile(r"\*+|\?|\[[^\]]+\]|.", re.DOTALL)
_PART = re.compile(r"(\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[\](){}|*+?])([*+?]?)", re.DOTALL)
_WIDTHLESS = frozenset({"^", "$", r"\b", r"\B", r"\A", r"\Z"})


@lru_cache(4096)
def glob(pattern: str) -> Fits:
    """Whether a path begins with what a glob means, whose ``*`` stands for slashes too."""
    first, *others = _runs(pattern)
    # What may follow anywhere is best found as early as can be: no other place need be tried.
    text = first + "".join(f"(?>.*?{each})" for each in others)
    compiled = _compiled(text) or re.compile(re.escape(pattern))
    return lambda path: compiled.match(path) is not None


def _runs(pattern: str) -> list[str]:
    """The expressions of what stands between the stars."""
    runs = [""]
    for piece in _PIECES.findall(pattern):
        if piece[0] == "*":
            runs.append("")
        else:
            runs[-1] += "." if piece == "?" else piece if len(piece) > 1 else re.escape(piece)
    return runs


def expression(pattern: str) -> Fits | None:
    """Whether a path holds what a regular expression means; None for one with groups, or that is none."""
    parts: list[tuple[re.Pattern[str], str, bool]] = []
    at = 0
    while at < len(pattern):
        found = _PART.match(pattern, at)
        compiled = _compiled(found[1]) if found is not None else None
        if found is None or compiled is None or (found[1] in _WIDTHLESS and found[2]):
            return None
        parts.append((compiled, found[2], found[1] in _WIDTHLESS))
        at = found.end()
    whole = _compiled(pattern)
    if whole is not None and sum(repeat in ("*", "+") for _, repeat, _ in parts) < 2:
        return lambda path: whole.search(path) is not None
    return lambda path: bool(_places(parts, path))


def _places(parts: list[tuple[re.Pattern[str], str, bool]], text: str) -> set[int]:
    """Where in ``text`` a match of all ``parts`` can end."""
    places = set(range(len(text) + 1))
    for single, repeat, widthless in parts:
        if widthless:
            places = {place for place in places if single.match(text, place)}
            continue
        after = set(_after(single, text, places, again=repeat in ("*", "+")))
        places = after | places if repeat in ("*", "?") else after
    return places


def _after(single: re.Pattern[str], text: str, places: set[int], *, again: bool) -> Iterator[int]:
    reached = False
    for place in range(len(text)):
        reached = (place in places or (again and reached)) and single.match(text, place) is not None
        if reached:
            yield place + 1


def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        with warnings.catch_warnings():
            # Of sets that another version of Python may read otherwise.
            warnings.simplefilter("ignore")
            return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        # Perl knows more than Python; an entry that cannot be asked has other patterns.
        return None

# SPDX-License-Identifier: GPL-2.0-only
"""Text for a terminal that is narrower than its lines. A word is never cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import TextWrapper

STEP = 4
"""By how much what is left of a line is moved to the right."""

_LEAST = 24
"""A column for sentences that is narrower than this is none."""

_ITEM = re.compile(r"(?:- |\d+\. )")


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """``text`` as lines of at most ``width`` columns, where its words allow that."""
    wrapper = TextWrapper(
        width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
    return wrapper.wrap(text)


def folded(lines: Iterable[str], width: int | None) -> Iterator[str]:
    """Single facts, each on lines of its own; without a width as they are."""
    for line in lines:
        if width is None or len(line) <= width:
            yield line
        else:
            text = line.lstrip(" ")
            indent = " " * (len(line) - len(text))
            yield from wrapped(text, width, indent, indent + " " * STEP)


def reflowed(lines: Iterable[str], width: int | None) -> Iterator[str]:
    """Markdown whose paragraphs and items are filled anew; code stays, and all of it without a width."""
    if width is None:
        yield from lines
        return
    paragraph: list[str] = []
    for line in lines:
        kept = not line or line.startswith(("#", "=", "    "))
        if kept or _ITEM.match(line):
            yield from _filled(paragraph, width)
            paragraph = []
        if kept:
            yield from wrapped(line, width) if line.startswith("#") else [line]
        else:
            paragraph.append(line)
    yield from _filled(paragraph, width)


def sentence_table(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """``rows``, whose last cell is a sentence: beside the others, or below them where there is no room."""
    widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in rows), strict=True)]
    start = sum(widths) + 2 * len(widths)
    beside = width - start >= _LEAST
    for row in rows:
        head = "  ".join(cell.ljust(size) for cell, size in zip(row[:-1], widths, strict=True)).rstrip()
        if beside:
            yield from wrapped(row[-1], width, head.ljust(start), " " * start)
        else:
            yield from folded([head], width)
            yield from wrapped(row[-1], width, " " * STEP, " " * STEP)


def _filled(paragraph: Sequence[str], width: int) -> list[str]:
    if not paragraph:
        return []
    found = _ITEM.match(paragraph[0])
    indent = " " * len(found[0]) if found is not None else ""
    return wrapped(" ".join(line.strip() for line in paragraph), width, "", indent)

# SPDX-License-Identifier: GPL-2.0-only
"""Suppression comments: ``/* mmapmigrate: ignore[MM101] why */`` on the line, or alone on the line before."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct, field

from mmapmigrate.syntax.search import holds
from mmapmigrate.syntax.source import SourceFile

_MARK = b"mmapmigrate:"

# Strings and character constants are matched so that a comment mark inside them is none.
_TOKEN = re.compile(
    rb'"(?:\\.|[^"\\\n])*"'
    rb"|'(?:\\.|[^'\\\n])*'"
    rb"|(?P<comment>//(?:\\\r?\n|[^\n])*|/\*.*?(?:\*/|\Z))",
    re.DOTALL,
)
_IGNORE = re.compile(rb"mmapmigrate:[ \t]*ignore\b[ \t]*(?:\[(?P<codes>[^\]\n]*)\])?")

EVERYTHING = ""
"""The prefix of every code: what ``ignore`` without brackets means."""


class Mark(Struct, frozen=True):
    """One comment: its first line, the prefixes of rule codes that it names, the lines that it covers."""

    line: int
    prefixes: frozenset[str]
    covered: frozenset[int]


class Suppressions(Struct, frozen=True):
    """The prefixes of rule codes that each line (from 1) of one file suppresses, and the comments that do."""

    lines: Mapping[int, frozenset[str]] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()

    def covers(self, code: str, line: int) -> bool:
        """Whether rule ``code`` is suppressed at ``line``."""
        return any(code.startswith(prefix) for prefix in self.lines.get(line, ()))

    def unused(
        self, found: Iterable[tuple[str, int, int]], known: Mapping[str, bool], active: Collection[str]
    ) -> Iterator[tuple[int, str]]:
        """Line and text of each comment, or part of one, that suppresses nothing.

        ``found`` are code, first and last line of all findings, suppressed or not; ``known`` are all rules'
        codes, true for those that are on by default. What an inactive rule would find is not known: a prefix
        counts as unused only when each rule that it could mean is ``active``.
        """
        places = list(found)
        for mark in self.marks:
            for prefix in sorted(mark.prefixes):
                fitting = {code for code in known if code.startswith(prefix)}
                used = any(
                    code.startswith(prefix) and (first in mark.covered or last in mark.covered)
                    for code, first, last in places
                )
                if prefix == EVERYTHING:
                    fitting = {code for code in fitting if known[code]}
                if used or not fitting <= set(active):
                    continue
                what = f"ignore[{prefix}]" if prefix else "ignore"
                why = "suppresses nothing here" if fitting else "names no rule"
                yield mark.line, f"{what} {why}: remove it"


def read_suppressions(source: SourceFile) -> Suppressions:
    """The suppressions that the comments of ``source`` ask for.

    A comment that shares its line with code covers that line; one that stands alone covers the first line
    after it that is no comment.
    """
    if not holds(source.data, _MARK):
        return Suppressions()
    marked: list[tuple[int, int, frozenset[str]]] = []
    alone: set[int] = set()
    for token in _TOKEN.finditer(source.data):
        if token["comment"] is None:
            continue
        first = source.position(token.start()).line
        last = source.position(token.end()).line
        before = source.data[source.line_starts[first - 1] : token.start()]
        after = _rest_of_line(source.data, token.end())
        if not before.strip() and after.strip(b" \t\r\\") == b"":
            alone.update(range(first, last + 1))
        codes = frozenset().union(*map(_prefixes, _IGNORE.finditer(token["comment"])))
        if codes:
            marked.append((first, last, codes))
    lines: dict[int, frozenset[str]] = {}
    marks: list[Mark] = []
    # From the last one on, so that each line of a long row of comments is passed once.
    behind: dict[int, int] = {}
    for line in sorted(alone, reverse=True):
        behind[line] = behind.get(line + 1, line + 1)
    for first, last, codes in marked:
        covered = set(range(first, last + 1))
        if last in behind:
            covered.add(behind[last])
        for line in covered:
            lines[line] = lines.get(line, frozenset()) | codes
        marks.append(Mark(first, codes, frozenset(covered)))
    return Suppressions(lines, tuple(marks))


def _prefixes(mark: re.Match[bytes]) -> frozenset[str]:
    if mark["codes"] is None:
        return frozenset({EVERYTHING})
    codes = (code.strip().decode("latin-1") for code in mark["codes"].split(b","))
    return frozenset(code for code in codes if code)


def _rest_of_line(data: bytes, start: int) -> bytes:
    end = data.find(b"\n", start)
    return data[start : end if end >= 0 else len(data)]

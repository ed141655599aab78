# SPDX-License-Identifier: GPL-2.0-only
"""Suppression comments: ``/* mmapmigrate: ignore[MM101] why */`` on the line, or alone on the line before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class Suppressions:
    """The prefixes of rule codes that each line (from 1) of one file suppresses."""

    lines: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def covers(self, code: str, line: int) -> bool:
        """Whether rule ``code`` is suppressed at ``line``."""
        return any(code.startswith(prefix) for prefix in self.lines.get(line, ()))


def read_suppressions(source: SourceFile) -> Suppressions:
    """The suppressions that the comments of ``source`` ask for.

    A comment that shares its line with code covers that line; one that stands alone covers the first line
    after it that is no comment.
    """
    if _MARK not in source.data:
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
    for first, last, codes in marked:
        covered = set(range(first, last + 1))
        if last in alone:
            following = last + 1
            while following in alone:
                following += 1
            covered.add(following)
        for line in covered:
            lines[line] = lines.get(line, frozenset()) | codes
    return Suppressions(lines)


def _prefixes(mark: re.Match[bytes]) -> frozenset[str]:
    if mark["codes"] is None:
        return frozenset({EVERYTHING})
    codes = (code.strip().decode("latin-1") for code in mark["codes"].split(b","))
    return frozenset(code for code in codes if code)


def _rest_of_line(data: bytes, start: int) -> bytes:
    end = data.find(b"\n", start)
    return data[start : end if end >= 0 else len(data)]

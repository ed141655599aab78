# SPDX-License-Identifier: GPL-2.0-only
"""MAINTAINERS: whose a file is.

The format is described at the head of that file; how its patterns match, and which entry is the most precise
one, follows scripts/get_maintainer.pl. K: (what a file's text holds) says nothing about whose a file is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.scan import read_whole
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.expressions import Fits, expression, glob

_TAG = re.compile(r"([A-Z]):\s*+(.*\S)")
_HEADING = "maintainers list"
_WILD = re.compile(r"[*?\[]")


class Entry(Struct, frozen=True):
    """One entry: its title, its S: (what somebody does for it), and its F:, X: and N: patterns.

    ``people`` are its M: and R:, ``lists`` its L:, each as it is written.
    """

    title: str
    status: str = ""
    files: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


class _Pattern(Struct, frozen=True):
    """One F: or N: pattern of one entry; ``weight`` sorts precise ones last."""

    weight: tuple[int, int]
    entry: Entry
    start: str
    fits: Fits | None
    slashes: int | None = None

    def matches(self, path: str) -> bool:
        if not path.startswith(self.start):
            return False
        if self.fits is not None and not self.fits(path):
            return False
        return self.slashes is None or self.slashes == path.count("/")


@dataclass(frozen=True)
class Maintainers:
    """The entries of one MAINTAINERS, in its order."""

    entries: tuple[Entry, ...] = ()
    _patterns: Mapping[str, Sequence[_Pattern]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Maintainers:
        """What ``entries`` say."""
        known = tuple(entries)
        patterns: dict[str, list[_Pattern]] = {}
        for entry in known:
            for pattern in _patterns(entry):
                # By the folders that it begins with, so that most need not be asked.
                patterns.setdefault(_folders(pattern.start)[-1], []).append(pattern)
        return cls(known, patterns)

    def entry(self, path: str) -> Entry | None:
        """The most precise entry for ``path``, relative to the tree's top; None where no entry has it.

        That is the one whose matching pattern goes down deepest (get_maintainer.pl sorts by it); of equals a
        pattern without wildcards wins, then the entry that lists fewer files, then the first.
        """
        best: tuple[tuple[int, int], int, Entry] | None = None
        for pattern in self._candidates(path):
            if best is not None and pattern.weight < best[0]:
                continue
            if not pattern.matches(path) or any(_excludes(one, path) for one in pattern.entry.excluded):
                continue
            size = len(pattern.entry.files)
            if best is None or pattern.weight > best[0] or size < best[1]:
                best = (pattern.weight, size, pattern.entry)
        return best[2] if best is not None else None

    def entries_of(self, path: str) -> tuple[Entry, ...]:
        """Every entry that has ``path``, the most precise one first; of equals the first of the file."""
        weights: dict[Entry, tuple[int, int]] = {}
        for pattern in self._candidates(path):
            if pattern.matches(path) and not any(_excludes(one, path) for one in pattern.entry.excluded):
                weights[pattern.entry] = max(pattern.weight, weights.get(pattern.entry, pattern.weight))
        known = [entry for entry in self.entries if entry in weights]
        return tuple(sorted(known, key=lambda entry: weights[entry], reverse=True))

    def _candidates(self, path: str) -> Iterator[_Pattern]:
        return (one for folder in _folders(path) for one in self._patterns.get(folder, ()))


_LARGEST = 4 << 20
"""Bytes; that of Linux 7.3 has one."""


def read_maintainers(root: Path) -> Maintainers:
    """The MAINTAINERS of the tree at ``root``.

    Raises KernelError when it cannot be read.
    """
    path = root / "MAINTAINERS"
    try:
        text = read_whole(str(path), _LARGEST).decode("utf-8", "replace")
    except OSError as error:
        raise KernelError(f"cannot read {path}: {error.strerror or error}") from None
    return parse_maintainers(text)


def parse_maintainers(text: str) -> Maintainers:
    """The entries of ``text``: those below the heading of the list, or all where it has no such heading."""
    lines = text.splitlines()
    begin = next((i for i, line in enumerate(lines) if line.strip().lower() == _HEADING), -1)
    return Maintainers.of(_entries(lines[begin + 1 :]))


def _folders(path: str) -> list[str]:
    """The first folders that ``path`` surely lies in: none, one and two of them."""
    parts = path.split("/")[:-1][:2]
    return ["", *("/".join(parts[: end + 1]) for end in range(len(parts)))]


def _entries(lines: Iterable[str]) -> Iterator[Entry]:
    title = ""
    tags: list[tuple[str, str]] = []
    for line in [*lines, ""]:
        tag = _TAG.match(line)
        if tag is not None:
            tags.append((tag[1], tag[2]))
        elif title and tags and not line.strip():
            yield _entry(title, tags)
            title, tags = "", []
        elif line.strip() and not line[0].isspace() and not tags:
            title = " ".join(line.split())
        elif not line.strip():
            title, tags = "", []


def _entry(title: str, tags: Iterable[tuple[str, str]]) -> Entry:
    def values(letter: str) -> tuple[str, ...]:
        return tuple(value for tag, value in tags if tag == letter)

    return Entry(
        title,
        next(iter(values("S")), ""),
        values("F"),
        values("X"),
        values("N"),
        people=tuple(value for tag, value in tags if tag in "MR"),
        lists=values("L"),
    )


def _patterns(entry: Entry) -> Iterator[_Pattern]:
    for text in entry.files:
        wild = _WILD.search(text)
        depth = text.count("/") + (not text.endswith("/"))
        if wild is None:
            # A folder may be written without its slash.
            yield _Pattern((depth, 1), entry, text, None, None if text.endswith("/") else text.count("/"))
            if not text.endswith("/"):
                yield _Pattern((depth, 1), entry, text + "/", None)
            continue
        deep = text.endswith("/") or "**" in text
        # What begins anywhere is less than an N: pattern: "*" and "*/" are the last resort (THE REST).
        depth = -1 if text.startswith("*") else depth
        yield _Pattern((depth, 0), entry, text[: wild.start()], glob(text), None if deep else text.count("/"))
    for name in entry.names:
        found = expression(name)
        if found is not None:
            yield _Pattern((0, 1), entry, "", found)


def _excludes(text: str, path: str) -> bool:
    if not text.endswith("/") and "**" not in text and path.startswith(text + "/"):
        return True
    deep = text.endswith("/") or "**" in text
    return glob(text)(path) and (deep or text.count("/") == path.count("/"))

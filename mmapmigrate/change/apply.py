# SPDX-License-Identifier: GPL-2.0-only
"""A series of patches against a tree, in memory: applied already, not yet, or in part."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path, PurePosixPath

from msgspec import Struct

from mmapmigrate.change.errors import ChangeError
from mmapmigrate.change.lines import Change, Lines
from mmapmigrate.change.patch import NOWHERE, FilePatch, Hunk, Patch
from mmapmigrate.disk.scan import read_whole

_LARGEST = 48 << 20
"""Bytes of a file that a patch changes."""

_PREFIX = re.compile(r"[^/]+/")


class _Line(Struct, frozen=True):
    """``origin`` is the tree's file and the index there; ``added`` says that a patch put the line in."""

    text: bytes
    origin: tuple[str, int] | None = None
    added: bool = False


_Text = tuple[_Line, ...]


class _MisfitError(Exception):
    """A patch does not fit; the text says where."""


class _Fit(Struct, frozen=True):
    """A way in which a series fits: ``moved`` is by how many lines hunks stand elsewhere than they say."""

    change: Change
    moved: int
    evidence: int


def fit(patches: Sequence[Patch], root: Path) -> tuple[Change, int]:
    """What ``patches``, in their order, change in the tree at ``root``, and how many the tree has already.

    Texts are those after the whole series. A hunk may stand on other lines than it says, but must fit without
    fuzz; how lines end does not matter. Paths of the result are absolute.

    Raises ChangeError when they fit neither as applied, nor as not applied, nor as applied in part.
    """
    count = len(patches)
    found: list[tuple[_Fit, int]] = []
    complaint = ""
    for applied in (0, count, *range(count - 1, 0, -1)):
        if found and applied not in (0, count):
            break
        try:
            found.append((_Series(root).run(patches, applied), applied))
        except _MisfitError as error:
            complaint = complaint or str(error)
    if not found:
        raise ChangeError(f"does not apply to {root}: {complaint}")
    best, applied = min(found, key=lambda each: (each[0].moved, -each[0].evidence))
    return best.change, applied


class _Series:
    """The tree's files as they stand after some patches."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._texts: dict[str, _Text | None] = {}
        self._changed: set[str] = set()
        self._added: set[tuple[str, int]] = set()
        self._moved = 0
        self._evidence = 0

    def run(self, patches: Sequence[Patch], applied: int) -> _Fit:
        """The series with its first ``applied`` patches in the tree and the others not."""
        if applied:
            for patch in reversed(patches[:applied]):
                for file in reversed(patch.files):
                    self._take(file, forward=False)
        had = self._changed | {name for name, _ in self._added}
        self._texts, self._changed = {}, set()
        for patch in patches[applied:]:
            for file in patch.files:
                self._take(file, forward=True)
        lines = {
            str(self._root / name): Lines.of(
                number
                for number, line in enumerate(self._text(name) or (), 1)
                if line.added or line.origin in self._added
            )
            for name in sorted(self._changed | had)
        }
        texts = {
            str(self._root / name): b"".join(line.text for line in self._text(name) or ())
            for name in sorted(self._changed)
        }
        return _Fit(
            Change({path: numbers for path, numbers in lines.items() if numbers.ranges}, texts),
            self._moved,
            self._evidence,
        )

    def _take(self, file: FilePatch, *, forward: bool) -> None:
        """Applies one file's part, or takes it back."""
        source, target = self._names(file, forward=forward)
        old = () if source is None else self._text(source)
        if old is None:
            raise _MisfitError(f"it has no {source}")
        if source is None and target is not None and self._text(target):
            raise _MisfitError(f"it has {target} already, with another text")
        if source is not None and target is not None and source != target and self._text(target) is not None:
            raise _MisfitError(f"it has {target} already")
        new = self._patched(old, file.hunks, source or target or "", forward=forward)
        if target is None and new:
            raise _MisfitError(f"{source} holds more than the patch takes away")
        if file.copied:
            # The file that was copied stays as it is.
            source, target = (None, target) if forward else (source, None)
        if source is not None and source != target:
            self._texts[source] = None
            self._changed.add(source)
        if target is not None:
            self._texts[target] = new
            self._changed.add(target)
        if not forward:
            self._added.update(
                {line.origin for line in old if line.origin is not None} - {line.origin for line in new}
            )

    def _patched(self, text: _Text, hunks: Sequence[Hunk], name: str, *, forward: bool) -> _Text:
        result: list[_Line] = []
        places = _Places(text)
        at = shift = 0
        for number, hunk in enumerate(hunks, 1):
            taken, given = ("-", "+") if forward else ("+", "-")
            before = [line for mark, line in hunk.lines if mark in (" ", taken)]
            start = hunk.old_line if forward else hunk.new_line
            # A hunk without lines of its own stands behind the line that it names.
            wanted = (start - 1 if before else start) + shift
            place = places.nearest(before, wanted, at)
            if place is None:
                raise _MisfitError(f"hunk {number} of {name} (line {start}) does not fit")
            shift += place - wanted
            self._moved += abs(place - wanted)
            self._evidence += sum(mark == taken for mark, _ in hunk.lines)
            result += text[at:place]
            at = place
            carriage = bool(text) and text[min(place, len(text) - 1)].text.endswith(b"\r\n")
            for mark, line in hunk.lines:
                if mark == given:
                    result.append(_Line(_ended(line, carriage=carriage), added=forward))
                else:
                    result += text[at : at + 1] if mark == " " else ()
                    at += 1
        return (*result, *text[at:])

    def _names(self, file: FilePatch, *, forward: bool) -> tuple[str | None, str | None]:
        """The file before and after, from the tree's root; None where there is none."""
        old, new = (None if name == NOWHERE else name for name in (file.old, file.new))
        known = [name for name in (old, new) if name is not None]
        if not all(known) or not known:
            raise ChangeError("malformed diff: it names no file")
        for name in known:
            if "\0" in name:
                raise ChangeError(f"{name}: no name of a file")
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise ChangeError(f"{name} is outside the tree")
        # Most diffs put a folder before the names. As written only where the tree has nothing else.
        short = not any(self._text(name) is not None for name in known) or any(
            self._text(_stripped(name)) is not None for name in known
        )
        names = tuple(_stripped(name) if name is not None and short else name for name in (old, new))
        return (names[0], names[1]) if forward else (names[1], names[0])

    def _text(self, name: str) -> _Text | None:
        if name not in self._texts:
            self._texts[name] = self._read(name)
        return self._texts[name]

    def _read(self, name: str) -> _Text | None:
        path = self._root / name
        try:
            data = read_whole(str(path), _LARGEST) if path.is_file() else None
        except (OSError, ValueError) as error:
            raise ChangeError(f"{path}: cannot be read: {error}") from None
        if data is None:
            return None
        lines = [line + b"\n" for line in data.split(b"\n")]
        lines[-1] = lines[-1][:-1]
        return tuple(_Line(line, (name, index)) for index, line in enumerate(lines) if line)


class _Places:
    """Where lines stand in a text, whatever they end in, in time that grows with the text alone."""

    def __init__(self, text: _Text) -> None:
        bare = [_bare(line.text) for line in text]
        self._joined = b"\n" + b"".join(bare)
        # A search backwards may take the product of both lengths, one forwards never does.
        self._turned = self._joined[::-1]
        self._starts = [0, *accumulate(map(len, bare))]
        """Where the line end before each line is."""

    def nearest(self, lines: Sequence[bytes], wanted: int, first: int) -> int | None:
        """Where ``lines`` stand, at or after line ``first`` and as near to ``wanted`` as can be."""
        count = len(self._starts) - 1
        if not lines:
            return wanted if first <= wanted <= count else None
        sought = b"\n" + b"".join(map(_bare, lines))
        start = self._starts[min(max(wanted, first), count)]
        whole = len(self._joined)
        back = self._turned.find(
            sought[::-1], max(0, whole - start - len(sought)), whole - self._starts[first]
        )
        found = [self._joined.find(sought, start + 1)]
        if back >= 0:
            found.insert(0, whole - back - len(sought))
        places = [bisect_left(self._starts, at) for at in found if at >= 0]
        return min(places, key=lambda place: abs(place - wanted), default=None)


def _bare(line: bytes) -> bytes:
    """``line`` with a plain end."""
    return line.rstrip(b"\r\n") + b"\n"


def _ended(line: bytes, *, carriage: bool) -> bytes:
    """``line`` with the end that its neighbours have."""
    return line[:-1] + b"\r\n" if carriage and line.endswith(b"\n") and not line.endswith(b"\r\n") else line


def _stripped(name: str) -> str:
    return _PREFIX.sub("", name, count=1)

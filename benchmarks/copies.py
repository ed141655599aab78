# SPDX-License-Identifier: GPL-2.0-only
"""Parts and multiples of a tree, to see how time grows with size.

Files are linked, not copied, so that all sizes are read from the same page cache. Linking changes a file's
time of status change and nothing else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.files import SUFFIXES

API = "include"
"""The folder that every size has whole: the kernel's API is read from it."""

SECOND = "second"
"""Where, in a doubled tree, the second copy of its folders stands."""


def part(tree: Path, target: Path, share: float) -> int:
    """Makes ``target`` a tree with about ``share`` of the bytes of ``tree``; returns how many it has.

    It has all of include/ and the files of the top folder. Of the others it takes whole folders (without
    those in them), spread evenly over the tree in the order of their paths: the same ones each time.
    """
    sizes = {folder: _size(tree / folder) for folder in _folders(tree)}
    wanted = share * sum(sizes.values())
    always = {folder for folder in sizes if folder == "" or Path(folder).parts[0] == API}
    taken = sum(sizes[folder] for folder in always)
    left = sum(sizes.values()) - taken
    rate = max(0.0, (wanted - taken) / left) if left else 0.0
    seen = chosen = 0
    for folder, size in sizes.items():
        if folder in always:
            _link(tree / folder, target / folder)
            continue
        seen += size
        if chosen + size / 2 <= rate * seen:
            chosen += size
            _link(tree / folder, target / folder)
    return taken + chosen


def doubled(tree: Path, target: Path) -> int:
    """Makes ``target`` a tree that holds the folders of ``tree`` twice; returns how many bytes it has.

    The second copy lacks the files of the top folder, so that it is no tree of its own.
    """
    total = 0
    for folder in _folders(tree):
        size = _size(tree / folder)
        _link(tree / folder, target / folder)
        total += size
        if folder:
            _link(tree / folder, target / SECOND / folder)
            total += size
    return total


def _folders(tree: Path) -> Iterator[str]:
    """The folders of ``tree``, relative to it and in order; itself is ""."""
    for parent, inner, _ in os.walk(tree):
        inner[:] = sorted(name for name in inner if name != ".git")
        yield os.path.relpath(parent, tree) if parent != str(tree) else ""


def _size(folder: Path) -> int:
    """The bytes of the .c and .h files right in ``folder``."""
    with os.scandir(folder) as entries:
        return sum(
            entry.stat().st_size
            for entry in entries
            if entry.name.endswith(SUFFIXES) and entry.is_file(follow_symlinks=False)
        )


def _link(source: Path, target: Path) -> None:
    """Links the files right in ``source`` into ``target``; copies them where no link can be made."""
    target.mkdir(parents=True, exist_ok=True)
    with os.scandir(source) as entries:
        for entry in entries:
            if not entry.is_file(follow_symlinks=False):
                continue
            try:
                os.link(entry.path, target / entry.name)
            except OSError:
                # Another file system, or somebody else's file.
                shutil.copy2(entry.path, target / entry.name)

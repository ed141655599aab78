# SPDX-License-Identifier: GPL-2.0-only
"""Walking a tree and reading its files fast: a kernel has 60,000, and most calls here see them all.

Paths are strings: at this number, making Path objects costs as much as opening the files.
"""

from __future__ import annotations

import errno
import mmap
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress

from mmapmigrate.disk.refused import note

_BLOCK = 1 << 16
_KEPT = 4 << 20
"""Bytes of memory that a reader keeps from file to file."""

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
"""A FIFO that is named like a C file must not hang a run."""


IGNORING = ".gitignore"
"""What git leaves out of a folder and those below. Nothing here obeys it; who asks git rests on it."""

PROBED = "mmapmigrate.probed"
"""The audit event of a question whether a file is there; Python has events of its own for what is opened."""


def walk(top: str, suffixes: tuple[str, ...], skipped: frozenset[str] = frozenset()) -> Iterator[str]:
    """The files below ``top`` whose name ends in one of ``suffixes``, a folder's own first, in sorted order.

    Folders of a name in ``skipped``, links to folders and what cannot be listed are passed over.
    """
    return (entry.path for entry in _walk(top, suffixes, skipped))


def folders(top: str, most: int) -> list[str] | None:
    """The folder ``top`` and those below it, None where they are more than ``most``.

    Hidden ones, links to folders and what cannot be listed are passed over.
    """
    found = [top]
    for folder in found:
        try:
            with os.scandir(folder) as entries:
                inner = [one for one in entries if one.name[0] != "." and one.is_dir(follow_symlinks=False)]
        except OSError as error:
            note(error)
            continue
        found += sorted(one.path for one in inner)
        if len(found) > most:
            return None
    return found


def files_in(folder: str, suffixes: tuple[str, ...]) -> list[str]:
    """The files of ``folder`` itself whose name ends in one of ``suffixes``, sorted; none if unreadable."""
    try:
        with os.scandir(folder) as found:
            return sorted(one.path for one in found if one.name.endswith(suffixes) and is_file_entry(one))
    except OSError as error:
        note(error)
        return []


def places(top: str, suffixes: tuple[str, ...], skipped: frozenset[str] = frozenset()) -> Iterator[str]:
    """The same files, and the folders that were searched for them."""
    folders: list[str] = []
    yield from (entry.path for entry in _walk(top, suffixes, skipped, folders))
    yield from folders


def _walk(
    top: str, suffixes: tuple[str, ...], skipped: frozenset[str], searched: list[str] | None = None
) -> Iterator[os.DirEntry[str]]:
    pending = [top]
    while pending:
        folder = pending.pop()
        if searched is not None:
            searched.append(folder)
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            note(error)
            continue
        folders = []
        for entry in entries:
            if entry.name.endswith(suffixes):
                if is_file_entry(entry):
                    yield entry
            elif entry.name not in skipped and entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
        pending += reversed(folders)


def is_file(path: str) -> bool:
    """Whether ``path`` is a regular file, links followed."""
    sys.audit(PROBED, path)
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 - see above
    except (OSError, ValueError) as error:
        note(error)
        return False


def is_file_entry(entry: os.DirEntry[str]) -> bool:
    """The same for an entry of a folder. Raises OSError for a link to where nobody may look."""
    if entry.is_symlink():
        # Whether it leads to a file does not show in its folder's time of change.
        sys.audit(PROBED, entry.path)
    try:
        return entry.is_file()
    except OSError as error:
        if error.errno == errno.ELOOP:
            # It leads round in a circle, which no compiler goes either.
            return False
        raise


def is_there(path: str) -> bool:
    """Whether there is a file or folder ``path``, links followed."""
    sys.audit(PROBED, path)
    return os.path.exists(path)  # noqa: PTH110 - see above


def read(path: str, limit: int) -> bytes | None:
    """The bytes of a file, None when it cannot be read, has more than ``limit`` or is none: a device."""
    try:
        return read_whole(path, limit)
    except OSError as error:
        note(error)
        return None


def read_whole(path: str, limit: int) -> bytes:
    """The bytes of a file; a pipe that nobody writes to holds none.

    Raises OSError when it cannot be read, has more than ``limit`` or goes on for ever, as a device does.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        block = os.read(descriptor, _BLOCK)
        if len(block) == _BLOCK:
            status = os.fstat(descriptor)
            if status.st_size > limit or not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        blocks = [block]
        left = limit - len(block)
        # A read that falls short is not the end: the next one may tell of a disk that fails.
        while block:
            block = os.read(descriptor, 4 * _BLOCK)
            blocks.append(block)
            left -= len(block)
            if left < 0:
                # It grows, or is one of the kernel's own that says it is empty.
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        return b"".join(blocks)
    finally:
        os.close(descriptor)


class Reader:
    """Reads files of up to ``limit`` bytes one after the other into one buffer.

    Fresh memory for each costs more than reading it, and some processors copy at half the speed to where no
    page begins (``rep movsb`` of AMD's Zen 3). What only a large file needs, the system has back when the
    next one is read.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._memory = mmap.mmap(-1, max(limit, _KEPT) + 1, mmap.MAP_PRIVATE)
        self._buffers = [memoryview(self._memory)]
        self._large = False
        # In large pages, the system hands out memory ten times as fast; it may have none.
        with suppress(OSError, AttributeError):
            self._memory.madvise(mmap.MADV_HUGEPAGE)

    def read(self, path: str) -> memoryview | None:
        """The bytes of a file, until the next one is read; None when it cannot be read or is too large."""
        if self._large:
            self._memory.madvise(mmap.MADV_DONTNEED, _KEPT)
            self._large = False
        try:
            descriptor = os.open(path, _FLAGS)
        except OSError as error:
            note(error)
            return None
        try:
            length = taken = os.readv(descriptor, self._buffers)
            # A read that falls short is not the end: the next one may tell of a disk that fails.
            while taken:
                taken = os.readv(descriptor, [self._buffers[0][length:]])
                length += taken
        except OSError as error:
            note(error)
            return None
        finally:
            os.close(descriptor)
        self._large = length > _KEPT
        return self._buffers[0][:length] if length <= self._limit else None

# SPDX-License-Identifier: GPL-2.0-only
"""One file as bytes, with positions."""

from __future__ import annotations

import errno
import os
import stat
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from msgspec import Struct

from mmapmigrate.disk.refused import note

_BLOCK = 4096
"""Bytes. Lines are counted from the last multiple of it: most files are asked for few positions."""


LARGEST_FILE = 48 << 20
"""Bytes. The largest file of Linux 7.3, a register list, has 24 MB; one twice as large is no source code."""


class Position(NamedTuple):
    """A place in a file: line and column count from 1, the column in bytes."""

    line: int
    column: int


class FileIdentity(NamedTuple):
    """What tells one state of a file from another: device, inode, size in bytes, mtime in ns."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileIdentity:
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class SourceFile(Struct, frozen=True, dict=True):
    """The bytes of one C file as they were read; offsets everywhere are byte offsets into ``data``."""

    path: str
    data: bytes
    identity: FileIdentity | None = None

    @classmethod
    def read(cls, path: str) -> SourceFile:
        """Read ``path`` whole.

        Raises OSError when it cannot be read, is larger than LARGEST_FILE or is a pipe or a device.
        """
        try:
            # O_NONBLOCK: nobody waits for who might write to a pipe.
            with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as stream:  # noqa: PTH123
                status = os.fstat(stream.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise OSError(errno.EINVAL, "no regular file", path)
                if status.st_size > LARGEST_FILE:
                    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
                return cls(path, stream.read(status.st_size + 1), FileIdentity.of(status))
        except OSError as error:
            note(error)
            raise

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first byte of each line."""
        lengths = map(len, self.data.split(b"\n"))
        return [0, *accumulate(map((1).__add__, lengths))][:-1]

    @cached_property
    def _blocks(self) -> list[tuple[int, int]]:
        """For every _BLOCK bytes of the file, how many lines end before them, and where the last one ends."""
        data = self.data
        found = []
        rows = start = 0
        for at in range(0, len(data) + _BLOCK, _BLOCK):
            found.append((rows, start))
            rows += data.count(b"\n", at, at + _BLOCK)
            start = max(start, data.rfind(b"\n", at, at + _BLOCK) + 1)
        return found

    def position(self, offset: int) -> Position:
        """Line and column of a byte offset in ``[0, len(data)]``."""
        rows, start = self._blocks[offset // _BLOCK]
        block = offset - offset % _BLOCK
        rows += self.data.count(b"\n", block, offset)
        start = max(start, self.data.rfind(b"\n", block, offset) + 1)
        return Position(rows + 1, offset - start + 1)

    def line(self, number: int) -> bytes:
        """The bytes of line ``number`` (from 1), without its newline."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.data)
        return self.data[start:end].rstrip(b"\r\n")

# SPDX-License-Identifier: GPL-2.0-only
"""Write an edited file over what was read, and over nothing else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from mmapmigrate.disk.alone import MARK
from mmapmigrate.disk.undisturbed import undisturbed
from mmapmigrate.disk.unfinished import Part
from mmapmigrate.disk.write import Staged
from mmapmigrate.syntax.source import FileIdentity, SourceFile


class FileChangedError(RuntimeError):
    """The file is no longer the one that was read."""


def write_file(source: SourceFile, data: bytes) -> SourceFile:
    """Put ``data`` in the place of the file that ``source`` was read from; return the new SourceFile.

    As of ReadyFile; the file is as it was when that raises.
    """
    with undisturbed():
        ready = ReadyFile(source, data)
        try:
            return ready.put()
        finally:
            ready.drop()


class ReadyFile:
    """``data``, ready to be put in the place of the file that ``source`` was read from.

    Who makes one is alone in its folder, and drops it.
    The new content appears at once, under the old mode (and owner, where that is allowed); a symbolic link
    stays and its target is written. Of a file with several names the others keep the old content.

    Raises FileChangedError when the file differs from ``source``, PermissionError when the file is read-only,
    and OSError when writing fails.
    """

    def __init__(self, source: SourceFile, data: bytes) -> None:
        self.source = source
        self._data = data
        self._target = Path(os.path.realpath(source.path))
        status = _check_unchanged(source, self._target)
        if not os.access(self._target, os.W_OK):
            raise PermissionError(f"{source.path}: read-only")
        self._staged = Staged(self._target, data, status, MARK)

    def put(self) -> SourceFile:
        """Puts it in its place, if the file there is still the one; raises as the making does."""
        _check_unchanged(self.source, self._target)
        self._staged.put()
        return SourceFile(self.source.path, self._data, FileIdentity.of(self._staged.status))

    @property
    def part(self) -> Part:
        """What a record of it holds."""
        return Part.of(str(self._target), str(self._staged.path), self.source.data, self._data)

    def drop(self) -> None:
        """Leaves nothing of it behind but what was put in its place."""
        self._staged.drop()


def _check_unchanged(source: SourceFile, target: Path) -> os.stat_result:
    try:
        # O_NONBLOCK: a pipe that has taken its place must not hang the run.
        with open(os.open(target, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as stream:  # noqa: PTH123
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FileChangedError(f"{source.path}: no regular file")
            content = stream.read(len(source.data) + 1)
    except FileNotFoundError:
        raise FileChangedError(f"{source.path}: gone since it was read") from None
    if source.identity not in (None, FileIdentity.of(status)) or content != source.data:
        raise FileChangedError(f"{source.path}: changed since it was read")
    return status

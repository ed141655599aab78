# SPDX-License-Identifier: GPL-2.0-only
"""Write a file whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path

from mmapmigrate.disk.alone import beginning
from mmapmigrate.disk.undisturbed import undisturbed


def put_file(path: str, data: bytes) -> None:
    """Make ``data`` the content of the file ``path``, which need not exist; a link's target is written.

    The new content appears at once, under the old mode where there was a file. What is no regular file (a
    device, a pipe) is written to as it is.

    Raises OSError when writing fails; a regular file is then as it was.
    """
    # A pipe behind /dev/stdout has no real path: what is no regular file keeps the name that was given.
    target = Path(os.path.realpath(path))
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        replace_file(target, data, None)
        return
    if not stat.S_ISREG(status.st_mode):
        with Path(path).open("wb") as stream:
            stream.write(data)
        return
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    replace_file(target, data, status)


def replace_file(target: Path, data: bytes, status: os.stat_result | None) -> None:
    """Make ``data`` the content of the regular file ``target``, at once.

    ``status`` is that of the file which stands there, whose mode (and owner, where that is allowed) it gets.
    Raises OSError when writing fails; the file is then as it was.
    """
    with undisturbed():
        staged = Staged(target, data, status)
        try:
            staged.put()
        finally:
            staged.drop()


class Staged:
    """New content of a regular file, written beside it: it is there, and not yet in its place.

    As of replace_file(); its name begins with ``mark``. ``status`` is that of the new file. Who makes one
    drops it.
    """

    def __init__(self, target: Path, data: bytes, status: os.stat_result | None, mark: str = ".") -> None:
        self.target = target
        self._placed = False
        descriptor, name = tempfile.mkstemp(prefix=f"{mark}{beginning(target.name)}.", dir=target.parent)
        self.path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                if status is not None:
                    with contextlib.suppress(PermissionError):
                        os.fchown(stream.fileno(), status.st_uid, status.st_gid)
                os.fchmod(stream.fileno(), _new_mode() if status is None else stat.S_IMODE(status.st_mode))
                os.fsync(stream.fileno())
                self.status = os.fstat(stream.fileno())
        except BaseException:
            self.drop()
            raise

    def put(self) -> None:
        """Puts it in its place. Raises OSError when that fails."""
        self.path.replace(self.target)
        self._placed = True

    def drop(self) -> None:
        """Leaves nothing behind but what was put in its place, and has that last."""
        if self._placed:
            _sync_folder(self.target.parent)
            return
        with contextlib.suppress(OSError):
            self.path.unlink()


def _new_mode() -> int:
    """The mode that a new file gets from open()."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    """Make the rename last; a file system that cannot sync a folder is left alone."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

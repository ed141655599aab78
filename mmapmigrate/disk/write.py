# SPDX-License-Identifier: GPL-2.0-only
"""Write a file whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

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


def replace_file(
    target: Path, data: bytes, status: os.stat_result | None, check: Callable[[], object] | None = None
) -> os.stat_result:
    """Make ``data`` the content of the regular file ``target``, at once; return its new status.

    ``status`` is that of the file which stands there, whose mode (and owner, where that is allowed) it gets.
    ``check`` has the last word before the old file goes. Raises OSError when writing fails, and what
    ``check`` raises; the file is then as it was.
    """
    with undisturbed():
        return _replace(target, data, status, check)


def _replace(
    target: Path, data: bytes, status: os.stat_result | None, check: Callable[[], object] | None
) -> os.stat_result:
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:200]}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            if status is not None:
                with contextlib.suppress(PermissionError):
                    os.fchown(stream.fileno(), status.st_uid, status.st_gid)
            os.fchmod(stream.fileno(), _new_mode() if status is None else stat.S_IMODE(status.st_mode))
            os.fsync(stream.fileno())
            after = os.fstat(stream.fileno())
        if check is not None:
            check()
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    return after


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

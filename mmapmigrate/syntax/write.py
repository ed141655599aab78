# SPDX-License-Identifier: GPL-2.0-only
"""Write a file whole or not at all; an edited one only over what was read."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from mmapmigrate.syntax.source import FileIdentity, SourceFile
from mmapmigrate.syntax.undisturbed import undisturbed


class FileChangedError(RuntimeError):
    """The file is no longer the one that was read."""


class OutsideRootError(RuntimeError):
    """The file lies, through a symbolic link, outside the folder that may be written."""


def write_file(source: SourceFile, data: bytes, root: str | None = None) -> SourceFile:
    """Put ``data`` in the place of the file that ``source`` was read from; return the new SourceFile.

    The new content appears at once, under the old mode (and owner, where that is allowed); a symbolic link
    stays and its target is written. ``root`` is the folder that the real file must lie in.

    Raises FileChangedError when the file differs from ``source``, OutsideRootError when a link leads out of
    ``root``, PermissionError when the file is read-only, and OSError when writing fails; the file is then as
    it was.
    """
    target = Path(os.path.realpath(source.path))
    if root is not None and not target.is_relative_to(os.path.realpath(root)):
        raise OutsideRootError(f"{source.path}: leads outside {root}")
    status = _check_unchanged(source, target)
    if not os.access(target, os.W_OK):
        raise PermissionError(f"{source.path}: read-only")
    identity = _put(target, data, status, lambda: _check_unchanged(source, target))
    return SourceFile(source.path, data, identity)


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
        _put(target, data, None)
        return
    if not stat.S_ISREG(status.st_mode):
        with Path(path).open("wb") as stream:
            stream.write(data)
        return
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    _put(target, data, status)


def _put(
    target: Path, data: bytes, status: os.stat_result | None, check: Callable[[], object] | None = None
) -> FileIdentity:
    """Writes beside ``target`` and renames; ``status`` is what stands there, ``check`` the last word."""
    with undisturbed():
        return _replace(target, data, status, check)


def _replace(
    target: Path, data: bytes, status: os.stat_result | None, check: Callable[[], object] | None
) -> FileIdentity:
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
            identity = FileIdentity.of(os.fstat(stream.fileno()))
        if check is not None:
            check()
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    return identity


def _new_mode() -> int:
    """The mode that a new file gets from open()."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


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


def _sync_folder(folder: Path) -> None:
    """Make the rename last; a file system that cannot sync a folder is left alone."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

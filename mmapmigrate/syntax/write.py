# SPDX-License-Identifier: GPL-2.0-only
"""Write an edited file in place: whole or not at all, and only over what was read."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from mmapmigrate.syntax.source import FileIdentity, SourceFile


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
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            with contextlib.suppress(PermissionError):
                os.fchown(stream.fileno(), status.st_uid, status.st_gid)
            os.fchmod(stream.fileno(), stat.S_IMODE(status.st_mode))
            os.fsync(stream.fileno())
            identity = FileIdentity.of(os.fstat(stream.fileno()))
        _check_unchanged(source, target)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    return SourceFile(source.path, data, identity)


def _check_unchanged(source: SourceFile, target: Path) -> os.stat_result:
    try:
        with target.open("rb") as stream:
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

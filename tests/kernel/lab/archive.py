# SPDX-License-Identifier: GPL-2.0-only
"""An initial RAM file system, in cpio's "newc" form (Documentation/driver-api/early-userspace/)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

FOLDER = 0o040755
DEVICE = 0o020600
EXECUTABLE = 0o100755
CONSOLE = (5, 1)


def initramfs(files: Mapping[str, bytes]) -> bytes:
    """An archive of ``files`` (paths without a leading slash), their folders and /dev/console."""
    folders = sorted({str(parent) for path in files for parent in PurePosixPath(path).parents} - {"."})
    parts = [_entry(folder, FOLDER, b"") for folder in sorted({*folders, "dev"})]
    parts.append(_entry("dev/console", DEVICE, b"", CONSOLE))
    parts += [_entry(path, EXECUTABLE, data) for path, data in files.items()]
    parts.append(_entry("TRAILER!!!", 0, b""))
    return b"".join(parts)


def _entry(name: str, mode: int, data: bytes, device: tuple[int, int] = (0, 0)) -> bytes:
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % value for value in fields) + name.encode() + b"\0"
    return _padded(head) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)

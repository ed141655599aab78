# SPDX-License-Identifier: GPL-2.0-only
"""Files of a cache: written whole, and read back only as they were written.

A mark and a digest stand before the content. What is broken, cut short, of another version or another user's
is no file.
An answer from memory waits for the import of this module, so it imports little.
"""

from __future__ import annotations

import hashlib
import os

_MARK = b"mmapmigrate kept 2\n"
_DIGEST = 32
_START = len(_MARK) + _DIGEST

LARGEST = 256 << 20
"""Bytes. A file that has more is none of ours; the largest, of a whole kernel, has a twentieth of it."""


def unsealed(path: str) -> memoryview | None:
    """The content of a sealed file; None where there is no valid one."""
    try:
        # O_NONBLOCK: a pipe in its place must not hang the run.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        size = status.st_size
        # A folder that all may write, /tmp for one, may hold what somebody wants to be believed.
        ours = status.st_uid in (os.geteuid(), 0)
        data = os.read(descriptor, size + 1) if ours and _START <= size <= LARGEST else b""
    except OSError:
        return None
    finally:
        os.close(descriptor)
    content = memoryview(data)[_START:]
    valid = data.startswith(_MARK) and hashlib.sha256(content).digest() == data[len(_MARK) : _START]
    return content if valid else None


def seal(path: str, content: bytes) -> None:
    """Writes a sealed file atomically, and its folder; one that cannot be written is left out."""
    # Loaded here: who reads needs neither.
    import tempfile
    from contextlib import suppress

    folder, _, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    with suppress(OSError):
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - see above
        descriptor, new = tempfile.mkstemp(dir=folder, prefix=stem, suffix=dot + suffix)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(_MARK + hashlib.sha256(content).digest() + content)
            os.replace(new, path)  # noqa: PTH105 - see above
        except BaseException:
            # Also Ctrl-C. What cannot be written is left out, by the outer of the two.
            with suppress(OSError):
                os.unlink(new)  # noqa: PTH108 - see above
            raise

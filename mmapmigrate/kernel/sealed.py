# SPDX-License-Identifier: GPL-2.0-only
"""Files of a cache: written whole, and read back only as they were written.

A mark and a digest stand before the content. What is broken, cut short or of another version is no file.
An answer from memory waits for the import of this module, so it imports little.
"""

from __future__ import annotations

import hashlib
import os

_MARK = b"mmapmigrate kept 2\n"
_DIGEST = 32
_START = len(_MARK) + _DIGEST


def unsealed(path: str) -> memoryview | None:
    """The content of a sealed file; None where there is no valid one."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - pathlib takes as long to import as all else here
            data = stream.read()
    except OSError:
        return None
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
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - see above
        descriptor, new = tempfile.mkstemp(dir=folder, prefix=stem, suffix=dot + suffix)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(_MARK + hashlib.sha256(content).digest() + content)
            os.replace(new, path)  # noqa: PTH105 - see above
        except OSError:
            with suppress(OSError):
                os.unlink(new)  # noqa: PTH108 - see above

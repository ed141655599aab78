# SPDX-License-Identifier: GPL-2.0-only
"""A tree's API kept between runs: reading it takes five times as long as seeing that no header has changed.

An entry is the text of ``snapshot.to_toml`` under a line with the fingerprint of all that it was read from,
the reader's own modules included. A cache that cannot be read or written is no error: the tree is read.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.kernel.errors import KernelError
from mmapmigrate.kernel.reader import NOT_API
from mmapmigrate.kernel.scan import walk
from mmapmigrate.kernel.snapshot import from_toml, to_toml


def cached(root: Path, folder: Path, others: Iterable[str], read: Callable[[], KernelApi]) -> KernelApi:
    """The API of the tree at ``root``: from ``folder`` if nothing has changed, else what ``read`` returns.

    ``others`` are the files outside include/ (relative to ``root``) that ``read`` looks at. Raises what
    ``read`` raises.
    """
    entry = folder / f"kernel-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}.toml"
    state = fingerprint(root, others)
    stamp = f"# {state}\n"
    with suppress(OSError, UnicodeDecodeError, KernelError):
        text = entry.read_text("utf-8")
        if text.startswith(stamp):
            kept = from_toml(text, str(entry))
            return replace(
                kept, source="tree", origin=str(root), root=str(root), dispatchers_complete=False, stamp=state
            )
    api = replace(read(), stamp=state)
    with suppress(OSError):
        _write(entry, stamp + to_toml(api))
    return api


def fingerprint(root: Path, others: Iterable[str] = ()) -> str:
    """A digest of name, size and time of change of the Makefile, ``others`` and every header of include/."""
    digest = hashlib.sha256()
    own = walk(str(Path(__file__).parent), (".py",))
    headers = walk(str(root / "include"), (".h",), NOT_API)
    for path in (*own, str(root / "Makefile"), *(str(root / other) for other in others), *headers):
        try:
            status = os.stat(path)  # noqa: PTH116 - see scan
        except OSError:
            digest.update(f"{path}\0-\n".encode("utf-8", "surrogateescape"))
            continue
        line = f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _write(entry: Path, text: str) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=entry.parent, prefix=entry.name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).replace(entry)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise

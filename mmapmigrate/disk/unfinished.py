# SPDX-License-Identifier: GPL-2.0-only
"""Files that change together, although the run that writes them may be killed between two of them.

The new texts lie ready beside the files before the first is put in its place; a record says which these are,
and is there until all have theirs. Who finds one later puts the others in their place.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from msgspec import Struct
from msgspec.structs import asdict

from mmapmigrate.disk.alone import alone_in
from mmapmigrate.disk.scan import read_whole
from mmapmigrate.disk.sealed import seal, unsealed

_SUFFIX = ".set"
_LARGEST = 1 << 27
"""Bytes. No file that a run has written has more."""
_SETTLED = 60.0
"""Seconds after which nobody is still writing a record."""


class Part(Struct, frozen=True):
    """A file of a set: its real path, that of the one beside it with the new text, both texts' digests."""

    path: str
    ready: str
    old: str
    new: str

    @classmethod
    def of(cls, path: str, ready: str, old: bytes, new: bytes) -> Part:
        return cls(path, ready, _digest(old), _digest(new))


class Finished(Struct, frozen=True):
    """What became of a set that a killed run had begun: paths that were ``written`` now, and those ``lost``.

    Those have changed since, or their new text has gone; ``beside`` are the ones of the set that have theirs.
    """

    written: tuple[str, ...]
    lost: tuple[str, ...]
    beside: tuple[str, ...]


@contextmanager
def recorded(folder: str | None, parts: Sequence[Part]) -> Iterator[None]:
    """Keeps a record of ``parts`` in ``folder`` meanwhile; where none can be written, there is none."""
    if folder is None or len(parts) < 2:
        yield
        return
    record = f"{folder}/{os.urandom(16).hex()}{_SUFFIX}"
    seal(record, json.dumps([asdict(part) for part in parts]).encode("ascii"))
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(record)  # noqa: PTH108 - beside seal()


def finish(folder: str | None) -> list[Finished]:
    """Completes the sets of which ``folder`` has a record and some files have their new text.

    Of a set that had none the new texts are removed: who wanted them asks again. A set that another run
    writes at this moment is left to it.
    """
    found = []
    for record in _records(folder):
        with suppress(OSError):
            parts = _read(record)
            with alone_in({os.path.dirname(part.path) for part in parts}):  # noqa: PTH120 - as the record has it
                # Whoever held the lock may have been the one that wrote it, and has ended.
                if os.path.lexists(record):
                    found += _complete(parts)
                    os.unlink(record)  # noqa: PTH108 - as above
    return found


def _records(folder: str | None) -> list[str]:
    if folder is None:
        return []
    try:
        names = os.listdir(folder)  # noqa: PTH208 - joined as it is written
    except OSError:
        return []
    return sorted(f"{folder}/{name}" for name in names if name.endswith(_SUFFIX))


def _read(record: str) -> list[Part]:
    """Raises OSError where ``record`` is none. An old one is removed then: it tells nobody anything."""
    content = unsealed(record)
    try:
        return [Part(**each) for each in json.loads(bytes(content or b""))]
    except (ValueError, TypeError):
        # Another run may be writing it.
        if abs(time.time() - os.stat(record).st_mtime) > _SETTLED:  # noqa: PTH116 - as above
            os.unlink(record)  # noqa: PTH108 - as above
        raise OSError(errno.EINVAL, "no record") from None


def _complete(parts: Sequence[Part]) -> list[Finished]:
    states = {part: _digest_of(part.path) for part in parts}
    done = [part for part in parts if states[part] == part.new]
    missing = [part for part in parts if states[part] != part.new]
    written, lost = [], []
    for part in missing if done else ():
        if states[part] == part.old and _digest_of(part.ready) == part.new and _put(part):
            written.append(part.path)
        else:
            lost.append(part.path)
    for part in parts:
        with suppress(OSError):
            os.unlink(part.ready)  # noqa: PTH108 - as above
    if not written and not lost:
        return []
    return [Finished(tuple(written), tuple(lost), tuple(part.path for part in done))]


def _put(part: Part) -> bool:
    try:
        os.replace(part.ready, part.path)  # noqa: PTH105 - as above
    except OSError:
        return False
    return True


def _digest_of(path: str) -> str | None:
    try:
        return _digest(read_whole(path, _LARGEST))
    except OSError:
        return None


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()

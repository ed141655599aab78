# SPDX-License-Identifier: GPL-2.0-only
"""Which files an answer rests on: all that were opened, listed or asked for while it was found.

Python itself tells, by its audit events (PEP 578), so no reader has to think of it. Whether a file is there
is the one question without an event; ``kernel.scan`` adds it.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mmapmigrate
from mmapmigrate.kernel.scan import PROBED
from mmapmigrate.lint.loader import builtin_folder

_EVENTS = frozenset({"open", "os.scandir", "os.listdir", PROBED})
_IMPORTED = (".py", ".pyc", ".so")
_VIRTUAL = ("/dev/", "/proc/", "/sys/")
_LIBRARIES = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
_FOLDERS = [str(Path(mmapmigrate.__file__).parent), str(builtin_folder()), *_LIBRARIES]
_OWN = (*_VIRTUAL, *(f"{Path(folder).resolve()}/" for folder in _FOLDERS))
"""What is imported meanwhile, and the tables that are read, are the tool, which has a stamp of its own; what
the system says of a process is no source."""


class _Witness:
    """What has been seen; ``seen`` is None while nobody wants to know."""

    def __init__(self) -> None:
        self.installed = False
        self.seen: set[str] | None = None

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.seen is not None and event in _EVENTS:
            path = arguments[0]
            if isinstance(path, (str, bytes, os.PathLike)):
                name = os.fsdecode(path)
                if not name.endswith(_IMPORTED) and not f"{name}/".startswith(_OWN):
                    self.seen.add(name)


_witness = _Witness()


@contextmanager
def unwitnessed() -> Iterator[None]:
    """What this process looks at meanwhile is told by nobody but the caller."""
    before, _witness.seen = _witness.seen, None
    try:
        yield
    finally:
        _witness.seen = before


@contextmanager
def witnessed(*, wanted: bool = True) -> Iterator[set[str]]:
    """Adds to a set, for as long as it lasts, the paths that this process looks at, as they are spelled.

    Unless it is ``wanted`` the set stays empty, and nothing is slowed down.
    """
    if not wanted:
        yield set()
        return
    if not _witness.installed:
        # An audit hook stays for the life of the process.
        sys.addaudithook(_witness)
        _witness.installed = True
    before, _witness.seen = _witness.seen, set()
    try:
        yield _witness.seen
    finally:
        _witness.seen = before

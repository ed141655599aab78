# SPDX-License-Identifier: GPL-2.0-only
"""Which files an answer rests on: all that were opened, listed or asked for while it was found.

Python itself tells, by its audit events (PEP 578), so no reader has to think of it. Whether a file is there
is the one question without an event; ``disk.scan`` adds it.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import mmapmigrate
from mmapmigrate.disk.rests import RESTED, Rests, now, plain
from mmapmigrate.disk.scan import PROBED
from mmapmigrate.lint.loader import builtin_folder

if TYPE_CHECKING:
    from mmapmigrate.change.ignored import Ignored

_EVENTS = frozenset({"open", "os.scandir", "os.listdir", PROBED})
_BLINDING = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect"})
_IMPORTED = (".py", ".pyc", ".so")
_VIRTUAL = ("/dev/null/", "/proc/self/statm/")
_LIBRARIES = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
_FOLDERS = [str(Path(mmapmigrate.__file__).parent), str(builtin_folder()), *_LIBRARIES]
_OWN = (*_VIRTUAL, *(f"{Path(folder).resolve()}/" for folder in _FOLDERS))
"""What is imported meanwhile, and the tables that are read, are the tool, which has a stamp of its own; how
much memory it takes is no source. Any other such file is one: /dev/stdin may be a driver."""


class Seen:
    """What has been looked at since the time ``begun`` (ns): ``paths``, and ``known`` ones with their states.

    ``ignored`` is, by folder, on what grounds git said what to be ignored. ``blind`` tells that another
    program was asked too, which looks at what it likes.
    """

    def __init__(self, begun: int) -> None:
        self.begun = begun
        self.paths: set[str] = set()
        self.known: list[Rests] = []
        self.ignored: dict[str, tuple[str, str]] = {}
        self.blind = False

    def rests(self) -> Rests | None:
        """What all of it rests on; None where that is not known or may have changed since ``begun``.

        All are known from then on.
        """
        self.know(self.paths)
        if self.blind:
            return None
        self.paths, self.known = set(), [sum(self.known, Rests())]
        return self.known[0]

    def know(self, paths: Iterable[str]) -> None:
        """Adds ``paths`` as they are now, those that are not known yet."""
        known = (path for rests in self.known for path in plain(rests.paths()))
        more = None if self.blind else Rests.on({*plain(paths)}.difference(known), self.begun)
        if more is None:
            self.blind = True
        else:
            self.known.append(more)

    def add(self, other: Seen) -> None:
        """Adds what another one has."""
        self.paths |= other.paths
        self.known += other.known
        self.ignored |= other.ignored
        self.blind = self.blind or other.blind


class _Witness:
    """What has been seen; ``seen`` is None while nobody wants to know."""

    def __init__(self) -> None:
        self.installed = False
        self.seen: Seen | None = None

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.seen is None:
            return
        if event in _EVENTS:
            path = arguments[0]
            if isinstance(path, (str, bytes, os.PathLike)):
                name = os.fsdecode(path)
                if not name.endswith(_IMPORTED) and not f"{name}/".startswith(_OWN):
                    self.seen.paths.add(name)
        elif event == RESTED and isinstance(arguments[0], Rests):
            self.seen.known.append(arguments[0])
        elif event in _BLINDING:
            self.seen.blind = True


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
def witnessed(*, wanted: bool = True) -> Iterator[Seen]:
    """Adds to its result, for as long as it lasts, the paths that this process looks at, as they are spelled.

    What is seen within is seen by one around it too. Unless it is ``wanted``, here or around, the result
    tells nothing, and nothing is slowed down.
    """
    if not wanted:
        yield _witness.seen or Seen(now())
        return
    if not _witness.installed:
        # An audit hook stays for the life of the process.
        sys.addaudithook(_witness)
        _witness.installed = True
    around = _witness.seen
    inside = Seen(now() if around is None else around.begun)
    _witness.seen = inside
    try:
        yield inside
    finally:
        _witness.seen = around
        if around is not None:
            around.add(inside)


def ignored(folder: str) -> Ignored:
    """What git ignores under ``folder``; tells who is watching to ask git again."""
    # Loaded here: a run of single files starts no other program.
    from mmapmigrate.change.ignored import Ignored

    seen = _witness.seen
    blind = seen is not None and seen.blind
    found = Ignored(folder, wanted=seen is not None)
    if seen is not None and found.told:
        seen.ignored[folder] = (found.grounds, found.told)
        seen.blind = blind
    return found


def look_at(paths: Iterable[str]) -> None:
    """Tells who is watching that an answer which rests on ``paths`` was found to hold."""
    if _witness.seen is not None:
        _witness.seen.paths.update(paths)

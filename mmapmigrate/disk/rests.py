# SPDX-License-Identifier: GPL-2.0-only
"""What an answer rests on: the states of files and folders, by which it is known to hold still.

An answer from memory waits for the import of this module, so it imports little.
"""

from __future__ import annotations

import os
import sys
import time
from hashlib import blake2b, sha256
from operator import attrgetter
from struct import Struct, error

from mmapmigrate.disk.refused import last_refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SETTLED = 2_000_000_000
"""Nanoseconds. What changed in the last two seconds before a run may change again without another time: the
coarsest clock of a file system that is in use ticks so (FAT)."""

MANY = 10_000
"""So many files are looked at by one process sooner than another one starts."""

PROCESSES = 4

State = tuple[int, int, int, int] | None
"""Inode, size, mtime and ctime in ns: the state of a file or folder; None where there is none."""

_state = attrgetter("st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
_pack = Struct("=QQQQ").pack
_WHOLE = (1 << 64) - 1
_MISSING = _pack(0, 0, 0, 0)
_DIGEST = 16


def now() -> int:
    """The time that ``Rests.on`` wants to know, before anything is read."""
    return time.time_ns()


_CONFIGURATION = b".toml"


def state_of(path: str | bytes) -> State:
    """The state of a file or folder, links followed.

    A configuration may be a link that leads to nothing, which is an error: then it is the state of the link.
    To ask that of each file that is missing would take a whole tree 10 ms.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - a run may rest on 60,000 files
    except (OSError, ValueError):
        if not os.fsencode(path).endswith(_CONFIGURATION):
            return None
        try:
            status = os.lstat(path)
        except (OSError, ValueError):
            return None
    state: State = _state(status)
    return state


def plain(paths: Iterable[str]) -> Iterator[str]:
    """Each of ``paths`` as it is called from the current folder, if it lies there: both ways are in use."""
    here = os.getcwd().rstrip("/") + "/"  # noqa: PTH109 - see above
    for path in paths:
        inside = path.removeprefix(here).removeprefix("./")
        yield path if not inside or inside.startswith("/") else inside


class Rests:
    """The states of files, kept as ``told``: for each folder its name with the slash, the names in it, and a
    digest of their states, with a NUL between; the names have a slash between them.

    A relative path is one from the current folder.
    """

    __slots__ = ("told",)

    def __init__(self, told: bytes = b"") -> None:
        self.told = told

    @classmethod
    def on(cls, seen: Iterable[str], begun: int) -> Rests | None:
        """The states of the paths ``seen`` now.

        None where one may have changed since ``begun`` (ns), or something was refused since then.
        """
        if last_refused() >= begun:
            return None
        folders: dict[str, list[str]] = {}
        for path in seen:
            if "\0" in path:
                # There never is one.
                continue
            folder, slash, name = path.rpartition("/")
            folders.setdefault(folder + slash, []).append(name)
        told: list[bytes] = []
        for folder, names in folders.items():
            states = [state_of(folder + name) for name in names]
            if any(max(state[2:]) > begun - SETTLED for state in states if state is not None):
                return None
            told += (os.fsencode(folder), os.fsencode("/".join(names)), _digest(map(_packed, states)))
        return cls(b"\0".join(told))

    @property
    def digest(self) -> str:
        """What tells them from others."""
        return sha256(self.told).hexdigest()

    def __add__(self, other: Rests) -> Rests:
        return Rests(b"\0".join(each.told for each in (self, other) if each.told))

    def paths(self) -> Iterator[str]:
        """The files and folders."""
        for folder, names, _ in _blocks(self.told):
            for name in names.split(b"/"):
                yield os.fsdecode(folder + name)

    def hold(self, meanwhile: Callable[[], bool] = lambda: True) -> bool:
        """Whether all are as they were, and what this process finds out while others look is true."""
        try:
            blocks = _blocks(self.told)
        except ValueError:
            # Whatever wrote it, it was no run of ours.
            return False
        processes = min(PROCESSES, _cpus(), (self.told.count(b"/") + len(blocks)) // MANY)
        return _shared(blocks, processes, meanwhile) if processes > 1 else meanwhile() and _hold(blocks)


RESTED = "mmapmigrate.rested"
"""The audit event of an answer that was found to hold, with what it rests on."""


def rest_on(rests: Rests) -> None:
    """Tells who is watching that an answer which rests on ``rests`` was just made, or found to hold."""
    sys.audit(RESTED, rests)


Block = tuple[bytes, bytes, bytes]


def _blocks(told: bytes) -> list[Block]:
    parts = told.split(b"\0") if told else []
    return list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))


def _hold(blocks: Iterable[Block]) -> bool:
    return all(_digest(_told(folder, names.split(b"/"))) == digest for folder, names, digest in blocks)


def _told(folder: bytes, names: Iterable[bytes]) -> Iterable[bytes]:
    """The states of files, packed."""
    try:
        # As nearly all are there, each is asked for without a look at what it may be instead.
        return [_pack(*_state(os.stat(folder + name))) for name in names]  # noqa: PTH116 - see above
    except (OSError, ValueError, error):
        return [_packed(state_of(folder + name)) for name in names]


def _packed(state: State) -> bytes:
    if state is None:
        return _MISSING
    # A time before 1970 is negative, one that a user made up may have any number of bits.
    return _pack(state[0], state[1], state[2] & _WHOLE, state[3] & _WHOLE)


def _digest(told: Iterable[bytes]) -> bytes:
    return blake2b(b"".join(told), digest_size=_DIGEST).hexdigest().encode()


SHARES = 64
"""As many parts as processes take in turns: few enough that each is worth it, enough to end at once."""


def _shared(blocks: Sequence[Block], processes: int, meanwhile: Callable[[], bool]) -> bool:
    """``_hold`` of all by so many processes, this one among them, each of which takes the next share."""
    try:
        shares, ticket = os.pipe()
    except OSError:
        # There may be no more descriptors.
        return meanwhile() and _hold(blocks)
    os.write(ticket, bytes(range(SHARES)))
    os.close(ticket)
    children = []
    try:
        for _ in range(processes - 1):
            try:
                child = os.fork()
            except OSError:
                # There may be no more processes.
                break
            if child == 0:
                answer = 1
                # Nothing of the parent's may run in the child: no handler, no buffer that is written twice.
                try:
                    answer = 0 if _take(blocks, shares) else 1
                except BaseException:
                    pass
                finally:
                    os._exit(answer)
            children.append(child)
        mine = meanwhile() and _take(blocks, shares)
    finally:
        os.close(shares)
        answers = [_ended(child) for child in children]
    return mine and not any(answers)


def _ended(child: int) -> int:
    """How a child ended: 0 if well."""
    try:
        return os.waitpid(child, 0)[1]
    except ChildProcessError:
        # Who started this process ignores the signal that tells.
        return 1


def _take(blocks: Sequence[Block], shares: int) -> bool:
    while share := os.read(shares, 1):
        if not _hold(blocks[share[0] :: SHARES]):
            # Nobody need go on.
            os.read(shares, SHARES)
            return False
    return True


def _cpus() -> int:
    if not hasattr(os, "fork"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

# SPDX-License-Identifier: GPL-2.0-only
"""One run at a time writes to a folder: what another one puts back must not be what this one has written."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PATIENCE = 30.0
"""Seconds to wait for another run, which has a few files to write."""

_PAUSE = 0.02

MARK = ".mmapmigrate-"
"""How the name of a file begins that a run which is alone in a folder makes there, and removes."""

_MOST = 200
"""Bytes that such a name has of the file's which it is for; a dot and a word of eight stand behind them."""

_MADE = re.compile(re.escape(MARK) + r"(.+)\.[a-z0-9_]{8}", re.DOTALL)


@contextmanager
def alone_in(folders: Iterable[str]) -> Iterator[list[str]]:
    """Keeps other runs from writing to ``folders`` meanwhile, where their file systems know locks.

    Gives the folders where they do. Raises OSError when one has written there for longer than PATIENCE.
    """
    end = time.monotonic() + PATIENCE
    locked = []
    with ExitStack() as held:
        # In one order, so that no two runs wait for each other.
        for folder in sorted(set(folders)):
            try:
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError:
                # It may be one that only files can be made in, and writing says what else is wrong with it.
                continue
            held.callback(os.close, descriptor)
            if _lock(descriptor, end):
                locked.append(folder)
        yield locked


def beginning(name: str) -> str:
    """As much of the name of a file as the name of one that is made for it has room for."""
    return os.fsdecode(os.fsencode(name)[:_MOST])


def clear(folder: str) -> None:
    """Removes what a run that was alone in ``folder``, as this one is now, could not: it was killed.

    A file of the user's may have a name that begins like those, a baseline for instance.
    """
    with suppress(OSError):
        for path in Path(folder).glob(f"{MARK}*"):
            made = _MADE.fullmatch(path.name)
            if made is not None and (len(os.fsencode(made[1])) == _MOST or (path.parent / made[1]).is_file()):
                with suppress(OSError):
                    path.unlink()


def _lock(descriptor: int, end: float) -> bool:
    """Whether it is held now; where locks are unknown it is not."""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise OSError(errno.EBUSY, "another run writes to its folder") from None
            time.sleep(_PAUSE)
        except OSError:
            return False
        else:
            return True

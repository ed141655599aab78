# SPDX-License-Identifier: GPL-2.0-only
"""One run at a time writes to a folder: what another one puts back must not be what this one has written."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PATIENCE = 30.0
"""Seconds to wait for another run, which has a few files to write."""

_PAUSE = 0.02

MARK = ".mmapmigrate-"
"""How the name of a file begins that a run which is alone in a folder makes there, and removes."""


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


def clear(folder: str) -> None:
    """Removes what a run that was alone in ``folder``, as this one is now, could not: it was killed."""
    with suppress(OSError):
        for path in Path(folder).glob(f"{MARK}*"):
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

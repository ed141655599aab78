# SPDX-License-Identifier: GPL-2.0-only
"""One run at a time writes to a folder: what another one puts back must not be what this one has written."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

PATIENCE = 30.0
"""Seconds to wait for another run, which has a few files to write."""

_PAUSE = 0.02


@contextmanager
def alone_in(folders: Iterable[str]) -> Iterator[None]:
    """Keeps other runs from writing to ``folders`` meanwhile, where their file systems know locks.

    Raises OSError when one has written there for longer than PATIENCE.
    """
    end = time.monotonic() + PATIENCE
    with ExitStack() as held:
        # In one order, so that no two runs wait for each other.
        for folder in sorted(set(folders)):
            try:
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError:
                # It may be one that only files can be made in, and writing says what else is wrong with it.
                continue
            held.callback(os.close, descriptor)
            _lock(descriptor, end)
        yield


def _lock(descriptor: int, end: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise OSError(errno.EBUSY, "another run writes to its folder") from None
            time.sleep(_PAUSE)
        except OSError:
            return
        else:
            return

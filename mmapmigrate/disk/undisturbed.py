# SPDX-License-Identifier: GPL-2.0-only
"""What a signal that ends a run must not cut in two."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a polite kill, a terminal that is closed."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """The signals that end a run wait until its body is done; a process begun in it lets them wait too."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

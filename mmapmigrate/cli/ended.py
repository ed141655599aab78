# SPDX-License-Identifier: GPL-2.0-only
"""SIGTERM and SIGHUP end a run as Ctrl-C does: what it was about is put back, and its workers end first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class EndedError(KeyboardInterrupt):
    """A signal ends this run; ``code`` is its exit code, as a shell would give it."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raises EndedError in its body when such a signal comes, once; one that is ignored (nohup) stays so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heeded = [number for number in SIGNALS if signal.getsignal(number) is signal.SIG_DFL]

    def end(number: int, _frame: object) -> None:
        # A second one must not disturb the end.
        for each in heeded:
            signal.signal(each, signal.SIG_IGN)
        raise EndedError(number)

    for number in heeded:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, signal.SIG_DFL)


def hear_of_children() -> None:
    """Has the system tell how each child ended, a worker or git: who starts a run may ignore that signal."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def leave_signals() -> None:
    """Such a signal ends the process at once, as it does by itself."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)

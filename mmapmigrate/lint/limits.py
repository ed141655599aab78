# SPDX-License-Identifier: GPL-2.0-only
"""How much processor time and memory one file may cost, whatever it holds."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TIME_LIMIT = 30.0
"""Seconds of processor time for each of a file's two questions: what stands in it, and what converts. The
worst file of a kernel takes a tenth of it."""

WAIT_LIMIT = 60.0
"""Seconds by the clock on the wall for one question to a rule of the user's, which may sleep or wait."""

MEMORY_LIMIT = 1 << 30
"""Bytes that the process may grow by. The whole of a kernel takes a quarter of it."""

_TICK = 0.2
"""Seconds between two looks. An answer that is swallowed on its way up is given again at the next."""

_STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class LimitError(BaseException):
    """One file costs too much; the text says what. No Exception: nobody below may take it for a rule's."""


def memory_in_use() -> int:
    """Bytes of this process in memory, 0 where the system does not say."""
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0


@contextmanager
def bounded(before: int | None = None) -> Iterator[None]:
    """Raises LimitError in its body, wherever that is, once TIME_LIMIT or MEMORY_LIMIT is passed.

    ``before`` is the memory that was in use when the file was begun, what is in use now if it is None. In the
    main thread a timer's signal looks, which regular expressions and parsers answer to as well; in another
    thread, an editor's, a thread does, by the clock on the wall.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        with _watched_by_a_thread():
            yield
        return
    end = time.process_time() + TIME_LIMIT
    most = (memory_in_use() if before is None else before) + MEMORY_LIMIT
    armed = True

    def look(_number: int, _frame: object) -> None:
        if armed:
            _look(time.process_time() > end, most)

    former = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _TICK, _TICK)
    try:
        yield
    finally:
        # A signal that is on its way already finds nothing to do.
        armed = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)


def _look(late: bool, most: int) -> None:
    if late:
        raise LimitError(f"takes more than {TIME_LIMIT:g} s of processor time")
    if memory_in_use() > most:
        raise LimitError(f"takes more than {MEMORY_LIMIT >> 20} MB of memory")


@contextmanager
def awaited() -> Iterator[None]:
    """Raises LimitError in its body once WAIT_LIMIT is passed; only in the main thread."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    armed = True

    def end(_number: int, _frame: object) -> None:
        if armed:
            raise LimitError(f"takes more than {WAIT_LIMIT:g} s")

    former = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, WAIT_LIMIT, _TICK)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


@contextmanager
def _watched_by_a_thread() -> Iterator[None]:
    # A run in the main thread, which a signal ends, must not wait for it.
    import ctypes

    thread = ctypes.c_ulong(threading.get_ident())
    over = threading.Event()
    held = threading.Lock()

    def watch() -> None:
        wait = TIME_LIMIT
        while not over.wait(wait):
            wait = _TICK
            with held:
                if not over.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(_TooLongError))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with held:
            over.set()
        # What was asked for and did not come yet.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)


class _TooLongError(LimitError):
    """Made by the interpreter, without arguments."""

    def __str__(self) -> str:
        return f"takes more than {TIME_LIMIT:g} s"

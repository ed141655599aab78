# SPDX-License-Identifier: GPL-2.0-only
"""Work that another process does while this one does something else."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar, cast

from mmapmigrate.disk.refused import last_refused
from mmapmigrate.disk.rests import rest_on
from mmapmigrate.lint.memory.witness import look_at, witnessed
from mmapmigrate.lint.pool import cpus

T = TypeVar("T")


@contextmanager
def aside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Begins ``work`` in a process of its own where there is a CPU for it; the result waits for its answer.

    The answer is plain values. Where there is none, as an error was raised or the process was killed, this
    process does the work when it is asked. Who is watching hears of what was looked at in either.
    """
    if sys.platform != "linux" or cpus() < 2:
        yield work
        return
    try:
        answer, told = os.pipe()
    except OSError:
        # There may be no more descriptors.
        yield work
        return
    try:
        child = os.fork()
    except OSError:
        # There may be no more processes.
        os.close(answer)
        os.close(told)
        yield work
        return
    if child == 0:
        # Nothing of the parent's may run in the child: no handler, no buffer that is written twice.
        try:
            os.close(answer)
            _tell(work, told)
        except BaseException:
            pass
        finally:
            os._exit(0)
    os.close(told)
    with open(answer, "rb") as stream:  # noqa: PTH123 - a descriptor
        try:
            yield lambda: _heard(stream.read(), work)
        finally:
            # One that was not asked may be at work still.
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _tell(work: Callable[[], T], told: int) -> None:
    with witnessed() as seen:
        value = work()
    if not seen.blind and last_refused() < seen.begun:
        with open(told, "wb") as stream:
            pickle.dump((value, seen.paths, seen.known), stream, pickle.HIGHEST_PROTOCOL)


def _heard(answer: bytes, work: Callable[[], T]) -> T:
    try:
        value, paths, known = pickle.loads(answer)
    except (EOFError, pickle.UnpicklingError):
        return work()
    look_at(paths)
    for rests in known:
        rest_on(rests)
    return cast("T", value)

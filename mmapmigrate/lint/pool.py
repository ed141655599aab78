# SPDX-License-Identifier: GPL-2.0-only
"""Work on many files, shared out to processes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from mmapmigrate.disk.refused import last_refused, take_over
from mmapmigrate.disk.undisturbed import ENDING, undisturbed

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

MOST_WORKERS = 5
"""Where nobody says how many: with these, a run over a whole kernel keeps within 300 MB."""

_TICK = 1.0
"""Seconds between two looks whether workers can still answer."""

_NO_THREAD = "can't start new thread"
"""What Python says where there may be no more of them; from 3.13 on the executor itself hears it."""

Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of all files."""


class WorkerDiedError(Exception):
    """A worker process ended without an answer, or could not begin; the text is one line for the user."""


class NoWorkersError(WorkerDiedError):
    """No worker could begin, or not all of them: the system has no descriptors, threads or locks for them."""


def cpus() -> int:
    """How many processes can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers_for(jobs: int | None) -> int:
    """How many workers are asked for by ``jobs``; None leaves it to us."""
    return jobs or min(cpus(), MOST_WORKERS)


def begin_worker() -> None:
    """Called first in a worker: Ctrl-C is its parent's to handle, and it ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    # There may be no more threads.
    with suppress(RuntimeError):
        threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Ends this process when its parent has ended, however that did: nobody would ask it for more."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _cannot_begin(why: BaseException) -> NoWorkersError:
    told = getattr(why, "strerror", None) or why
    return NoWorkersError(f"workers cannot be started: {told}; --jobs 1 does without them")


@contextmanager
def _failures() -> Iterator[list[BaseException]]:
    """What threads of this process fail with meanwhile, which they would print."""
    found: list[BaseException] = []
    before = threading.excepthook
    threading.excepthook = lambda told: found.append(told.exc_value or told.exc_type())
    try:
        yield found
    finally:
        threading.excepthook = before


def batches_of(paths: Sequence[str], size: int) -> list[Sequence[str]]:
    """``paths`` in their order, so many at a time."""
    return [paths[start : start + size] for start in range(0, len(paths), size)]


def _begin(prepare: Callable[[], None]) -> None:
    """Begins a worker, which ends without a word where that fails: an executor would print a traceback."""
    try:
        prepare()
    except Exception:
        os._exit(1)


def _answer(work: Callable[[Sequence[str]], T], batch: Sequence[str]) -> tuple[T, int]:
    """What ``work`` answers, and when the system refused this process something last."""
    return work(batch), last_refused()


def shared(
    batches: Sequence[Sequence[str]],
    work: Callable[[Sequence[str]], T],
    *,
    workers: int,
    prepare: Callable[[], None] = begin_worker,
    meanwhile: Callable[[], None] | None = None,
    progress: Progress | None = None,
) -> list[T]:
    """What ``work`` answers for each of ``batches`` of paths, in their order, by ``workers`` processes.

    The batches are begun in their order too. Each process calls ``prepare`` first, which calls
    ``begin_worker``; what is large is handed over in there, as ``work`` is sent along with each batch. This
    process does ``meanwhile`` while they work. Raises WorkerDiedError when one died, NoWorkersError
    when they cannot begin.
    """
    # Loaded here: a run of a few files needs none of it.
    import gc
    import multiprocessing
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool

    total = sum(map(len, batches))
    results: dict[int, T] = {}
    # A forked worker has the modules loaded already. Workers start on the first submit, before this process
    # has a thread.
    method = "fork" if sys.platform == "linux" else "spawn"
    try:
        context = multiprocessing.get_context(method)
        executor = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(prepare,))
    except (OSError, ImportError) as error:
        # Its locks live in /dev/shm, which may be missing or full.
        raise _cannot_begin(error) from None
    done = 0
    # What the collector of a worker touches is no longer shared with this process.
    gc.freeze()
    try:
        with _failures() as failures:
            try:
                # A worker that has just been forked knows nothing yet of what to do with a signal.
                with undisturbed():
                    pending: dict[Future[tuple[T, int]], int] = {
                        executor.submit(_answer, work, batch): index for index, batch in enumerate(batches)
                    }
            except (OSError, RuntimeError) as error:
                raise _cannot_begin(error) from None
            if meanwhile is not None:
                meanwhile()
            while pending:
                # A thread of the executor that cannot go on leaves it silent.
                finished, _ = wait(pending, timeout=_TICK, return_when=FIRST_COMPLETED)
                if failures:
                    raise _cannot_begin(failures[0])
                for future in finished:
                    index = pending.pop(future)
                    results[index], refused = future.result()
                    take_over(refused)
                    done += len(batches[index])
                if finished and progress is not None:
                    progress(done, total)
    except BrokenProcessPool as error:
        if _NO_THREAD in str(error.__cause__):
            raise _cannot_begin(RuntimeError(_NO_THREAD)) from None
        raise WorkerDiedError("a worker process died (out of memory?); --jobs 1 does without them") from None
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        # What never began cannot be waited for.
        with suppress(RuntimeError):
            executor.shutdown(wait=True, cancel_futures=True)
        gc.unfreeze()
    return [results[index] for index in range(len(batches))]

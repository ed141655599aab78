# SPDX-License-Identifier: GPL-2.0-only
"""Checks many files, in processes where that pays."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.lint.checker import Checker, CheckOptions
from mmapmigrate.lint.result import FileResult

if TYPE_CHECKING:
    from concurrent.futures import Future

Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of all files."""

BATCH = 250
"""Files that a worker takes at a time: enough to make messages cheap, few enough to share evenly."""

SERIAL_LIMIT = 400
"""Up to so many files are checked faster in this process than a pool starts."""


class WorkerDiedError(Exception):
    """A worker process ended without an answer; the text is one line for the user."""


def run(
    paths: Sequence[str], options: CheckOptions, *, jobs: int | None = None, progress: Progress | None = None
) -> list[FileResult]:
    """The results of ``paths``, in their order, by up to ``jobs`` processes (default: one for each CPU).

    Raises RuleLoadError when the rules cannot be loaded, WorkerDiedError when a process died.
    """
    workers = min(jobs or _cpus(), -(-len(paths) // BATCH))
    if workers <= 1 or len(paths) <= SERIAL_LIMIT:
        return list(_serial(paths, options, progress))
    return _parallel(paths, options, workers, progress)


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _serial(paths: Sequence[str], options: CheckOptions, progress: Progress | None) -> Iterator[FileResult]:
    checker = Checker(options)
    for done, path in enumerate(paths, 1):
        yield checker.check(path)
        if done % BATCH == 0:
            checker.forget()
            if progress is not None:
                progress(done, len(paths))


def _parallel(
    paths: Sequence[str], options: CheckOptions, workers: int, progress: Progress | None
) -> list[FileResult]:
    # Loaded here: a run of a few files needs none of it.
    import multiprocessing
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool

    batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
    results: list[list[FileResult]] = [[] for _ in batches]
    # A forked worker has the modules loaded already. Workers start on the first submit, before this process
    # has a thread.
    method = "fork" if sys.platform == "linux" else "spawn"
    executor = ProcessPoolExecutor(
        workers, multiprocessing.get_context(method), initializer=_start_worker, initargs=(options,)
    )
    done = 0
    try:
        pending: dict[Future[list[FileResult | None]], int] = {
            executor.submit(_check_batch, batch): index for index, batch in enumerate(batches)
        }
        while pending:
            finished, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                index = pending.pop(future)
                answers = zip(batches[index], future.result(), strict=True)
                results[index] = [answer or FileResult(path) for path, answer in answers]
                done += len(batches[index])
            if progress is not None:
                progress(done, len(paths))
    except BrokenProcessPool:
        raise WorkerDiedError("a worker process died (out of memory?); --jobs 1 does without them") from None
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
    return [result for batch in results for result in batch]


_checker: Checker | None = None


def _start_worker(options: CheckOptions) -> None:
    """Loads the rules once in each worker; Ctrl-C is the parent's to handle."""
    global _checker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _checker = Checker(options)


def _check_batch(paths: Sequence[str]) -> list[FileResult | None]:
    """The results of ``paths``; None for a file with nothing to say, which costs nothing to send."""
    assert _checker is not None
    results = [_checker.check(path) for path in paths]
    _checker.forget()
    return [None if result == FileResult(result.path) else result for result in results]

# SPDX-License-Identifier: GPL-2.0-only
"""Checks many files, in processes where that pays."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mmapmigrate.kernel.scan import read
from mmapmigrate.lint.checker import LARGEST_FILE, Checker, CheckOptions
from mmapmigrate.lint.result import FileResult

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

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
    workers = _workers(paths, jobs)
    if workers <= 1:
        return list(_serial(paths, options, progress))
    answers = _parallel(paths, _check_batch, workers, progress, partial(_start_worker, options))
    return [answer or FileResult(path) for path, answer in zip(paths, answers, strict=True)]


def holding(paths: Sequence[str], words: Sequence[str], *, jobs: int | None = None) -> list[str]:
    """Those of ``paths`` whose bytes hold one of ``words``; what cannot be read is left out.

    Raises WorkerDiedError when a process died.
    """
    search = partial(_search_batch, tuple(word.encode("utf-8", "surrogateescape") for word in words))
    workers = _workers(paths, jobs)
    found = search(paths) if workers <= 1 else _parallel(paths, search, workers, None, _ignore_interrupt)
    return [path for path, answer in zip(paths, found, strict=True) if answer]


def _workers(paths: Sequence[str], jobs: int | None) -> int:
    """How many processes ``paths`` are worth."""
    return min(jobs or _cpus(), -(-len(paths) // BATCH)) if len(paths) > SERIAL_LIMIT else 1


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
    paths: Sequence[str],
    work: Callable[[Sequence[str]], list[T]],
    workers: int,
    progress: Progress | None,
    prepare: Callable[[], None],
) -> list[T]:
    """What ``work`` answers for each path, in batches by ``workers`` processes that ``prepare`` first."""
    # Loaded here: a run of a few files needs none of it.
    import multiprocessing
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool

    batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
    results: list[list[T]] = [[] for _ in batches]
    # A forked worker has the modules loaded already. Workers start on the first submit, before this process
    # has a thread.
    method = "fork" if sys.platform == "linux" else "spawn"
    executor = ProcessPoolExecutor(workers, multiprocessing.get_context(method), initializer=prepare)
    done = 0
    try:
        pending: dict[Future[list[T]], int] = {
            executor.submit(work, batch): index for index, batch in enumerate(batches)
        }
        while pending:
            finished, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                index = pending.pop(future)
                results[index] = future.result()
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
    """Loads the rules once in each worker."""
    global _checker
    _ignore_interrupt()
    _checker = Checker(options)


def _check_batch(paths: Sequence[str]) -> list[FileResult | None]:
    """The results of ``paths``; None for a file with nothing to say, which costs nothing to send."""
    assert _checker is not None
    results = [_checker.check(path) for path in paths]
    _checker.forget()
    return [None if result == FileResult(result.path) else result for result in results]


def _search_batch(words: Sequence[bytes], paths: Sequence[str]) -> list[bool]:
    texts = (read(path, LARGEST_FILE) or b"" for path in paths)
    return [any(word in text for word in words) for text in texts]


def _ignore_interrupt() -> None:
    """Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

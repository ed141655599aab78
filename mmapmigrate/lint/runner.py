# SPDX-License-Identifier: GPL-2.0-only
"""Checks many files, in processes where that pays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from mmapmigrate.kernel.scan import read
from mmapmigrate.lint.checker import Checker, CheckOptions
from mmapmigrate.lint.look import look
from mmapmigrate.lint.pool import Progress, cpus, ignore_interrupt, shared
from mmapmigrate.lint.result import FileResult
from mmapmigrate.model.glance import LARGEST_FILE

BATCH = 24
"""Files that a worker checks at a time: few enough to share evenly what takes a second each."""

SERIAL_LIMIT = 400
"""Up to so many files are checked faster in this process than a pool starts."""


def run(
    paths: Sequence[str], options: CheckOptions, *, jobs: int | None = None, progress: Progress | None = None
) -> list[FileResult]:
    """The results of ``paths``, in their order, by up to ``jobs`` processes (default: one for each CPU).

    Raises RuleLoadError when the rules cannot be loaded, WorkerDiedError when a process died.
    """
    if len(paths) <= SERIAL_LIMIT:
        return list(_serial(paths, options, progress))
    workers = jobs or cpus()
    wanted, index = look(paths, options, workers)
    options = replace(options, indexes={**options.indexes, **index})
    if workers > 1 and len(wanted) > BATCH:
        prepare = partial(_start_worker, options)
        found = shared(wanted, _check_batch, workers=workers, batch=BATCH, prepare=prepare, progress=progress)
    else:
        found = list(_serial(wanted, options, progress))
    known = dict(zip(wanted, found, strict=True))
    return [known.get(path) or FileResult(path) for path in paths]


def holding(paths: Sequence[str], words: Sequence[str], *, jobs: int | None = None) -> list[str]:
    """Those of ``paths`` whose bytes hold one of ``words``; what cannot be read is left out.

    Raises WorkerDiedError when a process died.
    """
    search = partial(_search_batch, tuple(word.encode("utf-8", "surrogateescape") for word in words))
    workers = jobs or cpus()
    if workers <= 1 or len(paths) <= SERIAL_LIMIT:
        found = search(paths)
    else:
        found = shared(paths, search, workers=workers, batch=SERIAL_LIMIT)
    return [path for path, answer in zip(paths, found, strict=True) if answer]


def _serial(paths: Sequence[str], options: CheckOptions, progress: Progress | None) -> Iterator[FileResult]:
    checker = Checker(options)
    for done, path in enumerate(paths, 1):
        yield checker.check(path)
        if done % BATCH == 0:
            checker.forget()
            if progress is not None:
                progress(done, len(paths))


_checker: Checker | None = None


def _start_worker(options: CheckOptions) -> None:
    """Loads the rules once in each worker."""
    global _checker
    ignore_interrupt()
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

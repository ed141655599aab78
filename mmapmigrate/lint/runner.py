# SPDX-License-Identifier: GPL-2.0-only
"""Checks many files, in processes where that pays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mmapmigrate.disk.scan import read
from mmapmigrate.lint.memory.results import Memory
from mmapmigrate.lint.memory.witness import Seen, witnessed
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.pool import NoWorkersError, Progress, batches_of, begin_worker, shared, workers_for
from mmapmigrate.lint.result import FileResult
from mmapmigrate.model.discovery import candidate
from mmapmigrate.model.signs import matters
from mmapmigrate.syntax.source import LARGEST_FILE

if TYPE_CHECKING:
    from mmapmigrate.lint.checker import Checker

BATCH = 12
"""Files that a worker checks at a time: few enough to share evenly what takes a second each."""

SERIAL_LIMIT = 400
"""Up to so many files are checked faster in this process than a pool starts."""


_first = True
"""What a process remembers of earlier runs does not show in what it looks at, so only its first is kept."""


def run(
    paths: Sequence[str], options: CheckOptions, *, jobs: int | None = None, progress: Progress | None = None
) -> list[FileResult]:
    """The results of those of ``paths`` that have something to say, in their order.

    Up to ``jobs`` processes look for them (default: as of workers_for(), and this one alone where no other
    can begin). They come from ``options.memory`` where it has them. Raises RuleLoadError when the rules
    cannot be loaded, WorkerDiedError when a process died.
    """
    global _first
    if not paths:
        return []
    memory = None if options.memory is None else Memory.of(options.memory, paths, options)
    found = None if memory is None else memory.recall()
    if found is None:
        first, _first = _first, False
        with witnessed(wanted=memory is not None and first) as seen:
            try:
                found = _telling(paths, options, workers_for(jobs), progress, seen)
            except NoWorkersError:
                if jobs is not None:
                    raise
            if found is None:
                # What was begun for workers is gone with the exception, its descriptors too.
                found = _telling(paths, options, 1, progress, seen)
            if memory is None or not first or any(each.cut for each in found):
                # What a limit cut short may go on the next time.
                seen.blind = True
            elif (rests := seen.rests()) is not None:
                memory.keep(found, rests)
    return found


def _telling(
    paths: Sequence[str], options: CheckOptions, workers: int, progress: Progress | None, seen: Seen
) -> list[FileResult]:
    """Those results of _run() that say something."""
    results = _run(paths, options, workers, progress, seen)
    return [each for each in results if each != FileResult(each.path)]


def _run(
    paths: Sequence[str], options: CheckOptions, workers: int, progress: Progress | None, seen: Seen
) -> Iterable[FileResult]:
    """The results of those of ``paths`` that can have one; adds to ``seen`` what other processes look at."""
    if len(paths) <= SERIAL_LIMIT:
        return _serial(paths, options, progress)
    from mmapmigrate.lint.look import look

    view = look(paths, options, workers, partial(_load, options))
    options = replace(options, indexes={**options.indexes, **view.indexes})
    if workers <= 1 or len(view.wanted) <= BATCH:
        seen.paths.update(view.seen)
        return _serial(view.wanted, options, progress, looked_at=True)
    # What may have to be converted takes longest: a worker that is left with it would end alone.
    order = sorted(view.wanted, key=lambda path: path not in view.hooks)
    batches = shared(
        batches_of(order, BATCH),
        _check_batch,
        workers=workers,
        prepare=partial(_start_worker, options),
        # To ask for the states of 60,000 files takes as long as to list them.
        meanwhile=None if options.memory is None else partial(seen.know, view.seen),
        progress=progress,
    )
    seen.paths.update(*(looked for _, looked in batches))
    found = {result.path: result for results, _ in batches for result in results}
    return (found[path] for path in view.wanted if path in found)


def holding(paths: Sequence[str], words: Sequence[str], *, jobs: int | None = None) -> list[str]:
    """Those of ``paths`` whose bytes hold one of ``words``; what cannot be read is left out.

    ``jobs`` and what it raises are as of run().
    """
    search = partial(_search_batch, tuple(word.encode("utf-8", "surrogateescape") for word in words))
    workers = workers_for(jobs)
    if workers <= 1 or len(paths) <= SERIAL_LIMIT:
        found = search(paths)
    else:
        batches = batches_of(paths, SERIAL_LIMIT)
        try:
            found = list(chain.from_iterable(shared(batches, search, workers=workers)))
        except NoWorkersError:
            if jobs is not None:
                raise
            found = search(paths)
    return [path for path, answer in zip(paths, found, strict=True) if answer]


def _serial(
    paths: Sequence[str], options: CheckOptions, progress: Progress | None, *, looked_at: bool = False
) -> Iterator[FileResult]:
    checker: Checker | None = None
    for done, path in enumerate(paths, 1):
        if checker is None:
            if not looked_at and path not in options.texts and _says_nothing(path, options):
                yield FileResult(path)
                continue
            # Loaded here, as in a worker: an answer that is kept, and most files, need no analysis.
            from mmapmigrate.lint.checker import Checker

            checker = Checker(options)
        yield _analysed(checker, path) if looked_at else checker.check(path)
        if done % BATCH == 0:
            checker.forget()
            if progress is not None:
                progress(done, len(paths))


def _analysed(checker: Checker, path: str) -> FileResult:
    """The result of a file that a first look has found to matter, or has a text which was not looked at."""
    return checker.check(path) if path in checker.options.texts else checker.analyse(path)


def _says_nothing(path: str, options: CheckOptions) -> bool:
    """Whether a file can be read and cannot matter to any rule of this run."""
    data = read(path, LARGEST_FILE)
    if data is None:
        return False
    return not candidate(data) or (options.ours_only and not matters(data))


_checker: Checker | None = None
_told: set[str] = set()


def _load(options: CheckOptions) -> None:
    """Loads what each worker needs, so that those which are forked from this process have it."""
    import mmapmigrate.lint.checker
    from mmapmigrate.lint.loader import builtin_folder, load_folder

    load_folder(builtin_folder(), builtin=True)
    if options.conversions:
        import mmapmigrate.convert.engine  # noqa: F401


def _start_worker(options: CheckOptions) -> None:
    """Loads the rules once in each worker."""
    global _checker
    from mmapmigrate.lint.checker import Checker

    begin_worker()
    _checker = Checker(options)


def _check_batch(paths: Sequence[str]) -> tuple[list[FileResult], set[str]]:
    """The results of ``paths`` that say something, and what this process looked at and has not told yet."""
    assert _checker is not None
    with witnessed(wanted=_checker.options.memory is not None) as seen:
        results = [_analysed(_checker, path) for path in paths]
    _checker.forget()
    new = seen.paths - _told
    _told.update(new)
    return [result for result in results if result != FileResult(result.path)], new


def _search_batch(words: Sequence[bytes], paths: Sequence[str]) -> list[bool]:
    from mmapmigrate.disk.scan import Reader
    from mmapmigrate.syntax.search import holds
    from mmapmigrate.syntax.source import LARGEST_FILE

    reader = Reader(LARGEST_FILE)
    texts = (reader.read(path) or b"" for path in paths)
    return [any(holds(text, word) for word in words) for text in texts]

# SPDX-License-Identifier: GPL-2.0-only
"""Writes planned fixes to the disk: what belongs together changes together or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace

from mmapmigrate.disk.alone import alone_in, clear
from mmapmigrate.disk.undisturbed import undisturbed
from mmapmigrate.disk.unfinished import recorded
from mmapmigrate.lint.fixed import FileChange, FixOutcome, FixResult
from mmapmigrate.lint.result import CheckResult, Problem
from mmapmigrate.syntax.source import SourceFile
from mmapmigrate.syntax.write import FileChangedError, ReadyFile, write_file


def write_changes(
    result: FixResult,
    check: Callable[[Sequence[str]], CheckResult] | None = None,
    records: str | None = None,
) -> FixResult:
    """Writes the files of ``result``; those that one conversion ties together change all or not at all.

    Should the run be killed in between, ``finish`` of the folder ``records`` writes the rest of them.

    Returns ``result`` with the files that were written; what could not be is in ``left.errors``, and the
    outcomes that it belongs to are no longer ``applied``. What is left in such files is what ``check`` finds
    in them.
    """
    changes = {change.path: change for change in result.changes}
    written: list[FileChange] = []
    errors: list[Problem] = []
    for group in tied(changes, result.outcomes):
        problem = _write_group([changes[path] for path in group], records)
        if problem is None:
            written += [changes[path] for path in group]
        else:
            errors.append(problem)
    done = {change.path for change in written}
    outcomes = tuple(
        replace(outcome, applied=False) if outcome.applied and not done.issuperset(outcome.files) else outcome
        for outcome in result.outcomes
    )
    left = replace(result.left, errors=tuple(sorted({*result.left.errors, *errors})))
    kept = [path for path in changes if path not in done]
    if kept and check is not None:
        left = _as_on_disk(left, kept, check(kept))
    return FixResult(tuple(sorted(written, key=lambda change: change.path)), outcomes, left)


def _as_on_disk(left: CheckResult, kept: Sequence[str], found: CheckResult) -> CheckResult:
    """``left``, but of the files ``kept`` what was ``found`` in them."""
    findings = (*(each for each in left.findings if each.path not in kept), *found.findings)
    conversions = (*(each for each in left.conversions if each.path not in kept), *found.conversions)
    return replace(
        left,
        findings=tuple(sorted(findings, key=lambda each: each.sort_key)),
        conversions=conversions,
        errors=tuple(sorted({*left.errors, *found.errors})),
    )


def tied(changes: Iterable[str], outcomes: Iterable[FixOutcome]) -> list[list[str]]:
    """The changed paths in groups that applied conversions tie together, each sorted."""
    groups = {path: {path} for path in changes}
    for outcome in outcomes:
        if not outcome.applied:
            continue
        joined: set[str] = set().union(*(groups.get(path, ()) for path in outcome.files))
        for path in joined:
            groups[path] = joined
    return sorted({tuple(sorted(group)): sorted(group) for group in groups.values()}.values())


def _write_group(changes: Sequence[FileChange], records: str | None) -> Problem | None:
    """Writes all of ``changes``, or none and says why."""
    try:
        with alone_in(str(Path(os.path.realpath(change.path)).parent) for change in changes) as folders:
            for folder in folders:
                clear(folder)
            return _write_alone(changes, records)
    except OSError as error:
        return Problem(changes[0].path, 0, f"cannot be written: {_why(error)}")


def _write_alone(changes: Sequence[FileChange], records: str | None) -> Problem | None:
    ready: list[ReadyFile] = []
    written: list[tuple[SourceFile, bytes]] = []
    record = ExitStack()
    try:
        # All are ready before the first is put in its place: what ends a run, or fills a disk, comes earlier.
        for change in changes:
            # What is made, or written, must be known to be, whatever comes.
            with undisturbed():
                ready.append(ReadyFile(SourceFile(change.path, change.old, change.identity), change.new))
        record.enter_context(recorded(records, [one.part for one in ready]))
        for change, one in zip(changes, ready, strict=True):
            with undisturbed():
                written.append((one.put(), change.old))
    except (OSError, FileChangedError) as error:
        lost = "".join(f"; {path} keeps its new text" for path in _put_back(written))
        return Problem(change.path, 0, f"cannot be written: {_why(error)}{lost}")
    except BaseException:
        # Ctrl-C between two files of one conversion.
        _put_back(written)
        raise
    finally:
        with undisturbed():
            for one in ready:
                one.drop()
            record.close()
    return None


def _put_back(written: Sequence[tuple[SourceFile, bytes]]) -> list[str]:
    """Gives files their old text again; returns the paths where that failed."""
    failed = []
    with undisturbed():
        for source, old in reversed(written):
            try:
                write_file(source, old)
            except (OSError, FileChangedError):
                failed.append(source.path)
    return failed


def _why(error: OSError | FileChangedError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).rpartition(": ")[2]

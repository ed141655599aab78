# SPDX-License-Identifier: GPL-2.0-only
"""The results of a run, kept for the same question: valid while each file that they rest on is as it was."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from mmapmigrate.kernel.kept import read_entry, write_entry
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.result import FileResult
from mmapmigrate.lint.stamp import State, state_of, tool_stamp

SUFFIX = ".results"

CACHE_LIMIT = 64 << 20
"""Bytes that all entries together may take; those that were not read for longest go first."""

SETTLED = 2_000_000_000
"""Nanoseconds. What changed in the last two seconds before a run may change again without another time: the
coarsest clock of a file system that is in use ticks so (FAT)."""


@dataclass(frozen=True)
class Memory:
    """The entry for one question in a folder of entries."""

    path: Path

    @classmethod
    def of(cls, folder: Path, paths: Sequence[str], options: CheckOptions) -> Memory | None:
        """The entry for a check of ``paths``; None where an answer rests on more than files.

        A user's rules may look at anything; a change, a baseline and new texts are given, not read.
        """
        if options.rule_folders or options.texts or options.known or options.lines is not None:
            return None
        if not options.api.stamp:
            return None
        key = hashlib.sha256(tool_stamp().encode())
        key.update(_spelled(options).encode("utf-8", "surrogateescape"))
        spelled = "\0".join((str(Path.cwd()), *_names(paths, options), *paths))
        key.update(spelled.encode("utf-8", "surrogateescape"))
        return cls(folder / f"{key.hexdigest()[:32]}{SUFFIX}")

    def recall(self) -> dict[str, FileResult] | None:
        """The results that had something to say, by path; None where they are not known or not valid."""
        values = read_entry(self.path)
        rests = next(values, None)
        if not isinstance(rests, dict) or not all(_is_unchanged(*each) for each in rests.items()):
            return None
        found = next(values, None)
        if not isinstance(found, list):
            return None
        with suppress(OSError):
            # The age of an entry is the time of its last use.
            os.utime(self.path)
        return {result.path: result for result in found}

    def keep(self, results: Iterable[FileResult], seen: Iterable[str], begun: int) -> None:
        """Keeps ``results``, which rest on the paths ``seen``; ``begun`` is before any was read, in ns."""
        said = [result for result in results if result != FileResult(result.path)]
        if any(result.cut for result in said):
            return
        rests: dict[str, dict[str, State]] = {}
        for path in seen:
            state = state_of(path)
            if state is not None and max(state[2:]) > begun - SETTLED:
                return
            folder, slash, name = path.rpartition("/")
            rests.setdefault(folder + slash, {})[name] = state
        write_entry(self.path, rests, said)
        _trim(self.path.parent)


def entries(folder: Path) -> list[tuple[Path, os.stat_result]]:
    """The entries of a folder with their states."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                found.append((path, path.stat()))
    return sorted((path, status) for path, status in found if path.suffix == SUFFIX)


def _spelled(options: CheckOptions) -> str:
    """The options that change an answer, the same in each process: a set has no order of its own."""
    told = {each.name: getattr(options, each.name) for each in fields(options)}
    told["api"] = options.api.stamp
    for name in ("indexes", "memory", "texts", "known", "lines", "name"):
        del told[name]
    return repr(_ordered(told))


def _names(paths: Iterable[str], options: CheckOptions) -> Iterator[str]:
    """What files are called in fingerprints: those of a folder all in one way."""
    if options.name is not None:
        folders = {path.rpartition("/")[0]: path for path in paths}
        yield from (options.name(path) for path in folders.values())


def _ordered(value: object) -> object:
    if isinstance(value, Mapping):
        return sorted((str(key), _ordered(each)) for key, each in value.items())
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return value


def _is_unchanged(folder: str, names: Mapping[str, State]) -> bool:
    return all(state_of(folder + name) == state for name, state in names.items())


def _trim(folder: Path) -> None:
    """Drops the entries that were used longest ago, until the rest is within CACHE_LIMIT."""
    kept = 0
    for path, status in sorted(entries(folder), key=lambda one: -one[1].st_mtime_ns):
        kept += status.st_size
        if kept > CACHE_LIMIT:
            with suppress(OSError):
                path.unlink()


def now() -> int:
    """The time that ``Memory.keep`` wants to know, before anything is read."""
    return time.time_ns()

# SPDX-License-Identifier: GPL-2.0-only
"""The results of a run, kept for the same question: valid while each file that they rest on is as it was."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.kept import read_entry, write_entry
from mmapmigrate.disk.rests import Rests, rest_on
from mmapmigrate.lint.memory.folder import RESULTS, trim
from mmapmigrate.lint.memory.stamp import tool_stamp
from mmapmigrate.lint.options import CheckOptions
from mmapmigrate.lint.result import FileResult


class Memory(Struct, frozen=True):
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
        return cls(folder / f"{key.hexdigest()[:32]}{RESULTS}")

    def recall(self) -> list[FileResult] | None:
        """The results that were kept; None where they are not known or not valid."""
        values = read_entry(self.path)
        rests = next(values, None)
        if not isinstance(rests, Rests) or not rests.hold():
            return None
        found = next(values, None)
        if not isinstance(found, list) or not all(isinstance(each, FileResult) for each in found):
            return None
        with suppress(OSError):
            # The age of an entry is the time of its last use.
            os.utime(self.path)
        rest_on(rests)
        return found

    def keep(self, results: Sequence[FileResult], rests: Rests) -> None:
        """Keeps ``results``, which rest on ``rests``."""
        write_entry(self.path, rests, list(results))
        trim(self.path.parent)


def _spelled(options: CheckOptions) -> str:
    """The options that change an answer, the same in each process: a set has no order of its own."""
    told = {name: getattr(options, name) for name in options.__struct_fields__}
    told["api"] = options.api.stamp
    for name in ("catalogue", "indexes", "memory", "texts", "known", "lines", "name"):
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

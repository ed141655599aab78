# SPDX-License-Identifier: GPL-2.0-only
"""The results of a run, kept for the same question: valid while each file that they rest on is as it was.

An entry is a digest and a pickle of what it rests on and what was found. What is broken, cut short or of
another version is no entry; what cannot be written is not kept. Entries hold values only: nothing but the
plain classes of this package is made when one is read.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mmapmigrate
from mmapmigrate.kernel.scan import walk
from mmapmigrate.lint.checker import CheckOptions
from mmapmigrate.lint.loader import builtin_folder
from mmapmigrate.lint.result import FileResult

MAGIC = b"mmapmigrate results 1\n"
SUFFIX = ".results"

CACHE_LIMIT = 64 << 20
"""Bytes that all entries together may take; those that were not read for longest go first."""

SETTLED = 2_000_000_000
"""Nanoseconds. What changed in the last two seconds before a run may change again without another time: the
coarsest clock of a file system that is in use ticks so (FAT)."""

_GRAMMAR = ("tree_sitter", "tree_sitter_c", "pycparser")
_PLAIN = frozenset({("builtins", "frozenset"), ("builtins", "set")})

State = tuple[int, int, int, int] | None
"""Inode, size, mtime and ctime in ns: the state of a file or folder; None where there is none."""


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
        if options.name is not None or not options.api.stamp:
            return None
        key = hashlib.sha256(tool_stamp().encode())
        key.update(_spelled(options).encode("utf-8", "surrogateescape"))
        key.update("\0".join((str(Path.cwd()), *paths)).encode("utf-8", "surrogateescape"))
        return cls(folder / f"{key.hexdigest()[:32]}{SUFFIX}")

    def recall(self) -> dict[str, FileResult] | None:
        """The results that had something to say, by path; None where they are not known or not valid."""
        with suppress(OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, ValueError):
            data = self.path.read_bytes()
            payload = memoryview(data)[len(MAGIC) + 32 :]
            if data[: len(MAGIC)] != MAGIC or hashlib.sha256(payload).digest() != data[len(MAGIC) :][:32]:
                return None
            stream = io.BytesIO(payload)
            if not all(_is_unchanged(folder, names) for folder, names in _Reader(stream).load().items()):
                return None
            found = _Reader(stream).load()
            # The age of an entry is the time of its last use.
            os.utime(self.path)
            return {result.path: result for result in found}
        return None

    def keep(self, results: Iterable[FileResult], seen: Iterable[str], begun: int) -> None:
        """Keeps ``results``, which rest on the paths ``seen``; ``begun`` is before any was read, in ns."""
        said = [result for result in results if result != FileResult(result.path)]
        if any(result.cut for result in said):
            return
        rests: dict[str, dict[str, State]] = {}
        for path in seen:
            state = _state(path)
            if state is not None and max(state[2:]) > begun - SETTLED:
                return
            folder, slash, name = path.rpartition("/")
            rests.setdefault(folder + slash, {})[name] = state
        payload = pickle.dumps(rests, pickle.HIGHEST_PROTOCOL) + pickle.dumps(said, pickle.HIGHEST_PROTOCOL)
        with suppress(OSError):
            _write(self.path, MAGIC + hashlib.sha256(payload).digest() + payload)
            _trim(self.path.parent)


class _Reader(pickle.Unpickler):
    """Makes values of this package, and of nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN or module.startswith("mmapmigrate."):
            found = super().find_class(module, name)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value of ours")


def entries(folder: Path) -> list[tuple[Path, os.stat_result]]:
    """The entries of a folder with their states."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                found.append((path, path.stat()))
    return sorted((path, status) for path, status in found if path.suffix == SUFFIX)


def tool_stamp() -> str:
    """What tells this tool from one that might answer otherwise: its modules, tables and grammar."""
    package = Path(mmapmigrate.__file__).parent
    specs = (find_spec(name) for name in _GRAMMAR)
    ours = (path for top in {package, builtin_folder()} for path in walk(str(top), (".py", ".toml")))
    theirs = (spec.origin for spec in specs if spec is not None and spec.origin is not None)
    digest = hashlib.sha256(f"{mmapmigrate.__version__} {sys.version}".encode())
    for path in sorted((*ours, *theirs)):
        digest.update(f"{path} {_state(path)}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _spelled(options: CheckOptions) -> str:
    """The options that change an answer, the same in each process: a set has no order of its own."""
    told = {each.name: getattr(options, each.name) for each in fields(options)}
    told["api"] = options.api.stamp
    for name in ("indexes", "memory", "texts", "known", "lines", "name"):
        del told[name]
    return repr(_ordered(told))


def _ordered(value: object) -> object:
    if isinstance(value, Mapping):
        return sorted((str(key), _ordered(each)) for key, each in value.items())
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return value


def _state(path: str) -> State:
    try:
        status = os.stat(path)  # noqa: PTH116 - a run may rest on 60,000 files
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_unchanged(folder: str, names: Mapping[str, State]) -> bool:
    return all(_state(folder + name) == state for name, state in names.items())


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


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

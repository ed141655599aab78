# SPDX-License-Identifier: GPL-2.0-only
"""What an answer rests on: the states of files and folders, by which it is known to hold still."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mmapmigrate.lint.pool import cpus

SETTLED = 2_000_000_000
"""Nanoseconds. What changed in the last two seconds before a run may change again without another time: the
coarsest clock of a file system that is in use ticks so (FAT)."""

MANY = 20_000
"""As many files are looked at by two processes sooner than by one."""

State = tuple[int, int, int, int] | None
"""Inode, size, mtime and ctime in ns: the state of a file or folder; None where there is none."""


def now() -> int:
    """The time that ``Rests.on`` wants to know, before anything is read."""
    return time.time_ns()


def state_of(path: str) -> State:
    """The state of a file or folder, links followed."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a run may rest on 60,000 files
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@dataclass(frozen=True)
class Rests:
    """States by name, by the folder with its slash; a relative path is one from the current folder."""

    states: Mapping[str, Mapping[str, State]]

    @classmethod
    def on(cls, seen: Iterable[str], begun: int) -> Rests | None:
        """The states of the paths ``seen`` now; None where one may have changed since ``begun`` (ns)."""
        states: dict[str, dict[str, State]] = {}
        for path in seen:
            state = state_of(path)
            if state is not None and max(state[2:]) > begun - SETTLED:
                return None
            folder, slash, name = path.rpartition("/")
            states.setdefault(folder + slash, {})[name] = state
        return cls(states)

    def hold(self) -> bool:
        """Whether all are as they were."""
        folders = list(self.states)
        if cpus() < 2 or not hasattr(os, "fork") or sum(map(len, self.states.values())) < MANY:
            return self._hold(folders)
        child = os.fork()
        if child == 0:
            answer = 1
            # Nothing of the parent's may run in the child: no handler, no buffer that is written twice.
            with suppress(BaseException):
                answer = 0 if self._hold(folders[::2]) else 1
            os._exit(answer)
        mine = False
        try:
            mine = self._hold(folders[1::2])
        finally:
            _, status = os.waitpid(child, 0)
        return mine and status == 0

    def _hold(self, folders: Sequence[str]) -> bool:
        return all(
            state_of(folder + name) == state
            for folder in folders
            for name, state in self.states[folder].items()
        )

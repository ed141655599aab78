# SPDX-License-Identifier: GPL-2.0-only
"""Our own commands, and the cache that each of their runs finds."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import mmapmigrate
from benchmarks.command import Command

OURS = "mmapmigrate"

_FINDINGS_OR_NOT = frozenset({0, 1})

Prepare = Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Tool:
    """Starts the mmapmigrate that this Python would import; its caches lie below ``scratch``."""

    scratch: Path

    def command(self, folder: Path, *arguments: str, cache: Prepare, name: str = OURS) -> Command:
        # -P: without it, Python would look for modules in the tree first.
        argv = (sys.executable, "-P", "-m", "mmapmigrate", *arguments)
        return Command(name, argv, folder, _FINDINGS_OR_NOT, cache)

    def home(self) -> Path:
        """A folder for one cache, empty."""
        return Path(tempfile.mkdtemp(prefix="cache-", dir=self.scratch))

    def empty(self) -> Prepare:
        """A new cache for each run; the one before is removed."""
        home = self.home()

        def prepare() -> Mapping[str, str]:
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            return _environment(home)

        return prepare

    def kept(self, home: Path) -> Prepare:
        """The same cache for all runs: the unmeasured one fills it."""
        return lambda: _environment(home)

    def copied(self, filled: Path) -> Prepare:
        """A copy of the cache ``filled`` for each run, so that no run finds what the one before has kept."""
        home = self.home()

        def prepare() -> Mapping[str, str]:
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(filled, home)
            return _environment(home)

        return prepare


def _environment(home: Path) -> Mapping[str, str]:
    package = str(Path(mmapmigrate.__file__).parents[1])
    found = os.environ.get("PYTHONPATH")
    return {
        "XDG_CACHE_HOME": str(home),
        "PYTHONPATH": package if not found else os.pathsep.join((package, found)),
        "NO_COLOR": "1",
    }

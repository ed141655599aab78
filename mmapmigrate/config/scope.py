# SPDX-License-Identifier: GPL-2.0-only
"""Patterns of files, as .gitignore writes them."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmapmigrate.config.file import ConfigError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


_SHOWN = 80
"""Characters of a pattern that a message shows."""

_STARS = 3
"""Of one pattern, those beside the first in each name. Each further one may take a hundred times as long."""


class FilePatterns:
    """Says which files fit one of some patterns, which begin at ``folder``.

    Raises ConfigError for what is no pattern.
    """

    def __init__(self, patterns: Iterable[str], folder: Path) -> None:
        lines = list(patterns)
        for line in lines:
            if sum(_freedom(name) for name in line.split("/")) > _STARS:
                raise ConfigError(f"too many wildcards in the pattern {_shown(line)}")
        self._spec: GitIgnoreSpec | None = None
        self._folder = os.path.realpath(folder)
        self._real: dict[str, str] = {}
        if lines:
            self._spec = _read(lines)

    def __bool__(self) -> bool:
        """Whether there is any pattern."""
        return self._spec is not None

    def fit(self, path: str) -> bool:
        """Whether the file ``path``, or a folder that holds it, fits."""
        if self._spec is None:
            return False
        folder, name = os.path.split(path)
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        below = f"{self._real[folder]}/{name}".removeprefix(self._folder.rstrip("/") + "/")
        return not below.startswith("/") and self._spec.match_file(below)


def _read(lines: Sequence[str]) -> GitIgnoreSpec:
    """Raises ConfigError, which names the first of ``lines`` that is no pattern."""
    # Loaded here: most runs have no patterns.
    from pathspec import GitIgnoreSpec

    try:
        with warnings.catch_warnings():
            # Of a set that regular expressions read otherwise: [[:alpha:]].
            warnings.simplefilter("error", FutureWarning)
            return GitIgnoreSpec.from_lines(lines)
    except (ValueError, re.error, FutureWarning):
        for line in lines if len(lines) > 1 else ():
            _read([line])
        raise ConfigError(f"the pattern {_shown(lines[0])} cannot be read") from None


def _shown(line: str) -> str:
    return repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}...")


def _freedom(name: str) -> int:
    """How many stars of a ``name`` in a pattern can be tried at several places, whatever others stand for."""
    return 1 if name == "**" else max(0, len(re.findall(r"\*+", name)) - 1)

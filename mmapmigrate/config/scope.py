# SPDX-License-Identifier: GPL-2.0-only
"""Patterns of files, as .gitignore writes them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mmapmigrate.config.file import ConfigError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class FilePatterns:
    """Says which files fit one of some patterns, which begin at ``folder``.

    Raises ConfigError for what is no pattern.
    """

    def __init__(self, patterns: Iterable[str], folder: Path) -> None:
        lines = list(patterns)
        self._spec: GitIgnoreSpec | None = None
        self._folder = os.path.realpath(folder)
        self._real: dict[str, str] = {}
        if lines:
            # Loaded here: most runs have no patterns.
            from pathspec import GitIgnoreSpec

            try:
                self._spec = GitIgnoreSpec.from_lines(lines)
            except ValueError as error:
                raise ConfigError(str(error)) from None

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

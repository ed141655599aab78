# SPDX-License-Identifier: GPL-2.0-only
"""Patterns of files, as .gitignore writes them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class FilePatterns:
    """Says which files fit one of some patterns, which begin at ``folder``."""

    def __init__(self, patterns: Iterable[str], folder: Path) -> None:
        lines = list(patterns)
        self._spec: GitIgnoreSpec | None = None
        self._folder = os.path.realpath(folder)
        self._real: dict[str, str] = {}
        if lines:
            # Loaded here: most runs have no patterns.
            from pathspec import GitIgnoreSpec

            self._spec = GitIgnoreSpec.from_lines(lines)

    def fit(self, path: str) -> bool:
        """Whether the file ``path``, or a folder that holds it, fits."""
        if self._spec is None:
            return False
        folder, name = os.path.split(path)
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        below = f"{self._real[folder]}/{name}".removeprefix(self._folder.rstrip("/") + "/")
        return not below.startswith("/") and self._spec.match_file(below)

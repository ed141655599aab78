# SPDX-License-Identifier: GPL-2.0-only
"""The folder of what is known from earlier runs: results, listings and answers, within one bound."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from mmapmigrate.lint.memory.answer import SUFFIX as ANSWER
from mmapmigrate.lint.memory.listing import SUFFIX as LISTING

RESULTS = ".results"

_SUFFIXES = (RESULTS, LISTING, ANSWER)

LIMIT = 64 << 20
"""Bytes that all entries together may take; those that were not read for longest go first."""


def trim(folder: Path) -> None:
    """Drops the entries that were used longest ago, until the rest is within LIMIT."""
    kept = 0
    for path, status in sorted(_entries(folder), key=lambda one: -one[1].st_mtime_ns):
        kept += status.st_size
        if kept > LIMIT:
            with suppress(OSError):
                path.unlink()


def _entries(folder: Path) -> list[tuple[Path, os.stat_result]]:
    """The entries of a folder with their states."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                found.append((path, path.stat()))
    return sorted((path, status) for path, status in found if path.suffix in _SUFFIXES)

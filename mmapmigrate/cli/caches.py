# SPDX-License-Identifier: GPL-2.0-only
"""What is kept between runs in the folder of ``home``, and its removal."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from mmapmigrate.cli.home import RESULTS, cache_home

_ENTRIES = ("*.api", "*.entry", f"{RESULTS}/*")
"""What the tool writes there: nothing else is counted or removed."""


def cache_folder(*, no_cache: bool = False) -> Path | None:
    """The folder ``cache_home``; None where nothing is to be kept."""
    home = None if no_cache else cache_home()
    return None if home is None else Path(home)


def kept_files(folder: Path) -> list[tuple[Path, int]]:
    """The entries of the cache, sorted, with their sizes in bytes."""
    found = []
    for path in sorted(path for pattern in _ENTRIES for path in folder.glob(pattern)):
        with suppress(OSError):
            if path.is_file():
                found.append((path, path.stat().st_size))
    return found


def clear(folder: Path) -> tuple[int, int, list[tuple[Path, str]]]:
    """Removes the entries; returns how many, their bytes, and what could not be removed and why."""
    removed, size = 0, 0
    failed = []
    for path, length in kept_files(folder):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            failed.append((path, error.strerror or str(error)))
        else:
            removed, size = removed + 1, size + length
    return removed, size, failed

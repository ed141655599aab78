# SPDX-License-Identifier: GPL-2.0-only
"""The folder that a series is written to: all of its files appear, or none."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mmapmigrate.disk.scan import read
from mmapmigrate.disk.undisturbed import undisturbed
from mmapmigrate.disk.write import put_file
from mmapmigrate.series.errors import SeriesError
from mmapmigrate.series.repository import PatchFile

MADE_BY = "made by mmapmigrate"
"""In each mail of a series. A patch without it is somebody's own, whatever its name."""

_LARGEST = 64 << 20
"""Bytes of a patch of an older run."""

_PATCH = re.compile(r"(?:v(\d+)-)?\d{4}-.*\.patch")


class SeriesFolder:
    """The folder ``path``, which need not exist; ``reroll`` is the version of the series."""

    def __init__(self, path: str, reroll: int | None, *, force: bool) -> None:
        self.path = Path(path)
        self._reroll = reroll
        self._force = force

    def check(self) -> None:
        """Raises SeriesError when the series cannot be written here: before a long run, not after it."""
        if self.path.exists() and not self.path.is_dir():
            raise SeriesError(f"{self.path}: not a folder")
        there = next(folder for folder in (self.path, *self.path.absolute().parents) if folder.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise SeriesError(f"{self.path}: {there} takes no files")
        older = self._older()
        foreign = next((path for path in older if not _is_ours(path)), None)
        if foreign is not None:
            raise SeriesError(
                f"{self.path}: holds {foreign.name}, which mmapmigrate did not make: name another folder"
            )
        if older and not self._force:
            raise SeriesError(
                f"{self.path}: holds {older[0].name} of an older run: name another folder, or say --force"
            )

    def write(self, files: Sequence[PatchFile]) -> list[Path]:
        """Writes ``files`` in the place of an older run's; returns their paths.

        Raises SeriesError when that fails; the folder is then as it was.
        """
        self.check()
        older = self._older()
        made = self._make()
        try:
            with tempfile.TemporaryDirectory(prefix=".mmapmigrate-", dir=self.path) as name:
                new, old = Path(name) / "new", Path(name) / "old"
                new.mkdir()
                old.mkdir()
                for file in files:
                    put_file(str(new / file.name), file.content)
                with undisturbed():
                    self._exchange(older, old, [new / file.name for file in files])
        except BaseException as error:
            if made is not None:
                shutil.rmtree(made, ignore_errors=True)
            if isinstance(error, OSError):
                raise self._failure(error) from None
            raise
        return [self.path / file.name for file in files]

    def _exchange(self, older: Sequence[Path], old: Path, newer: Sequence[Path]) -> None:
        """Moves ``older`` into the folder ``old`` and ``newer`` here, all of them or none."""
        moved: list[tuple[Path, Path]] = []
        placed: list[Path] = []
        try:
            for path in older:
                moved.append((path, path.rename(old / path.name)))
            for path in newer:
                placed.append(path.rename(self.path / path.name))
        except BaseException:
            for path in placed:
                path.unlink()
            for path, kept in moved:
                kept.rename(path)
            raise

    def _older(self) -> list[Path]:
        try:
            found = sorted(path for path in self.path.iterdir() if not path.is_dir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._failure(error) from None
        return [path for path in found if (match := _PATCH.fullmatch(path.name)) and self._same(match[1])]

    def _same(self, version: str | None) -> bool:
        return (int(version) if version else None) == self._reroll

    def _make(self) -> Path | None:
        """Makes the folder; returns the topmost one that was made."""
        missing = [path for path in (self.path, *self.path.parents) if not path.exists()]
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._failure(error) from None
        return missing[-1] if missing else None

    def _failure(self, error: OSError) -> SeriesError:
        return SeriesError(f"{self.path}: cannot be written: {error.strerror or error}")


def _is_ours(path: Path) -> bool:
    content = None if path.is_symlink() else read(str(path), _LARGEST)
    return content is not None and MADE_BY.encode() in content

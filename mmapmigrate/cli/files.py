# SPDX-License-Identifier: GPL-2.0-only
"""The files that a run is about, and which rules are active in each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.change.lines import Change
from mmapmigrate.cli.configs import PathCodes
from mmapmigrate.lint.memory.listing import listed
from mmapmigrate.lint.memory.witness import ignored
from mmapmigrate.lint.result import Problem
from mmapmigrate.model.discovery import DiscoveryError, discover

if TYPE_CHECKING:
    from mmapmigrate.change.ignored import Ignored


class Files(Struct, frozen=True):
    """The files ``found``, each once, and what is ``missing``.

    The rules ``codes`` are active in all of them but those that have ``own_codes``.
    """

    found: tuple[str, ...]
    missing: tuple[Problem, ...]
    codes: frozenset[str]
    own_codes: Mapping[str, frozenset[str]]


def find_files(
    paths: Sequence[str], settings_of: Mapping[str, PathCodes], change: Change | None, memory: Path | None
) -> Files:
    """The files below ``paths``, or those that ``change`` touches; ``settings_of`` each of ``paths``.

    ``memory`` is the folder where it is kept what a folder holds, if any.
    """
    codes = settings_of[paths[0]].codes
    named = frozenset(paths)
    found: list[str | DiscoveryError] = []
    own_codes: dict[str, frozenset[str]] = {}
    for path, several in _found(paths, change, memory):
        settings = settings_of[path]
        if settings.everywhere and settings.codes == codes:
            # Most runs have 60,000 files and no pattern.
            found += several
            continue
        for each in several:
            if isinstance(each, str):
                if each not in named and settings.excluded.fit(each):
                    continue
                if (own := settings.of(each)) != codes:
                    own_codes.setdefault(each, own)
            found.append(each)
    files = tuple(dict.fromkeys(each for each in found if isinstance(each, str)))
    if len(paths) > 1:
        files = tuple(_once(files))
    missing = tuple(Problem(each.path, 0, each.message) for each in found if isinstance(each, DiscoveryError))
    return Files(files, missing, codes, own_codes)


def _once(files: Iterable[str]) -> Iterator[str]:
    """Each of ``files`` once, by the first of its spellings; a link to a file is one of its own."""
    folders: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for path in files:
        folder, name = os.path.split(path)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        if (folders[folder], name) not in seen:
            seen.add((folders[folder], name))
            yield path


def _found(
    paths: Sequence[str], change: Change | None, memory: Path | None
) -> Iterator[tuple[str, Iterable[str | DiscoveryError]]]:
    """The files to check, or why there is none, by that of ``paths`` that led to them."""
    for path in paths:
        if change is None:
            several = listed(path, memory)
            left_out = _ignored(path)
            if left_out:
                several = (each for each in several if not isinstance(each, str) or each not in left_out)
            yield path, several
        elif path not in change.lines and not Path(path).exists():
            yield path, discover((path,))
    named = frozenset(paths)
    folders = [path for path in paths if Path(path).is_dir()] if change is not None else []
    for name in sorted(change.lines if change is not None else ()):
        holders = (path for path in folders if name.startswith(_folder(path)))
        yield name if name in named else next(holders, paths[0]), (name,)


def _ignored(path: str) -> Ignored | None:
    """What git ignores under the folder ``path``; a file that is named itself is never left out."""
    if not Path(path).is_dir():
        return None
    return ignored(path)


def _folder(path: str) -> str:
    return path if path.endswith("/") else f"{path}/"

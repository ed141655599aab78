# SPDX-License-Identifier: GPL-2.0-only
"""Which files there are to check, and which of them can matter at all."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from mmapmigrate.disk.scan import IGNORING, PROBED, is_file_entry
from mmapmigrate.syntax.search import find, holds

SUFFIXES = (".c", ".h")
"""The names' endings of the files that a folder contributes; a file that is named itself is always taken."""

MMAP = b"mmap"
"""The word without which a file has no hook."""

SKIPPED_FOLDERS = frozenset({".git"})


class DiscoveryError(Struct, frozen=True):
    """A path that could not be searched, and why, in a few words."""

    path: str
    message: str


_SIGN = re.compile(rb"vm(?:_(?:area_|flags|operations_struct)|a_(?:desc|flags))").match
_START = b"vm"
"""What these signs share is searched for once."""

_WIDE = re.compile(
    rb"\xff\xfe|\xfe\xff|(?:[^\0]\0){2}|(?:\0[^\0]){2}|[^\0]\0\0\0|\0\0(?:\0[^\0]|\xfe\xff)", re.DOTALL
)


def candidate(data: bytes | memoryview) -> bool:
    """Whether a file of these bytes can matter to any rule; False is certain, True is not."""
    return holds(data, MMAP) or candidate_otherwise(data)


def candidate_otherwise(data: bytes | memoryview) -> bool:
    """The same for one that is known not to hold MMAP."""
    if holds(data, b"VMA_"):
        return True
    at = find(data, _START)
    while at >= 0:
        if _SIGN(data, at) is not None:
            return True
        at = find(data, _START, at + 1)
    return is_wide(data) and b"mmap" in bytes(data).replace(b"\0", b"")


def is_wide(data: bytes | memoryview) -> bool:
    """Whether the text is UTF-16 or wider, as an editor may have written it; a mark of order may lack."""
    return _WIDE.match(data) is not None and holds(data, b"\0")


def discover(paths: Iterable[str]) -> Iterator[str | DiscoveryError]:
    """The files under ``paths``, in the order of ``paths`` and sorted under each; no path twice.

    A folder contributes its .c and .h files, at any depth, hidden ones included and whatever .gitignore
    says; symlinks to folders are not followed. A path that is named itself is taken as it is. Paths come
    out as they were given. What is missing, unreadable, or neither a file nor a folder comes out as a
    DiscoveryError; nothing is opened.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _under(path):
            if isinstance(found, str):
                if found in seen:
                    continue
                seen.add(found)
            yield found


def _under(path: str) -> Iterator[str | DiscoveryError]:
    sys.audit(PROBED, path)
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        yield DiscoveryError(path, _reason(error))
        return
    if stat.S_ISDIR(mode):
        yield from _walk(path)
    elif stat.S_ISREG(mode):
        yield path
    else:
        yield DiscoveryError(path, "neither a file nor a folder")


def _walk(folder: str) -> Iterator[str | DiscoveryError]:
    pending = [iter([f"{folder}/"])]
    while pending:
        for path in pending[-1]:
            if not path.endswith("/"):
                yield path
                continue
            try:
                inside = _inside(path[:-1])
            except OSError as error:
                yield DiscoveryError(path[:-1], _reason(error))
            else:
                pending.append(iter(inside))
                break
        else:
            pending.pop()


def _inside(folder: str) -> list[str]:
    """The files and folders to take in ``folder``, these with a slash, in the order of whole paths."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in SKIPPED_FOLDERS:
                        found.append(f"{entry.path}/")
                elif entry.name.endswith(SUFFIXES):
                    if is_file_entry(entry):
                        found.append(entry.path)
                elif entry.name == IGNORING:
                    # Who rests on the files that are left says so of its rules too.
                    sys.audit(PROBED, entry.path)
            except OSError:
                # A symlink to where nobody may look.
                continue
    found.sort()
    return found


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return "not a path"

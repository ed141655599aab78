# SPDX-License-Identifier: GPL-2.0-only
"""From the names that git and patches use to paths as the user gave them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath

from mmapmigrate.change.lines import Change

_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def unquoted(name: bytes) -> str:
    """A name of a diff's header, which git writes as a C string where it holds something unusual."""
    if len(name) > 1 and name.startswith(b'"') and name.endswith(b'"'):
        name = _ESCAPE.sub(_character, name[1:-1])
    return os.fsdecode(name)


def _character(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 8) & 0xFF]) if len(match[1]) == 3 else _LETTERS.get(match[1], match[1])


def as_given(change: Change, paths: Iterable[str], wanted: Callable[[str], bool]) -> Change:
    """``change``, whose paths are absolute, in terms of ``paths``: files and folders.

    Lines of files that are under none of ``paths`` are left out, and so are those of files in a folder whose
    name is not ``wanted``; a file that is named itself counts whatever its name. Texts are kept all: what
    lies elsewhere may still be read.
    """
    given: dict[str, tuple[int, str]] = {}
    for index, path in enumerate(paths):
        given.setdefault(os.path.realpath(path), (index, path))
    lines = {}
    names: dict[str, str] = {}
    for path in {**change.lines, **change.texts}:
        name, named = _name(path, given)
        names[path] = name or path
        if path in change.lines and name is not None and (named or wanted(name)):
            lines[name] = change.lines[path]
    return Change(lines, {names[path]: text for path, text in change.texts.items()})


def _name(path: str, given: Mapping[str, tuple[int, str]]) -> tuple[str | None, bool]:
    """The absolute ``path`` as it is called under the first of ``given`` that holds it; if it is named.

    ``given`` are places and names by real path: there may be 10,000, so they are not searched.
    """
    folder, name = os.path.split(path)
    real = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118 - the file itself may be a link
    named = [given[each] for each in (real, os.path.realpath(path)) if each in given]
    if named:
        return min(named)[1], True
    above = [str(each) for each in PurePath(real).parents]
    held = [(*given[each], each) for each in above if each in given]
    if not held:
        return None, False
    _, written, root = min(held)
    below = real.removeprefix(root.rstrip("/") + "/")
    return str(os.path.join(written, below)), False  # noqa: PTH118 - Path drops a leading "./"

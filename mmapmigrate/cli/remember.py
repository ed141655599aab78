# SPDX-License-Identifier: GPL-2.0-only
"""Keeps what a command line was answered, for ``again``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mmapmigrate.cli.output import heard
from mmapmigrate.disk.rests import Rests
from mmapmigrate.lint.memory.answer import Answer
from mmapmigrate.lint.memory.folder import trim
from mmapmigrate.lint.memory.stamp import tool_places
from mmapmigrate.lint.memory.witness import witnessed

_first = True
"""What a process remembers of earlier runs does not show in what it looks at, so only its first is kept."""


def remembered(entry: str, work: Callable[[], int]) -> int:
    """The exit code that ``work`` returns, which answers a command line; ``entry`` is where that is kept.

    The answer is kept if all that it rests on is known: not one with a failure, and not one for which another
    program was asked, or a file was written.
    """
    global _first
    first, _first = _first, False
    if not first:
        return work()
    with witnessed() as seen, heard() as said:
        code = work()
    if code not in (0, 1) or said.elsewhere or not said.whole:
        return code
    # Entries of the cache come and go; what they say rests on other files.
    folder = str(Path(entry).parent.parent)
    seen.paths = {path for path in seen.paths if not path.startswith(f"{folder}/")}
    rests, tool = seen.rests(), Rests.on(tool_places(), seen.begun)
    if rests is not None and tool is not None:
        Answer(code, said.pieces).keep(entry, rests + tool, seen.ignored)
        trim(Path(entry).parent)
    return code

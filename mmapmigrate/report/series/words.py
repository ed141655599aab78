# SPDX-License-Identifier: GPL-2.0-only
"""Paragraphs as kernel mails have them, and those that every mail of a series shares."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

from mmapmigrate import __version__
from mmapmigrate.series.folder import MADE_BY

WIDTH = 75
"""Columns of a commit message (Documentation/process/submitting-patches.rst)."""

GUIDE = "Documentation/process/generated-content.rst"

_BREAKS = re.compile(r"---|diff -|Index: |From |>")
"""What mail tools take for the end of a message, or for a mail's beginning, at the head of a line."""

_SOURCE = re.compile(r"[^\s`'\"(]+\.[chS]\b")


def paragraph(text: str, *, first: str = "", rest: str = "") -> str:
    """``text`` wrapped; ``first`` and ``rest`` are what its lines begin with."""
    lines = textwrap.wrap(
        " ".join(text.split()),
        WIDTH - 1,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(f" {line}" if _BREAKS.match(line) else line for line in lines)


def items(texts: Iterable[str]) -> str:
    """A list with a dash an item."""
    return "\n".join(paragraph(text, first="- ", rest="  ") for text in texts)


def why(structs: Iterable[str]) -> str:
    """Why hooks of ``structs`` move: the same in each patch, for each is read alone."""
    kinds = sorted(set(structs))
    named = f"struct {kinds[0]}" if len(kinds) == 1 else "these structs"
    return paragraph(
        f"The mmap hook of {named} is handed a VMA that is only half built: it can change what mm has "
        "decided already, and it can fail when page tables are filled, with mm left to clean up. An "
        "mmap_prepare hook runs before there is a VMA. It describes the mapping in a descriptor, mm carries "
        "that out, and what fails then is undone by mm."
    )


def made_by(command: str, root: Path, *, patch: bool) -> str:
    """Which tool made it, with which command: what the kernel asks of generated content."""
    what = "This patch and its description were" if patch else "The patches and their descriptions were"
    guide = f" (see {GUIDE})" if (root / GUIDE).is_file() else ""
    return paragraph(f"{what} {MADE_BY} {__version__}{guide} with:") + f"\n\n{command}"


def command_line(arguments: Sequence[str]) -> str:
    """A command as a shell takes it, indented, over several lines where it is long."""
    lines = [" "]
    for word in map(shlex.quote, arguments):
        if len(lines[-1]) + len(word) + 3 > WIDTH and lines[-1].strip():
            lines.append("     ")
        lines[-1] += f" {word}"
    return " \\\n".join(lines)


def from_root(text: str, root: Path) -> str:
    """``text`` with the source files that it names written from ``root``, however the user called them."""

    def shortened(match: re.Match[str]) -> str:
        path = Path(match[0]).resolve()
        return path.relative_to(root).as_posix() if root in path.parents else match[0]

    return _SOURCE.sub(shortened, text)

# SPDX-License-Identifier: GPL-2.0-only
"""Makefiles as text: their lines as Make joins them, and what those assign."""

from __future__ import annotations

import re
from collections.abc import Iterator

NAMES = ("Kbuild", "Makefile")
"""What kbuild reads in a folder: the first of them that is there."""

LARGEST = 1 << 20
"""In bytes: nobody writes a longer one."""

# A name may be made of a variable, and of its form: foo-$(CONFIG_FOO:m=y).
_ASSIGNED = re.compile(
    r" *(?:(?:export|override|private) +)*((?>(?:[^\s:+?!=#$]|\$\([^()]*\)|\$)+))"
    r"\s*(?:::?:?|[+?!])?=\s*(.*)",
    re.S,
)


def lines(data: bytes) -> Iterator[tuple[int, str]]:
    """The lines of a Makefile, each with the number of its first one, blanks for tabs, without comments."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\t", " ")
    first = 1
    parts: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if (len(line) - len(line.rstrip("\\"))) % 2:
            parts.append(line[:-1])
            continue
        yield first, re.sub(r"(?<!\\)#.*", "", " ".join([*parts, line]))
        first, parts = number + 1, []


def assigned(line: str) -> tuple[str, str] | None:
    """The variable that a line gives a value, however it does, and the value."""
    found = _ASSIGNED.match(line)
    return None if found is None else (found[1], found[2].strip())

# SPDX-License-Identifier: GPL-2.0-only
"""The tables that a macro writes: who uses it.

``#define FOO_FOPS .mmap = foo_mmap`` sits in a header; a driver that writes ``{ FOO_FOPS }`` or
``DEFINE_FOO_FOPS(bar_fops)`` has a hook and never names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from mmapmigrate.model.file import FileModel
from mmapmigrate.model.macros import all_macros

_OBJECT = re.compile(rb"\bstruct\s++\w++\s++(\w++)\s*+(?:\[[^\]]*+\]\s*+)?(?>(?:__\w++\s*+)*)=")


class MacroUse(Struct, frozen=True, order=True):
    """A table that gets its hook from a macro; ``macro`` is the one whose body names the hook."""

    path: str
    offset: int
    line: int
    object: str | None
    macro: str


def defines(file: FileModel, name: str) -> bool:
    """Whether ``file`` may define the macro ``name``: False is certain, and costs one search."""
    pattern = rb"#\s*define\s+" + re.escape(name.encode("utf-8", "surrogateescape")) + rb"\b"
    return re.search(pattern, file.unit.source.data) is not None


def wrappers(file: FileModel, macros: Mapping[str, str]) -> Mapping[str, str]:
    """``macros`` (a name, and the macro it comes down to) with those of ``file`` whose body has one."""
    known = dict(macros)
    bodies = [(macro.name, set(re.findall(r"\w+", macro.body))) for macro in all_macros(file.unit)]
    grown = True
    while grown:
        grown = False
        for name, words in bodies:
            inner = sorted(words & known.keys())
            if name not in known and inner:
                known[name] = known[inner[0]]
                grown = True
    return known


def uses(file: FileModel, macros: Mapping[str, str]) -> Iterator[MacroUse]:
    """The tables of ``file`` that ``macros`` (a name, and the macro that it comes down to) write."""
    for name, base in sorted(macros.items()):
        for offset in file.occurrences(name):
            item = file.unit.item_at(offset)
            # Comments and directives are blank in the text.
            if item is None or not file.unit.text.startswith(name.encode(), offset):
                continue
            line = file.unit.source.position(offset).line
            yield MacroUse(file.path, offset, line, _object(file, item.start, offset, len(name)), base)


def _object(file: FileModel, start: int, offset: int, length: int) -> str | None:
    """The table: what the macro is given, else the variable whose initialiser it stands in."""
    code = file.unit.text
    given = re.match(rb"\s*\(\s*(\w+)", code[offset + length : offset + length + 200])
    declared = _OBJECT.findall(code[start:offset])
    if declared:
        return str(declared[-1].decode())
    return given[1].decode() if given is not None else None

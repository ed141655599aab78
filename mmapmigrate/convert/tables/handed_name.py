# SPDX-License-Identifier: GPL-2.0-only
"""Macros that reach the .mmap of what they are given: by the member's name, or by a name of their own.

#define CALL(file, op, ...) (file)->f_op->op(file, ##__VA_ARGS__)
#define SET_MMAP(table, hook) (table).mmap = (hook)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmapmigrate.convert.neighbours import leads_around
from mmapmigrate.model.file import FileModel, Macro
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.words import open_bracket

_GIVEN = re.compile(rb"[(,]\s*mmap\s*(?=[,)])")
_CALLED = re.compile(rb"\b(\w++)\s*+\Z")
_REACHES = re.compile(r"[\w)\]]\s*(?:->|\.)\s*mmap\b")
_OF_FOPS = re.compile(rb"\bstruct\s+file_operations\s*,\s*\Z")
_NEAR = 400
_DEPTH = 3


def reaching_macro(file: FileModel, project: Project) -> str:
    """The first macro that may reach the .mmap of a table of ``file``, with its place; "" where none does."""
    found = file.once("uses of .mmap by macros", lambda: next(_own(file), ""))
    around = (each for lead in leads_around(project, file.path) for each in _beside(project, lead))
    return found or next(around, "")


def _own(file: FileModel) -> Iterator[str]:
    """The macros with the member in their bodies that the file uses."""
    for where in (file, *file.headers()):
        for macro in where.macros_spelling("mmap"):
            if macro.parameters is not None and _REACHES.search(macro.body) and _is_used(file, where, macro):
                line = where.unit.source.position(macro.name_start).line
                yield f"`{macro.name}` at {where.path}:{line}"


def _is_used(file: FileModel, where: FileModel, macro: Macro) -> bool:
    at = macro.name_start if where.path == file.path else -1
    return any(one != at for one in file.occurrences(macro.name))


def _beside(project: Project, lead: str) -> tuple[str, ...]:
    """Where the files of a folder hand the member's name to a macro that joins it to something."""

    def read() -> Iterator[str]:
        for path, data in project.texts(lead, "mmap"):
            if _GIVEN.search(data) is not None:
                one = project.file(path)
                for name, at in _given(one):
                    yield f"`{name}` at {path}:{one.unit.source.position(at).line}"

    return project.once(("the member's name handed on", lead), lambda: tuple(read()))


def _given(file: FileModel) -> Iterator[tuple[str, int]]:
    """The macros that are handed the member's name, each with where."""
    code = file.unit.code
    for found in _GIVEN.finditer(code):
        start = max(0, found.end() - _NEAR)
        opener = open_bracket(code, found.end(), _NEAR, b"{};")
        called = None if opener is None else _CALLED.search(code, start, opener)
        if called is None:
            continue
        name = called[1].decode("latin-1")
        of_fops = _OF_FOPS.search(code, start, found.start() + 1) is not None
        if of_fops or any(_joins(file, macro) for _where, macro in file.macros_seen(name)):
            yield name, found.start()


def _joins(file: FileModel, macro: Macro, depth: int = 0) -> bool:
    """Whether a macro puts a parameter behind a point or an arrow, itself or by another macro."""
    names = "|".join(re.escape(one) for one in macro.parameters or () if one.isidentifier())
    if not names:
        return False
    if re.search(rf"(?:->|\.)\s*(?:{names})\b", macro.body) is not None:
        return True
    passed = re.findall(rf"\b(\w+)\s*\((?=[^()]*(?<![\w#])(?:{names})\b)", macro.body)
    return depth < _DEPTH and any(
        _joins(file, inner, depth + 1)
        for name in passed
        if name != macro.name
        for _where, inner in file.macros_seen(name)
    )

# SPDX-License-Identifier: GPL-2.0-only
"""Assignments to a member of tables that may be another one, or a copy of it: nobody says which.

    bar->fops = a ? foo_fops : other_fops;
    bar->fops.mmap = bar_mmap;

A new hook that came with the copy would stay beside the one that is set there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mmapmigrate.convert.neighbours import leads_around
from mmapmigrate.convert.tables.members import FOPS
from mmapmigrate.convert.tables.uses import asked, is_const, is_handed_on, listed_members, stored_members
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import EntryForm, OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.syntax.words import encoded, match_before

_SETS = re.compile(rb"(?:\.|->)\s*mmap\s*=[^=]")
_LEAF = re.compile(rb"\b(\w++)\s*+(?>(?:\[[^\[\];]*+\]\s*+)*)\)*+\s*+(\.|->)\s*+\Z")
_NEW = re.compile(rb"(?:\([^()]*\)\s*)?\w*alloc\w*\s*\(")
_NO_TABLE = re.compile(rb"[{&]|NULL\b|0\s*[;,]")
_COPIES = re.compile(rb"=\s*\*\s*[\w(]|\bmem(?:cpy|move)\s*\(|memdup\w*\s*\(")
_NEAR = 80
_MEMBER_LIST = re.compile(rb"(?:\.|->)\s*(\w+)\s*=\s*(?:\([^(){};]*\)\s*)?\Z")
_OPENED = rb"(?:->|\.)\s*(?:\w+_)?i?f_?ops?\s*[;,)]"


def strays(file: FileModel, struct: str, member: str) -> Sequence[OpsEntry]:
    """The assignments of ``file`` to ``member`` of a ``struct`` that may be a copy, or any table at all."""
    return file.once(
        ("strays", struct, member),
        lambda: [
            one
            for one in file.entries()
            if one.form is EntryForm.ASSIGNMENT and one.member == member and _is_of(file, one, struct)
            if _is_stray(file, one)
        ],
    )


def stray_for(file: FileModel, entry: OpsEntry) -> int | None:
    """The line of the first such assignment in ``file`` that gives the table of ``entry`` another hook."""
    for other in strays(file, entry.struct or "", entry.member):
        own = entry.object is not None and other.object == entry.object
        if other.handler != entry.handler and not own and not _is_given_another(file, entry, other):
            return file.unit.source.position(other.start).line
    return None


def copied_abroad(project: Project, file: FileModel) -> str | None:
    """Where another file beside ``file`` copies the table of some open file or device, and sets its .mmap."""
    for lead in leads_around(project, file.path):
        for path, line in _copies_in(project, lead):
            if path != file.path:
                return f"{path}:{line}"
    return None


def set_abroad(project: Project, file: FileModel, entry: OpsEntry) -> str | None:
    """Where another file sets the .mmap of a member that is the table of ``entry``, or points to it."""
    leaves = file.once(("leaves", entry.object, entry.list_start), lambda: _leaves(file, entry))
    for lead in leads_around(project, file.path) if leaves else ():
        for path, line, leaf, handler in _assigned_in(project, lead):
            if path != file.path and leaf in leaves and handler != entry.handler:
                return f"{path}:{line}"
    return None


def _leaves(file: FileModel, entry: OpsEntry) -> frozenset[tuple[bytes, bool]]:
    """The members that are the table of ``entry``, and those that point to it if it can be written."""
    code = file.unit.code
    found: set[tuple[bytes, bool]] = set()
    if entry.list_start is not None:
        member = match_before(_MEMBER_LIST, code, entry.list_start)
        found |= set() if member is None else {(member[1], False)}
    name = encoded(entry.object or "")
    if name and not is_const(code, name):
        members = stored_members(code, name) | {member for _, member in listed_members(code, name)}
        found |= {(member, True) for member in members}
    return frozenset(found)


def _assigned_in(project: Project, lead: str) -> Sequence[tuple[str, int, tuple[bytes, bool], str | None]]:
    """The assignments to the .mmap of a table by a member, in a folder: place, member and hook."""

    def read() -> Iterator[tuple[str, int, tuple[bytes, bool], str | None]]:
        for path, data in project.texts(lead, "mmap"):
            one = project.file(path) if _SETS.search(data) is not None else None
            for entry in () if one is None else one.entries():
                if one is None or entry.form is not EntryForm.ASSIGNMENT or entry.member != "mmap":
                    continue
                leaf = _leaf(one, entry)
                if leaf is not None and _is_of(one, entry, FOPS):
                    yield path, one.unit.source.position(entry.start).line, leaf, entry.handler

    return project.once(("assigned by a member", lead), lambda: tuple(read()))


def _copies_in(project: Project, lead: str) -> Sequence[tuple[str, int]]:
    return project.once(("copies of open tables", lead), lambda: tuple(_copies(project, lead)))


def _copies(project: Project, lead: str) -> Iterator[tuple[str, int]]:
    paths = [path for path, data in project.texts(lead, "mmap") if _SETS.search(data) is not None]
    for path in paths:
        one = project.file(path)
        for entry in strays(one, FOPS, "mmap"):
            leaf = _leaf(one, entry)
            if leaf is None or re.search(_filling(leaf[0]) + rb"[^;]*" + _OPENED, one.unit.code):
                yield path, one.unit.source.position(entry.start).line


def _is_of(file: FileModel, entry: OpsEntry, struct: str) -> bool:
    """Whether an assignment is to a member of a ``struct``; of one that is not known its name tells."""
    if entry.struct is not None or struct != FOPS:
        return entry.struct == struct
    leaf = _leaf(file, entry)
    return leaf is None or re.search(rb"f_?ops?$", leaf[0]) is not None


def _leaf(file: FileModel, entry: OpsEntry) -> tuple[bytes, bool] | None:
    """The name that stands in front of an assigned member, and whether it is a pointer; None for no name."""
    found = _LEAF.search(file.unit.code[entry.start : entry.member_start])
    return None if found is None else (found[1], found[2] == b"->")


def _is_stray(file: FileModel, entry: OpsEntry) -> bool:
    leaf = _leaf(file, entry)
    return leaf is None or file.once(("may be a copy", leaf), lambda: _may_be_copy(file.unit.code, *leaf))


def _is_given_another(file: FileModel, entry: OpsEntry, other: OpsEntry) -> bool:
    """Whether the assignment ``other`` is to what a function is handed, and nobody hands on this table."""
    leaf = _leaf(file, other)
    if leaf is None or not leaf[1] or entry.object is None:
        return False
    code = file.unit.code
    given = file.once(("given", leaf[0]), lambda: not _values(code, leaf[0]) and _COPIES.search(code) is None)
    return given and not asked(is_handed_on, file, encoded(entry.object))


def _values(code: bytes, name: bytes) -> list[bytes]:
    """What a variable or member is set to: the beginning of each value."""
    set_to = re.finditer(rb"\b%s\s*(?:\[[^\[\];]*\]\s*)*=(?!=)\s*" % re.escape(name), code)
    return [code[found.end() : found.end() + _NEAR] for found in set_to]


def _may_be_copy(code: bytes, name: bytes, pointer: bool) -> bool:
    """Whether the table ``name``, or the one that it points to, may have come from elsewhere."""
    values = _values(code, name)
    new = [_NEW.match(value) is not None for value in values]
    if pointer:
        return not new or not all(new)
    known = (made or _NO_TABLE.match(value) for made, value in zip(new, values, strict=True))
    return not all(known) or re.search(_memcpy(name), code) is not None


def _filling(name: bytes) -> bytes:
    """What stands in front of what a table is filled from."""
    return rb"(?:\b%s\s*(?:\[[^\[\];]*\]\s*)*=(?!=)|%s)" % (re.escape(name), _memcpy(name))


def _memcpy(name: bytes) -> bytes:
    return rb"\bmem(?:cpy|move)\s*\([^,;]*\b%s\s*(?:\[[^\[\];]*\]\s*)*," % re.escape(name)

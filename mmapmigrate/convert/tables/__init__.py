# SPDX-License-Identifier: GPL-2.0-only
"""Whether the ops tables of one conversion can change.

A table that cannot holds all back: one in a macro, under a suppression, of another kind of ops struct, one
that gets another hook elsewhere, or that somebody reads, copies or swaps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.tables.handed_name import reaching_macro
from mmapmigrate.convert.tables.members import Slot, agree, slot_of
from mmapmigrate.convert.tables.nested import nested_reasons
from mmapmigrate.convert.tables.readers import readers
from mmapmigrate.convert.tables.strays import copied_abroad, set_abroad, stray_for
from mmapmigrate.convert.tables.swapped import swapped_tables
from mmapmigrate.convert.tables.uses import (
    asked,
    fops_list,
    is_copied,
    is_fops,
    is_static_fops,
    pointers_to,
    reads_mmap,
    uses_through,
)
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.arms import exclusive
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import EntryForm, OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.model.structs import closing_brace
from mmapmigrate.syntax.words import encoded

_INCLUDED = re.compile(rb"(?m)^[ \t]*#[ \t]*include\b")
_MEMBERS = re.compile(
    rb"(?:^|,)\s*+((?>(?:[A-Za-z_]\w*+\s*+(?:\((?>(?:[^()]++|\([^()]*+\))*)\)\s*+)?)+))(?=[,.\[]|$)"
)
_MACRO = re.compile(rb"([A-Za-z_]\w*+)\s*+(?:\((?>(?:[^()]++|\([^()]*+\))*)\))?")
_VALUE = re.compile(rb"(?<![.\w])([A-Za-z_]\w*+)")
_SOME_MMAP = re.compile(r"(?<![\w)\]])\.\s*+mmap\b")


def table_reasons(
    file: FileModel,
    entries: Sequence[OpsEntry],
    slot: Slot,
    api: KernelApi,
    project: Project,
    suppressed: Callable[[str, int], bool] | None,
) -> Iterator[Reason]:
    """Why a table of ``entries``, which all name one hook in ``file``, cannot change.

    ``slot`` is the member that decides what becomes of the hook's head.
    """

    def reason(entry: OpsEntry, code: str, message: str, tier: Tier = Tier.SKELETON) -> Reason:
        return Reason(file.path, file.unit.source.position(entry.start).line, code, message, tier)

    for entry in entries:
        where = f"`{entry.object}`" if entry.object else "a table without a name"
        own = slot_of(entry, api)
        if own is None or not agree((own, slot)):
            kind = f"struct {entry.struct}" if entry.struct else "a struct of unknown type"
            yield reason(
                entry, "other-table", f"the hook also serves {kind} ({where}, member {entry.member})"
            )
            continue
        if entry.form is EntryForm.MACRO:
            yield reason(entry, "table-in-macro", f"the table is written by the macro {where}")
        elif _is_unread(file, entry):
            message = f"the table {where} could not be read whole, and may have more than one sees"
            yield reason(entry, "unread-table", message, Tier.REVIEW)
        if _is_cast(file, entry):
            message = f"the table {where} casts the hook to a type that the new one does not have"
            yield reason(entry, "hook-parameters", message)
        if suppressed is not None and suppressed(file.path, entry.start):
            yield reason(entry, "suppressed", f"a comment suppresses {own.rule} at {where}")
        if own.nested:
            yield from nested_reasons(file, entry, own, project)
            continue
        yield from _rivals(file, entry, project, reason)
        if entry.object is not None:
            yield from _swapping(file, entry, project, reason)


def _is_unread(file: FileModel, entry: OpsEntry) -> bool:
    item = file.unit.item_at(entry.start)
    return item is not None and bool(file.unit.parse(item).errors)


def _is_cast(file: FileModel, entry: OpsEntry) -> bool:
    """Whether the hook is cast, and not to a plain pointer."""
    value = file.unit.code[entry.value_start : entry.value_end]
    name = encoded(entry.handler or "")
    plain = rb"[\s(&]*+(?:(?<=[\s(])(?:const\s++)?void\s*+\*\s*+\)[\s(&]*+)?%s[\s)]*+" % re.escape(name)
    return re.fullmatch(plain, value) is None


MakeReason = Callable[..., Reason]


def _rivals(file: FileModel, entry: OpsEntry, project: Project, reason: MakeReason) -> Iterator[Reason]:
    """Other values for the same table's hooks, and who reads or copies it."""
    stray = stray_for(file, entry)
    if stray is not None:
        where = f"`{entry.object}`" if entry.object else "the one without a name"
        message = f"line {stray} sets the .mmap of a table that may be {where}, or a copy of it"
        yield reason(entry, "several-hooks", message, Tier.REVIEW)
    place = copied_abroad(project, file)
    if place is not None:
        message = f"{place} sets the .mmap of a copy, which may be one of this table"
        yield reason(entry, "table-copied", message, Tier.REVIEW)
    place = set_abroad(project, file, entry)
    if place is not None:
        message = f"{place} sets the .mmap of a struct's table, which may be this one"
        yield reason(entry, "several-hooks", message, Tier.REVIEW)
    for place in readers(file, project):
        table = f"`{entry.object}`" if entry.object else "this one"
        message = f"{place} reads the .mmap of a table that may be {table}"
        yield reason(entry, "member-read", message, Tier.REVIEW)
    macro = reaching_macro(file, project)
    if macro:
        message = f"the macro {macro} may reach the .mmap of this table"
        yield reason(entry, "member-read", message, Tier.REVIEW)
    yield from _macros_in(file, entry, reason)
    if entry.object is None:
        return
    for other in file.once("entries by object", lambda: _by_object(file.entries()))[entry.object]:
        if other is entry or other.struct != entry.struct:
            continue
        if other.handler == "NULL":
            taken = other.form is EntryForm.ASSIGNMENT or _overrides(file, entry, other)
            if other.member == "mmap" and taken:
                message = (
                    f"the file takes the .mmap of `{entry.object}` away, which would leave .mmap_prepare"
                )
                yield reason(entry, "several-hooks", message)
            continue
        if other.member == "mmap_prepare":
            yield reason(entry, "both-hooks", f"`{entry.object}` has a .mmap_prepare already")
        elif other.member == "mmap" and other.handler != entry.handler:
            yield reason(entry, "several-hooks", f"`{entry.object}` gets another .mmap elsewhere in the file")
    name = entry.object.encode()
    for seen, where in _sights(file, entry, project):
        if asked(reads_mmap, seen, name):
            yield reason(entry, "member-read", f"{where} reads `{entry.object}.mmap`")
        if asked(is_copied, seen, name):
            message = f"{where} copies `{entry.object}` as a whole"
            yield reason(entry, "table-copied", message, Tier.REVIEW)
    yield from _hidden(file, entry, reason)
    if entry.form is EntryForm.ASSIGNMENT and not asked(is_fops, file, name):
        message = (
            f"`{entry.object}` is no table of this file: another .mmap in it would stay beside the new hook"
        )
        yield reason(entry, "unknown-table", message, Tier.REVIEW)


def _overrides(file: FileModel, entry: OpsEntry, other: OpsEntry) -> bool:
    """Whether ``other`` is behind ``entry`` in one list, and in the same builds: the last one counts."""
    if other.form is not EntryForm.INITIALIZER or other.start < entry.start:
        return False
    depth = 0
    for brace in re.finditer(rb"[{}]", file.unit.code[entry.start : other.start]):
        depth += 1 if brace[0] == b"{" else -1
        if depth < 0:
            return False
    return not exclusive(file.unit.conditions(entry.start), file.unit.conditions(other.start))


def _hidden(file: FileModel, entry: OpsEntry, reason: MakeReason) -> Iterator[Reason]:
    """What sets or reads the .mmap of a table without its name: a pointer to it."""
    code, name = file.unit.code, (entry.object or "").encode()
    for pointer in asked(pointers_to, file, name):
        for use in uses_through(code, pointer):
            line = file.unit.source.position(use.start()).line
            kind = "several-hooks" if use[1] else "member-read"
            did = "sets" if use[1] else "reads"
            yield reason(entry, kind, f"line {line} {did} the .mmap of `{entry.object}` through a pointer")


def _by_object(entries: Sequence[OpsEntry]) -> Mapping[str | None, Sequence[OpsEntry]]:
    """The entries by the table that they belong to."""
    found: dict[str | None, list[OpsEntry]] = {}
    for entry in entries:
        found.setdefault(entry.object, []).append(entry)
    return found


def _macros_in(file: FileModel, entry: OpsEntry, reason: MakeReason) -> Iterator[Reason]:
    """The macros among the members of a table, or in their values, that may set another hook."""
    opener = entry.list_start
    if opener is None and entry.object is not None:
        opener = asked(fops_list, file, entry.object.encode())
    if opener is None:
        return
    for macro in file.once(("macros in list", opener), lambda: tuple(_hiding_macros(file, opener))):
        message = f"`{macro}` may set another .mmap of `{entry.object}`, which would stay beside the new hook"
        yield reason(entry, "unknown-table", message, Tier.REVIEW)


def _hiding_macros(file: FileModel, opener: int) -> Iterator[str]:
    """The macros in an initialiser list that may set a member of it."""
    members, values = _words_of_list(file.unit.code, opener)
    for macro in sorted(members | values):
        hides = any(_SOME_MMAP.search(each.body) for _where, each in file.macros_seen(macro))
        if hides or (macro in members and not file.macros(macro)):
            yield macro


def _words_of_list(code: bytes, opener: int) -> tuple[frozenset[str], frozenset[str]]:
    """The macros, and what is included, for members of an initialiser list, and the other words in it."""
    body = code[opener + 1 : closing_brace(code, opener)]
    included = {"#include"} if _INCLUDED.search(body) else set()
    body = re.sub(rb"(?m)^[ \t]*#.*$", b"", body)
    members = {word.decode() for found in _MEMBERS.finditer(body) for word in _MACRO.findall(found[1])}
    words = {found[1].decode() for found in _VALUE.finditer(body)}
    return frozenset(included | members), frozenset(words - members)


def _sights(file: FileModel, entry: OpsEntry, project: Project) -> Iterator[tuple[FileModel, str]]:
    """The files that can name a table, with what to call them: its own, its folder if it is not static."""
    yield file, "the file"
    name = entry.object or ""
    if asked(is_static_fops, file, name.encode()):
        return
    for path in project.mentioning_beside(name, file.path):
        yield project.file(path), path


def _swapping(file: FileModel, entry: OpsEntry, project: Project, reason: MakeReason) -> Iterator[Reason]:
    """Code that puts another table into an open file: both must be of one kind."""
    swapped = swapped_tables(file, project)
    if entry.object in swapped:
        message = f"`{entry.object}` is put into an open file, whose other table must be of the same kind"
        yield reason(entry, "table-swapped", message, Tier.REVIEW)
    elif swapped:
        other = sorted(swapped)[0]
        message = f"{swapped[other]} puts `{other}` into open files: both tables must be of one kind"
        yield reason(entry, "table-swapped", message, Tier.REVIEW)

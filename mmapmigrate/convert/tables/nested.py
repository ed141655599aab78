# SPDX-License-Identifier: GPL-2.0-only
"""The tables of nested hooks: whether the new member can take the place of the old one.

Unlike a file_operations, such a struct may have both, and nobody swaps or compares it: what stands in the way
is code of the driver that reads, tests or calls the old member by hand, or that leaves one in place.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmapmigrate.convert.conversion import Reason, Tier
from mmapmigrate.convert.tables.members import Slot
from mmapmigrate.convert.tables.strays import stray_for
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.ops import EntryForm, OpsEntry
from mmapmigrate.model.project import Project
from mmapmigrate.model.sites import member_sites


def nested_reasons(file: FileModel, entry: OpsEntry, slot: Slot, project: Project) -> Iterator[Reason]:
    """Why the table of ``entry``, in ``slot`` of an ops struct of the kernel, cannot change."""

    def reason(code: str, message: str, tier: Tier = Tier.SKELETON) -> Reason:
        return Reason(file.path, file.unit.source.position(entry.start).line, code, message, tier)

    table = f"`{entry.object}`" if entry.object else "the table"
    for other in file.entries():
        if other is entry or other.struct != slot.struct or other.object != entry.object:
            continue
        if other.member == slot.member and other.handler == "NULL":
            message = f"the file takes the .{slot.member} of {table} away, which would leave .{slot.prepare}"
            yield reason("several-hooks", message)
        elif other.member == slot.member and other.handler != entry.handler and not slot.removed:
            yield reason("several-hooks", f"{table} gets another .{slot.member} elsewhere in the file")
        elif other.member == slot.prepare:
            yield reason("both-hooks", f"{table} has a .{slot.prepare} already")
    stray = None if slot.removed else stray_for(file, entry)
    if stray is not None:
        message = f"line {stray} sets the .{slot.member} of what may be {table}, or a copy of it"
        yield reason("several-hooks", message, Tier.REVIEW)
    for path, line in _readers(file, slot, project):
        yield reason("member-read", f"{path}:{line} reads .{slot.member} of a struct {slot.struct} by hand")
    if entry.form is EntryForm.ASSIGNMENT and not slot.removed:
        message = f"another .{slot.member} that {table} may have would stay beside the new hook"
        yield reason("unknown-table", message, Tier.REVIEW)


def _readers(file: FileModel, slot: Slot, project: Project) -> Iterator[tuple[str, int]]:
    """Where the driver's files do something with the old member but set it: path and line."""
    siblings = project.mentioning_beside(slot.member, file.path)
    for one in (file, *(project.file(path) for path in siblings)):
        for site in member_sites(one, slot.member):
            if site.text.text(site.token + 1) != b"=" and site.struct == slot.struct:
                yield one.path, one.unit.source.position(site.start).line

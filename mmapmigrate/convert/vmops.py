# SPDX-License-Identifier: GPL-2.0-only
"""The vm_operations_struct tables that a hook may set: which members they have, and how one gets a mapped."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from mmapmigrate.convert.text import layout
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.vmops import VmOpsMember, VmOpsTable, vm_ops_tables
from mmapmigrate.syntax.edit import Edit

# mm/filemap.c: fault, map_pages and page_mkwrite.
KERNEL_TABLES = {"generic_file_vm_ops": frozenset({"fault", "map_pages", "page_mkwrite"})}


class PlacedTable(Struct, frozen=True):
    """A table and the file that defines it."""

    file: FileModel
    table: VmOpsTable

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name


def vm_ops_table(file: FileModel, name: str) -> PlacedTable | None:
    """The table that ``name`` of ``file`` is, in that file or in another of the driver.

    None when there is not just one, or when each file has its own (a static table of a header).
    """
    tables = [PlacedTable(file, table) for table in vm_ops_tables(file) if table.name == name]
    if not tables:
        others = ((other, table) for other in file.holders(name) for table in vm_ops_tables(other))
        tables = [PlacedTable(other, table) for other, table in others if table.name == name]
        if any(one.table.static for one in tables if one.file.path.endswith(".h")):
            return None
        tables = [one for one in tables if not one.table.static]
    return tables[0] if len(tables) == 1 else None


def vm_ops_members(file: FileModel, name: str) -> frozenset[str] | None:
    """The members that the vm_ops table ``name`` sets in any arm or later.

    The table is looked for in ``file`` and, unless static, in the files of its folder. None when it is not
    there, or has members that its text does not name.
    """
    if name in KERNEL_TABLES:
        return KERNEL_TABLES[name]
    tables = [table for table in vm_ops_tables(file) if table.name == name]
    if not tables and (placed := vm_ops_table(file, name)) is not None:
        tables = [placed.table]
    if not tables:
        beside = (table for other in file.beside("vm_operations_struct") for table in vm_ops_tables(other))
        tables = [table for table in beside if table.name == name and not table.static]
    return _members(tables)


def mapped_entry_edit(file: FileModel, before: VmOpsMember, name: str) -> Edit:
    """Put ``.mapped = name`` in front of the entry ``before`` of a table, in its manner."""
    data = file.unit.source.data
    line = data.rfind(b"\n", 0, before.start) + 1
    lead = data[line : before.start].decode("latin-1")
    written = data[before.start : before.end].decode("latin-1")
    member, handler = f".{before.name}", before.handler or ""
    gap = written[len(member) : written.index("=")]
    after = written[written.index("=") + 1 : written.rindex(handler)]
    if lead.strip():
        return Edit(before.start, before.start, f".mapped = {name}, ".encode())
    start = layout.column(lead)
    equals = layout.column(member + gap, start)
    value = layout.column(written[: -len(handler)], start)
    gap = layout.fill(start + len(".mapped"), equals, gap[:1] or " ")
    if after:
        after = layout.fill(layout.column(f".mapped{gap}=", start), value, after[:1])
    return Edit(before.start, before.start, f".mapped{gap}={after}{name},\n{lead}".encode())


def _members(tables: Iterable[VmOpsTable]) -> frozenset[str] | None:
    found = list(tables)
    if not found or not all(table.readable for table in found):
        return None
    return frozenset(member.name for table in found for member in table.members)

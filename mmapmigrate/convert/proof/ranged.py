# SPDX-License-Identifier: GPL-2.0-only
"""Handlers of a vm_ops table that tell one mapping from the next: of two in one they see another.

They go by its range, keep what is its own in vm_private_data, or refuse to have it split; and where two are
one, close runs once. Where a handler, or what it hands its VMA or its fault to, is in reach, its text tells.
Sources: mm/vma.c (__split_vma() asks may_split, remove_vma() runs close), include/linux/mm.h (what takes a
VMA and goes by its range).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmapmigrate.convert.effects import effect_of_function
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.vmops import table_names
from mmapmigrate.convert.state import state_tables
from mmapmigrate.convert.vmops import PlacedTable, vm_ops_table
from mmapmigrate.model.calls import calls, text
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.vmops import vm_ops_tables
from mmapmigrate.syntax.nodes import arguments, bare

if TYPE_CHECKING:
    from tree_sitter import Node

_RANGE = re.compile(
    rb"\b(vm_start|vm_end|vm_pgoff|vma_pages|vma_(?:start|end|last)_(?:anon_)?pgoff|linear_(?:anon_)?page_index"
    rb"|linear_page_delta|range_in_vma|vm_map_pages(?:_zero)?|vm_iomap_memory|remap_vmalloc_range|zap_vma"
    rb"|dma_mmap_\w+)\b"
)
_KEPT = re.compile(rb"\bvm_private_data\b\s*(?:[-+*/%&|^]|<<|>>)?=(?!=)")
_SUBJECT = re.compile(rb"\bstruct\s+(?:vm_area_struct|vm_fault)\s*\*\s*(\w+)")
_MAX_CALLED = 32


def range_word(code: bytes) -> str | None:
    """The first word of some code that goes by the range of a mapping, None where it has none."""
    found = _RANGE.search(code)
    return None if found is None else found[1].decode()


def range_asked(plan: Plan, value: Node) -> Iterator[str]:
    """Why handlers of the vm_ops tables that ``value`` may be do otherwise for two mappings in one."""
    for table in _tables(plan.hook.file, table_names(plan, value)):
        for member in table.table.members:
            problem = _problem(table.file, member.name, member.handler or "NULL")
            if problem is not None:
                yield problem


def _tables(file: FileModel, names: list[str | None]) -> Iterator[PlacedTable]:
    for name in names:
        own = [PlacedTable(file, table) for table in vm_ops_tables(file) if table.name == name]
        far = None if own or name is None else vm_ops_table(file, name)
        yield from own if far is None else [far]


def _problem(file: FileModel, member: str, handler: str) -> str | None:
    if handler == "NULL":
        return None
    if member == "may_split":
        return f"{handler}() may refuse to part the two again"
    if handler in state_tables().ignores_private_data:
        # The kernel's own go by the offset, which goes on from one mapping to the next.
        return None
    if not file.definitions(handler):
        return f"{handler}(), which is not in reach, may ask for its range"
    pending, seen = [(file, handler)], {handler}
    while pending:
        here, name = pending.pop()
        for where, function in here.definitions(name):
            code = where.unit.code[function.node.start_byte : function.node.end_byte]
            asked = range_word(code)
            if asked is not None:
                return f"{name}() asks for `{asked}`, which is that of both then"
            if _KEPT.search(code) is not None:
                return f"{name}() keeps something in `vm_private_data`, which is that of both then"
            for called in _handed_to(where, function, code):
                if called not in seen and len(seen) < _MAX_CALLED:
                    seen.add(called)
                    pending.append((where, called))
    if member in ("open", "close") and any(
        effect_of_function(where, function) not in (Effect.NONE, Effect.MESSAGE)
        for where, function in file.definitions(handler)
    ):
        return f"{handler}() then runs once for both"
    return None


def _handed_to(file: FileModel, function: Function, code: bytes) -> Iterator[str]:
    """The functions that a function hands its VMA or its fault to."""
    names = {found.decode() for found in _SUBJECT.findall(code)}
    subjects = names | {f"{name}->vma" for name in names}
    for call, called in calls(function.body):
        if any("".join(text(file, bare(one)).split()) in subjects for one in arguments(call)):
            yield text(file, called)

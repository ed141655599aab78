# SPDX-License-Identifier: GPL-2.0-only
"""Which calls of a hook may make a mapping fail after the hook has returned, once they are actions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.remaps import remaps
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node

_SETUPS = re.compile(
    r"vm_flags_(init|reset|set|clear|mod)|vma_pages|generic_file_(readonly_)?mmap|file_accessed"
)
"""What gets a VMA and can make nothing fail after the hook has returned."""

_KEEPS_OFFSET = frozenset({"vm_map_pages", "vm_map_pages_zero", "vm_insert_page", "vm_insert_pages"})
"""The helpers that map pages and leave the VMA's offset as it is."""

_MAX_DEPTH = 4


def acts(hook: HookSource, call: Node) -> bool:
    """Whether something may fail after the hook because of ``call``: a remap, or what is handed the VMA."""
    name = hook.text(field(call, "function"))
    handed = any(hook.text(bare(one)) == hook.vma for one in arguments(call))
    return name in remaps() or (handed and _SETUPS.fullmatch(name) is None)


def acts_within(hook: HookSource, call: Node, depth: int = 0) -> bool:
    """The same, with the bodies of the driver's helpers read: one that only looks at the VMA is none."""
    if not acts(hook, call):
        return False
    name = hook.text(field(call, "function"))
    places = hook.file.definitions(name) if name not in remaps() and depth < _MAX_DEPTH else ()
    helpers = [HookSource(file, function) for file, function in places]
    return not helpers or any(
        acts_within(one, inside, depth + 1)
        for one in helpers
        for inside in find_all(one.body, "call_expression")
    )


def moves_offset(plan: Plan, acting: Sequence[Node]) -> bool:
    """Whether mapped may be handed another offset than the hook: of a copy-on-write mapping a remap sets it.

    Source: mm/memory.c (remap_pfn_range_prepare()).
    """
    names = {plan.hook.text(field(call, "function")) for call in acting}
    return bool(names - _KEEPS_OFFSET) or any(
        plan.values.is_field(node.child_by_field_name("left") or field(node, "argument"), "vm_pgoff")
        for node in find_all(plan.hook.body, "assignment_expression", "update_expression")
    )

# SPDX-License-Identifier: GPL-2.0-only
"""What a hook of another ops struct rests on: the hook that calls it may do so through the compat layer.

A dispatcher that has its own VMA still makes a descriptor of it, calls the hook, and lets the compat layer
finish: what vm_private_data held does not come in and is overwritten on the way out, and no error override
counts. One that has moved hands on its own descriptor. A hook may be called by either.
Source: compat_set_desc_from_vma(), __compat_vma_mmap() and mmap_action_finish() in mm/util.c.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.events import Happening
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.vmops import table_names
from mmapmigrate.convert.traces import Trace, succeeding
from mmapmigrate.model.vmops import vm_ops_tables

if TYPE_CHECKING:
    from tree_sitter import Node

_READ = re.compile(rb"\bvm_private_data\b(?!\s*=[^=])")


def prove_dispatched(plan: Plan, plans: Sequence[Plan], traces: Sequence[Trace]) -> None:
    """Add to ``plan``, whose function is in an ops struct's slot, what its dispatcher may make different."""
    slot = plan.hook.slot
    if not slot.nested:
        return
    where = f".{slot.prepare} of struct {slot.struct}"
    for each in plans:
        for action in each.actions:
            if action.override is not None:
                message = f"{action.override} is lost where {where} is called through the compat layer"
                each.refuse(action.call, "compat-override", message, Tier.REVIEW)
    if not slot.keeps:
        message = (
            f"the file of the descriptor that {where} gets is not provably the one that .{slot.member} got"
        )
        plan.refuse(plan.hook.body, "descriptor-file", message, Tier.REVIEW)
    for trace in succeeding(traces):
        kinds = {event.kind for _index, event in trace.events}
        if Happening.PRIVATE_DATA in kinds:
            continue
        for _index, event in trace.events:
            if (
                event.kind is not Happening.VM_OPS
                or event.value is None
                or event.node.id in event.plan.setups
            ):
                continue
            if _reads_private(event.plan, event.value):
                message = (
                    f"`{event.plan.short(event.node)}` sets functions that may read vm_private_data, "
                    "which the hook leaves as it came: the compat layer does not carry it"
                )
                event.plan.refuse(event.node, "outer-private-data", message, Tier.SKELETON)


def _reads_private(plan: Plan, value: Node) -> bool:
    """Whether a function of the vm_ops table that ``value`` may be reads vm_private_data, or may do so."""
    file = plan.hook.file
    if _READ.search(file.unit.code):
        return True
    tables = vm_ops_tables(file)
    for name in table_names(plan, value):
        found = [table for table in tables if table.name == name]
        if not found or not all(table.readable for table in found):
            return True
        handlers = {member.handler for table in found for member in table.members} - {"NULL"}
        if not all(one is not None and _known(plan, one) for one in handlers):
            return True
    return False


def _known(plan: Plan, handler: str) -> bool:
    """Whether a handler is of this file, where nothing reads it, or of the kernel, which never does."""
    return bool(plan.hook.file.functions(handler)) or handler in plan.api.vma_takers

# SPDX-License-Identifier: GPL-2.0-only
"""The vm_ops that a hook sets: close also runs after an action that failed, and mapped runs at all.

Source: mm/vma.c (__mmap_new_vma(), and unmapping the VMA whose action or mapped failed).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.events import Event, Happening
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.traces import Trace, succeeding
from mmapmigrate.convert.vmops import vm_ops_members
from mmapmigrate.model.file import FileModel
from mmapmigrate.syntax.nodes import field, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node


def prove_vm_ops(traces: Sequence[Trace]) -> None:
    """The vm_ops that a hook sets: close also runs after an action that failed, and mapped runs at all."""
    done: set[int] = set()
    for trace in succeeding(traces):
        acts = any(
            event.kind is Happening.ACTION or event.node.id in event.plan.stacked
            for _index, event in trace.events
        )
        for _index, event in trace.events:
            if event.kind is not Happening.VM_OPS or event.value is None or event.node.id in done:
                continue
            if event.node.id in event.plan.setups:
                # The kernel's own tables have neither close nor mapped.
                continue
            for name in table_names(event.plan, event.value):
                problem = _table_problem(event, name, acts)
                if problem is not None:
                    done.add(event.node.id)
                    event.plan.refuse(event.node, problem[0], problem[1], Tier.REVIEW)


def table_names(plan: Plan, value: Node) -> list[str | None]:
    """The vm_ops tables whose address an expression may be, "NULL" for none, None for what is not known."""
    value = plan.values.resolve(value)
    if value.type == "conditional_expression":
        arms = (value.child_by_field_name("consequence"), field(value, "alternative"))
        return [name for arm in arms for name in ([None] if arm is None else table_names(plan, arm))]
    if value.type == "pointer_expression" and operator(value) == "&":
        target = inner(field(value, "argument"))
        return [plan.hook.text(target) if target.type == "identifier" else None]
    return ["NULL" if plan.hook.text(value) in ("NULL", "0") else None]


def _table_problem(event: Event, name: str | None, acts: bool) -> tuple[str, str] | None:
    if name == "NULL":
        return "no-vm-ops", "vm_ops of NULL makes the mapping anonymous"
    members = None if name is None else _members(event.plan.hook.file, name)
    if members is None:
        text = "" if event.value is None else " ".join(event.plan.hook.text(event.value).split())
        what = "a close in it also runs after a failed action" if acts else "a mapped in it now runs"
        return "vm-ops-elsewhere", f"the members of `{text}` are not known: {what}"
    if acts and "close" in members and name not in event.plan.guarded:
        return (
            "close-after-failure",
            f"`{name}.close` now also runs when the action fails, which the old hook never caused",
        )
    if "mapped" in members:
        return "mapped-starts", f"`{name}.mapped` was never called from .mmap and now will be"
    return None


def _members(file: FileModel, name: str) -> set[str] | None:
    """The members of a table, and of those that some builds have by its name, which is a macro there."""
    members = vm_ops_members(file, name)
    found = None if members is None else set(members)
    for _where, macro in file.macros_seen(name):
        others = vm_ops_members(file, macro.body.strip())
        found = None if found is None or others is None else found | set(others)
    return found


def prove_seeds(plans: Sequence[Plan]) -> None:
    """What mapped takes, close gives back: also a close that runs because the action failed before it."""
    acting = [action for plan in plans for action in plan.actions]
    if not acting:
        return
    if any(action.override is not None for action in acting):
        for plan in plans:
            for node in plan.fails_late:
                message = "the error of a failed remap is set as the action's, and hides that of mapped too"
                plan.refuse(node, "override-hides", message, Tier.REVIEW)
    for plan in plans:
        for call, table in plan.seeds:
            if table not in plan.guarded and "close" in (vm_ops_members(plan.hook.file, table) or {"close"}):
                message = f"`{table}.close` also runs when the action fails, before mapped could have run"
                plan.refuse(call, "close-before-mapped", message, Tier.SKELETON)

# SPDX-License-Identifier: GPL-2.0-only
"""``vma->vm_flags``: tested (flag_tests), changed (flag_changes), or wanted as it is.

    is_cow_mapping(vma->vm_flags)            -> vma_desc_is_cow_mapping(desc)
    anything that wants the value            -> vma_flags_to_legacy(desc->vma_flags)
    READ_ONCE(vma->vm_flags)                 -> vma_flags_to_legacy(desc->vma_flags)

Refuses to set, clear or test a flag that exists only in some configurations: its bit is declared in all of
them. VM_SHARED and VM_MAYSHARE stay what they are. Source: include/linux/mm.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.recipes.flag_changes import flags_assignment
from mmapmigrate.convert.recipes.flag_tests import flags_test
from mmapmigrate.syntax.nodes import arguments, call_given, field, outer

if TYPE_CHECKING:
    from tree_sitter import Node

# Functions of a VMA's flags that newer kernels dropped for others: what replaces them, and its argument.
FLAG_FUNCTIONS = {
    "is_cow_mapping": ("vma_desc_is_cow_mapping", "{desc}"),
    "is_nommu_shared_mapping": ("is_nommu_shared_vma_flags", "&{desc}->vma_flags"),
}


def flags_expression(plan: Plan, use: Node) -> bool:
    """Replace an expression that reads or writes ``vma->vm_flags``."""
    node = use.parent
    if node is None or node.type != "field_expression" or field(node, "argument").id != use.id:
        return False
    if plan.hook.text(field(node, "field")) != "vm_flags":
        return False
    plan.claim(use)
    if flags_assignment(plan, node) or _counterpart(plan, node) or flags_test(plan, node):
        return True
    _value(plan, node)
    return True


def _value(plan: Plan, node: Node) -> None:
    """The legacy word itself."""
    if not plan.api.has("vma_flags_to_legacy"):
        message = f"Linux {plan.api.release} has no vma_flags_to_legacy() for a use of `vm_flags` as a value"
        plan.refuse(node, "flags-value", message, Tier.BLOCKED)
    text = f"vma_flags_to_legacy({plan.hook.desc}->vma_flags)"
    call = call_given(node)
    name = "" if call is None else plan.hook.text(field(call, "function"))
    if call is not None and name == "READ_ONCE" and not plan.hook.file.macros_seen(name):
        # A function's value has no address, and nobody else sees a descriptor.
        plan.replace(call, text)
        return
    parent = outer(node).parent
    if parent is not None and parent.type == "pointer_expression":
        plan.refuse(node, "field-address", "the hook takes the address of `vm_flags`", Tier.BLOCKED)
    elif plan.hook.is_written_in_a_macro(node):
        message = "the hook gives `vm_flags` to a macro that may take its address"
        plan.refuse(node, "field-address", message, Tier.SKELETON)
    plan.replace(node, text)


def _counterpart(plan: Plan, node: Node) -> bool:
    """A function of the flags whose counterpart takes the descriptor (is_cow_mapping())."""
    call = call_given(node)
    if call is None or len(arguments(call)) != 1:
        return False
    name = plan.hook.text(field(call, "function"))
    replacement, argument = FLAG_FUNCTIONS.get(name, ("", ""))
    if replacement not in plan.api.helpers:
        return False
    plan.pure_calls.add(call.id)
    plan.replace(call, f"{replacement}({argument.format(desc=plan.hook.desc)})")
    return True

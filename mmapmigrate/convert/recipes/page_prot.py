# SPDX-License-Identifier: GPL-2.0-only
"""The page protection that goes with the VMA's flags.

    vma_get_page_prot(vma)            -> vma_flags_to_page_prot(desc->vma_flags)
    vm_get_page_prot(vma->vm_flags)   -> vma_flags_to_page_prot(desc->vma_flags)

Never refuses: a kernel without vma_flags_to_page_prot(), or other flags, is left to the recipes that follow.
Source: include/linux/mm.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.nodes import arguments, call_given, field, inner, outer

if TYPE_CHECKING:
    from tree_sitter import Node

_OF_FLAGS = "vma_flags_to_page_prot"


def page_prot_call(plan: Plan, use: Node) -> bool:
    """Replace the call that computes a protection from the flags of ``use``."""
    given = outer(use)
    wanted = "vma_get_page_prot"
    if given.parent is not None and given.parent.type == "field_expression":
        if plan.hook.text(field(given.parent, "field")) != "vm_flags":
            return False
        given, wanted = outer(given.parent), "vm_get_page_prot"
    call = call_given(given)
    if call is None or len(arguments(call)) != 1:
        return False
    if plan.hook.text(inner(field(call, "function"))) != wanted or not plan.api.has(_OF_FLAGS):
        return False
    if "vma_flags" not in plan.api.desc_fields:
        return False
    plan.claim(use)
    plan.pure_calls.add(call.id)
    plan.reads[call.id] = "vma_flags"
    plan.replace(call, f"{_OF_FLAGS}({plan.hook.desc}->vma_flags)")
    return True

# SPDX-License-Identifier: GPL-2.0-only
"""A field of the VMA, read or written by itself.

    vma->vm_pgoff                        -> desc->pgoff
    vma->vm_page_prot = pgprot_x(...)    -> desc->page_prot = pgprot_x(...)
    vma->vm_ops = &foo_vm_ops            -> desc->vm_ops = &foo_vm_ops
    vma->vm_private_data = foo           -> desc->private_data = foo

Refuses what the descriptor does not offer: writing the range, reading back what is write-only, a field
that has no counterpart. So it does another file: its reference goes to the descriptor, and a merge leaks it.
Sources: struct vm_area_desc in include/linux/mm_types.h; mm/vma.c (call_mmap_prepare()).
"""

from __future__ import annotations

from enum import Flag, auto
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.nodes import field, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node


class Access(Flag):
    """How an expression is used."""

    READ = auto()
    WRITE = auto()
    ADDRESS = auto()


# Field of vm_area_struct: field of vm_area_desc, and what the descriptor allows of it.
FIELDS: dict[str, tuple[str, Access]] = {
    "vm_start": ("start", Access.READ),
    "vm_end": ("end", Access.READ),
    "vm_mm": ("mm", Access.READ),
    "vm_file": ("vm_file", Access.READ),
    "vm_pgoff": ("pgoff", Access.READ | Access.WRITE),
    "vm_page_prot": ("page_prot", Access.READ | Access.WRITE | Access.ADDRESS),
    "flags": ("vma_flags", Access.READ | Access.WRITE | Access.ADDRESS),
    "vm_ops": ("vm_ops", Access.WRITE),
    "vm_private_data": ("private_data", Access.WRITE),
}


def access_of(node: Node) -> Access:
    """How the value of ``node`` is accessed where it stands."""
    node = outer(node)
    parent = node.parent
    if parent is None:
        return Access.READ
    if parent.type == "assignment_expression" and field(parent, "left").id == node.id:
        return Access.WRITE if operator(parent) == "=" else Access.READ | Access.WRITE
    if parent.type == "update_expression":
        return Access.READ | Access.WRITE
    if parent.type == "pointer_expression" and operator(parent) == "&":
        return Access.ADDRESS
    if parent.type == "field_expression" and operator(parent) == ".":
        # A member of a struct held by value (pgprot_t): written through, it is a write to the whole.
        return access_of(parent)
    return Access.READ


def plain_field(plan: Plan, use: Node) -> bool:
    """Replace ``vma->field``."""
    holder = outer(use)
    node = holder.parent
    if node is None or node.type != "field_expression" or field(node, "argument").id != holder.id:
        return False
    name = plan.hook.text(field(node, "field"))
    plan.claim(use)
    known = FIELDS.get(name)
    if known is None or known[0] not in plan.api.desc_fields:
        plan.refuse(
            node,
            "no-field",
            f"struct vm_area_desc of Linux {plan.api.release} has nothing for `{plan.hook.vma}->{name}`",
            Tier.BLOCKED,
        )
        return True
    target, allowed = known
    access = access_of(node)
    if access & ~allowed:
        _refuse(plan, node, name, access)
    elif plan.hook.is_assigned_in_a_macro(node):
        message = f"the hook gives `{plan.hook.text(node)}` to a macro that may assign to it"
        plan.refuse(node, "field-address", message, Tier.SKELETON)
    plan.replace(node, f"{plan.hook.desc}->{target}")
    return True


def _refuse(plan: Plan, node: Node, name: str, access: Access) -> None:
    what = plan.hook.text(node)
    if name in ("vm_ops", "vm_private_data"):
        verb = "takes the address of" if access & Access.ADDRESS else "reads"
        message = f"the hook {verb} `{what}`, which is write-only in a descriptor"
        plan.refuse(node, "write-only-field", message, Tier.SKELETON)
    elif name == "vm_file" and access & Access.WRITE:
        message = (
            f"the hook sets `{what}` to another file: a descriptor takes one with its reference, "
            "which nothing gives back where the mapping merges"
        )
        plan.refuse(node, "file-replaced", message, Tier.BLOCKED)
    elif access & Access.WRITE:
        message = f"the hook writes `{what}`, which mmap_prepare does not allow"
        plan.refuse(node, "read-only-field", message, Tier.BLOCKED)
    else:
        plan.refuse(node, "field-address", f"the hook takes the address of `{what}`", Tier.SKELETON)

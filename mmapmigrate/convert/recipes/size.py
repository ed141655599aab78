# SPDX-License-Identifier: GPL-2.0-only
"""``vma->vm_end - vma->vm_start`` and its pages.

    vma->vm_end - vma->vm_start                   -> vma_desc_size(desc)
    (vma->vm_end - vma->vm_start) >> PAGE_SHIFT   -> vma_desc_pages(desc)
    (vma->vm_end - vma->vm_start) / PAGE_SIZE     -> vma_desc_pages(desc)

Never refuses: what is not written so is left to the recipe of plain fields. Source: include/linux/mm.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.nodes import ancestors, encloses, field, inner, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

_PAGES = {(">>", "PAGE_SHIFT"), ("/", "PAGE_SIZE")}


def vma_size(plan: Plan, use: Node) -> bool:
    """Replace the size or page count that ``use`` is the first part of."""
    difference = next((node for node in ancestors(use) if node.type == "binary_expression"), None)
    if difference is None or not _written_out(plan, difference, use):
        return False
    target, helper = outer(difference), "vma_desc_size"
    parent = target.parent
    if parent is not None and parent.type == "binary_expression" and field(parent, "left").id == target.id:
        shift = (operator(parent), plan.hook.text(inner(field(parent, "right"))))
        if shift in _PAGES and plan.api.has("vma_desc_pages"):
            target, helper = outer(parent), "vma_desc_pages"
    if not plan.api.has(helper):
        return False
    plan.claim_below(difference)
    plan.replace(target, f"{helper}({plan.hook.desc})")
    return True


def _written_out(plan: Plan, difference: Node, use: Node) -> bool:
    """Whether ``difference`` is end - start by name, and ``use`` its first part."""
    if operator(difference) != "-":
        return False
    for side, name in (("left", "vm_end"), ("right", "vm_start")):
        part = inner(field(difference, side))
        if part.type != "field_expression" or not plan.values.is_field(part, name):
            return False
    first = inner(field(difference, "left"))
    return encloses(first, use)

# SPDX-License-Identifier: GPL-2.0-only
"""The pages that an action is handed, an array or a pointer to one page: what it cannot be given is refused.

It reads them after the hook has returned, and takes them as ``struct page **``. Source: mm/memory.c
(map_kernel_pages_prepare(), map_kernel_pages_complete()).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.lifetime import points_to_stack
from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.nodes import field, inner

if TYPE_CHECKING:
    from tree_sitter import Node

ACTION = "mmap_action_map_kernel_pages"


def outlives(plan: Plan, call: Node, pages: Node) -> bool:
    """Whether the action finds ``pages`` still there; refuse what lives on the hook's own stack."""
    if not points_to_stack(plan, pages, 0):
        return True
    text = " ".join(plan.hook.text(pages).split())
    message = f"`{text}` is on the hook's own stack, which is gone when the action runs"
    plan.refuse(call, "page-on-stack", message, Tier.BLOCKED)
    return False


def is_typed(plan: Plan, call: Node, pages: Node) -> bool:
    """Whether the driver may declare ``pages`` as pages; refuse a ``void *``, and pointers that are const.

    A step in the one would be one in bytes, and the address of either is of another type.
    """
    node = inner(pages)
    while node.type in ("subscript_expression", "call_expression"):
        node = inner(field(node, "argument" if node.type == "subscript_expression" else "function"))
    if node.type == "field_expression":
        node = field(node, "field")
    name = plan.hook.text(node)
    if not name.isidentifier():
        return True
    kind = next((kind for kind, how in _OTHER.items() if _is_declared(plan, how % name.encode())), None)
    if kind is not None:
        message = f"`{name}` is declared as {kind}, of which the action cannot be given a part or the address"
        plan.refuse(call, "page-type", message, Tier.SKELETON)
    return kind is None


_OTHER = {
    "`void *`": rb"\bvoid\s*\*[\s*]*%s\b",
    "a pointer that is const": rb"\*\s*const\b[\s*]*%s\b",
}


def _is_declared(plan: Plan, how: bytes) -> bool:
    """Whether the file of the hook, or a header of the driver, has text that matches ``how``."""
    file = plan.hook.file
    return any(re.search(how, one.unit.code) is not None for one in (file, *file.headers()))

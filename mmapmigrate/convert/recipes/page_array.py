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
    """Whether the file may declare ``pages`` as pages; refuse a ``void *``.

    A step in it would be one in bytes, and its address that of another type.
    """
    node = inner(pages)
    if node.type == "call_expression":
        node = inner(field(node, "function"))
    if node.type == "field_expression":
        node = field(node, "field")
    name = plan.hook.text(node)
    if not name.isidentifier():
        return True
    declared = re.search(rb"\bvoid\s*\*[\s*]*%s\b" % name.encode(), plan.hook.file.unit.code)
    if declared is not None:
        message = (
            f"`{name}` is declared as `void *`, of which the action cannot be given a part or the address"
        )
        plan.refuse(call, "page-type", message, Tier.SKELETON)
    return declared is None

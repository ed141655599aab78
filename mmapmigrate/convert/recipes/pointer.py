# SPDX-License-Identifier: GPL-2.0-only
"""Every other use of the VMA pointer: stored, aliased, tested, compared, returned. All are reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.nodes import ancestors, enclosing_statement

if TYPE_CHECKING:
    from tree_sitter import Node


def other_use(plan: Plan, use: Node) -> bool:
    """Refuse ``use``: the pointer itself goes somewhere that no VMA may follow."""
    plan.claim(use)
    statement = " ".join(plan.hook.text(enclosing_statement(use)).split())
    if len(statement) > 60:
        statement = statement[:57] + "..."
    parent = use.parent
    stored = parent is not None and parent.type in (
        "assignment_expression",
        "init_declarator",
        "return_statement",
    )
    if stored:
        message = f"`{statement}` keeps a pointer to the VMA, which does not exist yet under mmap_prepare"
        plan.refuse(use, "stored-vma", message, Tier.BLOCKED)
    elif any(above.type == "parameter_declaration" for above in ancestors(use)):
        message = f"`{statement}` takes a function that is handed a VMA"
        plan.refuse(use, "vma-pointer", message, Tier.SKELETON)
    else:
        plan.refuse(use, "vma-pointer", f"`{statement}` uses the VMA pointer itself", Tier.SKELETON)
    return True

# SPDX-License-Identifier: GPL-2.0-only
"""A call that is handed the VMA and has neither action nor counterpart: always a reason, never an edit.

Names what stands in the way: another ops table's hook, a function of the kernel for which this release
offers nothing, or a helper of the driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.remaps import remaps
from mmapmigrate.syntax.nodes import field, inner, outer

if TYPE_CHECKING:
    from tree_sitter import Node


def call_with_vma(plan: Plan, use: Node) -> bool:
    """Refuse the call that ``use`` is an argument of."""
    listed = outer(use).parent
    if listed is None or listed.type != "argument_list" or listed.parent is None:
        return False
    call = listed.parent
    if call.type != "call_expression":
        return False
    plan.claim(use)
    function = inner(field(call, "function"))
    if function.type == "pointer_expression":
        function = inner(field(function, "argument"))
    name = plan.hook.text(function)
    release = plan.api.release
    if function.type == "field_expression":
        if name.startswith(f"{plan.hook.vma}->"):
            message = f"the hook calls `{name}()` itself to seed state, which belongs in vm_ops->mapped"
            plan.refuse(call, "calls-vm-op", message, Tier.SKELETON)
            return True
        message = (
            f"`{' '.join(name.split())}()` is another ops table's hook: it must move to mmap_prepare first"
        )
        plan.refuse(call, "nested-hook", message, Tier.BLOCKED)
    elif plan.hook.file.functions(name) or plan.hook.file.macros(name):
        message = f"`{name}()` is a helper in this file that takes the VMA"
        plan.refuse(call, "helper", message, Tier.SKELETON)
    elif name in remaps() or name in plan.api.vma_takers:
        message = f"`{name}()` has no mmap_prepare counterpart in Linux {release}"
        plan.refuse(call, "no-counterpart", message, Tier.BLOCKED)
    else:
        plan.refuse(
            call, "helper", f"`{name}()` is a helper in another file that takes the VMA", Tier.SKELETON
        )
    return True

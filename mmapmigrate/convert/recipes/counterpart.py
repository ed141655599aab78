# SPDX-License-Identifier: GPL-2.0-only
"""A call that has a counterpart taking the descriptor, as the kernel's own headers tell.

    vma_pages(vma)                      -> vma_desc_pages(desc)
    return generic_file_mmap(file, vma) -> return generic_file_mmap_prepare(desc)
    vma_start_pgoff(vma)                -> desc->pgoff

A counterpart that sets the descriptor up itself (``*_mmap_prepare`` and the like) may set an action, so it
must be the hook's last word. Refuses when the arguments do not line up, and where a file is handed over
with the descriptor (vfs_mmap()): its hook may still be an old one, or ask the descriptor for its file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.tables.members import folded
from mmapmigrate.convert.text.layout import call as lay_out_call
from mmapmigrate.kernel.api import Helper
from mmapmigrate.syntax.nodes import arguments, call_given, field, inner, outer

if TYPE_CHECKING:
    from tree_sitter import Node

# Accessor of a VMA: the descriptor's field that it reads (include/linux/mm.h).
ACCESSORS = {"vma_start_pgoff": "pgoff"}
# Counterparts that set vm_ops and touch atime, and nothing more: no action (mm/filemap.c).
PLAIN_SETUPS = frozenset({"generic_file_mmap_prepare", "generic_file_readonly_mmap_prepare"})
# How the names of what only asks for flags begin.
_OF_FLAGS = ("vma_desc_test", "vma_desc_is")
# Takes the vm_ops away (include/linux/mm.h).
ANONYMOUS = "vma_desc_set_anonymous"


def counterpart_call(plan: Plan, use: Node) -> bool:
    """Replace the call that ``use`` is an argument of."""
    call = call_given(use)
    if call is None:
        return False
    name = plan.hook.text(field(call, "function"))
    accessor = ACCESSORS.get(name)
    if accessor is not None and len(arguments(call)) == 1 and accessor in plan.api.desc_fields:
        plan.claim(use)
        plan.pure_calls.add(call.id)
        plan.reads[call.id] = accessor
        plan.replace(call, f"{plan.hook.desc}->{accessor}")
        return True
    # A function of the driver with the name of one of the kernel's is a helper like any other.
    known = None if plan.hook.file.functions(name) else plan.api.counterparts.get(name)
    helper = known or _of_the_same_name(plan, name)
    if helper is None:
        return False
    plan.claim(use)
    if helper.condition:
        plan.refuse(
            call,
            "conditional-counterpart",
            f"`{helper.name}()` exists only if {helper.condition}",
            Tier.SKELETON,
        )
        return True
    if not _line_up(plan, call, use, helper):
        message = f"the arguments of `{name}()` do not line up with those of `{helper.name}()`"
        if name == helper.name:
            message = f"`{name}()` takes a descriptor in Linux {plan.api.release}, and other arguments too"
        plan.refuse(call, "counterpart-arguments", message, Tier.SKELETON)
        return True
    plan.renamed[name] = helper.name
    if any(_is_file(parameter.type) for parameter in helper.parameters):
        message = (
            f"`{name}()` runs another file's hook: `{helper.name}()` needs one that has moved to "
            "mmap_prepare, and gives it the descriptor of this file"
        )
        plan.refuse(call, "another-file", message, Tier.BLOCKED, name)
    if helper.name == ANONYMOUS:
        plan.pure_calls.add(call.id)
        message = f"`{name}()` makes the mapping of a file anonymous: no vm_ops of a neighbour may count"
        plan.refuse(call, "no-vm-ops", message, Tier.REVIEW)
    elif helper.name in PLAIN_SETUPS:
        plan.setups.add(call.id)
    elif is_delegate(helper):
        plan.delegates.add(call.id)
        _check_delegate(plan, call, name)
    else:
        plan.pure_calls.add(call.id)
        if helper.name.startswith(_OF_FLAGS):
            plan.reads[call.id] = "vma_flags"
    return True


def _of_the_same_name(plan: Plan, name: str) -> Helper | None:
    """A function that takes a descriptor in this kernel, and took the VMA in the driver's."""
    helper = plan.api.helpers.get(name)
    if helper is None or name in plan.api.vma_takers or plan.hook.file.definitions(name):
        return None
    return helper if any("vm_area_desc" in one.type for one in helper.parameters) else None


def is_delegate(helper: Helper) -> bool:
    """Whether a counterpart sets the descriptor up rather than reads it."""
    first = helper.parameters[0].type if helper.parameters else ""
    reads = helper.name.startswith((*_OF_FLAGS, "vma_desc_size", "vma_desc_pages", "range_in"))
    return not (reads or first.startswith("const "))


def _is_file(type_text: str) -> bool:
    return folded(type_text) == "structfile*"


def _line_up(plan: Plan, call: Node, use: Node, helper: Helper) -> bool:
    """Give the call its new text if each parameter of the counterpart has its argument."""
    given = arguments(call)
    kept: list[Node] = []
    for argument in given:
        if plan.hook.is_own_file(argument) and len(given) > len(helper.parameters) and not helper.variadic:
            plan.discard(argument)
            plan.claim_below(argument)
            continue
        kept.append(argument)
    short = len(kept) < len(helper.parameters) if helper.variadic else len(kept) != len(helper.parameters)
    if short:
        return False
    place = next((i for i, a in enumerate(kept) if inner(a).id == use.id), None)
    wanted = next(
        (i for i, p in enumerate(helper.parameters) if "vm_area_desc" in p.type or p.name == plan.hook.desc),
        0,
    )
    if place != wanted:
        return False
    desc = plan.hook.desc

    def text() -> str:
        rendered = [desc if i == place else plan.render(a) for i, a in enumerate(kept)]
        return lay_out_call(plan.start_column(call), helper.name, rendered, "")

    plan.replace(call, text)
    return True


def _check_delegate(plan: Plan, call: Node, name: str) -> None:
    holder = outer(call).parent
    if holder is None or holder.type != "return_statement":
        message = f"`{name}()` sets the mapping up and is not what the hook returns"
        plan.refuse(call, "delegate-not-last", message, Tier.SKELETON)
    elif "mmap" not in name:
        message = f"`{name}()` sets the mapping up in a way that this tool has not proven"
        plan.refuse(call, "delegate", message, Tier.REVIEW)

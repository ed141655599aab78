# SPDX-License-Identifier: GPL-2.0-only
"""A call that is handed the VMA and has neither action nor counterpart.

    static int check(struct foo *foo, struct vm_area_struct *vma) { ... }
    check(foo, vma)  -> check(foo, desc), and check() is converted with the hook

A helper of the driver, in this file or in another, joins the conversion. All else is a reason that names what
stands in the way: another ops table's hook, a function of the kernel for which this release offers nothing, a
helper whose definition is not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects.sites import is_declared_around, prints
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.tables.members import VMA_TYPE, folded
from mmapmigrate.model.assigning import keeps
from mmapmigrate.model.functions import Function
from mmapmigrate.model.remaps import remaps
from mmapmigrate.model.sites import member_sites
from mmapmigrate.syntax.nodes import arguments, call_given, field, inner

if TYPE_CHECKING:
    from tree_sitter import Node


def _helper(plan: Plan, call: Node, name: str, use: Node) -> bool:
    """Let a helper of the driver take the descriptor, if the VMA is its one VMA parameter."""
    if is_declared_around(plan.hook.file, call, name):
        return False
    functions = [function for _where, function in plan.hook.file.definitions(name)]
    if not functions:
        return False
    given = arguments(call)
    wanted = [i for i, argument in enumerate(given) if inner(argument).id == use.id]
    for function in functions:
        places = [
            i for i, p in enumerate(function.parameters) if p.name and p.name == function.vma_parameter()
        ]
        if not places or places != wanted or len(given) != len(function.parameters):
            return False
    _check_file(plan, call, functions)
    plan.helper_calls[call.id] = (call, name)
    plan.replace(given[wanted[0]], plan.hook.desc)
    return True


def _check_file(plan: Plan, call: Node, functions: Sequence[Function]) -> None:
    """Refuse a call that gives a helper another file than the descriptor's, which it would be taken for."""
    for place, given in enumerate(arguments(call)):
        takes = any(folded(one.parameters[place].type) == "structfile*" for one in functions)
        if takes and not plan.hook.is_own_file(given):
            message = f"`{plan.short(given)}` is not provably the file that is mapped"
            plan.refuse(call, "another-file", message, Tier.SKELETON)


def _private(plan: Plan, call: Node, function: Node, use: Node) -> bool:
    """Let the hooks of an ops struct of the driver's own take the descriptor."""
    if plan.private is None or function.type != "field_expression":
        return False
    member = field(function, "field")
    file, name = plan.hook.file, plan.hook.text(member)
    sites = file.once(("member sites", name), lambda: {site.end: site for site in member_sites(file, name)})
    site = sites.get(member.end_byte)
    found = None if site is None or site.struct is None else plan.private(file, site.struct, name)
    if found is None:
        return False
    given = arguments(call)
    wanted = [i for i, argument in enumerate(given) if inner(argument).id == use.id]
    if wanted != [found.slot.types.index(VMA_TYPE)] or len(given) != len(found.slot.types):
        return False
    _check_file(plan, call, [function for _where, function in found.hooks])
    plan.dispatched[found.key] = found
    plan.helper_calls[call.id] = (call, found.key)
    plan.replace(given[wanted[0]], plan.hook.desc)
    return True


def _pointed(plan: Plan, function: Node) -> Node:
    """What a local that is called stands for: the first member of an ops struct that it is given."""
    local = plan.hook.locals.get(plan.hook.text(function))
    held = [] if local is None else [plan.values.resolve(one) for one in local.definitions]
    return next((one for one in held if one.type == "field_expression"), plan.values.resolve(function))


def call_with_vma(plan: Plan, use: Node) -> bool:
    """Refuse the call that ``use`` is an argument of."""
    call = call_given(use)
    if call is None:
        return False
    plan.claim(use)
    function = inner(field(call, "function"))
    if function.type == "pointer_expression":
        function = inner(field(function, "argument"))
    name = plan.hook.text(function)
    release = plan.api.release
    pointer = _pointed(plan, function) if function.type == "identifier" else function
    if pointer.type == "field_expression":
        name = plan.hook.text(pointer)
        if name.startswith(f"{plan.hook.vma}->"):
            message = f"the hook calls `{name}()` itself to seed state, which belongs in vm_ops->mapped"
            plan.refuse(call, "calls-vm-op", message, Tier.SKELETON)
            return True
        if _private(plan, call, function, use):
            return True
        message = (
            f"`{' '.join(name.split())}()` is another ops table's hook: it must move to mmap_prepare first"
        )
        plan.refuse(call, "nested-hook", message, Tier.BLOCKED)
    elif _helper(plan, call, name, use):
        return True
    elif plan.hook.file.functions(name) or plan.hook.file.macros(name):
        message = f"`{name}()` is a helper in this file that takes the VMA"
        plan.refuse(call, "helper", message, Tier.SKELETON, name)
    elif name in remaps() or name in plan.api.vma_takers:
        message = f"`{name}()` has no mmap_prepare counterpart in Linux {release}"
        plan.refuse(call, "no-counterpart", message, Tier.BLOCKED, name)
    elif keeps(name) and inner(arguments(call)[0]).id != use.id:
        kept = plan.short(call)
        message = f"`{kept}` keeps a pointer to the VMA, which does not exist yet under mmap_prepare"
        plan.refuse(call, "stored-vma", message, Tier.BLOCKED)
    elif prints(call, name, text_of(plan.hook.file)) and not name.startswith("trace_"):
        message = f"`{name}()` prints the address of the VMA, which does not exist yet under mmap_prepare"
        plan.refuse(call, "vma-pointer", message, Tier.SKELETON)
    else:
        message = f"`{name}()` takes the VMA, and no one definition of it is found near the driver"
        plan.refuse(call, "helper", message, Tier.SKELETON, name)
    return True

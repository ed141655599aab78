# SPDX-License-Identifier: GPL-2.0-only
"""The page protection of inserted pages: the kernel computes it anew before the action inserts them.

An old hook inserted with what it had left in vm_page_prot; then the kernel derived that from the flags again.
Now the insertion comes second. What the derivation keeps is how memory is cached; it takes away the right to
write where vm_ops wants to hear of the first write.
Sources: mm/vma.c (__mmap_region(), vma_wants_writenotify()), mm/mmap.c (vma_set_page_prot()), and
pgprot_modify() in include/linux/pgtable.h.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.events import Event, Happening
from mmapmigrate.convert.lifetime import points_to_stack
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.vmops import table_names
from mmapmigrate.convert.recipes.page_array import ACTION
from mmapmigrate.convert.traces import Trace, succeeding
from mmapmigrate.convert.vmops import vm_ops_members
from mmapmigrate.syntax.nodes import arguments, bare, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

# What pgprot_modify() finds again in the old protection and gives to the new one.
_KEPT = frozenset({"pgprot_noncached", "pgprot_writecombine", "pgprot_device"})
# The flags that a page protection is made of.
_RIGHTS = frozenset({"VM_READ", "VM_WRITE", "VM_EXEC", "VM_SHARED"})
_NOTIFIED = ("page_mkwrite", "pfn_mkwrite")


def prove_inserted(traces: Sequence[Trace]) -> None:
    """Pages are inserted with the protection that the old hook inserted them with."""
    for trace in succeeding(traces):
        events = [event for _index, event in trace.events]
        if not any(one.action is not None and one.action.kind == ACTION for one in events):
            continue
        later = _read_later(events)
        for event in events:
            _refuse_lent_stack(event)
            _refuse_stored(event, later)
            problem = _problem(event)
            if problem is not None:
                message = f"{problem}, and page_prot is computed anew before the action inserts the pages"
                event.plan.refuse(event.node, "page-prot-recomputed", message, Tier.REVIEW)


def _refuse_lent_stack(event: Event) -> None:
    """Memory that leads to the hook's own stack may be where the action finds its pages."""
    value = event.node.child_by_field_name("right") if event.kind is Happening.STORE else None
    if value is not None and operator(event.node) == "=" and points_to_stack(event.plan, value):
        message = f"`{event.plan.short(event.node)}` may lead the action to the hook's own stack"
        event.plan.refuse(event.node, "page-on-stack", message, Tier.BLOCKED)


def _refuse_stored(event: Event, later: Collection[str]) -> None:
    """What the hook stores where the action finds its pages: another mmap() may store there before."""
    if event.kind is not Happening.STORE or event.node.id in event.plan.refused:
        return
    target = bare(event.node.child_by_field_name("left") or field(event.node, "argument"))
    while target.type == "subscript_expression":
        target = bare(field(target, "argument"))
    if _text(event.plan, target) in later:
        message = f"`{event.plan.short(event.node)}` may be done anew before the action reads its pages"
        event.plan.refuse(event.node, "store", message, Tier.REVIEW)


def _read_later(events: Sequence[Event]) -> frozenset[str]:
    """What the actions on a path are given, as text, and what that is read from."""
    found: set[str] = set()
    for event in events:
        for given in arguments(event.node)[1:] if event.action is not None else ():
            for node in (given, *find_all(given, "field_expression", "identifier")):
                found |= {_text(event.plan, node), _text(event.plan, event.plan.values.resolve(node))}
    return frozenset(found)


def _text(plan: Plan, node: Node) -> str:
    return "".join(plan.hook.text(node).split())


def _problem(event: Event) -> str | None:
    text = event.plan.short(event.node)
    if event.kind is Happening.PROT_WRITE and not _kept(event):
        return f"`{text}` sets more than how memory is cached"
    if event.kind is Happening.FLAGS_WRITE and event.flags is not None:
        names = event.flags[1]
        if names is None or names & _RIGHTS:
            return f"`{text}` may change what the flags allow"
    if event.kind is Happening.VM_OPS and event.value is not None:
        for name in table_names(event.plan, event.value):
            members = None if name is None else vm_ops_members(event.plan.hook.file, name)
            asked = next((one for one in _NOTIFIED if one in (members or ())), None)
            if asked is not None:
                return f"`{name}.{asked}` is asked at the first write"
    return None


def _kept(event: Event) -> bool:
    node = event.node
    if node.type != "assignment_expression" or operator(node) != "=" or event.value is None:
        return False
    target = bare(field(node, "left"))
    return event.plan.values.is_field(target, "vm_page_prot") and _only_cached(event.plan, event.value, 0)


def _only_cached(plan: Plan, prot: Node, depth: int) -> bool:
    """Whether a protection is that of the VMA, or of its flags, cached otherwise."""
    node = inner(plan.values.resolve(prot))
    if plan.values.is_field(node, "vm_page_prot"):
        return True
    given = arguments(node) if node.type == "call_expression" else []
    if depth > 8 or len(given) != 1:
        return False
    name = plan.hook.text(field(node, "function"))
    if name == "vm_get_page_prot":
        return plan.values.is_field(given[0], "vm_flags")
    return name in _KEPT and _only_cached(plan, given[0], depth + 1)

# SPDX-License-Identifier: GPL-2.0-only
"""What merging drops: a mapping that may merge with its neighbour must not differ from it.

Sources: mm/vma.c (what is compared: neither vm_ops nor private_data), include/linux/mm.h (VM_SPECIAL).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.events import Event, Happening
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.ranged import range_asked
from mmapmigrate.convert.proof.stacked import acts_alone
from mmapmigrate.convert.traces import Trace, succeeding
from mmapmigrate.convert.values.constants import is_constant
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.syntax.nodes import field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

# VM_SPECIAL of include/linux/mm.h: a VMA with one of these never merges.
UNMERGEABLE = frozenset({"VM_IO", "VM_PFNMAP", "VM_MIXEDMAP", "VM_DONTEXPAND"})

# Flags that do_mmap() of mm/mmap.c gives no mapping of a file. Of the others any may be there or not.
_NEVER_GIVEN = UNMERGEABLE | {"VM_DONTCOPY", "VM_DONTDUMP", "VM_WIPEONFORK"}

_BOUND = re.compile(rb"\b(\w+)\s*->\s*private_data\s*=(?!=)")


def sets_apart(event: Event) -> bool:
    """Whether ``event`` sets a mapping apart from one that it does not happen to, whatever the flags."""
    if event.kind is Happening.DELEGATE:
        return event.node.id in event.plan.stacked
    return event.kind in (Happening.ACTION, Happening.OFFSET_WRITE)


def merges_as_before(trace: Trace) -> bool:
    """Whether a mapping that comes of ``trace`` may have merged under .mmap too, without its hook."""
    apart: set[str] = set()
    for _index, event in trace.events:
        if sets_apart(event):
            return False
        if event.kind is Happening.FLAGS_WRITE and event.flags is not None:
            what, names = event.flags
            if what == "set":
                apart |= (names or frozenset()) & _NEVER_GIVEN
            else:
                apart -= _NEVER_GIVEN if names is None else names
    return trace.may_succeed and not apart


def prove_merging(plan: Plan, traces: Sequence[Trace]) -> None:
    """A mapping that may merge with its neighbour must not differ from it in what a merge drops."""
    seen: dict[tuple[str, str, str], tuple[Plan, Node]] = {}
    for trace in succeeding(traces):
        special: set[str] = set()
        ops = data = prot = ""
        moved = False
        shifted = ranged = None
        place: tuple[Plan, Node] = (plan, plan.hook.body)
        for _index, event in trace.events:
            if event.kind is Happening.ACTION:
                special |= UNMERGEABLE
            elif event.kind is Happening.DELEGATE:
                ops = "delegate"
                if event.node.id in event.plan.stacked and acts_alone(event.plan, event.node):
                    special |= UNMERGEABLE
            elif event.kind is Happening.PROT_WRITE:
                prot, place = f"{prot} {_text(plan, event)}", (event.plan, event.node)
                if event.value is None or event.site is not None or not _follows_flags(plan, event.value):
                    prot = f"?{prot}"
            elif event.kind is Happening.OFFSET_WRITE:
                moved, shifted = True, (event.plan, event.node)
            elif event.kind is Happening.FLAGS_WRITE and event.flags is not None:
                moved = True
                what, names = event.flags
                if what == "set":
                    special |= (names or frozenset()) & UNMERGEABLE
                else:
                    special -= UNMERGEABLE if names is None else names
            elif event.kind in (Happening.VM_OPS, Happening.PRIVATE_DATA):
                text = _text(plan, event) or "?"
                steady = event.value is not None and event.site is None and is_steady(event.plan, event.value)
                if event.node.id in event.plan.setups:
                    # All of the kernel's own set the same table.
                    text, steady = "generic_file_vm_ops", True
                elif (
                    re.fullmatch(r"&\w+(@.*)?", text) and text.split("@")[0][1:] not in event.plan.hook.locals
                ):
                    steady = True
                place = (event.plan, event.node)
                if event.kind is Happening.VM_OPS:
                    ops, ranged = text if steady else f"?{text}", event
                else:
                    data = text if steady else f"?{text}"
        if not special and shifted is not None:
            _refuse_shift(*shifted)
        if not special and moved and ranged is not None:
            _refuse_range(ranged)
        if not special:
            # With flags and offset as they came, the old mapping merged too, and its hook did not run.
            seen.setdefault((ops, data, prot if moved else ""), place)
    varying = [key for key in seen if any(part.startswith("?") for part in key)]
    if varying or len(seen) > 1:
        key = varying[0] if varying else list(seen)[-1]
        what = _what_varies(seen, key)
        message = f"the mapping may now merge with its neighbour, and {what} may differ between the two"
        where, node = seen[key]
        where.refuse(node, "may-merge", message, Tier.REVIEW)


def _refuse_shift(plan: Plan, node: Node) -> None:
    """The offset decides on a merge: the old one came before the hook had changed it, the new one after."""
    message = f"`{plan.short(node)}` changes the offset, by which the mapping now merges with its neighbour"
    plan.refuse(node, "may-merge", message, Tier.REVIEW)


def _refuse_range(event: Event) -> None:
    """With flags that the hook sets two mappings become one only now: a handler sees another range."""
    for problem in () if event.value is None else range_asked(event.plan, event.value):
        message = f"the mapping may now merge with its neighbour, and {problem}"
        event.plan.refuse(event.node, "may-merge", message, Tier.REVIEW)


def _text(plan: Plan, event: Event) -> str:
    """What an event stores; the same words in another file than the hook's may name something else."""
    if event.value is None:
        return ""
    text, path = "".join(event.plan.hook.text(event.value).split()), event.plan.hook.file.path
    return text if path == plan.hook.file.path else f"{text}@{path}"


def _follows_flags(plan: Plan, prot: Node) -> bool:
    """Whether a page protection is computed from the VMA's own by known functions and constants alone."""
    hook = plan.hook
    called = {field(call, "function").id for call in find_all(prot, "call_expression")}

    def follows(node: Node) -> bool:
        name, around = hook.text(node), node.parent
        if node.id in called:
            return name in tables().harmless and not hook.file.functions(name)
        if name == hook.vma and around is not None:
            return any(plan.values.is_field(around, member) for member in ("vm_page_prot", "vm_flags"))
        return is_constant(hook, name)

    return all(map(follows, find_all(prot, "identifier")))


def _what_varies(seen: Mapping[tuple[str, str, str], object], key: tuple[str, str, str]) -> str:
    names = ("vm_ops", "vm_private_data", "vm_page_prot")
    for place, name in enumerate(names):
        if key[place].startswith("?"):
            return name
    return next((name for place, name in enumerate(names) if len({one[place] for one in seen}) > 1), "vm_ops")


def is_steady(plan: Plan, value: Node, depth: int = 0) -> bool:
    """Whether an expression is the same for every mapping of one file.

    An address, a constant, what the file itself holds: what is read from anywhere else may have changed.
    """
    value, hook = inner(value), plan.hook
    if depth > 8:
        return False
    if value.type == "cast_expression":
        return is_steady(plan, field(value, "value"), depth + 1)
    if value.type == "identifier":
        name = hook.text(value)
        local = hook.locals.get(name)
        if local is not None:
            return local.single is not None and is_steady(plan, local.single, depth + 1)
        return name == hook.own_file or is_constant(plan.hook, name)
    if value.type == "pointer_expression":
        return operator(value) == "&" and _steady_place(plan, field(value, "argument"), depth + 1)
    if value.type == "field_expression" and operator(value) == "->":
        if plan.values.is_field(value, "vm_file"):
            return True
        holder = field(value, "argument")
        of_file = plan.values.is_field(holder, "vm_file") or hook.text(inner(holder)) == hook.own_file
        name = hook.text(field(value, "field"))
        if name == "private_data" and _is_rebound(hook.file):
            return False
        return of_file and name in ("private_data", "f_inode", "f_mapping")
    if value.type == "binary_expression":
        return all(is_steady(plan, field(value, side), depth + 1) for side in ("left", "right"))
    return value.type in ("number_literal", "null")


def _is_rebound(file: FileModel) -> bool:
    """Whether a function of ``file`` gives an open file other private data: one that is handed no inode."""
    return file.once(
        "rebinds an open file",
        lambda: any(_rebinds(file, function) for function in file.functions_with("private_data")),
    )


def _rebinds(file: FileModel, function: Function) -> bool:
    kinds = {one.name: "".join(one.type.split()) for one in function.parameters}
    if "structinode*" in kinds.values():
        # What opens a file, or ends with it.
        return False
    code = file.unit.code[function.node.start_byte : function.node.end_byte]
    return any(kinds.get(found[1].decode()) == "structfile*" for found in _BOUND.finditer(code))


def _steady_place(plan: Plan, place: Node, depth: int) -> bool:
    """Whether an lvalue is the same object for every mapping of one file."""
    place = inner(place)
    if place.type == "identifier":
        return plan.hook.text(place) not in plan.hook.locals
    if place.type == "field_expression":
        argument = field(place, "argument")
        follow = is_steady if operator(place) == "->" else _steady_place
        return follow(plan, argument, depth + 1)
    return False

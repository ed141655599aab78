# SPDX-License-Identifier: GPL-2.0-only
"""Changes of ``vma->vm_flags``, by the vm_flags_*() helpers and by assignments.

    vm_flags_set(vma, VM_IO | VM_DONTDUMP)   -> vma_desc_set_flags(desc, VMA_IO_BIT, VMA_DONTDUMP_BIT)
    vm_flags_mod(vma, A, B)                  -> set A, then clear B

Source: include/linux/mm.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.recipes.masks import Mask, known_or_refused, mask_of, names_of
from mmapmigrate.convert.text.layout import call as lay_out_call
from mmapmigrate.convert.values.widths import inverts_whole
from mmapmigrate.syntax.nodes import arguments, call_given, enclosing_statement, field, inner, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

# Helper on a VMA: what it does with the flags it is given.
SETTERS = {
    "vm_flags_set": "set",
    "vm_flags_clear": "clear",
    "vm_flags_mod": "mod",
    "vm_flags_init": "assign",
    "vm_flags_reset": "assign",
}
BIT_SETTERS = {"vma_set_flags": "set", "vma_clear_flags": "clear"}


def flags_call(plan: Plan, use: Node) -> bool:
    """Replace a call of a helper that changes the VMA's flags."""
    call = call_given(use)
    if call is None:
        return False
    name = plan.hook.text(field(call, "function"))
    given = arguments(call)
    if name in BIT_SETTERS and len(given) >= 2 and inner(given[0]).id == use.id:
        plan.claim(use)
        _bits(plan, call, BIT_SETTERS[name], [plan.hook.text(a) for a in given[1:]])
        return True
    what = SETTERS.get(name)
    if what is None or len(given) != (3 if what == "mod" else 2) or inner(given[0]).id != use.id:
        return False
    plan.claim(use)
    statement = call.parent
    if statement is None or statement.type != "expression_statement":
        plan.refuse(call, "flags-call", f"`{name}()` is used as an expression", Tier.SKELETON)
    elif what == "mod":
        _modify(plan, statement, call, given[1], given[2])
    elif what == "assign":
        _assign(plan, call, call, given[1])
    else:
        _change(plan, call, call, what, given[1])
    return True


def flags_assignment(plan: Plan, node: Node) -> bool:
    """``vma->vm_flags |= A`` and its kin, which only kernels before 6.3 accept on a VMA."""
    target = outer(node)
    parent = target.parent
    if parent is None or parent.type != "assignment_expression" or field(parent, "left").id != target.id:
        return False
    symbol, value = operator(parent), inner(field(parent, "right"))
    holder = parent.parent
    if holder is None or holder.type != "expression_statement":
        plan.refuse(
            parent, "flags-assignment", f"`{plan.hook.text(parent)}` is used as a value", Tier.SKELETON
        )
    elif symbol == "|=":
        _change(plan, parent, parent, "set", value)
    elif symbol == "&=" and value.type == "unary_expression" and operator(value) == "~":
        _clear(plan, parent, value)
    elif symbol == "=":
        _assign(plan, parent, parent, value)
    else:
        plan.refuse(parent, "flags-assignment", f"`{plan.hook.text(parent)}` has no recipe", Tier.SKELETON)
    return True


def _clear(plan: Plan, place: Node, inverted: Node) -> None:
    """``flags &= ~E``: E is cleared, and what ``~E`` is too narrow for."""
    mask = field(inverted, "argument")
    if names_of(plan, mask) is not None or inverts_whole(plan.hook, mask):
        _change(plan, place, place, "clear", mask)
        return
    if not (plan.api.has("legacy_to_vma_flags") and plan.api.has("vma_flags_to_legacy")):
        plan.refuse(place, "flags-value", "this kernel has no legacy_to_vma_flags()", Tier.BLOCKED)
    desc = plan.hook.desc
    before = f"vma_flags_to_legacy({desc}->vma_flags)"
    plan.replace(
        place, lambda: f"{desc}->vma_flags = legacy_to_vma_flags({before} & {plan.render(inverted)})"
    )
    _note(plan, place, "clear", None)


def _modify(plan: Plan, statement: Node, call: Node, to_set: Node, to_clear: Node) -> None:
    texts = []
    for what, node in (("set", to_set), ("clear", to_clear)):
        names = names_of(plan, node)
        if plan.hook.text(inner(node)) in ("0", "VM_NONE"):
            continue
        if names is None:
            plan.refuse(
                call, "flags-call", "`vm_flags_mod()` is given a mask that is not named", Tier.SKELETON
            )
            return
        mask = mask_of(plan, names)
        if not known_or_refused(plan, call, mask):
            return
        texts.append(_change_text(plan, statement, what, mask))
        _note(plan, node, what, frozenset(names))
    plan.replace_statement(statement, [lambda text=text: f"{text};" for text in texts])  # type: ignore[misc]


def _change(plan: Plan, place: Node, target: Node, what: str, node: Node) -> None:
    """Set or clear the flags of ``node``."""
    names = names_of(plan, node)
    if names is None or not _says_some(names):
        if not plan.api.has("legacy_to_vma_flags") or not plan.api.has(f"vma_desc_{what}_flags_mask"):
            plan.refuse(
                place, "flags-value", "a mask that is not named has no recipe in this kernel", Tier.SKELETON
            )
            return
        plan.replace(
            target,
            lambda: f"vma_desc_{what}_flags_mask({plan.hook.desc}, legacy_to_vma_flags({plan.render(node)}))",
        )
        _note(plan, place, what, None)
        return
    mask = mask_of(plan, names)
    if not known_or_refused(plan, place, mask):
        return
    text = _change_text(plan, place, what, mask)
    plan.replace(target, text)
    _note(plan, place, what, frozenset(names))


def _change_text(plan: Plan, place: Node, what: str, mask: Mask) -> str:
    desc = plan.hook.desc
    if mask.masks and not mask.bits and len(mask.masks) == 1:
        return f"vma_desc_{what}_flags_mask({desc}, {mask.masks[0]})"
    if mask.masks:
        value = plan.hook.text(place)
        plan.refuse(place, "mixed-mask", f"`{value}` mixes flags and a mask of several", Tier.SKELETON)
    return lay_out_call(plan.start_column(place), f"vma_desc_{what}_flags", [desc, *mask.bits], "")


def _bits(plan: Plan, call: Node, what: str, bits: list[str]) -> None:
    text = lay_out_call(plan.start_column(call), f"vma_desc_{what}_flags", [plan.hook.desc, *bits], "")
    plan.replace(call, text)
    _note(plan, call, what, frozenset("VM_" + bit.removeprefix("VMA_").removesuffix("_BIT") for bit in bits))


def _assign(plan: Plan, place: Node, target: Node, value: Node) -> None:
    """``flags = E``: a change when E is the old flags with some set or cleared, else the whole word."""
    value = inner(value)
    added = _added(plan, value)
    if (
        added is not None
        and _says_some(added)
        and mask_of(plan, added).translates
        and not mask_of(plan, added).masks
    ):
        plan.claim_below(value)
        plan.replace(target, _change_text(plan, place, "set", mask_of(plan, added)))
        _note(plan, place, "set", frozenset(added))
        return
    taken = _taken_away(plan, value)
    if taken is not None:
        plan.claim_below(field(value, "left"))
        _change(plan, place, target, "clear", taken)
        return
    if not plan.api.has("legacy_to_vma_flags"):
        plan.refuse(place, "flags-value", "this kernel has no legacy_to_vma_flags()", Tier.BLOCKED)
    plan.replace(target, lambda: f"{plan.hook.desc}->vma_flags = legacy_to_vma_flags({plan.render(value)})")
    _note(plan, place, "assign", None)


def _says_some(names: tuple[str, ...]) -> bool:
    """Whether a mask names a flag: the helpers that take bits want one."""
    return any(name != "VM_NONE" for name in names)


def _taken_away(plan: Plan, value: Node) -> Node | None:
    """The mask M of ``vma->vm_flags & ~M``, None when ``value`` is anything else."""
    if value.type != "binary_expression" or operator(value) != "&":
        return None
    left, right = inner(field(value, "left")), inner(field(value, "right"))
    own = left.type == "field_expression" and plan.values.is_field(left, "vm_flags")
    inverted = right.type == "unary_expression" and operator(right) == "~"
    if not (own and inverted):
        return None
    mask = field(right, "argument")
    return mask if names_of(plan, mask) is not None or inverts_whole(plan.hook, mask) else None


def _added(plan: Plan, value: Node) -> tuple[str, ...] | None:
    """The flags that ``vma->vm_flags | A | B`` adds, None when ``value`` is anything else."""
    value = inner(value)
    if value.type != "binary_expression" or operator(value) != "|":
        return None
    left, right = inner(field(value, "left")), inner(field(value, "right"))
    more = names_of(plan, right)
    if more is None:
        return None
    if left.type == "field_expression" and plan.values.is_field(left, "vm_flags"):
        return more
    before = _added(plan, left)
    return None if before is None else before + more


def _note(plan: Plan, node: Node, what: str, names: frozenset[str] | None) -> None:
    plan.flag_writes.setdefault(enclosing_statement(node).id, []).append((what, names))

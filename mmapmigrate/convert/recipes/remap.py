# SPDX-License-Identifier: GPL-2.0-only
"""remap_pfn_range(), io_remap_pfn_range() and vm_iomap_memory(): the actions of the descriptor.

    return remap_pfn_range(vma, vma->vm_start, pfn, vma->vm_end - vma->vm_start, vma->vm_page_prot);
        -> mmap_action_remap_full(desc, pfn);
           return 0;

    if (io_remap_pfn_range(vma, vma->vm_start, pfn, PAGE_SIZE, vma->vm_page_prot))
        return -EAGAIN;
        -> mmap_action_ioremap(desc, desc->start, pfn, PAGE_SIZE);
           desc->action.error_override = -EAGAIN;

    return vm_iomap_memory(vma, start, len);
        -> mmap_action_simple_ioremap(desc, start, len);
           return 0;

A prot that the VMA does not keep is set for the action and taken back. A size that is not provably the
VMA's or page-aligned becomes PAGE_ALIGN(size), with the reason that it may pass the VMA's end; so may a
start other than vm_start. Refuses a loop of remaps, and a check of the result that does more than return.
Sources: mm/memory.c (get_remap_pgoff(), remap_pfn_range_prepare(), simple_ioremap_prepare()), mm/util.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Action, Plan, Text
from mmapmigrate.convert.recipes.emission import emit_action
from mmapmigrate.convert.recipes.fields import Access, access_of
from mmapmigrate.convert.recipes.flag_changes import BIT_SETTERS, SETTERS
from mmapmigrate.convert.recipes.outcome import Outcome, outcome_of
from mmapmigrate.convert.values import Size
from mmapmigrate.convert.values.tested import is_proven
from mmapmigrate.convert.values.widths import is_wide
from mmapmigrate.model.body import is_once
from mmapmigrate.syntax.nodes import ancestors, arguments, call_given, encloses, field, find_all, inner

if TYPE_CHECKING:
    from tree_sitter import Node


class RemapHelper(Struct, frozen=True):
    """An old helper: its action, and where its arguments stand (-1 where it has none of that kind)."""

    action: str
    count: int
    start: int = -1
    size: int = -1
    prot: int = -1
    late_prot: bool = False


# Parameters as in include/linux/mm.h.
REMAPS = {
    "remap_pfn_range": RemapHelper("mmap_action_remap", 5, start=1, size=3, prot=4),
    "io_remap_pfn_range": RemapHelper("mmap_action_ioremap", 5, start=1, size=3, prot=4),
    "vm_iomap_memory": RemapHelper("mmap_action_simple_ioremap", 3, late_prot=True),
}
# What gets the VMA and does not write its prot.
_KNOWN = frozenset({*REMAPS, *SETTERS, *BIT_SETTERS, "vma_pages"})
_COMPUTED = ("binary_expression", "conditional_expression", "assignment_expression")
_READERS = frozenset({"vma_pages", "vma_start_pgoff", "vma_get_page_prot"})
_LOOPS = ("for_statement", "while_statement", "do_statement")


def remap_call(plan: Plan, use: Node) -> bool:
    """Replace the remap that ``use`` is the first argument of, or say why not."""
    call = call_given(use)
    if call is None:
        return False
    name = plan.hook.text(field(call, "function"))
    helper = REMAPS.get(name)
    given = arguments(call)
    if helper is None or len(given) != helper.count or inner(given[0]).id != use.id:
        return False
    plan.claim(use)
    problem = _problem(plan, call, name, helper)
    if problem is not None:
        plan.refuse(call, problem[0], problem[1], problem[2])
        return True
    lent = _lent(plan, call)
    if lent is not None:
        message = f"`{plan.short(lent)}` gets the VMA, and may change what `{name}()` is given beside it"
        plan.refuse(lent, "remap-argument", message, Tier.REVIEW)
    outcome = outcome_of(plan, call)
    if isinstance(outcome, str):
        plan.refuse(call, "remap-result", outcome, Tier.SKELETON)
        return True
    _write(plan, call, helper, outcome)
    return True


def _problem(plan: Plan, call: Node, name: str, helper: RemapHelper) -> tuple[str, str, Tier] | None:
    if not plan.api.has(helper.action):
        return (
            "no-counterpart",
            f"Linux {plan.api.release} has no {helper.action}() for `{name}()`",
            Tier.BLOCKED,
        )
    if any(node.type in _LOOPS and not is_once(plan.hook, node) for node in ancestors(call)):
        return "remap-loop", f"`{name}()` is called in a loop: a descriptor takes one action", Tier.BLOCKED
    for argument in arguments(call):
        write = next(find_all(argument, "assignment_expression", "update_expression"), None)
        if write is not None:
            text = plan.short(write)
            message = f"`{text}` in an argument of `{name}()` changes what the action is given"
            return "remap-argument", message, Tier.SKELETON
    return None


def _lent(plan: Plan, remap: Node) -> Node | None:
    """The call among the arguments of a remap that is given the VMA and may write its fields.

    The VMA keeps what such a call leaves in it; whether the other arguments see it is the compiler's choice.
    """
    for argument in arguments(remap)[1:]:
        for call in find_all(argument, "call_expression"):
            name = plan.hook.text(field(call, "function"))
            if name not in _READERS and any(
                plan.hook.text(inner(one)) == plan.hook.vma for one in arguments(call)
            ):
                return call
    return None


def _write(plan: Plan, call: Node, helper: RemapHelper, outcome: Outcome) -> None:
    given = arguments(call)
    before: list[Text] = []
    after: list[Text] = []
    if helper.prot >= 0:
        if plan.values.is_prot(given[helper.prot]):
            plan.claim_below(given[helper.prot])
            plan.discard(given[helper.prot])
        else:
            before, after = _borrow_prot(plan, given[helper.prot])
    if helper.size >= 0:
        kind, rest, size = _range(plan, helper, given)
    else:
        kind, size = helper.action, None
        rest = [lambda node=node: plan.render(node) for node in given[1:]]  # type: ignore[misc]
    if outcome.override is not None and helper.late_prot:
        message = (
            f"the checks of `{plan.hook.text(field(call, 'function'))}()` move to the prepare step, "
            f"where {outcome.override} does not replace their errno"
        )
        plan.refuse(call, "override-gap", message, Tier.REVIEW)
    action = Action(call, helper.action, size, outcome.override, helper.late_prot)
    emit_action(plan, action, outcome, kind, rest, before, after)


def _range(plan: Plan, helper: RemapHelper, given: list[Node]) -> tuple[str, list[Text], Node | None]:
    """The action's name and the arguments after the descriptor; the size when it is not the VMA's."""
    start, pfn, size = given[helper.start], given[2], given[helper.size]
    full = f"{helper.action}_full"
    known = plan.values.size(size)
    proven = known is Size.FULL or is_proven(plan.values, given[0].parent or size, size)
    address: Text = lambda: f"{plan.hook.desc}->start"  # noqa: E731
    if not plan.values.is_start(start):
        text = " ".join(plan.hook.text(start).split())
        message = (
            f"`{text}` is not provably where the whole range lies within the VMA: else it fails with -EFAULT"
        )
        plan.refuse(start, "remap-start", message, Tier.REVIEW)
        address = lambda: plan.render(start)  # noqa: E731
    else:
        plan.claim_below(start)
        plan.discard(start)
        if proven and plan.api.has(full):
            plan.claim_below(size)
            plan.discard(size)
            return full, [lambda: plan.render(pfn)], None
    if known is Size.UNKNOWN and not proven:
        length: Text = lambda: f"PAGE_ALIGN({_widened(plan, size)})"  # noqa: E731
    else:
        length = lambda: plan.render(size)  # noqa: E731
    return (
        helper.action,
        [address, lambda: plan.render(pfn), length],
        None if proven else size,
    )


def _widened(plan: Plan, size: Node) -> str:
    """A size as the old call took it: an unsigned long, before anything rounds it up."""
    text = plan.render(size)
    if is_wide(plan.hook, size):
        return text
    return f"(unsigned long)({text})" if size.type in _COMPUTED else f"(unsigned long){text}"


def _borrow_prot(plan: Plan, prot: Node) -> tuple[list[Text], list[Text]]:
    """Set the prot that the action alone gets, and take it back: copy-on-write uses the VMA's."""
    desc = plan.hook.desc
    name = next(n for n in ("vma_prot", "vma_page_prot", "saved_page_prot") if plan.hook.is_free(n))
    written = any(
        plan.values.is_field(node, "vm_page_prot") and (access_of(node) != Access.READ or _is_assigned(node))
        for node in find_all(plan.hook.body, "field_expression")
    ) or _is_handed_on(plan)
    declaration = f"pgprot_t {name};" if written else f"const pgprot_t {name} = {desc}->page_prot;"
    if declaration not in plan.declarations:
        plan.declarations.append(declaration)
    before: list[Text] = [lambda: f"{name} = {desc}->page_prot;"] if written else []
    before.append(lambda: f"{desc}->page_prot = {plan.render(prot)};")
    return before, [lambda: f"{desc}->page_prot = {name};"]


def _is_assigned(node: Node) -> bool:
    """Whether a node is part of what is assigned to (``pgprot_val(vma->vm_page_prot) |= x``)."""
    for holder in ancestors(node):
        if holder.type == "assignment_expression":
            return encloses(field(holder, "left"), node)
    return False


def _is_handed_on(plan: Plan) -> bool:
    """Whether the hook gives its VMA to a function that may write the prot."""
    for call in find_all(plan.hook.body, "call_expression"):
        name = plan.hook.text(field(call, "function"))
        if name not in _KNOWN and any(plan.hook.text(inner(one)) == plan.hook.vma for one in arguments(call)):
            return True
    return False

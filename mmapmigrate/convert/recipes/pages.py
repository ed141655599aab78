# SPDX-License-Identifier: GPL-2.0-only
"""Kernel pages: vm_map_pages(), vm_map_pages_zero(), vm_insert_pages(), vm_insert_page() and loops of it.

    return vm_map_pages_zero(vma, buf->pages, buf->nr_pages);
        -> if (vma_desc_pages(desc) > buf->nr_pages)
                   return -ENXIO;
           mmap_action_map_kernel_pages_full(desc, buf->pages);
           return 0;

    return vm_insert_pages(vma, vma->vm_start, buf->pages, &count);
        -> mmap_action_map_kernel_pages(desc, desc->start, buf->pages, count);
           return 0;

The action inserts from the array as given and checks only the range, so the checks of the old helpers are
kept in the hook. Refuses a hook that asks how many pages vm_insert_pages() left, and what page_array.py and
page_loop.py refuse. Source: mm/memory.c (__vm_map_pages(), vm_insert_pages(), map_kernel_pages_prepare()).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.plan import Action, Plan, Text
from mmapmigrate.convert.recipes.emission import emit_action
from mmapmigrate.convert.recipes.outcome import Outcome, outcome_of
from mmapmigrate.convert.recipes.page_array import ACTION, is_typed, outlives
from mmapmigrate.convert.recipes.page_loop import looped_insertion
from mmapmigrate.convert.values.widths import WIDE_TYPES
from mmapmigrate.model.body import is_once
from mmapmigrate.syntax.nodes import ancestors, arguments, call_given, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_MAPPERS = ("vm_map_pages", "vm_map_pages_zero")
_COUNTS = {"vm_map_pages": 3, "vm_map_pages_zero": 3, "vm_insert_page": 3, "vm_insert_pages": 4}
_LOOPS = ("for_statement", "while_statement", "do_statement")
_SIMPLE = ("identifier", "field_expression", "call_expression", "number_literal", "subscript_expression")


def kernel_pages(plan: Plan, use: Node) -> bool:
    """Replace the call that maps kernel pages and has ``use`` as its first argument."""
    call = call_given(use)
    if call is None:
        return False
    name = plan.hook.text(field(call, "function"))
    given = arguments(call)
    if len(given) != _COUNTS.get(name) or inner(given[0]).id != use.id:
        return False
    if not plan.api.has(ACTION) or not plan.api.has(f"{ACTION}_full"):
        return False
    plan.claim(use)
    loop = next(
        (node for node in ancestors(call) if node.type in _LOOPS and not is_once(plan.hook, node)), None
    )
    if name in _MAPPERS and loop is None:
        _mapped(plan, call, name, given)
    elif name == "vm_insert_pages" and loop is None:
        _batch(plan, call, given)
    elif name == "vm_insert_page" and loop is None:
        _single(plan, call, given)
    elif name == "vm_insert_page" and loop is not None and loop.type == "for_statement":
        looped_insertion(plan, call, loop, given)
    else:
        message = f"`{name}()` is called in a loop: a descriptor takes one action"
        plan.refuse(call, "insert-loop", message, Tier.BLOCKED)
    return True


def _mapped(plan: Plan, call: Node, name: str, given: list[Node]) -> None:
    """vm_map_pages() and vm_map_pages_zero(): their own range checks stay, in the hook."""
    outcome = _outcome(plan, call)
    if outcome is None or not outlives(plan, call, given[1]):
        return
    if not outcome.direct:
        message = f"`{name}()` checks the range, and its failure is not where the hook returns"
        plan.refuse(call, "remap-result", message, Tier.SKELETON)
        plan.actions.append(Action(call, ACTION, late_prot=True))
        return
    if name == "vm_map_pages" and not _is_pure(plan, given[2]):
        message = f"`{plan.short(given[2])}` was computed once, and the hook would do it twice"
        plan.refuse(call, "remap-argument", message, Tier.SKELETON)
        plan.actions.append(Action(call, ACTION, late_prot=True))
        return
    if name == "vm_map_pages" and not is_typed(plan, call, given[1]):
        return
    desc, errno = plan.hook.desc, outcome.override or "-ENXIO"

    def checked() -> str:
        count = _operand(plan, given[2])
        pages = f"vma_desc_pages({desc})"
        if name == "vm_map_pages_zero":
            test = f"{pages} > {count}"
        else:
            test = f"{desc}->pgoff >= {count} || {pages} > {count} - {desc}->pgoff"
        lead = plan.lead(outcome.statement)
        return f"if ({test})\n{lead}\treturn {errno};\n"

    def array() -> str:
        if name == "vm_map_pages_zero":
            return plan.render(given[1])
        return f"{_operand(plan, given[1])} + {desc}->pgoff"

    action = Action(call, ACTION, None, outcome.override, late_prot=True)
    emit_action(plan, action, outcome, f"{ACTION}_full", [array], before=[checked])


def _single(plan: Plan, call: Node, given: list[Node]) -> None:
    """One page at the VMA's start."""
    page = inner(given[2])
    if not plan.values.is_start(given[1]):
        text = plan.hook.text(given[1])
        message = f"`vm_insert_page()` maps at `{text}`, not at the VMA's start"
        plan.refuse(call, "insert-start", message, Tier.SKELETON)
        return
    outcome = _outcome(plan, call)
    if outcome is None or not outlives(plan, call, page):
        return
    names = {parameter.name for parameter in plan.hook.function.parameters} | set(plan.hook.locals)
    name = plan.hook.text(page)
    # A macro or a constant may have no address.
    constant = name.isupper() or bool(plan.hook.file.macros(name))
    shared = page.type == "identifier" and name not in names and not constant
    if page.type not in ("field_expression", "subscript_expression") and not shared:
        message = f"`{plan.hook.text(page)}` is no page pointer in memory that outlives the hook"
        plan.refuse(call, "page-on-stack", message, Tier.SKELETON)
        return
    if not is_typed(plan, call, page):
        return
    plan.claim_below(given[1])
    plan.discard(given[1])
    start = f"{plan.hook.desc}->start"
    action = Action(call, ACTION, None, outcome.override, late_prot=True)
    emit_action(plan, action, outcome, ACTION, [lambda: start, lambda: f"&{plan.render(page)}", lambda: "1"])


def _batch(plan: Plan, call: Node, given: list[Node]) -> None:
    """vm_insert_pages(), which checks and maps just as the action does."""
    pointer = inner(given[3])
    name = ""
    if pointer.type == "pointer_expression" and operator(pointer) == "&":
        name = plan.hook.text(inner(field(pointer, "argument")))
    if name not in plan.hook.locals or plan.hook.is_used_behind(name, call):
        message = f"`{plan.short(given[3])}` tells what `vm_insert_pages()` left, and an action tells nothing"
        plan.refuse(call, "remap-result", message, Tier.SKELETON)
        return
    outcome = _outcome(plan, call)
    if outcome is None or not outlives(plan, call, given[2]):
        return
    start = f"{plan.hook.desc}->start"
    address: Text = lambda: plan.render(given[1])  # noqa: E731
    if plan.values.is_start(given[1]):
        plan.claim_below(given[1])
        plan.discard(given[1])
        address = lambda: start  # noqa: E731
    if outcome.override is not None and not (plan.values.is_start(given[1]) and _is_whole(plan, name)):
        message = (
            "the range check of `vm_insert_pages()` moves to the prepare step, "
            f"where {outcome.override} does not replace its errno"
        )
        plan.refuse(call, "override-gap", message, Tier.REVIEW)
    action = Action(call, ACTION, None, outcome.override, late_prot=True)
    emit_action(plan, action, outcome, ACTION, [address, lambda: plan.render(given[2]), lambda: name])


def _is_whole(plan: Plan, count: str) -> bool:
    """Whether a local has the VMA's number of pages when its address is given away, which is done once."""
    local = plan.hook.locals[count]
    once = len(local.definitions) == 1 and len(local.written) == 1
    return once and local.type in WIDE_TYPES and plan.values.is_pages(local.definitions[0])


def _is_pure(plan: Plan, value: Node) -> bool:
    """Whether an expression may be computed twice: it changes nothing, and calls only what computes."""
    if any(find_all(value, "assignment_expression", "update_expression")):
        return False
    names = (plan.hook.text(field(call, "function")) for call in find_all(value, "call_expression"))
    return all(name in tables().harmless for name in names)


def _outcome(plan: Plan, call: Node) -> Outcome | None:
    outcome = outcome_of(plan, call)
    if isinstance(outcome, str):
        plan.refuse(call, "remap-result", outcome, Tier.SKELETON)
        return None
    return outcome


def _operand(plan: Plan, node: Node) -> str:
    text = plan.render(node)
    return text if inner(node).type in _SIMPLE or node.type == "parenthesized_expression" else f"({text})"

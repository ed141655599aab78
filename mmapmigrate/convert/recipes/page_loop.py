# SPDX-License-Identifier: GPL-2.0-only
"""A loop that inserts page after page of an array from the VMA's start: one action takes them all.

    for (i = 0; i < n; i++) {
            ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, buf->pages[i]);
            if (ret)
                    return ret;
    }
        -> mmap_action_map_kernel_pages(desc, desc->start, buf->pages, n);

Refuses a loop that does anything else, or that leaves its index or its address to what comes behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Action, Plan
from mmapmigrate.convert.recipes.emission import emit_action
from mmapmigrate.convert.recipes.failure import failure_of, holds_errno
from mmapmigrate.convert.recipes.outcome import Outcome
from mmapmigrate.convert.recipes.page_array import ACTION, is_typed, outlives
from mmapmigrate.convert.values.tested import are_proven_pages
from mmapmigrate.convert.values.widths import WIDE_TYPES
from mmapmigrate.model.body import Local
from mmapmigrate.syntax.nodes import bare, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_INDEX_TYPES = frozenset({"int", "unsigned int", "unsigned", "uint", "u32", "s32"})


class _Loop(Struct, frozen=True):
    """A loop that inserts entry after entry of ``array``, ``count`` of them, from the VMA's start."""

    array: Node
    count: Node
    outcome: Outcome


def looped_insertion(plan: Plan, call: Node, loop: Node, given: list[Node]) -> None:
    """Replace ``loop``, a for around the vm_insert_page() ``call``, whose arguments are ``given``."""
    found = _consecutive(plan, call, loop, given)
    if found is None:
        message = (
            "`vm_insert_page()` is called in a loop that is not over consecutive entries of a page array"
        )
        plan.refuse(call, "insert-loop", message, Tier.BLOCKED)
        return
    if not outlives(plan, call, found.array) or not is_typed(plan, call, found.array):
        return
    plan.claim_below(loop)
    plan.discard(loop)
    plan.kept.append(found.array)
    desc = plan.hook.desc
    action = Action(call, ACTION, None, found.outcome.override, late_prot=True)
    if plan.values.is_pages(found.count) or are_proven_pages(plan.values, call, found.count):
        emit_action(plan, action, found.outcome, f"{ACTION}_full", [lambda: plan.render(found.array)])
        return
    plan.kept.append(found.count)
    emit_action(
        plan,
        action,
        found.outcome,
        ACTION,
        [lambda: f"{desc}->start", lambda: plan.render(found.array), lambda: plan.render(found.count)],
    )
    # The last look at the count: 0 pages was a success that mapped nothing, and an action of 0 pages is not.
    message = f"`{plan.hook.text(found.count)}` pages may be none, or more than the VMA holds"
    plan.refuse(call, "count-unproven", message, Tier.REVIEW)


def _consecutive(plan: Plan, call: Node, loop: Node, given: list[Node]) -> _Loop | None:
    """Read ``for (i = 0; i < n; i++)`` with one checked insertion of ``array[i]`` at page i."""
    index = _index(plan, loop)
    condition = loop.child_by_field_name("condition")
    if index is None or condition is None:
        return None
    test = inner(condition)
    if test.type != "binary_expression" or operator(test) != "<":
        return None
    if plan.hook.text(inner(field(test, "left"))) != index:
        return None
    page = inner(given[2])
    if page.type != "subscript_expression" or plan.hook.text(inner(field(page, "index"))) != index:
        return None
    moved = _moved_address(plan, call, loop, given[1], index)
    if moved is None or plan.hook.is_used_behind(index, loop):
        return None
    body = field(loop, "body")
    statements = (
        [body]
        if body.type != "compound_statement"
        else [c for c in body.named_children if c.type != "comment"]
    )
    rest = [s for s in statements if "".join(plan.hook.text(s).split()) not in moved]
    count = field(test, "right")
    if any(plan.hook.text(node) == index for node in find_all(count, "identifier")):
        return None
    outcome = _loop_outcome(plan, rest, call, loop)
    return None if outcome is None else _Loop(field(page, "argument"), count, outcome)


def _index(plan: Plan, loop: Node) -> str | None:
    """The variable that ``loop`` counts from 0 by one."""
    start, update = loop.child_by_field_name("initializer"), loop.child_by_field_name("update")
    if start is None or update is None:
        return None
    text = "".join(plan.hook.text(start).split()).rstrip(";")
    name, sign, value = text.partition("=")
    local = plan.hook.locals.get(name)
    counts = sign and value == "0" and plan.hook.text(update) in (f"{name}++", f"++{name}")
    # A narrow index would come round before the last page.
    return name if counts and local is not None and _kind(local) in {*WIDE_TYPES, *_INDEX_TYPES} else None


def _kind(local: Local) -> str:
    return " ".join(local.type.split())


def _moved_address(plan: Plan, call: Node, loop: Node, address: Node, index: str) -> frozenset[str] | None:
    """The statements that move ``address`` page by page; none where it is computed from the index."""
    node = inner(address)
    if node.type == "binary_expression" and operator(node) == "+":
        offset = "".join(plan.hook.text(inner(field(node, "right"))).split())
        wanted = {f"{index}*PAGE_SIZE", f"PAGE_SIZE*{index}"}
        if _kind(plan.hook.locals[index]) in WIDE_TYPES:
            wanted |= {f"{index}<<PAGE_SHIFT", f"({index}<<PAGE_SHIFT)"}
        return frozenset() if plan.values.is_start(field(node, "left")) and offset in wanted else None
    if node.type != "identifier":
        return None
    local = plan.hook.locals.get(plan.hook.text(node))
    if (
        local is None
        or len(local.definitions) != 1
        or _kind(local) not in WIDE_TYPES
        or not plan.values.is_field(local.definitions[0], "vm_start")
    ):
        return None
    step = f"{local.name}+=PAGE_SIZE;"
    places = [
        n
        for n in find_all(plan.hook.body, "assignment_expression")
        if plan.hook.text(field(n, "left")) == local.name
    ]
    changes = [n for n in places if operator(n) != "="]
    if len(changes) != 1 or local.writes != 1 or plan.hook.is_used_behind(local.name, loop):
        return None
    # In front of the insertion, or outside of the loop, it would be another page's address.
    return frozenset({step}) if call.end_byte <= changes[0].start_byte < loop.end_byte else None


def _loop_outcome(plan: Plan, statements: list[Node], call: Node, loop: Node) -> Outcome | None:
    """How each insertion's result is checked: the loop goes, and what it returned on failure is kept."""
    if len(statements) == 1 and statements[0].type == "if_statement":
        failure = failure_of(plan, statements[0], call)
        if failure is None or failure.errno is None:
            return None
        return Outcome(loop, failure.errno, reasons=failure.reasons)
    if len(statements) == 2 and statements[0].type == "expression_statement":
        assignment = bare(statements[0].named_children[0])
        if assignment.type != "assignment_expression" or inner(field(assignment, "right")).id != call.id:
            return None
        name = plan.hook.text(inner(field(assignment, "left")))
        if statements[1].type != "if_statement" or not holds_errno(plan, name):
            return None
        failure = failure_of(plan, statements[1], name)
        if failure is None:
            return None
        local = plan.hook.locals.get(name)
        later = local is None or any(n.start_byte > loop.end_byte for n in local.reads)
        return Outcome(loop, failure.errno, (plan.zero(name),) if later else (), reasons=failure.reasons)
    return None

# SPDX-License-Identifier: GPL-2.0-only
"""Kernel pages: vm_map_pages(), vm_map_pages_zero(), vm_insert_pages(), vm_insert_page() and loops of it.

    return vm_map_pages_zero(vma, buf->pages, buf->nr_pages);
        -> if (vma_desc_pages(desc) > buf->nr_pages)
                   return -ENXIO;
           mmap_action_map_kernel_pages_full(desc, buf->pages);
           return 0;

    for (i = 0; i < n; i++) {
            ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, buf->pages[i]);
            if (ret)
                    return ret;
    }
        -> mmap_action_map_kernel_pages(desc, desc->start, buf->pages, n);

    return vm_insert_pages(vma, vma->vm_start, buf->pages, &count);
        -> mmap_action_map_kernel_pages(desc, desc->start, buf->pages, count);
           return 0;

The action inserts from the array as given and checks only the range, so the checks of the old helpers are
kept in the hook. It reads the array after the hook has returned: an array or a page pointer on the hook's
own stack is refused, and so is a hook that asks how many pages vm_insert_pages() left. Source: mm/memory.c
(__vm_map_pages(), vm_insert_pages(), map_kernel_pages_prepare()).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.effect_tables import tables
from mmapmigrate.convert.lifetime import points_to_stack
from mmapmigrate.convert.plan import Action, Plan, Text
from mmapmigrate.convert.recipes.emission import emit_action
from mmapmigrate.convert.recipes.failure import failure_of, holds_errno
from mmapmigrate.convert.recipes.outcome import Outcome, outcome_of
from mmapmigrate.convert.values import WIDE_TYPES
from mmapmigrate.model.body import Local, is_once
from mmapmigrate.syntax.nodes import (
    ancestors,
    arguments,
    bare,
    call_given,
    field,
    find_all,
    inner,
    operator,
)

if TYPE_CHECKING:
    from tree_sitter import Node

ACTION = "mmap_action_map_kernel_pages"
_MAPPERS = ("vm_map_pages", "vm_map_pages_zero")
_COUNTS = {"vm_map_pages": 3, "vm_map_pages_zero": 3, "vm_insert_page": 3, "vm_insert_pages": 4}
_INDEX_TYPES = frozenset({"int", "unsigned int", "unsigned", "uint", "u32", "s32"})
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
        _looped(plan, call, loop, given)
    else:
        message = f"`{name}()` is called in a loop: a descriptor takes one action"
        plan.refuse(call, "insert-loop", message, Tier.BLOCKED)
    return True


def _mapped(plan: Plan, call: Node, name: str, given: list[Node]) -> None:
    """vm_map_pages() and vm_map_pages_zero(): their own range checks stay, in the hook."""
    outcome = _outcome(plan, call)
    if outcome is None or not _outlives(plan, call, given[1]):
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
    if name == "vm_map_pages" and not _is_typed(plan, call, given[1]):
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
    if outcome is None or not _outlives(plan, call, page):
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
    if not _is_typed(plan, call, page):
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
    if name not in plan.hook.locals or _read_later(plan, name, call):
        message = f"`{plan.short(given[3])}` tells what `vm_insert_pages()` left, and an action tells nothing"
        plan.refuse(call, "remap-result", message, Tier.SKELETON)
        return
    outcome = _outcome(plan, call)
    if outcome is None or not _outlives(plan, call, given[2]):
        return
    start = f"{plan.hook.desc}->start"
    address: Text = lambda: plan.render(given[1])  # noqa: E731
    if plan.values.is_start(given[1]):
        plan.claim_below(given[1])
        plan.discard(given[1])
        address = lambda: start  # noqa: E731
    action = Action(call, ACTION, None, outcome.override, late_prot=True)
    emit_action(plan, action, outcome, ACTION, [address, lambda: plan.render(given[2]), lambda: name])


@dataclass(frozen=True)
class _Loop:
    """A loop that inserts entry after entry of ``array``, ``count`` of them, from the VMA's start."""

    array: Node
    count: Node
    outcome: Outcome


def _looped(plan: Plan, call: Node, loop: Node, given: list[Node]) -> None:
    found = _consecutive(plan, call, loop, given)
    if found is None:
        message = (
            "`vm_insert_page()` is called in a loop that is not over consecutive entries of a page array"
        )
        plan.refuse(call, "insert-loop", message, Tier.BLOCKED)
        return
    if not _outlives(plan, call, found.array):
        return
    plan.claim_below(loop)
    plan.discard(loop)
    plan.kept.append(found.array)
    desc = plan.hook.desc
    action = Action(call, ACTION, None, found.outcome.override, late_prot=True)
    if plan.values.is_pages(found.count) or plan.values.proven_pages(call, found.count):
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
    if moved is None or _read_later(plan, index, loop):
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


def _is_pure(plan: Plan, value: Node) -> bool:
    """Whether an expression may be computed twice: it changes nothing, and calls only what computes."""
    if any(find_all(value, "assignment_expression", "update_expression")):
        return False
    names = (plan.hook.text(field(call, "function")) for call in find_all(value, "call_expression"))
    return all(name in tables().harmless for name in names)


def _read_later(plan: Plan, name: str, loop: Node) -> bool:
    """Whether a variable of the loop is named behind it, where the loop has left a value in it."""
    return any(node.start_byte >= loop.end_byte for node in plan.hook.uses_of(name))


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
    if len(changes) != 1 or local.writes != 1 or _read_later(plan, local.name, loop):
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
        return Outcome(
            loop, failure.errno, (lambda: f"{name} = 0;",) if later else (), reasons=failure.reasons
        )
    return None


def _outcome(plan: Plan, call: Node) -> Outcome | None:
    outcome = outcome_of(plan, call)
    if isinstance(outcome, str):
        plan.refuse(call, "remap-result", outcome, Tier.SKELETON)
        return None
    return outcome


def _outlives(plan: Plan, call: Node, pages: Node) -> bool:
    """Refuse an array, or a struct that holds one, that lives on the hook's own stack."""
    if not points_to_stack(plan, pages, 0):
        return True
    text = " ".join(plan.hook.text(pages).split())
    message = f"`{text}` is on the hook's own stack, which is gone when the action runs"
    plan.refuse(call, "page-on-stack", message, Tier.BLOCKED)
    return False


def _is_typed(plan: Plan, call: Node, pages: Node) -> bool:
    """Refuse pages whose name the file declares as ``void *``: a step in bytes, or another type's address."""
    node = inner(pages)
    if node.type == "call_expression":
        node = inner(field(node, "function"))
    if node.type == "field_expression":
        node = field(node, "field")
    name = plan.hook.text(node)
    if not name.isidentifier():
        return True
    declared = re.search(rb"\bvoid\s*\*[\s*]*%s\b" % name.encode(), plan.hook.file.unit.code)
    if declared is not None:
        message = (
            f"`{name}` is declared as `void *`, of which the action cannot be given a part or the address"
        )
        plan.refuse(call, "page-type", message, Tier.SKELETON)
    return declared is None


def _operand(plan: Plan, node: Node) -> str:
    text = plan.render(node)
    return text if inner(node).type in _SIMPLE or node.type == "parenthesized_expression" else f"({text})"

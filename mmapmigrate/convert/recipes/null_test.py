# SPDX-License-Identifier: GPL-2.0-only
"""A test whether there is a VMA: there always is, so what depends on the answer is settled.

    if (!file || !vma || !file->private_data)   -> if (!file || !file->private_data)
    if (!vma)
            return -EINVAL;                     -> (nothing)

A hook is only ever called with a VMA (mm/vma.c, __mmap_new_file_vma(); mm/util.c, the compat layer), and a
helper of its set with the same one. Refuses a test that is no part of an if's condition, one behind
which something else that the condition does would go too, and one of what a jump enters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.remaps import remaps
from mmapmigrate.syntax.nodes import field, find_all, inner, operator, outer

if TYPE_CHECKING:
    from tree_sitter import Node

_DOING = ("call_expression", "assignment_expression", "update_expression")
_NULLS = ("NULL", "0")


def null_test(plan: Plan, use: Node) -> bool:
    """Take out the test that ``use`` is the subject of."""
    found = _test(plan, use)
    if found is None:
        return False
    test, truth = found
    holder = outer(test).parent
    while holder is not None and holder.type == "binary_expression" and operator(holder) in ("&&", "||"):
        left, right = field(holder, "left"), field(holder, "right")
        rest = right if outer(test).id == left.id else left
        if truth is (operator(holder) == "&&"):
            if holder.id in plan.texts or not plan.hook.is_whole(holder):
                return False
            plan.claim(use)
            _leave(plan, holder, rest)
            return True
        # The test decides for all of the expression.
        if next(find_all(rest, *_DOING), None) is not None:
            return False
        test, holder = holder, outer(holder).parent
    return holder is not None and _whole(plan, use, holder, truth)


def _leave(plan: Plan, node: Node, rest: Node) -> None:
    held = node.parent is not None and node.parent.type == "parenthesized_expression"
    plan.replace(node, lambda: plan.render(inner(rest) if held else rest))


def _test(plan: Plan, use: Node) -> tuple[Node, bool] | None:
    """The expression that asks for the VMA itself, and how it comes out."""
    whole = outer(use)
    parent = whole.parent
    if parent is None:
        return None
    if parent.type == "unary_expression" and operator(parent) == "!":
        return parent, False
    if parent.type == "binary_expression":
        if operator(parent) in ("&&", "||"):
            return whole, True
        other = field(parent, "right") if field(parent, "left").id == whole.id else field(parent, "left")
        if operator(parent) in ("==", "!=") and plan.hook.text(inner(other)) in _NULLS:
            return parent, operator(parent) == "!="
    return None


def _whole(plan: Plan, use: Node, condition: Node, truth: bool) -> bool:
    """An if whose whole condition is settled: it goes when it never runs and has no other arm."""
    statement = condition.parent
    if statement is None or statement.type != "if_statement" or truth:
        return False
    block = statement.parent
    if statement.child_by_field_name("alternative") is not None or block is None:
        return False
    if block.type not in ("compound_statement", "case_statement"):
        return False
    if next(find_all(statement, "labeled_statement", "case_statement"), None) is not None:
        # A jump may enter what the test itself never does.
        return False
    if any(
        plan.hook.text(field(call, "function")) in remaps() for call in find_all(statement, "call_expression")
    ):
        # What is read off the paths is read with all remaps of the hook.
        return False
    plan.claim_below(statement)
    plan.delete_statement(statement)
    return True

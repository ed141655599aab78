# SPDX-License-Identifier: GPL-2.0-only
"""Where the value of a call is kept: the locals that get it at a step, and those that lose it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.nodes import ancestors, encloses, find_all, inner

if TYPE_CHECKING:
    from tree_sitter import Node


_ASSIGNING = ("assignment_expression", "init_declarator")


def results(plan: Plan, step: Node | None, call: Node) -> set[str]:
    """The locals that hold the value of ``call`` after its step."""
    found: set[str] = set()
    if step is None or not encloses(step, call):
        return found
    # What a step holds may be much; around a call there is little.
    for node in ancestors(call):
        if not encloses(step, node):
            break
        if node.type not in _ASSIGNING:
            continue
        value = node.child_by_field_name("right") or node.child_by_field_name("value")
        target = node.child_by_field_name("left") or node.child_by_field_name("declarator")
        if value is not None and target is not None and encloses(value, call):
            found |= {plan.hook.text(n) for n in find_all(target, "identifier")}
    return found


def assigned(plan: Plan, step: Node) -> frozenset[str]:
    """The locals that a step gives a new value."""

    def read() -> Iterator[str]:
        for node in find_all(step, *_ASSIGNING):
            target = node.child_by_field_name("left") or node.child_by_field_name("declarator")
            if target is not None:
                yield plan.hook.text(inner(target))

    # A step is on many paths.
    return plan.hook.file.once(("assigned", step.start_byte, step.end_byte), lambda: frozenset(read()))

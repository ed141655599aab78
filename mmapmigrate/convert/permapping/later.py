# SPDX-License-Identifier: GPL-2.0-only
"""What a hook does after a call whose state mapped takes now: it runs before that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.effects import effect_of_call
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.effects.tables import tables
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.settled import step_of
from mmapmigrate.model.walk import Walk
from mmapmigrate.syntax.nodes import arguments, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node


def late_look(plan: Plan, call: Node, walks: Sequence[Walk]) -> Node | None:
    """What runs after ``call`` on one of ``walks`` and may look at what it took."""
    for walk in walks:
        at = step_of(walk.path, call)
        for step in walk.path[at + 1 :] if at is not None else ():
            if step.node is not None and _looks(plan, step.node):
                return step.node
    return None


def _looks(plan: Plan, node: Node) -> bool:
    """Whether memory apart from the VMA's is read below ``node``, or a function is called of that."""
    hook = plan.hook
    for one in find_all(node, "field_expression", "call_expression"):
        if one.type == "call_expression":
            name = hook.text(field(one, "function"))
            given = [hook.text(inner(argument)) for argument in arguments(one)]
            prints = effect_of_call(hook.file, text_of(hook.file), one) is Effect.MESSAGE
            if hook.vma not in given and name not in tables().harmless and not prints:
                return True
        elif operator(one) == "->" and hook.text(inner(field(one, "argument"))) != hook.vma:
            return True
    return False

# SPDX-License-Identifier: GPL-2.0-only
"""Taking out what the actions have settled: settled tests, what only failure ran, idle stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.recipes.outcome import warned
from mmapmigrate.convert.settled import taken_arm
from mmapmigrate.syntax.nodes import field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node


def fold_settled(plan: Plan) -> None:
    """Edit away what no path needs once every remap of the function has become an action."""
    if not plan.actions or not plan.settled.serves({action.call.id for action in plan.actions}):
        return
    settled = plan.settled
    for statement in settled.unfolded():
        if not plan.is_discarded(statement):
            text = plan.short(field(statement, "condition"))
            message = (
                f"`if {text}` asks for a failure that comes later now, and its arms cannot be told apart"
            )
            plan.refuse(statement, "remap-result", message, Tier.SKELETON)
    for statement, outcome in settled.tests():
        if statement.id not in plan.texts and not plan.is_discarded(statement):
            _fold(plan, statement, outcome)
    for statement in settled.dead():
        if not plan.is_discarded(statement):
            plan.delete_statement(statement)
    for statement in settled.zero_returns():
        if statement.id not in plan.texts and not plan.is_discarded(statement):
            plan.discard(statement)
            plan.replace(statement, "return 0;")
    for statement in settled.dead_stores():
        if statement.id not in plan.texts and not plan.is_discarded(statement):
            plan.delete_statement(statement)


def _fold(plan: Plan, statement: Node, outcome: bool) -> None:
    """Leave of an if statement the arm that is always taken."""
    condition = field(statement, "condition")
    for macro in find_all(condition, "call_expression"):
        reason = warned(plan, macro)
        if reason is not None:
            plan.refuse(reason.node, reason.code, reason.message, reason.tier)
    arm, other = taken_arm(statement, outcome), taken_arm(statement, not outcome)
    if arm is not None:
        plan.discard(condition, *(() if other is None else (other,)))
        plan.replace_statement(statement, [plan.contents(arm, statement)], braces=_may_take_an_else(arm))
        return
    parent = statement.parent
    if parent is not None and parent.type == "else_clause":
        plan.deleted.append((_end_before(parent), parent.end_byte))
        plan.discard(parent)
    elif parent is not None and parent.type in ("compound_statement", "case_statement"):
        plan.delete_statement(statement)
    else:
        plan.discard(statement)
        plan.replace(statement, ";")


def _may_take_an_else(arm: Node) -> bool:
    """Whether an arm, its own braces gone, is a control statement: an else behind it may become its own."""
    parts = [part for part in arm.named_children if part.type != "comment"]
    only = parts[0] if arm.type == "compound_statement" and len(parts) == 1 else arm
    return only.type in ("if_statement", "for_statement", "while_statement")


def _end_before(clause: Node) -> int:
    before = clause.prev_sibling
    return clause.start_byte if before is None else before.end_byte

# SPDX-License-Identifier: GPL-2.0-only
"""Braces that a shorter condition makes needless: checkpatch wants none around one line under one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.plan import Plan
from mmapmigrate.syntax.edit import Edit
from mmapmigrate.syntax.nodes import field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node


def brace_edits(plan: Plan) -> list[Edit]:
    """Take away the braces of an ``if`` whose condition took several lines and now takes one."""
    edits: list[Edit] = []
    for statement in find_all(plan.hook.body, "if_statement"):
        body = field(statement, "consequence")
        condition = field(statement, "condition")
        if body.type != "compound_statement" or statement.child_by_field_name("alternative") is not None:
            continue
        inside = body.named_children
        if len(inside) != 1 or inside[0].type == "comment" or plan.is_discarded(statement):
            continue
        if "\n" in plan.hook.text(condition) and "\n" not in plan.render(condition):
            edits += _without_braces(plan, condition, body, inside[0])
    return edits


def _without_braces(plan: Plan, condition: Node, body: Node, only: Node) -> list[Edit]:
    data = plan.hook.data
    one_line = "\n" not in plan.render(only)
    on_own_lines = (
        b"\n" in data[body.start_byte : only.start_byte] and b"\n" in data[only.end_byte : body.end_byte]
    )
    parent = body.parent
    is_arm = parent is not None and parent.parent is not None and parent.parent.type == "else_clause"
    if not one_line or not on_own_lines or is_arm or only.id in plan.texts:
        return []
    return [Edit(condition.end_byte, body.start_byte + 1, b""), Edit(only.end_byte, body.end_byte, b"")]

# SPDX-License-Identifier: GPL-2.0-only
"""Whether what a pointer leads to may be gone once the hook has returned: the hook's own stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.state import kind_of
from mmapmigrate.syntax.nodes import arguments, bare, field, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_LITERALS = ("number_literal", "string_literal", "char_literal", "null", "sizeof_expression", "true", "false")
_COMPUTED = (
    "assignment_expression", "binary_expression", "cast_expression", "comma_expression",
    "conditional_expression", "subscript_expression", "unary_expression", "update_expression",
)  # fmt: skip


def points_to_stack(plan: Plan, pointer: Node, depth: int = 0) -> bool:
    """Whether the value of an expression may lead to the hook's own stack."""
    node = bare(pointer)
    if depth > 8:
        return True
    if node.type == "identifier":
        local = plan.hook.locals.get(plan.hook.text(node))
        if local is None:
            return False
        if "[]" in local.type:
            return not local.static
        return any(points_to_stack(plan, value, depth + 1) for value in local.definitions)
    if node.type == "pointer_expression" and operator(node) == "&":
        return _is_on_stack(plan, field(node, "argument"), depth + 1)
    if node.type == "field_expression":
        # The member may be an array in the struct itself.
        follow = points_to_stack if operator(node) == "->" else _is_on_stack
        return follow(plan, field(node, "argument"), depth + 1)
    if node.type == "call_expression":
        if kind_of(plan.hook.text(field(node, "function")), gives=False) == "memory":
            return False
        # What it is handed it may hand back.
        return any(points_to_stack(plan, given, depth + 1) for given in arguments(node))
    if node.type in _LITERALS:
        return False
    if node.type not in _COMPUTED:
        # A compound literal is itself an object on the stack; of what else there may be nothing is known.
        return True
    return any(points_to_stack(plan, child, depth + 1) for child in node.named_children if _is_code(child))


def _is_on_stack(plan: Plan, place: Node, depth: int) -> bool:
    """Whether an lvalue is memory of the hook's own stack."""
    node = bare(place)
    if node.type == "identifier":
        name = plan.hook.text(node)
        local = plan.hook.locals.get(name)
        if local is None:
            return any(parameter.name == name for parameter in plan.hook.function.parameters)
        return not local.static
    if node.type == "field_expression" and operator(node) == ".":
        return _is_on_stack(plan, field(node, "argument"), depth + 1)
    if node.type in ("field_expression", "subscript_expression", "pointer_expression"):
        return points_to_stack(plan, field(node, "argument"), depth + 1)
    return False


def _is_code(node: Node) -> bool:
    return node.type not in ("comment", "type_descriptor")

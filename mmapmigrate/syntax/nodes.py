# SPDX-License-Identifier: GPL-2.0-only
"""Small questions about tree-sitter nodes of C."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_PARENS = "parenthesized_expression"


def walk(node: Node) -> Iterator[Node]:
    """``node`` and all below it, in source order, without recursion."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        # Most nodes are leaves, and a list of no children costs as much as one of some.
        if current.child_count:
            stack += current.children[::-1]


def deeper_than(node: Node, limit: int) -> bool:
    """Whether more than ``limit`` nodes below ``node`` hold each other."""
    pending = [(node, 0)]
    while pending:
        current, depth = pending.pop()
        if depth > limit:
            return True
        # A tree is no deeper than it has nodes: few have enough of them to be looked at.
        pending += (
            (child, depth + 1) for child in current.children if depth + child.descendant_count > limit
        )
    return False


def find_all(node: Node, *types: str) -> Iterator[Node]:
    """The nodes of the given types at or below ``node``, in source order."""
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type in types:
            yield current
        if current.child_count:
            stack += current.children[::-1]


def ancestors(node: Node) -> Iterator[Node]:
    """The nodes that enclose ``node``, innermost first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def encloses(whole: Node, node: Node) -> bool:
    """Whether ``node`` is ``whole``, or lies in it."""
    return whole.start_byte <= node.start_byte and node.end_byte <= whole.end_byte


def inner(node: Node) -> Node:
    """``node`` without the parentheses around it."""
    while node.type == _PARENS:
        parts = [child for child in node.named_children if child.type != "comment"]
        if len(parts) != 1:
            break
        node = parts[0]
    return node


def bare(node: Node) -> Node:
    """``node`` without the parentheses and casts around it."""
    while True:
        stripped = inner(node)
        if stripped.type == "cast_expression":
            value = stripped.child_by_field_name("value")
            if value is not None:
                node = value
                continue
        return stripped


def outer(node: Node) -> Node:
    """The outermost parenthesised expression that holds just ``node``; a statement's own are left alone."""
    while True:
        parent = node.parent
        if parent is None or parent.type != _PARENS:
            return node
        holder = parent.parent
        if holder is not None and holder.type in (
            "if_statement",
            "while_statement",
            "do_statement",
            "switch_statement",
        ):
            return node
        node = parent


def holder_of(node: Node) -> Node | None:
    """What ``node`` is a part of, parentheses aside: the assignment of ``(n) = 1`` for its ``n``."""
    return outer(node).parent


def is_lent(node: Node) -> bool:
    """Whether the address of ``node`` is taken."""
    holder = holder_of(node)
    return holder is not None and holder.type == "pointer_expression" and operator(holder) == "&"


def field(node: Node, name: str) -> Node:
    """The child of that field name.

    Raises ValueError when there is none: the caller has established the node's type.
    """
    child = node.child_by_field_name(name)
    if child is None:
        raise ValueError(f"{node.type} without {name}")
    return child


def operator(node: Node) -> str:
    """The operator of a unary, binary, pointer, update or assignment expression, "" if none."""
    child = node.child_by_field_name("operator")
    return "" if child is None else child.type


def counted(node: Node, text: Callable[[Node], str]) -> str:
    """Which way an expression counts its target, "+" or "-", however that is written; "" if it does not.

    ``n++``, ``n += 2`` and ``n = n + 1`` count up.
    """
    sign = operator(node)
    if node.type == "update_expression" or sign in ("+=", "-="):
        return sign[0]
    value = inner(field(node, "right")) if node.type == "assignment_expression" and sign == "=" else node
    sign = operator(value)
    if value.type != "binary_expression" or value is node or sign not in ("+", "-"):
        return ""
    target = "".join(text(field(node, "left")).split())
    sides = ("left", "right") if sign == "+" else ("left",)
    return sign if any("".join(text(field(value, side)).split()) == target for side in sides) else ""


def arguments(call: Node) -> list[Node]:
    """The arguments of a call_expression, comments left out."""
    listed = call.child_by_field_name("arguments")
    return [] if listed is None else [child for child in listed.named_children if child.type != "comment"]


def call_given(argument: Node) -> Node | None:
    """The call that has ``argument`` for one, parentheses aside; None where there is none."""
    listed = outer(argument).parent
    call = None if listed is None or listed.type != "argument_list" else listed.parent
    return call if call is not None and call.type == "call_expression" else None


def enclosing_statement(node: Node) -> Node:
    """The nearest node at or above ``node`` that is a statement or a declaration."""
    current: Node | None = node
    while current is not None:
        if current.type.endswith("_statement") or current.type == "declaration":
            return current
        current = current.parent
    return node


def pointed_function(declarator: Node) -> Node | None:
    """The ``*name`` of the declarator ``(*name)(...)``, which declares a pointer to a function."""
    held = declarator.child_by_field_name("declarator")
    if declarator.type != "function_declarator" or held is None or held.type != "parenthesized_declarator":
        return None
    return next((part for part in held.named_children if part.type == "pointer_declarator"), None)

# SPDX-License-Identifier: GPL-2.0-only
"""What the place of a call tells: what it is handed there, and what becomes of its value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmapmigrate.convert.effects.names import takes
from mmapmigrate.convert.node_text import TextOf, text_of
from mmapmigrate.convert.stores import local_objects, stores_locally
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.functions import declarator_name
from mmapmigrate.syntax.nodes import ancestors, arguments, bare, field, find_all, inner, operator

if TYPE_CHECKING:
    from tree_sitter import Node


def lent_arguments(file: FileModel, call: Node) -> tuple[bool, ...]:
    """Which arguments of ``call``, in ``file``, are the address of a variable of the function around it.

    That is all of the caller that the effect of a body depends on. NULL is one too: nothing is stored there.
    """
    function, own = _around(file, call)
    text = text_of(file)

    def is_lent(one: Node) -> bool:
        if text(one) == "NULL":
            return True
        if one.type != "pointer_expression" or operator(one) != "&":
            return False
        target = bare(field(one, "argument"))
        return target.type == "identifier" and (
            stores_locally(target, own, text) or _is_parameter(file, function, text(target))
        )

    return tuple(is_lent(inner(argument)) for argument in arguments(call))


def lent_names(file: FileModel, function: Function, lent: tuple[bool, ...]) -> frozenset[str]:
    """The parameters by which ``function`` reaches what is ``lent`` to it, and nothing else."""
    names = {one.name for one, is_lent in zip(function.parameters, lent, strict=False) if is_lent}
    return frozenset(names - _assigned_names(function.body, text_of(file))) if names else frozenset()


def _assigned_names(body: Node, text: TextOf) -> set[str]:
    """The variables that a body gives a new value."""
    found: set[str] = set()
    for node in find_all(body, "assignment_expression", "update_expression"):
        target = bare(node.child_by_field_name("left") or field(node, "argument"))
        if target.type == "identifier":
            found.add(text(target))
    return found


def lends_others(file: FileModel, call: Node) -> bool:
    """Whether ``call`` is given the address of memory that is not the function's own, and may write there."""
    _function, own = _around(file, call)
    given = (inner(argument) for argument in arguments(call))
    return any(
        one.type == "pointer_expression"
        and operator(one) == "&"
        and not stores_locally(field(one, "argument"), own, text_of(file))
        for one in given
    )


def fills_a_local(file: FileModel, call: Node, at: int) -> bool:
    """Whether an argument of ``call`` is an array of the function around it, or a local's address."""
    given = arguments(call)
    function, own = _around(file, call)
    if not given or function is None:
        return False
    target, text = bare(given[at]), text_of(file)
    if target.type == "pointer_expression" and operator(target) == "&":
        return stores_locally(field(target, "argument"), own, text)
    return target.type == "identifier" and f"{text(target)}[]" in own


def prints(call: Node, name: str, text_of: TextOf) -> bool:
    """A call by its shape: a statement of its own, a name that speaks of messages, and a format string."""
    parent = call.parent
    if parent is None or parent.type != "expression_statement" or takes(name):
        return False
    if name.startswith("trace_"):
        return True
    said = re.search(
        r"(?:^|_|[a-z])(dbg|debug|info|notice|warn|warning|err|error|crit|printk|log|msg)"
        r"(?:_(?:once|ratelimited))?$",
        name.lower(),
    )
    return said is not None and any(
        next(find_all(argument, "string_literal"), None) is not None for argument in arguments(call)
    )


def value_used(call: Node) -> bool:
    """Whether something is made of the value of ``call``: it is no statement, nor the last part of one."""
    node, parent = call, call.parent
    while parent is not None:
        through = parent.type in ("parenthesized_expression", "cast_expression")
        if parent.type == "conditional_expression":
            condition = parent.child_by_field_name("condition")
            through = condition is None or condition.id != node.id
        elif parent.type == "binary_expression" and operator(parent) in ("&&", "||"):
            through = field(parent, "right").id == node.id
        if not through:
            break
        node, parent = parent, parent.parent
    if parent is None or parent.type in ("expression_statement", "comma_expression"):
        return False
    if parent.type == "for_statement":
        condition = parent.child_by_field_name("condition")
        return condition is not None and condition.id == node.id
    return True


def is_declared_around(file: FileModel, call: Node, name: str) -> bool:
    """Whether the function around ``call`` declares ``name`` itself: a pointer to some function."""
    around = next((node for node in ancestors(call) if node.type == "function_definition"), None)
    if around is None:
        return False
    return name in file.once(
        ("declared in", around.start_byte, around.end_byte), lambda: _declared_in(file, around)
    )


def _declared_in(file: FileModel, function: Node) -> frozenset[str]:
    """The names that a function declares."""
    text = text_of(file)
    return frozenset(
        text(declared)
        for declaration in find_all(function, "parameter_declaration", "declaration")
        for part in declaration.children_by_field_name("declarator")
        if (declared := declarator_name(part)) is not None
    )


def _around(file: FileModel, call: Node) -> tuple[Node | None, frozenset[str]]:
    """The function around ``call``, None where it stands in none, and its own objects."""
    function = next((node for node in ancestors(call) if node.type == "function_definition"), None)
    return function, frozenset() if function is None else local_objects(file, field(function, "body"))


def _is_parameter(file: FileModel, function: Node | None, name: str) -> bool:
    """Whether ``name`` is a parameter of the function ``function``."""
    head = None if function is None else function.child_by_field_name("declarator")
    return head is not None and any(
        (found := declarator_name(declarator)) is not None and text_of(file)(found) == name
        for parameter in find_all(head, "parameter_declaration")
        for declarator in parameter.children_by_field_name("declarator")
    )

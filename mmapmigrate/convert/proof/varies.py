# SPDX-License-Identifier: GPL-2.0-only
"""What may be worth something else for a mapping than for its neighbour of the same file and flags.

Its range, what the driver keeps, what only this call is told (the task, its rights, the time). What is known
to be the same stands in state.toml; a function in reach is judged by its body, any other is not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.merging import is_steady
from mmapmigrate.convert.proof.ranged import range_word
from mmapmigrate.convert.state import state_tables
from mmapmigrate.convert.values.constants import is_constant
from mmapmigrate.model.body import Body
from mmapmigrate.model.file import FileModel, Function
from mmapmigrate.model.macros import Macro
from mmapmigrate.syntax.nodes import bare, field, find_all, inner, is_lent, operator

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH = 4
_NAME = re.compile(r"\b[A-Za-z_]\w*")


def may_differ(
    plan: Plan, node: Node, helpers: Mapping[str, Sequence[Plan]], seen: set[Node] | None = None
) -> bool:
    """Whether an expression reads what two neighbours may differ in: itself, by a local, or in a helper."""
    seen = set() if seen is None else seen
    if node in seen:
        return False
    seen.add(node)
    hook = plan.hook
    if range_word(hook.file.unit.code[node.start_byte : node.end_byte]) is not None:
        return True
    if _reads_member(plan, node):
        return True
    called: set[int] = set()
    for call in find_all(node, "call_expression"):
        called.add(bare(field(call, "function")).id)
        _call, name = plan.helper_calls.get(call.id, (None, ""))
        for helper in helpers[name] if name else ():
            if may_differ(helper, helper.hook.body, helpers, seen):
                return True
        asked = not name and call.parent is not None and call.parent.type != "expression_statement"
        if asked and not _goes_by_arguments(hook.file, hook.text(bare(field(call, "function")))):
            return True
    parameters = {one.name for one in hook.function.parameters}
    for one in find_all(node, "identifier"):
        name = hook.text(one)
        local = hook.locals.get(name)
        if local is not None:
            filled = any(map(is_lent, local.written))
            if filled or any(may_differ(plan, value, helpers, seen) for value in local.definitions):
                return True
        elif one.id not in called and name not in parameters and not is_constant(hook, name):
            return True
    return False


def is_built_up(plan: Plan, node: Node) -> bool:
    """Whether an expression names a local that holds one value on one path, and another one elsewhere."""
    named = (plan.hook.locals.get(plan.hook.text(one)) for one in find_all(node, "identifier"))
    return any(local is not None and local.single is None for local in named)


def _reads_member(plan: Plan, node: Node) -> bool:
    """Whether an expression reads a member of what may have changed since the neighbour came."""
    hook = plan.hook
    for one in find_all(node, "field_expression"):
        holder = inner(field(one, "argument"))
        if hook.text(holder) == hook.vma or is_steady(plan, one):
            continue
        if hook.is_own_file(holder) and not _may_be_set(hook, one):
            continue
        return True
    return False


def _may_be_set(hook: HookSource, member: Node) -> bool:
    """Whether a member of an open file may change while it is open: its position, and flags by fcntl()."""
    name = hook.text(field(member, "field"))
    if name != "f_flags":
        return name in state_tables().file_changes
    masked = member.parent
    while masked is not None and masked.type == "parenthesized_expression":
        masked = masked.parent
    if masked is None or masked.type != "binary_expression" or operator(masked) != "&":
        return True
    flags = set(_NAME.findall(hook.text(masked))) - {hook.own_file, hook.vma, "vm_file", "f_flags"}
    return not flags <= state_tables().fixed_file_flags


def _goes_by_arguments(file: FileModel, name: str, depth: int = 0) -> bool:
    """Whether what a function returns goes by its arguments alone, and by nothing that they point at."""
    macros, bodies = file.macros_seen(name), file.definitions(name)
    if not macros and not bodies:
        return state_tables().by_arguments.match(name) is not None
    if depth >= _MAX_DEPTH:
        return False
    return all(_is_plain(where, macro, depth) for where, macro in macros) and all(
        _is_pure(where, function, depth) for where, function in bodies
    )


def _is_plain(file: FileModel, macro: Macro, depth: int) -> bool:
    words = set(_NAME.findall(macro.body)) - set(macro.parameters or ())
    return "->" not in macro.body and all(
        word.isupper() or _goes_by_arguments(file, word, depth + 1) for word in words
    )


def _is_pure(file: FileModel, function: Function, depth: int) -> bool:
    body = Body(file, function)
    reached = find_all(function.body, "field_expression", "pointer_expression", "subscript_expression")
    if any(one.type == "subscript_expression" or operator(one) in ("->", "*") for one in reached):
        return False
    known = {one.name for one in function.parameters} | body.locals.keys()
    called: set[int] = set()
    for call in find_all(function.body, "call_expression"):
        name = bare(field(call, "function"))
        called.add(name.id)
        if not _goes_by_arguments(file, body.text(name), depth + 1):
            return False
    return not any(local.static for local in body.locals.values()) and all(
        one.id in called or body.text(one) in known or body.text(one).isupper()
        for one in find_all(function.body, "identifier")
    )

# SPDX-License-Identifier: GPL-2.0-only
"""Whether an expression keeps its value from one step of a path to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmapmigrate.convert.effects import effect_of_call, is_guessed
from mmapmigrate.convert.effects.names import Effect
from mmapmigrate.convert.hook import HookSource
from mmapmigrate.convert.node_text import text_of
from mmapmigrate.convert.values.constants import is_computed, is_constant
from mmapmigrate.model.flow import Path
from mmapmigrate.syntax.nodes import bare, encloses, field, find_all, holder_of, inner

if TYPE_CHECKING:
    from tree_sitter import Node


def is_steady(hook: HookSource, node: Node, path: Path, start: int, end: int, until: Node) -> bool:
    """Whether nothing between two steps of a path can change the value of ``node``.

    The first step counts, and of the last what may run before ``until`` is handed over.
    """
    names = {hook.text(part) for part in find_all(node, "identifier")}
    if names & hook.ambiguous or any(is_computed(hook, name) for name in names):
        return False
    if any(hook.changes_aside(name) for name in names & _parameters(hook)):
        return False
    own = {name for name in names if _is_own(hook, name)}
    if is_constant(hook, hook.text(inner(node))):
        return True
    calls = find_all(node, "call_expression")
    if any(hook.text(field(call, "function")) != "PAGE_ALIGN" for call in calls):
        return False
    memory = any(
        True for _ in find_all(node, "field_expression", "pointer_expression", "subscript_expression")
    ) or any(name not in own and not is_constant(hook, name) for name in names)
    for step in path[start : end + 1]:
        if step.node is None:
            continue
        if any(_is_lent_in(hook, step.node, name) for name in names):
            return False
        for part in find_all(step.node, "assignment_expression", "update_expression", "call_expression"):
            if encloses(part, until):
                # It comes after: the remap itself, and where its result goes.
                continue
            if part.type == "call_expression":
                if memory and _may_write(hook, part):
                    return False
                continue
            target = bare(part.child_by_field_name("left") or field(part, "argument"))
            if hook.text(target) in names or (memory and not _is_aside(hook, target)):
                return False
    return True


def _is_lent_in(hook: HookSource, step: Node, name: str) -> bool:
    """Whether a step may change a local otherwise than by an assignment: it gives away its address."""
    local = hook.locals.get(name)
    return local is not None and any(
        encloses(step, node) and ((holder := holder_of(node)) is None or holder.type != "update_expression")
        for node in local.written
    )


def _may_write(hook: HookSource, call: Node) -> bool:
    """Whether a call may change what the hook reads: any but one that is known to compute, or prints."""
    reader = text_of(hook.file)
    effect = effect_of_call(hook.file, reader, call)
    if effect is Effect.NONE:
        return is_guessed(hook.file, reader, call)
    return effect is not Effect.MESSAGE


def _is_aside(hook: HookSource, target: Node) -> bool:
    """Whether a store changes the VMA or a plain local, which no other expression reads as memory."""
    if target.type == "identifier":
        return _is_own(hook, hook.text(target))
    while target.type == "field_expression":
        holder = bare(field(target, "argument"))
        if hook.text(holder) == hook.vma:
            return True
        target = holder
    return False


def _is_own(hook: HookSource, name: str) -> bool:
    """Whether nothing but the hook's own code can change the variable ``name``."""
    local = hook.locals.get(name)
    if local is not None:
        return not local.writes and "static" not in hook.text(local.declaration).split()
    return name in _parameters(hook)


def _parameters(hook: HookSource) -> set[str]:
    return {parameter.name for parameter in hook.function.parameters}

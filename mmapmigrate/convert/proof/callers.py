# SPDX-License-Identifier: GPL-2.0-only
"""What the callers of a helper made of its failed remap: they must have passed the error on as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.events import Events, Happening
from mmapmigrate.convert.lifetime import points_to_stack
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.kept import assigned, results
from mmapmigrate.convert.recipes.failure import returns_errno
from mmapmigrate.convert.recipes.page_array import ACTION
from mmapmigrate.model.body import is_once
from mmapmigrate.model.flow_graph import StepKind
from mmapmigrate.model.outcomes import walks_through
from mmapmigrate.model.walk import Walk, Worth
from mmapmigrate.syntax.nodes import ancestors, arguments, encloses, inner

if TYPE_CHECKING:
    from tree_sitter import Node

_LOOPS = ("for_statement", "while_statement", "do_statement")
_UNDOING = (Happening.UNKNOWN, Happening.STATEFUL, Happening.STORE, Happening.ACTION, Happening.DELEGATE)


def prove_callers(plan: Plan, helpers: Mapping[str, Sequence[Plan]]) -> None:
    """A helper's remap used to fail through its callers: each must have passed the error on as it was."""
    for call, name in plan.helper_calls.values():
        actions = [action for one in _with_called(helpers[name], helpers) for action in one.actions]
        if not actions:
            continue
        if any(node.type in _LOOPS and not is_once(plan.hook, node) for node in ancestors(call)):
            message = f"`{name}()` is called in a loop: a descriptor takes one action"
            plan.refuse(call, "remap-loop", message, Tier.BLOCKED)
        if any(action.kind == ACTION for action in actions):
            for given in arguments(call):
                if points_to_stack(plan, given):
                    message = f"`{plan.short(given)}` is on the stack, which the action of {name}() outlives"
                    plan.refuse(given, "page-on-stack", message, Tier.BLOCKED)
        if not all(returns_errno(one) for one in helpers[name]):
            message = f"`{name}()` does not return an int: what the hook saw of a failed remap was no errno"
            plan.refuse(call, "errno-changed", message, Tier.REVIEW)
        events = Events(plan)
        for walk in walks_through(plan.hook, {call.id: Worth.ERROR}, call):
            step = next(
                (i for i, s in enumerate(walk.path) if s.node is not None and encloses(s.node, call)), None
            )
            if step is None:
                continue
            after = [e for s in walk.path[step:] for e in events.of(s) if e.node.start_byte > call.start_byte]
            for event in after:
                if event.kind is Happening.MESSAGE:
                    message = f"`{plan.short(event.node)}` told of the failed remap in {name}()"
                    plan.refuse(event.node, "failure-message", message, Tier.REVIEW)
                elif event.kind in _UNDOING:
                    message = f"`{plan.short(event.node)}` ran when the remap in {name}() failed"
                    plan.refuse(event.node, "failure-cleanup", message, Tier.SKELETON)
            if not _passes_on(plan, walk, step, call):
                message = f"the error of the remap in {name}() is not what the hook returned"
                plan.refuse(call, "errno-changed", message, Tier.REVIEW)


def _with_called(plans: Sequence[Plan], helpers: Mapping[str, Sequence[Plan]]) -> Iterator[Plan]:
    """``plans`` and those of all helpers that they call, each once."""
    seen: set[int] = set()
    pending = list(plans)
    while pending:
        plan = pending.pop()
        if id(plan) not in seen:
            seen.add(id(plan))
            yield plan
            pending += (one for _call, name in plan.helper_calls.values() for one in helpers[name])


def _passes_on(plan: Plan, walk: Walk, step: int, call: Node) -> bool:
    """Whether a path returns the value of ``call`` unchanged."""
    last = walk.path[-1]
    if last.kind is not StepKind.RETURN or last.node is None:
        return False
    value = next((child for child in last.node.named_children if child.type != "comment"), None)
    if value is None:
        return False
    value = inner(value)
    if value.id == call.id:
        return True
    names = results(plan, walk.path[step].node, call)
    for between in walk.path[step + 1 :]:
        if between.node is not None:
            names -= assigned(plan, between.node)
    return value.type == "identifier" and plan.hook.text(value) in names

# SPDX-License-Identifier: GPL-2.0-only
"""What the old hook did when its remap failed: an action that fails must come to the same.

An action fails after the hook has returned: its errno, or the override, is what mmap(2) returns, and no
code of the hook runs any more (mm/util.c, mmap_action_finish()). So on every path with a failed remap the old
hook must have returned that very value, and done nothing that only the failure asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.events import Event, Events, Happening, name_of_call
from mmapmigrate.convert.plan import Action, Plan
from mmapmigrate.convert.proof.kept import assigned, results
from mmapmigrate.convert.recipes.outcome import warned
from mmapmigrate.convert.settled import step_of
from mmapmigrate.model.flow import Path
from mmapmigrate.model.outcomes import TELLING, walks_through
from mmapmigrate.model.walk import Ending, Walk, Worth
from mmapmigrate.syntax.nodes import field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node

_UNDOING = (Happening.UNKNOWN, Happening.STATEFUL, Happening.STORE, Happening.HELPER)


def prove_failures(plan: Plan) -> None:
    """Add to ``plan`` a reason for each of its actions whose failure the old hook treated otherwise."""
    events = Events(plan)
    for action in plan.actions:
        call = action.call
        passed = _Passed(plan, call, events)
        for walk in walks_through(plan.hook, {call.id: Worth.ERROR}, call):
            if walk.returned != _error_of(action) and (
                not walk.returned or passed.returned.get(walk.number) != walk.returned
            ):
                _returned(plan, action, walk)
            _warns(plan, walk, call)
            for event in _after(walk.path, call, events):
                if event.node.id not in passed.common:
                    _only_then(plan, event)


class _Passed:
    """What the old hook did when a call succeeded; most failures end without a question to it."""

    def __init__(self, plan: Plan, call: Node, events: Events) -> None:
        self._plan = plan
        self._call = call
        self._events = events

    @cached_property
    def _walks(self) -> tuple[Walk, ...]:
        return walks_through(self._plan.hook, {self._call.id: Worth.ZERO}, self._call)

    @cached_property
    def returned(self) -> Mapping[int, str]:
        """What the paths return that failed anyway, by the walks' numbers."""
        return {walk.number: walk.returned for walk in self._walks if walk.ending is Ending.FAILURE}

    @cached_property
    def common(self) -> frozenset[int]:
        """What happens on all of these paths after the call, by the nodes' ids."""
        after = (_after(walk.path, self._call, self._events) for walk in self._walks)
        each = [frozenset(event.node.id for event in events) for events in after]
        return frozenset.intersection(*each) if each else frozenset()


def _error_of(action: Action) -> str:
    """What a hook returns that passes the failure of its remap on."""
    return action.override or f"@{action.call.id}"


def _returned(plan: Plan, action: Action, walk: Walk) -> None:
    if _told(plan, action.call):
        return
    name = name_of_call(plan, action.call)
    if walk.ending is Ending.FAILURE:
        message = f"an error of `{name}()` is not the errno that the hook returned on every path"
        plan.refuse(action.call, "errno-changed", message, Tier.REVIEW)
    else:
        message = f"the hook went on when `{name}()` failed; an action that fails undoes the mapping"
        plan.refuse(action.call, "unchecked-remap", message, Tier.REVIEW)


def _warns(plan: Plan, walk: Walk, call: Node) -> None:
    """State the warnings on a failing path that ask for the local which holds the result."""
    at = step_of(walk.path, call)
    if at is None:
        return
    names = results(plan, walk.path[at].node, call)
    for step in walk.path[at + 1 :]:
        if step.node is None:
            continue
        for macro in find_all(step.node, "call_expression"):
            if plan.hook.text(field(macro, "function")) not in (*TELLING, "BUG_ON"):
                continue
            asked = {plan.hook.text(node) for node in find_all(macro, "identifier")}
            reason = warned(plan, macro) if asked & names else None
            if reason is not None:
                plan.refuse(reason.node, reason.code, reason.message, reason.tier)
        names -= assigned(plan, step.node)


def _only_then(plan: Plan, event: Event) -> None:
    text = " ".join(plan.hook.text(event.node).split())[:60]
    if event.kind is Happening.MESSAGE and not _told(plan, event.node):
        message = f"`{text}` told of the failed remap; an action fails after the hook has returned"
        plan.refuse(event.node, "failure-message", message, Tier.REVIEW)
    elif event.kind in _UNDOING:
        message = f"`{text}` ran when the remap failed; an action fails after the hook has returned"
        plan.refuse(event.node, "failure-cleanup", message, Tier.SKELETON)


def _told(plan: Plan, node: Node) -> bool:
    """Whether a recipe has stated a reason of this kind for the line already."""
    line = plan.hook.line(node)
    codes = ("errno-changed", "unchecked-remap", "failure-message")
    return any(reason.line == line and reason.code in codes for reason in plan.reasons)


def _after(path: Path, call: Node, events: Events) -> list[Event]:
    """What happens on ``path`` after ``call``."""
    step = step_of(path, call)
    if step is None:
        return []
    same = [event for event in events.of(path[step]) if event.node.start_byte > call.end_byte]
    return same + [event for later in path[step + 1 :] for event in events.of(later)]

# SPDX-License-Identifier: GPL-2.0-only
"""The old code as evidence: an effect that the old hook left behind when it failed may stay behind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from mmapmigrate.convert.events import Event, Happening
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.credible import is_credible
from mmapmigrate.convert.proof.kept import assigned, results
from mmapmigrate.convert.traces import Trace
from mmapmigrate.model.flow_graph import StepKind
from mmapmigrate.model.walk import Walk
from mmapmigrate.syntax.nodes import field, find_all

if TYPE_CHECKING:
    from tree_sitter import Node

_UNDOING = (Happening.UNKNOWN, Happening.STATEFUL, Happening.STORE, Happening.ACTION, Happening.DELEGATE)


class Evidence:
    """What the failing paths of an old hook show of the effects on them."""

    def __init__(self, plan: Plan, traces: Sequence[Trace]) -> None:
        self._plan = plan
        failing = [trace for trace in traces if not trace.may_succeed]
        self._failing = [
            (trace, decision) for trace in failing if (decision := trace.last_decision) is not None
        ]

    @cached_property
    def _undone(self) -> tuple[int, ...]:
        """Of each failing path the last event that may undo what happened before it, -1 without one."""
        return tuple(_last_undoing(self._plan, trace, decision) for trace, decision in self._failing)

    def stays_behind(self, event: Event) -> bool:
        """Whether the old hook returns an error after ``event`` without undoing it, for another reason.

        One path is not enough, for its tests may contradict each other (``if (x) take(); if (!x) fail;``):
        every path that fails by that last decision must have run ``event``, or the decision must ask for
        nothing that the tests before ``event`` asked for. It can come out so (credible.py), and no path that
        ends there may undo it.
        """
        plan = self._plan
        always: dict[tuple[object, ...], bool] = {}
        free: set[tuple[object, ...]] = set()
        undone: set[object] = set()
        for (trace, decision), last in zip(self._failing, self._undone, strict=True):
            key = _ending_of(trace, decision)
            if key not in always:
                always[key] = is_credible(plan, trace.walk.path, decision)
            at = trace.places.get(event.node.id)
            if at is None:
                always[key] = False
                continue
            step = trace.events[at][0]
            ran = _ran_before(plan, event, trace, step, decision)
            always[key] = always[key] and ran
            if ran and key not in free and _independent(plan, trace, step, decision):
                free |= {key} if is_credible(plan, trace.walk.path, decision) else set()
            if at < last:
                undone.add(key[-1])
        return any((stays or key in free) and key[-1] not in undone for key, stays in always.items())


def _independent(plan: Plan, trace: Trace, step: int, decision: int) -> bool:
    """Whether the test at ``decision`` reads nothing that a test before ``step`` reads."""
    path = trace.walk.path
    last = path[decision].node
    asked = set() if last is None else _places(plan, last)
    for before in path[:step]:
        if before.kind not in (StepKind.TEST, StepKind.SWITCH) or before.node is None:
            continue
        for place in _places(plan, before.node):
            if any(place.startswith(other) or other.startswith(place) for other in asked):
                return False
    return True


def _places(plan: Plan, expression: Node, depth: int = 0) -> set[str]:
    """The variables and members that an expression reads, as text, those behind its locals included."""
    found: set[str] = set()
    stack = [expression]
    while stack:
        node = stack.pop()
        if node.type in ("field_expression", "identifier"):
            text = "".join(plan.hook.text(node).split())
            if not re.fullmatch(r"[A-Z][A-Z0-9_]*", text):
                found.add(text)
            local = plan.hook.locals.get(text)
            for value in () if local is None or depth > 3 else local.definitions:
                found |= _places(plan, value, depth + 1)
            if node.type == "field_expression" and not any(find_all(node, "call_expression")):
                continue
        children = list(node.named_children)
        if node.type == "call_expression":
            children = [child for child in children if child.id != field(node, "function").id]
        stack.extend(children)
    return found


def _ending_of(trace: Trace, decision: int) -> tuple[object, ...]:
    """What tells a failing path from others: its last test, how that came out, and where the path ends."""
    step, end = trace.walk.path[decision], trace.walk.path[-1].node
    test, label, end_id = (None if node is None else node.id for node in (step.node, step.label, end))
    return (test, step.outcome, label, end_id)


def _ran_before(plan: Plan, event: Event, trace: Trace, step: int, decision: int) -> bool:
    """Whether the last decision of a failing path comes after ``event`` and asks for something else."""
    return step < decision and not _asks(plan, trace.walk, step, decision, event.site or event.node)


def _last_undoing(plan: Plan, trace: Trace, decision: int) -> int:
    """The last event of a failing path that may undo what happened before it, -1 where there is none."""
    for at in reversed(range(len(trace.events))):
        step, event = trace.events[at]
        if event.kind in _UNDOING and not _asks(plan, trace.walk, step, decision, event.site or event.node):
            return at
    return -1


def _asks(plan: Plan, walk: Walk, step: int, decision: int, call: Node) -> bool:
    """Whether the test at step ``decision`` asks for the result of ``call``, made at ``step``."""
    test = walk.path[decision].node
    if test is None:
        return False
    if step == decision:
        return True
    names = results(plan, walk.path[step].node, call)
    for between in walk.path[step + 1 : decision]:
        if between.node is not None:
            names -= assigned(plan, between.node)
    return bool(names & {plan.hook.text(node) for node in find_all(test, "identifier")})

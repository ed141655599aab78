# SPDX-License-Identifier: GPL-2.0-only
"""The traces of a hook: for each path that can be taken, what happens on it, its helpers' share included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, product
from math import prod
from typing import TYPE_CHECKING

from msgspec import Struct

from mmapmigrate.convert.events import Event, Events, Happening
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.flow_graph import StepKind
from mmapmigrate.model.outcomes import walks_of
from mmapmigrate.model.walk import Ending, Walk, Worth
from mmapmigrate.syntax.nodes import ancestors

if TYPE_CHECKING:
    from tree_sitter import Node

Happenings = Mapping[Worth | None, Sequence[tuple[Event, ...]]]
"""What can happen in a call, each sequence of events once, by what the call is worth then."""

MAX_TRACES = 4096
MAX_PAIRS = 1 << 24
"""Of events on one trace, for all traces together: a proof may compare each with each. The hook of Linux 7.3
that has most comes to less than a sixtieth of it."""


class Trace(Struct, frozen=True, dict=True):
    """One path through the hook with its events, in order, each with the index of its step of the path."""

    walk: Walk
    events: tuple[tuple[int, Event], ...]

    @property
    def may_succeed(self) -> bool:
        """Whether the mapping may come to be on this path."""
        return self.walk.ending is not Ending.FAILURE

    @cached_property
    def places(self) -> Mapping[int, int]:
        """Where in ``events`` a node's id comes first."""
        return {self.events[at][1].node.id: at for at in reversed(range(len(self.events)))}

    @cached_property
    def last_decision(self) -> int | None:
        """The index of the path's last test or switch, None where it has none."""
        path = self.walk.path
        kinds = (StepKind.TEST, StepKind.SWITCH)
        asked = (i for i in reversed(range(len(path))) if path[i].kind in kinds and path[i].node is not None)
        return next(asked, None)


def traces_of(plan: Plan, helpers: Mapping[str, Sequence[Plan]]) -> tuple[Trace, ...] | None:
    """The traces of ``plan``'s function; ``helpers`` are the plans of its set's helpers by name.

    None when there are too many. An action's call is worth 0: what stands in its place returns nothing, so
    the old failure of the call is no path of the new hook.
    """
    return _traces(plan, helpers, {})


def _traces(
    plan: Plan, helpers: Mapping[str, Sequence[Plan]], done: dict[int, tuple[Trace, ...] | None]
) -> tuple[Trace, ...] | None:
    """The same; ``done`` has, and gets, the traces of each plan by its id: two calls read a helper once."""
    if id(plan) not in done:
        done[id(plan)] = _read_traces(plan, helpers, done)
    return done[id(plan)]


def _read_traces(
    plan: Plan, helpers: Mapping[str, Sequence[Plan]], done: dict[int, tuple[Trace, ...] | None]
) -> tuple[Trace, ...] | None:
    inner: dict[int, Happenings] = {}
    for call_id, (call, name) in plan.helper_calls.items():
        found: list[Trace] = []
        for definition in helpers[name]:
            more = _traces(definition, helpers, done)
            if more is None:
                return None
            found += more
        inner[call_id] = _happenings(found, call)
    acting: dict[int, Worth | None] = {action.call.id: Worth.ZERO for action in plan.actions}
    events, looped = Events(plan), _looped(plan)
    traces: list[Trace] = []
    pairs = 0
    options = [sorted(each, key=str) for each in inner.values()]
    if prod(map(len, options)) > MAX_TRACES:
        # Each is followed along all paths.
        return None
    for values in product(*options):
        chosen = dict(zip(inner, values, strict=True))
        worth = acting | chosen
        for walk in walks_of(plan.hook, worth):
            if _passes_over(walk, looped):
                continue
            called = [(i, e) for i, step in enumerate(walk.path) for e in events.of(step)]
            made = {event.node.id for _index, event in called if event.kind is Happening.HELPER}
            if any(
                call not in made and value is not options[at][0]
                for at, (call, value) in enumerate(chosen.items())
            ):
                continue
            for spliced in _splice(called, inner, chosen):
                traces.append(Trace(walk, spliced))
                pairs += len(spliced) ** 2
                if len(traces) > MAX_TRACES or pairs > MAX_PAIRS:
                    return None
    return tuple(traces)


def _looped(plan: Plan) -> frozenset[int]:
    """The conditions of the loops that actions stand in for, by their ids."""
    loops = (
        around
        for action in plan.actions
        for around in ancestors(action.call)
        if around.type == "for_statement"
    )
    conditions = (loop.child_by_field_name("condition") for loop in loops)
    return frozenset(condition.id for condition in conditions if condition is not None)


def _passes_over(walk: Walk, looped: frozenset[int]) -> bool:
    """Whether a walk runs a loop of ``looped`` no round; no path of the new hook passes over its action."""
    begun: set[int] = set()
    for step in walk.path:
        if step.node is None or step.node.id not in looped:
            continue
        if step.outcome is False and step.node.id not in begun:
            return True
        begun.add(step.node.id)
    return False


def succeeding(traces: Sequence[Trace]) -> Iterator[Trace]:
    """The traces on which the mapping may come to be."""
    return (trace for trace in traces if trace.may_succeed)


def _happenings(traces: Sequence[Trace], call: Node) -> Happenings:
    """What happens in a helper with these traces, as its caller sees it: at ``call``."""
    sited: dict[int, Event] = {}
    same: dict[tuple[int, Event], Event] = {}
    found: dict[Worth | None, dict[tuple[int, ...], tuple[Event, ...]]] = {}
    for trace in traces:
        for _index, event in trace.events:
            if id(event) not in sited:
                moved = replace(event, site=call)
                sited[id(event)] = same.setdefault((id(event.plan), moved), moved)
        events = tuple(sited[id(event)] for _index, event in trace.events)
        found.setdefault(trace.walk.worth, {}).setdefault(tuple(map(id, events)), events)
    return {worth: tuple(each.values()) for worth, each in found.items()}


def _splice(
    events: Sequence[tuple[int, Event]], inner: Mapping[int, Happenings], chosen: Mapping[int, Worth | None]
) -> Iterator[tuple[tuple[int, Event], ...]]:
    """Put the events of each helper in the place of its call: of each of its traces of the chosen worth."""
    parts: list[list[tuple[tuple[int, Event], ...]]] = []
    for index, event in events:
        if event.kind is Happening.HELPER:
            call = event.node.id
            parts.append([tuple((index, one) for one in each) for each in inner[call][chosen[call]]])
        else:
            parts.append([((index, event),)])
    return (tuple(chain.from_iterable(each)) for each in product(*parts))

# SPDX-License-Identifier: GPL-2.0-only
"""The traces of a hook: for each path that can be taken, what happens on it, its helpers' share included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from mmapmigrate.convert.events import Event, Events, Happening
from mmapmigrate.convert.plan import Plan
from mmapmigrate.model.flow import StepKind
from mmapmigrate.model.outcomes import Ending, Walk, Worth, walks_of

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_TRACES = 4096


@dataclass(frozen=True)
class Trace:
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
    inner: dict[int, tuple[Trace, ...]] = {}
    for call_id, (_call, name) in plan.helper_calls.items():
        found: list[Trace] = []
        for definition in helpers[name]:
            more = traces_of(definition, helpers)
            if more is None:
                return None
            found += more
        inner[call_id] = tuple(found)
    acting: dict[int, Worth | None] = {action.call.id: Worth.ZERO for action in plan.actions}
    events = Events(plan)
    traces: list[Trace] = []
    options = [sorted({trace.walk.worth for trace in each}, key=str) for each in inner.values()]
    for values in product(*options):
        chosen = dict(zip(inner, values, strict=True))
        worth = acting | chosen
        for walk in walks_of(plan.hook, worth):
            called = [(i, e) for i, step in enumerate(walk.path) for e in events.of(step)]
            made = {event.node.id for _index, event in called if event.kind is Happening.HELPER}
            if any(
                call not in made and value is not options[at][0]
                for at, (call, value) in enumerate(chosen.items())
            ):
                continue
            traces += [Trace(walk, spliced) for spliced in _splice(called, inner, chosen)]
            if len(traces) > MAX_TRACES:
                return None
    return tuple(traces)


def succeeding(traces: Sequence[Trace]) -> Iterator[Trace]:
    """The traces on which the mapping may come to be."""
    return (trace for trace in traces if trace.may_succeed)


def _splice(
    events: Sequence[tuple[int, Event]],
    inner: Mapping[int, Sequence[Trace]],
    chosen: Mapping[int, Worth | None],
) -> Iterator[tuple[tuple[int, Event], ...]]:
    """Put the events of each helper in the place of its call."""
    for place, (index, event) in enumerate(events):
        if event.kind is Happening.HELPER:
            before = tuple(events[:place])
            rest = list(_splice(events[place + 1 :], inner, chosen))
            for trace in inner[event.node.id]:
                if trace.walk.worth is not chosen[event.node.id]:
                    continue
                middle = tuple((index, _at(one, event.node)) for _inner, one in trace.events)
                for tail in rest:
                    yield (*before, *middle, *tail)
            return
    yield tuple(events)


def _at(event: Event, call: Node) -> Event:
    return replace(event, site=call)

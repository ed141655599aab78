# SPDX-License-Identifier: GPL-2.0-only
"""What a hook decides by a mapping's range or its driver's state, which no mapping that merged was asked.

    if (vma->vm_pgoff >= FOO_RINGS)                 a mapping that follows one of the rings'
            return remap_pfn_range(vma, ...);       was one of them without a call
    vma->vm_ops = &foo_ring_vm_ops;
    return 0;

Where a path leaves flags and offset alone, the old kernel made a neighbour one with such a mapping before it
called the hook; now it calls it first. File and flags of the two are the same, their ranges are not, and what
the driver keeps may have changed between the two (varies.py). Nor were the two given the same flags where the
hook computes those. A path that refuses is not judged: that a neighbour slipped past the driver's check by
merging is what mmap_prepare ends. What such a path leaves behind is: it is left once more.
Source: mm/vma.c (__mmap_region(), is_mergeable_vma()).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mmapmigrate.convert.conversion import Tier
from mmapmigrate.convert.events import Happening
from mmapmigrate.convert.plan import Plan
from mmapmigrate.convert.proof.merging import merges_as_before, sets_apart
from mmapmigrate.convert.proof.stateless import EFFECTS
from mmapmigrate.convert.proof.varies import is_built_up, may_differ
from mmapmigrate.convert.traces import Trace
from mmapmigrate.model.flow_graph import StepKind

if TYPE_CHECKING:
    from tree_sitter import Node

_DECISIONS = (StepKind.TEST, StepKind.SWITCH)

_Step = tuple[int | None, bool | None, int | None]


def prove_asked(
    plan: Plan, traces: Sequence[Trace], helpers: Mapping[str, Sequence[Plan]], kept: Collection[int]
) -> None:
    """No path on which a mapping is set apart is told by the range from one that leaves it as it is.

    Nor is one that refuses it and leaves something behind. ``kept`` are nodes of what the hook does with
    state that it gives back itself.
    """
    plain = [trace for trace in traces if merges_as_before(trace)]
    others = [trace for trace in traces if trace.may_succeed and _setting_apart(trace)]
    plans = (plan, *(one for each in helpers.values() for one in each))
    if any(one.tier is Tier.BLOCKED for each in plans for one in each.reasons):
        # What has no counterpart may itself set a mapping apart: no path with it is known to leave one alone.
        return
    _prove_flags(plain, helpers)
    if plain:
        # What a mapping that comes to be leaves behind too is judged as such (stateless.py).
        known = {*kept, *(node for trace in traces if trace.may_succeed for node in trace.places)}
        others += [trace for trace in traces if not trace.may_succeed and _leaves_behind(trace, known)]
    alike: dict[tuple[int, ...] | None, _Paths] = {}
    judged: set[int] = set()
    for trace in others:
        done = _setting_apart(trace) if trace.may_succeed else None
        if done not in alike:
            alike[done] = _Paths({one.walk.key for one in plain if _setting_apart(one) != done})
        for node in alike[done].parted(trace):
            if node.id in judged:
                continue
            judged.add(node.id)
            if may_differ(plan, node, helpers):
                message = f"a mapping that merged was not asked `{plan.short(node)}`, and now is"
                plan.refuse(node, "runs-for-merged", message, Tier.REVIEW)


def _prove_flags(plain: Sequence[Trace], helpers: Mapping[str, Sequence[Plan]]) -> None:
    """Flags that are computed, where they may be none, are the same for each mapping of a file."""
    for trace in plain:
        for _index, event in trace.events:
            if event.kind is not Happening.FLAGS_WRITE or event.flags is None or event.flags[1] is not None:
                continue
            if may_differ(event.plan, event.node, helpers) or is_built_up(event.plan, event.node):
                message = f"a mapping that merged did not get the flags of `{event.plan.short(event.node)}`"
                event.plan.refuse(event.node, "runs-for-merged", message, Tier.REVIEW)


def _setting_apart(trace: Trace) -> tuple[int, ...]:
    """What may set a mapping apart on a path. Clearing a flag may not: the mapping may have come without."""
    return tuple(
        event.node.id
        for _index, event in trace.events
        if event.kind is Happening.FLAGS_WRITE or sets_apart(event)
    )


def _leaves_behind(trace: Trace, known: Collection[int]) -> bool:
    return any(event.kind in EFFECTS and event.node.id not in known for _index, event in trace.events)


class _Paths:
    """Some paths of one function, to be followed from its entry along another path of it."""

    def __init__(self, keys: Iterable[tuple[_Step, ...]]) -> None:
        self._next: list[dict[_Step, int]] = [{}]
        for key in keys:
            at = 0
            for step in key:
                if step not in self._next[at]:
                    self._next[at][step] = len(self._next)
                    self._next.append({})
                at = self._next[at][step]

    def parted(self, trace: Trace) -> Iterator[Node]:
        """The decisions by which ``trace`` leaves one of the paths; calls of helpers where it is one."""
        at: int | None = 0
        for step, key in zip(trace.walk.path, trace.walk.key, strict=True):
            if at is None:
                return
            if step.node is not None and step.kind in _DECISIONS and self._next[at].keys() - {key}:
                yield step.node
            at = self._next[at].get(key)
        if at is not None:
            # What a helper decides, no step of the hook tells.
            called = {event.site.id: event.site for _index, event in trace.events if event.site is not None}
            yield from called.values()
